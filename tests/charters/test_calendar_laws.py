"""Laws of working time, against an oracle that walks from day to day and knows no tables."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from random import Random

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre import charters
from callcentre.charters import Calendar, Hours, Period, due, elapsed

EAST_AFRICA = timezone(timedelta(hours=3))
INSTITUTIONS = tuple(charters.all_current())
PUBLIC = country_holidays("TZ", language="sw", years=range(2019, 2042))
FIRST, LAST = date(2024, 1, 1), date(2033, 12, 31)  # ten years of receipts

institutions = st.sampled_from(INSTITUTIONS)
draws = st.integers(0, 5)  # the number of a random set of declared holidays; 0 has none
moments = st.datetimes(
    datetime.combine(FIRST, datetime.min.time()),
    datetime.combine(LAST, datetime.max.time()),
    timezones=st.sampled_from([UTC, EAST_AFRICA, timezone(-timedelta(hours=11))]),
)
day_units = st.sampled_from(["days", "working_days", "weeks", "months"])
amounts = st.integers(1, 70)


@cache
def overrides(draw: int) -> tuple[tuple[date, str, str], ...]:
    """Some forty declared holidays and withdrawals, all over the ten years."""
    random = Random(draw)
    span = (LAST - FIRST).days
    added = [FIRST + timedelta(random.randrange(span)) for _ in range(draw * 4)]
    removed = random.sample(sorted(PUBLIC), draw * 4)
    return (
        *((day, "Tangazo", "add") for day in added),
        *((day, "", "remove") for day in removed),
    )


@cache
def calendar(institution: str, draw: int) -> Calendar:
    return Calendar.of(charters.get(institution).hours, overrides(draw))


@cache
def closed_days(draw: int) -> frozenset[date]:
    closed = set(PUBLIC)
    for day, _, kind in overrides(draw):
        closed = closed | {day} if kind == "add" else closed - {day}
    return frozenset(closed)


def is_working(day: date, draw: int) -> bool:
    return day.weekday() < 5 and day not in closed_days(draw)


def expected_due(hours: Hours, draw: int, received: datetime, period: Period) -> datetime:
    """The due moment, day by day."""
    day = received.astimezone(EAST_AFRICA).date()
    if period.unit == "working_days":
        left = period.amount
        while left:
            day += timedelta(1)
            left -= is_working(day, draw)
    elif period.unit == "months":
        number, month = day.day, day.month - 1 + period.amount
        day = date(day.year + month // 12, month % 12 + 1, 1)
        while (day + timedelta(1)).day != 1 and day.day < number:
            day += timedelta(1)
    else:
        day += timedelta(period.amount * (7 if period.unit == "weeks" else 1))
    while not is_working(day, draw):
        day += timedelta(1)
    return datetime.combine(day, hours.close, EAST_AFRICA)


def expected_elapsed(hours: Hours, draw: int, start: datetime, end: datetime) -> timedelta:
    """The working time between two moments, day by day."""
    total, day = timedelta(0), start.astimezone(EAST_AFRICA).date()
    while day <= end.astimezone(EAST_AFRICA).date():
        if is_working(day, draw):
            opens = max(start, datetime.combine(day, hours.open, EAST_AFRICA))
            closes = min(end, datetime.combine(day, hours.close, EAST_AFRICA))
            total += max(closes - opens, timedelta(0))
        day += timedelta(1)
    return total


@pytest.mark.parametrize("institution", INSTITUTIONS)
@pytest.mark.parametrize("draw", [0, 3])
def test_ten_years_of_receipts_are_due_as_the_oracle_says(institution, draw):
    charter = charters.get(institution)
    periods = {rule.period for rule in charter.rules if rule.period.unit != "minutes"}
    noon = datetime(FIRST.year, 1, 1, 12, tzinfo=EAST_AFRICA)
    for number in range((LAST - FIRST).days + 1):
        received = noon + timedelta(number)
        for period in periods:
            found = due(calendar(institution, draw), received, period).at
            assert found == expected_due(charter.hours, draw, received, period)


@given(institutions, draws, moments, amounts, day_units)
@settings(deadline=None)
def test_due_is_what_the_oracle_says(institution, draw, received, amount, unit):
    period = Period(amount, unit)
    found = due(calendar(institution, draw), received, period)
    hours = charters.get(institution).hours
    assert found.at == expected_due(hours, draw, received, period)


@given(institutions, draws, moments, st.integers(1, 5000), st.sampled_from(["minutes", "hours"]))
@settings(deadline=None)
def test_minutes_and_hours_run_while_the_office_is_open(institution, draw, received, amount, unit):
    amount = amount if unit == "minutes" else amount % 100 + 1
    found = due(calendar(institution, draw), received, Period(amount, unit)).at
    hours = charters.get(institution).hours
    local = found.astimezone(EAST_AFRICA)
    assert hours.open < local.time() <= hours.close
    assert is_working(local.date(), draw)
    assert expected_elapsed(hours, draw, received, found) == timedelta(**{unit: amount})


@given(institutions, draws, moments, st.timedeltas(timedelta(0), timedelta(200)))
@settings(deadline=None)
def test_elapsed_is_what_the_oracle_says(institution, draw, start, length):
    end = start + length
    hours = charters.get(institution).hours
    worked = elapsed(calendar(institution, draw), start, end)
    assert worked == expected_elapsed(hours, draw, start, end)
    assert elapsed(calendar(institution, draw), end, start) == -worked


@given(institutions, draws, moments, amounts, day_units)
@settings(deadline=None)
def test_a_longer_promise_is_never_due_earlier(institution, draw, received, amount, unit):
    here = calendar(institution, draw)
    shorter = due(here, received, Period(amount, unit)).at
    longer = due(here, received, Period(amount + 1, unit)).at
    assert shorter <= longer
    assert unit != "working_days" or shorter < longer


@given(institutions, draws, moments, moments, amounts, day_units)
@settings(deadline=None)
def test_who_comes_earlier_never_waits_longer(institution, draw, one, other, amount, unit):
    here, period = calendar(institution, draw), Period(amount, unit)
    earlier, later = sorted([one, other])
    assert due(here, earlier, period).at <= due(here, later, period).at


@given(institutions, draws, moments, amounts, day_units)
@settings(deadline=None)
def test_nothing_is_due_on_a_closed_day(institution, draw, received, amount, unit):
    found = due(calendar(institution, draw), received, Period(amount, unit))
    local = found.at.astimezone(EAST_AFRICA)
    assert is_working(local.date(), draw)
    assert local.time() == charters.get(institution).hours.close
    assert found.at > received
    assert found.before_rolling is None or found.before_rolling < found.at


@given(institutions, draws, moments, amounts, day_units)
@settings(deadline=None)
def test_every_holiday_told_is_one_and_lies_on_the_way(institution, draw, received, amount, unit):
    found = due(calendar(institution, draw), received, Period(amount, unit))
    days = [day for day, _ in found.skipped]
    assert all(day in closed_days(draw) and day.weekday() < 5 for day in days)
    first = received.astimezone(EAST_AFRICA).date()
    assert all(first < day < found.at.astimezone(EAST_AFRICA).date() for day in days)
    assert all(found.explain(language).isascii() for language in ("sw", "en"))
