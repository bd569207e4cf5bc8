"""Why an office did what keeps a citizen waiting: in its own words, with the ticket."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.tickets import tasks
from callcentre.tickets.model import Addition, Ticket, WrongStatus

FEWEST_LETTERS = 5


def note(session: Session, ticket: Ticket, what: str, reason: str, now: datetime) -> None:
    """Keep the reason with the ticket, for staff to read. Raises WrongStatus if it has no words."""
    if sum(map(str.isalpha, reason)) < FEWEST_LETTERS:
        raise WrongStatus("give the reason in words; it stays with the ticket")
    session.add(
        Addition(ticket_id=ticket.id, what=what, words=reason.strip(), channel="office", at=now)
    )


def give_back(session: Session, ticket: Ticket, reason: str, *, by: str, now: datetime) -> None:
    """The ticket is not this unit's: the complaints unit finds it another. Raises WrongStatus."""
    if ticket.unit is None:
        raise WrongStatus(f"{ticket.ref} has no unit; refer it, or assign it to one")
    note(session, ticket, "not_ours", reason, now)
    before, ticket.unit, ticket.assigned_to = ticket.unit, None, None
    body = {"unit": before}
    audit.record(session, ticket_id=ticket.id, kind="given_back", actor=by, now=now, body=body)
    tasks.make(session, ticket, "place_ticket", now=now)
