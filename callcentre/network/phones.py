"""The phones of this network and what each one holds: received texts, a USSD session, calls."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcentre import clock
from callcentre.network.calls import Call

MOST_PHONES = 20_000  # beyond it the phone that was idle longest is forgotten
MOST_TEXTS = 200  # kept on each phone, in and out
MOST_PHONE_CALLS = 20  # the same
MOST_HOPS = 200  # kept of one session's transcript


@dataclass(slots=True)
class Text:
    """An SMS as the phone keeps it; `other` is who sent it, or to whom it goes."""

    other: str
    text: str
    at: datetime
    taken_at: datetime | None = None  # when the service took one that this phone sent


@dataclass(slots=True, eq=False)
class Session:
    """One USSD session. `echo` is the hop metadata to be sent back with the next hop."""

    id: str
    number: str
    code: str
    inputs: list[str]
    started: float = field(default_factory=clock.monotonic)
    transcript: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MOST_HOPS))
    metadata: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_HOPS))
    echo: str | None = None
    hops: int = 0
    last_answer: str = ""
    waiting: bool = False
    ended: str | None = None

    @property
    def active(self) -> bool:
        return self.ended is None

    @property
    def milliseconds(self) -> int:
        return round((clock.monotonic() - self.started) * 1000)

    def as_json(self) -> dict[str, Any]:
        transcript = [{"typed": typed, "shown": shown} for typed, shown in self.transcript]
        return {"id": self.id, "code": self.code, "active": self.active, "transcript": transcript}


@dataclass(slots=True, eq=False)
class Phone:
    number: str
    screen: str = ""
    session: Session | None = None
    inbox: deque[Text] = field(default_factory=lambda: deque(maxlen=MOST_TEXTS))
    outbox: deque[Text] = field(default_factory=lambda: deque(maxlen=MOST_TEXTS))
    received: int = 0
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=MOST_PHONE_CALLS))

    @property
    def call(self) -> Call | None:
        """The call that is heard: the newest that goes on, or else the last."""
        live = (call for call in reversed(self.calls) if call.live)
        return next(live, self.calls[-1] if self.calls else None)

    @property
    def engaged(self) -> bool:
        return self.call is not None and self.call.live

    def receive(self, text: Text) -> None:
        self.inbox.append(text)
        self.received += 1

    def as_json(self) -> dict[str, Any]:
        """What the phone shows, in the shape that scripts and tests read."""
        return {
            "number": self.number,
            "sms": [
                {"from": sms.other, "text": sms.text, "at": sms.at.isoformat()}
                for sms in self.inbox
            ],
            "screen": self.screen,
            "session": self.session.as_json() if self.session else None,
            "call": self.call.as_json() if self.call else None,
        }


class Phones:
    """Every phone by its number. Hold `lock` while reading or changing one."""

    def __init__(self, most: int = MOST_PHONES) -> None:
        self.lock = threading.RLock()
        self._most = most
        self._phones: OrderedDict[str, Phone] = OrderedDict()

    def get(self, number: str) -> Phone:
        """The phone with this number; any number has one."""
        with self.lock:
            phone = self._phones.setdefault(number, Phone(number))
            self._phones.move_to_end(number)
            while len(self._phones) > self._most:
                self._phones.popitem(last=False)
            return phone
