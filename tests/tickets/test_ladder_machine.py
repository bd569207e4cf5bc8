"""Offices, citizens, holidays and clocks in any order: nobody silences the ladder but an answer.

A machine of Hypothesis plays them, with clocks that run at once and clocks that die between the
claim and the commit. It counts by itself, day by day, when a step may come; the record must agree.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from callcentre import audit, charters, db
from callcentre.charters import Calendar
from callcentre.charters.model import Ladder
from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.tickets import alerts, holidays, intake, ladder, moving, promises, questions, work
from callcentre.tickets.alerts import Alert
from callcentre.tickets.holidays import BadHoliday
from callcentre.tickets.model import Promise, Ticket, WrongStatus
from tickets.making import NOW, confirmed
from tickets.posts import WATER, whole_line

KEPT = ("tickets", "promises", "alerts", "messages", "tasks", "events", "declarations",
        "additions", "expects", "posts", "people", "holdings", "callers")  # fmt: skip
GROUNDS = [("sengerema", "water"), ("sengerema", "health"), ("kilosa", "water"),
           ("morogoro", "road"), ("utumishi", "pay")]  # fmt: skip
MOMENT = timedelta(seconds=1)


class Died(Exception):
    """A clock was killed before it could commit."""


@dataclass(frozen=True)
class Taken:
    """A step that is on record."""

    promise: int
    step: int
    at: datetime


def taken_steps() -> list[Taken]:
    with db.session() as session:
        query = select(audit.Event).where(audit.Event.kind == "step").order_by(audit.Event.id)
        found = [(event.at, json.loads(event.body or "")) for event in session.scalars(query)]
    return [Taken(body["promise"], body["step"], at) for at, body in found]


def working_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time between two moments, walked from day to day."""
    total, day = timedelta(), start.astimezone(EAT).date()
    while day <= end.astimezone(EAT).date():
        if calendar.is_working(day):
            opens = datetime.combine(day, calendar.hours.open, EAT)
            closes = datetime.combine(day, calendar.hours.close, EAT)
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(1)
    return total


def has_come(one: Ladder, number: int, promise: Promise, calendar: Calendar, now: datetime) -> bool:
    """Whether the moment of a step is past, by a count of its own."""
    step = one.step(number)
    due = promise.due_at.astimezone(EAT)
    if step.share is not None:
        whole = working_time(calendar, promise.received_at, promise.due_at)
        done = working_time(calendar, promise.received_at, now)
        return done >= whole * step.share - timedelta(microseconds=2)
    if step.after is None:
        return now.astimezone(EAT) >= due.replace(hour=7, minute=45)
    days = step.after + (one.again or 0) * max(number - len(one.steps), 0)
    day = due.date()
    while days:
        day += timedelta(1)
        days -= calendar.is_working(day)
    closes = due if day == due.date() else datetime.combine(day, calendar.hours.close, EAT)
    return now > closes


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.tickets: list[int] = []
        with db.session() as session:
            session.execute(text("SET LOCAL ROLE NONE"))
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for table in KEPT:
                session.execute(text(f"DELETE FROM {table}"))
        with db.session() as session:
            for institution in {institution for institution, _ in GROUNDS}:
                whole_line(session, institution=institution, opens=0, closes=24, everyday=True)

    def _on(self, which: int) -> int:
        return self.tickets[which % len(self.tickets)]

    # What people do

    @precondition(lambda self: len(self.tickets) < 4)
    @rule(ground=st.sampled_from(GROUNDS), days_ago=st.sampled_from([0, 0, 0, 3, 20]))
    def somebody_complains(self, ground: tuple[str, str], days_ago: int) -> None:
        institution, topic = ground
        number = f"+25571200020{len(self.tickets)}"
        with db.session() as session:
            ticket = confirmed(
                session,
                institution=institution,
                topic=topic,
                number=number,
                now=self.now,
                received_at=self.now - timedelta(days_ago),
            )
            self.tickets.append(ticket.id)

    @precondition(lambda self: self.tickets)
    @rule(which=st.integers(0, 9), what=st.sampled_from(["assign", "ask", "reply", "acknowledge"]))
    def the_office_does_something_that_is_no_answer(self, which: int, what: str) -> None:
        with db.session() as session:
            ticket = session.get_one(Ticket, self._on(which), with_for_update=True)
            try:
                if what == "assign":
                    unit = WATER if ticket.institution == "sengerema" else ticket.unit
                    work.assign(session, ticket, unit=unit, to="x", by="test", now=self.now)
                elif what == "ask":
                    edition = ladder.newest(session)
                    questions.ask(session, ticket, "Wapi?", edition=edition, by="t", now=self.now)
                elif what == "reply":
                    questions.answered(session, ticket, self.now)
                else:
                    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=self.now)
            except WrongStatus:
                pass

    @precondition(lambda self: self.tickets)
    @rule(which=st.integers(0, 9), how=st.sampled_from(["answer", "answer", "withdraw"]))
    def an_answer_arrives(self, which: int, how: str) -> None:
        with db.session() as session:
            ticket = session.get_one(Ticket, self._on(which), with_for_update=True)
            if how == "answer":
                promises.keep(session, ticket, promises.ANSWERED, by="receipt", now=self.now)
            else:
                intake.withdraw(session, ticket, self.now)

    @rule(which=st.integers(0, 99))
    def a_post_has_seen_its_alert(self, which: int) -> None:
        with db.session() as session:
            query = select(Alert).where(Alert.ended_at.is_(None)).order_by(Alert.id)
            found = session.scalars(query).all()
            if not found:
                return
            alert = found[which % len(found)]
            session.get_one(Ticket, alert.ticket_id, with_for_update=True)
            before = session.get_one(Promise, alert.promise_id).next_step_at
            again = alerts.bought(session, [alert.promise_id])
            newest = max(one.step for one in taken_steps() if one.promise == alert.promise_id)
            after = alerts.seen(session, alert, self.now)
            if before is not None and not again and alert.step == newest:
                assert after is not None and after > before
            else:
                assert after == before

    @rule(days=st.integers(1, 20), withdrawn=st.booleans(), moved=st.booleans())
    def a_holiday_is_declared_or_withdrawn(self, days: int, withdrawn: bool, moved: bool) -> None:
        day = (self.now + timedelta(days)).astimezone(EAT).date()
        self._declare(day, withdrawn)
        if moved:
            self._move()

    @rule(climbs=st.booleans())
    def the_day_of_the_next_step_becomes_a_holiday(self, climbs: bool) -> None:
        at = self._next_step()
        if at is None:
            return
        self._declare(at.astimezone(EAT).date(), withdrawn=False)
        if climbs:  # before the date has moved, or the step was counted anew
            self.now = max(self.now, at + MOMENT)
            self.a_clock_climbs(4, dies=False)

    def _declare(self, day: date, withdrawn: bool) -> None:
        with suppress(BadHoliday), db.session() as session:
            if withdrawn:
                holidays.withdraw(session, day, by="test", now=self.now)
            else:
                holidays.declare(session, day, "Tangazo", by="test", now=self.now)

    def _next_step(self) -> datetime | None:
        with db.session() as session:
            query = select(Promise.next_step_at).where(Promise.next_step_at.is_not(None))
            return session.scalar(query.order_by(Promise.next_step_at).limit(1))

    def _move(self) -> None:
        while True:
            with db.session() as session:
                if moving.move_batch(session, self.now) == 0:
                    return

    # Time

    @rule(hours=st.sampled_from([1, 5, 20, 24, 72, 24 * 12, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(again=st.booleans())
    def time_passes_until_the_next_step(self, again: bool) -> None:
        at = self._next_step()
        if at is not None:
            self.now = max(self.now, at + MOMENT)
        if again:
            self.the_clock_catches_up()

    # Clocks

    @rule(limit=st.integers(1, 4), dies=st.booleans())
    def a_clock_climbs(self, limit: int, dies: bool) -> None:
        before = taken_steps()
        try:
            with db.session() as session:
                ladder.climb(session, ladder.due(session, self.now, limit), self.now)
                if dies:
                    raise Died
        except Died:
            assert taken_steps() == before
        else:
            self._check_new(before)

    @rule()
    def two_clocks_climb_at_once(self) -> None:
        before = taken_steps()
        barrier = Barrier(2)

        def climb(_: int) -> None:
            with db.session() as session:
                found = ladder.due(session, self.now, 100)
                barrier.wait()
                ladder.climb(session, found, self.now)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(climb, range(2)))
        self._check_new(before)

    @rule()
    def the_clock_catches_up(self) -> None:
        self._move()
        with db.session() as session:
            while promises.mark_broken(session, self.now):
                pass
        while True:
            before = taken_steps()
            with db.session() as session:
                found = ladder.due(session, self.now, 100)
                if not found:
                    break
                ladder.climb(session, found, self.now)
            self._check_new(before)
        self._check_nothing_is_left()

    def _check_new(self, before: list[Taken]) -> None:
        """Never early, by the calendar in force; and the breach is written down with its step."""
        for one in taken_steps()[len(before) :]:
            with db.session() as session:
                promise = session.get_one(Promise, one.promise)
                its, calendar = self._ladder(session, promise)
                assert has_come(its, one.step, promise, calendar, self.now)
                if its.step(one.step).after is not None:
                    assert promise.broken_at is not None
                if promise.broken_at == one.at:  # by this step: its date had been moved before
                    assert promise.due_at >= promises.due_by(calendar, promise)

    def _check_nothing_is_left(self) -> None:
        """Every step after the date that has come was taken, but for the day that was bought."""
        steps = {(one.promise, one.step) for one in taken_steps()}
        with db.session() as session:
            for promise in session.scalars(select(Promise)):
                if promise.kept_at or promise.dropped_at or promise.kind == "accept":
                    continue
                its, calendar = self._ladder(session, promise)
                held = promise.id in alerts.bought(session, [promise.id])
                for number, step in enumerate(its.steps, start=1):
                    next_one = number == promise.next_step
                    if step.after is None or (held and next_one):
                        continue
                    if has_come(its, number, promise, calendar, self.now):
                        assert (promise.id, number) in steps

    def _ladder(self, session: Any, promise: Promise) -> tuple[Ladder, Calendar]:
        ticket = session.get_one(Ticket, promise.ticket_id)
        charter = charters.get(ticket.institution, ticket.charter_version)
        found = charter.ladder(promise.kind, promise.internal)
        assert found is not None
        return found, holidays.calendar_of(session, charter).calendar

    # What is always so

    @invariant()
    def each_step_is_taken_once_and_in_order(self) -> None:
        of: dict[int, list[int]] = {}
        for one in taken_steps():
            of.setdefault(one.promise, []).append(one.step)
        for numbers in of.values():
            assert numbers == sorted(set(numbers))

    @invariant()
    def each_step_is_told_by_one_message(self) -> None:
        with db.session() as session:
            keys = set(session.scalars(select(Message.key)))
            told = session.execute(select(Alert.promise_id, Alert.step, Alert.message_key)).all()
        assert {(promise, step) for promise, step, _ in told} == {
            (one.promise, one.step) for one in taken_steps()
        }
        assert {key for _, _, key in told} <= keys

    @invariant()
    def nothing_is_told_after_a_promise_was_kept(self) -> None:
        with db.session() as session:
            ended = {
                promise.id: promise.kept_at or promise.dropped_at
                for promise in session.scalars(select(Promise))
            }
            rows = session.scalars(select(Promise)).all()
            assert all(one.next_step_at is None for one in rows if one.kept_at or one.dropped_at)
            open_alerts = select(Alert.promise_id).where(Alert.ended_at.is_(None))
            assert all(ended[promise] is None for promise in session.scalars(open_alerts))
        for one in taken_steps():
            end = ended[one.promise]
            assert end is None or one.at <= end

    @invariant()
    def what_a_citizen_was_told_is_never_without_a_next_step(self) -> None:
        with db.session() as session:
            query = select(Promise).where(
                Promise.kept_at.is_(None), Promise.dropped_at.is_(None), ~Promise.internal
            )
            assert all(one.next_step_at is not None for one in session.scalars(query))


def test_nothing_but_an_answer_silences_the_ladder(lines: None) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
