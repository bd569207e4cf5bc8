"""What an office does with a ticket: give it to a unit, answer it, close it. Nothing commits."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.lines import Edition
from callcentre.tickets import forwarding, letters, tasks
from callcentre.tickets.model import Ticket, WrongStatus

ALLOWED = {
    "assign": {"received", "acknowledged", "assigned", "answered"},
    "answer": {"received", "acknowledged", "assigned", "answered"},
    "close": {"answered"},
}
"""What may be done where a ticket stands."""


def _check(ticket: Ticket, act: str) -> None:
    if ticket.status not in ALLOWED[act]:
        allowed = ", ".join(sorted(ALLOWED[act]))
        raise WrongStatus(
            f"cannot {act} {ticket.ref}: it is {ticket.status}, and must be one of: {allowed}"
        )


def assign(
    session: Session, ticket: Ticket, *, unit: str | None, to: str | None, by: str, now: datetime
) -> None:
    """Give the ticket to a unit of its institution, or to someone in it.

    A date the citizen was told never becomes later by it. Raises WrongStatus, UnknownUnit.
    """
    _check(ticket, "assign")
    if unit is not None:
        charters.get(ticket.institution, ticket.charter_version).unit(unit)
        ticket.unit = unit
    ticket.assigned_to = to
    ticket.assigned_at = now
    forwarding.forward(session, ticket, now)
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="assigned",
        actor=by,
        now=now,
        body={"unit": ticket.unit, "to": to},
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
    An SMS goes only to a number its owner confirmed; to another one, a neutral word that there
    is news, where he has a code to read it by. The promise is kept by delivery, or by reading.
    """
    _check(ticket, "answer")
    if not words.strip():
        raise WrongStatus("an answer needs words")
    if finding is not None and ticket.kind != "complaint":
        raise WrongStatus(f"{ticket.ref} is a {ticket.kind}; only a complaint is proved or not")
    ticket.answer = words.strip()
    ticket.finding = finding
    ticket.answered_at = now
    audit.record(
        session, ticket_id=ticket.id, kind="answered", actor=by, now=now, body={"finding": finding}
    )
    number = letters.number_of(ticket)
    if number and ticket.number_confirmed_at:
        phrase, by_way = "sms.not_upheld" if finding == "not_proved" else "sms.answered", "sms"
    elif number and ticket.code_print:
        phrase, by_way = "sms.news_confidential", "code"
    else:
        tasks.make(session, ticket, "give_answer", now=now)
        return "code" if ticket.code_print else "task"
    posted = letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:answer:{now.timestamp():.6f}",
        to=number,
        institution=ticket.institution,
        phrase=phrase,
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "muhtasari": _sentence(ticket.answer),
            "sababu": ticket.answer.rstrip(".!? "),
        },
        now=now,
        ticket_id=ticket.id,
    )
    if posted is None:
        tasks.make(session, ticket, "give_answer", now=now)
        return "task"
    return by_way


def _sentence(words: str) -> str:
    return words if words[-1] in ".!?" else words + "."


def close(session: Session, ticket: Ticket, *, by: str, reason: str, now: datetime) -> None:
    """Close an answered ticket. Raises WrongStatus for any other."""
    _check(ticket, "close")
    ticket.closed_at = now
    audit.record(
        session, ticket_id=ticket.id, kind="closed", actor=by, now=now, body={"reason": reason}
    )
