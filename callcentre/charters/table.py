"""One table of a TOML file, read strictly: every key once, of the right kind, and no other.

A fault does not stop the reading. It is written down with its file and key, a harmless
stand-in is handed out, and the rest is read too, so that whoever mends a file sees all of its
faults at once. The caller throws the result away when there are any.
"""

import re
from datetime import date, time
from typing import Any, TypeVar

from callcentre.charters.model import Period

_PERIOD = re.compile(r"(-?[0-9]+) (\w+)")
_T = TypeVar("_T")
_Word = TypeVar("_Word", bound=str)


class Table:
    """`path` is the place of the table in its file, such as `rules[3].`, empty for the whole."""

    def __init__(self, values: dict[str, Any], file: str, path: str, faults: list[str]) -> None:
        self._values = dict(values)
        self._file = file
        self._path = path
        self._faults = faults

    def __contains__(self, key: str) -> bool:
        """Whether a key is there and was not asked for yet."""
        return key in self._values

    def fault(self, key: str, what: str) -> None:
        self._faults.append(f"{self._file}: {self._path}{key}: {what}")

    def text(self, key: str) -> str:
        is_blank = str(self._values.get(key, "-")).strip() == ""
        value = self._take(key, str, "a text", "")
        if is_blank:
            self.fault(key, "is empty")
        return value

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if key in self else None

    def cell(self, key: str) -> str:
        """A text that must be there, but is empty where the printed table has an empty cell."""
        return self._take(key, str, "a text", "").strip()

    def number(self, key: str) -> int:
        """A whole number from 1 on (lines, levels)."""
        value = self._take(key, int, "a whole number", 1)
        if value < 1:
            self.fault(key, f"{value} is less than 1")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where the key is left out."""
        return self._take(key, bool, "true or false", False) if key in self else False

    def day(self, key: str) -> date:
        return self._take(key, date, "a date like 2020-07-01", date.min)

    def maybe_day(self, key: str) -> date | None:
        return self.day(key) if key in self else None

    def clock(self, key: str) -> time:
        return self._take(key, time, "a time like 07:30:00", time.min)

    def period(self, key: str) -> Period:
        """A length of time written like `7 working_days`."""
        written = self.text(key)
        return (self.as_period(key, written) if written else None) or Period(1, "days")

    def as_period(self, key: str, written: str) -> Period | None:
        """The period that a text means, or None, with a fault written down under `key`."""
        parts = _PERIOD.fullmatch(written)
        if parts is None:
            self.fault(key, f"{written!r} is no period; write it like '7 working_days'")
            return None
        try:
            return Period(int(parts[1]), parts[2])  # type: ignore[arg-type]  # it checks its unit
        except ValueError as error:
            self.fault(key, f"{written!r} is no period: {error}")
            return None

    def word(self, key: str, allowed: tuple[_Word, ...]) -> _Word:
        value = self.text(key)
        return self._known(key, value, allowed) if value else allowed[0]

    def words(
        self, key: str, allowed: tuple[_Word, ...], default: tuple[_Word, ...]
    ) -> tuple[_Word, ...]:
        if key not in self:
            return default
        return tuple(self._known(key, value, allowed) for value in self.texts(key)) or default

    def texts(self, key: str) -> list[str]:
        return self._all(key, self._take(key, list, "a list of texts", []), str, "a text")

    def numbers(self, key: str) -> list[int]:
        return self._all(key, self._take(key, list, "a list", []), int, "a whole number")

    def table(self, key: str) -> "Table":
        """The table under a key; where it is missing that is the one fault, not all its keys."""
        faults = self._faults if key in self else []
        values = self._take(key, dict, "a table", {})
        return Table(values, self._file, f"{self._path}{key}.", faults)

    def tables(self, key: str) -> "list[Table]":
        """The tables of a list; none where the key is left out."""
        values = self._take(key, list, "a list of tables", []) if key in self else []
        return [
            Table(value, self._file, f"{self._path}{key}[{place}].", self._faults)
            for place, value in enumerate(values, start=1)
            if self._is(f"{key}[{place}]", value, dict, "a table")
        ]

    def unread(self) -> list[str]:
        """The keys that were not asked for yet."""
        return list(self._values)

    def done(self) -> None:
        """Nothing else may stand in the table: what is left over is a misspelt key."""
        for key in self.unread():
            self.fault(key, "unknown key")

    def _take(self, key: str, kind: type[_T], described: str, stand_in: _T) -> _T:
        if key not in self:
            self.fault(key, "missing")
            return stand_in
        value = self._values.pop(key)
        return value if self._is(key, value, kind, described) else stand_in

    def _is(self, key: str, value: object, kind: type, described: str) -> bool:
        # Exactly this type: a bool is an int and a datetime is a date, and neither is meant.
        fits = type(value) is kind
        if not fits:
            self.fault(key, f"{value!r} is not {described}")
        return fits

    def _all(self, key: str, values: list[Any], kind: type[_T], described: str) -> list[_T]:
        return [value for value in values if self._is(key, value, kind, described)]

    def _known(self, key: str, value: str, allowed: tuple[_Word, ...]) -> _Word:
        for word in allowed:
            if word == value:
                return word
        self.fault(key, f"unknown {value!r}; write one of {', '.join(allowed)}")
        return allowed[0]
