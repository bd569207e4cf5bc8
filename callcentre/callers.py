"""What is remembered of a number from one conversation to the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, or_, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit, phones, vault
from callcentre.db import Base


class Caller(Base):
    """What a number has asked for: its language, no more notices; or that it is blocked."""

    __tablename__ = "callers"

    number_print: Mapped[bytes] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(Text, server_default=sql("'sw'"))
    stopped_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the first hop must know: language, the menu's edition, and whether to say no more.

    `under_way`: the session has said something already, so its row tells what to answer.
    """

    language: str
    edition: int
    blocked: bool
    under_way: bool


_GREET = sql(
    "SELECT coalesce(s.edition, (SELECT max(number) FROM editions)),"
    "       coalesce(s.language, c.language), c.blocked_at IS NOT NULL,"
    "       s.state IS NOT NULL OR coalesce(s.nameless, false)"
    " FROM (SELECT 1) one"
    " LEFT JOIN callers c ON c.number_print = :number_print"
    " LEFT JOIN conversations s ON s.key = :session_key"
)


def number_of(written: str) -> str | None:
    """A sender's or caller's number in E.164; one of a new range or network as it was given."""
    return phones.parse(written) or (written if phones.is_e164(written) else None)


def greet(session: Session, number: str, session_key: bytes | None = None) -> Greeting:
    """One read: the number's language and whether it is blocked, and the edition in force.

    A session that has a row began in that row's language and edition, whatever holds now.
    """
    edition, language, blocked, under_way = session.execute(
        _GREET,
        {
            "number_print": vault.fingerprint(number_of(number) or number),
            "session_key": session_key,
        },
    ).one()
    return Greeting(language or "sw", edition or 0, blocked, under_way)


def remember_language(session: Session, number: str, language: str) -> None:
    _remember(session, number, language=language)


def stop(session: Session, number: str, now: datetime, *, by: str) -> None:
    """No more notices and surveys; answers to the number's own tickets still go."""
    _remember(session, number, stopped_at=now)
    _consent(session, "stopped", number, now, by)


def start(session: Session, number: str, now: datetime, *, by: str) -> None:
    _remember(session, number, stopped_at=None)
    _consent(session, "started", number, now, by)


def _consent(session: Session, kind: str, number: str, now: datetime, by: str) -> None:
    """On record for good, by the number's print: who asked for what, and when."""
    body = {"number": vault.fingerprint(number).hex()}
    audit.record(session, ticket_id=None, kind=kind, actor=by, now=now, body=body)


def may_be_written(session: Session, number: str) -> bool:
    """Whether a number may get an SMS that it did not ask for."""
    caller = session.get(Caller, vault.fingerprint(number))
    return caller is None or (caller.stopped_at is None and caller.blocked_at is None)


def unwilling(session: Session, prints: Iterable[bytes]) -> set[bytes]:
    """Of these numbers' prints those that may not be written to unasked."""
    query = select(Caller.number_print).where(
        Caller.number_print.in_(set(prints)),
        or_(Caller.stopped_at.is_not(None), Caller.blocked_at.is_not(None)),
    )
    return set(session.scalars(query))


def _remember(session: Session, number: str, **wishes: object) -> None:
    session.execute(
        upsert(Caller)
        .values(number_print=vault.fingerprint(number), **wishes)
        .on_conflict_do_update(index_elements=["number_print"], set_=wishes)
    )
