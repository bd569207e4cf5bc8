"""When the steps of a ladder come for one promise: pure arithmetic on its dates."""

from datetime import datetime, time
from typing import NamedTuple

from callcentre.charters.calendar import Calendar, due, part
from callcentre.charters.model import Ladder, Period, Step
from callcentre.clock import EAT

MORNING = time(7, 45)  # EAT; before the counters open, on the day itself


class Next(NamedTuple):
    """A step by its number and the moment (aware) at which it comes."""

    number: int
    at: datetime


class Dates(NamedTuple):
    """Of one promise: when it was received and is due (aware), and the calendar it counts in."""

    calendar: Calendar
    received: datetime
    due: datetime


def following(
    ladder: Ladder, number: int, dates: Dates, after: datetime, *, all_ahead: bool = False
) -> Next | None:
    """The first step from this number on that is still to come; None where there is none.

    A reminder that lies before `after` has no sense any more and is passed over; a step after the
    date never is, however late it comes (unless `all_ahead` passes over what is past as well).
    """
    last = len(ladder.steps)
    while number <= last or ladder.again is not None:
        at = moment(ladder, number, dates)
        reminds = ladder.step(number).after is None
        if at is not None and (at > after or not (reminds or all_ahead)):
            return Next(number, at)
        number += 1
    return None


def moment(ladder: Ladder, number: int, dates: Dates) -> datetime | None:
    """When a step comes; None for a reminder that has no place in so short a time.

    That is one before the receipt, after the date, or not after the reminder before it.
    """
    step = ladder.step(number)
    if step.after is not None:
        return _after(ladder, number, step.after, dates)
    at = _reminder(step, dates)
    earlier = (
        [_reminder(one, dates) for one in ladder.steps[: number - 1]] if not step.share else []
    )
    return at if max([dates.received, *earlier]) < at < dates.due else None


def _reminder(step: Step, dates: Dates) -> datetime:
    if step.share is not None:
        return part(dates.calendar, dates.received, dates.due, step.share)
    return datetime.combine(dates.due.astimezone(EAT).date(), MORNING, EAT)


def _after(ladder: Ladder, number: int, days: int, dates: Dates) -> datetime:
    days += (ladder.again or 0) * max(number - len(ladder.steps), 0)
    if days == 0:
        return dates.due
    return due(dates.calendar, dates.due, Period(days, "working_days")).at
