"""What a provider of text is to us: a module with these functions. Its words stay in its file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from callcentre.conversations.heard import Incoming
from callcentre.conversations.walking import Hop, SessionEnd
from callcentre.outbox import Outgoing, Receipt, Result


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: what it says of our attempt, and what is kept of it.

    `key` is the same for a repeat; `kept` is what came, without the number it is about.
    `receipt` is None for a status nobody knows; `opted_out` the number, where it wants no more
    messages; `trouble` what an administrator must see to, in the provider's own word.
    """

    key: str
    kept: Mapping[str, str]
    receipt: Receipt | None
    opted_out: str | None = None
    trouble: str = ""


class TextProvider(Protocol):
    """Every parse takes the decoded form and raises `hooks.Refused` for what it cannot be."""

    NAME: str

    def parse_message(self, form: Mapping[str, str]) -> Incoming:
        """An SMS that somebody sent to one of our lines."""

    def parse_receipt(self, form: Mapping[str, str], attempt: str = "") -> Report:
        """A delivery report; `attempt` is our own id, where the provider gives it back."""

    def send(self, message: Outgoing) -> Result:
        """Hand one message over; never raises, whatever the network does."""


class UssdProvider(Protocol):
    def parse_ussd(self, form: Mapping[str, str]) -> Hop:
        """One hop of a USSD session."""

    def parse_ended(self, form: Mapping[str, str]) -> SessionEnd:
        """The event after a USSD session."""

    def write_ussd(self, screen: str, ends: bool) -> bytes:
        """The body that shows a screen."""


def our_status(
    word: str, *, sent: Collection[str], delivered: Collection[str], failed: Collection[str]
) -> str | None:
    """Which of our three a provider's word for the state of a message is; None for none."""
    if word in delivered:
        return "delivered"
    if word in failed:
        return "failed"
    return "sent" if word in sent else None
