"""What a provider said to an attempt, and what then becomes of the message."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from callcentre import outbox
from callcentre.outbox import Result
from outbox.posting import (
    ACCEPTED,
    DAY,
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

TEN_MINUTES = 10 * MINUTE
LONGER = 1.25  # at most: what failed together does not come back together


@pytest.mark.parametrize(
    ("result", "status", "next_in"),
    [
        pytest.param(ACCEPTED, "sent", None, id="accepted"),
        pytest.param(Result("accepted", code="101"), "sent", None, id="accepted without an id"),
        pytest.param(Result("again", code="500"), "queued", 10 * SECOND, id="again"),
        pytest.param(
            Result("again", code="429", wait=MINUTE), "queued", MINUTE, id="again, said when"
        ),
        pytest.param(Result("never", code="403"), "failed", None, id="never"),
        pytest.param(
            Result("ours", code="405", wait=TEN_MINUTES), "queued", TEN_MINUTES, id="our own fault"
        ),
        pytest.param(UNKNOWN, "queued", TEN_MINUTES, id="unknown"),
    ],
)
def test_each_outcome_has_its_state_and_its_next_time(
    session: Session, result: Result, status: str, next_in: timedelta | None
) -> None:
    message = tried(session, result)
    assert (message.status, message.claimed_until) == (status, None)
    if next_in is None:
        assert claim(session, NOW + DAY) == []
    else:
        assert claim(session, NOW + next_in - SECOND) == []
        assert claim_one(session, NOW + LONGER * next_in).message_id == message.id


@pytest.mark.parametrize(
    ("result", "fact"),
    [
        (ACCEPTED, "accepted_at"),
        (Result("again"), "failed_at"),
        (Result("never"), "failed_at"),
        (Result("ours"), "failed_at"),
        (UNKNOWN, "unknown_at"),
    ],
    ids=lambda value: value.outcome if isinstance(value, Result) else "",
)
def test_each_outcome_is_a_fact_of_its_attempt(session: Session, result: Result, fact: str) -> None:
    (attempt,) = attempts(session, tried(session, result, now=NOW))
    known = ("accepted_at", "unknown_at", "delivered_at", "failed_at")
    assert [name for name in known if getattr(attempt, name)] == [fact]


def test_what_the_provider_said_is_kept_with_the_attempt(session: Session) -> None:
    said = Result("never", code="406", detail="UserInBlacklist " + "x" * 1000)
    (attempt,) = attempts(session, tried(session, said))
    assert attempt.code == "406"
    assert attempt.detail is not None
    assert (attempt.detail[:15], len(attempt.detail)) == ("UserInBlacklist", 500)


@pytest.mark.parametrize(
    ("outcome", "settles"),
    [("never", True), ("again", False), ("ours", False), ("accepted", False), ("unknown", False)],
)
def test_only_a_final_no_settles_a_message_at_once(
    session: Session, outcome: str, settles: bool
) -> None:
    message = post(session)
    settled = outbox.record(session, claim_one(session), Result(outcome), NOW)
    assert settled == ([message.id] if settles else [])


def test_each_failure_waits_longer_than_the_one_before(session: Session) -> None:
    message, now, waits = post(session), NOW, []
    for _ in range(10):
        outbox.record(session, claim_one(session, now), Result("again"), now)
        waits.append((again(session, message).next_at - now).total_seconds())
        now = message.next_at
    usual = [10, 30, 60, 120, 300, 600, 1800, 3600, 3600, 3600]
    assert all(one <= wait <= LONGER * one for one, wait in zip(usual, waits, strict=True))
    assert [attempt.provider for attempt in attempts(session, message)] == ["africastalking"] * 10


@pytest.mark.parametrize("outcome", ["again", "ours"])
def test_after_its_life_a_message_that_still_fails_has_failed(
    session: Session, outcome: str
) -> None:
    message = post(session)
    outbox.record(session, claim_one(session), Result(outcome), NOW)
    late = NOW + 3 * DAY
    sent = claim_one(session, late - SECOND)
    assert outbox.record(session, sent, Result(outcome), late) == [message.id]
    assert again(session, message).status == "failed"


def test_after_its_life_a_message_that_arrives_has_arrived(session: Session) -> None:
    late = NOW + 3 * DAY
    message = post(session)
    outbox.record(session, claim_one(session, late - SECOND), ACCEPTED, late)
    assert again(session, message).status == "sent"


# Unknown: it may have gone


def test_a_claim_that_runs_out_is_unknown_and_not_free(session: Session) -> None:
    message = post(session)
    claim_one(session)
    over = NOW + 61 * SECOND
    assert outbox.expire_claims(session, over) == ([], 1)
    (attempt,) = attempts(session, message)
    assert (again(session, message).status, attempt.unknown_at) == ("queued", over)
    assert claim(session, over + TEN_MINUTES - SECOND) == []
    assert claim_one(session, over + TEN_MINUTES).message_id == message.id


def test_a_claim_that_still_runs_is_left_alone(session: Session) -> None:
    message = post(session)
    claim_one(session)
    outbox.expire_claims(session, NOW + 60 * SECOND)
    assert again(session, message).status == "sending"


def test_a_worker_that_comes_late_still_tells_what_came_of_it(session: Session) -> None:
    message = post(session)
    sent = claim_one(session)
    outbox.expire_claims(session, NOW + 2 * MINUTE)
    session.expire_all()
    outbox.record(session, sent, ACCEPTED, NOW + 3 * MINUTE)
    assert again(session, message).status == "sent"
    assert claim(session, NOW + DAY) == []


def test_a_worker_that_comes_late_does_not_free_the_claim_of_the_next(session: Session) -> None:
    message = post(session)
    late = claim_one(session)
    outbox.expire_claims(session, NOW + 2 * MINUTE)
    session.expire_all()
    again_at = NOW + 12 * MINUTE
    claim_one(session, again_at)
    outbox.record(session, late, outbox.Result("again"), again_at)
    assert again(session, message).status == "sending"


def test_a_message_that_waited_longer_than_it_is_good_for_fails_and_never_goes(
    session: Session,
) -> None:
    message = post(session)
    assert outbox.expire(session, NOW + 3 * DAY - SECOND) == []
    assert outbox.expire(session, NOW + 3 * DAY) == [message.id]
    assert again(session, message).status == "failed"
    assert claim(session, NOW + 3 * DAY) == []


def test_a_message_held_for_weeks_is_good_for_as_long_from_then(session: Session) -> None:
    message = post(session, hold=20 * DAY)
    assert message.expires_at == NOW + 23 * DAY


def test_without_an_answer_it_is_sent_once_more_and_then_given_up(session: Session) -> None:
    message = tried(session, UNKNOWN)
    later = NOW + TEN_MINUTES
    assert outbox.record(session, claim_one(session, later), UNKNOWN, later) == [message.id]
    assert again(session, message).status == "failed"
    assert claim(session, NOW + DAY) == []


def test_given_up_without_an_answer_it_is_delivered_once_a_receipt_says_so(
    session: Session,
) -> None:
    message = tried(session, UNKNOWN)
    later = NOW + 2 * 60 * MINUTE
    outbox.record(session, claim_one(session, later), UNKNOWN, later)
    assert hear(session, "delivered", now=later + SECOND) == [message.id]
    assert again(session, message).status == "delivered"


def test_workers_that_die_give_up_no_message(session: Session) -> None:
    message, now = post(session), NOW
    for _ in range(4):
        assert claim_one(session, now).message_id == message.id
        now += 2 * MINUTE
        outbox.expire_claims(session, now)
        now += TEN_MINUTES
    assert again(session, message).status == "queued"
