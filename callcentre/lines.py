"""Lines: the codes, numbers and sender names that people use, and whose they are.

Every change of the lines makes a new edition: the whole list as it then was, kept forever. A
conversation goes on in the edition in which it began, so that a changed menu never gives a
pressed key another meaning. A process keeps editions in memory; they never change.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ARRAY, Boolean, Identity, Text, UniqueConstraint, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import db, phones
from callcentre.db import Base

CHANNELS = ("ussd", "sms", "voice")


class UnknownLine(LookupError):
    """Raised for an address that is not one of ours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One address at one provider.

    `institutions` are the ids it serves; the first-named `keeper` takes what a citizen cannot
    place. `name` is what the line calls itself in a message, `hears` whether it can be answered.
    """

    provider: str
    channel: str
    address: str
    institutions: tuple[str, ...]
    keeper: str
    name: str
    hears: bool = True

    @property
    def shared(self) -> bool:
        return len(self.institutions) > 1

    @property
    def is_abroad(self) -> bool:
        """Whether its own number is one of another country."""
        return phones.is_e164(self.address) and not phones.is_tanzanian(self.address)

    def serves_as(self, other: "Line") -> bool:
        """Whether it serves just the institutions that another line serves."""
        return set(self.institutions) == set(other.institutions)


@dataclass(frozen=True)
class Edition:
    number: int
    lines: tuple[Line, ...]

    @cached_property
    def _by_address(self) -> dict[tuple[str, str, str], Line]:
        return {(line.provider, line.channel, line.address): line for line in self.lines}

    def find(self, provider: str, channel: str, address: str) -> Line | None:
        return self._by_address.get((provider, channel, address))

    def first(
        self, channel: str, institution: str, provider: str | None = None, *, hears: bool = False
    ) -> Line | None:
        """The line on which this institution is reached: its own before a shared one.

        With `hears` only one that can be answered.
        """
        ours = [
            line
            for line in self.lines
            if line.channel == channel
            and institution in line.institutions
            and provider in (None, line.provider)
            and line.hears >= hears
        ]
        return min(ours, key=lambda line: len(line.institutions), default=None)

    def hotline(self, institution: str, asked_on: str | None = None) -> Line | None:
        """The number from which somebody is rung for an institution, or None.

        That is `asked_on`, the address on which a call was asked for, if it is a hotline itself;
        else one that serves the same institutions, then the institution's own.
        """
        asked = next((line for line in self.lines if line.address == asked_on), None)
        ours = [
            line
            for line in self.lines
            if line.channel == "voice" and institution in line.institutions
        ]
        return min(
            ours,
            key=lambda line: (
                line.address != asked_on,
                asked is None or not line.serves_as(asked),
                len(line.institutions),
            ),
            default=None,
        )

    def senders(
        self,
        institution: str,
        line: Line | None = None,
        to: str | None = None,
        *,
        hears: bool = False,
    ) -> tuple[Line, ...]:
        """The SMS lines that may write for an institution, the usual one first.

        That is `line`, the one written to; else the institution's own before one that it shares,
        one that hears before one that does not. With `hears` those that can be answered are first.
        Abroad (`to`, E.164) goes by a line with a number abroad, where there is one: a short code
        reaches nobody there.
        """
        abroad = to is not None and not phones.is_tanzanian(to)
        ours = [one for one in self.lines if institution in one.institutions or one == line]
        return tuple(
            sorted(
                (one for one in ours if one.channel == "sms"),
                key=lambda one: (
                    one != line,
                    one.is_abroad != abroad,
                    hears and not one.hears,
                    len(one.institutions),
                    not one.hears,
                ),
            )
        )


class LineRow(Base):
    __tablename__ = "lines"
    __table_args__ = (UniqueConstraint("provider", "channel", "address"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    institutions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    keeper: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    hears: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class EditionRow(Base):
    __tablename__ = "editions"

    number: Mapped[int] = mapped_column(Identity(), primary_key=True)
    made_at: Mapped[datetime]
    lines: Mapped[list[Any]]


_ALL = select(LineRow).order_by(LineRow.id)


def add(session: Session, line: Line, now: datetime) -> int:
    """Add a line, or change the one with this address; the number of the new edition."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('editions'))"))
    row = session.scalar(
        select(LineRow).where(
            LineRow.provider == line.provider,
            LineRow.channel == line.channel,
            LineRow.address == line.address,
        )
    )
    if row is None:
        row = LineRow(provider=line.provider, channel=line.channel, address=line.address)
        session.add(row)
    row.institutions, row.keeper = list(line.institutions), line.keeper
    row.name, row.hears = line.name, line.hears
    session.flush()  # the edition below reads what was just written
    all_lines = [_as_json(row) for row in session.scalars(_ALL)]
    made = session.execute(
        insert(EditionRow).values(made_at=now, lines=all_lines).returning(EditionRow.number)
    )
    return made.scalar_one()


def everything(session: Session) -> tuple[Line, ...]:
    """All lines as they are now."""
    return tuple(_line(_as_json(row)) for row in session.scalars(_ALL))


def newest(session: Session) -> Edition:
    """The edition in force; an empty one (number 0) before the first line was added."""
    number = session.scalar(select(func.max(EditionRow.number)))
    return edition(number) if number else Edition(0, ())


@lru_cache(maxsize=64)
def edition(number: int) -> Edition:
    """An edition by its number. Raises UnknownLine if there is none."""
    with db.session() as session:
        row = session.get(EditionRow, number)
    if row is None:
        raise UnknownLine(f"no edition {number}")
    return Edition(number, tuple(_line(entry) for entry in row.lines))


def _as_json(row: LineRow) -> dict[str, Any]:
    return {
        "provider": row.provider,
        "channel": row.channel,
        "address": row.address,
        "institutions": list(row.institutions),
        "keeper": row.keeper,
        "name": row.name,
        "hears": row.hears,
    }


def _line(entry: dict[str, Any]) -> Line:
    return Line(**{**entry, "institutions": tuple(entry["institutions"])})
