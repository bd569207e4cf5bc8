"""Letters of the Commission for Human Rights about a ticket: to be answered in 90 days.

The Commission asks for a reply in that time, under the Human Rights and Good Governance Act, No. 7
of 2001; no charter names it, so no citizen is told the date.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.charters import Clause, Period, Rule
from callcentre.tickets import promises
from callcentre.tickets.model import Ticket, WrongStatus

KIND: Final = "letter_commission"
_CLAUSE = "Kujibu barua ya Tume ya Haki za Binadamu na Utawala Bora: siku 90 (Sheria Na. 7 ya 2001)"
RULE = Rule(
    kind=KIND,
    period=Period(90, "days"),
    basis="assumed",
    internal=True,
    clause=Clause(_CLAUSE, _CLAUSE, "", 0),
)


def received(session: Session, ticket: Ticket, at: datetime, *, by: str, now: datetime) -> datetime:
    """A letter came at that moment; when its reply is due. Raises WrongStatus.

    The caller holds the ticket's row lock.
    """
    if at > now:
        raise WrongStatus("the letter cannot have come later than now")
    due_at = promises.add(session, ticket, RULE, received=at, internal=True, now=now)
    body = {"from": "commission", "received": at, "due": due_at}
    audit.record(session, ticket_id=ticket.id, kind="letter", actor=by, now=now, body=body)
    return due_at


def answered(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """The reply has gone. Raises WrongStatus where no letter waits for one."""
    if not promises.keep(session, ticket, [KIND], by="letter", now=now):
        raise WrongStatus(f"no letter about {ticket.ref} waits for a reply")
    audit.record(session, ticket_id=ticket.id, kind="letter_answered", actor=by, now=now)
