"""What was recorded: told of once, fetched until it is there, kept sealed, deleted elsewhere.

A recording is told of with a key, so that a repeat changes nothing. From then on `next_at` says
when there is something to do for it; whoever does it takes it for a while by moving that on.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import audit, vault
from callcentre.calls.events import Recording
from callcentre.calls.model import Call, RecordingRow
from callcentre.tickets import tasks
from callcentre.tickets.model import Ticket
from callcentre.tickets.queries import iso

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)  # longer than a fetch may take
GIVEN_UP = timedelta(days=1)
WAITS = tuple(timedelta(seconds=each) for each in (10, 20, 40, 60, 120, 300, 600, 1800))
"""The pauses between tries; the last is repeated."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recording to be fetched, or (`fetched`) to be deleted at its provider."""

    id: int
    provider: str
    source: Recording
    fetched: bool


def note(session: Session, call: Call, told: Recording, now: datetime) -> RecordingRow:
    """Keep where a recording of this call lies; the same row however often it is told."""
    key = vault.fingerprint(f"{call.provider}:{call.call_id}:{told.id}", "recording")
    source = {"url": told.url, "id": told.id}
    session.execute(
        upsert(RecordingRow)
        .values(
            key=key,
            kind="words",
            provider=call.provider,
            call_id=None if call.nameless else call.id,
            source=vault.seal(json.dumps(source)),
            told_at=now,
            next_at=now,
            seconds=told.seconds,
        )
        .on_conflict_do_nothing()
    )
    row = session.scalars(select(RecordingRow).where(RecordingRow.key == key)).one()
    if row.seconds is None:
        row.seconds = told.seconds
    return row


def place(
    session: Session,
    recording_id: int,
    ticket: Ticket,
    kind: str,
    now: datetime,
    *,
    by: str = "citizen",
) -> None:
    """Put a recording on a ticket. The caller holds the ticket's row lock."""
    row = session.get_one(RecordingRow, recording_id)
    row.ticket_id, row.kind, row.placed_at = ticket.id, kind, now
    if ticket.identity == "anonymous":
        row.call_id = None
    session.flush()
    body = {"recording": row.id, "kind": kind}
    audit.record(session, ticket_id=ticket.id, kind="recorded", actor=by, now=now, body=body)


def drop(session: Session, ticket: Ticket, now: datetime) -> None:
    """What was recorded as the ticket's words is recorded anew: it is heard by nobody."""
    session.execute(
        update(RecordingRow)
        .where(
            RecordingRow.ticket_id == ticket.id,
            RecordingRow.kind == "words",
            RecordingRow.dropped_at.is_(None),
        )
        .values(dropped_at=now, sound=None, next_at=now)
    )


def unplaced(session: Session, call: Call) -> Sequence[RecordingRow]:
    """The recordings of a call that are on no ticket, the first first."""
    query = (
        select(RecordingRow)
        .where(RecordingRow.call_id == call.id, RecordingRow.ticket_id.is_(None))
        .order_by(RecordingRow.id)
    )
    return session.scalars(query).all()


def of_ticket(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """The recordings on a ticket, or on the one it was referred from, as JSON without sound."""
    query = _on(ticket)
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "told_at": iso(row.told_at),
            "fetched_at": iso(row.fetched_at),
            "failed_at": iso(row.failed_at),
            "seconds": row.seconds,
            "bytes": row.bytes,
            "sha256": row.sha256.hex() if row.sha256 else None,
        }
        for row in session.scalars(query.order_by(RecordingRow.id))
    ]


def _on(ticket: Ticket) -> Select[RecordingRow]:
    return select(RecordingRow).where(
        RecordingRow.ticket_id.in_({ticket.id, ticket.referral_of} - {None}),
        RecordingRow.dropped_at.is_(None),
    )


def to_hear(session: Session, ticket: Ticket, *, by: str, now: datetime) -> list[int]:
    """The ids of what there is to be heard on a ticket, the first first; the look is on record.

    The caller holds the ticket's row lock.
    """
    query = _on(ticket).where(RecordingRow.sound.is_not(None)).order_by(RecordingRow.id)
    found = [row.id for row in session.scalars(query)]
    for one in found:
        _heard(session, ticket, one, by, now)
    return found


def answer_of(session: Session, ref: str) -> int | None:
    """The recording that is a ticket's answer; None where it was written, or is not here yet.

    It was placed in the moment of the answer: an earlier recording is an earlier answer.
    """
    return session.scalar(
        select(RecordingRow.id)
        .join(Ticket, Ticket.id == RecordingRow.ticket_id)
        .where(
            Ticket.ref == ref,
            RecordingRow.kind == "answer",
            RecordingRow.placed_at == Ticket.answered_at,
            RecordingRow.sound.is_not(None),
        )
    )


def content(session: Session, recording_id: int) -> bytes | None:
    """The sound of a recording, for who was given its address; None where there is none."""
    row = session.get(RecordingRow, recording_id)
    return vault.unseal_bytes(row.sound) if row is not None and row.sound is not None else None


def sound(
    session: Session, ticket: Ticket, recording_id: int | None, *, by: str, now: datetime
) -> bytes | None:
    """The sound of a recording on a ticket (its first, if none is named); the look is on record.

    The caller holds the ticket's row lock. None where there is none, or none yet.
    """
    query = _on(ticket).where(RecordingRow.sound.is_not(None))
    if recording_id is not None:
        query = query.where(RecordingRow.id == recording_id)
    row = session.scalars(query.order_by(RecordingRow.id).limit(1)).first()
    if row is None or row.sound is None:
        return None
    _heard(session, ticket, row.id, by, now)
    return vault.unseal_bytes(row.sound)


def _heard(session: Session, ticket: Ticket, recording: int, by: str, now: datetime) -> None:
    body = {"recording": recording}
    audit.record(session, ticket_id=ticket.id, kind="recording_heard", actor=by, now=now, body=body)


# What a job does for them


def claim(session: Session, now: datetime, limit: int) -> list[Waiting]:
    """Take some that are due, for as long as a fetch may last; the first told first."""
    due = (
        select(RecordingRow.id)
        .where(RecordingRow.next_at <= now)
        .order_by(RecordingRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(
        update(RecordingRow)
        .where(RecordingRow.id.in_(due))
        .values(next_at=now + CLAIM)
        .returning(RecordingRow)
    ).all()
    return [
        Waiting(
            row.id,
            row.provider,
            Recording(**json.loads(vault.unseal(row.source))),
            fetched=row.fetched_at is not None or row.dropped_at is not None,
        )
        for row in rows
        if row.source is not None
    ]


def _locked(session: Session, recording_id: int) -> tuple[RecordingRow, Ticket | None]:
    """A recording and its ticket, locked in the order in which calls lock them."""
    ticket_id = session.scalar(
        select(RecordingRow.ticket_id).where(RecordingRow.id == recording_id)
    )
    ticket = session.get_one(Ticket, ticket_id, with_for_update=True) if ticket_id else None
    row = session.get_one(RecordingRow, recording_id, with_for_update=True)
    return row, ticket


def fetched(session: Session, recording_id: int, content: bytes, now: datetime) -> None:
    """Keep the sound, sealed, with its hash and length; next it is deleted where it came from."""
    row, ticket = _locked(session, recording_id)
    if row.fetched_at is not None or row.dropped_at is not None:
        return
    row.sound = vault.seal_bytes(content)
    row.sha256, row.bytes = hashlib.sha256(content).digest(), len(content)
    row.fetched_at, row.failed_at, row.next_at, row.tries = now, None, now, 0
    if ticket is not None:
        body = {"recording": row.id, "sha256": row.sha256.hex(), "bytes": row.bytes}
        audit.record(session, ticket_id=ticket.id, kind="recording_kept", now=now, body=body)


def missed(session: Session, recording_id: int, now: datetime, *, for_good: bool) -> None:
    """It did not come: it is tried again for a day, then a person must see to it."""
    row, ticket = _locked(session, recording_id)
    if row.fetched_at is not None or row.failed_at is not None:
        return
    wait = WAITS[min(row.tries, len(WAITS) - 1)]
    row.tries += 1
    row.next_at = now + wait
    if not for_good and now - row.told_at < GIVEN_UP:
        return
    row.failed_at, row.next_at = now, None
    logger.error("a recording is lost", extra={"recording": row.id})
    if ticket is not None:
        tasks.make(session, ticket, "lost_recording", now=now, due_at=now)
        body = {"recording": row.id}
        audit.record(session, ticket_id=ticket.id, kind="recording_lost", now=now, body=body)


def deleted(session: Session, recording_id: int, now: datetime, *, gone: bool, again: bool) -> None:
    """What became of deleting it at its provider: `gone`, to be tried `again`, or not offered.

    Where it lies is forgotten as soon as nothing more can be done there.
    """
    row = session.get_one(RecordingRow, recording_id, with_for_update=True)
    row.deleted_at = now if gone else row.deleted_at
    row.tries += 1
    row.next_at = now + WAITS[-1] if again and row.tries < 48 else None
    if row.next_at is None:
        row.source = None
