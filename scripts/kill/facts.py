"""What each side knows when all is over: citizens, the network, whoever killed, the database.

All moments are aware UTC; all come from the clock of one machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


def spoken(sha256: bytes) -> str:
    """What was said by voice, in the place of words: the hash of its sound."""
    return f"sound {sha256.hex()}"


@dataclass(slots=True)
class Said:
    """One complaint as its citizen made it: the words said once, and what came back.

    `ref` is the reference that was shown or heard; `taken` whether an SMS was answered 200, or a
    caller heard after his words what to do next.
    """

    kind: str
    number: str
    words: str
    at: datetime
    named: bool = True
    ref: str | None = None
    taken: bool = False

    @property
    def answered(self) -> bool:
        return self.taken or self.ref is not None


@dataclass(frozen=True, slots=True)
class Apology:
    """A screen that said there is a fault, and the time in which it was asked for."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the network took. `receipts` is how many reports of it the service got."""

    id: str
    to: str
    text: str
    at: datetime
    answered_at: datetime | None
    delivered_at: datetime | None
    receipts: int


@dataclass(frozen=True, slots=True)
class Call:
    """A hook that was not answered 2xx; `status` None: there was no answer."""

    hook: str
    at: datetime
    until: datetime
    status: int | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A part that was killed or cut off: from the signal until it answered again.

    `how` says what was special about it; `by_itself`: it ended and nobody had killed it.
    """

    part: str
    at: datetime
    back: datetime
    how: str = ""
    by_itself: bool = False

    def meets(self, start: datetime, end: datetime) -> bool:
        return self.at <= end and start <= self.back


@dataclass(frozen=True, slots=True)
class Ticket:
    id: int
    ref: str
    words: str
    acknowledged: bool
    opened_at: datetime
    nameless_key: str  # of the one SMS that would tell a nameless writer


@dataclass(frozen=True, slots=True)
class Attempt:
    message_id: int
    provider_id: str | None
    started_at: datetime
    accepted: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the outbox. Number and text are None once they are forgotten.

    `ended`: it was accepted, failed or cancelled, or its hour has not come.
    """

    id: int
    key: str
    ticket_id: int | None
    number: str | None
    text: str | None
    status: str
    ended: bool
    next_at: datetime
    attempts: Sequence[Attempt]


@dataclass(slots=True)
class Facts:
    said: list[Said] = field(default_factory=list)
    apologies: list[Apology] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    failed_calls: list[Call] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: int = 0
    seals: int = 0
    record_faults: list[str] = field(default_factory=list)
