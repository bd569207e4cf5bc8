"""`due()` beside three packages that count working days, each in the same rounds of one run.

    python benchmarks/calendar.py [--rounds 7] [--json]

What is measured: the date 7 working days after a moment, for the same 2,000 moments over ten years
and the same holidays. `businesstimedelta` and ours know opening hours and give a moment; `bizdays`
and `numpy.busday_offset` count whole days only, and numpy is called once for each date, as a ticket
that opens would. Then ours for the other kinds of period. Told is the median of the rounds, with
the lowest and the highest. The packages are no part of the project:

    pip install businesstimedelta bizdays numpy
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

# A script's own folder comes first on the path, and this file has the name of a standard module.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from callcentre import charters
from callcentre.charters import Period
from callcentre.charters.calendar import Calendar, due
from callcentre.clock import EAT

WANTED = 300_000  # a second
MOMENTS = 2_000
SEVEN = Period(7, "working_days")


def moments() -> list[datetime]:
    """Moments of office hours and of nights, over ten years; always the same."""
    chosen = random.Random(2026)
    first = datetime(2020, 1, 1, tzinfo=UTC)
    return [first + timedelta(minutes=chosen.randrange(10 * 365 * 24 * 60)) for _ in range(MOMENTS)]


def rivals(calendar: Calendar) -> dict[str, Callable[[datetime], object]]:
    """One function for each package that is installed: a moment to a date."""
    found: dict[str, Callable[[datetime], object]] = {}
    holidays = sorted(calendar.holidays)
    try:
        import numpy

        days = numpy.busdaycalendar(holidays=holidays)

        def by_numpy(moment: datetime) -> object:
            day = moment.astimezone(EAT).date()
            return numpy.busday_offset(day, 7, roll="backward", busdaycal=days)

        found["numpy.busday_offset"] = by_numpy
    except ImportError:
        pass
    try:
        import bizdays

        cal = bizdays.Calendar(
            holidays, ["Saturday", "Sunday"], startdate=date(2019, 1, 1), enddate=date(2032, 1, 1)
        )
        found["bizdays"] = lambda moment: cal.offset(
            cal.preceding(moment.astimezone(EAT).date()), 7
        )
    except ImportError:
        pass
    try:
        import businesstimedelta as package
        import pytz  # its zones are what the package can work with

        zone = pytz.timezone("Africa/Dar_es_Salaam")
        hours = calendar.hours
        office = package.WorkDayRule(
            start_time=hours.open, end_time=hours.close, working_days=[0, 1, 2, 3, 4], tz=zone
        )
        closed = package.HolidayRule(dict.fromkeys(holidays, "holiday"), tz=zone)
        rules = package.Rules([office, closed])
        a_week = package.BusinessTimeDelta(rules, hours=7 * 8)
        found["businesstimedelta"] = lambda moment: moment.astimezone(zone) + a_week
    except ImportError:
        pass
    return found


def microseconds(work: Callable[[datetime], object], given: list[datetime]) -> float:
    """How long one call takes, over all moments once."""
    started = time.perf_counter()
    for moment in given:
        work(moment)
    return (time.perf_counter() - started) / len(given) * 1e6


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    calendar = Calendar.of(charters.get("sengerema").hours)
    periods = {
        "days": Period(30, "days"),
        "months": Period(4, "months"),
        "hours": Period(1, "hours"),
    }
    calls: dict[str, Callable[[datetime], object]] = {
        "ours": lambda moment: due(calendar, moment, SEVEN),
        **{
            f"ours, {name}": lambda moment, period=period: due(calendar, moment, period)
            for name, period in periods.items()
        },
        **rivals(calendar),
    }
    given = moments()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(chosen.rounds):
        for name, call in calls.items():
            few = given[:100] if name == "businesstimedelta" else given
            taken[name].append(microseconds(call, few))
    ours = statistics.median(taken["ours"])
    rows = [
        {
            "name": name,
            "microseconds": round(statistics.median(times), 2),
            "lowest": round(min(times), 2),
            "highest": round(max(times), 2),
            "times_ours": round(statistics.median(times) / ours, 1),
        }
        for name, times in taken.items()
    ]
    reached = 1e6 / ours >= WANTED
    if chosen.json:
        print(json.dumps({"rows": rows, "per_second": round(1e6 / ours), "reached": reached}))
    else:
        print(f"{'7 working days':22} {'us':>9} {'lowest':>9} {'highest':>9} {'x ours':>8}")
        for row in rows:
            print(
                f"{row['name']:22} {row['microseconds']:9} {row['lowest']:9} {row['highest']:9}"
                f" {row['times_ours']:8}"
            )
        print(
            f"due(): {1e6 / ours:,.0f}/s, wanted {WANTED:,}: {'reached' if reached else 'MISSED'}"
        )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
