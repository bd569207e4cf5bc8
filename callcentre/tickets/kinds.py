"""A complaint written anew as something else: its citizen is told, and may object.

Only the complaints unit may, with a reason. What was promised stays promised, so nothing is won by
it; each change and each objection is counted (see fairness).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.charters.model import TICKET_KINDS
from callcentre.lines import Edition
from callcentre.people import Post
from callcentre.phrases import Term
from callcentre.tickets import expects, hearers, letters, reasons, tasks
from callcentre.tickets.model import Ticket, WrongStatus
from callcentre.tickets.transitions import check


def change(
    session: Session,
    ticket: Ticket,
    kind: str,
    *,
    reason: str,
    post: Post,
    edition: Edition,
    now: datetime,
) -> None:
    """Write the ticket anew as a `kind` (one of TICKET_KINDS), by a post of the complaints unit.

    The caller holds the ticket's row lock. Raises WrongStatus.
    """
    check(ticket, "assign")
    if post.role != "complaints" or not hearers.may_hear(session, ticket, post, now):
        raise WrongStatus(f"only the complaints unit changes a kind; post {post.id} may not")
    if kind not in TICKET_KINDS or kind == ticket.kind:
        raise WrongStatus(f"{ticket.ref} is a {ticket.kind}; it cannot become a {kind}")
    reasons.note(session, ticket, "kind_changed", reason, now)
    body = {"from": ticket.kind, "to": kind}
    ticket.kind = kind
    actor = f"post:{post.id}"
    audit.record(session, ticket_id=ticket.id, kind="kind_changed", actor=actor, now=now, body=body)
    _tell(session, ticket, edition, now)


def _tell(session: Session, ticket: Ticket, edition: Edition, now: datetime) -> None:
    number = letters.confirmed_number(ticket)
    by = letters.sender(edition, ticket.institution, to=number, hears=True)
    if number is None or by is None:
        tasks.make(session, ticket, "tell_kind_changed", now=now)
        return
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:kind:{now.timestamp():.6f}",
        to=number,
        institution=ticket.institution,
        phrase="sms.kind_changed" if by.hears else "sms.kind_changed_dial",
        language=ticket.language,
        values={"ref": ticket.ref, "aina": Term(f"kind.{ticket.kind}")},
        now=now,
        ticket_id=ticket.id,
        hears=True,
    )
    if by.hears:
        expects.ask(session, ticket, "kind", now)


def object_to(session: Session, ticket: Ticket, now: datetime) -> None:
    """Its citizen does not agree: it is a complaint again."""
    expects.answered(session, ticket, "kind", now)
    ticket.kind, ticket.touched_at = "complaint", now
    audit.record(session, ticket_id=ticket.id, kind="kind_objected", actor="citizen", now=now)
