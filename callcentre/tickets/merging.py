"""Tickets of one matter are worked on as one; every citizen keeps his promise, and is answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.lines import Edition
from callcentre.tickets import hearers, letters, reasons
from callcentre.tickets.model import Ticket, WrongStatus
from callcentre.tickets.transitions import OPEN, check


def merge(
    session: Session,
    ticket: Ticket,
    into: Ticket,
    *,
    reason: str,
    edition: Edition,
    by: str,
    now: datetime,
) -> None:
    """Let the work on a ticket be that on another; whoever filed it is told.

    Its dates, ladder and citizen stay its own. The caller holds both row locks. Raises WrongStatus
    for tickets of two institutions, and where they complain of different people.
    """
    for one in (ticket, into):
        check(one, "refer")
        if one.merged_into is not None:
            raise WrongStatus(f"{one.ref} was merged already")
    if ticket.id == into.id or ticket.institution != into.institution:
        raise WrongStatus(f"{ticket.ref} and {into.ref} are not two tickets of one institution")
    if _hidden_from(session, ticket) != _hidden_from(session, into):
        raise WrongStatus(f"{ticket.ref} and {into.ref} are hidden from different people")
    reasons.note(session, ticket, "merged", reason, now)
    ticket.merged_into, ticket.unit = into.id, into.unit
    body = {"into": into.id}
    audit.record(session, ticket_id=ticket.id, kind="merged", actor=by, now=now, body=body)
    number = letters.confirmed_number(ticket)
    if number is not None and ticket.danger_at is None:
        letters.post(
            session,
            edition,
            key=f"ticket:{ticket.id}:merged",
            to=number,
            institution=ticket.institution,
            phrase="sms.merged",
            language=ticket.language,
            values={"ref": ticket.ref},
            now=now,
            ticket_id=ticket.id,
            kind="notice",
        )


def followers(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    """The open tickets that get the answer given to this one, under their row locks."""
    query = select(Ticket).where(Ticket.merged_into == ticket.id, Ticket.status.in_(OPEN))
    return session.scalars(query.order_by(Ticket.id).with_for_update()).all()


def _hidden_from(session: Session, ticket: Ticket) -> object:
    accused = hearers.accused_of(session, [ticket.id]).get(ticket.id, [])
    danger, centre = ticket.danger_at is not None, ticket.centre_at is not None
    corruption = ticket.topic == hearers.CORRUPTION
    return {one.post_id for one in accused}, danger, centre, corruption
