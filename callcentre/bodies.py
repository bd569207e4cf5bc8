"""Bodies outside the offices complained of: the next place to turn to, and help in danger.

What a charter prints of them stays in the charter. How they are reached today is configuration,
each with the day on which somebody asked the body itself.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from callcentre import config, phones

SHIPPED = Path(__file__).parent / "bodies.toml"
NEEDED = ("commission", "court", "takukuru", "police", "child")
_SHORT = re.compile(r"[0-9]{3,6}")
_FIELDS = {"name": str, "address": str, "phones": list, "confirmed_on": date}


class BadBodies(ValueError):
    """Raised for a file that cannot be used; a line for each fault: file, key, what is wrong."""


@dataclass(frozen=True, slots=True)
class Body:
    """`phones` are E.164 or short numbers; `confirmed_on` None: nobody has asked yet."""

    key: str
    name: str
    address: str = ""
    phones: tuple[str, ...] = ()
    confirmed_on: date | None = None

    @property
    def phone(self) -> str:
        """The first number, as it is dialled; empty if there is none."""
        return phones.national(self.phones[0]) if self.phones else ""

    @property
    def reached(self) -> str:
        """Address and number in one line of a message."""
        return ", ".join(
            part for part in (self.address, self.phone and f"simu {self.phone}") if part
        )


def find(key: str) -> Body | None:
    """The body of that name, or None if the file has none."""
    return every().get(key)


def emergency_numbers() -> dict[str, Any]:
    """Whom to call in danger, by the names that the phrases have for them."""
    return {"dharura": every()["police"].phone, "mtoto": every()["child"].phone}


def commission() -> Body:
    """The Commission for Human Rights and Good Governance."""
    return every()["commission"]


@cache
def every() -> Mapping[str, Body]:
    """The bodies of this process, by key. Raises BadBodies."""
    return load(config.outside_bodies() or SHIPPED)


def load(path: Path) -> Mapping[str, Body]:
    """The bodies of a file, by key. Raises BadBodies with all its faults."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadBodies(f"{path}: cannot be read: {error}") from None
    faults = [f"{path.name}: {key}: is missing" for key in NEEDED if key not in tables]
    for key, table in tables.items():
        faults += [f"{path.name}: {key}{fault}" for fault in _faults(table)]
    if faults:
        raise BadBodies("\n".join(faults))
    return {key: _body(key, table) for key, table in tables.items()}


def _faults(table: Any) -> list[str]:
    if not isinstance(table, dict):
        return [": must be a table with a name"]
    found = [f".{name}: is not known" for name in table if name not in _FIELDS]
    found += [
        f".{name}: must be a {kind.__name__}"
        for name, kind in _FIELDS.items()
        if name in table and not isinstance(table[name], kind)
    ]
    if not table.get("name"):
        found.append(".name: is missing")
    numbers = table.get("phones", [])
    for number in numbers if isinstance(numbers, list) else []:
        if not isinstance(number, str) or not (_SHORT.fullmatch(number) or phones.parse(number)):
            found.append(f".phones: {number!r} is no telephone number")
    return found


def _body(key: str, table: Mapping[str, Any]) -> Body:
    return Body(
        key=key,
        name=table["name"],
        address=table.get("address", ""),
        phones=tuple(phones.parse(number) or number for number in table.get("phones", ())),
        confirmed_on=table.get("confirmed_on"),
    )
