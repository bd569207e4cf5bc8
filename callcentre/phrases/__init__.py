"""Every word a citizen or an officer reads or hears: sw.toml first, en.toml its twin.

A phrase is named by what it does, never by what it says. Names in braces are filled in: texts as
they are, dates in the reader's way, a `Term` with another phrase, a mapping with its language.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from callcentre.phrases import gsm

LANGUAGES = ("sw", "en")
NINE_MONTHS = 270  # days; a date nearer than that needs no year to be understood


class UnknownPhrase(LookupError):
    """Raised for a key that a language does not have."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value that is itself a phrase: a topic's name, a status, a number of days."""

    key: str
    values: Mapping[str, int] = field(default_factory=dict)


Value = str | int | date | Term | Mapping[Any, str]

DAYS = {
    "sw": ("Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    "sw": ["Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


class _Day:
    """A date inside a phrase: `{d}` Jumatano 23/12, `{d:short}` 23 Des, `{d:full}` 23/12/2026."""

    def __init__(self, day: date, language: str, today: date | None, brief: bool) -> None:
        self.day, self.language, self.today, self.brief = day, language, today, brief

    def __format__(self, form: str) -> str:
        day = self.day
        if form == "short":
            return f"{day.day} {_MONTHS[self.language][day.month - 1]}"
        if form == "full":
            return f"{day.day}/{day.month}/{day.year}"
        year = f"/{day.year}" if needs_year(day, self.today) else ""
        shown = f"{day.day}/{day.month}{year}"
        return shown if self.brief else f"{DAYS[self.language][day.weekday()]} {shown}"


def needs_year(day: date, today: date | None) -> bool:
    """Whether a date is so far from today that it is not understood without its year."""
    return today is not None and abs((day - today).days) > NINE_MONTHS


@cache
def everything(language: str) -> Mapping[str, str]:
    """All phrases of a language by their dotted keys."""
    source = resources.files(__name__).joinpath(f"{language}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(source)))


def _flat(before: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key, value in table.items():
        if isinstance(value, str):
            found.append((before + key, value.strip("\n")))
        else:
            found += _flat(f"{before}{key}.", value)
    return found


def phrase(key: str, language: str) -> str:
    """The phrase as it stands in its file. Raises UnknownPhrase for a key that is not there."""
    try:
        return everything(language)[key]
    except KeyError:
        raise UnknownPhrase(f"{language}.toml has no {key}") from None


def say(
    key: str,
    language: str,
    values: Mapping[str, Value] | None = None,
    *,
    today: date | None = None,
    brief: bool = False,
) -> str:
    """The phrase in this language with its values; `brief` leaves out the days' names.

    Raises UnknownPhrase for a key that is not there, KeyError for a value not given.
    """
    text = phrase(key, language)
    if "{" not in text:
        return text
    return text.format_map(
        {name: _shown(value, language, today, brief) for name, value in (values or {}).items()}
    )


def _shown(value: Value, language: str, today: date | None, brief: bool) -> object:
    if isinstance(value, date):
        return _Day(value, language, today, brief)
    if isinstance(value, Term):
        return say(value.key, language, value.values)
    if isinstance(value, Mapping):
        return value[language]
    return value


def message(
    key: str, language: str, values: Mapping[str, Value], *, today: date
) -> tuple[str, int]:
    """An SMS and its number of parts; the days' names go where they would cost a second one."""
    for brief in (False, True):
        text = gsm.plain(say(key, language, values, today=today, brief=brief))
        parts = gsm.parts(text)
        if parts == 1:
            break
    return text, parts
