"""Which route a message takes: a route is one sender at one provider.

Each message has a list of routes, the usual one first. A circuit breaker stands on each: after
FAILURES in a row it opens and nothing goes that way but one message now and then, as a probe; the
first that is taken closes it. Where our own settings or account are at fault it opens at once and
an administrator is told, once.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    SmallInteger,
    Text,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import metrics
from callcentre.db import Base
from callcentre.outbox.model import Outgoing, Result, Route

logger = logging.getLogger(__name__)

FAILURES = 5  # in a row, before a route is given a rest
REST = timedelta(seconds=30)  # before the first probe; each that fails doubles it
LONGEST_REST = timedelta(minutes=5)
PAUSE = timedelta(minutes=10)  # between probes where somebody must mend something first
_COUNTED = 20  # failures in a row; of more it makes no difference


class RouteState(Base):
    """A route with trouble; one that works has no row."""

    __tablename__ = "routes"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    sender: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(SmallInteger)  # in a row
    code: Mapped[str] = mapped_column(Text)  # what the provider said last
    opened_at: Mapped[datetime | None]
    probe_at: Mapped[datetime | None]
    ours: Mapped[bool]  # it waits for an administrator
    told_at: Mapped[datetime | None]  # the administrator


@dataclass(slots=True)
class Ways:
    """The routes as they stand while one claim shares out its messages."""

    session: Session
    troubled: Mapping[Route, RouteState]
    now: datetime

    def choose(self, routes: Collection[Route]) -> Route | None:
        """The first route that takes messages now; an open one takes a single probe."""
        return next((route for route in routes if self._takes(route)), None)

    def is_open(self, route: Route) -> bool:
        """Whether what goes by it now is a probe."""
        state = self.troubled.get(route)
        return state is not None and state.opened_at is not None

    def opens_at(self, routes: Collection[Route]) -> datetime:
        """When the first of these routes, all of them open, is tried again."""
        probes = [state.probe_at for route in routes if (state := self.troubled.get(route))]
        return min((at for at in probes if at and at > self.now), default=self.now + REST)

    def _takes(self, route: Route) -> bool:
        state = self.troubled.get(route)
        if state is None or state.probe_at is None:
            return True
        if state.probe_at > self.now:
            return False
        # Of several claims at once, one. The others do not wait: they might hold another's probe.
        free = select(RouteState.probe_at).where(_is(route), RouteState.probe_at <= self.now)
        won = self.session.scalar(free.with_for_update(skip_locked=True)) is not None
        state.probe_at = self.now + REST
        if won:
            self.session.execute(
                update(RouteState).where(_is(route)).values(probe_at=state.probe_at)
            )
        return won


def _is(route: Route) -> ColumnElement[bool]:
    return and_(RouteState.provider == route.provider, RouteState.sender == route.sender)


def ways(session: Session, now: datetime) -> Ways:
    """The routes for one claim."""
    rows = session.execute(select(*RouteState.__table__.c)).all()
    states = [RouteState(**row._mapping) for row in rows]  # of no session: they are scratch
    return Ways(session, {Route(one.provider, one.sender): one for one in states}, now)


def troubled(session: Session) -> list[RouteState]:
    """Routes that failed last time, for commands and metrics."""
    return list(session.scalars(select(RouteState).order_by(RouteState.opened_at)))


def paused_untold(session: Session, now: datetime) -> list[Route]:
    """Routes that wait for an administrator who was not told yet; from now on he was."""
    rows = session.execute(
        update(RouteState)
        .where(RouteState.ours, RouteState.opened_at.is_not(None), RouteState.told_at.is_(None))
        .values(told_at=now)
        .returning(RouteState.provider, RouteState.sender)
    )
    return [Route(*row) for row in rows]


def worked(session: Session, sent: Outgoing) -> None:
    """The route took a message: whatever was wrong is over."""
    gone = delete(RouteState).where(_is(sent.route)).returning(RouteState.opened_at)
    if session.execute(gone).scalar() is not None:
        _tell("closed", sent.route, "")


def failed(session: Session, sent: Outgoing, result: Result, now: datetime) -> None:
    """The route did not take a message, through no fault of the message's.

    What was in the air when it opened says nothing new: only a probe that fails makes its rest
    longer.
    """
    ours = result.outcome == "ours"
    row = session.execute(
        upsert(RouteState)
        .values(
            provider=sent.provider,
            sender=sent.sender,
            failures=1,
            code=result.code,
            ours=ours,
        )
        .on_conflict_do_update(
            index_elements=["provider", "sender"],
            set_={
                "failures": case(
                    (or_(RouteState.opened_at.is_(None), literal(sent.probe)), _one_more),
                    else_=RouteState.failures,
                ),
                "code": result.code,
            },
        )
        .returning(RouteState.failures, RouteState.opened_at, RouteState.ours)
    ).one()
    if row.opened_at is None:
        if not ours and row.failures < FAILURES:
            return
    elif not sent.probe and ours <= row.ours:
        return
    rest = PAUSE if ours else min(REST * 2 ** max(0, row.failures - FAILURES), LONGEST_REST)
    session.execute(
        update(RouteState)
        .where(_is(sent.route))
        .values(opened_at=row.opened_at or now, probe_at=now + rest, ours=ours)
    )
    if row.opened_at is None or ours > row.ours:
        _tell("paused" if ours else "opened", sent.route, result.code)


_one_more = func.least(RouteState.failures, _COUNTED) + 1


def resume(session: Session, route: Route, *, now: datetime) -> bool:
    """Try a route again at once, since somebody mended it; whether it was open."""
    done = session.scalar(
        update(RouteState)
        .where(_is(route), RouteState.opened_at.is_not(None))
        .values(probe_at=now, ours=False, told_at=None)  # if it is not mended, that is told anew
        .returning(RouteState.provider)
    )
    return done is not None


_CHANGES = {
    "opened": "a route is down, others are used",
    "paused": "a route is paused: mend account or sender, then `callcentre outbox resume`",
    "closed": "a route works again",
}


def _tell(change: str, route: Route, code: str) -> None:
    metrics.ROUTE_CHANGES.labels(route.provider, route.sender, change).inc()
    log = logger.info if change == "closed" else logger.error
    log(
        _CHANGES[change],
        extra={"provider": route.provider, "sender": route.sender, "code": code},
    )
