"""The clips: one for everything that is said, short enough, and each a file that can be joined."""

from collections.abc import Sequence
from datetime import date, time
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from mp3 import frames, seconds

from callcentre import charters, phrases
from callcentre.charters import Charter
from callcentre.ivr import catalogue, clips, speech
from callcentre.phrases import LANGUAGES, Term, everything

FAR = date(2027, 9, 29)  # with its year, from TODAY
TODAY = date(2026, 11, 23)
SPOKEN = sorted(key for key in everything("sw") if key.startswith("voice."))
MENU, ANY, MEGABYTES = 20, 30, 4  # the most seconds, and size in all
BEFORE_THE_TONE, WITH_DANGER = 45, 51  # seconds


def _id(charter: Charter) -> str:
    return charter.id


each_language = pytest.mark.parametrize("language", LANGUAGES)
each_institution = pytest.mark.parametrize("charter", charters.all_current().values(), ids=_id)


def values(charter: Charter) -> dict[str, Any]:
    return {
        "taasisi": {"sw": charter.title, "en": charter.name_en},
        "ref": "26-00123454",
        "pin": "1234",
        "simu": "0262160240",
        "dharura": "112",
        "mtoto": "116",
        "tarehe": FAR,
        "leo": FAR,
        "siku": FAR,
        "saa": time(11, 59),
        "hali": Term("status.escalated"),
        "nafasi": 27,
        "n": 27,
        "kupokea": Term("period.working_days", {"n": 7}),
        "kujibu": Term("period.working_days_and_months", {"n": 60, "m": 3}),
        "muda": Term("period.working_days", {"n": 1}),
        "ahadi": charter.wording,
        "cheo": Term("level.complaints_unit"),
        "tume": "Tume ya Haki za Binadamu na Utawala Bora",
    }


@cache
def longest(key: str, language: str) -> Sequence[clips.Clip]:
    """The phrase with values that take long, at the office whose name does."""
    offices = charters.all_current().values()
    said = [speech.say(key, language, values(office), today=TODAY) for office in offices]
    assert all(speech.recorded(each) for each in said)
    return max(said, key=clips.seconds)  # type: ignore[arg-type,return-value]


@each_language
def test_everything_that_is_said_has_its_clip_and_nothing_else_has(language: str) -> None:
    wanted = catalogue.everything(language)
    kept = {name: one.text for name, one in clips.manifest().items() if one.language == language}

    assert kept == wanted, "run scripts/render_prompts"


@each_language
def test_every_phrase_is_clips_from_end_to_end_and_no_menu_longer_than_twenty_seconds(
    language: str,
) -> None:
    press = "bonyeza" if language == "sw" else "press"
    menus = {
        key: clips.seconds(longest(key, language))
        for key in SPOKEN
        if phrases.phrase(key, language).lower().count(press) > 1
    }
    assert {key: length for key, length in menus.items() if length > MENU} == {}
    assert all(longest(key, language) for key in SPOKEN)


def test_no_clip_is_longer_than_thirty_seconds() -> None:
    assert all(0 < one.seconds <= ANY for one in clips.manifest().values())


@each_language
def test_a_caller_is_heard_soon(language: str) -> None:
    before = sum(
        clips.seconds(longest(f"voice.{key}", language))
        for key in ("main", "record", "record_refuse")
    )
    assert before <= BEFORE_THE_TONE
    assert before + clips.seconds(longest("voice.danger", language)) <= WITH_DANGER


def test_every_file_is_what_the_manifest_says() -> None:
    for name, line in clips.manifest().items():
        data = clips.path(name).read_bytes()
        assert sha256(data).hexdigest() == line.sha256, f"{name}: use scripts/render_prompts --take"
        assert len(data) == line.bytes
        assert seconds(data) == pytest.approx(line.seconds, abs=0.001)
        assert line.by in ("rendered", "human")


def test_every_file_is_bare_frames_that_can_be_joined() -> None:
    for name in clips.manifest():
        found = list(frames(clips.path(name).read_bytes()))
        assert {(one.rate, one.bits, one.mono) for one in found} == {(8000, 16000, True)}, name
        assert all(one.stands_alone for one in found), name


def test_no_file_is_without_a_line() -> None:
    files = {
        str(path.relative_to(clips.FOLDER).with_suffix(""))
        for path in clips.FOLDER.rglob("*.mp3")
    }  # fmt: skip
    assert files == set(clips.manifest())


def test_all_of_it_is_small() -> None:
    assert sum(one.bytes for one in clips.manifest().values()) < MEGABYTES * 1_000_000


@each_institution
def test_a_charter_can_be_read_to_a_caller(charter: Charter) -> None:
    sentences = [clause.clean for clause in (*charter.rights, *charter.duties)]
    levels = [level.name for level in charter.appeal]

    for language in LANGUAGES:  # who calls in English hears the charter's own Swahili
        assert speech.recorded([speech.named(text, language) for text in sentences + levels])
