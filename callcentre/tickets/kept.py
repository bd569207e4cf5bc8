"""One citizen in ten is asked whether the office did answer him, as it says.

Which, a keyed hash of the reference decides: nobody without the key can foresee it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, vault
from callcentre.lines import Edition
from callcentre.tickets import expects, letters
from callcentre.tickets.model import Ticket

ONE_IN = 10
AFTER = timedelta(days=1)


def plan(ticket: Ticket, now: datetime) -> None:
    """An office says that it answered: if the ticket is one in ten, its citizen is asked."""
    if int.from_bytes(vault.fingerprint(ticket.ref, "kept")[:4], "big") % ONE_IN == 0:
        ticket.kept_check_at = now + AFTER


def ask_due(session: Session, edition: Edition, now: datetime, limit: int = 100) -> int:
    """Ask those whose day has come, where they can be written to and can reply; how many were due.

    Who was satisfied, or has said that he was not, needs no asking.
    """
    found = session.scalars(
        select(Ticket)
        .where(Ticket.kept_check_at <= now)
        .order_by(Ticket.kept_check_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for ticket in found:
        ticket.kept_check_at = None
        _ask(session, ticket, edition, now)
    return len(found)


def _ask(session: Session, ticket: Ticket, edition: Edition, now: datetime) -> None:
    number = letters.confirmed_number(ticket)
    by = letters.sender(edition, ticket.institution, to=number, hears=True)
    if number is None or by is None or not by.hears or ticket.danger_at is not None:
        return
    if ticket.answered_at is None or ticket.withdrawn_at or ticket.satisfied_at:
        return
    posted = letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:kept_check:{ticket.answered_at.timestamp():.6f}",
        to=number,
        institution=ticket.institution,
        phrase="sms.kept_check",
        language=ticket.language,
        values={"ref": ticket.ref},
        now=now,
        ticket_id=ticket.id,
        kind="notice",
        hears=True,
    )
    if posted is not None:
        expects.ask(session, ticket, "kept", now)
        audit.record(session, ticket_id=ticket.id, kind="kept_asked", now=now)


def confirmed(session: Session, ticket: Ticket, now: datetime) -> None:
    """Its citizen says that it is true."""
    expects.answered(session, ticket, "kept", now)
    audit.record(session, ticket_id=ticket.id, kind="kept_confirmed", actor="citizen", now=now)
