"""A reply as verbs: what a step says, as clips, and how its answer is waited for.

A menu may be answered while it plays only if it is one file. Clips that lie one after the other
are joined; what has no clip, and what somebody recorded, is played before the last of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Protocol

from callcentre.conversations.calling import Reply
from callcentre.dialogue.engine import Step
from callcentre.dialogue.spoken import (
    Hold,
    Leads,
    Part,
    Phrase,
    Queue,
    Ring,
    Sound,
    Spoken,
    Take,
    Words,
)
from callcentre.dialogue.voice import connecting
from callcentre.ivr import audio, speech
from callcentre.ivr.clips import LONG_PAUSE, PAUSE, Clip, Text
from callcentre.ivr.providers.contract import (
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Play,
    Record,
    Say,
    Verb,
)

LONGEST_RECORDING = 120  # seconds
SILENCE = 5  # seconds after which a recording ends
FIRST = 0  # the turn of a first request: no answer is heard with it
KEYED_IN = ("number", "code", "reference")  # ended by the finish key
HOLD = [LONG_PAUSE] * 20
"""Between two announcements of the place in a queue: nobody has music that is ours to play."""
_BYE = Phrase("voice.bye")
_WITHOUT_A_WORD: Mapping[str, list[Verb]] = {
    connecting.PUT_THROUGH.key: [],
    connecting.LEAVE.key: [Leave()],
    connecting.HANG_UP.key: [Hangup()],
}

Heard = Clip | Text | Sound


class Action(Protocol):
    def __call__(self, turn: int, *, waits: bool = False) -> str:
        """The address at which the answer of a turn is heard, or while somebody `waits`."""


def verbs(reply: Reply, action: Action) -> list[Verb]:
    """What is answered; `action` gives the address at which what follows is heard."""
    step = reply.step
    if step.ends is not None and step.ends.key in _WITHOUT_A_WORD:
        return _WITHOUT_A_WORD[step.ends.key]
    said = [_played(one) for one in _joined(heard(reply))]
    if step.asks is None:
        return [*(_alone(one) for one in said), Hangup()]
    leads = _spoken(step).leads
    if leads is not None and not isinstance(leads, Hold):
        lead = said if _spoken(step).parts else []
        return [*(_alone(one) for one in lead), _led(leads, reply, action)]
    *before, prompt = said
    address = action(reply.turn, waits=leads is not None)
    if step.asks.wants == "recording":
        last: Verb = Record(prompt, address, LONGEST_RECORDING, SILENCE)
    else:
        several = step.asks.wants in KEYED_IN
        seconds = _spoken(step).seconds
        last = Gather(
            prompt, address, None if several else 1, seconds, finish_on="#" if several else ""
        )
    return [*(_alone(one) for one in before), last]


def _led(leads: Leads, reply: Reply, action: Action) -> Verb:
    """The verb that leads a call to somebody: the only place where one is made."""
    address = action(reply.turn)
    match leads:
        case Ring(number, shows):
            return Dial((number,), shows, address, whisper=action(FIRST))
        case Queue(name):
            said = _pieces(Phrase("voice.connecting"), reply.step.language, reply.today)
            hold = audio.url_of([*(one for one in said if isinstance(one, Clip)), *HOLD])
            return Enqueue(name, hold, action(reply.turn, waits=True), address)
        case Take(name, line):
            return Dequeue(name, line, address)
    raise AssertionError(leads)


def heard(reply: Reply) -> list[Heard]:
    """What is heard of a reply, piece by piece, before the tone or the keys; never nothing."""
    step = reply.step
    found: list[Heard] = []
    if step.asks is not None and isinstance(_spoken(step).leads, Hold):
        found += HOLD
    for part in _parts(reply):
        found += _pieces(part, step.language, reply.today)
    if found and isinstance(found[-1], Sound):
        found.append(PAUSE)  # what waits for an answer plays a file of ours
    return found or [PAUSE]


def _parts(reply: Reply) -> Iterable[Part]:
    """A question's own parts; where silence led to it again, a recording's say only that."""
    step = reply.step
    if step.ends is not None:
        last = Phrase(step.ends.key, step.ends.values)
        return (last,) if step.ends.key in _NO_BYE else (last, _BYE)
    spoken = _spoken(step)
    if reply.again == "silence" and step.asks and step.asks.wants == "recording":
        return (Phrase("voice.silence"),)
    if reply.again == "invalid":
        return (Phrase("voice.invalid"), *spoken.parts)
    return spoken.parts


_NO_BYE = ("voice.bye", "voice.fault", "voice.blocked", "voice.client_gone")


def _spoken(step: Step) -> Spoken:
    assert step.asks is not None and step.asks.spoken is not None
    return step.asks.spoken


def _pieces(part: Part, language: str, today: date) -> Sequence[Heard]:
    match part:
        case Phrase(key, values):
            return speech.say(key, language, values, today=today)
        case Words(text):
            return (speech.named(text, language), PAUSE)
        case Sound():
            return (part,)


def _joined(pieces: Sequence[Heard]) -> list[list[Heard]]:
    """Pieces of a kind together, in files of no more clips than one may have."""
    found: list[list[Heard]] = []
    for _, alike in groupby(pieces, type):
        group = list(alike)
        found += [group[at : at + audio.MOST] for at in range(0, len(group), audio.MOST)]
    return found


def _played(group: Sequence[Heard]) -> str | Say:
    """Where a group is played from, or the words to be read out."""
    clips = [one for one in group if isinstance(one, Clip)]
    if clips:
        return audio.url_of(clips)
    for one in group:
        if isinstance(one, Sound):
            return one.url if one.recording is None else audio.url_of_recording(one.recording)
    return Say(speech.words(one for one in group if isinstance(one, Text)))


def _alone(prompt: str | Say) -> Verb:
    return prompt if isinstance(prompt, Say) else Play((prompt,))
