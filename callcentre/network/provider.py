"""What differs between the providers of this network; everything else about an SMS is the same."""

from datetime import datetime
from typing import Protocol

import requests

from callcentre.network.hook import Hook
from callcentre.network.record import Message


class Provider(Protocol):
    name: str  # as in the fault `down_provider`

    def serves(self, address: str) -> bool:
        """Whether a text from a phone to this address goes through this provider."""

    def message_id(self) -> str:
        """An identifier for a message that was just accepted."""

    def incoming(self, sender: str, to: str, text: str, at: datetime) -> Hook:
        """The call that brings a text from a phone to the service."""

    def fails(self, receipt_status: str | None) -> bool:
        """Whether a message with this last status never reaches the phone."""

    def receipts(self, message: Message, reason: str | None) -> list[Hook]:
        """The calls that report on a message, in order; none if nobody asked for them."""

    def took(self, response: requests.Response) -> bool:
        """Whether the service's answer to a call means that it need not be repeated."""

    def replies(self, response: requests.Response) -> list[str]:
        """Texts in the answer to an incoming one, which go back to the phone."""
