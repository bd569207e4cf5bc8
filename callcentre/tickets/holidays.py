"""Holidays declared late, and holidays that are none after all.

A declaration is one row with a number, committed first; the calendar up to a number never changes,
and every promise keeps the number of the one it was computed with. moving.py then moves the dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, Identity, Text, func, insert, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit, charters
from callcentre.charters import Charter
from callcentre.charters.calendar import Calendar, Override
from callcentre.clock import EAT
from callcentre.db import Base


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


NEWEST = select(func.coalesce(func.max(Declaration.number), 0)).scalar_subquery()
"""The number of the last declaration; 0 if there is none."""


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
        number = session.scalar(select(NEWEST)) or 0
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


_ONE_AT_A_TIME = sql("SELECT pg_advisory_xact_lock(hashtext('declarations'))")
"""Numbers become visible in their order: who sees one has all before it."""


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
    session.execute(_ONE_AT_A_TIME)
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
    session.execute(_ONE_AT_A_TIME)
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
