"""A complaint against those who would have to answer it: they hear nothing of it from then on."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import audit, people, vault
from callcentre.people import Post
from callcentre.tickets import alerts, hearers
from callcentre.tickets.hearers import Accused
from callcentre.tickets.model import Ticket, WrongStatus


def accuse(session: Session, ticket: Ticket, post: Post, *, by: str, now: datetime) -> None:
    """The ticket complains of this post: it is hidden from it, and its ladder begins one level up.

    A complaint against an agent is one about the centre. The caller holds the ticket's row lock.
    Raises WrongStatus for a post of another institution, and for what is no complaint.
    """
    _check(ticket)
    if post.institution != ticket.institution:
        raise WrongStatus(f"post {post.id} is of {post.institution}, {ticket.ref} is not")
    session.execute(
        upsert(Accused)
        .values(
            ticket_id=ticket.id,
            post_id=post.id,
            role=post.role,
            unit=post.unit,
            person_id=post.person,
            number_print=vault.fingerprint(post.number) if post.number else None,
            at=now,
        )
        .on_conflict_do_nothing()
    )
    if post.role in ("agent", "supervisor"):
        ticket.centre_at = ticket.centre_at or now
    if ticket.assigned_to == f"post:{post.id}":
        ticket.assigned_to = None
    body = {"post": post.id}
    audit.record(session, ticket_id=ticket.id, kind="accused", actor=by, now=now, body=body)
    withhold(session, ticket, now)


def about_centre(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """The ticket complains of the call centre itself: it goes past its agents to the supervisor."""
    _check(ticket)
    ticket.centre_at = ticket.centre_at or now
    audit.record(session, ticket_id=ticket.id, kind="about_centre", actor=by, now=now)
    withhold(session, ticket, now)


def officer_named(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen named who served him: the officers of the unit hear of it no more."""
    if ticket.kind == "complaint" and ticket.officer_at is None:
        ticket.officer_at = now
        withhold(session, ticket, now)


def withhold(session: Session, ticket: Ticket, now: datetime) -> None:
    """End the open alerts of those who may not hear of the ticket any more."""
    for alert in alerts.of(session, ticket.id):
        if alert.ended_at is None:
            post = people.find(session, alert.post_id)
            if not hearers.may_hear(session, ticket, post, now):
                alerts.withhold(session, alert, post, now)


def _check(ticket: Ticket) -> None:
    if ticket.kind != "complaint":
        raise WrongStatus(f"{ticket.ref} is a {ticket.kind}; only a complaint is against somebody")
