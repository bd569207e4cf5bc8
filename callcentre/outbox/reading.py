"""What stands in the outbox, for commands and for a ticket's own page."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.outbox.model import Attempt, Message, unsent
from callcentre.outbox.posting import EXPIRES, wake_after


def posted_to(session: Session, number: str, *, since: datetime) -> list[Message]:
    """What was posted to a number since a moment; for simulations, which read few."""
    recent = session.scalars(select(Message).where(Message.posted_at >= since).order_by(Message.id))
    return [one for one in recent if one.sealed_to and vault.unseal(one.sealed_to) == number]


def waiting(session: Session, limit: int) -> Sequence[Message]:
    """Messages that no network has taken and nobody gave up, the oldest first."""
    query = select(Message).where(unsent())
    return session.scalars(query.order_by(Message.next_at).limit(limit)).all()


def posted(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of these keys under which there is a message, whatever became of it."""
    return set(session.scalars(select(Message.key).where(Message.key.in_(keys))))


def next_due(session: Session, after: datetime) -> datetime | None:
    """The first moment after this one at which a message that waits may go."""
    return session.scalar(
        select(func.min(Message.next_at)).where(unsent(), Message.next_at > after)
    )


def retry(session: Session, message_id: int, *, now: datetime) -> bool:
    """Make a failed or waiting message due now, with a new life; whether it could be."""
    done = session.scalar(
        update(Message)
        .where(
            Message.id == message_id,
            Message.accepted_at.is_(None) | Message.failed_at.is_not(None),
            Message.cancelled_at.is_(None),
            Message.claimed_until.is_(None),
            Message.sealed_to.is_not(None),
        )
        .values(
            accepted_at=None,
            failed_at=None,
            unproven_at=None,
            held=False,
            start=0,
            next_at=now,
            tries=0,
            expires_at=now + EXPIRES["reply"],
        )
        .returning(Message.id)
    )
    wake_after(session)
    return done is not None


def of_ticket(session: Session, ticket_id: int) -> Sequence[Message]:
    return session.scalars(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id)
    ).all()


def attempts_of(session: Session, message_ids: Sequence[int]) -> Sequence[Attempt]:
    return session.scalars(
        select(Attempt).where(Attempt.message_id.in_(message_ids)).order_by(Attempt.id)
    ).all()
