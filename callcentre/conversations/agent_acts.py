"""What the dialogues of a call have read or done to put a caller through to somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callcentre import charters, people
from callcentre.calls import agents, connections, duty
from callcentre.calls.events import DialResult, Outcome
from callcentre.calls.model import Call, Connection
from callcentre.charters.calendar import next_opening
from callcentre.clock import EAT
from callcentre.conversations.scene import Scene
from callcentre.dialogue.context import ANONYMOUS
from callcentre.people import Post
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Ticket


@dataclass(frozen=True, slots=True)
class OnCall(Scene):
    call: Call


def opens(scene: Scene, institution: str) -> datetime:
    """When the office opens next; now, while it is open."""
    charter = charters.on(institution, scene.now.astimezone(EAT).date())
    return next_opening(calendar_of(scene.session, charter).calendar, scene.now)


# For the caller


def _agents(scene: OnCall, *, institution: str) -> bool:
    """Whether an agent may be had at this hour."""
    is_open = opens(scene, institution) <= scene.now
    return is_open and agents.is_anybody(scene.session, institution, scene.now)


def _ring_agent(
    scene: OnCall, *, institution: str, ref: str | None, tried: list[int]
) -> dict[str, Any]:
    """Who is rung now; with nobody, whether it is worth while to wait."""
    connection = _ask(scene, institution, ref)
    post = connections.ring_next(scene.session, connection, tried, scene.now)
    if post is not None:
        return _rung(post)
    return {
        "post": None,
        "wait": connections.is_worth_waiting(scene.session, institution, tried, scene.now),
    }


def _ring_duty(scene: OnCall, *, ref: str) -> dict[str, Any]:
    """Who is on duty, where somebody is and has a telephone."""
    duty_post = duty.on_duty(scene.session, scene.line.keeper, scene.now)
    if duty_post is None:
        return {"post": None}
    connection = _ask(scene, scene.line.keeper, ref, danger=True)
    connection.post_id = duty_post.id
    if connection.ticket_id is not None:
        duty.rings_already(scene.session, connection.ticket_id, scene.now)
    return _rung(duty_post)


def _ask(scene: OnCall, institution: str, ref: str | None, *, danger: bool = False) -> Connection:
    """What is asked for; of a nameless one's ticket nothing may lead to a phone."""
    named = select(Ticket.id).where(Ticket.ref == ref, Ticket.identity != ANONYMOUS)
    ticket = scene.session.scalar(named) if ref else None
    return connections.ask(
        scene.session, scene.call, institution, scene.now, ticket_id=ticket, danger=danger
    )


def _rung(post: Post) -> dict[str, Any]:
    return {"post": post.id, "number": post.number}


def _was_rung(scene: OnCall, *, post: int, outcome: Outcome, seconds: int | None) -> bool:
    """What came of ringing somebody; whether they talked."""
    connections.end_legs(scene.session, scene.call, scene.now)
    came = DialResult(None, outcome, seconds)
    return connections.rung(scene.session, _open(scene), came, scene.now)


def _queue(scene: OnCall, *, institution: str) -> int | None:
    """Which one the caller would be in the queue; None where it is too long."""
    return connections.place(scene.session, institution, scene.now)


def _wait(scene: OnCall, *, institution: str, ref: str | None) -> None:
    _ask(scene, institution, ref).queued_at = scene.now


def _waited(scene: OnCall, *, outcome: str, seconds: int | None) -> connections.Outcome:
    """What came of waiting in the queue."""
    return connections.queue_over(scene.session, scene.call, outcome, scene.now)


def _give_up(scene: OnCall, *, outcome: connections.Outcome) -> None:
    connections.close(scene.session, _open(scene), outcome, scene.now)


def _open(scene: OnCall) -> Connection:
    found = connections.open_of(scene.session, scene.call.id)
    assert found is not None  # it was asked for in this call, and nothing has ended it
    return found


# For who is rung


def _rung_for(scene: OnCall) -> dict[str, Any] | None:
    """The caller for whom this phone rings; None once he is gone."""
    parent = connections.parent_of(scene.call)
    waiting = connections.open_of(scene.session, parent) if parent is not None else None
    if waiting is None or waiting.post_id is None:
        return None
    return _waiting(scene, waiting, people.find(scene.session, waiting.post_id))


def _first_waiting(scene: OnCall) -> dict[str, Any] | None:
    """The first of the queue for which we call this agent; None where nobody waits any more."""
    post = _post(scene)
    first = connections.first_for(scene.session, scene.call, post.institution)
    return _waiting(scene, first, post) if first is not None else None


def _waiting(scene: OnCall, waiting: Connection, post: Post) -> dict[str, Any]:
    ref = None
    if waiting.ticket_id is not None:
        ref = scene.session.get_one(Ticket, waiting.ticket_id).ref
    return {"ref": ref, "danger": waiting.danger, "language": post.language}


def _take_caller(scene: OnCall) -> None:
    parent = connections.parent_of(scene.call)
    assert parent is not None
    connections.reached(scene.session, parent, scene.now)


def _take_first(scene: OnCall) -> dict[str, Any] | None:
    """Whose queue the agent takes the first of; None where nobody waits any more."""
    post = _post(scene)
    taken = connections.take_first(scene.session, scene.call, post, scene.now)
    return {"institution": post.institution} if taken is not None else None


def _talk_over(scene: OnCall, *, outcome: Outcome, seconds: int | None) -> bool:
    """What came of taking somebody from the queue; whether they talked."""
    came = DialResult(None, outcome, seconds)
    return connections.talk_over(scene.session, _post(scene).id, came, scene.now)


def _post(scene: OnCall) -> Post:
    post = connections.post_of(scene.call)
    assert post is not None
    return people.find(scene.session, post)


WANTED: Mapping[str, Callable[..., Any]] = {
    "agents": _agents,
    "ring_agent": _ring_agent,
    "ring_duty": _ring_duty,
    "rung": _was_rung,
    "queue": _queue,
    "wait": _wait,
    "waited": _waited,
    "give_up": _give_up,
    "rung_for": _rung_for,
    "first_waiting": _first_waiting,
    "take_caller": _take_caller,
    "take_first": _take_first,
    "talk_over": _talk_over,
}
