"""The calls that we place: who is rung, when, how often, and what came of it.

A task for which somebody is to be rung says when (`ring_at`). A claim makes a ring of it in one
short commit; the provider is asked outside any transaction, and what it says is a commit of its
own. From the claim on the call counts as placed, and nobody else is rung for the task until the
ring is over: by an event of the call, by the provider's refusal, or as nothing was heard of it.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from sqlalchemy import ForeignKey, Identity, Index, Numeric, Text, and_, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit, callers, charters, metrics, outbox, people, vault
from callcentre.calls import duty
from callcentre.calls.model import Call
from callcentre.charters.calendar import Calendar, next_opening
from callcentre.clock import EAT
from callcentre.db import Base
from callcentre.lines import Line, newest
from callcentre.outbox import Result, holding, limits
from callcentre.tickets import tasks
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Task, Ticket

logger = logging.getLogger(__name__)

PAUSES = (timedelta(minutes=15), timedelta(hours=3))
"""After the first call that reached nobody and after the second; the third is the last.

A quarter of an hour: a busy phone is free again, one out of reach is back. Three hours: another
part of the day, when who was in the field, or lent the phone, has it at hand. Only in office hours.
"""
SILENT = timedelta(minutes=10)
"""A ring of which nothing was told is over then: no provider queues, no phone rings so long."""
LINE_IS_BUSY = timedelta(seconds=30)  # until a line that places as many as it may is tried again
HAD_ENOUGH = timedelta(hours=1)  # until a number that was rung often enough is looked at again
DANGER_RETRY = timedelta(minutes=1)  # where a provider did not take a call about somebody in danger
A_DAY = timedelta(days=1)
MOST = 100  # tasks looked at in one claim

NOT_PLACED = ("again", "ours")
"""What a provider says where nobody was rung: it counts as no attempt."""


class Ring(Base):
    """One call that we placed for a task; its `outcome` is None until it is known.

    It is reached (key 1), not_pressed, busy, no_answer, failed, unknown; or never, again and ours
    where the provider did not place it. `post_id` is who was rung where somebody is in danger; else
    it was the citizen.
    """

    __tablename__ = "rings"
    __table_args__ = (
        Index("uq_rings_open", "task_id", unique=True, postgresql_where=sql("outcome IS NULL")),
        Index(None, "task_id"),
        Index(None, "to_print", "placed_at"),
        Index(None, "provider", "call_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    request: Mapped[str] = mapped_column(Text, unique=True)  # our own id of the call
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    provider: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    to_print: Mapped[bytes | None]
    call_id: Mapped[str | None] = mapped_column(Text)  # the provider's
    placed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)  # in the provider's words
    cost: Mapped[float | None] = mapped_column(Numeric(12, 2, asdecimal=False))  # shillings


@dataclass(frozen=True, slots=True)
class Placing:
    """A call to be placed now: `to` (E.164) is rung by `provider`, shown `sender`."""

    ring: int
    provider: str
    to: str
    sender: str
    request: str


NOON = time(12)  # EAT
_ONE_AT_A_TIME = sql("SELECT pg_advisory_xact_lock(hashtext('rings'))")


def claim(session: Session, now: datetime, limit: int = MOST) -> list[Placing]:
    """Make rings of up to `limit` tasks that are due, those of danger first.

    What must wait is put back with its time; what must not be rung at all is left to a person.
    While the outbox is held nobody is rung either.
    """
    session.execute(_ONE_AT_A_TIME)
    if holding.current(session) is not None:
        return []
    due = (
        select(Task)
        .where(Task.ring_at <= now, Task.done_at.is_(None))
        .order_by(Task.kind != "danger", Task.ring_at, Task.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    claiming = _Claiming(session, now)
    placings = (claiming.take(task) for task in session.scalars(due).all())
    return list(islice((one for one in placings if one is not None), limit))


class _Claiming:
    """One claim: what it may still place."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.edition, self.limits = newest(session), limits.load()
        open_now = select(Ring.provider, Ring.line, func.count()).where(Ring.outcome.is_(None))
        counted = session.execute(open_now.group_by(Ring.provider, Ring.line))
        self.busy = Counter({(provider, line): count for provider, line, count in counted})

    def take(self, task: Task) -> Placing | None:
        return self._duty(task) if task.kind == "danger" else self._citizen(task)

    def _citizen(self, task: Task) -> Placing | None:
        number = _number_of(task)
        line = self.edition.hotline(task.institution, task.line)
        if number is None:
            return self._leave(task, "no_number")
        if line is None:
            return self._leave(task, "no_line")
        if why := self._forbidden(task, number):
            return self._leave(task, why)
        until = self._until(task, number, line)
        if until is not None:
            task.ring_at = until
            return None
        return self._place(task, number, line)

    def _forbidden(self, task: Task, number: str) -> str:
        """Why this number is never rung by itself; nothing for one that may be."""
        if not self.limits.allows(number):
            return "not_allowed"
        if callers.greet(self.session, number).blocked:
            return "blocked"
        ticket = self.session.get(Ticket, task.ticket_id) if task.ticket_id else None
        unsafe = ticket and ticket.danger_at and not ticket.number_confirmed_at
        return "not_safe" if unsafe else ""

    def _until(self, task: Task, number: str, line: Line) -> datetime | None:
        """Until when it must wait: for the office to open, or for a limit; None: it need not."""
        day = self.now.astimezone(EAT).date()
        calendar = calendar_of(self.session, charters.on(task.institution, day)).calendar
        opens = next_opening(calendar, self.now)
        opens = _in_part(task.part_of_day, opens, calendar)
        if opens > self.now:
            return opens
        if self._is_on_a_call(number):
            return self.now + tasks.STILL_THERE
        if self._rung(number) >= self.limits.caps["call"]:
            logger.warning("a number was rung often enough", extra={"task": task.id})
            return self.now + HAD_ENOUGH
        if not outbox.may_call(self.session, task.institution, self.now):
            return outbox.midnight(day)
        if self.busy[line.provider, line.address] >= self.limits.caps["line"]:
            return self.now + LINE_IS_BUSY
        return None

    def _is_on_a_call(self, number: str) -> bool:
        query = select(Call.id).where(
            Call.ended_at.is_(None), Call.number_print == vault.fingerprint(number)
        )
        return self.session.scalar(query.limit(1)) is not None

    def _rung(self, number: str) -> int:
        query = select(func.count()).where(
            Ring.to_print == vault.fingerprint(number),
            Ring.placed_at > self.now - A_DAY,
            Ring.outcome.is_distinct_from("again"),
            Ring.outcome.is_distinct_from("ours"),
        )
        return self.session.scalar(query) or 0

    def _duty(self, task: Task) -> Placing | None:
        """The next of those on duty is rung and written to, at any hour and whatever it costs."""
        ticket = self.session.get_one(Ticket, task.ticket_id)
        if duty.is_over(ticket):
            task.ring_at = None
            return None
        if not duty.is_configured(self.session, ticket.institution):
            return self._leave(task, "nobody_on_duty")
        posts = duty.line(self.session, ticket, self.now)
        if not posts:
            logger.error("nobody on duty is there", extra={"task": task.id})
            task.ring_at = self.now + duty.NEXT
            return None
        post = posts[task.rang % len(posts)]
        duty.alert(self.session, self.edition, task, post, self.now)
        line = self.edition.hotline(task.institution)
        if line is None:
            task.ring_at, task.rang = self.now + duty.NEXT, task.rang + 1
            return None
        return self._place(task, post.number or "", line, post.id)

    def _leave(self, task: Task, why: str) -> Placing | None:
        tasks.leave_to_a_person(self.session, task, why, self.now)
        return None

    def _place(self, task: Task, to: str, line: Line, post_id: int | None = None) -> Placing:
        ring = Ring(
            request=secrets.token_hex(8),
            task_id=task.id,
            post_id=post_id,
            provider=line.provider,
            line=line.address,
            to_print=vault.fingerprint(to),
            placed_at=self.now,
        )
        self.session.add(ring)
        task.ring_at, task.rang = None, task.rang + 1
        self.busy[line.provider, line.address] += 1
        self.session.flush()
        return Placing(ring.id, line.provider, to, line.address, ring.request)


def _in_part(part: str | None, opens: datetime, calendar: Calendar) -> datetime:
    """The first moment from `opens` on, in office hours, that lies in this part of the day."""
    local = opens.astimezone(EAT)
    noon = datetime.combine(local.date(), NOON, EAT)
    if part == "afternoon" and local < noon:
        return noon
    if part == "morning" and local >= noon:
        return next_opening(calendar, datetime.combine(local.date() + A_DAY, time(), EAT))
    return opens


def _number_of(task: Task) -> str | None:
    try:
        return vault.unseal(task.sealed_number) if task.sealed_number else None
    except vault.Unreadable:
        logger.error("number cannot be read with DATA_KEY", extra={"task": task.id})
        return None


# What becomes of a ring


def placed(session: Session, ring_id: int, result: Result, now: datetime) -> None:
    """What the provider said to our wish. Of one that may be ringing its events tell the rest."""
    ring = session.get_one(Ring, ring_id, with_for_update=True)
    ring.call_id, ring.code = ring.call_id or result.provider_id, result.code
    known = ring.outcome is not None or ring.answered_at is not None
    if known or result.outcome in ("accepted", "unknown"):
        return
    _over(session, ring, result.outcome, now, wait=result.wait)


def of(session: Session, call: Call) -> Ring | None:
    """The ring by which we placed a call, locked; None of a call that is none of ours."""
    by_id = and_(Ring.provider == call.provider, Ring.call_id == call.call_id)
    by_request = Ring.request == call.request  # of none where the call has no request
    query = select(Ring).where(or_(by_id, by_request)).order_by(Ring.id).limit(1)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def why(session: Session, call: Call) -> str | None:
    """What somebody is rung for by this call: `beep`, `asked` or `danger`; None: nobody knows."""
    ring = of(session, call)
    if ring is None:
        return None
    if ring.post_id is not None:
        return "danger"
    task = session.get_one(Task, ring.task_id)
    return tasks.BEEP if tasks.BEEP in task.notes else "asked"


def answered(session: Session, call: Call, now: datetime) -> None:
    """Somebody took the call. Who is on duty hears his post's language."""
    ring = of(session, call)
    if ring is None:
        return
    ring.answered_at = ring.answered_at or now
    if ring.post_id is not None:
        call.language = people.find(session, ring.post_id).language


def reached(session: Session, call: Call, now: datetime) -> None:
    """Who asked to be called pressed the key: the task is done by this call, if it was not yet."""
    ring = of(session, call)
    if ring is None:
        return
    task = _locked_task(session, ring)
    _end(session, ring, task, "reached", now)
    if task.done_at is None:
        session.flush()
        tasks.done(session, task.id, by="call", outcome="reached", now=now)


def taken(session: Session, call: Call, now: datetime) -> str:
    """Who is on duty pressed the key: it is his; the reference. Raises WrongStatus."""
    ring = of(session, call)
    assert ring is not None and ring.post_id is not None
    task = _locked_task(session, ring)
    _end(session, ring, task, "reached", now)
    return duty.take(session, task, ring.post_id, now)


def over(session: Session, call: Call, now: datetime) -> None:
    """A call that we placed is over, however often that is told; what it cost is counted once."""
    ring = of(session, call)
    if ring is None:
        return
    ring.ended_at = ring.ended_at or now
    if ring.cost is None and call.seconds is not None:
        _pay(session, ring, call, now)
    if ring.outcome is None:
        _over(session, ring, _outcome(ring, call), now)


def _outcome(ring: Ring, call: Call) -> str:
    if call.outcome in ("busy", "no_answer", "failed"):
        return call.outcome
    was_taken = ring.answered_at is not None or call.outcome == "answered"
    return "not_pressed" if was_taken else "unknown"


def _pay(session: Session, ring: Ring, call: Call, now: datetime) -> None:
    task = session.get_one(Task, ring.task_id)
    number = vault.unseal(call.sealed_number) if call.sealed_number else ""
    ring.cost = limits.load().price_of_call(ring.provider, number, call.seconds or 0)
    if ring.cost:
        outbox.spend_on_call(session, task.institution, ring.cost, now)


def expire(session: Session, now: datetime) -> int:
    """End the rings of which nothing was told for long, each as an attempt; how many.

    Who is on duty and answered has no longer to take it than who did not.
    """
    untold = and_(Ring.answered_at.is_(None), Ring.placed_at <= now - SILENT)
    not_taken = and_(Ring.post_id.is_not(None), Ring.placed_at <= now - duty.NEXT)
    query = (
        select(Ring)
        .where(Ring.outcome.is_(None), or_(untold, not_taken))
        .order_by(Ring.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(query).all()
    for ring in found:
        _over(session, ring, "unknown", now)
    return len(found)


def _over(
    session: Session, ring: Ring, outcome: str, now: datetime, wait: timedelta | None = None
) -> None:
    """A ring came to nothing: when the next is due, or that a person must see to it."""
    task = _locked_task(session, ring)
    _end(session, ring, task, outcome, now)
    if task.done_at is not None:
        return
    if outcome == "ours":
        about = f"{ring.provider} {ring.line}"
        tasks.make_for_office(session, task.institution, "mend_route", about=about, now=now)
    if outcome in NOT_PLACED:
        task.rang -= 1
        task.ring_at = now + _retry(session, ring, wait)
    elif ring.post_id is not None:
        task.ring_at = now if outcome == "never" else max(now, ring.placed_at + duty.NEXT)
    elif outcome == "never" or task.rang > len(PAUSES):
        tasks.leave_to_a_person(session, task, tasks.UNREACHED, now)
    else:
        task.ring_at = now + PAUSES[task.rang - 1]


def _retry(session: Session, ring: Ring, wait: timedelta | None) -> timedelta:
    """When a provider that did not take a call is asked again: as it says, or by the back-off."""
    tried = select(func.count()).where(Ring.task_id == ring.task_id, Ring.outcome.in_(NOT_PLACED))
    wait = wait or outbox.back_off(session.scalar(tried) or 1)
    return min(wait, DANGER_RETRY) if ring.post_id is not None else wait


def _end(session: Session, ring: Ring, task: Task, outcome: str, now: datetime) -> None:
    """Write down what came of a ring, on the ticket's record where there is one."""
    if ring.outcome == outcome:
        return
    ring.outcome = outcome
    whom = "citizen" if ring.post_id is None else "duty"
    metrics.RINGS.labels(whom, outcome).inc()
    told = {"task": task.id, "ring": ring.id, "outcome": outcome, "post": ring.post_id}
    if task.ticket_id is not None:
        session.get_one(Ticket, task.ticket_id, with_for_update=True)
    audit.record(session, ticket_id=task.ticket_id, kind="rung", now=now, body=told)
    logger.info("rung", extra=told)
    session.flush()


def _locked_task(session: Session, ring: Ring) -> Task:
    return session.get_one(Task, ring.task_id, with_for_update=True, populate_existing=True)


def forget(session: Session, call: Call) -> None:
    """Who was called chose to stay unknown: nothing tells any more which number that was."""
    ring = of(session, call)
    if ring is None:
        return
    ring.to_print = ring.call_id = None
    _locked_task(session, ring).key = f"call_back:forgotten:{ring.task_id}"


def of_tasks(session: Session, task_ids: Sequence[int]) -> Mapping[int, list[Ring]]:
    """The rings for each of these tasks, the first first."""
    found: dict[int, list[Ring]] = {}
    for ring in session.scalars(select(Ring).where(Ring.task_id.in_(task_ids)).order_by(Ring.id)):
        found.setdefault(ring.task_id, []).append(ring)
    return found
