"""What a provider of text is to us: a module with these functions. Its words stay in its file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import requests

from callcentre.conversations.heard import Incoming
from callcentre.conversations.walking import Hop, SessionEnd
from callcentre.outbox import Outgoing, Receipt, Result

OURS_WAIT = timedelta(minutes=10)  # where our own settings are wrong: for somebody to mend them
TOO_FAST = timedelta(seconds=30)  # where a provider takes no more, and names no time


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


def not_sent(fault: requests.exceptions.RequestException) -> Result:
    """What it means that a provider did not answer a send.

    There is no key to make a repeat harmless, so no answer in time means unknown, not failed:
    only a connection that was never made is safe to try again.
    """
    if isinstance(fault, requests.exceptions.ConnectTimeout):
        return Result("again", code="connect", detail=str(fault))
    if isinstance(fault, requests.exceptions.ConnectionError):
        never_left = "Connection refused" in str(fault) or "NameResolution" in str(fault)
        return Result("again" if never_left else "unknown", code="connection", detail=str(fault))
    return Result("unknown", code="no answer", detail=str(fault))
