"""SMS in both directions, with what the service hears of each: incoming messages and receipts."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import requests

from callcentre import clock
from callcentre.network.courier import Courier
from callcentre.network.faults import Faults, Switchboard
from callcentre.network.hook import Hook
from callcentre.network.later import Room
from callcentre.network.phones import Phone, Phones, Text
from callcentre.network.provider import Provider
from callcentre.network.record import Message, Record
from callcentre.network.refusals import Busy, Refused
from callcentre.phones import parse

MOST_LETTERS = 1600
_SHORT_CODE = re.compile(r"[0-9]{3,6}")


def address(written: str) -> str:
    """Where a phone can send to: a short code or a number; a sender's name cannot be answered."""
    to = written.strip()
    number = to if _SHORT_CODE.fullmatch(to) else parse(to)
    if number is None:
        raise Refused(f"{written[:40]!r} is no short code or number that an SMS can go to")
    return number


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the network took, and the receipts still owed for it."""

    provider: Provider
    message: Message
    receipts: Sequence[Hook]


class Texts:
    """The texts of all providers. The first of `providers` that serves an address has it."""

    def __init__(
        self,
        phones: Phones,
        switchboard: Switchboard,
        *,
        providers: Sequence[Provider],
        courier: Courier,
        room: Room,
        record: Record,
    ) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._providers = providers
        self._courier = courier
        self._room = room
        self._record = record

    def send(self, number: str, to: str, text: str) -> Phone:
        """A person sends an SMS; the service gets it soon, and again until it has taken it."""
        to = address(to)
        if len(text) > MOST_LETTERS:
            raise Refused(f"An SMS may have at most {MOST_LETTERS} characters")
        provider = next(each for each in self._providers if each.serves(to))
        now = clock.now()
        sent = Text(to, text, now)

        def taken(response: requests.Response) -> None:
            sent.taken_at = clock.now()
            for reply in provider.replies(response):
                self.accept(provider, to, number, reply)

        hook = provider.incoming(number, to, text, now)
        twice = self._switchboard.happens(self._switchboard.faults.duplicate_hooks)
        hooks = [hook, hook] if twice else [hook]
        self._courier.send(hooks, provider.took, then=taken)
        with self._phones.lock:
            phone = self._phones.get(number)
            phone.outbox.append(sent)
        self._record.texted(number, sent)
        return phone

    def accept(
        self, provider: Provider, sender: str, number: str, text: str, *, callback: str = ""
    ) -> Accepted:
        """Take a message for a phone: it arrives there at once, unless a fault is on."""
        faults = self._switchboard.faults
        now = clock.now()
        message = Message(
            provider.message_id(),
            number,
            sender,
            text,
            now,
            callback=callback,
            receipt_status=faults.receipt_status,
        )
        lost = self._switchboard.happens(faults.lose_sms) or (
            faults.lose_to is not None and number.endswith(faults.lose_to)
        )
        if not lost and not provider.fails(faults.receipt_status):
            message.delivered_at = now
            with self._phones.lock:
                self._phones.get(number).receive(Text(sender, text, now))
        self._record.add(message)
        receipts = [] if lost else self._receipts(provider, message, faults)
        message.receipts = len(receipts)
        return Accepted(provider, message, receipts)

    def report(self, accepted: Accepted) -> None:
        """Send the receipts when they are due, which can be before this returns.

        The service's own call is answered when it does.
        """
        faults = self._switchboard.faults
        if accepted.receipts and not self._gone_early(accepted, faults):
            self._courier.send(
                accepted.receipts, accepted.provider.took, after=faults.receipt_delay_s
            )
        accepted.message.answered_at = clock.now()

    def _gone_early(self, accepted: Accepted, faults: Faults) -> bool:
        """Send the receipts before the answer, if that is asked for and there is room."""
        if not self._switchboard.happens(faults.receipt_before_answer):
            return False
        try:
            with self._room.enter():
                self._courier.deliver(accepted.receipts, accepted.provider.took)
        except Busy:  # what was taken is not refused any more
            return False
        return True

    def _receipts(self, provider: Provider, message: Message, faults: Faults) -> list[Hook]:
        if self._switchboard.happens(faults.lose_receipts):
            return []
        hooks = provider.receipts(message, faults.failure_reason)
        if self._switchboard.happens(faults.disorder_receipts):
            hooks.reverse()
        if self._switchboard.happens(faults.duplicate_receipts):
            hooks = list(itertools.chain.from_iterable([hook, hook] for hook in hooks))
        return hooks
