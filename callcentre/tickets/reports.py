"""How an institution kept its promises in a period, and what is open and late now.

The headline counts all promises to answer whose date has passed, those still open included: who
never answers does not look better for it. A report on progress keeps a promise and is no answer;
the two are counted apart.

What a report reads grows with its period and with what is open, not with what was ever received:
promises are found by their dates (ix_promises_told) and, the open ones, by ix_promises_unkept;
what was received by institution and day (ix_tickets_institution_status_opened_at).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from callcentre.charters import Charter
from callcentre.clock import EAT
from callcentre.people import PostRow
from callcentre.phrases import Value
from callcentre.tickets.alerts import Alert
from callcentre.tickets.model import STATUSES, Promise, Ticket
from callcentre.tickets.promises import ANSWERS

WORST = 3  # units that are named
A_DAY = timedelta(days=1)
NO_ANSWER = ("progress", "referred")  # what keeps a promise without being an answer to it


class Days(NamedTuple):
    """A period: its first and its last day (EAT)."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), EAT)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last, time(), EAT) + A_DAY


def week(now: datetime, last: date | None = None) -> Days:
    """The seven days until `last`: until the Sunday before today, if left out."""
    today = now.astimezone(EAT).date()
    last = last or today - today.isoweekday() * A_DAY
    return Days(last - 6 * A_DAY, last)


def month(now: datetime, last: date | None = None) -> Days:
    """The month of `last` until that day: the whole month before this one, if left out."""
    last = last or now.astimezone(EAT).date().replace(day=1) - A_DAY
    return Days(last.replace(day=1), last)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of an institution, or of one of its units.

    `due` are the promises to answer whose date came in the period, and has passed: those answered
    in time, kept in time by a report on progress, referred in time, and broken. `overdue` are open
    now, whatever their period; `oldest` is the age in days of the ticket open for longest, None
    where none is. `to_acknowledge` are the promises to acknowledge whose date came.
    """

    received: int = 0
    due: int = 0
    answered: int = 0
    progress: int = 0
    referred: int = 0
    broken: int = 0
    overdue: int = 0
    oldest: int | None = None
    to_acknowledge: int = 0
    acknowledged: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.received or self.due or self.overdue or self.oldest)


class Unit(NamedTuple):
    """A unit (None: what no unit has) and how many of its promises were broken, or are late."""

    unit: str | None
    late: int


@dataclass(frozen=True, slots=True)
class Report:
    institution: str
    days: Days
    whole: Figures
    units: dict[str | None, Figures]
    worst: tuple[Unit, ...]


class Overdue(NamedTuple):
    """A case for the meeting: nothing of its citizen. `post` is the last one that was alerted."""

    ref: str
    unit: str | None
    days: int
    post: str | None


def make(session: Session, institution: str, days: Days, now: datetime) -> Report:
    """The report of an institution on a period; open and overdue are as they stand now."""
    owed = _Counted(now)
    for query in (
        _received(institution, days),
        _came_due(institution, days, now),
        _unkept(institution, days, now),
    ):
        for row in session.execute(query):
            owed.add(row)
    return Report(institution, days, owed.whole(), owed.units(), owed.worst())


@dataclass(slots=True)
class _Counted:
    """Sums by unit, as the queries give them."""

    now: datetime
    sums: dict[str | None, dict[str, int]] = field(default_factory=dict)
    oldest: dict[str | None, datetime] = field(default_factory=dict)

    def add(self, row: Row[*tuple[object, ...]]) -> None:
        found = dict(row._mapping)
        unit = found.pop("unit")
        if (at := found.pop("oldest_at", None)) is not None:
            self.oldest[unit] = at
        self.sums.setdefault(unit, {}).update(found)

    def units(self) -> dict[str | None, Figures]:
        return {
            unit: _figures([sums], self._age([self.oldest.get(unit)]))
            for unit, sums in self.sums.items()
        }

    def whole(self) -> Figures:
        return _figures(list(self.sums.values()), self._age(list(self.oldest.values())))

    def _age(self, moments: Sequence[datetime | None]) -> int | None:
        first = min((at for at in moments if at is not None), default=None)
        return age(first, self.now) if first is not None else None

    def worst(self) -> tuple[Unit, ...]:
        late = [
            Unit(unit, sums.get("broken", 0) + sums.get("before", 0))
            for unit, sums in self.sums.items()
        ]
        late.sort(key=lambda one: (-one.late, one.unit or ""))
        return tuple(one for one in late[:WORST] if one.late)


def _figures(sums: Sequence[dict[str, int]], oldest: int | None) -> Figures:
    names = set(Figures.__slots__) - {"oldest"}
    return Figures(**{name: sum(one.get(name, 0) for one in sums) for name in names}, oldest=oldest)


def age(moment: datetime, now: datetime) -> int:
    """Whole days by the calendar of the wall since a moment."""
    return (now.astimezone(EAT).date() - moment.astimezone(EAT).date()).days


def _received(institution: str, days: Days) -> Select[*tuple[object, ...]]:
    return (
        select(Ticket.unit, func.count().label("received"))
        .where(
            Ticket.institution == institution,
            Ticket.status.in_(STATUSES),  # so that the index serves
            Ticket.opened_at >= days.since,
            Ticket.opened_at < days.until,
        )
        .group_by(Ticket.unit)
    )


def _came_due(institution: str, days: Days, now: datetime) -> Select[*tuple[object, ...]]:
    """By unit, what became of the promises whose date came in the period and has passed."""
    answers = Promise.kind.in_(ANSWERS)
    in_time = and_(Promise.kept_at.is_not(None), Promise.kept_at <= Promise.due_at)
    no_answer = Promise.kept_by.in_(NO_ANSWER)
    late = or_(Promise.kept_at.is_(None), Promise.kept_at > Promise.due_at)

    def count(name: str, *which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(and_(*which)).label(name)

    return (
        select(
            Ticket.unit,
            count("due", answers),
            count("answered", answers, in_time, ~no_answer),
            count("progress", answers, in_time, Promise.kept_by == "progress"),
            count("referred", answers, in_time, Promise.kept_by == "referred"),
            count("broken", answers, late),
            count("to_acknowledge", Promise.kind == "acknowledge"),
            count("acknowledged", Promise.kind == "acknowledge", in_time),
        )
        .join(Ticket, Ticket.id == Promise.ticket_id)
        .where(
            Ticket.institution == institution,
            Promise.internal.is_(False),
            Promise.dropped_at.is_(None),
            Promise.due_at >= days.since,
            Promise.due_at < min(days.until, now),
        )
        .group_by(Ticket.unit)
    )


def _open(institution: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Ticket.institution == institution,
        Promise.kind.in_(ANSWERS),
        Promise.internal.is_(False),
        Promise.kept_at.is_(None),
        Promise.dropped_at.is_(None),
    )


def _unkept(institution: str, days: Days, now: datetime) -> Select[*tuple[object, ...]]:
    """By unit, what is open now; `before` is late since before the period."""
    return (
        select(
            Ticket.unit,
            func.count().filter(Promise.due_at < now).label("overdue"),
            func.count().filter(Promise.due_at < days.since).label("before"),
            func.min(Ticket.opened_at).label("oldest_at"),
        )
        .join(Ticket, Ticket.id == Promise.ticket_id)
        .where(*_open(institution))
        .group_by(Ticket.unit)
    )


def overdue(session: Session, institution: str, now: datetime, limit: int) -> list[Overdue]:
    """The cases open past their date, the longest late first; of each ticket one.

    Where somebody may be in danger a case is seen by few, and is not among them.
    """
    rows = session.execute(
        select(Ticket.ref, Ticket.unit, Promise.id, Promise.due_at)
        .join(Ticket, Ticket.id == Promise.ticket_id)
        .where(*_open(institution), Promise.due_at < now, Ticket.danger_at.is_(None))
        .order_by(Promise.due_at, Promise.id)
        .limit(limit)
    ).all()
    posts = _alerted(session, [row.id for row in rows])
    return [Overdue(row.ref, row.unit, age(row.due_at, now), posts.get(row.id)) for row in rows]


def _alerted(session: Session, promise_ids: Sequence[int]) -> dict[int, str]:
    """The title of the post that heard last of each of these promises."""
    query = (
        select(Alert.promise_id, PostRow.title)
        .ext(distinct_on(Alert.promise_id))
        .join(PostRow, PostRow.id == Alert.post_id)
        .where(Alert.promise_id.in_(promise_ids))
        .order_by(Alert.promise_id, Alert.step.desc(), Alert.id.desc())
    )
    return {promise_id: title for promise_id, title in session.execute(query)}


def in_words(figures: Figures, **more: Value) -> dict[str, Value]:
    """The figures as the phrases of a digest name them."""
    return {
        "mapya": figures.received,
        "yote": figures.due,
        "kwa_wakati": figures.answered,
        "kwa_hatua": figures.progress,
        "yaliyovunjika": figures.broken,
        "wazi": figures.overdue,
        "n": figures.oldest or 0,
        **more,
    }


def names(charter: Charter, worst: Sequence[Unit], nobody: str) -> str:
    """The worst units by their short names, each with its number."""
    return ", ".join(
        f"{charter.unit(one.unit).short if one.unit else nobody} {one.late}" for one in worst
    )
