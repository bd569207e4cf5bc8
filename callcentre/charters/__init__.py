"""What the institutions promise: printed charters as data, and the working time they count in."""

from datetime import date

from callcentre.charters.calendar import Calendar, Due, due, elapsed
from callcentre.charters.loader import BadCharter, Charters, UnknownCharter, default, load
from callcentre.charters.model import (
    TOPIC_PAGES,
    TOPICS,
    AppealLevel,
    Charter,
    Clause,
    Contact,
    Contacts,
    Hours,
    Period,
    Rule,
    Topic,
    Unit,
    UnknownUnit,
)

__all__ = [
    "TOPICS",
    "TOPIC_PAGES",
    "AppealLevel",
    "BadCharter",
    "Calendar",
    "Charter",
    "Charters",
    "Clause",
    "Contact",
    "Contacts",
    "Due",
    "Hours",
    "Period",
    "Rule",
    "Topic",
    "Unit",
    "UnknownCharter",
    "UnknownUnit",
    "all_current",
    "due",
    "elapsed",
    "get",
    "load",
    "on",
]


def get(id: str, version: str | None = None) -> Charter:
    """The charter of an institution: the newest, or the version given. Raises UnknownCharter."""
    return default().get(id, version)


def on(id: str, day: date) -> Charter:
    """The charter of an institution that had begun by a day, the newest of those.

    Before the first had begun it is the first. Raises UnknownCharter.
    """
    return default().current(day).get(id) or default().first(id)


def all_current(on: date | None = None) -> dict[str, Charter]:
    """The charter of each institution by its id, in the order of the menu; see `Charters`."""
    return default().current(on)
