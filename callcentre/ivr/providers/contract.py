"""What a provider of calls is to us: a module with these names. Its words stay in its file.

A request about a call is a `CallEvent`; the answer to it is a list of verbs, carried out in order
until one of the `LAST`, which hand the call over: what happens next comes as another request, to
their `action`. At the end of the list the provider hangs up, so an empty list is a hang-up, except
in answer to a `bridged` event, where it changes nothing and anything else would cut the talk.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from callcentre.calls.events import CallEvent, Recording
from callcentre.outbox import Result

REQUEST = "request"  # the field of a query in which an outgoing call's own id travels
LONGEST_ID = 200  # characters
LONGEST_URL = 2000
MOST_KEYS = 64


# What we answer: all addresses are absolute, all times in seconds


@dataclass(frozen=True, slots=True)
class Say:
    """Words for a clip that is missing. No provider speaks Swahili: a stop-gap."""

    text: str


@dataclass(frozen=True, slots=True)
class Play:
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """Keys, which may be pressed while the prompt plays: one clip, so join several into one.

    Ends with so many `digits`, the finish key (none: every key counts), or nothing for `seconds`.
    """

    prompt: str | Say
    action: str
    digits: int | None = None
    seconds: int = 7
    finish_on: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The caller's words after a prompt and a beep.

    After a hang-up Twilio brings what was recorded to `action`, Africa's Talking, if at all, with
    the end of the call.
    """

    prompt: str | Say
    action: str
    max_seconds: int = 120
    silence_seconds: int = 5
    finish_on: str = "#"
    beep: bool = True


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Waits in a queue. `hold` is what is heard; a provider that tells the position plays
    instead what the step `wait` answers, again and again.

    Without an action of its own, Africa's Talking brings the result to the step that enqueued.
    """

    name: str
    hold: str
    wait: str
    action: str


@dataclass(frozen=True, slots=True)
class Dequeue:
    """An agent's call takes the first of a queue; `line` is the number its callers dialled."""

    name: str
    line: str
    action: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Rings numbers one after the other, showing `caller_id`; the first who answers has the call.

    `whisper` is the step whose answer only he hears before he is put through; `ring_seconds` is
    how long each rings. Africa's Talking can do neither, and has no action of its own: it brings
    the result to the step that dialled, and goes on to `action` if nobody answered.
    """

    numbers: tuple[str, ...]
    caller_id: str
    action: str
    record: bool = False
    ring_seconds: int = 20
    max_seconds: int = 3600
    whisper: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of the queue, in answer to `wait`; Africa's Talking asks no such step."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Not taken, and free of charge; only as the first verb of a call's first answer."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end, as at the end of the list."""


Verb = Say | Play | Gather | Record | Enqueue | Dequeue | Dial | Redirect | Leave | Reject | Hangup
LAST = (Gather, Record, Enqueue, Dequeue, Dial, Redirect, Leave, Reject, Hangup)


# Fetching what was recorded


class NotFetched(Exception):
    """A recording that did not come; the message says why, and holds no address."""


class NotThere(NotFetched):
    """Not there yet, or its server does not answer well: to be tried again."""


class NotAllowed(NotFetched):
    """Nothing that we would ever fetch: not an address of the provider, or no recording."""


class VoiceProvider(Protocol):
    """`WHISPERS`: it can play to who is dialled, and tells those waiting their position."""

    NAME: str
    CONTENT_TYPE: str
    WHISPERS: bool

    def parse_call(self, form: Mapping[str, str], query: Mapping[str, str]) -> CallEvent:
        """What a request says. Raises `hooks.Refused` for one that names no call."""

    def write(self, verbs: Iterable[Verb]) -> bytes:
        """The XML of an answer."""

    def call(self, to: str, sender: str, request: str) -> Result:
        """Ring a number, showing ours; never raises. `request` comes back with its events.

        `provider_id` is the call's id. No key makes a repeat harmless: `unknown` may be ringing.
        """

    def hang_up(self, call_id: str) -> Result:
        """End a call that is going on; never raises. `accepted`: it is over."""

    def fetch_recording(self, recording: Recording) -> bytes:
        """The sound. Raises NotThere (try again) or NotAllowed (never)."""

    def delete_recording(self, recording: Recording) -> Result:
        """Take it from the provider's store; never raises. `accepted`: it is gone there."""


# What parsing and writing have in common

_KEYS = re.compile(r"[0-9*]*")
_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def run(verbs: Iterable[Verb]) -> list[Verb]:
    """The verbs that are ever carried out: none after one that hands the call over."""
    done: list[Verb] = []
    for verb in verbs:
        done.append(verb)
        if isinstance(verb, LAST):
            break
    return done


def xml_text(text: str) -> str:
    """The text without what no XML may hold."""
    return _NOT_XML.sub("", text)


def keys(pressed: str) -> str | None:
    """The keys up to the finish key `#`, at most 64; None for what no telephone has."""
    before = pressed.strip().partition("#")[0]
    return before[:MOST_KEYS] if _KEYS.fullmatch(before) else None


def whole(written: str | None) -> int | None:
    """A count or a length in seconds as a form gave it; None for anything else."""
    written = (written or "").strip()
    digits = written.isascii() and written.isdigit() and len(written) < 10
    return int(written) if digits else None
