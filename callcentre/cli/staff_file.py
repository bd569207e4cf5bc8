"""Staff as it is written, in the options of `user add` or the lines of a CSV file."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from callcentre import charters, people, phones, phrases
from callcentre.people import Entry
from callcentre.phrases import gsm

COLUMNS = (
    "institution",
    "role",
    "unit",
    "place",
    "name",
    "phone",
    "title",
    "language",
    "hours",
    "days",
    "ethics",
    "charter",
)
NEEDED = ("institution", "role", "name")
DAYS = {"all": True, "mon-fri": False}
_HOURS = re.compile(r"(\d{1,2})(?::00)?\s*-\s*(\d{1,2})(?::00)?")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

Fault = tuple[str, str]
"""The column, and what is wrong in it with the cure."""


@dataclass
class StaffFile:
    """What a file says: an entry for each line (by its number), or the faults, a sentence each."""

    entries: dict[int, Entry] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read(path: Path, now: datetime) -> StaffFile:
    """A CSV file, checked whole; separated by commas, semicolons or tabs, with or without BOM."""
    found = StaffFile()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        found.faults.append('is not UTF-8: in Excel save it as "CSV UTF-8"')
        return found
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        found.faults += _header_faults(header)
        if not found.faults:
            _read_lines(((rows.line_num, cells) for cells in rows), header, found, now)
    except csv.Error as error:
        found.faults.append(f"line {rows.line_num}: {error}: look for a quotation mark too many")
    if not found.entries and not found.faults:
        found.faults.append("has no line below the header")
    return found


def _header_faults(header: list[str]) -> list[str]:
    faults = [f"line 1: there is no column {name}" for name in NEEDED if name not in header]
    faults += [
        f"line 1: {name or 'a column without a name'} is no column; "
        f"the columns are: {', '.join(COLUMNS)}"
        for name in header
        if name not in COLUMNS
    ]
    faults += [f"line 1: {name} stands there twice" for name in COLUMNS if header.count(name) > 1]
    return faults


def _read_lines(
    lines: Iterable[tuple[int, list[str]]], header: list[str], found: StaffFile, now: datetime
) -> None:
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            found.faults.append(f"line {number}: has more cells than there are columns")
            continue
        entry, faults = entry_of(dict(zip(header, cells, strict=False)), now)
        faults = faults or _against_others(entry, found.entries)
        found.faults += [f"line {number}, {column}: {fault}" for column, fault in faults]
        found.entries[number] = entry


def _against_others(entry: Entry, others: Mapping[int, Entry]) -> list[Fault]:
    """What a line says otherwise than one before it."""
    faults = []
    for number, other in others.items():
        if entry.identity == other.identity:
            faults.append(("role", f"the same post is in line {number}; give each its own title"))
        if entry.person == other.person and entry.trained != other.trained:
            faults.append(("ethics", f"{entry.name} has other days of training in line {number}"))
    return faults


def entry_of(written: Mapping[str, str | None], now: datetime) -> tuple[Entry, list[Fault]]:
    """What the cells mean, and their faults in the order of COLUMNS; empty cells say nothing."""
    cells = {name: (written.get(name) or "").strip() or None for name in COLUMNS}
    faults: list[Fault] = [
        (name, "is empty; it is needed in every line") for name in NEEDED if cells[name] is None
    ]
    role, language = cells["role"] or "", cells["language"]
    opens, closes = _hours(cells["hours"], faults)
    entry = Entry(
        institution=cells["institution"] or "",
        role=role,
        name=cells["name"] or "",
        title=gsm.plain(cells["title"] or _usual_title(role, language)),
        titled=cells["title"] is not None,
        unit=cells["unit"],
        place=cells["place"],
        number=_number(cells["phone"]),
        language=language,
        opens=opens,
        closes=closes,
        everyday=_days(cells["days"], faults),
        ethics_trained_on=_day("ethics", cells["ethics"], faults),
        charter_trained_on=_day("charter", cells["charter"], faults),
    )
    known = {name for name, _ in faults}
    more = [*people.faults(entry, now), *_charter_faults(entry)]
    if gsm.septets(entry.title) is None:
        more.append(("title", "has letters that an SMS cannot show; write it in plain ones"))
    faults += [fault for fault in more if fault[0] not in known]
    return entry, sorted(faults, key=lambda fault: COLUMNS.index(fault[0]))


def _charter_faults(entry: Entry) -> list[Fault]:
    """Whether the institution has a charter, and the charter the unit."""
    try:
        charter = charters.get(entry.institution)
    except charters.UnknownCharter as fault:
        return [("institution", str(fault))]
    if entry.role not in people.OF_A_UNIT:
        return []
    if entry.unit is None:
        codes = ", ".join(unit.code for unit in charter.units)
        return [("unit", f"{entry.role} belongs to a unit; write one of {codes}")] if codes else []
    try:
        charter.unit(entry.unit)
    except charters.UnknownUnit as fault:
        return [("unit", str(fault))]
    return []


def _usual_title(role: str, language: str | None) -> str:
    """The role's, in the post's language; for a line that is refused anyhow, any."""
    known = role if role in people.ROLES else "officer"
    return phrases.say(f"role.{known}", "en" if language == "en" else "sw")


def _number(written: str | None) -> str | None:
    """In E.164 if it is a number at all; what is none is left for `people.faults` to refuse."""
    if written is None or written == people.NO_PHONE:
        return written
    return phones.parse(written) or written


def _hours(written: str | None, faults: list[Fault]) -> tuple[int | None, int | None]:
    if written is None:
        return None, None
    hours = _HOURS.fullmatch(written)
    if hours is None:
        faults.append(("hours", f"{written} are no hours; write them like 7:00-20:00"))
        return None, None
    return int(hours[1]), int(hours[2])


def _days(written: str | None, faults: list[Fault]) -> bool | None:
    if written is None:
        return None
    if written.casefold() not in DAYS:
        faults.append(("days", f"{written} are no days; write Mon-Fri or all"))
    return DAYS.get(written.casefold())


def _day(column: str, written: str | None, faults: list[Fault]) -> date | None:
    if written is None:
        return None
    parts = _DAY.fullmatch(written)
    try:
        if parts is not None:
            return date(int(parts[3]), int(parts[2]), int(parts[1]))
        return date.fromisoformat(written)
    except ValueError:
        faults.append((column, f"{written} is no day; write it like 2026-10-29 or 29/10/2026"))
        return None
