"""What a service can tell a provider to do with a call, whichever provider's XML it wrote.

An `action` is where the answer of what happened goes: empty for the address asked last, and None
for nowhere (the call goes on with what stands next). Times are seconds, of the call's own clock.
"""

from dataclasses import dataclass


class Unusable(ValueError):
    """The service's answer is not what the provider can do; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Play:
    url: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Say:
    words: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Prompt = Play | Say | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Keys: until there are so many, the finish key, or nothing for so long."""

    prompts: tuple[Prompt, ...]
    most: int | None
    finish: str
    timeout: float
    action: str
    even_empty: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """The caller's words: until a finish key, silence, the longest time, or the end of the call.

    With `to_the_end`, until the end of the call only, of which the last notification tells.
    """

    prompts: tuple[Prompt, ...]
    finish: str
    timeout: float
    longest: float
    action: str
    to_the_end: bool = False
    notify: str = ""  # hears of the recording itself (Twilio)
    even_empty: bool = False


@dataclass(frozen=True, slots=True)
class Callee:
    """One to be rung; `whisper` answers what he hears before he is put through."""

    address: str
    whisper: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """Rings others, all at once or one after the other; the first who answers has the call."""

    callees: tuple[Callee, ...]
    in_turn: bool
    record: bool
    timeout: float
    action: str | None
    tone: str = ""
    caller: str = ""  # the number shown to them
    notify: str = ""  # as of a Record
    tell_bridge: bool = False  # the bridge itself is told of; an answer that does something cuts it
    falls_through: bool = False  # unanswered, and nothing said to it: what stands next


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Waits in a queue; `wait` is asked what is heard there, `music` is simply heard."""

    name: str
    music: str = ""
    wait: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Dequeue:
    """Takes the first of a queue; `line` is the number its callers dialled, if that matters."""

    name: str
    line: str = ""
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str


@dataclass(frozen=True, slots=True)
class Reject:
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of the queue, when said while waiting in it."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end, as after the last of the list."""


Verb = Prompt | Gather | Record | Dial | Enqueue | Dequeue | Redirect | Reject | Leave | Hangup
