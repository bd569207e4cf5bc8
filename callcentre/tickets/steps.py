"""The next step of a promise: which one, and when it is due. Written with the promise's dates."""

from datetime import datetime
from typing import Any

from callcentre.charters import Calendar, Charter
from callcentre.charters.ladder import Dates, Next, following
from callcentre.tickets.model import Promise


def first(
    charter: Charter,
    kind: str,
    *,
    internal: bool,
    dates: Dates,
    now: datetime,
    all_ahead: bool = False,
) -> dict[str, Any]:
    """The columns of a new promise: reminders that lie behind already are passed over.

    With `all_ahead` every step that lies behind is.
    """
    ladder = charter.ladder(kind, internal)
    if ladder is None:
        return {"next_step": 0, "next_step_at": None}
    found = following(ladder, 1, dates, now, all_ahead=all_ahead)
    return {"next_step": found.number, "next_step_at": found.at} if found else _over(ladder.steps)


def _over(steps: tuple[object, ...]) -> dict[str, Any]:
    return {"next_step": len(steps) + 1, "next_step_at": None}


def moved(charter: Charter, promise: Promise, calendar: Calendar, due_at: datetime) -> Next | None:
    """The next step of a promise that is due at another moment, or counted anew.

    A step that was taken is not taken again; one whose moment is now past is due at once.
    """
    ladder = charter.ladder(promise.kind, promise.internal)
    if ladder is None or promise.next_step is None or promise.next_step_at is None:
        return None
    dates = Dates(calendar, promise.received_at, due_at)
    return following(ladder, promise.next_step, dates, promise.received_at)
