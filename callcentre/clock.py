"""The time. Nothing else in this package reads it, so a test or a simulation can set it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

EAT = ZoneInfo("Africa/Dar_es_Salaam")  # UTC+3 all the year, no summer time
"""The zone in which offices open and close and in which a citizen reads a date."""

_set_to: ContextVar[datetime | None] = ContextVar("_set_to", default=None)


def now() -> datetime:
    """The moment as an aware UTC datetime (the one set by `at`, if any)."""
    return _set_to.get() or datetime.now(UTC)  # noqa: TID251


def monotonic() -> float:
    """Seconds that only grow; for measuring how long something took."""
    return time.monotonic()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `now` answer `moment` inside the block, for this thread only (simulations).

    A thread that is started in a copy of this one's context has the same moment.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; write it like 2026-11-23T10:00+03:00")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
