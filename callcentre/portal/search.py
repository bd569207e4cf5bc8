"""The services of an office as rows of a page, found by a unit and by words.

A row is found when every word of the question stands somewhere in it or in its unit's name.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from callcentre import charters
from callcentre.charters import Charter, Clause, Unit
from callcentre.charters.model import Service, Standard
from callcentre.phrases import say
from callcentre.portal import words

ROWS = 40  # on a page
LONGEST = 100  # characters of a question that are read
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A service, or (`unit` None) a standard of the whole office."""

    unit: str | None
    number: str
    text: str
    time: str
    time_printed: str
    clause: Clause
    lines: str
    letters: str  # what a question is looked for in


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found. `groups` has the rows of each unit, None for the office's."""

    question: str
    total: int
    number: int
    pages: int
    groups: tuple[tuple[Unit | None, tuple[Row, ...]], ...]
    units: tuple[Unit, ...]  # whose name has all the words


@dataclass(frozen=True, slots=True)
class Topic:
    """The citizen's word for a matter, and the unit it goes to."""

    name: str
    unit: str


def question(written: str) -> str:
    """What was asked, on one line and no longer than a person types."""
    return " ".join(written.replace("\0", " ")[:LONGEST].split())


def find(charter: Charter, asked: str, unit: str | None, number: int = 1) -> Page:
    """The rows that have all the words, at the unit if one is given; `number` counts pages."""
    wanted = _words(asked)
    found = [
        row
        for row in rows(charter.id, charter.version)
        if (unit is None or row.unit == unit) and all(word in row.letters for word in wanted)
    ]
    pages = max(1, -(-len(found) // ROWS))
    number = min(max(number, 1), pages)
    shown = found[(number - 1) * ROWS : number * ROWS]
    groups = tuple(
        (charter.unit(code) if code else None, tuple(group))
        for code, group in groupby(shown, key=lambda row: row.unit)
    )
    return Page(asked, len(found), number, pages, groups, _units(charter, wanted, unit))


@lru_cache(maxsize=64)
def rows(institution: str, version: str) -> tuple[Row, ...]:
    """All rows of a charter, in the order of the document; the office's own standards first."""
    charter = charters.get(institution, version)
    standards = [_standard_row(standard) for standard in charter.standards]
    return (*standards, *(_row(charter, service) for service in charter.services))


@lru_cache(maxsize=64)
def counts(institution: str, version: str) -> dict[str | None, int]:
    """How many rows each unit has."""
    numbers: dict[str | None, int] = {}
    for row in rows(institution, version):
        numbers[row.unit] = numbers.get(row.unit, 0) + 1
    return numbers


def topics(charter: Charter) -> list[Topic]:
    """The matters a citizen may name, where the charter says whose they are."""
    placed = ((topic.key, topic.unit or charter.complaints_unit) for topic in charter.topics)
    return [Topic(_topic_name(key), unit) for key, unit in placed if unit]


def _units(charter: Charter, wanted: Sequence[str], unit: str | None) -> tuple[Unit, ...]:
    if not wanted or unit is not None:
        return ()
    return tuple(
        each
        for each in charter.units
        if all(word in _unit_letters(charter, each) for word in wanted)
    )


def _unit_letters(charter: Charter, unit: Unit) -> str:
    """A unit's names, and the citizen's words for what it does."""
    matters = (_topic_name(topic.key) for topic in charter.topics if topic.unit == unit.code)
    return _letters(unit.code, unit.name, unit.short, *matters)


def _row(charter: Charter, service: Service) -> Row:
    unit, source = charter.unit(service.unit), service.source
    also = f" na {service.continued}" if service.continued else ""
    return Row(
        unit=service.unit,
        number=service.number,
        text=words.service_text(service),
        time=words.service_length(service.period, service.period_raw),
        time_printed=service.period_raw,
        clause=source,
        lines=f"{source.line}{also}",
        letters=_letters(
            unit.name, unit.short, service.number, source.text, source.clean, service.period_raw
        ),
    )


def _standard_row(standard: Standard) -> Row:
    source = standard.source
    times = [words.service_length(each.period, each.raw) for each in standard.periods]
    return Row(
        unit=None,
        number="",
        text=standard.name.rstrip("."),
        time=", ".join(times),
        time_printed="",  # it stands in the sentence
        clause=source,
        lines=str(source.line),
        letters=_letters(standard.name, source.text, source.clean),
    )


def _topic_name(key: str) -> str:
    return say(f"topic.{key}.menu", "sw")


def _words(asked: str) -> list[str]:
    return _letters(asked).split()[:MOST_WORDS]


def _letters(*texts: str) -> str:
    """Texts as they are compared: without case, and with one kind of apostrophe."""
    plain = unicodedata.normalize("NFKC", " ".join(_distinct(texts)))
    return plain.replace("\u2019", "'").replace("\u2018", "'").casefold()


def _distinct(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)
