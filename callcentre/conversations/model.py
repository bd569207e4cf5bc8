"""What is kept of an exchange: the session and its answers, the raw event, the caller's wishes."""

from datetime import datetime

from sqlalchemy import Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcentre.db import Base


class Conversation(Base):
    """One USSD session, from the first thing in it that is more than a key.

    `key` is a print of the session's id, `who` one of session, number and code together: the
    number itself is not here. The answers, and the transcript they came from, are sealed.
    """

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "touched_at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[bytes] = mapped_column(unique=True)
    who: Mapped[bytes]
    edition: Mapped[int]
    language: Mapped[str] = mapped_column(Text)
    nameless: Mapped[bool]
    state: Mapped[bytes | None]
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RawEvent(Base):
    """What a provider posted, as it came: to tell a repeat, and for thirty days to look it up."""

    __tablename__ = "raw_events"
    __table_args__ = (UniqueConstraint("provider", "kind", "key"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    number_print: Mapped[bytes | None]
    body: Mapped[bytes | None]  # sealed
    at: Mapped[datetime]
