"""Reading tickets: for their citizens (by number or code), and for the people who work on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from callcentre import audit, charters, outbox, phones, vault
from callcentre.clock import EAT
from callcentre.tickets import promises, reference, sameness
from callcentre.tickets.intake import code_print
from callcentre.tickets.model import Promise, Task, Ticket
from callcentre.tickets.sameness import TOO_MANY

REMEMBERED = timedelta(days=180)
"""How long a number opens its tickets after the last contact: numbers change hands."""
WRONG_CODES = 5
LOCKED_FOR = timedelta(hours=1)


def of_number(session: Session, number: str, now: datetime) -> list[dict[str, Any]]:
    """What a citizen may see of the tickets of his own number: newest first."""
    found = session.scalars(
        select(Ticket)
        .where(
            Ticket.number_print == vault.fingerprint(number),
            Ticket.touched_at > now - REMEMBERED,
            Ticket.withdrawn_at.is_(None),
            or_(Ticket.danger_at.is_(None), Ticket.number_confirmed_at.is_not(None)),
        )
        .order_by(Ticket.opened_at.desc(), Ticket.id.desc())
        .limit(10)
    ).all()
    return [_seen(session, ticket, code=None) for ticket in found]


def by_reference(
    session: Session, written: str, *, number: str | None, code: str | None, now: datetime
) -> dict[str, Any] | None:
    """The ticket of a reference, for its own number or its code; None tells nobody why not.

    Five wrong codes lock the reference for an hour, whoever asks; while it is locked the right
    code opens it no more than a wrong one. To see it with the reference proves that its citizen
    has the reference, which keeps the promise to acknowledge.
    """
    ref = reference.read(written)
    ticket = ref and session.scalar(select(Ticket).where(Ticket.ref == ref).with_for_update())
    if not ticket:
        return None
    if not _opens(ticket, number, code, now):
        return None
    promises.keep(session, ticket, ["acknowledge"], by="asked", now=now)
    ticket.touched_at = now
    session.flush()
    return _seen(session, ticket, code=code)


def _opens(ticket: Ticket, number: str | None, code: str | None, now: datetime) -> bool:
    if number is not None and _is_its_own(ticket, number, now):
        return True
    if code is None or (ticket.locked_until is not None and ticket.locked_until > now):
        return False
    if ticket.code_print and vault.same(ticket.code_print, code_print(ticket.ref, code)):
        ticket.wrong_codes = 0
        return True
    ticket.wrong_codes += 1
    if ticket.wrong_codes >= WRONG_CODES:
        ticket.wrong_codes, ticket.locked_until = 0, now + LOCKED_FOR
    return False


def _is_its_own(ticket: Ticket, number: str, now: datetime) -> bool:
    return (
        ticket.number_print is not None
        and vault.same(ticket.number_print, vault.fingerprint(number))
        and ticket.touched_at > now - REMEMBERED
        and (ticket.danger_at is None or ticket.number_confirmed_at is not None)
    )


def answer_for(
    session: Session, written: str, code: str | None, now: datetime, number: str | None = None
) -> str | None:
    """The answer's words, to who knows the code; reading them keeps the promise to answer.

    A call may hear them too from the `number` that its owner confirmed.
    """
    seen = by_reference(session, written, number=None if code else number, code=code, now=now)
    if seen is None or not seen["answered"] or not (code or seen["own"]):
        return None
    ticket = session.scalars(select(Ticket).where(Ticket.ref == seen["ref"])).one()
    promises.keep(session, ticket, promises.ANSWERED, by="read", now=now)
    return ticket.answer


def why(session: Session, ref: str) -> dict[str, str]:
    """Why the told date is what it is, in one line of each language; to who sees the ticket."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
    told = promises.told(session, ticket.id)
    return promises.explain(session, ticket, told) if told else {"sw": "-", "en": "-"}


def _highest(ticket: Ticket) -> int:
    """The highest level of appeal inside the office."""
    charter = charters.get(ticket.institution, ticket.charter_version)
    return max((one.level or 0 for one in charter.appeal if one.inside), default=0)


def _seen(session: Session, ticket: Ticket, code: str | None) -> dict[str, Any]:
    told = promises.told(session, ticket.id)
    return {
        "ref": ticket.ref,
        "institution": ticket.institution,
        "status": ticket.status,
        "topic": ticket.topic,
        "opened": ticket.opened_at.astimezone(EAT).date().isoformat(),
        "due": told.due_at.astimezone(EAT).date().isoformat() if told else None,
        "open": ticket.closed_at is None and ticket.withdrawn_at is None,
        "answered": ticket.answered_at is not None,
        "higher": ticket.level < _highest(ticket),
        "own": code is None and ticket.number_confirmed_at is not None,
        "code": code,
    }


def listing(
    session: Session,
    *,
    institution: str | None = None,
    status: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Tickets for the people who work on them, those due next first."""
    next_due = (
        select(func.min(Promise.due_at))
        .where(
            Promise.ticket_id == Ticket.id,
            Promise.kept_at.is_(None),
            Promise.dropped_at.is_(None),
        )
        .scalar_subquery()
    )
    query = select(Ticket, next_due).order_by(next_due.asc().nulls_last(), Ticket.id).limit(limit)
    if institution is not None:
        query = query.where(Ticket.institution == charters.get(institution).id)
    if status is not None:
        query = query.where(Ticket.status == status)
    return [
        {
            "ref": ticket.ref,
            "kind": ticket.kind,
            "institution": ticket.institution,
            "unit": ticket.unit,
            "status": ticket.status,
            "opened_at": iso(ticket.opened_at),
            "next_due_at": iso(due_at),
        }
        for ticket, due_at in session.execute(query)
    ]


def whole(session: Session, ticket: Ticket, *, reveal: bool = False) -> dict[str, Any]:
    """Everything about a ticket as JSON; numbers masked unless `reveal`."""
    return {
        "ref": ticket.ref,
        "kind": ticket.kind,
        "institution": ticket.institution,
        "unit": ticket.unit,
        "topic": ticket.topic,
        "place": ticket.place,
        "identity": ticket.identity,
        "channel": ticket.channel,
        "status": ticket.status,
        "outcome": _outcome(ticket),
        "flags": ["identical_answer"] if sameness.alike(session, ticket) >= TOO_MANY else [],
        "opened_at": iso(ticket.opened_at),
        "words": ticket.words if reveal or ticket.danger_at is None else None,
        "promises": [
            _promise(found) | {"explain": promises.explain(session, ticket, found)}
            for found in _promises(session, ticket.id)
        ],
        "messages": _messages(session, ticket.id, reveal),
        "events": _events(session, ticket.id),
    }


def _outcome(ticket: Ticket) -> str | None:
    """How it ended: taken back, referred, or what the office found (D35)."""
    if ticket.withdrawn_at is not None:
        return "withdrawn"
    return "referred" if ticket.referred_at is not None else ticket.finding


def record_look(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """Somebody looks at the citizen's number: that is on record."""
    audit.record(session, ticket_id=ticket.id, kind="number_seen", actor=by, now=now)


def record_looks(session: Session, tasks: Sequence[Task], *, by: str, now: datetime) -> None:
    """Somebody looks at the numbers of these tasks: that is on record."""
    seen = [task.id for task in tasks if task.sealed_number]
    audit.record(
        session, ticket_id=None, kind="number_seen", actor=by, now=now, body={"tasks": seen}
    )


def _promises(session: Session, ticket_id: int) -> Sequence[Promise]:
    query = select(Promise).where(Promise.ticket_id == ticket_id).order_by(Promise.id)
    return session.scalars(query).all()


def _promise(found: Promise) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "due_at": iso(found.due_at),
        "kept_at": iso(found.kept_at),
        "kept_by": found.kept_by,
        "broken_at": iso(found.broken_at),
        "internal": found.internal,
        "clause": found.clause,
    }


def _messages(session: Session, ticket_id: int, reveal: bool) -> list[dict[str, Any]]:
    messages = outbox.of_ticket(session, ticket_id)
    attempts = outbox.attempts_of(session, [message.id for message in messages])
    return [
        {
            "key": message.key,
            "to": _number(message.sealed_to, reveal),
            "text": message.text,
            "parts": message.parts,
            "status": message.status,
            "attempts": [
                {
                    "provider": attempt.provider,
                    "accepted_at": iso(attempt.accepted_at),
                    "delivered_at": iso(attempt.delivered_at),
                    "failed_at": iso(attempt.failed_at),
                    "code": attempt.code,
                }
                for attempt in attempts
                if attempt.message_id == message.id
            ],
        }
        for message in messages
    ]


def _events(session: Session, ticket_id: int) -> list[dict[str, Any]]:
    query = select(audit.Event).where(audit.Event.ticket_id == ticket_id).order_by(audit.Event.seq)
    return [
        {
            "at": iso(event.at),
            "kind": event.kind,
            "actor": event.actor,
            "body": audit.body_of(event),
        }
        for event in session.scalars(query)
    ]


def open_tasks(session: Session, institution: str | None = None) -> Sequence[Task]:
    query = select(Task).where(Task.done_at.is_(None)).order_by(Task.due_at.nulls_last(), Task.id)
    if institution is not None:
        query = query.where(Task.institution == charters.get(institution).id)
    return session.scalars(query).all()


def _number(sealed: bytes | None, reveal: bool) -> str | None:
    if sealed is None:
        return None
    number = vault.unseal(sealed)
    return number if reveal else phones.mask(number)


def iso(moment: datetime | None) -> str | None:
    """A moment for people and programs: ISO 8601 at East Africa Time, with its offset."""
    return moment.astimezone(EAT).isoformat(timespec="seconds") if moment else None
