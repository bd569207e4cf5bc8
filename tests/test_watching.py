"""What lies longer than it should is counted, and shown as degraded."""

from datetime import timedelta

import pytest
from outbox.posting import ACCEPTED, ASHA, MINUTE, NOW, SECOND, UNKNOWN, claim_one, post
from sqlalchemy.orm import Session
from tickets.making import open_ticket

from callcentre import outbox, watching
from callcentre.outbox import Receipt, Result, Route, holding
from callcentre.tickets import tasks
from callcentre.watching import Watch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def seen(session: Session, name: str, now: object) -> tuple[int, int]:
    """How many lie now, and how many were found ever."""
    watching.look(session, now)  # type: ignore[arg-type]
    row = session.get_one(Watch, name, populate_existing=True)
    return row.waiting, row.found


def lying(session: Session, name: str) -> None:
    """Something of each kind that lies since NOW."""
    if name == "late_messages":
        post(session)
    elif name == "retried_messages":
        post(session)
        outbox.record(session, claim_one(session), Result("again", code="503"), NOW)
    elif name == "unanswered_sends":
        post(session)
        outbox.record(session, claim_one(session), UNKNOWN, NOW)
    elif name == "receipts_without_send":
        outbox.receive(session, Receipt("africastalking", "A1", "delivered", to=ASHA), NOW)
    elif name == "overdue_tasks":
        ticket = open_ticket(session, number=None, now=NOW)
        tasks.make(session, ticket, "give_answer", now=NOW, due_at=NOW)
    elif name == "late_calls":
        tasks.ask_call(
            session, institution="kilosa", number=ASHA, promised=False, now=NOW, beep=True
        )
    session.flush()


@pytest.mark.parametrize(
    ("name", "grace"),
    [
        ("late_messages", timedelta(seconds=15)),
        ("retried_messages", MINUTE),
        ("unanswered_sends", timedelta()),
        ("receipts_without_send", 10 * MINUTE),
        ("overdue_tasks", timedelta()),
        ("late_calls", MINUTE),
    ],
)
def test_what_lies_is_counted_once_it_lies_too_long(
    session: Session, name: str, grace: timedelta
) -> None:
    assert seen(session, name, NOW - SECOND) == (0, 0)
    lying(session, name)
    assert seen(session, name, NOW + grace - SECOND)[1] == 0
    assert seen(session, name, NOW + grace + SECOND) == (1, 1)
    assert seen(session, name, NOW + grace + MINUTE) == (1, 1)


@pytest.mark.parametrize("name", sorted(watching.WATCHED))
def test_what_lies_for_long_is_degraded(session: Session, name: str) -> None:
    lying(session, name)
    late = NOW + watching.WATCHED[name].limit + HOUR
    watching.look(session, late)
    assert name in watching.degraded(session, late)


def test_where_all_is_well_nothing_is_degraded(session: Session) -> None:
    watching.look(session, NOW)
    assert watching.degraded(session, NOW) == []


def test_where_nobody_looks_the_clock_is_degraded(session: Session) -> None:
    watching.look(session, NOW)
    assert watching.degraded(session, NOW + 3 * MINUTE) == ["clock"]


def test_a_held_outbox_is_degraded(session: Session) -> None:
    holding.hold(session, "a restore", by="juma", now=NOW)
    assert watching.degraded(session, NOW) == ["outbox_held"]


def test_a_route_that_is_down_is_degraded(session: Session) -> None:
    post(session, routes=(Route("twilio", "HUDUMA"),))
    outbox.record(session, claim_one(session), Result("ours", code="20003"), NOW)
    assert watching.degraded(session, NOW) == ["route twilio HUDUMA"]


def test_all_of_it_is_in_the_metrics(session: Session) -> None:
    post(session, institution="kilosa")
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    lying(session, "late_messages")
    post(session, routes=(Route("twilio", "HUDUMA"),), now=NOW)
    watching.found(session, "expired_claims", 2, NOW)
    watching.look(session, NOW + MINUTE)
    told = watching.as_metrics(session, NOW + MINUTE).decode()
    for line in (
        'callcentre_found_total{what="expired_claims"} 2.0',
        'callcentre_waiting{what="late_messages"} 2.0',
        'callcentre_oldest_seconds{what="late_messages"} 60.0',
        'callcentre_looked_seconds{what="late_messages"} 0.0',
        'callcentre_spent_shillings{institution="kilosa"} 22.0',
        'callcentre_budget_shillings{institution="kilosa"} 100000.0',
        "callcentre_outbox_held 0.0",
    ):
        assert line in told
