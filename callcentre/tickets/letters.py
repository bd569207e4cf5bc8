"""What a ticket's citizen is written: which phrase, with which values, on which line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from sqlalchemy.orm import Session

from callcentre import callers, charters, outbox, phones, phrases, vault
from callcentre.charters import AppealLevel, Charter
from callcentre.clock import EAT
from callcentre.lines import Edition, Line
from callcentre.outbox import Draft, Route
from callcentre.phrases import Value
from callcentre.tickets.model import Ticket, WrongStatus

Telling = Literal["openly", "confidential", "cut"]
"""How it is acknowledged: `confidential` names neither institution nor complaint, for whose phone
it is nobody has said; nor does `cut`, after a call that ended before its reference was heard."""

_ACK_OF_KIND = {"opinion": "sms.ack_opinion", "compliment": "sms.ack_praise"}

MOST_PARTS = 3  # of one SMS, 459 letters; each is paid for


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the citizens of one institution reach it: line addresses of the edition in force."""

    name: str
    ussd: str
    sms: str
    phone: str

    def values(self) -> dict[str, Value]:
        return {"t": self.name, "ussd": self.ussd, "sms": self.sms, "simu": self.phone}


@lru_cache(maxsize=256)
def addresses(edition: Edition, institution: str, line: Line | None = None) -> Addresses:
    """The institution's own lines; beside `line`, that line itself and those shared as it is."""
    charter = charters.get(institution)
    found = {channel: edition.first(channel, institution) for channel in ("ussd", "sms", "voice")}
    if line is not None:
        shared = {one.channel: one for one in edition.lines if one.serves_as(line)}
        found |= shared | {line.channel: line}
    phone = found["voice"].address if found["voice"] else next(iter(charter.contacts.phones), "")
    return Addresses(
        name=line.name if line else charter.short,
        ussd=found["ussd"].address if found["ussd"] else "",
        sms=found["sms"].address if found["sms"] else "",
        phone=phones.national(phone),
    )


def acknowledgement(
    ticket: Ticket, charter: Charter, due: date | None, at: Addresses, how: Telling
) -> tuple[str, int]:
    """The text that says we have it, and its parts."""
    values: dict[str, Value] = {
        **at.values(),
        "t": charter.short if ticket.placed else at.name,
        "ref": ticket.ref,
        "ahadi": charter.wording,
        "leo": ticket.opened_at.astimezone(EAT).date(),
    }
    if due is not None:
        values["tarehe"] = due
    if how == "cut":
        key = "sms.call_cut" if due else "sms.call_cut_plain"
    elif how == "confidential":
        key = "sms.ack_confidential" if due else "sms.ack_confidential_plain"
    elif ticket.kind in _ACK_OF_KIND:
        key = _ACK_OF_KIND[ticket.kind]
    elif due is None:
        key = "sms.ack_plain"
    else:
        key = "sms.ack_enquiry" if ticket.kind == "enquiry" else "sms.ack"
    return phrases.message(key, ticket.language, values, today=_day(ticket.opened_at))


def post(
    session: Session,
    edition: Edition,
    *,
    key: str,
    to: str,
    institution: str,
    phrase: str,
    language: str,
    values: Mapping[str, Value],
    now: datetime,
    ticket_id: int | None = None,
    line: Line | None = None,
    link: str | None = None,
    kind: str = "reply",
    hold: timedelta | None = None,
    wipe: bool = False,
    not_before: datetime | None = None,
    hears: bool = False,
) -> int | None:
    """Post one phrase as an SMS by the institution's line; None if it has no line that sends.

    With `hears` it is the line that can be answered, where there is one.

    A notice, which nobody asked for, is not posted to a number that wants none either. Raises
    WrongStatus where somebody's words make it longer than MOST_PARTS.
    """
    if kind == "notice" and not callers.may_be_written(session, to):
        return None
    by = edition.senders(institution, line, to, hears=hears)
    if not by:
        return None
    at = replace(addresses(edition, institution, line), sms=by[0].address)  # what he can answer to
    text, parts = phrases.message(phrase, language, {**at.values(), **values}, today=_day(now))
    if parts > MOST_PARTS:
        raise WrongStatus(f"too long: {parts} parts of an SMS; shorten it to {MOST_PARTS}")
    letter = Draft(
        key=key,
        sealed_to=vault.seal(to),
        text=text,
        parts=parts,
        institution=institution,
        routes=routes(by),
        ticket_id=ticket_id,
        link=link,
        kind=kind,
        hold=hold,
        wipe=wipe,
        not_before=not_before,
    )
    return outbox.post(session, letter, now)


def sender(
    edition: Edition,
    institution: str,
    line: Line | None = None,
    to: str | None = None,
    *,
    hears: bool = False,
) -> Line | None:
    """The line that usually writes for an institution; see Edition.senders."""
    return next(iter(edition.senders(institution, line, to, hears=hears)), None)


def routes(by: Sequence[Line]) -> tuple[Route, ...]:
    """The lines that may write, as the outbox knows them."""
    return tuple(Route(one.provider, one.address) for one in by)


def title(level: AppealLevel) -> dict[str, str]:
    """Who decides at a level inside, in words for a citizen, by language."""
    if level.key == "executive":
        return {"sw": level.name, "en": level.name_en}
    return {language: phrases.say(f"level.{level.key}", language) for language in phrases.LANGUAGES}


def answer_key(ticket: Ticket, now: datetime) -> str:
    """The key of an answer given at this moment; its delivery keeps what the answer keeps."""
    return f"ticket:{ticket.id}:answer:{now.timestamp():.6f}"


def number_of(ticket: Ticket) -> str | None:
    return vault.unseal(ticket.sealed_number) if ticket.sealed_number else None


def confirmed_number(ticket: Ticket) -> str | None:
    """The number that words may go to: the one its owner said was his, or to be written to."""
    return number_of(ticket) if ticket.number_confirmed_at is not None else None


def _day(moment: datetime) -> date:
    return moment.astimezone(EAT).date()
