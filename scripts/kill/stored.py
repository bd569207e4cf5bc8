"""What the database has on record of a run, and whether it is done with everything."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import audit, vault
from callcentre.audit import Event, Seal
from callcentre.calls.model import RecordingRow
from callcentre.outbox import Attempt, Message
from callcentre.tickets.model import Promise, Ticket
from scripts.kill import facts
from scripts.kill.facts import Facts

_SPOKEN = select(RecordingRow.ticket_id, RecordingRow.sha256).where(
    RecordingRow.kind == "words", RecordingRow.dropped_at.is_(None)
)
NOT_BEFORE_MORNING = "notice"  # the kind of message that may wait for the hours of the day

_WAITING = (
    Message.accepted_at.is_(None),
    Message.failed_at.is_(None),
    Message.cancelled_at.is_(None),
)


def read(session: Session, into: Facts, now: datetime) -> None:
    """Add what is stored to the facts."""
    into.tickets = _tickets(session)
    into.messages = _messages(session, now)
    into.events = session.scalar(select(func.count(Event.id))) or 0
    into.seals = session.scalar(select(func.count(Seal.id))) or 0
    into.record_faults = audit.faults(session)


def unfinished(session: Session, now: datetime) -> int:
    """How many messages are claimed, due, or will be, but for notices at night.

    And how many recordings are still to be brought.
    """
    query = select(func.count(Message.id)).where(
        *_WAITING, (Message.kind != NOT_BEFORE_MORNING) | (Message.next_at <= now)
    )
    recordings = select(func.count(RecordingRow.id)).where(
        RecordingRow.next_at.is_not(None), RecordingRow.fetched_at.is_(None)
    )
    return (session.scalar(query) or 0) + (session.scalar(recordings) or 0)


def due(session: Session, now: datetime) -> int:
    """How many messages a worker would take now."""
    query = select(func.count(Message.id)).where(
        *_WAITING, Message.claimed_until.is_(None), Message.next_at <= now
    )
    return session.scalar(query) or 0


def _tickets(session: Session) -> list[facts.Ticket]:
    unproved = set(
        session.scalars(
            select(Promise.ticket_id).where(
                Promise.kind == "acknowledge",
                Promise.kept_at.is_(None),
                Promise.dropped_at.is_(None),
            )
        )
    )
    spoken = {
        row.ticket_id: facts.spoken(row.sha256) for row in session.execute(_SPOKEN) if row.sha256
    }
    return [
        facts.Ticket(
            id=ticket.id,
            ref=ticket.ref,
            words=ticket.words or spoken.get(ticket.id, ""),
            acknowledged=ticket.id not in unproved,
            opened_at=ticket.opened_at,
            nameless_key=f"nameless:{vault.fingerprint(ticket.ref, 'nameless').hex()}",
        )
        for ticket in session.scalars(select(Ticket).order_by(Ticket.id))
    ]


def _messages(session: Session, now: datetime) -> list[facts.Message]:
    attempts = defaultdict(list)
    for attempt in session.scalars(select(Attempt).order_by(Attempt.id)):
        attempts[attempt.message_id].append(
            facts.Attempt(
                message_id=attempt.message_id,
                provider_id=attempt.provider_id,
                started_at=attempt.started_at,
                accepted=attempt.accepted_at is not None,
            )
        )
    return [
        facts.Message(
            id=one.id,
            key=one.key,
            ticket_id=one.ticket_id,
            number=vault.unseal(one.sealed_to) if one.sealed_to else None,
            text=one.text or None,
            status=one.status,
            ended=_has_ended(one, now),
            next_at=one.next_at,
            attempts=attempts[one.id],
        )
        for one in session.scalars(select(Message).order_by(Message.id))
    ]


def _has_ended(message: Message, now: datetime) -> bool:
    moments = (message.accepted_at, message.failed_at, message.cancelled_at)
    waits_for_morning = message.kind == NOT_BEFORE_MORNING and message.next_at > now
    return any(moments) or waits_for_morning
