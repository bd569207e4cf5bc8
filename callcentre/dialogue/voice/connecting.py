"""Being put through: one phone rings after the other, then a queue; and what an agent hears.

What came of each ring is an answer, and who is rung next is an act: a replay rings nobody.
"""

from collections.abc import Iterable
from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option, Question, do, look, speak
from callcentre.dialogue.spoken import Hold, Leads, Part, Phrase, Queue, Ring, Spoken, Take
from callcentre.dialogue.voice.asking import DONE, ask

TALKED = "talked"
NOBODY = "nobody"  # there are agents, and none came
LEFT = "left"  # he would rather be called
CLOSED = "closed"  # nobody is there to be rung

MOST_RUNG = 3
"""Phones that ring in turn, some twenty seconds each: nobody hears ringing for over a minute."""

# What ends without a word
PUT_THROUGH = End("put_through")
LEAVE = End("leave")  # the queue
HANG_UP = End("hang_up")


def connect(context: Context, ticket: dict[str, Any] | None, lead: str) -> Dialogue[str]:
    """Ring an agent, another, and wait if the others are in calls; what came of it."""
    institution = ticket["institution"] if ticket else context.keeper
    ref = ticket["ref"] if ticket else None
    if not (yield from look("agents", institution=institution)):
        return CLOSED
    came = yield from _ring_in_turn(context, institution, ref, Phrase(lead))
    if came != TALKED:
        yield from do("give_up", once=True, outcome=came)
    return came


def _ring_in_turn(
    context: Context, institution: str, ref: str | None, lead: Phrase
) -> Dialogue[str]:
    tried: list[int] = []
    parts: tuple[Part, ...] = (lead,)
    while len(tried) < MOST_RUNG:
        agent = yield from do("ring_agent", institution=institution, ref=ref, tried=list(tried))
        if agent["post"] is None:
            return (yield from _wait(institution, ref)) if agent["wait"] else NOBODY
        if (yield from _ring(context, agent, parts)):
            return TALKED
        tried.append(agent["post"])
        parts = ()
    return NOBODY


def connect_to_duty(context: Context, ticket: dict[str, Any]) -> Dialogue[bool]:
    """Ring who is on duty for somebody in danger; whether they talked."""
    duty = yield from do("ring_duty", once=True, ref=ticket["ref"])
    if duty["post"] is None:
        return False
    talked = yield from _ring(context, duty, (Phrase("voice.danger_connecting"),))
    if not talked:
        yield from do("give_up", once=True, outcome=NOBODY)
    return talked


def _ring(context: Context, to: dict[str, Any], parts: Iterable[Part]) -> Dialogue[bool]:
    came = yield from _lead("connect", Ring(to["number"], context.phone), parts)
    done: bool = yield from do("rung", post=to["post"], **came)
    return done


def _wait(institution: str, ref: str | None) -> Dialogue[str]:
    """The place in the queue, with a key for who will not wait; then the queue."""
    place = yield from look("queue", institution=institution)
    if place is None:
        return NOBODY
    options = (Option(LEFT, "1"), Option("wait", "#"))
    parts = (Phrase("voice.queue", {"nafasi": place}),)
    chosen = yield from ask(
        "queue", options, parts, silence="wait", after=1, seconds=3, person=False
    )
    if chosen == LEFT:
        return LEFT
    yield from do("wait", once=True, institution=institution, ref=ref)
    came = yield from _lead("wait", Queue(institution))
    waited: str = yield from do("waited", once=True, **came)
    return waited


def _lead(key: str, leads: Leads, parts: Iterable[Part] = ()) -> Dialogue[dict[str, Any]]:
    """Lead the call to somebody; what came of that, as `outcome` and `seconds` of talk."""
    spoken = Spoken(tuple(parts), NOBODY, person=False, leads=leads)
    came: dict[str, Any] = yield Question(key, wants="connect", spoken=spoken)
    return came


def hold(position: int) -> Question:
    """What is heard while waiting: one's place, and the key for who will not wait any longer."""
    spoken = Spoken((Phrase("voice.hold", {"nafasi": position}),), DONE, seconds=1, leads=Hold())
    return Question("hold", options=(Option(LEFT, "1"),), spoken=spoken)


def whispered(context: Context) -> Dialogue[End]:
    """What only he hears whose phone was rung in a call; by a key he takes it."""
    waiting = yield from look("rung_for")
    if waiting is None:
        return End("voice.client_gone")
    if not (yield from _takes(waiting)):
        return HANG_UP
    yield from do("take_caller", once=True)
    return PUT_THROUGH


def next_caller(context: Context) -> Dialogue[End]:
    """A call of ours to an agent: by a key he takes the first who waits in the queue."""
    waiting = yield from look("first_waiting")
    if waiting is None:
        return End("voice.client_gone")
    if not (yield from _takes(waiting)):
        return HANG_UP
    taken = yield from do("take_first", once=True)
    if taken is None:
        return End("voice.client_gone")
    came = yield from _lead("talk", Take(taken["institution"], context.phone))
    talked = yield from do("talk_over", once=True, **came)
    return HANG_UP if talked else End("voice.client_gone")


def _takes(waiting: dict[str, Any]) -> Dialogue[bool]:
    yield from speak(waiting["language"])
    said = Phrase("voice.whisper_new")
    if waiting["danger"]:
        said = Phrase("voice.whisper_danger")
    elif waiting["ref"] is not None:
        said = Phrase("voice.whisper", {"ref": waiting["ref"]})
    options = (Option("take", "1"),)
    chosen = yield from ask(
        "whisper", options, (said,), silence=DONE, after=2, seconds=5, person=False
    )
    return chosen == "take"
