"""Every message this network accepted from the service, in order, to be compared with its own."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_MESSAGES = 200_000


@dataclass(slots=True, eq=False)
class Message:
    """`callback` is where its receipts go, if its sender named a place; `receipt_status` is the
    last of them, as the fault of that name said when the message was accepted.
    """

    id: str
    to: str
    sender: str
    text: str
    at: datetime
    delivered_at: datetime | None = None
    callback: str = ""
    receipt_status: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "at": self.at.isoformat(),
            "delivered_at": self.delivered_at and self.delivered_at.isoformat(),
        }


class Record:
    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque(maxlen=most)
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

    def counts(self) -> dict[str, int]:
        with self._lock:
            return {"accepted": self._accepted, "delivered": self._delivered}
