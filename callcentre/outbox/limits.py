"""What may be sent, to whom, how much, and what it may cost: limits.toml, or your own file."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from callcentre import config, phones

SHIPPED = Path(__file__).parent / "limits.toml"
CAPS = ("reply", "alert", "notice", "call", "day", "line")  # see the file
SLOWEST = 0.01  # messages a second: one that takes fewer is no route
BUYS_ANYWAY = ("urgent", "reply")  # the kinds that no spent budget stops
_SECTIONS = {"prefixes", "prices", "minutes", "budget", "caps", "rates", "receipts"}


class BadLimits(ValueError):
    """Raised for a file that cannot be used; a line for each fault: file, key, what is wrong."""


@dataclass(frozen=True, slots=True)
class Limits:
    prefixes: tuple[str, ...]
    prices: Mapping[str, Mapping[str, float]]  # provider -> beginning of a number -> shillings
    minutes: Mapping[str, Mapping[str, float]]  # the same for a minute of a call
    budget: Mapping[str, float]  # institution, or "default" -> shillings a day
    caps: Mapping[str, int]  # kind -> to one number in 24 hours; "day", "line": see the file
    rates: Mapping[str, float]  # provider -> messages a second
    unproven: frozenset[str]  # "provider sender" of those whose networks send no receipts

    def allows(self, number: str) -> bool:
        """Whether a number (E.164) may be rung, or written to unless a line abroad is."""
        return number.startswith(self.prefixes) and not phones.is_premium(number)

    def price(self, provider: str, number: str, parts: int) -> float:
        """Shillings for a message of so many parts."""
        return _of(self.prices.get(provider, {}), number) * parts

    def price_of_call(self, provider: str, number: str, seconds: int) -> float:
        """Shillings for a call of so many seconds: minutes begun are paid for."""
        return _of(self.minutes.get(provider, {}), number) * math.ceil(seconds / 60)

    def of_day(self, institution: str) -> float:
        """Shillings that an institution may spend in a day."""
        return self.budget.get(institution, self.budget["default"])


def _of(prices: Mapping[str, float], number: str) -> float:
    """The price of the longest beginning that fits; 0 where none does."""
    begins = max((one for one in prices if number.startswith(one)), key=len, default=None)
    return float(prices[begins]) if begins else 0.0


@cache
def load() -> Limits:
    """The limits of this process. Raises BadLimits."""
    return read(config.limits_file() or SHIPPED)


def read(path: Path) -> Limits:
    """The limits in a file. Raises BadLimits with all its faults."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadLimits(f"{path}: cannot be read: {error}") from None
    if faults := list(_faults(given)):
        raise BadLimits("\n".join(f"{path.name}: {fault}" for fault in faults))
    return Limits(
        prefixes=tuple(given["prefixes"]),
        prices=given["prices"],
        minutes=given["minutes"],
        budget=given["budget"],
        caps=given["caps"],
        rates=given["rates"],
        unproven=frozenset(given["receipts"]["none"]),
    )


def _faults(given: Mapping[str, Any]) -> list[str]:
    found = [f"{name}: is not known" for name in given if name not in _SECTIONS]
    found += [f"{name}: is missing" for name in sorted(_SECTIONS) if name not in given]
    if found:
        return found
    found = [
        f"{name}: must be a table"
        for name in sorted(_SECTIONS - {"prefixes"})
        if not isinstance(given[name], dict)
    ]
    if found:
        return found
    prefixes = given["prefixes"]
    if not isinstance(prefixes, list) or not all(_begins(one) for one in prefixes):
        found.append('prefixes: must be a list of beginnings like "+255"')
    for name in ("prices", "minutes"):
        for provider, prices in given[name].items():
            found += [f"{name}.{provider}: {fault}" for fault in _amounts(prices)]
            if isinstance(prices, dict):
                found += [
                    f'{name}.{provider}: {one!r} is no beginning of a number like "+255"'
                    for one in prices
                    if not _begins(one)
                ]
    for name, least in (("budget", 0), ("caps", 0), ("rates", SLOWEST)):
        found += [f"{name}: {fault}" for fault in _amounts(given[name], least)]
    needed = {"budget": ("default",), "caps": CAPS}
    found += [
        f"{name}.{key}: is missing"
        for name, keys in needed.items()
        for key in keys
        if key not in given[name]
    ]
    found += [f"caps.{key}: is not known" for key in given["caps"] if key not in CAPS]
    none = given["receipts"].get("none")
    if not isinstance(none, list) or not all(isinstance(one, str) and " " in one for one in none):
        found.append('receipts.none: must be a list of senders like "africastalking 15001"')
    return found


def _begins(prefix: Any) -> bool:
    return isinstance(prefix, str) and prefix[:1] == "+" and prefix[1:].isascii() and (
        prefix == "+" or prefix[1:].isdigit()
    )  # fmt: skip


def _amounts(table: Any, least: float = 0) -> list[str]:
    if not isinstance(table, dict):
        return ["must be a table"]
    return [
        f"{name} must be a number from {least} on"
        for name, value in table.items()
        if isinstance(value, bool)
        or not isinstance(value, int | float)
        or not least <= value < math.inf
    ]
