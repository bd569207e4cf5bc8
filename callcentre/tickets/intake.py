"""Opening a ticket, and what its citizen does to it afterwards. Nothing here commits."""

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, make_transient_to_detached

from callcentre import audit, charters, outbox, vault
from callcentre.charters import Charter
from callcentre.charters.model import TicketKind
from callcentre.clock import EAT
from callcentre.lines import Edition, Line
from callcentre.outbox import Draft
from callcentre.tickets import (
    conflicts,
    expects,
    holidays,
    letters,
    promises,
    questions,
    reference,
    tasks,
)
from callcentre.tickets.model import NUMBERS, Addition, Ticket, UnknownTicket, WrongStatus

logger = logging.getLogger(__name__)

_NUMBERS = select(NUMBERS.next_value(), holidays.NEWEST)  # both in one question
_TABLE = Ticket.metadata.tables["tickets"]
_INSERT = insert(_TABLE).returning(_TABLE.c.id)

HOLD = timedelta(seconds=90)
"""How long an acknowledgement waits to be told whose phone it is."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a citizen said. `institution` None: he does not know, the line's keeper takes it.

    `number` is E.164 or None; a nameless one's is never passed on to here. `received_at` is
    when the provider had it. `confirmed`: it is known to be the writer's own phone (an SMS).
    """

    kind: TicketKind
    institution: str | None
    topic: str | None
    identity: str
    words: str
    channel: str
    line: Line
    language: str
    number: str | None
    received_at: datetime
    confirmed: bool = False
    danger: bool = False  # the words may tell of somebody in danger: nothing is written to him
    link: str | None = None  # an on-demand SMS, which only a reply with this link may answer
    hold: timedelta = HOLD  # how long its acknowledgement waits, where nobody said whose phone


@dataclass(frozen=True, slots=True)
class Opened:
    ticket: Ticket
    charter: Charter
    due: date | None  # the day told for the answer


def open_ticket(session: Session, said: Opening, edition: Edition, now: datetime) -> Opened:
    """Open a ticket with its promises and its acknowledgement, all in the caller's transaction."""
    number, declared = session.execute(_NUMBERS).one()
    received_on = said.received_at.astimezone(EAT).date()
    charter = charters.on(said.institution or said.line.keeper, received_on)
    unit = charter.unit_for(said.topic) if said.topic and said.institution else None
    ticket = _insert(
        session,
        ref=reference.make(number, now),
        kind=said.kind,
        institution=charter.id,
        charter_version=charter.version,
        placed=said.institution is not None,
        unit=unit,
        topic=said.topic,
        identity=said.identity,
        channel=said.channel,
        line=said.line.address,
        language=said.language,
        words=said.words,
        sealed_number=vault.seal(said.number) if said.number else None,
        number_print=vault.fingerprint(said.number) if said.number else None,
        number_confirmed_at=now if said.confirmed and said.number else None,
        wrong_codes=0,
        danger_at=now if said.danger else None,
        opened_at=said.received_at,
        touched_at=now,
    )
    due = promises.make(
        session,
        ticket,
        _rules(said, unit, charter),
        said.received_at,
        holidays.calendar_of(session, charter, declared),
        now,
    )
    if said.danger:
        tasks.make(session, ticket, "danger", now=now, due_at=now, ring_at=now)
        tasks.make(session, ticket, "danger_next_day", now=now, due_at=now + timedelta(days=1))
        logger.error("somebody may be in danger", extra={"ticket": ticket.id})
    elif said.number:
        _acknowledge(session, ticket, due, said, edition, now)
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="opened",
        actor="citizen",
        now=now,
        first=True,
        body={
            "kind": ticket.kind,
            "institution": ticket.institution,
            "charter": ticket.charter_version,
            "unit": unit,
            "topic": ticket.topic,
            "identity": ticket.identity,
            "channel": ticket.channel,
            "due": due,
        },
    )
    return Opened(ticket, charter, due)


def _insert(session: Session, **given: Any) -> Ticket:
    """A new ticket, inserted by one statement: a flush takes three times as long."""
    ticket = Ticket(id=session.scalar(_INSERT, given), **given)
    make_transient_to_detached(ticket)
    session.add(ticket)
    return ticket


def _rules(said: Opening, unit: str | None, charter: Charter) -> list[charters.Rule]:
    """The charter's rules, and for what has no unit yet the office's target to find it one.

    Routing takes 30 working minutes after Morogoro's own (000:339). Where the citizen did not know
    the institution, nothing is told: no charter promised it here. It is acknowledged all the same.
    """
    promised = list(charter.promises(said.kind, unit))
    if said.institution is None:
        promised = [replace(one, internal=True) for one in promised if one.kind == "acknowledge"]
    elif said.kind == "complaint":
        promised += charter.investigations(said.topic)
    route = charter.rule("route") if unit is None else None
    return [*promised, route] if route else promised


def _acknowledge(
    session: Session,
    ticket: Ticket,
    due: date | None,
    said: Opening,
    edition: Edition,
    now: datetime,
) -> None:
    """Post the acknowledgement: at once to a phone known to be theirs, else held and neutral."""
    how: letters.Telling = "openly" if said.confirmed else "confidential"
    letter = _acknowledgement(ticket, said.number or "", due, edition, said.line, how)
    if letter is None:
        tasks.make(session, ticket, "prove_acknowledgement", now=now)
        return
    hold = None if said.confirmed else said.hold
    outbox.post(session, replace(letter, hold=hold, link=said.link), now)


def _acknowledgement(
    ticket: Ticket,
    to: str,
    due: date | None,
    edition: Edition,
    line: Line,
    how: letters.Telling,
) -> Draft | None:
    """The letter to the ticket's number (`to`) that we have it; None where no line can write."""
    by = edition.senders(ticket.institution, line, to)
    if not by or ticket.sealed_number is None:
        return None
    charter = charters.get(ticket.institution, ticket.charter_version)
    at = letters.addresses(edition, ticket.institution, line)
    text, parts = letters.acknowledgement(ticket, charter, due, at, how)
    return Draft(
        key=acknowledgement_key(ticket.id),
        sealed_to=ticket.sealed_number,
        text=text,
        parts=parts,
        institution=ticket.institution,
        routes=letters.routes(by),
        ticket_id=ticket.id,
    )


def acknowledgement_key(ticket_id: int | str) -> str:
    return f"ticket:{ticket_id}:acknowledge"


def send_to(
    session: Session,
    ticket: Ticket,
    *,
    whose: str,
    number: str | None,
    edition: Edition,
    line: Line,
    now: datetime,
) -> None:
    """Act on "is this your phone?": `mine` writes here, `another` to `number`, `none` nowhere."""
    if whose == "none":
        _forget_number(ticket)
        outbox.cancel(session, acknowledgement_key(ticket.id), now=now)
    else:
        if whose == "another" and number:
            _set_number(ticket, number)
        ticket.number_confirmed_at = now
        due = promises.told_day(session, ticket)
        to = letters.number_of(ticket) or ""
        letter = _acknowledgement(ticket, to, due, edition, line, "openly")
        went = letter and outbox.release(session, letter.key, now=now, instead=letter)
        if letter and number and not went:  # the neutral text went out before the answer
            outbox.post(session, replace(letter, key=f"{letter.key}:other"), now)
    audit.record(
        session, ticket_id=ticket.id, kind="phone", actor="citizen", now=now, body={"whose": whose}
    )


def tell_cut(
    session: Session, ticket: Ticket, *, edition: Edition, line: Line, now: datetime
) -> None:
    """The call was cut, or its caller hung up to send: what still waits to be sent says so."""
    due = promises.told_day(session, ticket)
    to = letters.number_of(ticket) or ""
    letter = _acknowledgement(ticket, to, due, edition, line, "cut")
    if letter is not None:
        outbox.release(session, letter.key, now=now, instead=letter)


def say_safe(
    session: Session,
    ticket: Ticket,
    *,
    number: str | None,
    edition: Edition,
    line: Line,
    now: datetime,
) -> None:
    """Who may be in danger says which number is safe to write to and to ring; None: no number.

    Whatever is written there names neither office nor matter.
    """
    if number is None:
        _forget_number(ticket)
    else:
        _set_number(ticket, number)
        ticket.number_confirmed_at = now
        due = promises.told_day(session, ticket)
        letter = _acknowledgement(ticket, number, due, edition, line, "confidential")
        if letter is not None:
            outbox.post(session, letter, now)
    body = {"safe": number is not None}
    audit.record(session, ticket_id=ticket.id, kind="safe", actor="citizen", now=now, body=body)


def disown(session: Session, number: str, now: datetime) -> bool:
    """Whoever has this number says that the matter is not his: it is written to no more.

    Whether there was anything to stop. What is still to be told is for a person to tell.
    """
    query = select(Ticket).where(
        Ticket.number_print == vault.fingerprint(number), Ticket.closed_at.is_(None)
    )
    found = session.scalars(query.with_for_update()).all()
    for ticket in found:
        _forget_number(ticket)
        outbox.cancel_all(session, ticket.id, now=now)
        expects.forget(session, ticket, now)
        tasks.make(session, ticket, "prove_acknowledgement", now=now)
        audit.record(session, ticket_id=ticket.id, kind="not_mine", actor="stranger", now=now)
    return bool(found)


def make_nameless(session: Session, ticket: Ticket, code: str, now: datetime) -> None:
    """Its citizen chose, after the words, to stay unknown: the number goes, the code stays."""
    ticket.identity = "anonymous"
    _forget_number(ticket)
    outbox.cancel(session, acknowledgement_key(ticket.id), now=now)
    choose_code(session, ticket, code, now)
    audit.record(session, ticket_id=ticket.id, kind="nameless", actor="citizen", now=now)


def _set_number(ticket: Ticket, number: str) -> None:
    ticket.sealed_number, ticket.number_print = vault.seal(number), vault.fingerprint(number)


def _forget_number(ticket: Ticket) -> None:
    ticket.sealed_number = ticket.number_print = ticket.number_confirmed_at = None


def let_acknowledgement_go(session: Session, ticket: Ticket, now: datetime) -> None:
    """The session is over and nobody said whose phone it is: send the neutral text."""
    outbox.release(session, acknowledgement_key(ticket.id), now=now)


def add(
    session: Session, ticket: Ticket, *, what: str, words: str, channel: str, now: datetime
) -> None:
    """Add words, a name, a place or another detail that the citizen gave after filing."""
    touch(session, ticket, now)
    if what == "name":
        ticket.name = vault.seal(words)
    else:
        if what == "place":
            ticket.place = words
        session.add(Addition(ticket_id=ticket.id, what=what, words=words, channel=channel, at=now))
        if what == "officer":
            conflicts.officer_named(session, ticket, now)
    audit.record(
        session, ticket_id=ticket.id, kind="added", actor="citizen", now=now, body={"what": what}
    )


def touch(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen says something more. Raises WrongStatus on a ticket that was taken back."""
    if ticket.withdrawn_at is not None:
        raise WrongStatus(f"{ticket.ref} was taken back; nothing can be added")
    ticket.touched_at = now
    questions.answered(session, ticket, now)


def choose_code(session: Session, ticket: Ticket, code: str, now: datetime) -> None:
    """Keep a print of the four digits that open this ticket from any phone."""
    ticket.code_print = code_print(ticket.ref, code)
    ticket.wrong_codes = 0
    ticket.locked_until = None
    audit.record(session, ticket_id=ticket.id, kind="code_chosen", actor="citizen", now=now)


def draw_code() -> str:
    """Four digits for a citizen who cannot choose them (an SMS without a name)."""
    return f"{secrets.randbelow(10_000):04}"


def code_print(ref: str, code: str) -> bytes:
    """What is stored of a code: a keyed hash of it with its reference."""
    return vault.fingerprint(f"{ref}:{code}", "code")


def withdraw(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen takes the ticket back. Raises WrongStatus once it is closed."""
    if ticket.closed_at is not None:
        raise WrongStatus(f"{ticket.ref} is closed; it cannot be taken back")
    if ticket.withdrawn_at is not None:
        return
    ticket.withdrawn_at = now
    promises.drop(session, ticket, now)
    outbox.cancel_all(session, ticket.id, now=now)
    tasks.drop(session, ticket, now)
    audit.record(session, ticket_id=ticket.id, kind="withdrawn", actor="citizen", now=now)


def locked(session: Session, ref: str) -> Ticket:
    """The ticket with this reference under its row lock. Raises UnknownTicket."""
    ticket = session.scalar(select(Ticket).where(Ticket.ref == ref).with_for_update())
    if ticket is None:
        raise UnknownTicket(f"no ticket {ref}")
    return ticket
