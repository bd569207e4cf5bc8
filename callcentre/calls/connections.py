"""Callers who asked for a person: who is rung for them, who waits, who talked to them how long.

The database alone decides who is next; a provider only carries. A queue of a provider holds the
callers of one line and one institution in the order in which they came to it, as here.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, select, text, update
from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.calls import agents, duty, register
from callcentre.calls.events import DialResult
from callcentre.calls.model import Agent, Call, Connection
from callcentre.people import Post, PostRow
from callcentre.tickets import tasks
from callcentre.tickets.model import Ticket
from callcentre.tickets.queries import iso

Outcome = Literal["talked", "hung_up", "left", "nobody"]
"""How it ended: with a talk; the caller put the phone down, or asked to be called, before one; or
nobody could be had."""

REACHED = timedelta(seconds=5)
"""A talk that was shorter was none: somebody came as the other went."""
AHEAD = 3
"""How many may wait for each agent on shift. A call takes some four minutes: whoever is further
back waits a quarter of an hour, and is better called."""
LONGEST = timedelta(minutes=10)
"""After which nobody is kept waiting, where the provider lets us take him out of its queue."""
WRAP_UPS = (
    "answered",
    "complaint",
    "referred",
    "follow_up",
    "call_back",
    "cut_off",
    "danger",
    "nuisance",
    "wrong_number",
)
"""What a call was about, in the order of the codes 1 to 9; `wrap_up.<name>` says it in words."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('connections'))")
_LEG, _AGENT = "leg:", "agent:"  # in the `request` of the calls of those who are rung


class UnknownConnection(LookupError):
    """Raised for the number of a talk that there is none of; the message names the cure."""


class Nameless(ValueError):
    """Raised for a ticket to which nothing may lead that leads to a phone; the message says so."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An agent whose phone is to ring, since somebody waits in the queue of this line."""

    post: int
    number: str
    provider: str
    line: str

    @property
    def request(self) -> str:
        return f"{_AGENT}{self.post}"


# Whose call a call is


def post_of(call: Call) -> int | None:
    """The post that we called for the first of a queue; None for any other call."""
    return _id(call.request, _AGENT)


def parent_of(call: Call) -> int | None:
    """The call for which this one was dialled; None for any other call."""
    return _id(call.request, _LEG)


def request_of_leg(parent: Call) -> str:
    return f"{_LEG}{parent.id}"


def end_legs(session: Session, call: Call, now: datetime) -> None:
    """Of the end of those who were dialled for a call nobody tells; to be noted before its own."""
    session.execute(
        update(Call)
        .where(Call.request == request_of_leg(call), Call.ended_at.is_(None))
        .values(ended_at=now)
    )


def _id(request: str | None, what: str) -> int | None:
    number = (request or "").removeprefix(what)
    is_one = number != request and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if is_one else None


# A caller asks, and somebody is rung


def open_of(session: Session, call_id: int) -> Connection | None:
    """What the caller asked for on this call and has not got yet, or is just having; locked."""
    return session.scalar(
        select(Connection)
        .where(Connection.call_id == call_id, Connection.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def ask(
    session: Session,
    call: Call,
    institution: str,
    now: datetime,
    *,
    ticket_id: int | None = None,
    danger: bool = False,
) -> Connection:
    """The caller wants a person, about a ticket or none; the same one however often he is asked."""
    found = open_of(session, call.id)
    if found is None:
        found = Connection(
            call_id=call.id,
            ticket_id=ticket_id,
            institution=institution,
            danger=danger,
            asked_at=now,
        )
        session.add(found)
        session.flush()
    return found


def ring_next(
    session: Session, connection: Connection, tried: Collection[int], now: datetime
) -> Post | None:
    """Claim an agent for this caller, unless others wait already: they come first."""
    if _is_queue(session, connection.institution):
        return None
    institution = connection.institution
    post = agents.claim(session, institution, now, connection=connection.id, but=tried)
    connection.post_id = post.id if post else None
    return post


def reached(session: Session, call_id: int, now: datetime) -> None:
    """Who is rung for this call has taken it."""
    found = open_of(session, call_id)
    if found is not None and found.post_id is not None:
        found.taken_at = found.taken_at or now


def rung(session: Session, connection: Connection, came: DialResult, now: datetime) -> bool:
    """What came of ringing somebody, while the caller is still there; whether they talked."""
    short = came.seconds is not None and came.seconds < REACHED.total_seconds()
    if came.outcome != "answered" or short:
        missed(session, connection, now)
        return False
    close(session, connection, "talked", now, came.seconds)
    return True


def missed(session: Session, connection: Connection, now: datetime) -> None:
    """Who was rung did not come, and is left alone for a while."""
    agents.release(session, connection, agents.AFTER_CALL, now)
    connection.post_id = connection.taken_at = None


def hung_up(
    session: Session, connection: Connection, dial: DialResult | None, now: datetime
) -> bool:
    """The caller put the phone down; whether nobody had talked to him before.

    `dial` is what the provider tells of the last ring: of one before the queue it is no news.
    """
    dial = dial if connection.queued_at is None else None
    if _is_a_talk(connection, dial, now):
        close(session, connection, "talked", now, dial.seconds if dial is not None else None)
        return False
    close(session, connection, "hung_up", now)
    return True


def close(
    session: Session,
    connection: Connection,
    outcome: Outcome,
    now: datetime,
    seconds: int | None = None,
) -> None:
    """It is over. A talk is on the ticket's record, and its agent has notes to write.

    `seconds` is how long they talked, if the provider told.
    """
    connection.ended_at, connection.outcome = now, outcome
    if outcome != "talked":
        agents.release(session, connection, agents.AVAILABLE, now)
        connection.taken_at = None
        return
    connection.seconds = round(_lasted(connection, seconds, now))
    connection.taken_at = connection.taken_at or now - timedelta(seconds=connection.seconds)
    state = agents.AVAILABLE if connection.wrap_up else agents.AFTER_CALL
    agents.release(session, connection, state, now)
    body = {"call": connection.id, "waited": _waited(connection), "seconds": connection.seconds}
    _record(session, connection, "call_taken", f"post:{connection.post_id}", now, **body)
    if connection.danger:
        if connection.ticket_id is not None and connection.post_id is not None:
            duty.talked(session, connection.ticket_id, connection.post_id, now)
    elif connection.call_id is not None:
        number = register.number_of(session.get_one(Call, connection.call_id))
        if number is not None:
            tasks.served(session, institution=connection.institution, number=number, now=now)


def _is_a_talk(connection: Connection, dial: DialResult | None, now: datetime) -> bool:
    """Whether he was taken, and for long enough; `dial` is what the provider told of that."""
    if connection.taken_at is None or (dial is not None and dial.outcome != "answered"):
        return False
    seconds = dial.seconds if dial is not None else None
    return _lasted(connection, seconds, now) >= REACHED.total_seconds()


def _lasted(connection: Connection, told: int | None, now: datetime) -> float:
    if told is not None:
        return told
    return (now - connection.taken_at).total_seconds() if connection.taken_at else 0


def _waited(connection: Connection) -> int | None:
    until = connection.taken_at or connection.ended_at
    return round((until - connection.asked_at).total_seconds()) if until else None


def _record(
    session: Session, connection: Connection, kind: str, actor: str, now: datetime, **body: Any
) -> None:
    if connection.ticket_id is not None:
        session.get_one(Ticket, connection.ticket_id, with_for_update=True)
    audit.record(
        session, ticket_id=connection.ticket_id, kind=kind, actor=actor, now=now, body=body
    )


# The queue


def _waiting(institution: str | None = None) -> Select[Connection]:
    """Who waits in a queue and has not been taken, the first first."""
    query = select(Connection).where(
        Connection.queued_at.is_not(None),
        Connection.taken_at.is_(None),
        Connection.ended_at.is_(None),
    )
    if institution is not None:
        query = query.where(Connection.institution == institution)
    return query.order_by(Connection.queued_at, Connection.id)


def _is_queue(session: Session, institution: str | None = None) -> bool:
    return session.scalars(_waiting(institution).limit(1)).first() is not None


def is_worth_waiting(
    session: Session, institution: str, tried: Collection[int], now: datetime
) -> bool:
    """Whether others wait already, or somebody who was not tried will be free."""
    return _is_queue(session, institution) or agents.is_busy(session, institution, now, tried)


def place(session: Session, institution: str, now: datetime) -> int | None:
    """Which one a caller would be in the queue, from 1; None where it is too long already."""
    waiting = len(session.scalars(_waiting(institution)).all())
    room = AHEAD * len(agents.on_shift(session, institution, now))
    return waiting + 1 if waiting < room else None


def position(session: Session, connection: Connection) -> int:
    """Which one he is in the queue, from 1."""
    waiting = session.scalars(_waiting(connection.institution)).all()
    return next((at for at, one in enumerate(waiting, 1) if one.id == connection.id), 1)


def waited_too_long(connection: Connection, now: datetime) -> bool:
    return connection.queued_at is not None and now - connection.queued_at > LONGEST


def offers(session: Session, now: datetime) -> list[Offer]:
    """Agents claimed for those who wait, one for each who has none rung for him yet."""
    agents.come_back(session, now)
    if not _is_queue(session):
        return []
    session.execute(_ONE_AT_A_TIME)
    rung = Counter(
        session.scalars(
            select(PostRow.institution)
            .join(Agent, Agent.post_id == PostRow.id)
            .where(Agent.state == agents.IN_CALL, Agent.connection_id.is_(None))
        )
    )
    found: list[Offer] = []
    nobody_left: set[str] = set()
    for waiting, call in session.execute(
        _waiting().add_columns(Call).join(Call, Call.id == Connection.call_id)
    ):
        institution = waiting.institution
        if rung[institution] > 0:
            rung[institution] -= 1
        elif institution not in nobody_left:
            post = agents.claim(session, institution, now, connection=None)
            if post is None or post.number is None:
                nobody_left.add(institution)
            else:
                found.append(Offer(post.id, post.number, call.provider, call.line))
    return found


def first_for(session: Session, call: Call, institution: str) -> Connection | None:
    """The first who waits on the line of this call of ours to an agent; locked."""
    return session.scalar(
        _waiting(institution)
        .join(Call, Call.id == Connection.call_id)
        .where(Call.provider == call.provider, Call.line == call.line)
        .limit(1)
        .with_for_update(of=Connection)
        .execution_options(populate_existing=True)
    )


def take_first(session: Session, call: Call, post: Post, now: datetime) -> Connection | None:
    """The agent whom we called takes the first of the queue; None where nobody waits any more."""
    session.execute(_ONE_AT_A_TIME)
    first = first_for(session, call, post.institution)
    if first is None:
        agents.rest(session, post.id, now)
        return None
    first.post_id, first.taken_at = post.id, now
    agents.give(session, post.id, first, now)
    return first


def talk_over(session: Session, post_id: int, came: DialResult | None, now: datetime) -> bool:
    """The call of ours to an agent is over, or his talk in it is; whether there was one.

    A caller who was not reached waits on: he is the next agent's.
    """
    row = session.get(Agent, post_id, populate_existing=True)
    connection = _locked(session, row.connection_id) if row and row.connection_id else None
    if connection is None:
        agents.rest(session, post_id, now)
        return False
    if connection.ended_at is not None:
        return connection.outcome == "talked"
    if not _is_a_talk(connection, came, now):
        missed(session, connection, now)
        return False
    close(session, connection, "talked", now, came.seconds if came is not None else None)
    return True


def queue_over(session: Session, call: Call, outcome: str, now: datetime) -> Outcome:
    """The caller is out of the queue, and still on the line: what came of his waiting."""
    connection = session.scalars(
        select(Connection)
        .where(Connection.call_id == call.id)
        .order_by(Connection.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if connection.outcome == "talked":
        return "talked"
    if outcome == "bridged" and _is_a_talk(connection, None, now):
        close(session, connection, "talked", now)
        return "talked"
    return "left" if outcome == "left" and not waited_too_long(connection, now) else "nobody"


def _locked(session: Session, connection_id: int) -> Connection | None:
    return session.get(Connection, connection_id, with_for_update=True, populate_existing=True)


# Afterwards


def wrap_up(
    session: Session,
    connection_id: int,
    code: str,
    now: datetime,
    *,
    by: str,
    ticket: Ticket | None = None,
) -> Connection:
    """What a talk was about, one of WRAP_UPS; its agent may be rung again.

    `ticket` is where it is put, if it is on none yet. Raises UnknownConnection, and Nameless.
    """
    if ticket is not None and ticket.identity == "anonymous":
        raise Nameless(f"{ticket.ref} was made without a name: no call is put on it")
    connection = _locked(session, connection_id)
    if connection is None or connection.taken_at is None:
        raise UnknownConnection(
            f"no call {connection_id} that an agent took; see `callcentre agent list`"
        )
    connection.wrap_up, connection.wrapped_up_at = code, now
    connection.ticket_id = connection.ticket_id or (ticket.id if ticket is not None else None)
    if connection.ended_at is not None:
        agents.release(session, connection, agents.AVAILABLE, now)
    body = {"call": connection.id, "post": connection.post_id, "code": code}
    _record(session, connection, "call_wrapped_up", by, now, **body)
    return connection


def of_ticket(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """The callers' wishes for a person about this ticket, and who talked to them, as JSON."""
    query = select(Connection).where(Connection.ticket_id == ticket.id).order_by(Connection.id)
    return [
        {
            "id": one.id,
            "asked_at": iso(one.asked_at),
            "queued_at": iso(one.queued_at),
            "taken_at": iso(one.taken_at),
            "ended_at": iso(one.ended_at),
            "outcome": one.outcome,
            "post": one.post_id if one.taken_at else None,
            "waited": _waited(one),
            "seconds": one.seconds,
            "wrap_up": one.wrap_up,
        }
        for one in session.scalars(query)
    ]
