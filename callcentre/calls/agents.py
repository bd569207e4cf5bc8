"""The agents of an institution: which of them may be rung for a caller, and one call at a time.

An agent is a post of the role `agent` with a telephone. He is on his shift while the post's hours
last and its holder is not away; nobody has to sign on. A row stands for him from the first time he
is rung, or says that he is away for a while.
"""

import logging
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import audit, metrics, people
from callcentre.calls.model import Agent, Connection
from callcentre.clock import EAT
from callcentre.people import Post
from callcentre.tickets.model import Ticket
from callcentre.tickets.queries import iso

logger = logging.getLogger(__name__)

ROLE = "agent"
AVAILABLE, IN_CALL, AFTER_CALL, AWAY = STATES = ("available", "in_call", "after_call", "away")
REST = timedelta(minutes=3)
"""How long after a call, or one that he missed, nothing rings. Notes take half a minute; who
forgets the wrap-up code must not be lost to those who wait."""
OFFER = timedelta(minutes=2)
"""In which a phone that rings for a queue is taken, or its call over: longer than any rings."""


class NotSo(ValueError):
    """Raised for what cannot be said of an agent now; the message names the cure."""


def on_shift(session: Session, institution: str, now: datetime) -> list[Post]:
    """The agents who may be rung at this hour, whatever they do just now."""
    return [
        post
        for post in people.all_of(session, institution, ROLE)
        if post.number is not None
        and people.window(post, now) == now
        and people.present(session, post, now) == post
    ]


def claim(
    session: Session,
    institution: str,
    now: datetime,
    *,
    connection: int | None,
    but: Collection[int] = (),
) -> Post | None:
    """Take the agent who was rung longest ago, for a caller or (None) the first of the queue.

    Nobody else is given him until he is set free. None if each is away, in a call or among `but`.
    """
    there = {one.id: one for one in on_shift(session, institution, now) if one.id not in but}
    _make(session, there, now)
    row = session.scalar(
        select(Agent)
        .where(Agent.post_id.in_(there), Agent.state == AVAILABLE)
        .order_by(Agent.given_at.nulls_first(), Agent.post_id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    row.given_at = now
    _move(row, IN_CALL, now, connection)
    return there[row.post_id]


def is_anybody(session: Session, institution: str, now: datetime) -> bool:
    """Whether somebody is on his shift and has not said that he is away."""
    there = [post.id for post in on_shift(session, institution, now)]
    away = session.scalars(
        select(Agent.post_id).where(Agent.post_id.in_(there), Agent.state == AWAY)
    ).all()
    return len(away) < len(there)


def is_busy(session: Session, institution: str, now: datetime, but: Collection[int]) -> bool:
    """Whether somebody, not among `but`, is in a call or has just been in one."""
    there = {post.id for post in on_shift(session, institution, now)} - set(but)
    found = select(Agent.post_id).where(
        Agent.post_id.in_(there), Agent.state.in_((IN_CALL, AFTER_CALL))
    )
    return session.scalars(found.limit(1)).first() is not None


def release(session: Session, connection: Connection, state: str, now: datetime) -> None:
    """Who was rung for this caller, or talked to him, is set free, or has notes to write."""
    row = session.scalar(
        select(Agent)
        .where(
            Agent.post_id == connection.post_id,
            Agent.connection_id == connection.id,
            Agent.state != AWAY,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is not None and row.state != state:
        _move(row, state, now, connection.id if state == AFTER_CALL else None)


def give(session: Session, post_id: int, connection: Connection, now: datetime) -> None:
    """Who was rung for the first of the queue has him."""
    _move(_locked(session, post_id), IN_CALL, now, connection.id)


def rest(session: Session, post_id: int, now: datetime) -> None:
    """Who was rung for the queue and did not come is left alone for a while."""
    row = session.get(Agent, post_id, with_for_update=True, populate_existing=True)
    if row is not None and row.state == IN_CALL and row.connection_id is None:
        _move(row, AFTER_CALL, now)


def come_back(session: Session, now: datetime) -> None:
    """Whose rest is over may be rung again, and who was away on another day."""
    today = datetime.combine(now.astimezone(EAT), time(), EAT)
    over = or_(
        (Agent.state == AFTER_CALL) & (Agent.since <= now - REST),
        (Agent.state == AWAY) & (Agent.since < today),
        (Agent.state == IN_CALL) & Agent.connection_id.is_(None) & (Agent.since <= now - OFFER),
    )
    for row in session.scalars(select(Agent).where(over).with_for_update(skip_locked=True)):
        _move(row, AVAILABLE, now)


def say(session: Session, post: Post, state: str, now: datetime, *, by: str) -> None:
    """An agent says that he is there, or AWAY until he says otherwise or the day is over.

    Raises NotSo for a post that is no agent's, and for one that is in a call.
    """
    if post.role != ROLE:
        raise NotSo(f"post {post.id} is no agent's; see `callcentre user list`")
    _make(session, (post.id,), now)
    row = _locked(session, post.id)
    if row.state == IN_CALL:
        raise NotSo(f"post {post.id} is in a call: say it again when that is over")
    _move(row, state, now)
    body = {"post": post.id, "state": state}
    audit.record(session, ticket_id=None, kind="agent_said", actor=by, now=now, body=body)


def listing(session: Session, institutions: Collection[str], now: datetime) -> list[dict[str, Any]]:
    """The agents of these institutions, a row each."""
    return [row for institution in institutions for row in _listed(session, institution, now)]


def _listed(session: Session, institution: str, now: datetime) -> list[dict[str, Any]]:
    there = {post.id for post in on_shift(session, institution, now)}
    posts = people.all_of(session, institution, ROLE)
    found = session.execute(
        select(Agent, Ticket.ref)
        .outerjoin(Connection, Connection.id == Agent.connection_id)
        .outerjoin(Ticket, Ticket.id == Connection.ticket_id)
        .where(Agent.post_id.in_(post.id for post in posts))
    )
    rows = {row.post_id: (row, ref) for row, ref in found}
    return [
        {
            "post": post.id,
            "institution": institution,
            "title": post.title,
            "on_shift": post.id in there,
        }
        | _doing(*rows.get(post.id, (None, None)))
        for post in posts
    ]


def _doing(row: Agent | None, ref: str | None) -> dict[str, Any]:
    return {
        "state": row.state if row else AVAILABLE,
        "since": iso(row.since) if row else None,
        "call": row.connection_id if row else None,
        "ticket": ref,
    }


def _make(session: Session, post_ids: Collection[int], now: datetime) -> None:
    rows = [{"post_id": one, "state": AVAILABLE, "since": now} for one in sorted(post_ids)]
    if rows:
        session.execute(upsert(Agent).values(rows).on_conflict_do_nothing())


def _locked(session: Session, post_id: int) -> Agent:
    return session.get_one(Agent, post_id, with_for_update=True, populate_existing=True)


def _move(row: Agent, state: str, now: datetime, connection: int | None = None) -> None:
    row.state, row.since, row.connection_id = state, now, connection
    told = {"post": row.post_id, "agent_state": state, "connection": connection}
    logger.info("agent's state", extra=told)
    metrics.AGENT_STATES.labels(state).inc()
