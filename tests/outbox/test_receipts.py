"""Delivery reports: twice, out of order, before the answer, without an owner."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import db, outbox
from callcentre.outbox import Message, ParkedReceipt, Receipt, Result
from outbox.posting import (
    ACCEPTED,
    ASHA,
    AT,
    JUMA,
    MINUTE,
    NOW,
    SECOND,
    UNKNOWN,
    again,
    attempts,
    claim,
    claim_one,
    hear,
    post,
    tried,
)
from outbox.surroundings import until

HOUR = 60 * MINUTE


def parked(session: Session) -> int | None:
    return session.scalar(select(func.count()).select_from(ParkedReceipt))


@pytest.mark.parametrize(
    ("status", "then", "settles"),
    [("sent", "sent", False), ("delivered", "delivered", True), ("failed", "failed", True)],
)
def test_a_receipt_says_where_the_message_is(
    session: Session, status: str, then: str, settles: bool
) -> None:
    message = tried(session, ACCEPTED)
    assert hear(session, status) == ([message.id] if settles else [])
    assert again(session, message).status == then


def test_the_reason_of_a_failure_is_kept(session: Session) -> None:
    message = tried(session, ACCEPTED)
    hear(session, "failed", code="AbsentSubscriber")
    assert attempts(session, message)[0].code == "AbsentSubscriber"


@pytest.mark.parametrize("final", ["delivered", "failed"])
def test_a_final_receipt_counts_once_and_nothing_changes_it(session: Session, final: str) -> None:
    message = tried(session, ACCEPTED)
    hear(session, final, now=NOW + SECOND)
    for status in ("delivered", "failed", "sent"):
        assert hear(session, status, now=NOW + MINUTE) == []
    assert again(session, message).status == final
    assert getattr(message, f"{final}_at") == NOW + SECOND


@pytest.mark.parametrize("id", ["", "None"], ids=["empty", "the word None"])
def test_a_receipt_for_a_refused_recipient_is_nobodys(session: Session, id: str) -> None:
    message = tried(session, UNKNOWN)
    assert hear(session, "delivered", id) == []
    assert (again(session, message).status, parked(session)) == ("queued", 0)


def test_a_receipt_of_another_provider_with_the_same_id_is_not_ours(session: Session) -> None:
    message = tried(session, ACCEPTED)
    outbox.receive(session, Receipt("twilio", "ATXid_1", "delivered"), NOW)
    assert again(session, message).status == "sent"


# Before the answer


def test_a_receipt_before_the_answer_waits_for_it(session: Session) -> None:
    message = post(session)
    sent = claim_one(session)
    assert (hear(session, "delivered"), parked(session)) == ([], 1)
    assert outbox.record(session, sent, ACCEPTED, NOW + SECOND) == [message.id]
    assert (again(session, message).status, parked(session)) == ("delivered", 0)


def test_all_that_waited_for_the_answer_is_heard_in_order(session: Session) -> None:
    message = post(session)
    sent = claim_one(session)
    for status in ("sent", "failed", "failed", "delivered"):
        hear(session, status)
    outbox.record(session, sent, ACCEPTED, NOW)
    assert (again(session, message).status, parked(session)) == ("failed", 0)


ANSWERED = pytest.mark.parametrize("answered", [ACCEPTED, UNKNOWN], ids=["accepted", "unknown"])


@ANSWERED
def test_a_receipt_and_the_answer_do_not_pass_each_other(database: None, answered: Result) -> None:
    """The receipt is heard while the answer is being written: whoever is second sees the first."""
    assert heard_while_answered(answered) == "delivered"


def test_a_receipt_waits_for_the_answer_that_takes_an_earlier_one(database: None) -> None:
    """The earlier receipt gave the attempt its id, in a transaction that is not over yet."""
    assert heard_while_answered(UNKNOWN, earlier="sent") == "delivered"


def heard_while_answered(answered: Result, earlier: str = "") -> str:
    """The status of a message whose receipt comes while its answer is not committed yet."""
    with db.session() as session:
        message = post(session)
    with db.session() as session:
        sent = claim_one(session)
    if earlier:
        with db.session() as session:
            hear(session, earlier)

    def receipt() -> None:
        with db.session() as other:
            other.execute(sql("SET LOCAL application_name = 'receipt'"))
            hear(other, "delivered")

    hearing = threading.Thread(target=receipt)
    with db.session() as session:
        outbox.record(session, sent, answered, NOW)
        hearing.start()
        until(lambda: _waits("receipt") or not hearing.is_alive(), "the receipt is heard")
    hearing.join()

    with db.session() as session:
        return session.get_one(Message, message.id).status


@ANSWERED
def test_the_answer_waits_for_a_receipt_that_is_being_parked(
    database: None, answered: Result
) -> None:
    with db.session() as session:
        message = post(session)
    with db.session() as session:
        sent = claim_one(session)

    def answer() -> None:
        with db.session() as other:
            other.execute(sql("SET LOCAL application_name = 'answer'"))
            outbox.record(other, sent, answered, NOW)

    answering = threading.Thread(target=answer)
    with db.session() as session:
        hear(session, "delivered")
        answering.start()
        until(lambda: _waits("answer") or not answering.is_alive(), "the answer is written")
    answering.join()

    with db.session() as session:
        assert session.get_one(Message, message.id).status == "delivered"


def _waits(name: str) -> bool:
    with db.session() as session:
        session.execute(sql("SET LOCAL ROLE NONE"))  # who sees what others wait for
        query = sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = :name AND wait_event_type = 'Lock'"
        )
        return bool(session.scalar(query, {"name": name}))


def test_a_receipt_left_parked_though_its_attempt_is_known_is_found_by_the_sweep(
    session: Session,
) -> None:
    message = tried(session, ACCEPTED)
    session.add(ParkedReceipt(provider=AT, provider_id="ATXid_1", status="delivered", at=NOW))
    session.flush()
    assert outbox.settle_parked(session, NOW) == [message.id]
    assert (again(session, message).status, parked(session)) == ("delivered", 0)


# Without an owner: the answer was lost


def lost(session: Session, *, now: datetime = NOW, to: str = ASHA) -> Message:
    """A message whose worker died between hand-over and commit."""
    message = post(session, now=now, to=to)
    claim_one(session, now)
    outbox.expire_claims(session, now + 61 * SECOND)
    session.expire_all()
    return message


def test_a_stray_receipt_belongs_to_the_one_unknown_attempt_of_its_number(
    session: Session,
) -> None:
    message, other = lost(session), lost(session, to=JUMA)
    assert hear(session, "delivered", now=NOW + 5 * MINUTE) == [message.id]
    assert again(session, message).status == "delivered"
    assert attempts(session, message)[0].provider_id == "ATXid_1"
    assert (again(session, other).status, parked(session)) == ("queued", 0)


def test_a_receipt_that_was_there_before_the_claim_ran_out_is_found_then(
    session: Session,
) -> None:
    message = post(session)
    claim_one(session)
    hear(session, "sent", now=NOW + SECOND)
    hear(session, "delivered", now=NOW + 2 * SECOND)
    assert outbox.expire_claims(session, NOW + 61 * SECOND)[0] == [message.id]
    assert (again(session, message).status, parked(session)) == ("delivered", 0)


@pytest.mark.parametrize(
    ("to", "at"),
    [
        pytest.param(JUMA, NOW + 5 * MINUTE, id="another number"),
        pytest.param(None, NOW + 5 * MINUTE, id="a receipt that names no number"),
        pytest.param(ASHA, NOW + HOUR + 2 * MINUTE, id="an hour later"),
    ],
)
def test_a_stray_receipt_proves_nothing(session: Session, to: str | None, at: datetime) -> None:
    message = lost(session)
    assert hear(session, "delivered", to=to, now=at) == []
    assert (again(session, message).status, parked(session)) == ("queued", 1)


def test_of_two_unknown_attempts_a_stray_receipt_proves_neither(session: Session) -> None:
    messages = lost(session), lost(session, now=NOW + 5 * MINUTE)
    assert hear(session, "delivered", now=NOW + 7 * MINUTE) == []
    assert {again(session, message).status for message in messages} == {"queued"}


def test_of_two_messages_lost_together_a_parked_receipt_proves_neither(session: Session) -> None:
    messages = post(session), post(session)
    claim(session)
    hear(session, "delivered", now=NOW + SECOND)
    assert outbox.expire_claims(session, NOW + 61 * SECOND)[0] == []
    assert {again(session, message).status for message in messages} == {"queued"}


def test_an_early_receipt_of_a_message_in_the_air_is_not_given_to_an_older_one(
    session: Session,
) -> None:
    old = lost(session)
    new = post(session, now=NOW + 5 * MINUTE)
    sent = claim_one(session, NOW + 5 * MINUTE)
    assert hear(session, "delivered", now=NOW + 5 * MINUTE) == []
    assert outbox.record(session, sent, ACCEPTED, NOW + 5 * MINUTE + SECOND) == [new.id]
    assert (again(session, old).status, again(session, new).status) == ("queued", "delivered")


def test_a_message_that_becomes_unknown_does_not_take_a_receipt_of_one_in_the_air(
    session: Session,
) -> None:
    old, new = post(session), post(session)
    first, second = claim(session)
    hear(session, "delivered", now=NOW + SECOND)
    assert outbox.record(session, first, UNKNOWN, NOW + 20 * SECOND) == []
    assert outbox.record(session, second, ACCEPTED, NOW + 21 * SECOND) == [second.message_id]
    assert {again(session, one).status for one in (old, new)} == {"queued", "delivered"}


def test_a_receipt_faster_than_the_answer_of_an_unknown_attempt_stands(session: Session) -> None:
    message = post(session)
    sent = claim_one(session)
    outbox.expire_claims(session, NOW + 61 * SECOND)
    session.expire_all()
    hear(session, "delivered", now=NOW + 62 * SECOND)
    assert outbox.record(session, sent, Result("again"), NOW + 63 * SECOND) == []
    assert again(session, message).status == "delivered"


def test_a_second_attempt_that_arrives_heals_a_first_that_failed(session: Session) -> None:
    message = lost(session)
    later = NOW + 12 * MINUTE
    outbox.record(session, claim_one(session, later), Result("accepted", "ATXid_2"), later)
    hear(session, "failed", "ATXid_1", now=later + SECOND)
    hear(session, "delivered", "ATXid_2", now=later + MINUTE)
    assert (again(session, message).status, message.failed_at) == ("delivered", None)
