"""What a sweep finds in the outbox: dead claims, silence, what is too old or must be forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnExpressionArgument, delete, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre.outbox.holding import Hold
from callcentre.outbox.model import Attempt, Message, ParkedReceipt, unsent
from callcentre.outbox.receipts import UNKNOWN_WAIT, match_unknown

PROOF_WAIT = timedelta(hours=6)  # for a delivery report; networks give up on a phone within a day


def expire_claims(session: Session, now: datetime) -> tuple[list[int], int]:
    """Attempts whose worker died while sending become unknown.

    Ids settled by a parked receipt, and how many claims there were.
    """
    dead = (
        Message.claimed_until < now,
        unsent(),
    )
    _lock_attempts(session, *dead)
    lost = session.scalars(
        update(Message)
        .where(*dead)
        .values(claimed_until=None, next_at=now + UNKNOWN_WAIT, start=0)
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
    settled = [id for attempt in attempts for id in match_unknown(session, attempt, now)]
    return settled, len(lost)


def _lock_attempts(session: Session, *which: ColumnExpressionArgument[bool]) -> None:
    """Lock the attempts of these messages before the messages, as a receipt does."""
    session.execute(
        select(Attempt.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(*which)
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
    )


def doubt(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """Messages that a network took and never told of are unproven; their ids.

    They are not sent again: a person sees to what had to arrive. A report that comes later counts.
    """
    silent = (
        select(Message.id)
        .where(
            Message.accepted_at <= now - PROOF_WAIT,
            Message.delivered_at.is_(None),
            Message.failed_at.is_(None),
            Message.unproven_at.is_(None),
        )
        .order_by(Message.accepted_at)
        .limit(limit)
    )
    return list(
        session.scalars(
            update(Message)
            .where(Message.id.in_(silent))
            .values(unproven_at=now)
            .returning(Message.id)
        )
    )


def expire(session: Session, now: datetime) -> list[int]:
    """Messages whose time ran out while they waited have failed: old news misleads; their ids."""
    return list(
        session.scalars(
            update(Message)
            .where(
                Message.expires_at <= now,
                unsent(),
                Message.claimed_until.is_(None),
                ~select(Hold.id).exists(),  # who waits for us all is not late
            )
            .values(failed_at=now, held=False)
            .returning(Message.id)
        )
    )


def wipe(session: Session, now: datetime) -> int:
    """Forget number and words of messages to the nameless that are gone or a day old."""
    over = (
        Message.wipe,
        Message.sealed_to.is_not(None),
        (Message.delivered_at.is_not(None))
        | (Message.failed_at.is_not(None))
        | (Message.posted_at < now - timedelta(days=1)),
    )
    _lock_attempts(session, *over)
    gone = session.scalars(
        update(Message)
        .where(*over)
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
