"""What this network knows, to be compared with what the service has on record.

Every message it accepted from the service, in order; every text that a phone sent, and whether the
service took it; how the service answered the calls of its hooks.
"""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcentre.network.phones import Text

MOST_MESSAGES = 200_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a hook, from the asking to its answer; `status` is None if none came."""

    hook: str
    at: datetime
    until: datetime
    status: int | None

    @property
    def went_well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def as_json(self) -> dict[str, Any]:
        return {
            "hook": self.hook,
            "at": self.at.isoformat(),
            "until": self.until.isoformat(),
            "status": self.status,
        }


@dataclass(slots=True, eq=False)
class Message:
    """`callback` is where its receipts go, if its sender named a place; `receipt_status` is the
    last of them, as the fault of that name said when the message was accepted. `receipts` is how
    many of them the service gets, and `answered_at` when its own call was answered.
    """

    id: str
    to: str
    sender: str
    text: str
    at: datetime
    delivered_at: datetime | None = None
    callback: str = ""
    receipt_status: str | None = None
    receipts: int = 0
    answered_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "at": self.at.isoformat(),
            "delivered_at": self.delivered_at and self.delivered_at.isoformat(),
            "answered_at": self.answered_at and self.answered_at.isoformat(),
            "receipts": self.receipts,
        }


class Record:
    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque(maxlen=most)
        self._texts: deque[tuple[str, Text]] = deque(maxlen=most)
        self._failed: deque[Call] = deque(maxlen=most)
        self._calls: Counter[tuple[str, int | None]] = Counter()
        self._accepted = 0
        self._delivered = 0

    def add(self, message: Message) -> None:
        with self._lock:
            self._messages.append(message)
            self._accepted += 1
            self._delivered += message.delivered_at is not None

    def all(self) -> list[Message]:
        """The messages, oldest first; the oldest are forgotten beyond the bound."""
        with self._lock:
            return list(self._messages)

    def find(self, message_id: str) -> Message | None:
        """The message with this identifier, if it is not forgotten."""
        return next((each for each in reversed(self.all()) if each.id == message_id), None)

    def texted(self, number: str, text: Text) -> None:
        """Note a text that a phone sent to the service."""
        with self._lock:
            self._texts.append((number, text))

    def texts(self) -> list[dict[str, Any]]:
        """What phones sent, oldest first; `taken_at` is null while the service has not taken it."""
        with self._lock:
            sent = list(self._texts)
        return [
            {
                "from": number,
                "to": text.other,
                "text": text.text,
                "at": text.at.isoformat(),
                "taken_at": text.taken_at and text.taken_at.isoformat(),
            }
            for number, text in sent
        ]

    def called(self, call: Call) -> None:
        with self._lock:
            self._calls[call.hook, call.status] += 1
            if not call.went_well:
                self._failed.append(call)

    def calls(self) -> dict[str, Any]:
        """How often each hook got which answer, and each call that did not go well."""
        counts: dict[str, dict[str, int]] = {}
        with self._lock:
            for (hook, status), count in self._calls.items():
                counts.setdefault(hook, {})[str(status or "none")] = count
            return {"counts": counts, "failed": [call.as_json() for call in self._failed]}

    def counts(self) -> dict[str, int]:
        with self._lock:
            return {"accepted": self._accepted, "delivered": self._delivered}
