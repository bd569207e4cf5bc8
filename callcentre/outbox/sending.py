"""Claiming what is due, and writing down what came of each attempt."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.outbox.model import Attempt, Message, Outgoing, ParkedReceipt, Result
from callcentre.outbox.receipts import UNKNOWN_WAIT, match_unknown, one_at_a_time, unpark

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)  # longer than any provider may take to answer
BACK_OFF = (10, 30, 60, 120, 300, 600, 1800, 3600)  # seconds; the last one repeats

_CLAIM = sql(
    """
    WITH due AS (
        SELECT id FROM messages m
        WHERE accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
          AND claimed_until IS NULL AND next_at <= :now AND expires_at > :now
          AND NOT EXISTS (
            SELECT 1 FROM messages e
            WHERE e.ticket_id = m.ticket_id AND e.id < m.id
              AND e.accepted_at IS NULL AND e.failed_at IS NULL AND e.cancelled_at IS NULL
              AND e.posted_at > CAST(:now AS timestamptz) - interval '10 minutes'
              AND e.next_at < CAST(:now AS timestamptz) + interval '10 minutes')
        ORDER BY priority, next_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messages SET claimed_until = CAST(:now AS timestamptz) + :lease, held = false,
                        tries = tries + 1
    FROM due WHERE messages.id = due.id
    RETURNING messages.id, messages.provider, messages.sender, messages.sealed_to,
              messages.text, messages.link, messages.expires_at
    """
)


def claim(session: Session, now: datetime, limit: int = 100) -> list[Outgoing]:
    """Take up to `limit` due messages for sending, each with a new attempt."""
    rows = session.execute(_CLAIM, {"now": now, "limit": limit, "lease": CLAIM}).all()
    if not rows:
        return []
    claimed = list(_readable(rows))
    if not claimed:
        return []
    attempts = session.execute(
        insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True),
        [
            {
                "message_id": row.id,
                "provider": row.provider,
                "to_print": vault.fingerprint(to),
                "started_at": now,
            }
            for row, to in claimed
        ],
    ).scalars()
    return [
        Outgoing(row.id, attempt, row.provider, row.sender, to, row.text, row.link)
        for (row, to), attempt in zip(claimed, attempts, strict=True)
    ]


def _readable(rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], str]]:
    """Each row with its number. One whose key is gone keeps no other: its claim runs out."""
    for row in rows:
        try:
            yield row, vault.unseal(row.sealed_to)
        except vault.Unreadable:
            logger.error("number cannot be read with DATA_KEY", extra={"message_id": row.id})


def record(session: Session, sent: Outgoing, result: Result, now: datetime) -> list[int]:
    """Write down what came of an attempt; ids of messages that are delivered or failed by it."""
    if result.outcome == "accepted":  # locked in the order in which a receipt locks them
        one_at_a_time(session, sent.provider, result.provider_id)
    attempt = session.get_one(Attempt, sent.attempt_id, with_for_update=True)
    message = session.get_one(Message, sent.message_id, with_for_update=True)
    attempt.code, attempt.detail = result.code or None, result.detail[:500] or None
    if attempt.accepted_at is not None:
        return []  # a receipt was faster than this answer
    attempt.provider_id = result.provider_id
    if attempt.unknown_at is None:  # else its claim ran out, and another's may be running
        message.claimed_until = None
    if result.outcome == "accepted":
        attempt.accepted_at = now
        message.accepted_at = message.accepted_at or now
        session.flush()  # the parked receipts below are matched by the id just written
        return unpark(session, sent.provider, result.provider_id, now)
    if result.outcome == "unknown":
        attempt.unknown_at = now
        message.next_at = now + UNKNOWN_WAIT
        session.flush()  # the parked receipts below are matched by what was just written
        settled = match_unknown(session, attempt, now)
        if message.accepted_at is None and _went_unanswered_twice(session, message):
            message.failed_at = now
            return [message.id]
        return settled
    attempt.failed_at = now
    if result.outcome == "never" or now >= message.expires_at:
        message.failed_at = now
        return [message.id]
    message.next_at = now + (result.wait or back_off(message.tries))
    return []


def _went_unanswered_twice(session: Session, message: Message) -> bool:
    """Whether it was sent once more already: no citizen gets the same words every ten minutes."""
    unknown = session.scalars(
        select(Attempt.unknown_at)
        .where(Attempt.message_id == message.id)
        .order_by(Attempt.id.desc())
        .limit(message.tries)
    )
    return sum(moment is not None for moment in unknown) > 1


def back_off(tries: int) -> timedelta:
    """How long to wait after the given number of failed tries."""
    return timedelta(seconds=BACK_OFF[min(tries, len(BACK_OFF)) - 1])


def expire_claims(session: Session, now: datetime) -> list[int]:
    """Attempts whose worker died while sending become unknown; ids settled by a parked receipt."""
    lost = session.scalars(
        update(Message)
        .where(Message.claimed_until < now, Message.accepted_at.is_(None))
        .values(claimed_until=None, next_at=now + UNKNOWN_WAIT)
        .returning(Message.id)
    ).all()
    attempts = session.scalars(
        update(Attempt)
        .where(
            Attempt.message_id.in_(lost),
            Attempt.accepted_at.is_(None),
            Attempt.failed_at.is_(None),
            Attempt.unknown_at.is_(None),
        )
        .values(unknown_at=now)
        .returning(Attempt)
    ).all()
    return [settled for attempt in attempts for settled in match_unknown(session, attempt, now)]


def expire(session: Session, now: datetime) -> list[int]:
    """Messages whose time ran out while they waited have failed: old news misleads; their ids."""
    return list(
        session.scalars(
            update(Message)
            .where(
                Message.expires_at <= now,
                Message.accepted_at.is_(None),
                Message.failed_at.is_(None),
                Message.cancelled_at.is_(None),
                Message.claimed_until.is_(None),
            )
            .values(failed_at=now, held=False)
            .returning(Message.id)
        )
    )


def wipe(session: Session, now: datetime) -> int:
    """Forget number and words of messages to the nameless that are gone or a day old."""
    gone = session.scalars(
        update(Message)
        .where(
            Message.wipe,
            Message.sealed_to.is_not(None),
            (Message.delivered_at.is_not(None))
            | (Message.failed_at.is_not(None))
            | (Message.posted_at < now - timedelta(days=1)),
        )
        .values(
            sealed_to=None,
            text="",
            failed_at=sql("CASE WHEN accepted_at IS NULL THEN :now ELSE failed_at END").bindparams(
                now=now
            ),
        )
        .returning(Message.id)
    ).all()
    session.execute(update(Attempt).where(Attempt.message_id.in_(gone)).values(to_print=None))
    session.execute(delete(ParkedReceipt).where(ParkedReceipt.at < now - timedelta(days=1)))
    return len(gone)
