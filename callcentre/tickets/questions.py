"""A question to the citizen stops the office's own targets, once, and never what was promised.

No charter knows a pause; so the printed promise and the public figure do not move for one. The
office's targets stand still for at most five working days, or until the answer; and nobody may ask
in the last fifth of the promised time.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, charters, vault
from callcentre.charters import Period
from callcentre.charters.calendar import Calendar, due, elapsed
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.tickets import expects, letters, promises, steps
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Promise, Ticket, WrongStatus, still_open

LONGEST = Period(5, "working_days")
NOT_IN_THE_LAST = 5  # one fifth of the promised time


def ask(
    session: Session,
    ticket: Ticket,
    question: str,
    *,
    edition: Edition,
    by: str,
    now: datetime,
) -> datetime:
    """Ask the citizen; until when the office's targets stand still. Raises WrongStatus."""
    calendar = _calendar(session, ticket)
    _check(session, ticket, question, calendar, now)
    number = letters.confirmed_number(ticket)
    if number is None:
        raise WrongStatus(f"{ticket.ref} has no number that may be written to")
    until = due(calendar, now, LONGEST).at
    ticket.asked_at, ticket.asked_until = now, until
    _shift(session, ticket, calendar, elapsed(calendar, now, until))
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:question",
        to=number,
        institution=ticket.institution,
        phrase="sms.paused",
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "swali": question.strip().rstrip("?."),
            "tarehe": until.astimezone(EAT).date(),
        },
        now=now,
        ticket_id=ticket.id,
    )
    audit.record(
        session, ticket_id=ticket.id, kind="asked", actor=by, now=now, body={"until": until}
    )
    return until


def ask_place(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """The one question back after a complaint by SMS: where. Once a day for a number."""
    if ticket.channel != "sms" or ticket.kind != "complaint" or ticket.place:
        return
    if ticket.answered_at or ticket.closed_at or ticket.withdrawn_at or ticket.danger_at:
        return
    number = letters.confirmed_number(ticket)
    if number is None:
        return
    edition = newest(session)
    by = letters.sender(edition, ticket.institution)
    if by is None or not by.hears:
        return
    posted = letters.post(
        session,
        edition,
        key=f"place:{vault.fingerprint(number).hex()}:{now.astimezone(EAT):%Y%m%d}",
        to=number,
        institution=ticket.institution,
        phrase="sms.need_place",
        language=ticket.language,
        values={"ref": ticket.ref},
        now=now,
        ticket_id=ticket.id,
        kind="notice",
    )
    if posted is not None:
        expects.ask(session, ticket, "place", now)


def answered(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen wrote: if he was asked, the office's targets run on from here."""
    if ticket.asked_until is None or ticket.asked_until <= now:
        return
    calendar = _calendar(session, ticket)
    _shift(session, ticket, calendar, -elapsed(calendar, now, ticket.asked_until))
    ticket.asked_until = now
    audit.record(session, ticket_id=ticket.id, kind="question_answered", actor="citizen", now=now)


def _calendar(session: Session, ticket: Ticket) -> Calendar:
    charter = charters.get(ticket.institution, ticket.charter_version)
    return calendar_of(session, charter).calendar


def _check(
    session: Session, ticket: Ticket, question: str, calendar: Calendar, now: datetime
) -> None:
    if ticket.answered_at or ticket.closed_at or ticket.withdrawn_at:
        raise WrongStatus(f"{ticket.ref} is {ticket.status}; there is nothing to ask any more")
    if ticket.asked_at is not None:
        raise WrongStatus(f"{ticket.ref} was asked once already; that is all that is allowed")
    if not question.strip():
        raise WrongStatus("a question needs words")
    told = promises.told(session, ticket.id)
    if told is not None:
        whole = elapsed(calendar, told.received_at, told.due_at)
        left = elapsed(calendar, now, told.due_at)
        if left * NOT_IN_THE_LAST < whole:
            raise WrongStatus(
                f"{ticket.ref} is in the last fifth of its promised time; answer it instead"
            )


def _shift(session: Session, ticket: Ticket, calendar: Calendar, by: timedelta) -> None:
    """Move the office's open targets by so much working time, and their steps with them."""
    charter = charters.get(ticket.institution, ticket.charter_version)
    for target in session.scalars(
        select(Promise).where(
            Promise.ticket_id == ticket.id,
            Promise.internal,
            still_open(),
        )
    ):
        target.stood_still += by
        target.due_at = promises.due_by(calendar, target)
        step = steps.moved(charter, target, calendar, target.due_at)
        if step is not None:
            target.next_step, target.next_step_at = step
