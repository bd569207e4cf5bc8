"""Dated duties on a ticket: made from the charter when it opens, kept by proof, or broken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.charters import Charter, Period, Rule
from callcentre.charters.calendar import Calendar, due, later
from callcentre.charters.ladder import Dates
from callcentre.clock import EAT
from callcentre.tickets import alerts, steps
from callcentre.tickets.holidays import NEWEST, Dated, calendar_of
from callcentre.tickets.model import Promise, Ticket, still_open

ANSWERS = ("answer", "letter", "appeal")  # the kinds whose date a citizen is told as "the answer's"
ANSWERED = ("acknowledge", *ANSWERS, "investigate", "back_stop", "route")  # what an answer settles

_INSERT = insert(Promise.metadata.tables["promises"]).inline()  # without the ORM: half the time


def make(
    session: Session,
    ticket: Ticket,
    rules: Sequence[Rule],
    received: datetime,
    dated: Dated,
    now: datetime,
) -> date | None:
    """Write the promises that these rules make; the day (EAT) told for the answer, if any."""
    if not rules:
        return None
    told: date | None = None
    rows = []
    for rule in rules:
        due_at = due(dated.calendar, received, rule.period).at
        if rule.kind in ANSWERS and not rule.internal:
            told = due_at.astimezone(EAT).date()
        rows.append(_row(ticket, rule, received, due_at, dated, now))
    session.execute(_INSERT, rows)
    return told


def add(
    session: Session,
    ticket: Ticket,
    rule: Rule,
    *,
    received: datetime,
    internal: bool,
    now: datetime,
) -> datetime:
    """One more promise on a ticket, by a rule of its charter; when it is due."""
    charter = charters.get(ticket.institution, ticket.charter_version)
    dated = calendar_of(session, charter)
    due_at = due(dated.calendar, received, rule.period).at
    write(session, ticket, replace(rule, internal=internal), received, due_at, dated, now)
    return due_at


def write(
    session: Session,
    ticket: Ticket,
    rule: Rule,
    received: datetime,
    due_at: datetime,
    dated: Dated,
    now: datetime,
) -> None:
    """Write one promise whose date is already counted, with the calendar it was counted by."""
    session.execute(_INSERT, _row(ticket, rule, received, due_at, dated, now))


def _row(
    ticket: Ticket, rule: Rule, received: datetime, due_at: datetime, dated: Dated, now: datetime
) -> dict[str, Any]:
    dates = Dates(dated.calendar, received, due_at)
    return {
        "ticket_id": ticket.id,
        "kind": rule.kind,
        "internal": rule.internal,
        "received_at": received,
        "due_at": due_at,
        "period_amount": rule.period.amount,
        "period_unit": rule.period.unit,
        "clause": clause(rule),
        "calendar": dated.number,
        **steps.first(_charter(ticket), rule.kind, internal=rule.internal, dates=dates, now=now),
    }


def due_by(calendar: Calendar, promise: Promise) -> datetime:
    """When a promise falls due by this calendar, with the time for which it stood still.

    An appointment is served within minutes of its time, whatever the calendar says.
    """
    if promise.kind == "appointment":
        return promise.due_at
    counted = due(calendar, promise.received_at, period_of(promise)).at
    return later(calendar, counted, promise.stood_still) if promise.stood_still else counted


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


def clause(rule: Rule) -> dict[str, object]:
    """The sentence of the charter that makes a promise, as it is shown and stored."""
    return {
        "text": rule.clause.text,
        "clean": rule.clause.clean,
        "document": rule.clause.document,
        "line": rule.clause.line,
        "basis": rule.basis,
    }


def told(session: Session, ticket_id: int) -> Promise | None:
    """The promise whose date the citizen was told: the latest made for the answer."""
    return session.scalar(_told([ticket_id]).order_by(Promise.id.desc()).limit(1))


def _told(ticket_ids: Iterable[int]) -> Select[Promise]:
    """The promises of these tickets whose dates were told as the answer's."""
    return select(Promise).where(
        Promise.ticket_id.in_(ticket_ids),
        Promise.kind.in_(ANSWERS),
        Promise.internal.is_(False),
        Promise.dropped_at.is_(None),
    )


def told_day(session: Session, ticket: Ticket) -> date | None:
    """The day (EAT) that the citizen was told for the answer, if any."""
    promise = told(session, ticket.id)
    return promise.due_at.astimezone(EAT).date() if promise else None


def keep(session: Session, ticket: Ticket, kinds: Sequence[str], *, by: str, now: datetime) -> bool:
    """Mark the ticket's open promises of these kinds kept; whether there were any.

    The caller holds the ticket's row lock. A promise once kept is never changed, and one kept
    after its date stays on record as broken too, whether or not a sweep came by before.
    """
    return _keep(session, ticket, {"kinds": list(kinds), "promise": None}, by=by, now=now)


def keep_one(session: Session, ticket: Ticket, promise_id: int, *, by: str, now: datetime) -> bool:
    """Mark one promise of the ticket kept, as `keep` does."""
    return _keep(session, ticket, {"kinds": [], "promise": promise_id}, by=by, now=now)


_KEEP = sql(
    """
    UPDATE promises SET kept_at = :now, kept_by = :by, next_step_at = NULL,
        broken_at = CASE WHEN due_at < :now THEN coalesce(broken_at, :now) ELSE broken_at END
    WHERE ticket_id = :ticket AND kept_at IS NULL AND dropped_at IS NULL
      AND (kind = ANY(CAST(:kinds AS text[])) OR id = CAST(:promise AS bigint))
    RETURNING id, kind
    """
)  # what is kept after its date was broken too, swept or not


def _keep(
    session: Session, ticket: Ticket, which: dict[str, Any], *, by: str, now: datetime
) -> bool:
    kept = session.execute(_KEEP, {"ticket": ticket.id, "by": by, "now": now, **which}).all()
    if not kept:
        return False
    alerts.end(session, [promise_id for promise_id, _ in kept], now)
    kinds = {kind for _, kind in kept}
    if "acknowledge" in kinds:
        ticket.acknowledged_at = ticket.acknowledged_at or now
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="promise_kept",
        now=now,
        body={"kinds": sorted(kinds), "by": by},
    )
    return True


def drop(session: Session, ticket: Ticket, now: datetime, *, kind: str | None = None) -> None:
    """The citizen took the ticket (or what one kind promises) back: it is owed to nobody."""
    query = update(Promise).where(
        Promise.ticket_id == ticket.id, Promise.kept_at.is_(None), Promise.dropped_at.is_(None)
    )
    if kind is not None:
        query = query.where(Promise.kind == kind)
    dropped = query.values(dropped_at=now, next_step_at=None).returning(Promise.id)
    alerts.end(session, session.scalars(dropped).all(), now)


def mark_broken(session: Session, now: datetime, limit: int = 500) -> int:
    """Write down the promises whose date has passed unkept; how many, `limit` at most."""
    due_now = (
        select(Promise.id, Promise.ticket_id)
        .where(Promise.due_at < now, still_open(), Promise.kind != "accept")  # that one returns
        .order_by(Promise.due_at)
        .limit(limit)
    )
    found = session.execute(due_now).all()
    theirs = select(Ticket).where(Ticket.id.in_({ticket_id for _, ticket_id in found}))
    tickets = session.scalars(theirs.order_by(Ticket.id).with_for_update())
    by_id = {ticket.id: ticket for ticket in tickets}
    break_all(session, by_id, [promise_id for promise_id, _ in found], now)
    return len(found)


def next_due(session: Session, after: datetime) -> datetime | None:
    """The first moment after this one at which an open promise is due, or its next step is."""
    due = select(func.min(Promise.due_at)).where(Promise.due_at > after, still_open())
    step = select(func.min(Promise.next_step_at)).where(Promise.next_step_at > after)
    return min(filter(None, (session.scalar(due), session.scalar(step))), default=None)


def break_all(
    session: Session, tickets: Mapping[int, Ticket], promise_ids: Sequence[int], now: datetime
) -> None:
    """Write down that these promises were not kept by their dates, where it is not yet.

    The caller holds the row locks of their `tickets`, and has seen that the dates have passed.
    """
    broken = session.execute(
        update(Promise)
        .where(Promise.id.in_(promise_ids), still_open())
        .values(broken_at=now)
        .returning(Promise.id, Promise.ticket_id, Promise.kind)
    ).all()
    events = [(one.ticket_id, {"promise": one.id, "kind": one.kind}) for one in broken]
    audit.record_many(session, "promise_broken", events, now=now)
    late = {one.ticket_id for one in broken if one.kind in ANSWERS}
    _back_stops(session, [tickets[ticket_id] for ticket_id in sorted(late)], now)


def _back_stops(session: Session, tickets: Sequence[Ticket], now: datetime) -> None:
    """Sengerema's limit on lateness: 30 days past the promise the executive director has it.

    Printed as "siku 30 za muda wa ahadi" (001:369); it neither shortens nor lengthens a promise,
    and is kept by the answer.
    """
    rules = {
        ticket.id: rule
        for ticket in tickets
        if (rule := _charter(ticket).rule("back_stop", ticket.unit)) is not None
    }
    if not rules:
        return
    stopped = set(
        session.scalars(
            select(Promise.ticket_id).where(
                Promise.ticket_id.in_(rules),
                Promise.kind == "back_stop",
                Promise.dropped_at.is_(None),
            )
        )
    )
    newest_told = _told(rules).ext(distinct_on(Promise.ticket_id)).order_by(Promise.ticket_id)
    told_at = {
        one.ticket_id: one.due_at
        for one in session.scalars(newest_told.order_by(Promise.id.desc()))
    }
    number = session.scalar(select(NEWEST)) or 0
    rows = []
    for ticket in tickets:
        if ticket.id in stopped or ticket.id not in told_at or ticket.id not in rules:
            continue
        rule, received = replace(rules[ticket.id], internal=True), told_at[ticket.id]
        dated = calendar_of(session, _charter(ticket), number)
        due_at = due(dated.calendar, received, rule.period).at
        rows.append(_row(ticket, rule, received, due_at, dated, now))
    if rows:
        session.execute(_INSERT, rows)


def _charter(ticket: Ticket) -> Charter:
    return charters.get(ticket.institution, ticket.charter_version)
