"""What a provider of text is to us: a module with these functions. Its words stay in its file."""

from collections.abc import Mapping
from typing import Protocol

from callcentre.conversations import Hop, SessionEnd
from callcentre.conversations.texts import Incoming
from callcentre.outbox import Outgoing, Receipt, Result


class TextProvider(Protocol):
    """Every parse takes the decoded form and raises `hooks.Refused` for what it cannot be."""

    def parse_message(self, form: Mapping[str, str]) -> Incoming:
        """An SMS that somebody sent to one of our lines."""

    def parse_receipt(self, form: Mapping[str, str]) -> Receipt | None:
        """A delivery report; None for one that says nothing we can use."""

    def parse_ussd(self, form: Mapping[str, str]) -> Hop:
        """One hop of a USSD session."""

    def parse_ended(self, form: Mapping[str, str]) -> SessionEnd:
        """The event after a USSD session."""

    def write_ussd(self, screen: str, ends: bool) -> bytes:
        """The body that shows a screen."""

    def send(self, message: Outgoing) -> Result:
        """Hand one message over; never raises, whatever the network does."""
