"""What a provider tells of a call, in words of ours; its own words stay in its file.

A request about a call is a `CallEvent`. What it does not say is None.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Direction = Literal["inbound", "outbound"]
State = Literal["ringing", "active", "bridged", "ended"]
Outcome = Literal["answered", "busy", "no_answer", "failed"]
QueueOutcome = Literal["bridged", "left", "hung_up", "full", "failed"]


@dataclass(frozen=True, slots=True)
class Recording:
    """`id` is what tells it from others of its provider; `seconds` is None where it is not told.

    One of 0 seconds holds no words.
    """

    url: str
    id: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class DialResult:
    """What came of ringing somebody: `seconds` of talk, None where it is not told.

    `number` is E.164, or the address as it was dialled; None where the provider does not say.
    """

    number: str | None
    outcome: Outcome
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class QueueResult:
    """How a call came out of the queue: after how many `seconds`, or `at` what time (UTC).

    `number` is who took it, where that is told. `left` is by a key or by us, `hung_up` the caller.
    """

    outcome: QueueOutcome
    seconds: int | None = None
    number: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One request of a provider about one call. Whatever it does not say is None.

    `number` is the citizen's, E.164; None also where it is withheld, or a SIP or browser client.
    `address` is our line, E.164 if it is a telephone number. `parent` is the call for which this
    one was dialled: then `number` is None, for it is nobody's who called.
    `digits` are the keys pressed, without the finish key: an empty text is the finish key alone.
    `state` is None for a request about a recording only. Once a call has ended, `outcome` says
    how, `cause` is the provider's own word, `seconds` its length and `cost` its price.
    `position` is the place in the queue, from 1. `request` is our own id of an outgoing call.
    `sequence` orders the events of one call where they can overtake one another.
    """

    provider: str
    call_id: str
    state: State | None = None
    direction: Direction | None = None
    number: str | None = None
    address: str | None = None
    parent: str | None = None
    request: str | None = None
    started_at: datetime | None = None
    digits: str | None = None
    recording: Recording | None = None
    dial: DialResult | None = None
    queue: QueueResult | None = None
    position: int | None = None
    outcome: Outcome | None = None
    cause: str = ""
    seconds: int | None = None
    cost: Decimal | None = None
    currency: str = ""
    sequence: int | None = None

    @property
    def ended(self) -> bool:
        return self.state == "ended"
