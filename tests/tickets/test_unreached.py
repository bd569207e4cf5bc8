"""Posts that alerts do not reach: the next in line hears, and the administrator has a task."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.tickets import delivery, hearers, promises, unreached
from callcentre.tickets.alerts import Alert
from callcentre.tickets.model import Promise, Task, Ticket
from tickets.making import confirmed
from tickets.posts import climb_until, whole_line

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=EAT)
DUE = datetime(2026, 12, 23, 15, 30, tzinfo=EAT)  # of an answer at Sengerema
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def line(lines: None, session: Session) -> dict[str, int]:
    return whole_line(session)


@pytest.fixture
def ticket(line: dict[str, int], session: Session) -> Ticket:
    """A complaint whose date has just passed: its head was alerted."""
    found = confirmed(session, now=NOON)
    promises.keep(session, found, ["acknowledge", "route"], by="test", now=NOON)
    climb_until(session, DUE + MINUTE)
    return found


def newest_alert(session: Session) -> Alert:
    return session.scalars(select(Alert).order_by(Alert.id.desc()).limit(1)).one()


def fail(session: Session, key: str, now: datetime = DUE + 5 * MINUTE) -> None:
    """The network says that this message was not delivered, for good."""
    failed = update(Message).where(Message.key == key).values(failed_at=now).returning(Message.id)
    delivery.settle(session, [session.scalars(failed).one()], now)


def told(session: Session) -> list[tuple[int, int]]:
    return [(one.step, one.post_id) for one in session.scalars(select(Alert).order_by(Alert.id))]


def open_tasks(session: Session) -> list[tuple[str, Any]]:
    query = select(Task).where(Task.kind == "unreached_post", Task.done_at.is_(None))
    return [(one.kind, one.notes) for one in session.scalars(query)]


def test_what_was_not_delivered_goes_to_the_next_in_line(
    session: Session, ticket: Ticket, line: dict[str, int]
) -> None:
    alert = newest_alert(session)
    assert alert.post_id == line["head"]
    fail(session, alert.message_key)
    assert newest_alert(session).post_id == line["complaints"]
    assert newest_alert(session).step == alert.step
    assert open_tasks(session) == [("unreached_post", [f"post:{line['head']}"])]


def test_the_step_itself_stays_when_it_was(session: Session, ticket: Ticket) -> None:
    before = session.scalars(select(Promise.next_step_at).order_by(Promise.id)).all()
    fail(session, newest_alert(session).message_key)
    assert session.scalars(select(Promise.next_step_at).order_by(Promise.id)).all() == before


def test_it_is_passed_on_once_however_often_it_is_told(session: Session, ticket: Ticket) -> None:
    key = newest_alert(session).message_key
    fail(session, key)
    before = told(session)
    fail(session, key, DUE + 9 * MINUTE)
    assert told(session) == before


def test_whoever_hears_instead_and_is_not_reached_either_gives_way_too(
    session: Session, ticket: Ticket, line: dict[str, int]
) -> None:
    fail(session, newest_alert(session).message_key)
    fail(session, newest_alert(session).message_key, DUE + 9 * MINUTE)
    assert newest_alert(session).post_id == line["executive"]


def test_a_reminder_that_was_not_delivered_is_the_administrators_alone(
    session: Session, line: dict[str, int]
) -> None:
    found = confirmed(session, now=NOON)
    promises.keep(session, found, ["acknowledge", "route"], by="test", now=NOON)
    climb_until(session, DUE - 8 * DAY)
    before = told(session)
    fail(session, newest_alert(session).message_key, DUE - 8 * DAY)
    assert told(session) == before
    assert len(open_tasks(session)) == 1


def test_nobody_hears_of_it_once_the_citizen_was_answered(session: Session, ticket: Ticket) -> None:
    key = newest_alert(session).message_key
    promises.keep(session, ticket, promises.ANSWERED, by="test", now=DUE + 2 * MINUTE)
    before = told(session)
    fail(session, key)
    assert told(session) == before


def test_who_is_complained_of_is_passed_over(
    session: Session, ticket: Ticket, line: dict[str, int]
) -> None:
    session.add(
        hearers.Accused(ticket_id=ticket.id, post_id=line["complaints"], role="complaints", at=NOON)
    )
    session.flush()
    fail(session, newest_alert(session).message_key)
    assert newest_alert(session).post_id == line["executive"]


def silences(session: Session, count: int) -> datetime:
    """So many complaints that the head let move up; the moment after the last did."""
    for _ in range(count):
        found = confirmed(session, now=NOON)
        promises.keep(session, found, ["acknowledge", "route"], by="test", now=NOON)
        climb_until(session, DUE + MINUTE)
    now = DUE + 6 * DAY
    climb_until(session, now)
    return now


@pytest.mark.parametrize(("count", "found"), [(1, 0), (2, 1), (3, 1)])
def test_two_silences_in_a_row_are_the_administrators(
    session: Session, line: dict[str, int], count: int, found: int
) -> None:
    now = silences(session, count)
    of_heads = update(Alert).where(Alert.post_id != line["head"]).values(unheard_at=now)
    session.execute(of_heads)
    assert unreached.find_silent(session, now) == found
    assert len(open_tasks(session)) == found


def test_a_silence_counts_once(session: Session, line: dict[str, int]) -> None:
    now = silences(session, 2)
    assert unreached.find_silent(session, now) > 0
    assert unreached.find_silent(session, now) == 0


def test_who_answered_one_of_two_is_not_silent(session: Session, line: dict[str, int]) -> None:
    now = silences(session, 2)
    of_head = select(Alert).where(Alert.post_id == line["head"], Alert.code.is_not(None))
    last = session.scalars(of_head.order_by(Alert.id.desc())).first()
    assert last is not None
    last.seen_at = now
    session.execute(update(Alert).where(Alert.post_id != line["head"]).values(unheard_at=now))
    assert unreached.find_silent(session, now) == 0
