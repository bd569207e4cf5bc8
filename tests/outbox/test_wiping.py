"""The nameless: number and words of a message are forgotten once its fate is known."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import outbox
from callcentre.outbox import ParkedReceipt, Result
from outbox.posting import (
    ACCEPTED,
    DAY,
    MINUTE,
    NOW,
    UNKNOWN,
    again,
    attempts,
    claim,
    hear,
    tried,
)

SOON, NEXT_DAY = NOW + MINUTE, NOW + DAY + MINUTE


@pytest.mark.parametrize(
    ("result", "receipt", "when", "status"),
    [
        pytest.param(ACCEPTED, "delivered", SOON, "delivered", id="delivered"),
        pytest.param(ACCEPTED, "failed", SOON, "failed", id="failed in the network"),
        pytest.param(Result("never"), None, SOON, "failed", id="refused"),
        pytest.param(ACCEPTED, None, NEXT_DAY, "sent", id="a day old, nothing heard"),
        pytest.param(UNKNOWN, None, NEXT_DAY, "failed", id="a day old, unknown"),
        pytest.param(Result("again"), None, NEXT_DAY, "failed", id="a day old, never taken"),
    ],
)
def test_number_and_words_are_forgotten(
    session: Session, result: Result, receipt: str | None, when: datetime, status: str
) -> None:
    message = tried(session, result, wipe=True)
    if receipt:
        hear(session, receipt)
    assert outbox.wipe(session, when) == 1
    assert (again(session, message).sealed_to, message.text) == (None, "")
    assert [attempt.to_print for attempt in attempts(session, message)] == [None]
    assert message.status == status
    assert claim(session, when + DAY) == []
    assert outbox.wipe(session, when) == 0


@pytest.mark.parametrize(
    "result", [ACCEPTED, UNKNOWN, Result("again")], ids=lambda result: result.outcome
)
def test_while_its_fate_is_open_a_message_keeps_what_it_needs(
    session: Session, result: Result
) -> None:
    message = tried(session, result, wipe=True)
    assert outbox.wipe(session, NOW + timedelta(hours=23)) == 0
    assert again(session, message).text == "Limepokelewa"


def test_messages_to_those_with_a_name_are_kept(session: Session) -> None:
    message = tried(session, ACCEPTED)
    hear(session, "delivered")
    outbox.wipe(session, NOW + 9 * DAY)
    assert (again(session, message).text, message.sealed_to is None) == ("Limepokelewa", False)


def test_receipts_that_belong_to_nothing_are_forgotten_after_a_day(session: Session) -> None:
    hear(session, "delivered", "ATXid_stranger")
    left = select(func.count()).select_from(ParkedReceipt)
    outbox.wipe(session, NOW + DAY - MINUTE)
    assert session.scalar(left) == 1
    outbox.wipe(session, NEXT_DAY)
    assert session.scalar(left) == 0


def test_what_was_forgotten_cannot_be_sent_again(session: Session) -> None:
    message = tried(session, Result("never"), wipe=True)
    outbox.wipe(session, SOON)
    assert not outbox.retry(session, message.id, now=SOON)
