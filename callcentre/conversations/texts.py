"""An SMS heard: stored with its raw event, acted on and answered in one commit."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import audit, bodies, charters, db, outbox, phrases, vault
from callcentre.clock import EAT
from callcentre.conversations import callers
from callcentre.conversations.model import RawEvent
from callcentre.dialogue import danger
from callcentre.dialogue.context import ANONYMOUS, SECRET
from callcentre.dialogue.rights import period
from callcentre.dialogue.texts import Text, understand
from callcentre.lines import Edition, Line, newest
from callcentre.outbox import Message
from callcentre.phrases import Term, Value
from callcentre.tickets import (
    appeals,
    expects,
    intake,
    letters,
    promises,
    queries,
    reference,
    tasks,
)
from callcentre.tickets.model import Ticket

logger = logging.getLogger(__name__)

BELIEVED = timedelta(hours=12)
"""How old a provider's time may be and still count as the moment of receipt."""
MOST_WORDS_OF_A_PLACE = 5
HOUR = timedelta(hours=1)
"""How often a greeting or help goes to a number: at most once in it."""
LONGEST_ID = 200  # characters; an index cannot hold just any length


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


def receive(sms: Incoming, now: datetime) -> str:
    """Take one SMS; what became of it, in a word, for the log.

    A repeat (same provider, same id) does nothing. Words are never refused.
    """
    with db.session() as session:
        greeting = callers.greet(session, sms.number)
        edition = newest(session)
        line = edition.find(sms.provider, "sms", sms.address)
        said = understand(sms.text, _keywords(line))
        nameless = said.nameless and said.asks == "words"
        if not _is_new(session, sms, now, with_words=not nameless):
            return "repeat"
        if line is None:
            return "not_our_line"
        number = callers.number_of(sms.number)
        if number is None or _is_ours(edition, number):
            return "no_sender"
        if greeting.blocked:
            return "blocked"
        heard = _Heard(session, sms, said, line, edition, greeting.language, now)
        _ANSWERS[said.asks](heard)
        return said.asks


def _keywords(line: Line | None) -> dict[str, str]:
    """The words that name an institution on a shared line, each with its id."""
    if line is None or not line.shared:
        return {}
    return {charters.get(one).keyword.casefold(): one for one in line.institutions}


def keep_report(
    session: Session, provider: str, key: str, report: Mapping[str, str], now: datetime
) -> None:
    """Keep a delivery report for thirty days; without the number it is about."""
    session.execute(
        upsert(RawEvent)
        .values(
            provider=provider,
            kind="receipt",
            key=key[:300],
            body=vault.seal(json.dumps(dict(report))),
            at=now,
        )
        .on_conflict_do_nothing()
    )


def opted_out(session: Session, number: str, now: datetime) -> None:
    """The provider says that this number wants no more bulk messages."""
    known = callers.number_of(number)
    if known is not None:
        _stopped(session, known, now, by="provider")


def opted_in(session: Session, number: str, now: datetime) -> None:
    """The provider says that this number wants our messages again."""
    known = callers.number_of(number)
    if known is not None:
        _started(session, known, now, by="provider")


def _stopped(session: Session, number: str, now: datetime, *, by: str) -> None:
    callers.stop(session, number, now)
    _consent(session, "stopped", number, now, by)


def _started(session: Session, number: str, now: datetime, *, by: str) -> None:
    callers.start(session, number)
    _consent(session, "started", number, now, by)


def _consent(session: Session, kind: str, number: str, now: datetime, by: str) -> None:
    """On record for good, by the number's print: who asked for what, and when."""
    body = {"number": vault.fingerprint(number).hex()}
    audit.record(session, ticket_id=None, kind=kind, actor=by, now=now, body=body)


def received_at(told: datetime | None, now: datetime) -> datetime:
    """The provider's time where it is believable, else the moment of arrival."""
    return told if told is not None and now - BELIEVED <= told <= now else now


def _is_new(session: Session, sms: Incoming, now: datetime, *, with_words: bool) -> bool:
    return (
        session.execute(
            upsert(RawEvent)
            .values(
                provider=sms.provider,
                kind="sms",
                key=sms.key,
                number_print=vault.fingerprint(sms.number) if with_words else None,
                body=vault.seal(sms.text.replace("\0", "")) if with_words else None,
                at=now,
            )
            .on_conflict_do_nothing()
            .returning(RawEvent.id)
        ).scalar()
        is not None
    )


def _is_ours(edition: Edition, number: str) -> bool:
    """Whether an SMS comes from one of our own lines: answering it would go round for ever."""
    return any(line.address == number for line in edition.lines)


@dataclass(frozen=True, slots=True)
class _Heard:
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


def _words(heard: _Heard) -> None:
    """Open a ticket; on a shared line without a keyword with its keeper, who places it.

    A few words from a number that was asked for the place are the place.
    """
    said, nameless = heard.said, heard.said.nameless
    if not said.marked and len(said.words.split()) <= MOST_WORDS_OF_A_PLACE:
        asked = expects.waiting(heard.session, heard.number, "place", heard.now)
        if asked:
            _place(heard, asked[0])
            return
    in_danger = danger.is_said(said.words)
    opening = intake.Opening(
        kind=said.kind,
        institution=said.institution or (None if heard.line.shared else heard.line.keeper),
        topic=None,
        identity=ANONYMOUS if nameless else SECRET,
        words=said.words,
        channel="sms",
        line=heard.line,
        language=heard.language,
        number=None if nameless else heard.number,
        received_at=received_at(heard.sms.sent_at, heard.now),
        confirmed=not nameless and not in_danger,
        danger=in_danger,
        link=heard.sms.link,
    )
    opened = intake.open_ticket(heard.session, opening, heard.edition, heard.now)
    if in_danger:
        heard.reply("sms.danger", _emergency_numbers(), kind="urgent")
    if nameless:
        code = intake.draw_code()
        intake.choose_code(heard.session, opened.ticket, code, heard.now)
        _tell_the_nameless(heard, opened.ticket.ref, code)


def _emergency_numbers() -> dict[str, Value]:
    every = bodies.every()
    return {"dharura": every["police"].phone, "mtoto": every["child"].phone}


def _place(heard: _Heard, found: Ticket) -> None:
    ticket = intake.locked(heard.session, found.ref)
    intake.add(
        heard.session, ticket, what="place", words=heard.said.words, channel="sms", now=heard.now
    )
    expects.answered(heard.session, ticket, "place", heard.now)
    promise = promises.told(heard.session, ticket.id)
    values: dict[str, Value] = {"ref": ticket.ref}
    if promise is None:
        heard.reply("sms.added_plain", values)
        return
    heard.reply("sms.added", values | {"tarehe": promise.due_at.astimezone(EAT).date()})


def _judge(heard: _Heard) -> None:
    """1 or 2: whether the answer satisfied. If several were asked about, it must say which."""
    waiting = expects.waiting(heard.session, heard.number, "satisfied", heard.now)
    named = reference.read(heard.said.reference)
    found = [one for one in waiting if named in (None, one.ref)]
    if not found:
        heard.once_an_hour("sms.greeting")
        return
    if len(found) > 1:
        refs = {"ref": found[0].ref, "ref2": found[1].ref}
        heard.reply("sms.which", {"jibu": heard.said.digit, **refs})
        return
    ticket = intake.locked(heard.session, found[0].ref)
    if heard.said.digit == "1":
        appeals.satisfied(heard.session, ticket, edition=heard.edition, now=heard.now)
        heard.reply("sms.feedback_thanks")
        return
    higher = appeals.unsatisfied(heard.session, ticket, heard.now)
    if higher is None:
        commission = bodies.every()["commission"]
        heard.reply("sms.appeal", {"tume": commission.reached})
        return
    values: dict[str, Value] = {"ref": ticket.ref, "cheo": higher.title}
    if higher.due is None:
        heard.reply("sms.unsatisfied_plain", values)
    else:
        heard.reply("sms.unsatisfied", values | {"tarehe": higher.due})


def _not_mine(heard: _Heard) -> None:
    if intake.disown(heard.session, heard.number, heard.now):
        heard.reply("sms.not_mine")
    else:
        heard.once_an_hour("sms.greeting")


def _tell_the_nameless(heard: _Heard, ref: str, code: str) -> None:
    """The one SMS to a citizen without a name; number and words of it are wiped once it is gone."""
    at = letters.addresses(heard.edition, heard.line.keeper, heard.line)
    text, parts = phrases.message(
        "sms.ack_nameless",
        heard.language,
        {**at.values(), "ref": ref, "pin": code},
        today=heard.now.astimezone(EAT).date(),
    )
    letter = outbox.Draft(
        key=f"nameless:{vault.fingerprint(ref, 'nameless').hex()}",
        sealed_to=vault.seal(heard.number),
        text=text,
        parts=parts,
        institution=heard.line.keeper,
        sender=heard.line.address,
        provider=heard.line.provider,
        link=heard.sms.link,
        wipe=True,
    )
    outbox.post(heard.session, letter, heard.now)


def _about(heard: _Heard) -> None:
    """HALI, ONGEZA or KWANINI with a reference: for its own number, or with its code."""
    said = heard.said
    found = queries.by_reference(
        heard.session,
        said.reference,
        number=heard.number,
        code=said.code or None,
        now=heard.now,
    )
    if found is None:
        heard.reply("sms.not_found", {"ref": said.reference})
        return
    ticket = intake.locked(heard.session, found["ref"])
    if ticket.identity == ANONYMOUS:
        heard.forget()
    promise = promises.told(heard.session, ticket.id)
    values: dict[str, Value] = {
        "ref": ticket.ref,
        "hali": Term(f"status.{ticket.status}"),
        "mada": Term(f"topic.{ticket.topic or 'other'}.name"),
        "leo": ticket.opened_at.astimezone(EAT).date(),
    }
    if promise is not None:
        values["tarehe"] = promise.due_at.astimezone(EAT).date()
        values["kujibu"] = period(promises.period_of(promise))
    asks = "status" if ticket.withdrawn_at is not None else said.asks
    if asks == "add":
        intake.add(
            heard.session, ticket, what="words", words=said.words, channel="sms", now=heard.now
        )
    phrase = {"status": "sms.status", "add": "sms.added", "why": "sms.why"}[asks]
    if promise is None:
        phrase += "_plain"
    elif asks == "why" and promise.period_unit != "working_days":
        phrase += "_calendar"
    heard.reply(phrase, values, wipe=ticket.identity == ANONYMOUS)


def _call(heard: _Heard) -> None:
    asked = tasks.ask_call(
        heard.session,
        institution=heard.line.keeper,
        number=heard.number,
        promised=not heard.line.shared,
        now=heard.now,
    )
    if asked.due is None:
        heard.reply("sms.callback_plain")
    else:
        heard.reply("sms.callback", {"tarehe": asked.due.astimezone(EAT).date()})


def _rights(heard: _Heard) -> None:
    """HAKI or AHADI: what the line's institution promises; of a shared one, where to hear it."""
    charter = charters.get(heard.line.keeper)
    told = {rule.kind: rule for rule in charter.promises() if not rule.internal}
    if heard.line.shared or not {"acknowledge", "answer"} <= told.keys():
        heard.reply("sms.rights_dial")
        return
    heard.reply(
        "sms.rights",
        {
            "t": charter.short,
            "ahadi": charter.wording,
            "kupokea": period(told["acknowledge"].period),
            "kujibu": period(told["answer"].period),
        },
    )


def _stop(heard: _Heard) -> None:
    _stopped(heard.session, heard.number, heard.now, by="citizen")
    heard.reply("sms.stopped")


def _start(heard: _Heard) -> None:
    _started(heard.session, heard.number, heard.now, by="citizen")
    heard.reply("sms.started")


def _help(heard: _Heard) -> None:
    heard.once_an_hour("sms.help")


def _greet(heard: _Heard) -> None:
    heard.once_an_hour("sms.greeting")


_ANSWERS: Mapping[str, Callable[[_Heard], None]] = {
    "words": _words,
    "status": _about,
    "add": _about,
    "why": _about,
    "rights": _rights,
    "call": _call,
    "stop": _stop,
    "start": _start,
    "help": _help,
    "greeting": _greet,
    "empty": _greet,
    "judge": _judge,
    "not_mine": _not_mine,
}
