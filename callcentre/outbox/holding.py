"""Holding everything back: while a row stands in `outbox_hold`, nothing at all is claimed.

Neither replies nor what is urgent, by no worker on any host: the claim itself looks for the row
(`claiming.claim`). What waits keeps its place, and does not expire while it is held.
"""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, SmallInteger, Text, delete, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit
from callcentre.db import Base
from callcentre.outbox.model import Message, unsent
from callcentre.outbox.posting import wake_after, window

APART = timedelta(seconds=20)  # longer than a provider usually takes to answer


class Hold(Base):
    """Why nothing goes, while there is such a row; there is at most one."""

    __tablename__ = "outbox_hold"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)


def current(session: Session) -> Hold | None:
    """The hold in force, if any."""
    return session.get(Hold, 1)


def waiting(session: Session) -> int:
    """How many messages no network has taken and nobody gave up."""
    return session.scalar(select(func.count()).select_from(Message).where(unsent())) or 0


def hold(session: Session, reason: str, *, by: str, now: datetime) -> bool:
    """Claim nothing from this commit on; False if it is held already.

    It waits for claims that are being written, and later ones wait for it: once it is committed,
    no process can claim by what it saw before. What was claimed earlier still goes.
    """
    session.execute(sql("LOCK TABLE messages IN SHARE MODE"))
    if current(session) is not None:
        return False
    session.add(Hold(id=1, since=now, reason=reason, by=by))
    audit.record(session, ticket_id=None, kind="outbox_held", actor=by, now=now)
    return True


def release(session: Session, *, by: str, now: datetime) -> int | None:
    """Let everything go again, each with the time it lost; how many are due now, None if not held.

    Messages of one ticket follow each other at a distance, notices wait for the hours in which
    they may ring in somebody's pocket.
    """
    since = session.scalar(delete(Hold).returning(Hold.since))
    if since is None:
        return None
    give_time_again(session, since, now)
    session.execute(_ONE_AFTER_THE_OTHER, {"now": now, "apart": APART})
    if (opens := window("notice", now)) > now:
        session.execute(
            update(Message)
            .where(unsent(), Message.kind == "notice", Message.next_at <= now)
            .values(next_at=opens)
        )
    audit.record(
        session,
        ticket_id=None,
        kind="outbox_released",
        actor=by,
        now=now,
        body={"held_since": since},
    )
    wake_after(session)
    due = select(func.count()).select_from(Message).where(unsent(), Message.next_at <= now)
    return session.scalar(due) or 0


def give_time_again(session: Session, since: datetime, now: datetime) -> None:
    """What was due and waited since a moment expires later, by as long as it has waited."""
    lost = now - func.greatest(Message.next_at, since)
    session.execute(
        update(Message)
        .where(unsent(), Message.next_at <= now)
        .values(expires_at=Message.expires_at + lost)
        .execution_options(synchronize_session=False)
    )


_ONE_AFTER_THE_OTHER = sql(
    """
    UPDATE messages SET next_at = CAST(:now AS timestamptz) + (place - 1) * :apart
    FROM (
        SELECT id, row_number() OVER (PARTITION BY ticket_id ORDER BY id) AS place
        FROM messages
        WHERE accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
          AND ticket_id IS NOT NULL AND next_at <= :now
    ) AS queue
    WHERE queue.id = messages.id AND place > 1
    """
)
