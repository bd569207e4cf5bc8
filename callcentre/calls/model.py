"""A call, what was recorded in it, and who was put through. Numbers and sound are sealed."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Identity, Index, Numeric, SmallInteger, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from callcentre.db import Base


class Call(Base):
    """One call on one of our lines, from the first that was told of it.

    `turn` counts what was heard: each answer of ours carries the number with which the next is
    heard, so that a request made twice is heard once. `state` holds the answers and how the
    question stands, sealed. Who chose to stay unknown leaves neither number nor ticket here.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("provider", "call_id"),
        Index(None, "ticket_id"),
        Index("ix_calls_open", "touched_at", postgresql_where=sql("ended_at IS NULL")),
        Index("ix_calls_stateful", "touched_at", postgresql_where=sql("state IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    edition: Mapped[int]
    request: Mapped[str | None] = mapped_column(Text)  # our own id of an outgoing call
    sealed_number: Mapped[bytes | None]
    number_print: Mapped[bytes | None]
    withheld: Mapped[bool]
    nameless: Mapped[bool]
    language: Mapped[str] = mapped_column(Text)
    turn: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[bytes | None]
    recorded: Mapped[bool | None]  # whether he agreed to be; None: it did not come to that
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    seconds: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    currency: Mapped[str] = mapped_column(Text, server_default=sql("''"))


class RecordingRow(Base):
    """What was recorded: first where it lies at the provider, then the sound itself.

    `key` is a print of the provider's ids, `source` its id and address, sealed, until it was
    fetched. `kind` is words, addition or answer. A `dropped_at` one was recorded anew by its
    caller: it is not fetched.
    """

    __tablename__ = "recordings"
    __table_args__ = (
        Index(None, "ticket_id"),
        Index(None, "call_id"),
        Index("ix_recordings_waiting", "next_at", postgresql_where=sql("next_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    source: Mapped[bytes | None]
    told_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]  # on its ticket
    next_at: Mapped[datetime | None]  # when there is something to do: to fetch it, to delete it
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    sound: Mapped[bytes | None] = mapped_column(deferred=True)  # sealed
    sha256: Mapped[bytes | None]
    bytes: Mapped[int | None]
    seconds: Mapped[int | None]
    fetched_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]  # at the provider


class Connection(Base):
    """A caller who asked for a person on his call, from then until one talked to him or none did.

    `post_id` is who is rung for him, and who has him from `taken_at` on. In the queue he waits from
    `queued_at`. `outcome` is how it ended (see connections.py), `seconds` how long they talked,
    `wrap_up` the code that the agent gave afterwards.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index(None, "ticket_id"),
        Index(None, "call_id"),
        Index("ix_connections_open", "institution", postgresql_where=sql("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    institution: Mapped[str] = mapped_column(Text)
    danger: Mapped[bool]
    asked_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[int | None]
    wrap_up: Mapped[str | None] = mapped_column(Text)
    wrapped_up_at: Mapped[datetime | None]


class Agent(Base):
    """An agent's post, once it was rung or said something: what it does now, and since when.

    `connection_id` is the caller for whom it is rung, with whom it talks or whom it writes up; in a
    call without one it is rung for the first of the queue. `given_at` is when it was last rung.
    """

    __tablename__ = "agents"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    given_at: Mapped[datetime | None]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id"))
