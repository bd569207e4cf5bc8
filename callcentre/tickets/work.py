"""What an office does with a ticket: give it to a unit, answer it, close it. Nothing commits."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.phrases import Term
from callcentre.tickets import (
    expects,
    forwarding,
    kept,
    letters,
    merging,
    promises,
    referral,
    sameness,
    tasks,
)
from callcentre.tickets.model import Ticket, WrongStatus
from callcentre.tickets.transitions import check


def assign(
    session: Session, ticket: Ticket, *, unit: str | None, to: str | None, by: str, now: datetime
) -> None:
    """Give the ticket to a unit of its institution, or to someone in it.

    A date the citizen was told never becomes later by it. Raises WrongStatus, UnknownUnit.
    """
    check(ticket, "assign")
    before = ticket.unit
    if unit is not None:
        charters.get(ticket.institution, ticket.charter_version).unit(unit)
        ticket.unit = unit
    ticket.assigned_to = to
    ticket.assigned_at = now
    forwarding.forward(session, ticket, now)
    referral.accepted(session, ticket, now)
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="assigned",
        actor=by,
        now=now,
        body={"unit": ticket.unit, "to": to},
    )
    if ticket.unit != before:
        _tell_where_it_is(session, ticket, now)


def _tell_where_it_is(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen who was told a date hears who has his complaint now; the date is the same."""
    number, told = letters.confirmed_number(ticket), promises.told(session, ticket.id)
    if number is None or told is None or ticket.kind != "complaint" or ticket.danger_at:
        return
    charter = charters.get(ticket.institution, ticket.charter_version)
    letters.post(
        session,
        newest(session),
        key=f"ticket:{ticket.id}:assigned:{ticket.unit}",
        to=number,
        institution=ticket.institution,
        phrase="sms.assigned",
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "mada": Term(f"topic.{ticket.topic or 'other'}.name"),
            "ahadi": charter.wording,
            "tarehe": told.due_at.astimezone(EAT).date(),
        },
        now=now,
        ticket_id=ticket.id,
        kind="notice",
    )


FINDINGS = ("proved", "partly_proved", "not_proved")
"""What an office may have found of a complaint; the other outcomes are what was done with it."""


def answer(
    session: Session,
    ticket: Ticket,
    words: str,
    *,
    edition: Edition,
    by: str,
    now: datetime,
    finding: str | None = None,
) -> str:
    """Answer the citizen; how it goes to him: `sms`, `code` or `task`.

    With a `finding` (one of FINDINGS) the words say what was found and done; who is told that his
    complaint was not proved is told his right of appeal with it (000:691, 001:385, 002:264).
    Tickets merged into this one get the answer too.
    An SMS goes only to a number its owner confirmed; to another one, a neutral word that there
    is news, where he has a code to read it by. The promise is kept by delivery, or by reading.
    """
    way = _answer(session, ticket, words, edition=edition, by=by, now=now, finding=finding)
    for one in merging.followers(session, ticket):
        _answer(session, one, words, edition=edition, by=by, now=now, finding=finding)
    return way


def _answer(
    session: Session,
    ticket: Ticket,
    words: str,
    *,
    edition: Edition,
    by: str,
    now: datetime,
    finding: str | None,
) -> str:
    check(ticket, "answer")
    if not words.strip():
        raise WrongStatus("an answer needs words")
    if finding is not None and ticket.kind != "complaint":
        raise WrongStatus(f"{ticket.ref} is a {ticket.kind}; only a complaint is proved or not")
    ticket.answer = words.strip()
    ticket.finding = finding
    ticket.answered_at = now
    ticket.answer_print = sameness.print_of(words)
    kept.plan(ticket, now)
    referral.accepted(session, ticket, now)
    audit.record(
        session, ticket_id=ticket.id, kind="answered", actor=by, now=now, body={"finding": finding}
    )
    number = letters.number_of(ticket)
    if number and ticket.number_confirmed_at:
        phrase, by_way = _telling(edition, ticket), "sms"
    elif number and ticket.code_print:
        phrase, by_way = "sms.news_confidential", "code"
    else:
        tasks.make(session, ticket, "give_answer", now=now)
        return "code" if ticket.code_print else "task"
    posted = letters.post(
        session,
        edition,
        key=letters.answer_key(ticket, now),
        to=number,
        institution=ticket.institution,
        phrase=phrase,
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "aina": Term(f"kind.{ticket.kind}"),
            "muhtasari": _sentence(ticket.answer),
            "sababu": ticket.answer.rstrip(".!? "),
        },
        now=now,
        ticket_id=ticket.id,
    )
    if posted is None:
        tasks.make(session, ticket, "give_answer", now=now)
        return "task"
    if by_way == "sms":
        expects.ask(session, ticket, "satisfied", now)
    return by_way


def _telling(edition: Edition, ticket: Ticket) -> str:
    """The phrase for an answer: with a question by SMS only where the line can hear it."""
    phrase = "sms.not_upheld" if ticket.finding == "not_proved" else "sms.answered"
    by = letters.sender(edition, ticket.institution)
    return phrase if by is not None and by.hears else f"{phrase}_dial"


def _sentence(words: str) -> str:
    return words if words[-1] in ".!?" else words + "."


def summarize(session: Session, ticket: Ticket, words: str, *, by: str, now: datetime) -> None:
    """Write down what a citizen said in a recording; those are the ticket's words from then on.

    Raises WrongStatus for a ticket whose words are the citizen's own.
    """
    if ticket.channel != "voice":
        raise WrongStatus(f"{ticket.ref} came in writing; its words are the citizen's own")
    if not words.strip():
        raise WrongStatus("a summary needs words")
    ticket.words = words.strip()
    audit.record(session, ticket_id=ticket.id, kind="summarized", actor=by, now=now)


def close(session: Session, ticket: Ticket, *, by: str, reason: str, now: datetime) -> None:
    """Close an answered ticket. Raises WrongStatus for any other."""
    check(ticket, "close")
    ticket.closed_at = now
    audit.record(
        session, ticket_id=ticket.id, kind="closed", actor=by, now=now, body={"reason": reason}
    )
