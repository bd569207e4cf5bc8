"""What a post sees of its institution's tickets at a door, and may do there. Nothing commits.

Everything here goes through `hearers.visible`: what a post may not see is not there.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from callcentre import audit, charters, people, vault
from callcentre.clock import EAT
from callcentre.people import Post
from callcentre.tickets import hearers, promises, reference, transitions
from callcentre.tickets.model import Addition, Promise, Ticket, UnknownTicket

LONGEST_LIST = 20  # of references to page through; others are found by their number
MOST_POSTS = 14  # to choose from
LABEL = 20  # characters of a post's title, so that five fit on a screen

_OFFICER = {"seen", "read", "answer", "take", "ask", "not_mine"}
_HEAD = {*_OFFICER, "assign"}
ACTS = {
    "officer": _OFFICER,
    "head": _HEAD,
    "complaints": _HEAD,
    "executive": _HEAD,
    "supervisor": _HEAD - {"not_mine"},
    "integrity": _OFFICER - {"not_mine"},
}
"""What each role may do about a ticket that is open, by SMS or at the staff door; others read.

Only those who answer for a unit, or for all of them, give a complaint to others.
"""
AT_THE_DOOR = ("read", "answer", "assign", "ask", "not_mine", "take")


def may(session: Session, post: Post, act: str, now: datetime) -> bool:
    """Whether a post may do this about a ticket that it sees.

    By its own role, or by that of a post that it stands in for.
    """
    posts = [post, *people.stands_in_for(session, post, now)]
    return any(act in ACTS.get(one.role, {"read"}) for one in posts)


def counts(session: Session, post: Post, now: datetime) -> dict[str, int]:
    """How many open tickets wait for the post: overdue, due today, and all."""
    due = _open(session, post, now).subquery().c.due
    query = select(
        func.count().filter(due < now),
        func.count().filter(_today(due, now)),
        func.count(),
    ).select_from(due.table)
    overdue, today, all_ = session.execute(query).one()
    return {"overdue": overdue, "today": today, "all": all_}


def listing(session: Session, post: Post, which: str, now: datetime) -> list[dict[str, Any]]:
    """Open tickets by which they wait (overdue, today, all), those due first before."""
    found = _open(session, post, now).subquery()
    query = select(found.c.ref, found.c.due).order_by(found.c.due.asc().nulls_last(), found.c.id)
    if which == "overdue":
        query = query.where(found.c.due < now)
    elif which == "today":
        query = query.where(_today(found.c.due, now))
    rows = session.execute(query.limit(LONGEST_LIST)).all()
    return [{"ref": ref, "due": _day(due)} for ref, due in rows]


def find(session: Session, post: Post, written: str, now: datetime) -> Ticket | None:
    """The ticket of a reference, if the post may see it."""
    ref = reference.read(written)
    if ref is None:
        return None
    return session.scalar(
        select(Ticket).where(Ticket.ref == ref, hearers.visible(session, post, now))
    )


def locked(session: Session, post: Post, written: str, now: datetime) -> Ticket:
    """The same under its row lock, to do something with it. Raises UnknownTicket."""
    found = find(session, post, written, now)
    if found is None:
        raise UnknownTicket(f"post {post.id} sees no ticket {written}")
    return session.get_one(Ticket, found.id, with_for_update=True, populate_existing=True)


def summary(session: Session, post: Post, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """Where a ticket stands, and what the post may do with it, as JSON."""
    due = session.scalar(select(_due()).where(Ticket.id == ticket.id))
    late = due is not None and due < now
    acts = [one for one in AT_THE_DOOR if one == "read" or may(session, post, one, now)]
    others = (one for one in charters.all_current().values() if one.id != ticket.institution)
    return {
        "ref": ticket.ref,
        "unit": ticket.unit,
        "due": _day(due),
        "late": max((now.astimezone(EAT).date() - due.astimezone(EAT).date()).days, 1)
        if late and due
        else 0,
        "acts": acts if ticket.status in transitions.OPEN else ["read"],
        "elsewhere": [{"id": one.id, "label": one.label} for one in others],
    }


def words(session: Session, post: Post, ticket: Ticket, now: datetime) -> str:
    """What the citizen said and added, and what was decided; the look is on record.

    Never his number, and his name only where he let the office know it.
    """
    additions = session.scalars(
        select(Addition.words).where(Addition.ticket_id == ticket.id).order_by(Addition.id)
    )
    name = [vault.unseal(ticket.name)] if ticket.name and ticket.identity == "open" else []
    place = [ticket.place] if ticket.place else []
    actor = f"post:{post.id}"
    audit.record(session, ticket_id=ticket.id, kind="words_seen", actor=actor, now=now)
    return " / ".join(
        [*name, ticket.words, *place, *(one for one in additions if one not in place)]
    )


def receivers(session: Session, post: Post, ticket: Ticket, now: datetime) -> list[dict[str, Any]]:
    """To whom the post may give it: officers of its unit; from above, those of all, and heads."""
    roles = ["officer"] if post.role == "head" else ["head", "officer"]
    if hearers.names_staff(ticket) or ticket.danger_at is not None:
        roles = [role for role in roles if role != "officer"]
    accused = hearers.accused_of(session, [ticket.id]).get(ticket.id, [])
    found = [
        one
        for role in roles
        for one in people.all_of(session, post.institution, role)
        if one.person is not None
        and one.id != post.id
        and (post.role != "head" or one.unit == post.unit)
        and not hearers.is_barred(accused, one)
    ]
    return [_post(one) for one in found[:MOST_POSTS]]


def deputies(session: Session, post: Post) -> list[dict[str, Any]]:
    """The posts of the institution that could stand in for this one."""
    roles = ("officer", "head", "complaints", "executive")
    found = [
        one
        for role in roles
        for one in people.all_of(session, post.institution, role)
        if one.person is not None and one.id != post.id and one.number is not None
    ]
    near = sorted(found, key=lambda one: (one.unit != post.unit, one.id))
    return [_post(one) for one in near[:MOST_POSTS]]


def _post(post: Post) -> dict[str, Any]:
    return {"post": post.id, "title": f"{post.unit or ''} {post.title}".strip()[:LABEL].strip()}


def _open(session: Session, post: Post, now: datetime) -> Select[*tuple[Any, ...]]:
    return select(Ticket.id, Ticket.ref, _due().label("due")).where(
        hearers.visible(session, post, now), Ticket.status.in_(transitions.OPEN)
    )


def _due() -> ScalarSelect[Any]:
    """When its citizen is to be answered; where he was told no date, by the office's own target."""
    at = Promise.due_at
    earliest = func.coalesce(func.min(at).filter(Promise.internal.is_(False)), func.min(at))
    return (
        select(earliest)
        .where(
            Promise.ticket_id == Ticket.id,
            Promise.kind.in_(promises.ANSWERS),
            Promise.kept_at.is_(None),
            Promise.dropped_at.is_(None),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )


def _today(due: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    midnight = now.astimezone(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
    return due.between(now, midnight + timedelta(days=1))


def _day(moment: datetime | None) -> str | None:
    return moment.astimezone(EAT).date().isoformat() if moment else None
