"""A report on progress in place of an answer, where the charter allows one.

Sengerema (001:401) and Kilosa (002:254) promise "an answer or a report on progress". A report
that is delivered by the date keeps the promise and opens a new one of the same length; a second
one on the same ticket needs a supervisor's leave, else it would never end. It is counted apart
from answers, and must say what was done.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.tickets import letters, promises
from callcentre.tickets.model import Promise, Ticket, WrongStatus

FEWEST_WORDS = 3  # "still being worked on" in fewer says nothing that was done


def report(
    session: Session,
    ticket: Ticket,
    done: str,
    *,
    leave: bool,
    edition: Edition,
    by: str,
    now: datetime,
) -> datetime:
    """Tell the citizen what was done so far; the new date. Raises WrongStatus.

    `leave`: a supervisor allows one more than the first.
    """
    open_promise = promises.told(session, ticket.id)
    charter = charters.get(ticket.institution, ticket.charter_version)
    rule = next(
        (
            rule
            for rule in charter.promises(ticket.kind, ticket.unit)  # type: ignore[arg-type]
            if rule.kind == "answer" and rule.progress
        ),
        None,
    )
    if rule is None:
        raise WrongStatus(f"the charter of {charter.id} lets no report stand for an answer")
    if ticket.answered_at or open_promise is None or open_promise.kept_at is not None:
        raise WrongStatus(f"{ticket.ref} has no open promise to answer")
    if len(done.split()) < FEWEST_WORDS:
        raise WrongStatus("say in a sentence what was done; the citizen will read it")
    if not leave and _reported(session, ticket):
        raise WrongStatus(
            f"{ticket.ref} had its one report on progress; a supervisor may allow another (--leave)"
        )
    number = letters.confirmed_number(ticket)
    if number is None:
        raise WrongStatus(f"{ticket.ref} has no number that may be written to; answer it instead")
    renewed = promises.add(session, ticket, rule, received=now, internal=False, now=now)
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:progress:{open_promise.id}",
        to=number,
        institution=ticket.institution,
        phrase="sms.progress",
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "hatua": done.strip().rstrip("."),
            "tarehe": renewed.astimezone(EAT).date(),
        },
        now=now,
        ticket_id=ticket.id,
    )
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="progress",
        actor=by,
        now=now,
        body={"promise": open_promise.id, "due": renewed, "leave": leave},
    )
    return renewed


def _reported(session: Session, ticket: Ticket) -> bool:
    """Whether a new promise was opened by a report before: the first was made with the ticket."""
    told = session.scalars(
        select(Promise.id).where(
            Promise.ticket_id == ticket.id,
            Promise.kind == "answer",
            Promise.internal.is_(False),
        )
    ).all()
    return len(told) > 1
