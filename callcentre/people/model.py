"""Posts, the people who hold them, and since when."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from callcentre.db import Base

ROLES = (
    "agent",
    "officer",
    "head",
    "complaints",
    "executive",
    "supervisor",
    "integrity",
    "administrator",
    "auditor",
    "ward",
)
"""What a post is for; `role.<role>` in the phrases is its title."""

OF_A_UNIT = ("officer", "head")
"""Roles that belong to one unit; the others serve the whole institution."""

HELD_ONCE = ("head", "executive", "integrity", "ward")
"""Roles of which a unit, a ward or an institution has one post, however its title is printed."""


class UnknownPost(LookupError):
    """Raised for the id of a post that is not there; the message names the cure."""


class UnknownPerson(LookupError):
    """Raised for the id of a person who is not there, or is disabled; the message says the cure."""


class BadStaff(ValueError):
    """Raised for what cannot be so of a post or a person; the message names the cure."""


@dataclass(frozen=True, slots=True)
class Post:
    """An office of an institution, as those read it who must reach or know it.

    `unit` None is the whole institution. `number` is E.164, None for a post without a telephone.
    It may be alerted from `opens` until `closes` (hours in EAT), Monday to Friday or `everyday`.
    `person` is the id of who holds it now, None while nobody does. `place` is a ward's.
    """

    id: int
    institution: str
    unit: str | None
    role: str
    title: str
    number: str | None
    language: str
    opens: int
    closes: int
    everyday: bool
    person: int | None
    place: str | None


class PersonRow(Base):
    __tablename__ = "people"
    __table_args__ = (
        Index(
            "uq_people_name",
            "institution",
            "name_print",
            unique=True,
            postgresql_where=sql("disabled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    institution: Mapped[str] = mapped_column(Text)
    sealed_name: Mapped[bytes]
    name_print: Mapped[bytes]
    ethics_trained_on: Mapped[date | None]
    charter_trained_on: Mapped[date | None]
    pin_hash: Mapped[str | None] = mapped_column(Text)
    wrong_pins: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    locked_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class PostRow(Base):
    __tablename__ = "posts"
    __table_args__ = (
        Index(
            "ix_posts_open",
            "institution",
            "role",
            "unit",
            postgresql_where=sql("closed_at IS NULL"),
        ),
        Index("ix_posts_number", "number_print", postgresql_where=sql("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    institution: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    sealed_number: Mapped[bytes | None]
    number_print: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(Text)
    opens: Mapped[int] = mapped_column(SmallInteger)
    closes: Mapped[int] = mapped_column(SmallInteger)
    everyday: Mapped[bool]
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    confirmed_at: Mapped[datetime | None]  # when its holder last said that he still holds it
    asked_at: Mapped[datetime | None]  # when he was last asked that
    answer_until: Mapped[datetime | None]  # how long his answer is waited for; None: it is not
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Holding(Base):
    """That a person holds a post, and for how long he is away from it."""

    __tablename__ = "holdings"
    __table_args__ = (
        Index("uq_holdings_now", "post_id", unique=True, postgresql_where=sql("until IS NULL")),
        Index(None, "person_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]

    def is_away(self, now: datetime) -> bool:
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= now < self.away_until
