"""Open dates move with a holiday that was declared late, or withdrawn.

Promises counted with an older calendar are moved in batches, each its own commit, so that a run
that was killed is finished by the next. A date moves later with a holiday, and earlier again with
its withdrawal, but never to before the next closing time. The citizen hears of it in one SMS, and
only if he had been told another date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, defer

from callcentre import audit, callers, charters, outbox, phrases
from callcentre.charters.calendar import next_closing
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.tickets import holidays, letters, promises, steps
from callcentre.tickets.holidays import Declaration
from callcentre.tickets.model import Promise, Ticket, still_open

BATCH = 1000  # tickets moved in one commit; none is locked for longer than that takes


def move_batch(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Bring the open promises of up to `limit` tickets to the newest calendar; how many promises.

    Tickets that somebody else holds are left for the next batch; 0 means that none are left.
    """
    number = session.scalar(select(holidays.NEWEST)) or 0
    behind = select(Promise.ticket_id).where(Promise.calendar < number, still_open()).limit(limit)
    tickets = {
        ticket.id: ticket
        for ticket in session.scalars(
            select(Ticket)
            .where(Ticket.id.in_(behind))
            .options(defer(Ticket.words), defer(Ticket.answer), defer(Ticket.name))
            .with_for_update(skip_locked=True)
        )
    }
    if not tickets:
        return 0
    stale = session.scalars(
        select(Promise).where(
            Promise.ticket_id.in_(tickets),
            Promise.calendar < number,
            still_open(),
        )
    ).all()
    moved = _move(session, stale, tickets, number, now)
    session.execute(
        update(Promise)
        .where(Promise.id.in_([promise.id for promise in stale]))
        .values(calendar=number)
    )
    _tell(session, moved, tickets, newest(session), number, now)
    return len(stale)


_MOVE = sql(
    "UPDATE promises SET due_at = new.due_at, next_step = new.next_step,"
    " next_step_at = new.next_step_at"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[]),"
    " CAST(:steps AS smallint[]), CAST(:steps_at AS timestamptz[]))"
    " AS new (id, due_at, next_step, next_step_at)"
    " WHERE promises.id = new.id"
)


@dataclass(frozen=True, slots=True)
class _Moved:
    promise: Promise
    calendar: int  # the number of the one it was counted with
    before: datetime
    after: datetime

    @property
    def day(self) -> date:
        return self.after.astimezone(EAT).date()

    @property
    def was_told(self) -> bool:
        """Whether it is a date that a citizen was told, and is another day now."""
        told = not self.promise.internal and self.promise.kind in promises.ANSWERS
        return told and self.before.astimezone(EAT).date() != self.day


def _move(
    session: Session,
    stale: Sequence[Promise],
    tickets: dict[int, Ticket],
    number: int,
    now: datetime,
) -> list[_Moved]:
    """Give each promise its date and its next step by the newest calendar; those moved."""
    moved = []
    rows: dict[str, list[Any]] = {"ids": [], "dues": [], "steps": [], "steps_at": []}
    for promise in stale:
        ticket = tickets[promise.ticket_id]
        charter = charters.get(ticket.institution, ticket.charter_version)
        calendar = holidays.calendar_of(session, charter, number).calendar
        after = promises.due_by(calendar, promise)
        if after < promise.due_at:
            after = max(after, min(promise.due_at, next_closing(calendar, now)))
        if after != promise.due_at:
            moved.append(_Moved(promise, promise.calendar, promise.due_at, after))
        step = steps.moved(charter, promise, calendar, after)
        rows["ids"].append(promise.id)
        rows["dues"].append(after)
        rows["steps"].append(step.number if step else promise.next_step)
        rows["steps_at"].append(step.at if step else promise.next_step_at)
    session.execute(_MOVE, rows)
    if moved:
        events = [(one.promise.ticket_id, _event(one, number)) for one in moved]
        audit.record_many(session, "date_moved", events, now=now)
    return moved


def _event(moved: _Moved, number: int) -> dict[str, Any]:
    return {
        "promise": moved.promise.id,
        "calendar": number,
        "from": moved.before.isoformat(),
        "to": moved.after.isoformat(),
    }


def _tell(
    session: Session,
    moved: Sequence[_Moved],
    tickets: dict[int, Ticket],
    edition: Edition,
    number: int,
    now: datetime,
) -> None:
    """One SMS for each citizen whose told date is now another day."""
    declared = session.scalars(
        select(Declaration).where(Declaration.number <= number).order_by(Declaration.number.desc())
    ).all()
    unwilling = callers.unwilling(
        session, [ticket.number_print for ticket in tickets.values() if ticket.number_print]
    )
    drafts = []
    for one in moved:
        ticket = tickets[one.promise.ticket_id]
        by = edition.senders(ticket.institution)
        if not one.was_told or not by or ticket.number_confirmed_at is None:
            continue
        if ticket.sealed_number is None or ticket.number_print in unwilling:
            continue
        holiday = _why(declared, ticket, one)
        text, parts = phrases.message(
            "sms.date_moved" if holiday.kind == "add" else "sms.date_moved_back",
            ticket.language,
            {
                "ref": ticket.ref,
                "tarehe": one.day,
                "sikukuu": f"{holiday.name} {holiday.day.day}/{holiday.day.month}",
            },
            today=now.astimezone(EAT).date(),
        )
        drafts.append(
            outbox.Draft(
                key=f"ticket:{ticket.id}:date_moved:{number}",
                sealed_to=ticket.sealed_number,
                text=text,
                parts=parts,
                institution=ticket.institution,
                routes=letters.routes(by),
                kind="notice",
                ticket_id=ticket.id,
            )
        )
    outbox.post_many(session, drafts, now)


def _why(declared: Sequence[Declaration], ticket: Ticket, moved: _Moved) -> Declaration:
    """The newest declaration that this date had not been counted with, and that moved it so."""
    kind = "add" if moved.after > moved.before else "remove"
    until = max(moved.before, moved.after).astimezone(EAT).date()
    return next(
        one
        for one in declared
        if one.number > moved.calendar
        and one.kind == kind
        and one.institution in (None, ticket.institution)
        and one.day <= until
    )
