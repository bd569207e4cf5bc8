"""Who is rung where somebody is in danger: one after the other, until one takes it.

The duty person is whoever holds the post of supervisor. Where no such post is held with a
telephone, nobody is rung: the task alone says what is to be done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from callcentre import people
from callcentre.lines import Edition
from callcentre.outbox import limits
from callcentre.people import Post, PostRow
from callcentre.tickets import alerts, hearers, letters, transitions, work
from callcentre.tickets.model import Task, Ticket

NEXT = timedelta(minutes=15)
"""How long one who is rung has to take it, before the next is rung."""
ABOVE = ("complaints", "executive")
"""Who is rung after the duty person and his deputy."""


def is_configured(session: Session, institution: str) -> bool:
    """Whether there is a duty person at all, present or not."""
    posts = people.all_of(session, institution, "supervisor")
    return any(_can_be_rung(post) for post in posts)


def on_duty(session: Session, institution: str, now: datetime) -> Post | None:
    """Who is rung first, on the caller's own call; None where nobody there has a telephone."""
    post = people.holder(session, institution, "supervisor", None, now)
    return post if post is not None and post.number is not None else None


def line(session: Session, ticket: Ticket, now: datetime) -> list[Post]:
    """Who is rung about a ticket, in order; who may not hear of it is passed over."""
    found = {post.id: post for post in _candidates(session, ticket.institution, now)}
    return [post for post in found.values() if hearers.may_hear(session, ticket, post, now)]


def _candidates(session: Session, institution: str, now: datetime) -> Iterator[Post]:
    for role in ("supervisor", *ABOVE):
        post = people.holder(session, institution, role, None, now)
        if post is None:
            continue
        if _can_be_rung(post):
            yield post
        deputy = session.get_one(PostRow, post.id).deputy_id if role == "supervisor" else None
        if deputy is not None:
            instead = people.present(session, people.find(session, deputy), now)
            if instead is not None and _can_be_rung(instead):
                yield instead


def _can_be_rung(post: Post) -> bool:
    return post.person is not None and post.number is not None and limits.load().allows(post.number)


def is_over(ticket: Ticket) -> bool:
    """Whether somebody has taken it, or there is nothing to take any more."""
    return ticket.assigned_to is not None or ticket.status not in transitions.OPEN


def alert(session: Session, edition: Edition, task: Task, post: Post, now: datetime) -> None:
    """Write to who is rung now, at any hour: a reference, and nothing of the citizen."""
    ticket = session.get_one(Ticket, task.ticket_id)
    letters.post(
        session,
        edition,
        key=f"danger:{task.id}:{task.rang}",
        to=post.number or "",
        institution=ticket.institution,
        phrase="sms.danger_ring",
        language=post.language,
        values={"ref": ticket.ref, "ussd": alerts.door(edition, ticket.institution)},
        now=now,
        kind="urgent",
    )


def rings_already(session: Session, ticket_id: int, now: datetime) -> None:
    """His phone rings on the caller's own call: nobody is rung besides, and the next after NEXT."""
    session.execute(
        _open_task(ticket_id)
        .where(Task.ring_at.is_not(None))
        .values(ring_at=now + NEXT, rang=Task.rang + 1)
    )


def talked(session: Session, ticket_id: int, post_id: int, now: datetime) -> None:
    """He talked to the caller: it is his, unless another has taken it."""
    ticket = session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    task = session.scalar(_open_task(ticket_id).values(ring_at=None).returning(Task))
    if task is not None and not is_over(ticket):
        take(session, task, post_id, now)


def _open_task(ticket_id: int) -> Update:
    return update(Task).where(
        Task.ticket_id == ticket_id, Task.kind == "danger", Task.done_at.is_(None)
    )


def take(session: Session, task: Task, post_id: int, now: datetime) -> str:
    """A post takes it: the ticket is its own unless another was first; the reference.

    The task stays open, for what is to be done is not done yet; nobody else is rung. Raises
    WrongStatus where there is nothing to take any more.
    """
    ticket = session.get_one(Ticket, task.ticket_id, with_for_update=True, populate_existing=True)
    task.ring_at = None
    if ticket.assigned_to is None:
        by = f"post:{post_id}"
        work.assign(session, ticket, unit=None, to=by, by=by, now=now)
        task.notes = [*task.notes, f"taken by {by}"]
    return ticket.ref
