"""Holding everything back: nothing is claimed, nothing expires, and what waited goes afterwards."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, db, outbox
from callcentre.clock import EAT
from callcentre.outbox import Message, holding
from outbox.posting import DAY, MINUTE, NOW, again, claim, claim_one, post

HOUR = timedelta(hours=1)


def hold(session: Session, now: datetime = NOW) -> bool:
    done = holding.hold(session, "a drill", by="test", now=now)
    session.flush()
    return done


def release(session: Session, now: datetime) -> int | None:
    due = holding.release(session, by="test", now=now)
    session.expire_all()
    return due


@pytest.mark.parametrize("kind", ["urgent", "reply", "alert", "notice"])
def test_nothing_of_any_kind_is_claimed_while_held(session: Session, kind: str) -> None:
    message = post(session, kind=kind)
    hold(session)
    assert claim(session) == []
    release(session, NOW + MINUTE)
    assert [sent.message_id for sent in claim(session, NOW + MINUTE)] == [message.id]


def test_it_is_held_once_and_released_once(session: Session) -> None:
    assert [hold(session), hold(session, NOW + MINUTE)] == [True, False]
    found = holding.current(session)
    assert found is not None
    assert (found.since, found.reason, found.by) == (NOW, "a drill", "test")
    assert [release(session, NOW + MINUTE), release(session, NOW + MINUTE)] == [0, None]
    assert holding.current(session) is None


def test_both_are_on_record(session: Session) -> None:
    hold(session)
    release(session, NOW + MINUTE)
    events = session.scalars(select(audit.Event).order_by(audit.Event.id.desc()).limit(2)).all()
    assert [(event.kind, event.actor, event.ticket_id) for event in events] == [
        ("outbox_released", "test", None),
        ("outbox_held", "test", None),
    ]


def test_what_waits_does_not_expire_while_held_and_has_its_time_again(session: Session) -> None:
    message = post(session)
    ends = message.expires_at
    hold(session, NOW + HOUR)
    assert outbox.expire(session, NOW + 9 * DAY) == []
    release(session, NOW + 9 * DAY + HOUR)
    assert again(session, message).expires_at == ends + 9 * DAY
    assert claim_one(session, NOW + 9 * DAY + HOUR).message_id == message.id


def test_what_was_posted_during_the_hold_has_only_that_time_again(session: Session) -> None:
    hold(session)
    during = post(session, now=NOW + DAY)
    later = post(session, not_before=NOW + 5 * DAY)
    before = during.expires_at, later.expires_at
    assert release(session, NOW + 2 * DAY) == 1
    again(session, during)
    again(session, later)
    assert (during.expires_at, later.expires_at) == (before[0] + DAY, before[1])


def test_messages_of_one_ticket_go_in_their_order_however_long_they_waited(
    session: Session,
) -> None:
    first, second = post(session, ticket_id=1), post(session, ticket_id=1)
    other = post(session, ticket_id=2)
    hold(session)
    then = NOW + DAY
    assert release(session, then) == 2
    assert {sent.message_id for sent in claim(session, then)} == {first.id, other.id}
    assert [sent.message_id for sent in claim(session, then + MINUTE)] == [second.id]


def test_notices_released_at_night_wait_for_the_morning(session: Session) -> None:
    notice, reply = post(session, kind="notice"), post(session)
    hold(session)
    night = NOW.astimezone(EAT).replace(hour=22)
    assert release(session, night) == 1
    assert [sent.message_id for sent in claim(session, night)] == [reply.id]
    assert again(session, notice).next_at == (night + DAY).replace(hour=7)


def test_what_no_network_is_to_have_any_more_is_left_alone(session: Session) -> None:
    sent = post(session)
    outbox.record(session, claim_one(session), outbox.Result("accepted", "H1"), NOW)
    outbox.cancel(session, post(session).key, now=NOW)
    before = again(session, sent).expires_at
    hold(session)
    assert release(session, NOW + DAY) == 0
    assert again(session, sent).expires_at == before


def test_a_hold_waits_for_a_claim_that_is_being_written(database: None) -> None:
    with db.session() as session:
        message = post(session).id
    with db.session() as worker:
        assert [sent.message_id for sent in outbox.claim(worker, NOW)] == [message]
        done = elsewhere(holds)
        assert not done.wait(0.2)
    assert done.wait(20)


def test_a_claim_that_began_before_a_hold_was_committed_takes_nothing(database: None) -> None:
    with db.session() as session:
        post(session)
    taken: list[int] = []
    with db.session() as session:
        hold(session)
        done = elsewhere(lambda: taken.extend(claims()))
        assert not done.wait(0.2)
    assert done.wait(20)
    assert taken == []
    with db.session() as session:
        assert session.scalars(select(Message.status)).all() == ["queued"]


def holds() -> None:
    with db.session() as session:
        hold(session)


def claims() -> list[int]:
    with db.session() as session:
        return [sent.message_id for sent in outbox.claim(session, NOW)]


def elsewhere(do: Callable[[], object]) -> threading.Event:
    """In a connection of its own, as another process would; set once it is through."""
    done = threading.Event()

    def run() -> None:
        do()
        done.set()

    threading.Thread(target=run, daemon=True).start()
    return done
