"""The charters in `data/`, one TOML file for each institution and version.

A folder is read as a whole or not at all: `BadCharter` names every fault of every file.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from callcentre.charters.model import Charter, Ladder
from callcentre.charters.parse import ladders, parse
from callcentre.charters.table import Table

DATA = Path(__file__).parent / "data"
LADDERS = Path(__file__).parent / "ladder.toml"


class BadCharter(ValueError):
    """Files that cannot be served; `faults` has a line for each: file, key and what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnknownCharter(LookupError):
    """No institution (or no version) of that name; the message names those there are."""


class Charters:
    """All charters that were loaded, in all their versions."""

    def __init__(self, charters: list[Charter]) -> None:
        self._newest_first = sorted(charters, key=lambda c: c.in_force.start, reverse=True)

    def __iter__(self) -> Iterator[Charter]:
        """Every version of every charter, the newest first."""
        return iter(self._newest_first)

    def current(self, on: date | None = None) -> dict[str, Charter]:
        """The newest charter of each institution, by its id, in the order of the menu.

        With `on`, the newest that had begun by that day. One whose time is over goes on being
        served until another takes its place, as its promises are the last that were made.
        """
        newest: dict[str, Charter] = {}
        for charter in self._newest_first:
            if on is None or charter.in_force.start <= on:
                newest.setdefault(charter.id, charter)
        return {c.id: c for c in sorted(newest.values(), key=lambda c: c.digit)}

    def first(self, id: str) -> Charter:
        """The oldest charter of an institution. Raises UnknownCharter."""
        self.get(id)
        return [charter for charter in self._newest_first if charter.id == id][-1]

    def get(self, id: str, version: str | None = None) -> Charter:
        """The charter of an institution: the newest, or the version a ticket was opened under.

        Raises UnknownCharter, naming the ids (or versions) there are.
        """
        versions = [charter for charter in self._newest_first if charter.id == id]
        if not versions:
            known = ", ".join(self.current()) or "none"
            raise UnknownCharter(f"no institution {id!r}; the known ones are: {known}")
        for charter in versions:
            if version in (None, charter.version):
                return charter
        known = ", ".join(charter.version for charter in versions)
        raise UnknownCharter(f"{id} has no version {version!r}; it has: {known}")


@cache
def default() -> Charters:
    """The charters that come with the program, read once in a process. Raises BadCharter."""
    return load(DATA)


def load(folder: Path, usual: Path = LADDERS) -> Charters:
    """The charters of all `*.toml` files in a folder. Raises BadCharter with all their faults.

    The ladders in the file `usual` hold where a charter has none of its own.
    """
    faults: list[str] = []
    charters = []
    ladders_of_all = _read_ladders(usual, faults)
    for path in sorted(folder.glob("*.toml")):
        charter = _read(path, faults)
        if charter is not None:
            charters.append(replace(charter, ladders=charter.ladders + ladders_of_all))
    faults += [*_overlaps(charters), *_taken_twice(charters)]
    if faults:
        raise BadCharter(faults)
    return Charters(charters)


def _read(path: Path, faults: list[str]) -> Charter | None:
    table = _table(path, faults)
    if table is None:
        return None
    charter = parse(table)
    if path.stem != f"{charter.id}-{charter.version}":
        faults.append(f"{path.name}: version: the file must be named <id>-<version>.toml")
    return charter


def _read_ladders(path: Path, faults: list[str]) -> tuple[Ladder, ...]:
    table = _table(path, faults)
    if table is None:
        return ()
    found = ladders(table)
    table.done()
    return found


def _table(path: Path, faults: list[str]) -> Table | None:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: not TOML: {error}")
        return None
    return Table(values, path.name, "", faults)


def _overlaps(charters: list[Charter]) -> list[str]:
    """A day may have one version of an institution's charter only."""
    by_age = sorted(charters, key=lambda c: (c.id, c.in_force.start))
    return [
        f"{_file(older)}: in_force.until: overlaps version {newer.version},"
        f" which begins on {newer.in_force.start}; end this one before that day"
        for older, newer in pairwise(by_age)
        if older.id == newer.id and (older.in_force.until or date.max) >= newer.in_force.start
    ]


def _taken_twice(charters: list[Charter]) -> Iterator[str]:
    """No two institutions may have the same digit on a menu, or the same keyword in an SMS."""
    for key in ("digit", "keyword"):
        takers: dict[object, Charter] = {}
        for charter in charters:
            taken = getattr(charter, key)
            first = takers.setdefault(taken, charter)
            if first.id != charter.id:
                yield f"{_file(charter)}: {key}: {taken!r} is taken by {_file(first)}"


def _file(charter: Charter) -> str:
    return f"{charter.id}-{charter.version}.toml"
