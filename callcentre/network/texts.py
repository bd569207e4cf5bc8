"""SMS in both directions, with what the service hears of each: incoming messages and receipts."""

import itertools
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcentre import clock
from callcentre.network.africastalking import wire
from callcentre.network.door import Door
from callcentre.network.faults import Faults, Switchboard
from callcentre.network.later import Later
from callcentre.network.phones import Phone, Phones, Text
from callcentre.network.record import Message, Record
from callcentre.network.refusals import Refused
from callcentre.phones import parse

MOST_LETTERS = 1600
_SHORT_CODE = re.compile(r"[0-9]{3,6}")

Form = dict[str, str]


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

    message: Message
    receipts: Sequence[Form]


class Texts:
    def __init__(
        self,
        phones: Phones,
        switchboard: Switchboard,
        *,
        door: Door,
        later: Later,
        record: Record,
    ) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._door = door
        self._later = later
        self._record = record

    def send(self, number: str, to: str, text: str) -> Phone:
        """A person sends an SMS; the service gets it soon, and again until it says 200."""
        to = address(to)
        if len(text) > MOST_LETTERS:
            raise Refused(f"An SMS may have at most {MOST_LETTERS} characters")
        now = clock.now()
        form = wire.incoming(str(uuid.uuid4()), number, to=to, text=text, at=now)
        sent = Text(to, text, now)

        def taken() -> None:
            sent.taken_at = clock.now()

        forms = [form] * (2 if self._switchboard.faults.duplicate_hooks else 1)
        self._later.after(0, lambda: self._deliver("sms", forms, then=taken))
        with self._phones.lock:
            phone = self._phones.get(number)
            phone.outbox.append(sent)
            return phone

    def accept(self, sender: str, number: str, text: str) -> Accepted:
        """Take a message for a phone: it arrives there at once, unless a fault is on."""
        faults = self._switchboard.faults
        now = clock.now()
        message = Message(wire.message_id(), number, sender, text, now)
        lost = self._switchboard.happens(faults.lose_sms)
        if not lost and faults.receipt_status not in wire.UNDELIVERED:
            message.delivered_at = now
            with self._phones.lock:
                self._phones.get(number).receive(Text(sender, text, now))
        self._record.add(message)
        return Accepted(message, [] if lost else self._receipts(message, faults))

    def report(self, accepted: Accepted) -> None:
        """Send the receipts when they are due."""
        if accepted.receipts:
            self._later.after(
                self._switchboard.faults.receipt_delay_s,
                lambda: self._deliver("sms/receipt", accepted.receipts),
            )

    def report_now(self, accepted: Accepted) -> None:
        """Send the receipts before returning."""
        self._deliver("sms/receipt", accepted.receipts)

    def _receipts(self, message: Message, faults: Faults) -> list[Form]:
        if self._switchboard.happens(faults.lose_receipts):
            return []
        final = wire.receipt(
            message.id,
            message.to,
            status=faults.receipt_status or "Success",
            reason=faults.failure_reason,
        )
        sent = wire.receipt(message.id, message.to, status="Sent", reason=None)
        forms = [final, sent] if faults.disorder_receipts else [sent, final]
        if self._switchboard.happens(faults.duplicate_receipts):
            forms = list(itertools.chain.from_iterable([form, form] for form in forms))
        return forms

    def _deliver(
        self,
        hook: str,
        forms: Sequence[Form],
        *,
        then: Callable[[], None] | None = None,
        tries: int = 0,
    ) -> None:
        """Post the forms in order; if one is not answered with 200, go on from it after a while."""
        for index, form in enumerate(forms):
            response = self._door.post(hook, form)
            if response is None or response.status_code != 200:
                self._again(hook, forms[index:], then=then, tries=tries + 1)
                return
        if then is not None:
            then()

    def _again(
        self, hook: str, forms: Sequence[Form], *, then: Callable[[], None] | None, tries: int
    ) -> None:
        faults = self._switchboard.faults
        if tries <= faults.hook_repeat_limit:
            self._later.after(
                faults.hook_repeat_s,
                lambda: self._deliver(hook, forms, then=then, tries=tries),
            )
