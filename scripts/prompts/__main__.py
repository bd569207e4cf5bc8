"""Renders what is missing or says something else now; people's recordings are never touched.

With `--take FILE NAME` the recording in FILE becomes the clip NAME. The manifest is written after
each clip, so that a run that was stopped goes on where it was.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from callcentre.ivr import catalogue, clips
from callcentre.ivr.clips import Entry, Maker
from callcentre.phrases import LANGUAGES
from scripts.prompts import sound

BEEP_SECONDS, BEEP_HERTZ = 0.5, 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/render_prompts", description=__doc__)
    parser.add_argument("--take", nargs=2, metavar=("FILE", "NAME"))
    arguments = parser.parse_args()
    try:
        if arguments.take:
            take(Path(arguments.take[0]), arguments.take[1])
        else:
            render()
    except sound.NoSound as error:
        sys.exit(str(error))


def render() -> None:
    """Bring the folder to what the catalogue says, and name what only a person can put right."""
    wanted, kept = _wanted(), dict(_manifest())
    for name in [name for name in kept if name not in wanted]:
        if kept[name].by == "human":
            print(f"{name}: recorded, but nothing says it any more; delete it by hand")
        else:
            clips.path(name).unlink(missing_ok=True)
            del kept[name]
    _write(kept)
    made = 0
    for name, text in wanted.items():
        was = kept.get(name)
        if was and was.by == "human":
            if was.text != text:
                print(f"{name}: recorded with other words; record it again: {text}")
        elif was is None or was.text != text or not clips.path(name).exists():
            kept[name] = _keep(name, text, _made(name, text), "rendered")
            made += 1
            _write(kept)
    size = sum(one.bytes for one in kept.values())
    print(f"{made} clips rendered; {len(kept)} in all, {size / 1e6:.1f} MB")


def take(file: Path, name: str) -> None:
    """Put a person's recording in the place of a clip. Raises NoSound."""
    wanted = _wanted()
    if name not in wanted:
        raise sound.NoSound(f"there is no clip {name}; names are in {clips.MANIFEST}")
    recording = _keep(name, wanted[name], sound.taken(file), "human")
    _write({**_manifest(), name: recording})
    print(f"{name}: {recording.seconds} s taken from {file}")


def _wanted() -> dict[str, str]:
    spoken = (catalogue.everything(language) for language in LANGUAGES)
    return {clip.name: clip.text for clip in clips.SOUNDS} | {
        name: text for language in spoken for name, text in language.items()
    }


def _made(name: str, text: str) -> sound.Samples:
    if language := _language(name):
        return sound.spoken(text, language)
    if name == clips.BEEP.name:
        return sound.tone(BEEP_SECONDS, BEEP_HERTZ)
    return sound.silence(int(name.rpartition(".")[2]) / 1000)


def _keep(name: str, text: str, samples: sound.Samples, by: Maker) -> Entry:
    encoded = sound.encoded(samples)
    path = clips.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded)
    return Entry(
        text=text,
        language=_language(name),
        seconds=round(len(encoded) * 8 / sound.BITS, 3),
        bytes=len(encoded),
        sha256=hashlib.sha256(encoded).hexdigest(),
        by=by,
    )


def _language(name: str) -> str | None:
    before, slash, _ = name.partition("/")
    return before if slash else None


def _manifest() -> dict[str, Entry]:
    return dict(clips.manifest()) if clips.MANIFEST.exists() else {}


def _write(kept: dict[str, Entry]) -> None:
    lines = {name: asdict(kept[name]) for name in sorted(kept)}
    text = json.dumps(lines, ensure_ascii=False, indent=1)
    clips.MANIFEST.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
