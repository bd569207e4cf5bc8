"""A reply as clips: phrases cut at their values, and how numbers, dates and times are said."""

import logging
from collections.abc import Sequence
from datetime import date, time
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre import charters, phrases
from callcentre.ivr import catalogue, speech
from callcentre.ivr.clips import PAUSE, Clip, Part, Text
from callcentre.phrases import LANGUAGES, Term, UnknownPhrase, numbers

TODAY = date(2026, 11, 23)

everything = cache(catalogue.everything)


@pytest.fixture
def said() -> Any:
    """How a value is said, in words."""

    def say(value: Any, form: str = "", language: str = "sw") -> str:
        return speech.words(speech._value(value, form, language, TODAY))

    return say


def names(parts: Sequence[Part]) -> list[str]:
    assert speech.recorded(parts), parts
    return [part.name for part in parts]


def test_a_phrase_is_cut_at_its_values() -> None:
    kilosa = charters.get("kilosa")

    said = speech.say("voice.main", "sw", {"taasisi": kilosa.title})

    assert names(said) == [
        "sw/main.1",
        "sw/institution.kilosa",
        "pause.300",
        "sw/main.2",
        "pause.300",
    ]
    assert speech.words(said).startswith(
        "Karibu Halmashauri ya Kilosa Kata simu sasa tukupigie bure. Kutoa lalamiko, bonyeza moja."
    )


def test_a_phrase_without_values_is_one_clip() -> None:
    assert names(speech.say("voice.record", "sw")) == ["sw/record", "pause.300"]


def test_a_reference_is_read_twice_digit_by_digit_and_the_date_by_its_number() -> None:
    values = {"ref": "26-00123454", "tarehe": date(2026, 12, 23)}
    digits = [f"sw/digit.{digit}" if digit != "|" else "pause.300" for digit in "26|0012|3454"]

    said = speech.say("voice.ref", "sw", values, today=TODAY)

    assert names(said) == [
        "sw/ref.1", *digits, "pause.300", "sw/ref.2", *digits, "pause.300", "sw/ref.3",
        "sw/weekday.3", "sw/date.23", "sw/month.12", "pause.300", "sw/ref.4", "pause.300",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "swahili", "english"),
    [
        (0, "sifuri", "zero"),
        (7, "saba", "seven"),
        (10, "kumi", "ten"),
        (14, "kumi na nne", "fourteen"),
        (20, "ishirini", "twenty"),
        (23, "ishirini na tatu", "twenty three"),
        (99, "tisini na tisa", "ninety nine"),
        (100, "mia moja", "one hundred"),
        (105, "mia moja na tano", "one hundred and five"),
        (120, "mia moja na ishirini", "one hundred and twenty"),
        (205, "mia mbili na tano", "two hundred and five"),
        (234, "mia mbili thelathini na nne", "two hundred and thirty four"),
        (1000, "elfu moja", "one thousand"),
        (1200, "elfu moja na mia mbili", "one thousand two hundred"),
        (2026, "elfu mbili ishirini na sita", "two thousand and twenty six"),
        (9999, "elfu tisa mia tisa tisini na tisa", "nine thousand nine hundred and ninety nine"),
    ],
)
def test_a_number_is_said(number: int, swahili: str, english: str, said: Any) -> None:
    assert said(number) == numbers.in_words(number, "sw") == swahili
    assert said(number, "", "en") == numbers.in_words(number, "en") == english


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_number_beyond_what_clips_can_say_is_left_to_the_providers_voice(number: int) -> None:
    assert speech._value(number, "", "sw", TODAY) == (Text(str(number)),)


@pytest.mark.parametrize(
    ("place", "shown"),
    [(1, "kwanza"), (2, "pili"), (3, "tatu"), (11, "kumi na moja"), (22, "ishirini na mbili")],
)
def test_a_place_in_the_queue_is_said(place: int, shown: str, said: Any) -> None:
    assert said(place, "ordinal") == shown


@pytest.mark.parametrize(
    ("months", "shown"),
    [
        (2, "miwili"),
        (3, "mitatu"),
        (6, "sita"),
        (8, "minane"),
        (10, "kumi"),
        (12, "kumi na miwili"),
    ],
)
def test_months_are_counted_in_their_own_class(months: int, shown: str, said: Any) -> None:
    assert said(Term("period.months", {"n": months})) == f"miezi {shown}"


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        pytest.param("26-00123454", ["26", "0012", "3454"], id="a reference"),
        pytest.param("2600123454", ["2600", "123", "454"], id="a reference without its hyphen"),
        pytest.param("0262160240", ["0262", "160", "240"], id="a telephone number"),
        pytest.param("+255712345678", ["2557", "1234", "5678"], id="from abroad"),
        pytest.param("112", ["112"], id="an emergency number"),
        pytest.param("1234", ["1234"], id="a code"),
        pytest.param("15001", ["150", "01"], id="a short code"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_digits_are_said_in_groups(digits: str, groups: list[str]) -> None:
    assert speech._groups(digits) == groups


@pytest.mark.parametrize(
    ("day", "swahili", "english"),
    [
        pytest.param(
            date(2026, 12, 23),
            "Jumatano tarehe ishirini na tatu mwezi wa kumi na mbili",
            "Wednesday the 23rd of December",
            id="soon",
        ),
        pytest.param(
            date(2027, 2, 1),
            "Jumatatu tarehe mosi mwezi wa pili",
            "Monday the 1st of February",
            id="the first",
        ),
        pytest.param(
            date(2027, 8, 20),
            "Ijumaa tarehe ishirini mwezi wa nane",
            "Friday the 20th of August",
            id="nine months on",
        ),
        pytest.param(
            date(2027, 9, 12),
            "Jumapili tarehe kumi na mbili mwezi wa tisa mwaka elfu mbili ishirini na saba",
            "Sunday the 12th of September in two thousand and twenty seven",
            id="far away",
        ),
    ],
)
def test_a_date_is_said(day: date, swahili: str, english: str, said: Any) -> None:
    assert said(day) == swahili
    assert said(day, "", "en") == english


@pytest.mark.parametrize(
    ("at", "swahili", "english"),
    [
        ("07:00", "saa moja asubuhi", "seven a m"),
        ("07:30", "saa moja na nusu asubuhi", "seven thirty a m"),
        ("08:15", "saa mbili na robo asubuhi", "eight fifteen a m"),
        ("08:45", "saa tatu kasorobo asubuhi", "eight forty five a m"),
        ("09:05", "saa tatu na dakika tano asubuhi", "nine oh five a m"),
        ("12:00", "saa sita mchana", "noon"),
        ("15:30", "saa tisa na nusu alasiri", "three thirty p m"),
        ("18:00", "saa kumi na mbili jioni", "six p m"),
        ("00:00", "saa sita usiku", "midnight"),
        ("04:20", "saa kumi na dakika ishirini alfajiri", "four twenty a m"),
    ],
)
def test_a_time_is_said_by_its_clock(at: str, swahili: str, english: str, said: Any) -> None:
    assert said(time.fromisoformat(at)) == swahili
    assert said(time.fromisoformat(at), "", "en") == english


@pytest.mark.parametrize(
    ("term", "swahili"),
    [
        pytest.param(Term("status.escalated"), "limepelekwa kwa kiongozi wa juu", id="by ear"),
        pytest.param(Term("topic.water.name"), "maji", id="as it is written"),
        pytest.param(Term("period.working_days", {"n": 7}), "siku saba za kazi", id="several"),
        pytest.param(Term("period.working_days", {"n": 1}), "siku moja ya kazi", id="one"),
        pytest.param(
            Term("period.working_days_and_months", {"n": 60, "m": 3}),
            "siku sitini za kazi, yaani miezi mitatu",
            id="many",
        ),
    ],
)
def test_a_term_is_said_as_people_say_it(term: Term, swahili: str, said: Any) -> None:
    assert said(term) == swahili


def test_a_name_in_two_languages_is_said_in_the_callers() -> None:
    name = {"sw": "Mkoa wa Morogoro", "en": "Morogoro Regional Secretariat"}

    said = speech.say("voice.main", "en", {"taasisi": name})

    assert names(said)[1] == "en/institution.morogoro"


def test_a_name_without_a_clip_comes_as_text_and_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    speech._warn.cache_clear()
    with caplog.at_level(logging.WARNING):
        said = [speech.say("voice.main", "sw", {"taasisi": "Bohari ya Dawa"}) for _ in range(2)]

    assert said[0][1] == Text("Bohari ya Dawa")
    assert not speech.recorded(said[0])
    assert "Bohari ya Dawa Kata simu" in speech.words(said[0])
    assert [record.clip for record in caplog.records] == ["a name"]  # type: ignore[attr-defined]


def test_a_clip_that_says_something_else_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**phrases.everything("sw"), "voice.bye": "Asante sana."}
    monkeypatch.setattr(phrases, "everything", lambda language: changed)

    assert speech.say("voice.bye", "sw") == (Text("Asante sana."), PAUSE)


def test_a_phrase_or_value_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownPhrase, match="nowhere"):
        speech.say("voice." + "nowhere", "sw")
    with pytest.raises(KeyError, match="taasisi"):
        speech.say("voice.main", "sw")


@settings(max_examples=300, deadline=None)
@given(
    number=st.integers(0, numbers.MOST),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    at=st.times(),
    ref=st.from_regex(r"[0-9]{2}-?[0-9]{8}", fullmatch=True),
    language=st.sampled_from(LANGUAGES),
    form=st.sampled_from(["", "ordinal", "months"]),
)
def test_whatever_the_number_date_time_or_reference_only_clips_are_used(
    number: int, day: date, at: time, ref: str, language: str, form: str
) -> None:
    wanted = everything(language)
    said = [
        *speech._value(number, form, language, TODAY),
        *speech._value(day, "", language, TODAY),
        *speech._value(at, "", language, TODAY),
        *speech._value(ref, "digits", language, TODAY),
    ]

    assert all(isinstance(part, Clip) for part in said)
    assert all(part == PAUSE or wanted[part.name] == part.text for part in said)  # type: ignore[union-attr]


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[0-9]{1,15}", fullmatch=True))
def test_no_digit_is_lost_and_no_group_is_long(digits: str) -> None:
    groups = speech._groups(digits)

    assert "".join(groups) == digits
    assert all(len(group) <= 4 for group in groups)
