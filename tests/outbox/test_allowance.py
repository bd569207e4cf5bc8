"""Caps, budget and rates: what waits, for how long, and what goes all the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from callcentre import outbox
from callcentre.outbox import Result, limits
from outbox.posting import (
    ACCEPTED,
    ASHA,
    AT,
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

HOUR = 60 * MINUTE
MIDNIGHT = NOW.replace(hour=0) + DAY
Set = Callable[..., None]


@pytest.fixture
def set_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Other limits for one test: pieces of the shipped file in other words."""

    def set_(**changes: str) -> None:
        text = limits.SHIPPED.read_text(encoding="utf-8")
        for name, value in changes.items():
            before = {
                "budget": "default = 100_000",
                "reply": "reply = 30",
                "notice": "notice = 5",
                "day": "day = 20_000",
                "rates": "[rates]",
                "none": "none = []",
            }[name]
            assert before in text
            text = text.replace(before, value)
        path = tmp_path / "limits.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("LIMITS", str(path))
        limits.load.cache_clear()

    with _forgotten():
        yield set_


@contextmanager
def _forgotten() -> Iterator[None]:
    try:
        yield
    finally:
        limits.load.cache_clear()


def send(session: Session, count: int, **changes: object) -> list[int]:
    """Post so many, and let each be accepted that is claimed."""
    for _ in range(count):
        post(session, **changes)
    sent = claim(session)
    for one in sent:
        outbox.record(session, one, Result("accepted", f"id {one.attempt_id}"), NOW)
    return [one.message_id for one in sent]


# Caps


def test_a_number_gets_so_many_and_then_has_had_enough_for_the_day(
    session: Session, set_limits: Set
) -> None:
    set_limits(reply="reply = 2")
    assert len(send(session, 3)) == 2
    assert len(send(session, 1, to=JUMA)) == 1
    assert claim(session, NOW + DAY - MINUTE) == []
    assert len(claim(session, NOW + DAY + HOUR)) == 1


def test_the_urgent_have_no_cap(session: Session, set_limits: Set) -> None:
    set_limits(reply="reply = 0")
    assert len(send(session, 3, kind="urgent")) == 3


def test_what_one_kind_has_had_enough_of_another_may_still_get(
    session: Session, set_limits: Set
) -> None:
    set_limits(notice="notice = 1")
    assert len(send(session, 2, kind="notice")) == 1
    assert len(send(session, 1, kind="reply")) == 1


def test_replies_are_no_reason_to_keep_a_notice_back(session: Session, set_limits: Set) -> None:
    set_limits(notice="notice = 1")
    assert len(send(session, 3, kind="reply")) == 3
    assert len(send(session, 1, kind="notice")) == 1


def test_a_limit_that_stops_many_is_told_once_a_claim(
    session: Session, set_limits: Set, caplog: pytest.LogCaptureFixture
) -> None:
    set_limits(day="day = 0")
    assert send(session, 3) == []
    told = [one.message for one in caplog.records if one.name == "callcentre.outbox.allowance"]
    assert told == ["a limit is reached"]


def test_what_the_provider_did_not_take_counts_for_no_cap(
    session: Session, set_limits: Set
) -> None:
    set_limits(reply="reply = 1")
    message = post(session)
    outbox.record(session, claim_one(session), Result("again", code="503"), NOW)
    assert claim_one(session, NOW + MINUTE).message_id == message.id


def test_an_institution_sends_so_many_a_day_and_goes_on_at_midnight(
    session: Session, set_limits: Set
) -> None:
    set_limits(day="day = 1")
    assert len(send(session, 1)) == 1
    message = post(session, to=JUMA)
    assert claim(session) == []
    assert again(session, message).next_at == MIDNIGHT
    assert len(send(session, 1, institution="kilosa")) == 1
    assert claim_one(session, MIDNIGHT).message_id == message.id


# Budget


def test_a_message_s_cost_stands_with_its_attempt_and_with_the_institution_s_day(
    session: Session,
) -> None:
    message = post(session, parts=2)
    claim_one(session)
    (attempt,) = attempts(session, message)
    (spent,) = outbox.spent_today(session, NOW)
    assert (attempt.cost, spent.institution, spent.messages, spent.cost) == (44, "morogoro", 1, 44)


@pytest.mark.parametrize(
    ("kind", "goes"), [("urgent", True), ("reply", True), ("alert", False), ("notice", False)]
)
def test_a_spent_budget_stops_everything_but_replies_and_the_urgent(
    session: Session, set_limits: Set, kind: str, goes: bool
) -> None:
    set_limits(budget="default = 20")
    send(session, 1)
    message = post(session, to=JUMA, kind=kind)
    assert bool(claim(session)) is goes
    if not goes:
        assert again(session, message).next_at == MIDNIGHT
        assert claim_one(session, MIDNIGHT + 8 * HOUR).message_id == message.id


def test_an_institution_of_its_own_budget_spends_that(session: Session, set_limits: Set) -> None:
    set_limits(budget="default = 20\nkilosa = 1000")
    for institution in ("kilosa", "morogoro"):
        send(session, 1, institution=institution)
    kilosa = post(session, to=JUMA, institution="kilosa", kind="notice")
    post(session, to=JUMA, institution="morogoro", kind="notice")
    assert [one.message_id for one in claim(session)] == [kilosa.id]


# Rates


def test_a_provider_with_a_rate_gets_a_second_s_worth_and_then_one_at_a_time(
    session: Session, set_limits: Set
) -> None:
    set_limits(rates="[rates]\nafricastalking = 10")
    for number in range(30):
        post(session, to=f"+25571200{number:04}")
    counts = [len(claim(session, NOW + timedelta(seconds=tenths / 10))) for tenths in range(25)]
    assert counts[0] == 10
    assert sum(counts) == 30
    assert max(counts[1:]) <= 2


def test_bulk_leaves_half_of_the_burst_to_replies(session: Session, set_limits: Set) -> None:
    set_limits(rates="[rates]\nafricastalking = 10", notice="notice = 100")
    for number in range(30):
        post(session, to=f"+25571200{number:04}", kind="notice")
    assert len(claim(session)) == 5
    reply = post(session, to=ASHA)
    assert [one.message_id for one in claim(session)] == [reply.id]


def test_a_worker_knows_until_when_a_rate_is_used_up(session: Session, set_limits: Set) -> None:
    set_limits(rates="[rates]\nafricastalking = 10")
    assert outbox.paced_until(session, NOW) is None
    send(session, 5)
    assert outbox.paced_until(session, NOW) == NOW + timedelta(seconds=0.5)


# Proof


def test_a_network_without_receipts_leaves_it_unproven_and_never_sends_it_again(
    session: Session, set_limits: Set
) -> None:
    set_limits(none=f'none = ["{AT} 15001"]')
    message = post(session)
    assert outbox.record(session, claim_one(session), ACCEPTED, NOW) == [message.id]
    assert again(session, message).status == "unproven"
    assert claim(session, NOW + DAY) == []


def test_what_no_receipt_told_of_in_six_hours_is_in_doubt_once(session: Session) -> None:
    message = post(session)
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    assert outbox.doubt(session, NOW + 6 * HOUR - SECOND) == []
    assert outbox.doubt(session, NOW + 6 * HOUR) == [message.id]
    assert outbox.doubt(session, NOW + 7 * HOUR) == []
    assert again(session, message).status == "unproven"


def test_a_receipt_that_comes_after_the_doubt_counts(session: Session) -> None:
    message = post(session)
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    outbox.doubt(session, NOW + 6 * HOUR)
    receipt = outbox.Receipt(AT, "ATXid_1", "delivered", to=ASHA)
    assert outbox.receive(session, receipt, NOW + 7 * HOUR) == [message.id]
    assert again(session, message).status == "delivered"
