"""Holidays declared late, and holidays that are none after all; open dates move with them.

A declaration is one row with a number, committed first. Every promise keeps the number of the
calendar it was computed with; open promises with an older one are then moved in batches, each its
own commit, so that a run that was killed is finished by the next. A date moves later with a
holiday, and earlier again with its withdrawal, but never to before the next closing time. The
citizen hears of it in one SMS, and only if he had been told another date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, Identity, Text, func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from callcentre import audit, charters, outbox, phrases
from callcentre.charters import Charter, Period
from callcentre.charters.calendar import Calendar, Override, due, next_closing
from callcentre.clock import EAT
from callcentre.db import Base
from callcentre.lines import Edition, newest
from callcentre.tickets import letters
from callcentre.tickets.model import Promise, Ticket

BATCH = 1000  # tickets moved in one commit; none is locked for longer than that takes


class BadHoliday(ValueError):
    """Raised for a declaration that cannot be; says why and what would do."""


class Declaration(Base):
    """That a day is a holiday (`add`), or is none (`remove`), for all or for one institution."""

    __tablename__ = "declarations"

    number: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    institution: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    declared_at: Mapped[datetime]
    declared_by: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Dated:
    """A calendar and the number of the last declaration in it (0: none yet)."""

    calendar: Calendar
    number: int


_known: dict[int, tuple[tuple[str | None, Override], ...]] = {0: ()}
"""What was declared up to a number; a declaration never changes, so this never does."""


def calendar_of(session: Session, charter: Charter, number: int | None = None) -> Dated:
    """The institution's calendar with everything declared up to `number` (None: up to now)."""
    if number is None:
        number = session.scalar(select(func.max(Declaration.number))) or 0
    if number not in _known:
        rows = session.scalars(
            select(Declaration).where(Declaration.number <= number).order_by(Declaration.number)
        )
        _known[number] = tuple((row.institution, _override(row)) for row in rows)
    ours = tuple(
        override for institution, override in _known[number] if institution in (None, charter.id)
    )
    return Dated(Calendar.of(charter.hours, ours), number)


def _override(row: Declaration) -> Override:
    return (row.day, row.name, "add" if row.kind == "add" else "remove")


def declare(
    session: Session,
    day: date,
    name: str,
    *,
    institution: str | None = None,
    source: str | None = None,
    by: str,
    now: datetime,
) -> int:
    """Declare a holiday; its number. Raises BadHoliday for a past one, or one that is known."""
    _check_day(day, now)
    if not name.strip():
        raise BadHoliday("a holiday needs a name")
    for charter in _meant(institution):
        known = calendar_of(session, charter).calendar.holidays.get(day)
        if known is not None:
            raise BadHoliday(f"{day} is a holiday already at {charter.id}: {known}")
    return _write(session, day, name.strip(), "add", institution, source, by=by, now=now)


def withdraw(
    session: Session,
    day: date,
    *,
    institution: str | None = None,
    source: str | None = None,
    by: str,
    now: datetime,
) -> int:
    """Say that a day is no holiday; its number. Raises BadHoliday where it is none anyway."""
    _check_day(day, now)
    names = {
        calendar_of(session, charter).calendar.holidays.get(day) for charter in _meant(institution)
    }
    if names == {None}:
        raise BadHoliday(f"{day} is no holiday; see `callcentre holiday list`")
    name = next(one for one in names if one is not None)
    return _write(session, day, name, "remove", institution, source, by=by, now=now)


def _check_day(day: date, now: datetime) -> None:
    today = now.astimezone(EAT).date()
    if day < today:
        raise BadHoliday(f"{day} is past (today is {today}); dates already told do not move")


def _meant(institution: str | None) -> Sequence[Charter]:
    return [charters.get(institution)] if institution else list(charters.all_current().values())


def _write(
    session: Session,
    day: date,
    name: str,
    kind: str,
    institution: str | None,
    source: str | None,
    *,
    by: str,
    now: datetime,
) -> int:
    number = session.execute(
        insert(Declaration)
        .values(
            day=day,
            name=name,
            kind=kind,
            institution=institution,
            source=source,
            declared_at=now,
            declared_by=by,
        )
        .returning(Declaration.number)
    ).scalar_one()
    audit.record(
        session,
        ticket_id=None,
        kind=f"holiday_{kind}",
        actor=by,
        now=now,
        body={"number": number, "day": day, "institution": institution},
    )
    return number


def declared(session: Session) -> Sequence[Declaration]:
    """The declarations that add a holiday, the oldest first."""
    query = select(Declaration).where(Declaration.kind == "add").order_by(Declaration.number)
    return session.scalars(query).all()


def move_batch(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Bring the open promises of up to `limit` tickets to the newest calendar; how many promises.

    Tickets that somebody else holds are left for the next batch; 0 means that none are left.
    """
    newest_number = session.scalar(select(func.max(Declaration.number))) or 0
    behind = (
        select(Promise.ticket_id)
        .where(
            Promise.calendar < newest_number,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.dropped_at.is_(None),
        )
        .limit(limit)
    )
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
            Promise.calendar < newest_number,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.dropped_at.is_(None),
        )
    ).all()
    moved = _move(session, stale, tickets, newest_number, now)
    session.execute(
        update(Promise)
        .where(Promise.id.in_([promise.id for promise in stale]))
        .values(calendar=newest_number)
    )
    _tell(session, moved, tickets, newest(session), newest_number, now)
    return len(stale)


_MOVE = sql(
    "UPDATE promises SET due_at = new.due_at"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[])) AS new (id, due_at)"
    " WHERE promises.id = new.id"
)


@dataclass(frozen=True, slots=True)
class _Moved:
    promise: Promise
    before: datetime
    after: datetime


def _move(
    session: Session,
    stale: Sequence[Promise],
    tickets: dict[int, Ticket],
    number: int,
    now: datetime,
) -> list[_Moved]:
    moved = []
    for promise in stale:
        ticket = tickets[promise.ticket_id]
        charter = charters.get(ticket.institution, ticket.charter_version)
        calendar = calendar_of(session, charter, number).calendar
        after = due(calendar, promise.received_at, period_of(promise)).at
        if after < promise.due_at:
            after = max(after, min(promise.due_at, next_closing(calendar, now)))
        if after != promise.due_at:
            moved.append(_Moved(promise, promise.due_at, after))
    if moved:
        ids, dues = [one.promise.id for one in moved], [one.after for one in moved]
        session.execute(_MOVE, {"ids": ids, "dues": dues})
        audit.record_many(
            session,
            "date_moved",
            [
                (
                    one.promise.ticket_id,
                    {
                        "promise": one.promise.id,
                        "calendar": number,
                        "from": one.before.isoformat(),
                        "to": one.after.isoformat(),
                    },
                )
                for one in moved
            ],
            now=now,
        )
    return moved


def period_of(promise: Promise) -> Period:
    return Period(promise.period_amount, promise.period_unit)  # type: ignore[arg-type]


def explain(session: Session, ticket: Ticket, promise: Promise) -> dict[str, str]:
    """Why a promise is due when it is, in one line of each language ("sw", "en").

    By the calendar it was computed with. Where the date stands elsewhere (a question stopped the
    office's target; a holiday was withdrawn too late to give the time back) the line says so.
    """
    charter = charters.get(ticket.institution, ticket.charter_version)
    calendar = calendar_of(session, charter, promise.calendar).calendar
    counted = due(calendar, promise.received_at, period_of(promise))
    now_at = promise.due_at.astimezone(EAT)
    said = {"sw": counted.explain("sw"), "en": counted.explain("en")}
    if counted.at == promise.due_at:
        return said
    return {
        "sw": f"{said['sw']}; sasa {now_at:%d/%m/%Y %H:%M}",
        "en": f"{said['en']}; now {now_at:%d/%m/%Y %H:%M}",
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
    name, day = session.execute(
        select(Declaration.name, Declaration.day).where(Declaration.number == number)
    ).one()
    drafts = []
    for one in moved:
        ticket = tickets[one.promise.ticket_id]
        after = one.after.astimezone(EAT).date()
        was_told = not one.promise.internal and one.promise.kind in ("answer", "letter")
        by = letters.sender(edition, ticket.institution)
        if not was_told or one.before.astimezone(EAT).date() == after or by is None:
            continue
        if ticket.sealed_number is None or ticket.number_confirmed_at is None:
            continue
        text, parts = phrases.message(
            "sms.date_moved",
            ticket.language,
            {"ref": ticket.ref, "tarehe": after, "sikukuu": f"{name} {day.day}/{day.month}"},
            today=now.astimezone(EAT).date(),
        )
        drafts.append(
            outbox.draft(
                key=f"ticket:{ticket.id}:date_moved:{number}",
                sealed_to=ticket.sealed_number,
                text=text,
                parts=parts,
                institution=ticket.institution,
                sender=by.address,
                provider=by.provider,
                now=now,
                kind="notice",
                ticket_id=ticket.id,
            )
        )
    outbox.post_many(session, drafts)
