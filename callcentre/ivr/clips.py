"""The recorded clips: a folder of small MP3 files and a manifest that says what each one says.

Every file is 8 kHz mono MPEG-2.5 layer III of one bit rate, without tags and without a bit
reservoir, so that clips set one after the other are again one MP3.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "prompts"
MANIFEST = FOLDER / "manifest.json"

Maker = Literal["rendered", "human"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest; `language` None for what is no speech."""

    text: str
    language: str | None
    seconds: float
    bytes: int
    sha256: str
    by: Maker


@dataclass(frozen=True, slots=True)
class Clip:
    """One recorded piece: its name in the manifest (`sw/main.1`), and what is heard."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What nobody has recorded: a provider's own voice reads it out."""

    text: str


Part = Clip | Text

PAUSE = Clip("pause.300", "")  # between sentences
GAP = Clip("pause.600", "")  # between the options of a menu
LONG_PAUSE = Clip("pause.1000", "")
BEEP = Clip("beep", "")
SOUNDS = (PAUSE, GAP, LONG_PAUSE, BEEP)
"""What is no speech, and the same in every language."""


@cache
def manifest() -> Mapping[str, Entry]:
    """Every clip by its name."""
    lines = json.loads(MANIFEST.read_text("utf-8"))
    return {name: Entry(**line) for name, line in lines.items()}


def path(name: str) -> Path:
    """Where the clip of that name is kept."""
    return FOLDER / f"{name}.mp3"


def find(name: str, text: str) -> Clip | None:
    """The clip of that name, if it has been recorded and says just this."""
    recording = manifest().get(name)
    return Clip(name, text) if recording and recording.text == text else None


def saying(text: str, language: str) -> Clip | None:
    """The clip that says this in the language, else in another one; None if there is none."""
    for known in (language, *_by_text()):
        if name := _by_text().get(known, {}).get(text):
            return Clip(name, text)
    return None


@cache
def _by_text() -> Mapping[str, Mapping[str, str]]:
    by_text: dict[str, dict[str, str]] = {}
    for name, recording in manifest().items():
        if recording.language and recording.text:
            by_text.setdefault(recording.language, {}).setdefault(recording.text, name)
    return by_text


def seconds(parts: Iterable[Clip]) -> float:
    """How long these take one after the other."""
    return sum(manifest()[clip.name].seconds for clip in parts)
