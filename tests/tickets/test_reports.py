"""Reports: what is counted, and that nobody looks better for never answering."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from callcentre.clock import EAT
from callcentre.tickets import ladder, promises, reports
from callcentre.tickets.model import Promise, Ticket
from callcentre.tickets.reports import Days, Figures
from tickets.making import EDITION, NOW, confirmed, promise
from tickets.posts import WATER, whole_line

DUE = datetime(2026, 12, 23, 15, 30, tzinfo=EAT)  # of an answer at Sengerema received at NOW
DECEMBER = Days(date(2026, 12, 1), date(2026, 12, 31))
LATER = datetime(2027, 1, 4, 9, 0, tzinfo=EAT)
A_DAY = timedelta(days=1)


def figures(session: Session, days: Days = DECEMBER, now: datetime = LATER) -> Figures:
    return reports.make(session, "sengerema", days, now).whole


def kept(session: Session, ticket: Ticket, at: datetime, *, by: str = "receipt") -> None:
    promises.keep(session, ticket, ["answer"], by=by, now=at)


@pytest.mark.parametrize(
    ("by", "at", "counted"),
    [
        pytest.param("receipt", DUE, {"answered": 1}, id="an answer in time"),
        pytest.param("progress", DUE, {"progress": 1}, id="progress is no answer"),
        pytest.param("referred", DUE, {"referred": 1}, id="nor is sending it elsewhere"),
        pytest.param("receipt", DUE + A_DAY, {"broken": 1}, id="an answer too late"),
    ],
)
def test_a_promise_counts_for_what_kept_it(
    session: Session, by: str, at: datetime, counted: dict[str, int]
) -> None:
    kept(session, confirmed(session), at, by=by)
    usual = {"answered": 0, "progress": 0, "referred": 0, "broken": 0}
    found = figures(session)
    assert {name: getattr(found, name) for name in usual} == usual | counted
    assert (found.due, found.overdue, found.oldest) == (1, 0, None)


def test_what_nobody_answers_counts_as_broken_and_stays_open(session: Session) -> None:
    kept(session, confirmed(session), DUE)
    confirmed(session)
    found = figures(session)
    assert (found.answered, found.due, found.broken, found.overdue) == (1, 2, 1, 1)
    assert found.oldest == 42  # from 23 November to 4 January


def test_a_date_that_has_not_passed_is_not_counted_yet(session: Session) -> None:
    confirmed(session)
    found = figures(session, now=DUE - A_DAY)
    assert (found.due, found.broken, found.overdue) == (0, 0, 0)
    assert found.oldest == 29


def test_received_are_those_of_the_days_by_the_wall_in_dar_es_salaam(session: Session) -> None:
    monday = Days(NOW.date(), NOW.date())
    for at in ("2026-11-22T23:59", "2026-11-23T00:00", "2026-11-23T23:59", "2026-11-24T00:00"):
        confirmed(session, now=datetime.fromisoformat(f"{at}+03:00"))
    assert figures(session, monday).received == 2


def test_acknowledgements_are_counted_apart(session: Session) -> None:
    for ticket in (confirmed(session), confirmed(session)):
        day = NOW if ticket.id % 2 else LATER
        promises.keep(session, ticket, ["acknowledge"], by="receipt", now=day)
    found = figures(session)
    assert (found.acknowledged, found.to_acknowledge) == (1, 2)


@pytest.mark.parametrize(
    "changes",
    [{"internal": True}, {"dropped_at": NOW}],
    ids=["an office's own target", "what was taken back"],
)
def test_what_is_owed_to_nobody_is_no_promise(session: Session, changes: dict[str, Any]) -> None:
    confirmed(session)
    session.execute(update(Promise).values(**changes))
    found = figures(session)
    assert (found.due, found.overdue, found.oldest) == (0, 0, None)


def test_other_institutions_are_not_counted(session: Session) -> None:
    confirmed(session, institution="kilosa")
    assert figures(session).is_empty


def test_the_worst_units_are_three_with_what_is_late_from_before_too(session: Session) -> None:
    for count, topic in enumerate(["farming", "water", "health", "school"], 1):
        for _ in range(count):
            confirmed(session, topic=topic)
    report = reports.make(session, "sengerema", DECEMBER, LATER)
    assert [one.late for one in report.worst] == [4, 3, 2]
    january = Days(date(2027, 1, 1), date(2027, 1, 3))
    assert reports.make(session, "sengerema", january, LATER).worst == report.worst


def test_units_have_figures_of_their_own(session: Session) -> None:
    confirmed(session)
    confirmed(session, topic="farming")
    units = reports.make(session, "sengerema", DECEMBER, LATER).units
    assert {unit: one.broken for unit, one in units.items()} == {WATER: 1, None: 1}


def test_cases_for_the_meeting_have_the_post_that_heard_last_and_no_citizen(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "newest", lambda session: EDITION)
    whole_line(session)
    ticket = confirmed(session)
    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
    ladder.climb(session, [promise(session, ticket, "answer").id], DUE + timedelta(minutes=1))
    (case,) = reports.overdue(session, "sengerema", DUE + 2 * A_DAY, 10)
    assert case == (ticket.ref, WATER, 2, "head")


def test_cases_are_the_longest_late_first_and_none_in_which_somebody_is_in_danger(
    session: Session,
) -> None:
    old, new, danger = (confirmed(session, now=NOW + days * A_DAY) for days in (0, 2, 1))
    danger.danger_at = NOW
    session.flush()
    refs = [case.ref for case in reports.overdue(session, "sengerema", LATER, 10)]
    assert refs == [old.ref, new.ref]


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        pytest.param(reports.week(NOW), "2026-11-16", "2026-11-22", id="the week before"),
        pytest.param(reports.week(NOW + 6 * A_DAY), "2026-11-16", "2026-11-22", id="on a Sunday"),
        pytest.param(
            reports.week(NOW, date(2026, 11, 20)), "2026-11-14", "2026-11-20", id="seven days"
        ),
        pytest.param(reports.month(NOW), "2026-10-01", "2026-10-31", id="the month before"),
        pytest.param(
            reports.month(NOW, date(2026, 11, 20)), "2026-11-01", "2026-11-20", id="of a month"
        ),
    ],
)
def test_a_period_ends_with_its_last_day(days: Days, first: str, last: str) -> None:
    assert (str(days.first), str(days.last)) == (first, last)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (reports._came_due("sengerema", DECEMBER, LATER), "ix_promises_told"),
        (reports._unkept("sengerema", DECEMBER, LATER), "ix_promises_unkept"),
        (reports._received("sengerema", DECEMBER), "ix_tickets_institution_status_opened_at"),
    ],
    ids=["came due", "open", "received"],
)
def test_no_report_reads_all_that_was_ever_received(
    session: Session, query: Any, index: str
) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    written = str(query.compile(session.connection(), compile_kwargs={"literal_binds": True}))
    plan = session.connection().exec_driver_sql("EXPLAIN " + written.replace("%", "%%"))
    assert index in "\n".join(row[0] for row in plan)
