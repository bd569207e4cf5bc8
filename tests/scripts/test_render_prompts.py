"""Rendering of prompts: only what is missing or changed, and never over a person's recording."""

import json
import shutil
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

from callcentre.ivr import clips
from scripts.prompts import __main__ as prompts
from scripts.prompts import sound

pytestmark = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("espeak-ng")),
    reason="rendering needs espeak-ng and ffmpeg: apt-get install espeak-ng ffmpeg",
)
WORDS = {"beep": "", "sw/bye": "Kwaheri.", "en/bye": "Goodbye."}


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder of its own for these few clips; the words can be changed."""
    words = dict(WORDS)
    monkeypatch.setattr(clips, "FOLDER", tmp_path)
    monkeypatch.setattr(clips, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(prompts, "_wanted", lambda: words)
    clips.manifest.cache_clear()
    yield words
    monkeypatch.undo()
    clips.manifest.cache_clear()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second of a loud tone between two seconds of nothing, in the quality of a studio."""
    file = tmp_path / "studio.wav"
    nothing = [0] * 44_100
    loud = [20_000 if at // 50 % 2 else -20_000 for at in range(44_100)]
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(array("h", nothing + loud + nothing).tobytes())
    return file


def run() -> dict[str, Any]:
    clips.manifest.cache_clear()
    prompts.render()
    return manifest()


def manifest() -> dict[str, Any]:
    lines: dict[str, Any] = json.loads(clips.MANIFEST.read_text("utf-8"))
    return lines


def test_what_is_missing_is_rendered_and_the_next_run_leaves_it(
    wanted: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = run()
    assert set(first) == set(WORDS)
    assert {one["by"] for one in first.values()} == {"rendered"}

    assert run() == first
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 clips rendered; 3 in all")


def test_a_changed_text_is_rendered_again_and_what_nothing_says_goes(
    wanted: dict[str, str],
) -> None:
    before = run()
    wanted["sw/bye"] = "Asante kwa kutupigia. Kwaheri."
    del wanted["en/bye"]

    after = run()

    assert after["sw/bye"]["sha256"] != before["sw/bye"]["sha256"]
    assert set(after) == {"beep", "sw/bye"}
    assert not clips.path("en/bye").exists()


def test_a_persons_recording_is_trimmed_levelled_and_never_touched(
    wanted: dict[str, str], recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    clips.manifest.cache_clear()
    prompts.take(recording, "sw/bye")
    taken = clips.path("sw/bye").read_bytes()
    wanted["sw/bye"] = "Kwaheri ya kuonana."

    after = run()

    assert after["sw/bye"]["by"] == "human"
    assert 0.9 < after["sw/bye"]["seconds"] < 1.4
    assert clips.path("sw/bye").read_bytes() == taken
    assert "sw/bye: recorded with other words" in capsys.readouterr().out


def test_a_recording_for_no_clip_or_of_nothing_is_refused(
    wanted: dict[str, str], recording: Path, tmp_path: Path
) -> None:
    with pytest.raises(sound.NoSound, match="there is no clip sw/by"):
        prompts.take(recording, "sw/by")
    (tmp_path / "empty.wav").write_bytes(b"RIFF")
    with pytest.raises(sound.NoSound, match="ffmpeg failed"):
        prompts.take(tmp_path / "empty.wav", "sw/bye")


def test_a_rendering_is_the_same_each_time() -> None:
    each = [sound.encoded(sound.spoken("Kwaheri.", "sw")) for _ in range(2)]

    assert each[0] == each[1]
