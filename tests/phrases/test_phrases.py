"""Every phrase: the same in both languages, short enough, in plain words, and used."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from dialogue.reach import phrases_shown
from holidays import country_holidays

from callcentre import bodies, charters, phrases
from callcentre.calls.connections import WRAP_UPS
from callcentre.charters import TOPICS
from callcentre.cli.processes import demo_lines
from callcentre.people import ROLES
from callcentre.phrases import LANGUAGES, Term, UnknownPhrase, everything, gsm, message, say
from callcentre.tickets.model import STATUSES

CODE = Path(phrases.__file__).parents[1]
TODAY = date(2026, 11, 23)
FAR = date(2027, 12, 23)  # a Thursday: "Alhamisi" is the longest day, and the year is written
TABLES = {key.partition(".")[0] for key in everything("sw")}

LONGER_THAN_ONE_PART = {
    "sms.answered",
    "sms.answered_dial",
    "sms.digest_month",
    "sms.digest_week",
    "sms.not_upheld",
    "sms.not_upheld_dial",
}
"""They carry what an office wrote, or many figures."""
AVOIDED = [
    "taarifa ya maendeleo", "ifikapo", "hakiki", "kumbukumbu zetu", "mrejesho", "kitengo", "idara",
    "H/W", "OR-Utumishi", "limepandishwa", "kukiri", "ghairi", "ruka", "matangazo", "60 za kazi",
]  # fmt: skip
"""Words of offices; what to say instead is in docs/phrases.md."""

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_phrase = pytest.mark.parametrize("key", sorted(everything("sw")))
each_message = pytest.mark.parametrize(
    "key", sorted(key for key in everything("sw") if key.startswith("sms."))
)


def names_in(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


@cache
def longest(language: str) -> dict[str, Any]:
    """The longest value of each name in braces, as deployed; of free texts a usual one."""
    words = everything(language)
    of_table = {
        table: max((words[key] for key in words if re.fullmatch(pattern, key)), key=len)
        for table, pattern in (("hali", r"status\..+"), ("mada", r"topic\..+\.name"))
    }
    holidays = country_holidays("TZ", language="sw", years=range(2026, 2036)).values()
    moving = {name for name in holidays if name.endswith("(makisio)") and ";" not in name}
    return {
        **of_table,
        "t": max((line.name for line in demo_lines()), key=len),
        "ref": "26-00123454",
        "tarehe": FAR,
        "leo": FAR,
        "ahadi": max((one.wording for one in charters.all_current().values()), key=_length),
        "ussd": "*149*52#",
        "sms": "15001",
        "simu": "0262160240",
        "pin": "1234",
        "saa": "3:30 asubuhi",
        "kupokea": Term("period.working_days", {"n": 7}),
        "kujibu": Term("period.working_days_and_months", {"n": 60, "m": 3}),
        "sikukuu": f"{max(moving, key=len)} 28/12",
        "swali": "Kisima kipo kitongoji gani",
        "hatua": "Fundi amefika, vifaa vimeagizwa Dodoma",
        "sababu": "kisima cha Dumila kinafanya kazi",
        "aina": Term("kind.complaint"),
        "cheo": {"sw": "Mkurugenzi Mtendaji wa Wilaya", "en": "District Executive Director"},
        "tume": bodies.load(bodies.SHIPPED)["commission"].reached,
        "nyingine": max((one.short for one in charters.all_current().values()), key=len),
        "simu2": "0232623093",
        "jibu": "1",
        "ref2": "26-00198745",
        "k": max(
            (unit.short for one in charters.all_current().values() for unit in one.units), key=len
        ),
        "n": 365,
        "idadi": 10_000,
        **dict.fromkeys(
            ("mapya", "yote", "kwa_wakati", "kwa_hatua", "yaliyovunjika", "wazi"), 9_999
        ),
        "sehemu": ", ".join(3 * ["Ujenzi, Maji na Ardhi 999"]),
        "zilizochelewa": 10_000,
        "msimbo": "417",
        "dharura": "112",
        "mtoto": "116",
        "takukuru": "113",
        "muhtasari": "Kisima kimetengenezwa.",
    }


def _length(wording: Any) -> int:
    return max(map(len, wording.values()))


def test_both_languages_have_the_same_phrases_with_the_same_names_in_braces() -> None:
    sw, en = ({key: names_in(text) for key, text in everything(one).items()} for one in LANGUAGES)

    assert sw == en


@each_language
def test_every_phrase_is_plain_gsm(language: str) -> None:
    assert [key for key, text in everything(language).items() if gsm.septets(text) is None] == []


@each_language
@each_message
def test_every_message_is_one_part_with_the_longest_values(key: str, language: str) -> None:
    values = {**longest(language), "ussd": "*149*52*99#"}  # the door for staff is longer
    unknown = names_in(everything(language)[key]) - set(values)
    assert not unknown, f"give {unknown} the longest value that is deployed, in `longest`"

    text, parts = message(key, language, values, today=TODAY)

    assert parts <= (2 if key in LONGER_THAN_ONE_PART else 1), text
    assert "{" not in text


def test_a_message_too_long_for_one_part_leaves_out_the_days_names_first() -> None:
    wordy = {**longest("sw"), "ahadi": "Utajibiwa au kuelezwa lilipofikia kwa SMS"}

    short, _ = message("sms.ack", "sw", longest("sw"), today=TODAY)
    long, parts = message("sms.ack", "sw", wordy, today=TODAY)

    assert "mwisho ni Alhamisi 23/12/2027." in short
    assert "mwisho ni 23/12/2027." in long
    assert parts == 1


@pytest.mark.parametrize("word", AVOIDED)
def test_no_phrase_speaks_like_an_office(word: str) -> None:
    found = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)

    assert [key for key, text in everything("sw").items() if found.search(text)] == []


@pytest.mark.parametrize(
    ("language", "form", "shown"),
    [
        pytest.param("sw", "{d}", "Alhamisi 17/12", id="a day"),
        pytest.param("en", "{d}", "Thu 17/12", id="in English"),
        pytest.param("sw", "{d:short}", "17 Des", id="short"),
        pytest.param("en", "{d:short}", "17 Dec", id="short in English"),
        pytest.param("sw", "{d:full}", "17/12/2026", id="full"),
    ],
)
def test_a_date_is_written_the_readers_way(language: str, form: str, shown: str) -> None:
    day = phrases._shown(date(2026, 12, 17), language, TODAY, brief=False)

    assert form.format(d=day) == shown


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        pytest.param(date(2027, 8, 20), "20/8", id="nine months on"),
        pytest.param(date(2027, 8, 21), "21/8/2027", id="a day more"),
        pytest.param(date(2026, 2, 26), "26/2", id="nine months ago"),
        pytest.param(date(2026, 2, 25), "25/2/2026", id="a day more ago"),
    ],
)
def test_a_year_is_written_only_where_nine_months_would_leave_a_doubt(
    day: date, shown: str
) -> None:
    values = {"ref": "26-00123454", "tarehe": day}

    assert say("sms.added", "sw", values, today=TODAY).endswith(f" {shown}.")


def test_a_phrase_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownPhrase, match=r"sw\.toml has no end\.nowhere"):
        say("end.nowhere", "sw")


def test_a_value_that_is_not_given_is_named() -> None:
    with pytest.raises(KeyError, match="ref"):
        say("end.added", "sw")


def test_what_a_citizen_wrote_is_never_read_as_a_name_in_braces() -> None:
    assert say("ask.answer", "sw", {"majibu": "{ref} {0} {majibu}"}) == "{ref} {0} {majibu}"


def test_every_phrase_the_code_names_exists() -> None:
    named = {text for text in _texts() if re.fullmatch(rf"({'|'.join(TABLES)})(\.\w+)+", text)}

    assert named - _files() - set(everything("sw")) == set()


@each_phrase
def test_every_phrase_is_used(key: str) -> None:
    assert key in _used()


@cache
def _used() -> set[str]:
    """Named in the code, shown by a dialogue, spoken, or made of a status, a topic, a role ..."""
    plain = {text for text in _texts() if text in everything("sw")}
    endings = {"_plain", "_calendar"} & _texts() | {"_dial"}
    made = {f"status.{status}" for status in STATUSES}
    made |= {f"topic.{topic}.{form}" for topic in (*TOPICS, "other") for form in ("menu", "name")}
    made |= {key for key in everything("sw") if key.startswith(("period.", "kind.", "level."))}
    made |= {f"role.{role}" for role in ROLES}
    made |= {f"wrap_up.{code}" for code in WRAP_UPS}
    made |= {key for key in everything("sw") if key.startswith(("voice.", "spoken."))}  # clips
    return plain | {one + ending for one in plain for ending in endings} | made | phrases_shown()


@cache
def _texts() -> frozenset[str]:
    """Every text in the code that is not documentation."""
    return frozenset(text for path in CODE.rglob("*.py") for text in _texts_of(path))


def _texts_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _files() -> set[str]:
    return {path.name for path in CODE.rglob("*.*")}
