"""Messages, the attempts to send them, receipts that came too early; and what providers say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from callcentre.db import Base


class Route(NamedTuple):
    """A way for a message: one sender (a short code, a number, a name) at one provider."""

    provider: str
    sender: str

    def __str__(self) -> str:
        return f"{self.provider} {self.sender}"


def routes_in(written: str | None) -> tuple[Route, ...]:
    """The routes that stand in a text, one a line: `africastalking 15001`."""
    return tuple(Route(*line.split(" ", 1)) for line in (written or "").splitlines())


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_waiting",
            "priority",
            "next_at",
            postgresql_where=sql(
                "accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL"
            ),
        ),
        Index(None, "ticket_id"),
        Index(
            "ix_messages_unproven",
            "accepted_at",
            postgresql_where=sql(
                "accepted_at IS NOT NULL AND delivered_at IS NULL AND failed_at IS NULL"
                " AND unproven_at IS NULL"
            ),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    ticket_id: Mapped[int | None]
    institution: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)  # with the sender, the usual route
    others: Mapped[str | None] = mapped_column(Text)  # further routes in order, one a line
    start: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))  # of them all, next
    sealed_to: Mapped[bytes | None]
    text: Mapped[str] = mapped_column(Text)
    parts: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger)
    posted_at: Mapped[datetime]
    next_at: Mapped[datetime]  # not before; a held message waits here for its answer
    expires_at: Mapped[datetime]
    held: Mapped[bool]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger)
    accepted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    unproven_at: Mapped[datetime | None]  # a network has it, and never told what became of it
    link: Mapped[str | None] = mapped_column(Text)
    wipe: Mapped[bool]  # to someone without a name: forget number and words once it is gone
    status: Mapped[str] = mapped_column(
        Text,
        Computed(
            "CASE WHEN delivered_at IS NOT NULL THEN 'delivered'"
            " WHEN cancelled_at IS NOT NULL THEN 'cancelled'"
            " WHEN failed_at IS NOT NULL THEN 'failed'"
            " WHEN unproven_at IS NOT NULL THEN 'unproven'"
            " WHEN accepted_at IS NOT NULL THEN 'sent'"
            " WHEN claimed_until IS NOT NULL THEN 'sending'"
            " WHEN held THEN 'held' ELSE 'queued' END",
            persisted=True,
        ),
    )


def unsent() -> ColumnElement[bool]:
    """That no network has a message and nobody gave it up; as the partial index has it."""
    return and_(
        Message.accepted_at.is_(None), Message.failed_at.is_(None), Message.cancelled_at.is_(None)
    )


class Attempt(Base):
    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_provider_provider_id",
            "provider",
            "provider_id",
            unique=True,
            postgresql_where=sql("provider_id IS NOT NULL"),
        ),
        Index(None, "message_id"),
        Index(None, "to_print", "started_at"),
        Index(
            "ix_attempts_unknown",
            "unknown_at",
            postgresql_where=sql("unknown_at IS NOT NULL AND accepted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    provider: Mapped[str] = mapped_column(Text)
    sender: Mapped[str | None] = mapped_column(Text)
    cost: Mapped[float] = mapped_column(Numeric(12, 2, asdecimal=False), server_default=sql("0"))
    provider_id: Mapped[str | None] = mapped_column(Text)
    to_print: Mapped[bytes | None]  # fingerprint of the number, to match a receipt by
    started_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    unknown_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)


class ParkedReceipt(Base):
    """A receipt whose attempt is not known yet: it came before the answer to the send did."""

    __tablename__ = "parked_receipts"
    __table_args__ = (UniqueConstraint("provider", "provider_id", "status"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    again: Mapped[bool] = mapped_column(server_default=sql("false"))
    to_print: Mapped[bytes | None]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Result:
    """What a provider said to one attempt.

    `outcome` is accepted, again (after `wait` or the usual back-off), never, ours (our own
    settings are wrong: hold and tell an administrator) or unknown (no answer: it may have gone).
    `elsewhere` with never: only this provider cannot, another route may.
    """

    outcome: str
    provider_id: str | None = None
    code: str = ""
    detail: str = ""
    wait: timedelta | None = None
    opted_out: bool = False
    elsewhere: bool = False

    @property
    def is_trouble(self) -> bool:
        """Whether it says that the route itself is not well: who names a time to wait is."""
        return self.outcome in ("ours", "unknown") or (
            self.outcome == "again" and self.wait is None
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report: `status` is sent (on its way), delivered or failed.

    `attempt_id` is our own, where the provider gives it back. With `again` the network does not say
    that the number is wrong or unwilling: another route may reach the phone.
    """

    provider: str
    provider_id: str
    status: str
    code: str = ""
    to: str | None = None
    attempt_id: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message, as a provider needs it."""

    message_id: int
    attempt_id: int
    provider: str
    sender: str
    to: str
    text: str
    link: str | None
    kind: str = "reply"
    probe: bool = False  # it tries whether a route that was down works again

    @property
    def route(self) -> Route:
        return Route(self.provider, self.sender)
