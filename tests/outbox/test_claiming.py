"""Claiming: each message by one worker, in order, when it is due."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import db, outbox
from callcentre.outbox import Message
from outbox.posting import (
    ACCEPTED,
    ASHA,
    DAY,
    JUMA,
    MINUTE,
    NOW,
    SECOND,
    again,
    attempts,
    claim,
    claim_one,
    post,
)


def claimed(session: Session, now: datetime = NOW, limit: int = 100) -> list[int]:
    return [message.message_id for message in claim(session, now, limit)]


def test_a_claim_hands_out_what_a_provider_needs_and_notes_the_attempt(session: Session) -> None:
    message = post(session, link="L1")
    sent = claim_one(session)
    assert (sent.message_id, sent.provider, sent.sender, sent.to, sent.text, sent.link) == (
        message.id, "africastalking", "15001", ASHA, "Limepokelewa", "L1"
    )  # fmt: skip
    assert (again(session, message).status, message.tries) == ("sending", 1)
    assert message.claimed_until == NOW + timedelta(seconds=60)
    (attempt,) = attempts(session, message)
    assert (attempt.id, attempt.started_at, attempt.provider_id) == (sent.attempt_id, NOW, None)


def test_each_attempt_belongs_to_its_own_message(session: Session) -> None:
    posted = {post(session, to=number).id: number for number in (ASHA, JUMA, ASHA)}
    for sent in claim(session):
        (attempt,) = attempts(session, session.get_one(Message, sent.message_id))
        assert (attempt.id, sent.to) == (sent.attempt_id, posted[sent.message_id])


def test_a_message_is_not_claimed_before_it_is_due_nor_twice(session: Session) -> None:
    message = post(session, now=NOW + MINUTE)
    assert claimed(session, NOW) == []
    assert claimed(session, NOW + MINUTE) == [message.id]
    assert claimed(session, NOW + MINUTE) == []


def test_nothing_due_is_an_empty_claim(session: Session) -> None:
    assert claimed(session) == []


def test_the_urgent_go_before_replies_and_replies_before_notices(session: Session) -> None:
    by_kind = {kind: post(session, kind=kind).id for kind in ("notice", "reply", "urgent")}
    order = [claimed(session, limit=1) for _ in range(3)]
    assert order == [[by_kind["urgent"]], [by_kind["reply"]], [by_kind["notice"]]]


def test_of_equals_the_one_that_waits_longest_goes_first(session: Session) -> None:
    late, early = post(session, now=NOW).id, post(session, now=NOW - MINUTE).id
    assert [claimed(session, limit=1) for _ in range(2)] == [[early], [late]]


def test_messages_of_one_ticket_go_one_after_the_other(session: Session) -> None:
    first, second = post(session, ticket_id=1), post(session, ticket_id=1)
    other = post(session, ticket_id=2)
    sent = {message.message_id: message for message in claim(session)}
    assert set(sent) == {first.id, other.id}
    assert claimed(session) == []
    outbox.record(session, sent[first.id], ACCEPTED, NOW)
    assert claimed(session) == [second.id]


@pytest.mark.parametrize("end", ["never", "cancelled"])
def test_a_message_that_will_never_go_holds_up_no_other(session: Session, end: str) -> None:
    first = post(session, ticket_id=1, hold=MINUTE if end == "cancelled" else None)
    second = post(session, ticket_id=1)
    if end == "cancelled":
        outbox.cancel(session, first.key, now=NOW)
    else:
        outbox.record(session, claim_one(session), outbox.Result("never"), NOW)
    assert claimed(session) == [second.id]


def test_a_message_waits_at_most_ten_minutes_for_an_earlier_one(session: Session) -> None:
    first, second = post(session, ticket_id=1), post(session, ticket_id=1)
    again = outbox.Result("again", wait=9 * MINUTE)
    outbox.record(session, claim_one(session), again, NOW)
    assert claimed(session, NOW + 9 * MINUTE) == [first.id]
    assert claimed(session, NOW + 10 * MINUTE - SECOND) == []
    assert claimed(session, NOW + 10 * MINUTE) == [second.id]


def test_a_message_does_not_wait_for_one_that_is_to_go_much_later(session: Session) -> None:
    post(session, ticket_id=1, hold=DAY)
    second = post(session, ticket_id=1)
    assert claimed(session, NOW) == [second.id]


def test_a_claim_passes_over_what_another_one_is_taking(database: None) -> None:
    with db.session() as session:
        for _ in range(4):
            post(session, now=NOW - MINUTE)
        for _ in range(2):
            post(session, institution="kilosa")  # of one institution they take turns
    with db.session() as one, db.session() as other:
        first = claimed(one, limit=4)
        second = claimed(other, limit=4)
        assert (len(first), len(second)) == (4, 2)
        assert set(first) & set(second) == set()


def test_workers_share_out_the_messages_and_none_goes_to_two(database: None) -> None:
    with db.session() as session:
        for number in range(200):
            post(session, ticket_id=number % 150, to=f"+2557120{number:05}")
    shares: list[list[int]] = [[], []]
    together = threading.Barrier(2)

    def work(share: list[int]) -> None:
        together.wait()
        while True:
            with db.session() as session:
                taken = outbox.claim(session, NOW, 7)
            for sent in taken:
                with db.session() as session:
                    result = outbox.Result("accepted", provider_id=f"id {sent.attempt_id}")
                    outbox.record(session, sent, result, NOW)
            if not taken:
                return
            share += [sent.message_id for sent in taken]

    workers = [threading.Thread(target=work, args=(share,)) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    with db.session() as session:  # what one worker saw held up by the other's, if any
        rest = [sent.message_id for sent in outbox.claim(session, NOW, 200)]
        everything = sorted(session.scalars(select(Message.id)))
        assert session.scalar(select(func.max(Message.tries))) == 1
    assert sorted(shares[0] + shares[1] + rest) == everything
    assert min(len(share) for share in shares) > 0


def test_one_message_that_cannot_be_read_any_more_does_not_keep_the_others(
    session: Session,
) -> None:
    unreadable, readable = post(session), post(session)
    unreadable.sealed_to = b"sealed with a key that is gone"
    assert claimed(session) == [readable.id]
    assert attempts(session, unreadable) == []


def test_what_could_not_be_read_is_tried_again_once_its_key_is_back(session: Session) -> None:
    message = post(session)
    sealed, message.sealed_to = message.sealed_to, b"sealed with a key that is gone"
    assert claimed(session) == []
    outbox.expire_claims(session, NOW + 2 * MINUTE)
    again(session, message).sealed_to = sealed
    assert claimed(session, NOW + 12 * MINUTE) == [message.id]
