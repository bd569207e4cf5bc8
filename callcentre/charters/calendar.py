"""Working time: when something is due, and how much working time has passed.

The rules, settled once because the charters are silent or unclear:

- "Siku 7 za kazi" are working days, plain "siku 7" are days of the calendar: Sengerema's
  charter prints the two side by side (001, lines 133-134 and 400-401).
- The day of receipt is day 0, as the charters count from when a matter "was received" and
  Tanzanian courts leave out the day of the event. The next (working) day is day 1.
- A thing is due when the office closes on its last day, Africa/Dar_es_Salaam. A day of the
  calendar on which it is closed gives way to the next working day.
- Minutes and hours run only while the office is open.

A `Calendar` looks all its days up beforehand, so that `due` is arithmetic and three look-ups.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from callcentre.charters.explanation import explain
from callcentre.charters.model import Hours, Language, Period
from callcentre.clock import EAT

FIRST_YEAR, LAST_YEAR = 2000, 2050  # what a calendar covers

Override = tuple[date, str, Literal["add", "remove"]]
"""A declared holiday, or the withdrawal of one that is no holiday this time."""

_FIRST = date(FIRST_YEAR, 1, 1)
_DAYS = (date(LAST_YEAR + 1, 1, 1) - _FIRST).days
_MIDNIGHT = datetime.combine(_FIRST, time(), EAT).astimezone(UTC)
_NOTHING = timedelta(0)

# The day on which each month begins, the end of the last one included, and each day's month.
_MONTHS = [
    (date(year, month, 1) - _FIRST).days
    for year in range(FIRST_YEAR, LAST_YEAR + 1)
    for month in range(1, 13)
] + [_DAYS]
_MONTH_OF = [
    month for month, (start, end) in enumerate(pairwise(_MONTHS)) for _ in range(start, end)
]


class Calendar:
    """The opening hours of an office and the holidays on which it stays closed.

    Days are numbered from 1 January 2000. `closings` and `next_open` have an entry for each
    day, `worked` counts the working days up to and including each, `working` lists them.
    """

    __slots__ = (
        "closings", "day_length", "holidays", "hours", "next_open", "opens", "worked", "working",
    )  # fmt: skip

    def __init__(self, hours: Hours, holidays: Mapping[date, str]) -> None:
        self.hours = hours
        self.holidays = dict(holidays)
        closed = {(day - _FIRST).days for day in self.holidays}
        monday = _FIRST.weekday()
        office_days = {day - 1 for day in hours.days}
        self.closings = _every_day_at(hours.close)
        self.opens = _every_day_at(hours.open)[0] - _MIDNIGHT
        self.day_length = self.closings[0] - _MIDNIGHT - self.opens
        self.working: list[int] = []
        self.worked: list[int] = []
        self.next_open: list[int] = []  # ends with the last working day
        for day in range(_DAYS):
            if (day + monday) % 7 in office_days and day not in closed:
                self.next_open += [day] * (day + 1 - len(self.next_open))
                self.working.append(day)
            self.worked.append(len(self.working))

    @classmethod
    def of(cls, hours: Hours, overrides: Iterable[Override] = ()) -> "Calendar":
        """The calendar of an office in Tanzania, the same object for the same arguments.

        The public holidays come with their Swahili names from the `holidays` package; one that
        awaits the moon ("makisio") counts as a holiday. The overrides are applied in order.
        Raises ValueError for an override that neither adds nor removes.
        """
        return _calendar_of(hours, tuple((day, name, kind) for day, name, kind in overrides))

    def __repr__(self) -> str:
        return f"Calendar({self.hours.open}-{self.hours.close}, {len(self.holidays)} holidays)"

    def is_working(self, day: date) -> bool:
        return day.isoweekday() in self.hours.days and day not in self.holidays

    def work_before(self, since: timedelta) -> timedelta:
        """The working time in the first `since` of the calendar."""
        day = since.days
        whole_days = self.worked[day - 1] if day else 0
        work = whole_days * self.day_length
        if self.worked[day] == whole_days:
            return work
        today = since - timedelta(day) - self.opens
        return work + min(max(today, _NOTHING), self.day_length)

    def moment_of(self, work: timedelta) -> datetime:
        """The first moment at which that much working time is over. `work` is more than 0."""
        days, rest = divmod(work, self.day_length)
        if not rest:  # a full day ends when the office closes, not when it opens again
            days, rest = days - 1, self.day_length
        return self.closings[self.working[days]] - self.day_length + rest


class Due(NamedTuple):
    """When something is due, and what the sum was.

    `at` and `before_rolling` are aware UTC datetimes; `before_rolling` is the closing time of
    the day first arrived at, where the office is closed on it, and else None.
    """

    at: datetime
    before_rolling: datetime | None
    received: datetime
    period: Period
    calendar: Calendar

    @property
    def skipped(self) -> tuple[tuple[date, str], ...]:
        """The holidays passed over: office days that would have counted but for them."""
        counts_from = self.received + timedelta(1)
        if self.period.unit in ("minutes", "hours"):
            counts_from = self.received
        elif self.period.unit != "working_days":
            if self.before_rolling is None:
                return ()
            counts_from = self.before_rolling
        first, last = counts_from.astimezone(EAT).date(), self.at.astimezone(EAT).date()
        return tuple(
            (day, name)
            for day, name in sorted(self.calendar.holidays.items())
            if first <= day <= last and day.isoweekday() in self.calendar.hours.days
        )

    def explain(self, language: Language) -> str:
        """The sum in one line of ASCII, in Swahili ("sw") or English ("en")."""
        return explain(
            language,
            self.period,
            received=self.received.astimezone(EAT),
            nominal=self.before_rolling and self.before_rolling.astimezone(EAT),
            skipped=self.skipped,
            at=self.at.astimezone(EAT),
        )


def due(calendar: Calendar, received: datetime, period: Period) -> Due:
    """When a period that began with a receipt is over.

    `received` is aware, in any zone. Raises ValueError for one without a zone, and for days
    outside the calendar.
    """
    since = _since_first(received)
    day = since.days
    amount, unit = period.amount, period.unit
    try:
        if unit == "working_days":
            last = calendar.working[calendar.worked[day] + amount - 1]
            return Due(calendar.closings[last], None, received, period, calendar)
        if unit == "minutes" or unit == "hours":
            work = timedelta(minutes=amount) if unit == "minutes" else timedelta(hours=amount)
            at = calendar.moment_of(calendar.work_before(since) + work)
            return Due(at, None, received, period, calendar)
        if unit == "days":
            nominal = day + amount
        elif unit == "weeks":
            nominal = day + 7 * amount
        else:
            nominal = _months_later(day, amount)
        last = calendar.next_open[nominal]
    except IndexError:
        raise ValueError(f"{period} after {received} is later than {LAST_YEAR}") from None
    closings = calendar.closings
    before_rolling = None if last == nominal else closings[nominal]
    return Due(closings[last], before_rolling, received, period, calendar)


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time between two aware moments; less than nothing if the end is the earlier.

    Raises ValueError for a moment without a zone or outside the calendar.
    """
    return calendar.work_before(_since_first(end)) - calendar.work_before(_since_first(start))


def _since_first(moment: datetime) -> timedelta:
    """How long after the beginning of every calendar; raises ValueError as `due` does."""
    try:
        since = moment - _MIDNIGHT
    except TypeError:
        written = moment.isoformat(timespec="minutes")
        message = f"{written} has no time zone; write it like {written}+03:00"
        raise ValueError(message) from None
    if not 0 <= since.days < _DAYS:
        raise ValueError(f"{moment} is outside the calendar, {FIRST_YEAR} to {LAST_YEAR}")
    return since


def _months_later(day: int, months: int) -> int:
    """The day of the same number so many months later, or the last of a month that is shorter."""
    month = _MONTH_OF[day]
    later = month + months
    return min(_MONTHS[later] + day - _MONTHS[month], _MONTHS[later + 1] - 1)


@cache
def _every_day_at(clock: time) -> list[datetime]:
    """The UTC moments at which clocks in Tanzania show a time, one for each day of a calendar."""
    first = datetime.combine(_FIRST, clock, EAT).astimezone(UTC)
    return [first + timedelta(day) for day in range(_DAYS)]  # no summer time since 1961


@lru_cache(maxsize=16)
def _calendar_of(hours: Hours, overrides: tuple[Override, ...]) -> Calendar:
    days = dict(_public_holidays())
    for day, name, kind in overrides:
        if kind == "add":
            days[day] = name
        elif kind == "remove":
            days.pop(day, None)
        else:
            raise ValueError(f"an override adds or removes a holiday; {kind!r} does neither")
    return Calendar(hours, days)


@cache
def _public_holidays() -> dict[date, str]:
    # Imported here because it takes a third of a second, which `charter list` need not wait.
    from holidays import country_holidays

    years = range(FIRST_YEAR, LAST_YEAR + 1)
    days = country_holidays("TZ", years=years, language="sw")
    return {day: days[day] for day in days}


def next_closing(calendar: Calendar, moment: datetime) -> datetime:
    """The first closing time of a working day after an aware moment, as aware UTC.

    Raises ValueError as `due` does.
    """
    day = _since_first(moment).days
    closing = calendar.closings[calendar.next_open[day]]
    return closing if closing > moment else calendar.closings[calendar.next_open[day + 1]]


def later(calendar: Calendar, moment: datetime, work: timedelta) -> datetime:
    """The moment so much working time after an aware one (before it, if less than nothing).

    Raises ValueError as `due` does.
    """
    return calendar.moment_of(calendar.work_before(_since_first(moment)) + work)


def part(calendar: Calendar, start: datetime, end: datetime, share: float) -> datetime:
    """The moment at which a share of the working time between two aware moments is over.

    `share` is more than 0 and at most 1. The moment is in opening hours, after `start` and not
    after `end`; where no working time lies between the two it is `end`. Aware UTC; raises
    ValueError as `due` does.
    """
    before = calendar.work_before(_since_first(start))
    whole = calendar.work_before(_since_first(end)) - before
    return min(calendar.moment_of(before + whole * share), end) if whole else end


def next_opening(calendar: Calendar, moment: datetime) -> datetime:
    """An aware moment itself while the office is open, else when it opens next, as aware UTC.

    Raises ValueError as `due` does.
    """
    closing = next_closing(calendar, moment)
    return max(moment, closing - calendar.day_length)
