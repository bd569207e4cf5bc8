"""How much one claim may send: the limits, held against what was sent before (see limits.toml)."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Numeric, Row, Text, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import phones
from callcentre.clock import EAT
from callcentre.db import Base
from callcentre.outbox import limits
from callcentre.outbox.limits import BUYS_ANYWAY
from callcentre.outbox.model import Attempt, Message, Route

logger = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
CAPPED_WAIT = timedelta(hours=1)  # until a number that got enough is looked at again
BURST = timedelta(seconds=1)  # of its rate that a provider is given at once; bulk has half of it


class Spending(Base):
    """What an institution has had sent in a day (EAT), counted when it is handed over."""

    __tablename__ = "spending"

    institution: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    messages: Mapped[int]
    cost: Mapped[float] = mapped_column(Numeric(14, 2, asdecimal=False))  # shillings


class Pace(Base):
    """Until when a provider that takes so many messages a second is busy with ours."""

    __tablename__ = "paces"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    free_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claimed message with its number and that number's print."""

    row: Row[Any]
    to: str
    print: bytes


_SPEND = sql(
    """
    INSERT INTO spending (institution, day, messages, cost)
    SELECT institution, CAST(:day AS date), messages, cost
    FROM unnest(CAST(:institutions AS text[]), CAST(:messages AS bigint[]),
                CAST(:costs AS numeric[])) AS new (institution, messages, cost)
    ON CONFLICT (institution, day) DO UPDATE
    SET messages = spending.messages + excluded.messages, cost = spending.cost + excluded.cost
    """
)  # in the order of their names, as every claim takes these rows


class Allowance:
    """What is left of every limit, while one claim shares it out."""

    def __init__(self, session: Session, claimed: Sequence[Candidate], now: datetime) -> None:
        self.session, self.now, self.limits = session, now, limits.load()
        self.day = now.astimezone(EAT).date()
        self._got = self._sent_to({one.print for one in claimed})
        self._told: set[tuple[str, str]] = set()
        self._spent = self._spent_by({one.row.institution for one in claimed})
        self._free_at = self._busy() if self.limits.rates else {}
        self._new: dict[str, tuple[int, float]] = {}
        self._queued: Counter[str] = Counter()

    def may_take(self, one: Candidate, route: Route) -> bool:
        """Whether this route may carry to this number at all."""
        if self.limits.allows(one.to):
            return True
        abroad = phones.is_e164(route.sender) and not phones.is_tanzanian(route.sender)
        return abroad and one.row.kind == "reply" and not phones.is_premium(one.to)

    def until(self, one: Candidate) -> datetime | None:
        """Until when a message must wait for a cap or the budget; None: it need not."""
        kind, institution = one.row.kind, one.row.institution
        if kind == "urgent":
            return None
        if self._got[one.print, kind] >= self.limits.caps[kind]:
            logger.warning("a number has had enough", extra={"message_id": one.row.id})
            return self.now + CAPPED_WAIT
        messages, cost = self._total(institution)
        capped = messages >= self.limits.caps["day"]
        broke = kind not in BUYS_ANYWAY and cost >= self.limits.of_day(institution)
        if not (capped or broke):
            return None
        self._tell("day's messages" if capped else "day's budget", institution)
        return midnight(self.day)

    def _tell(self, limit: str, institution: str) -> None:
        if (limit, institution) not in self._told:
            self._told.add((limit, institution))
            logger.error("a limit is reached", extra={"limit": limit, "institution": institution})

    def slot(self, one: Candidate, route: Route) -> datetime | None:
        """When a provider with a rate takes this message; None: now."""
        rate = self.limits.rates.get(route.provider)
        if rate is None:
            return None
        busy_until = max(self._free_at.get(route.provider, self.now), self.now)
        room = BURST if one.row.kind in BUYS_ANYWAY else BURST / 2
        one_more = timedelta(seconds=1 / rate)
        if busy_until - self.now < room:
            self._free_at[route.provider] = busy_until + one_more
            return None
        self._queued[route.provider] += 1
        return busy_until - room + self._queued[route.provider] * one_more

    def spend(self, one: Candidate, route: Route) -> float:
        """Count a message that goes; what it costs in shillings."""
        cost = self.limits.price(route.provider, one.to, one.row.parts)
        messages, before = self._new.get(one.row.institution, (0, 0.0))
        self._new[one.row.institution] = (messages + 1, before + cost)
        self._got[one.print, one.row.kind] += 1
        return cost

    def save(self) -> None:
        """Write down what was spent, in the claim's own transaction."""
        new = sorted(self._new.items())
        if new:
            given = {
                "institutions": [institution for institution, _ in new],
                "messages": [messages for _, (messages, _) in new],
                "costs": [cost for _, (_, cost) in new],
            }
            self.session.execute(_SPEND, {"day": self.day, **given})
        for provider, free_at in self._free_at.items():
            self.session.execute(
                update(Pace).where(Pace.provider == provider).values(free_at=free_at)
            )

    def _total(self, institution: str) -> tuple[int, float]:
        messages, cost = self._spent.get(institution, (0, 0.0))
        more, new = self._new.get(institution, (0, 0.0))
        return messages + more, cost + new

    def _sent_to(self, prints: Collection[bytes]) -> Counter[tuple[bytes, str]]:
        query = (
            select(Attempt.to_print, Message.kind, func.count())
            .join(Message, Message.id == Attempt.message_id)
            .where(
                Attempt.to_print.in_(prints),
                Attempt.started_at > self.now - A_DAY,
                Attempt.failed_at.is_(None),
            )
            .group_by(Attempt.to_print, Message.kind)
        )
        counted = self.session.execute(query).all()
        return Counter({(bytes(found), kind): count for found, kind, count in counted if found})

    def _spent_by(self, institutions: Collection[str]) -> dict[str, tuple[int, float]]:
        query = select(Spending).where(
            Spending.institution.in_(institutions), Spending.day == self.day
        )
        found = self.session.scalars(query).all()
        return {one.institution: (one.messages, one.cost) for one in found}

    def _busy(self) -> dict[str, datetime]:
        """Until when each provider with a rate is busy; other claims wait until this one ends."""
        for provider in sorted(self.limits.rates):
            self.session.execute(
                upsert(Pace).values(provider=provider, free_at=self.now).on_conflict_do_nothing()
            )
        query = select(Pace).where(Pace.provider.in_(self.limits.rates)).order_by(Pace.provider)
        return {one.provider: one.free_at for one in self.session.scalars(query.with_for_update())}


def may_call(session: Session, institution: str, now: datetime) -> bool:
    """Whether an institution has something left of its day's budget; a spent one is logged."""
    today = now.astimezone(EAT).date()
    spent = session.scalar(
        select(Spending.cost).where(Spending.institution == institution, Spending.day == today)
    )
    left = (spent or 0) < limits.load().of_day(institution)
    if not left:
        told = {"limit": "day's budget", "institution": institution}
        logger.error("a limit is reached", extra=told)
    return left


def spend_on_call(session: Session, institution: str, cost: float, now: datetime) -> None:
    """Count what a call has cost, in shillings."""
    day = now.astimezone(EAT).date()
    given = {"institutions": [institution], "messages": [0], "costs": [cost]}
    session.execute(_SPEND, {"day": day, **given})


def paced_until(session: Session, now: datetime) -> datetime | None:
    """Until when the busiest provider with a rate is busy; None where none is."""
    if not limits.load().rates:
        return None
    latest = session.scalar(select(func.max(Pace.free_at)))
    return latest if latest and latest > now else None


def spent_today(session: Session, now: datetime) -> Sequence[Spending]:
    """What each institution has had sent on this day (EAT)."""
    today = now.astimezone(EAT).date()
    query = select(Spending).where(Spending.day == today).order_by(Spending.institution)
    return session.scalars(query).all()


def midnight(day: date) -> datetime:
    """The end of a day (EAT)."""
    return datetime(day.year, day.month, day.day, tzinfo=EAT) + A_DAY
