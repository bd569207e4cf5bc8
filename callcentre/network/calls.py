"""The calls of this network: what each one is, what was heard in it, and the record of all.

A call is between one phone and the service's number. A call of which the service makes another
phone ring has that one as a call of its own, with the first as its `parent`.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from callcentre import clock
from callcentre.network.audio import Sound
from callcentre.network.hook import Hook
from callcentre.network.verbs import Callee, Dial, Enqueue, Gather, Record, Verb

MOST_CALLS = 20_000
MOST_HEARD = 1000  # clips, and answers, kept of one call
MOST_RECORDINGS = 2_000
MOST_RECORDED_BYTES = 64 * 1024 * 1024
RING_S = 30.0  # a call that nobody answers
HOLD_S = 10.0  # what is heard in a queue, until it is asked for again

State = Literal["ringing", "in_call", "queued", "bridged", "ended"]

# What became of a call, in the words that both providers' own are made of.
ANSWERED, NOT_ANSWERED, BUSY, REJECTED, FAILED, CANCELED = (
    "answered",
    "not answered",
    "busy",
    "rejected",
    "failed",
    "canceled",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip that was played, or words that were said; `seconds` is None if it could not be."""

    url: str | None
    seconds: float | None
    at: datetime
    words: str | None = None
    size: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What the phone plays; the size is for the record alone."""
        seconds = self.seconds if self.seconds is None else round(self.seconds, 3)
        return {
            "url": self.url,
            "seconds": seconds,
            "at": self.at.isoformat(),
            "text": self.words,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of the service's hooks, and what it answered."""

    hook: Hook
    at: datetime
    status: int | None
    xml: str


@dataclass(slots=True, eq=False)
class Recording:
    id: str
    call: "Call"
    url: str
    sound: Sound
    at: datetime
    size: int
    lost: bool = False
    asked_for: int = 0
    deleted_at: datetime | None = None

    def forget(self) -> None:
        """Let go of the sound itself."""
        self.sound = replace(self.sound, content=b"")

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "url": self.url,
            "seconds": self.sound.seconds,
            "bytes": self.size,
            "asked_for": self.asked_for,
            "deleted_at": self.deleted_at and self.deleted_at.isoformat(),
        }


@dataclass(slots=True)
class Dialled:
    """What became of the last ring of others; `outcome` is None until it is over."""

    destination: str
    leg: str = ""
    started_at: datetime | None = None
    from_queue: bool = False
    seconds: int = 0
    virtual_s: float = 0.0  # of the call, when they were put through
    outcome: str | None = None


@dataclass(slots=True)
class Waiting:
    """A place in a queue, when and by whom it was taken, and how the call goes on afterwards."""

    queue: tuple[str, str, str]  # provider, line or nothing, name
    verb: Enqueue
    rest: deque[Verb]
    hook: str
    since: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    result: str | None = None  # leave, bridged or hangup, when it is over


@dataclass(slots=True, eq=False)
class Call:
    """`hook` is the address asked next; `pending` is what the call is waiting in."""

    id: str
    provider: str
    phone: str  # whose owner talks to the service, whichever of them called
    line: str
    to_phone: bool
    hook: str
    started_at: datetime
    parent: "Call | None" = None
    whisper: str = ""
    state: State = "ringing"
    outcome: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    virtual_s: float = 0.0  # of clips, recordings and time-outs, for which nobody really waits
    script: deque[Verb] = field(default_factory=deque)
    pending: Verb | None = None
    busy: bool = False  # an answer of the service is being waited for or carried out
    asked_since: int = 0  # how often the service was asked since somebody last did something
    keys: str = ""
    heard_keys: str = ""
    said: list[Sound] | None = None  # the recording that is running
    peer: "Call | None" = None
    legs: list["Call"] = field(default_factory=list)
    to_ring: deque[Callee] = field(default_factory=deque)
    dialled: Dialled | None = None
    waiting: Waiting | None = None
    played: deque[Heard] = field(default_factory=lambda: deque(maxlen=MOST_HEARD))
    asked: deque[Asked] = field(default_factory=lambda: deque(maxlen=MOST_HEARD))
    recordings: list[Recording] = field(default_factory=list)
    last_recording: Recording | None = None  # of which the last notification tells
    sequence: int = 0
    request_id: str = ""
    status_url: str = ""
    status_events: frozenset[str] = frozenset({"completed"})
    error: str | None = None
    final: dict[str, str] | None = None

    @property
    def live(self) -> bool:
        return self.state != "ended"

    @property
    def seconds(self) -> int:
        """How long it lasted: really, or as long as all that was heard in it, if that is more."""
        if self.answered_at is None:
            return 0
        real = ((self.ended_at or clock.now()) - self.answered_at).total_seconds()
        return round(max(real, self.virtual_s))

    @property
    def waiting_for(self) -> str:
        if isinstance(self.pending, Gather):
            return "keys"
        return "recording" if self.said is not None and self.peer is None else "nothing"

    @property
    def timeout(self) -> float | None:
        """In how many seconds of nothing the time is up; None if it never is."""
        match self.pending:
            case Gather(timeout=seconds) | Record(timeout=seconds, to_the_end=False):
                return seconds
            case Dial(timeout=seconds) if self.peer is None:
                return seconds
            case Enqueue(wait=str()) if self.state == "queued":
                return HOLD_S
        return RING_S if self.state == "ringing" and self.to_phone else None

    def as_json(self) -> dict[str, Any]:
        """The call as its phone shows it."""
        return {
            "id": self.id,
            "state": self.state,
            "with": self.line,
            "direction": "incoming" if self.to_phone else "outgoing",
            "played": [heard.as_json() for heard in self.played],
            "recording": self.said is not None,
            "waiting_for": self.waiting_for,
            "heard_keys": self.heard_keys,
            "timeout": self.timeout,
        }

    def for_record(self) -> dict[str, Any]:
        """The call as the record has it."""
        caller, called = (self.line, self.phone) if self.to_phone else (self.phone, self.line)
        return {
            "id": self.id,
            "provider": self.provider,
            "parent": self.parent.id if self.parent else None,
            "direction": "outbound" if self.to_phone else "inbound",
            "from": caller,
            "to": called,
            "state": self.state,
            "outcome": self.outcome,
            "error": self.error,
            "started_at": self.started_at.isoformat(),
            "answered_at": self.answered_at and self.answered_at.isoformat(),
            "ended_at": self.ended_at and self.ended_at.isoformat(),
            "seconds": self.seconds,
            "hooks": [
                {
                    "hook": each.hook.name,
                    "at": each.at.isoformat(),
                    "form": dict(each.hook.form),
                    "status": each.status,
                    "xml": each.xml,
                }
                for each in self.asked
            ],
            "played": [heard.as_json() | {"bytes": heard.size} for heard in self.played],
            "keys": self.heard_keys,
            "recordings": [recording.as_json() for recording in self.recordings],
            "final": self.final,
        }


class Calls:
    """Every call and every recording, the oldest forgotten. Hold the phones' lock meanwhile."""

    def __init__(self, most: int = MOST_CALLS, most_bytes: int = MOST_RECORDED_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._recordings: OrderedDict[str, Recording] = OrderedDict()
        self._queued: dict[str, Call] = {}
        self._bytes = 0

    def add(self, call: Call) -> None:
        self._calls[call.id] = call
        while len(self._calls) > self._most:
            self._calls.popitem(last=False)

    def all(self) -> list[Call]:
        return list(self._calls.values())

    def find(self, call_id: str) -> Call | None:
        return self._calls.get(call_id)

    def keep(self, recording: Recording) -> None:
        self._recordings[recording.id] = recording
        self._bytes += recording.size
        while self._bytes > self._most_bytes or len(self._recordings) > MOST_RECORDINGS:
            _, oldest = self._recordings.popitem(last=False)
            self._bytes -= oldest.size
            oldest.forget()

    def recording(self, recording_id: str) -> Recording | None:
        return self._recordings.get(recording_id)

    def delete(self, recording: Recording) -> None:
        if self._recordings.pop(recording.id, None) is not None:
            self._bytes -= recording.size
            recording.forget()
            recording.deleted_at = clock.now()

    def waiting(self, queue: tuple[str, str, str]) -> list[Call]:
        """Who waits in a queue, the first first."""
        return [call for call in self.queued() if call.waiting and call.waiting.queue == queue]

    def queued(self) -> list[Call]:
        """Who waits in any queue, in the order in which they came there."""
        return list(self._queued.values())

    def enter_queue(self, call: Call) -> None:
        self._queued[call.id] = call

    def leave_queue(self, call: Call) -> None:
        self._queued.pop(call.id, None)
