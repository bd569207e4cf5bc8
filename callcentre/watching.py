"""What lies longer than it should, counted where anybody can see it: /metrics and /readyz.

Every half minute a worker looks and writes down what it saw, a row for each thing that is watched;
whoever asks reads those rows, so that a scrape costs one small query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import Select, Text, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import outbox
from callcentre.db import Base
from callcentre.outbox import Attempt, Message, ParkedReceipt, holding, limits, unsent
from callcentre.tickets.model import Task

EVERY = timedelta(seconds=30)
NOBODY_LOOKS = timedelta(minutes=2)  # then neither a clock nor a worker is running


class Watch(Base):
    """How one thing stood when it was looked at last."""

    __tablename__ = "watches"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    looked_at: Mapped[datetime]
    waiting: Mapped[int]
    oldest_at: Mapped[datetime | None]
    found: Mapped[int]  # since the beginning


@dataclass(frozen=True, slots=True)
class _Watched:
    """Rows by a moment of theirs: they count once it is `grace` ago, and are bad after `limit`."""

    moments: Select[Any]
    limit: timedelta
    grace: timedelta = timedelta()


WATCHED: Mapping[str, _Watched] = {
    # No worker runs, or no wake came and no tick.
    "late_messages": _Watched(
        select(Message.next_at).where(unsent(), Message.claimed_until.is_(None)),
        limit=timedelta(minutes=5),
        grace=timedelta(seconds=15),
    ),
    # Tried, and still with no network, since the first try.
    "retried_messages": _Watched(
        select(func.min(Attempt.started_at))
        .join(Message, Message.id == Attempt.message_id)
        .where(unsent())
        .group_by(Message.id),
        limit=timedelta(hours=1),
        grace=timedelta(minutes=1),
    ),
    # Sends that nobody knows the end of, until a receipt tells or they are sent once more.
    "unanswered_sends": _Watched(
        select(Attempt.unknown_at)
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.unknown_at.is_not(None), Attempt.accepted_at.is_(None), unsent()),
        limit=timedelta(minutes=30),
    ),
    # Delivery reports of what this database did not send.
    "receipts_without_send": _Watched(
        select(ParkedReceipt.at), limit=timedelta(hours=1), grace=timedelta(minutes=10)
    ),
    # Calls that should have been placed: no worker runs, or a limit or the provider is in the way.
    "late_calls": _Watched(
        select(Task.ring_at).where(Task.ring_at.is_not(None), Task.done_at.is_(None)),
        limit=timedelta(minutes=15),
        grace=timedelta(minutes=1),
    ),
    "overdue_tasks": _Watched(
        select(Task.due_at).where(Task.done_at.is_(None), Task.due_at.is_not(None)),
        limit=timedelta(days=1),
    ),
}


def look(session: Session, now: datetime) -> None:
    """Write down how everything watched stands."""
    before = {one.name: one for one in session.scalars(select(Watch))}
    for name, watched in WATCHED.items():
        at = watched.moments.subquery().c[0]
        until = now - watched.grace
        last = before[name].looked_at - watched.grace if name in before else until
        waiting, oldest, new = session.execute(
            select(func.count(), func.min(at), func.count().filter(at > last)).where(at <= until)
        ).one()
        _write(session, name, now, waiting=waiting, oldest_at=oldest, found=new)


def found(session: Session, name: str, how_many: int, now: datetime) -> None:
    """Count what a sweep found and mended."""
    if how_many:
        _write(session, name, now, waiting=0, oldest_at=None, found=how_many)


def _write(
    session: Session,
    name: str,
    now: datetime,
    *,
    waiting: int,
    oldest_at: datetime | None,
    found: int,
) -> None:
    seen = {"looked_at": now, "waiting": waiting, "oldest_at": oldest_at}
    session.execute(
        upsert(Watch)
        .values(name=name, found=found, **seen)
        .on_conflict_do_update(index_elements=["name"], set_=seen | {"found": Watch.found + found})
    )


def degraded(session: Session, now: datetime) -> list[str]:
    """What is not as it should be, by name; `clock` where nobody has looked for a while."""
    seen = session.scalars(select(Watch).order_by(Watch.name)).all()
    watched = [one for one in seen if one.name in WATCHED]
    bad = [
        one.name
        for one in watched
        if one.oldest_at is not None and one.oldest_at < now - WATCHED[one.name].limit
    ]
    if watched and max(one.looked_at for one in watched) < now - NOBODY_LOOKS:
        bad.append("clock")
    if holding.current(session) is not None:
        bad.append("outbox_held")
    down = [one for one in outbox.troubled(session) if one.opened_at]
    return bad + [f"route {one.provider} {one.sender}" for one in down]


def as_metrics(session: Session, now: datetime) -> bytes:
    """The same in Prometheus' words."""
    registry = CollectorRegistry()
    registry.register(_Collector(session, now))
    return generate_latest(registry)


class _Collector:
    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        found = CounterMetricFamily("callcentre_found", "Found lying, ever", labels=["what"])
        waiting = GaugeMetricFamily("callcentre_waiting", "Lying now", labels=["what"])
        oldest = GaugeMetricFamily(
            "callcentre_oldest_seconds", "Age of the oldest that lies", labels=["what"]
        )
        looked = GaugeMetricFamily(
            "callcentre_looked_seconds", "Since somebody looked", labels=["what"]
        )
        for one in self.session.scalars(select(Watch).order_by(Watch.name)):
            found.add_metric([one.name], one.found)
            if one.name in WATCHED:
                waiting.add_metric([one.name], one.waiting)
                oldest.add_metric([one.name], self._age(one.oldest_at))
                looked.add_metric([one.name], self._age(one.looked_at))
        yield from (found, waiting, oldest, looked)
        opened = GaugeMetricFamily(
            "callcentre_route_open_seconds",
            "How long a route has been given a rest; absent while it works",
            labels=["provider", "sender", "paused"],
        )
        for route in outbox.troubled(self.session):
            if route.opened_at is not None:
                labels = [route.provider, route.sender, str(route.ours).lower()]
                opened.add_metric(labels, self._age(route.opened_at))
        yield opened
        spent = GaugeMetricFamily(
            "callcentre_spent_shillings",
            "Spent on messages and calls today",
            labels=["institution"],
        )
        budget = GaugeMetricFamily(
            "callcentre_budget_shillings", "What may be spent in a day", labels=["institution"]
        )
        for day in outbox.spent_today(self.session, self.now):
            spent.add_metric([day.institution], day.cost)
            budget.add_metric([day.institution], limits.load().of_day(day.institution))
        yield from (spent, budget)
        held = GaugeMetricFamily("callcentre_outbox_held", "1 while nothing at all is sent")
        held.add_metric([], float(holding.current(self.session) is not None))
        yield held

    def _age(self, at: datetime | None) -> float:
        return (self.now - at).total_seconds() if at else 0.0
