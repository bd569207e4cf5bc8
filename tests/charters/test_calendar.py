"""When promises are due, against dates worked out by hand with a wall calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from callcentre import charters
from callcentre.charters import Calendar, Hours, Period, due, elapsed
from callcentre.charters.calendar import Override
from callcentre.clock import EAT

MORNING = Hours(time(7, 30), time(15, 30), (1, 2, 3, 4, 5))
CALENDAR = Calendar.of(MORNING)


def at(written: str) -> datetime:
    """A local time in Tanzania."""
    return datetime.fromisoformat(written).replace(tzinfo=EAT)


@pytest.mark.parametrize(
    ("institution", "promise", "unit", "received", "expected"),
    [
        ("sengerema", "acknowledge", None, "2026-11-23 10:00", "2026-12-02 15:30"),
        ("sengerema", "acknowledge", None, "2026-12-04 10:00", "2026-12-16 15:30"),  # Uhuru
        ("sengerema", "answer", "8.4", "2026-11-23 10:00", "2026-11-26 15:30"),
        ("sengerema", "answer", None, "2026-11-23 10:00", "2026-12-23 15:30"),
        ("kilosa", "acknowledge", None, "2026-11-23 10:00", "2026-12-02 15:00"),
        ("kilosa", "call_back", None, "2026-11-27 10:00", "2026-11-30 15:00"),
        ("kilosa", "answer", None, "2026-11-23 10:00", "2027-02-19 15:00"),
        ("morogoro", "acknowledge", None, "2026-11-23 10:00", "2026-11-24 15:30"),
        ("morogoro", "answer", None, "2026-11-23 10:00", "2026-12-07 15:30"),
        ("morogoro", "answer", "9.4", "2026-11-23 10:00", "2026-12-07 15:30"),
        ("utumishi", "acknowledge", None, "2026-11-23 10:00", "2026-11-24 16:00"),
    ],
)
def test_a_promise_is_due_when_the_office_closes_on_its_last_day(
    institution, promise, unit, received, expected
):
    charter = charters.get(institution)
    period = charter.rule(promise, unit).period
    found = due(Calendar.of(charter.hours), at(received), period)
    assert found.at == at(expected)
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("received", "period", "expected", "before_rolling"),
    [
        pytest.param("2026-12-08 10:00", Period(5, "working_days"), "2026-12-16 15:30", None,
                     id="five working days over a holiday"),
        pytest.param("2026-12-18 10:00", Period(10, "working_days"), "2027-01-05 15:30", None,
                     id="ten working days over Christmas and New Year"),
        pytest.param("2026-11-28 10:00", Period(1, "working_days"), "2026-11-30 15:30", None,
                     id="received on a Saturday"),
        pytest.param("2026-11-23 23:59", Period(1, "working_days"), "2026-11-24 15:30", None,
                     id="received late at night"),
        pytest.param("2026-11-24 00:01", Period(1, "working_days"), "2026-11-25 15:30", None,
                     id="received after midnight"),
        pytest.param("2026-12-11 10:00", Period(14, "days"), "2026-12-28 15:30",
                     "2026-12-25 15:30", id="days that end on Christmas, a Friday"),
        pytest.param("2026-11-23 10:00", Period(5, "days"), "2026-11-30 15:30",
                     "2026-11-28 15:30", id="days that end on a Saturday"),
        pytest.param("2026-11-23 10:00", Period(2, "weeks"), "2026-12-07 15:30", None,
                     id="weeks"),
        pytest.param("2026-11-23 10:00", Period(4, "months"), "2027-03-23 15:30", None,
                     id="months keep the number of the day"),
        pytest.param("2026-10-31 10:00", Period(4, "months"), "2027-03-01 15:30",
                     "2027-02-28 15:30", id="months that have no such day end on their last"),
        pytest.param("2027-10-31 10:00", Period(4, "months"), "2028-02-29 15:30", None,
                     id="the last day of February in a leap year"),
        pytest.param("2026-11-23 10:00", Period(30, "minutes"), "2026-11-23 10:30", None,
                     id="minutes within the day"),
        pytest.param("2026-11-23 15:10", Period(30, "minutes"), "2026-11-24 07:40", None,
                     id="minutes over the night"),
        pytest.param("2026-11-23 15:00", Period(30, "minutes"), "2026-11-23 15:30", None,
                     id="minutes that end as the office closes"),
        pytest.param("2026-11-23 05:00", Period(30, "minutes"), "2026-11-23 08:00", None,
                     id="minutes from before the office opens"),
        pytest.param("2026-12-08 15:29", Period(2, "hours"), "2026-12-10 09:29", None,
                     id="hours over a holiday"),
        pytest.param("2026-11-27 20:00", Period(16, "hours"), "2026-12-01 15:30", None,
                     id="two whole working days in hours"),
    ],
)  # fmt: skip
def test_the_day_of_receipt_is_day_nought(received, period, expected, before_rolling):
    found = due(CALENDAR, at(received), period)
    assert found.at == at(expected)
    assert found.before_rolling == (before_rolling and at(before_rolling))


def test_a_zone_changes_nothing_about_a_moment():
    local = at("2026-11-24 00:30")
    period = Period(1, "working_days")
    assert due(CALENDAR, local, period).at == due(CALENDAR, local.astimezone(UTC), period).at


def test_a_holiday_that_awaits_the_moon_counts_as_a_holiday():
    found = due(CALENDAR, at("2026-08-25 10:00"), Period(1, "working_days"))
    assert found.at == at("2026-08-27 15:30")
    assert found.skipped == ((date(2026, 8, 26), "Maulidi (makisio)"),)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param([(date(2026, 11, 24), "Uchaguzi", "add")], "2026-11-25 15:30", id="added"),
        pytest.param([(date(2026, 11, 24), "Uchaguzi", "add"),
                      (date(2026, 11, 24), "", "remove")], "2026-11-24 15:30", id="withdrawn"),
        pytest.param([(date(2026, 11, 25), "", "remove")], "2026-11-24 15:30",
                     id="removing what is no holiday changes nothing"),
    ],
)  # fmt: skip
def test_declared_holidays_lie_on_top_of_the_known_ones(
    overrides: list[Override], expected: str
) -> None:
    calendar = Calendar.of(MORNING, overrides)
    assert due(calendar, at("2026-11-23 10:00"), Period(1, "working_days")).at == at(expected)


def test_a_holiday_that_is_withdrawn_is_a_working_day():
    calendar = Calendar.of(MORNING, [(date(2026, 12, 9), "Uhuru", "remove")])
    assert calendar.is_working(date(2026, 12, 9))
    assert not CALENDAR.is_working(date(2026, 12, 9))


def test_an_override_adds_or_removes():
    with pytest.raises(ValueError, match="'move' does neither"):
        Calendar.of(MORNING, [(date(2026, 12, 9), "Uhuru", "move")])


def test_a_calendar_is_made_once_for_the_same_hours_and_overrides():
    again = Hours(time(7, 30), time(15, 30), (1, 2, 3, 4, 5))
    assert Calendar.of(again, []) is Calendar.of(replace(again), [])


@pytest.mark.parametrize(
    ("received", "period", "english", "swahili"),
    [
        pytest.param(
            "2026-12-04 10:00", Period(7, "working_days"),
            "received Fri 4 Dec; 9 Dec Uhuru skipped; 7th working day = Wed 16 Dec 15:30",
            "tumepokea Ijumaa 4 Desemba; 9 Desemba Uhuru haihesabiwi;"
            " siku ya 7 ya kazi = Jumatano 16 Desemba 15:30",
            id="working days",
        ),
        pytest.param(
            "2026-12-09 10:00", Period(1, "working_days"),
            "received Wed 9 Dec; 1st working day = Thu 10 Dec 15:30",
            "tumepokea Jumatano 9 Desemba; siku ya 1 ya kazi = Alhamisi 10 Desemba 15:30",
            id="received on a holiday, which would not have counted anyway",
        ),
        pytest.param(
            "2026-12-09 10:00", Period(1, "hours"),
            "received Wed 9 Dec 10:00; 9 Dec Uhuru skipped; 1 working hour = Thu 10 Dec 08:30",
            "tumepokea Jumatano 9 Desemba 10:00; 9 Desemba Uhuru haihesabiwi;"
            " saa 1 za kazi = Alhamisi 10 Desemba 08:30",
            id="an hour from a holiday",
        ),
        pytest.param(
            "2026-11-23 10:00", Period(1, "days"),
            "received Mon 23 Nov; 1st day = Tue 24 Nov 15:30",
            "tumepokea Jumatatu 23 Novemba; siku ya 1 = Jumanne 24 Novemba 15:30",
            id="days",
        ),
        pytest.param(
            "2026-12-18 10:00", Period(10, "working_days"),
            "received Fri 18 Dec; 25 Dec Kuzaliwa Kristo, 1 Jan Mwaka Mpya skipped;"
            " 10th working day = Tue 5 Jan 2027 15:30",
            "tumepokea Ijumaa 18 Desemba; 25 Desemba Kuzaliwa Kristo, 1 Januari Mwaka Mpya"
            " hazihesabiwi; siku ya 10 ya kazi = Jumanne 5 Januari 2027 15:30",
            id="two holidays and another year",
        ),
        pytest.param(
            "2026-12-11 10:00", Period(14, "days"),
            "received Fri 11 Dec; 14th day = Fri 25 Dec, office closed;"
            " 25 Dec Kuzaliwa Kristo skipped; next working day = Mon 28 Dec 15:30",
            "tumepokea Ijumaa 11 Desemba; siku ya 14 = Ijumaa 25 Desemba, ofisi imefungwa;"
            " 25 Desemba Kuzaliwa Kristo haihesabiwi;"
            " siku ya kazi inayofuata = Jumatatu 28 Desemba 15:30",
            id="a day that gave way",
        ),
        pytest.param(
            "2026-11-23 15:10", Period(30, "minutes"),
            "received Mon 23 Nov 15:10; 30 working minutes = Tue 24 Nov 07:40",
            "tumepokea Jumatatu 23 Novemba 15:10; dakika 30 za kazi = Jumanne 24 Novemba 07:40",
            id="minutes",
        ),
        pytest.param(
            "2026-11-23 10:00", Period(1, "months"),
            "received Mon 23 Nov; 1 month = Wed 23 Dec 15:30",
            "tumepokea Jumatatu 23 Novemba; mwezi 1 = Jumatano 23 Desemba 15:30",
            id="a month",
        ),
        pytest.param(
            "2026-10-12 10:00", Period(23, "working_days"),
            "received Mon 12 Oct; 14 Oct Nyerere skipped; 23rd working day = Fri 13 Nov 15:30",
            "tumepokea Jumatatu 12 Oktoba; 14 Oktoba Nyerere haihesabiwi;"
            " siku ya 23 ya kazi = Ijumaa 13 Novemba 15:30",
            id="a holiday with a long name",
        ),
    ],
)  # fmt: skip
def test_the_sum_is_told_in_one_line(received, period, english, swahili):
    found = due(CALENDAR, at(received), period)
    assert found.explain("en") == english
    assert found.explain("sw") == swahili


def test_a_name_with_marks_is_told_in_ascii():
    calendar = Calendar.of(MORNING, [(date(2026, 11, 24), "Siku ya ng\u02bcombe", "add")])
    assert due(calendar, at("2026-11-23 10:00"), Period(1, "working_days")).explain("en").isascii()


@pytest.mark.parametrize("unit", ["days", "working_days", "minutes"])
def test_a_receipt_needs_a_zone(unit):
    with pytest.raises(ValueError, match=r"write it like 2026-11-23T10:00\+03:00"):
        due(CALENDAR, datetime.fromisoformat("2026-11-23T10:00"), Period(1, unit))


@pytest.mark.parametrize(
    ("received", "period"),
    [
        ("1999-12-31 10:00", Period(1, "days")),
        ("2051-01-01 10:00", Period(1, "days")),
        ("2050-12-30 10:00", Period(30, "days")),
        ("2050-12-30 10:00", Period(30, "working_days")),
        ("2050-12-30 10:00", Period(4, "months")),
        ("2050-12-30 10:00", Period(400, "hours")),
    ],
)
def test_what_is_outside_the_calendar_is_refused(received, period):
    with pytest.raises(ValueError, match=r"outside the calendar|later than 2050"):
        due(CALENDAR, at(received), period)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:30", timedelta(minutes=30)),
        ("2026-11-23 15:00", "2026-11-24 08:00", timedelta(hours=1)),
        ("2026-11-27 15:00", "2026-11-30 08:00", timedelta(hours=1)),
        ("2026-12-08 15:30", "2026-12-10 07:30", timedelta(0)),
        ("2026-11-24 08:00", "2026-11-23 15:00", -timedelta(hours=1)),
    ],
)
def test_only_the_time_the_office_is_open_counts_as_working_time(start, end, worked):
    assert elapsed(CALENDAR, at(start), at(end)) == worked


def test_elapsed_needs_zones():
    with pytest.raises(ValueError, match="has no time zone"):
        elapsed(CALENDAR, at("2026-11-23 10:00"), datetime.fromisoformat("2026-11-24"))
