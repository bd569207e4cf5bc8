"""One SMS that was heard: who wrote what, on which line; and how he is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcentre import callers, vault
from callcentre.conversations.model import RawEvent
from callcentre.dialogue.texts import Text
from callcentre.lines import Edition, Line
from callcentre.outbox import Message
from callcentre.phrases import Value
from callcentre.tickets import letters

LONGEST_ID = 200  # characters; an index cannot hold just any length
BELIEVED = timedelta(hours=12)
"""How old a provider's time may be and still count as the moment of receipt."""
HOUR = timedelta(hours=1)
"""How often a greeting or help goes to a number: at most once in it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One SMS as any provider tells it. `sent_at` is the provider's time, if it gave one."""

    provider: str
    id: str
    number: str
    address: str
    text: str
    sent_at: datetime | None
    link: str | None = None

    @property
    def key(self) -> str:
        """What tells a repeat: the provider's id; where it gave none, a print of all it said.

        A print, not a plain hash, since a nameless one's number could be guessed from that.
        """
        if 0 < len(self.id) <= LONGEST_ID:
            return self.id
        said = f"{self.id}|{self.number}|{self.address}|{self.sent_at}|{self.text}"
        return "none:" + vault.fingerprint(said, "sms").hex()


def received_at(told: datetime | None, now: datetime) -> datetime:
    """The provider's time where it is believable, else the moment of arrival."""
    return told if told is not None and now - BELIEVED <= told <= now else now


@dataclass(frozen=True, slots=True)
class Heard:
    session: Session
    sms: Incoming
    said: Text
    line: Line
    edition: Edition
    language: str
    now: datetime

    @property
    def number(self) -> str:
        return callers.number_of(self.sms.number) or self.sms.number

    def reply(
        self,
        phrase: str,
        values: Mapping[str, Value] | None = None,
        key: str = "",
        kind: str = "reply",
        wipe: bool = False,
    ) -> None:
        """Answer with one SMS, by the line written to where it can send."""
        institution = self.line.keeper
        at = letters.addresses(self.edition, institution, self.line)
        letters.post(
            self.session,
            self.edition,
            key=key or f"reply:{self.sms.provider}:{self.sms.key}",
            to=self.number,
            institution=institution,
            phrase=phrase,
            language=self.language,
            values={**at.values(), **(values or {})},
            now=self.now,
            line=self.line,
            link=self.sms.link,
            kind=kind,
            wipe=wipe,
        )

    def forget(self) -> None:
        """The sender turns out to be nameless: his number and words are not kept with the event."""
        self.session.execute(
            update(RawEvent)
            .where(
                RawEvent.provider == self.sms.provider,
                RawEvent.kind == "sms",
                RawEvent.key == self.sms.key,
            )
            .values(number_print=None, body=None)
        )

    def once_an_hour(self, phrase: str) -> None:
        this, last = (f"{moment:%Y%m%d%H}" for moment in (self.now, self.now - HOUR))
        key = f"{phrase}:{vault.fingerprint(self.number).hex()}:"
        said_at = self.session.scalar(select(Message.posted_at).where(Message.key == key + last))
        if said_at is None or said_at <= self.now - HOUR:
            self.reply(phrase, key=key + this)
