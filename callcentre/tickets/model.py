"""A ticket, its promises, what was added to it, and the tasks people must do for it.

Facts are moments: a nullable `_at` column each. `status` is computed by the database from them
and never written, so no two places can disagree about where a ticket stands.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    SmallInteger,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from callcentre.db import Base

NUMBERS = Sequence("ticket_numbers", metadata=Base.metadata)

STATUSES = (
    "received", "acknowledged", "assigned", "escalated", "answered", "referred", "closed",
    "withdrawn",
)  # fmt: skip

_STATUS = (
    "CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'"
    " WHEN closed_at IS NOT NULL THEN 'closed'"
    " WHEN referred_at IS NOT NULL THEN 'referred'"
    " WHEN answered_at IS NOT NULL THEN 'answered'"
    " WHEN escalated_at IS NOT NULL THEN 'escalated'"
    " WHEN assigned_at IS NOT NULL THEN 'assigned'"
    " WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'"
    " ELSE 'received' END"
)


class WrongStatus(ValueError):
    """Raised when a ticket stands where what was asked cannot be done."""


class UnknownTicket(LookupError):
    """Raised for a reference that is none of ours."""


class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "ix_tickets_number_print_opened_at",
            "number_print",
            "opened_at",
            postgresql_where=sql("number_print IS NOT NULL"),
        ),
        Index(None, "institution", "status", "opened_at"),
        Index(
            "ix_tickets_unconfirmed",
            "answered_at",
            postgresql_where=sql("answered_at IS NOT NULL AND closed_at IS NULL"),
        ),
        Index(
            "ix_tickets_merged_into", "merged_into", postgresql_where=sql("merged_into IS NOT NULL")
        ),
        Index(
            "ix_tickets_answer_print",
            "answer_print",
            "answered_at",
            postgresql_where=sql("answer_print IS NOT NULL"),
        ),
        Index(
            "ix_tickets_kept_check_at",
            "kept_check_at",
            postgresql_where=sql("kept_check_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ref: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    institution: Mapped[str] = mapped_column(Text)
    charter_version: Mapped[str] = mapped_column(Text)
    placed: Mapped[bool]  # False: the citizen did not know the institution, its keeper has it
    unit: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    name: Mapped[bytes | None]  # sealed
    identity: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    sealed_number: Mapped[bytes | None]
    number_print: Mapped[bytes | None]
    number_confirmed_at: Mapped[datetime | None]
    code_print: Mapped[bytes | None]
    wrong_codes: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    locked_until: Mapped[datetime | None]
    assigned_to: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    finding: Mapped[str | None] = mapped_column(Text)  # proved, partly_proved, not_proved
    opened_at: Mapped[datetime]
    touched_at: Mapped[datetime]  # last contact with the citizen
    acknowledged_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger, server_default=sql("1"))  # of the appeal
    escalated_at: Mapped[datetime | None]  # he was not satisfied: a level up
    satisfied_at: Mapped[datetime | None]
    referred_at: Mapped[datetime | None]  # it is another body's matter
    referred_to: Mapped[str | None] = mapped_column(Text)
    referral_of: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    danger_at: Mapped[datetime | None]  # somebody may be in danger: seen by few
    asked_at: Mapped[datetime | None]  # the one question to the citizen
    asked_until: Mapped[datetime | None]  # how long it stops the office's own targets
    officer_at: Mapped[datetime | None]  # its citizen named a member of staff
    centre_at: Mapped[datetime | None]  # it is about the call centre itself
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    answer_print: Mapped[bytes | None]  # the same for answers that say the same
    kept_check_at: Mapped[datetime | None]  # when its citizen is asked whether he was answered
    status: Mapped[str] = mapped_column(Text, Computed(_STATUS, persisted=True))


_OPEN = "kept_at IS NULL AND broken_at IS NULL AND dropped_at IS NULL"
_TOLD = "internal IS false AND dropped_at IS NULL"
_BROKEN = "broken_at IS NOT NULL AND kept_at IS NULL AND dropped_at IS NULL"
_NO_STEP_YET = "next_step IS NULL AND kept_at IS NULL AND dropped_at IS NULL"


class Promise(Base):
    __tablename__ = "promises"
    __table_args__ = (
        Index(None, "ticket_id"),
        Index(
            "ix_promises_open",
            "due_at",
            postgresql_where=sql(_OPEN),
        ),
        Index(
            "ix_promises_open_calendar",
            "calendar",
            postgresql_where=sql(_OPEN),
        ),
        Index(
            "ix_promises_next_step",
            "next_step_at",
            postgresql_where=sql("next_step_at IS NOT NULL"),
        ),
        Index("ix_promises_told", "due_at", postgresql_where=sql(_TOLD)),
        Index(
            "ix_promises_unkept",
            "due_at",
            postgresql_where=sql(f"{_TOLD} AND kept_at IS NULL"),
        ),
        Index("ix_promises_broken", "ticket_id", postgresql_where=sql(_BROKEN)),
        Index("ix_promises_no_step_yet", "id", postgresql_where=sql(_NO_STEP_YET)),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    period_amount: Mapped[int] = mapped_column(SmallInteger)
    period_unit: Mapped[str] = mapped_column(Text)
    clause: Mapped[dict[str, Any]]
    calendar: Mapped[int] = mapped_column(server_default=sql("0"))  # computed with; see holidays
    kept_at: Mapped[datetime | None]
    kept_by: Mapped[str | None] = mapped_column(Text)
    broken_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]  # the citizen took the ticket back
    stood_still: Mapped[timedelta] = mapped_column(server_default=sql("'0'"))  # working time
    next_step: Mapped[int | None] = mapped_column(SmallInteger)  # of its ladder; 0: it has none
    next_step_at: Mapped[datetime | None]  # None: nobody is to hear of it any more


def still_open() -> ColumnElement[bool]:
    """That a promise is neither kept nor broken, and still owed; as the partial indexes have it."""
    return and_(
        Promise.kept_at.is_(None), Promise.broken_at.is_(None), Promise.dropped_at.is_(None)
    )


class Checked(Base):
    """Up to which ticket it was checked that something acknowledges it; one row."""

    __tablename__ = "checked"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int]


class Addition(Base):
    """Words that a citizen added to a ticket already open."""

    __tablename__ = "additions"
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    what: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Expects(Base):
    """A question that a number was asked, to which an SMS from it may be the answer."""

    __tablename__ = "expects"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind"),
        Index("ix_expects_open", "number_print", postgresql_where=sql("answered_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number_print: Mapped[bytes]
    kind: Mapped[str] = mapped_column(Text)  # see expects.WINDOW
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Task(Base):
    """Something a person must do: call this citizen, prove this acknowledgement."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_tasks_open", "institution", "due_at", postgresql_where=sql("done_at IS NULL")),
        Index(
            "ix_tasks_ring_at",
            "ring_at",
            postgresql_where=sql("ring_at IS NOT NULL AND done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    institution: Mapped[str] = mapped_column(Text)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    sealed_number: Mapped[bytes | None]
    due_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql("'{}'"))
    line: Mapped[str | None] = mapped_column(Text)  # the address on which a call was asked for
    ring_at: Mapped[datetime | None]  # when a call is placed; None: none is, or one is under way
    part_of_day: Mapped[str | None] = mapped_column(Text)  # one of tasks.PARTS; None: any
    rang: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))  # calls so far
