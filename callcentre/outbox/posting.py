"""Putting a message into the caller's transaction, letting a held one go, or taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import db
from callcentre.clock import EAT
from callcentre.outbox.model import Message, Route, unsent

EXPIRES = {
    "urgent": timedelta(days=1),
    "reply": timedelta(days=3),
    "alert": timedelta(days=3),
    "notice": timedelta(days=3),
}
PRIORITY = {kind: place for place, kind in enumerate(EXPIRES)}
"""The kinds of message, the first go first: `alert` is for staff, whose hours its writer knows."""

_TABLE = Message.metadata.tables["messages"]
_POST = (  # made once and without the ORM: a fifth of the time
    upsert(_TABLE).on_conflict_do_nothing(index_elements=["key"]).returning(_TABLE.c.id)
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message not posted yet.

    `key` is unique for what it tells about, so that this is told once. `sealed_to` is the number
    (E.164), sealed. With `hold` it waits until `release`, or for that long; with `not_before` it
    goes at that moment. With `wipe` number and text are forgotten once its fate is known, or after
    a day. `routes` are the ways it may go: the usual one, then those for when it fails.
    """

    key: str
    sealed_to: bytes
    text: str
    parts: int
    institution: str
    routes: tuple[Route, ...]
    kind: str = "reply"
    ticket_id: int | None = None
    hold: timedelta | None = None
    link: str | None = None
    wipe: bool = False
    not_before: datetime | None = None

    def row(self, now: datetime) -> dict[str, Any]:
        usual, *others = self.routes
        goes = max(now + (self.hold or timedelta()), self.not_before or now)
        return {
            "key": self.key,
            "ticket_id": self.ticket_id,
            "institution": self.institution,
            "provider": usual.provider,
            "sender": usual.sender,
            "others": "\n".join(map(str, others)) or None,
            "sealed_to": self.sealed_to,
            "text": self.text,
            "parts": self.parts,
            "kind": self.kind,
            "priority": PRIORITY[self.kind],
            "posted_at": now,
            "next_at": window(self.kind, goes),
            "expires_at": goes + EXPIRES[self.kind],
            "held": self.hold is not None,
            "tries": 0,
            "link": self.link,
            "wipe": self.wipe,
        }


def post(session: Session, draft: Draft, now: datetime) -> int | None:
    """Put a message into the caller's transaction; its id, or None if the key is there already."""
    found: int | None = session.execute(_POST, draft.row(now)).scalar()
    if found is not None and draft.hold is None:
        wake_after(session)
    return found


def post_many(session: Session, drafts: Sequence[Draft], now: datetime) -> None:
    """Put many messages into the caller's transaction; those whose key is there already are not."""
    if drafts:
        db.insert_many(session, Message, [draft.row(now) for draft in drafts], unless="key")
        wake_after(session)


NOTICES_FROM, NOTICES_UNTIL = 7, 20
"""The hours (EAT) in which a notice may ring in somebody's pocket; replies go at any hour."""


def window(kind: str, moment: datetime) -> datetime:
    """The first moment from this one on at which a message of this kind may go."""
    local = moment.astimezone(EAT)
    if kind != "notice" or NOTICES_FROM <= local.hour < NOTICES_UNTIL:
        return moment
    opens = local.replace(hour=NOTICES_FROM, minute=0, second=0, microsecond=0)
    return opens if local.hour < NOTICES_FROM else opens + timedelta(days=1)


def release(session: Session, key: str, *, now: datetime, instead: Draft | None = None) -> bool:
    """Let a held message go, to the number and with the words of another; whether it did."""
    changes: dict[str, Any] = {"held": False, "next_at": now}
    if instead is not None:
        taken = ("sealed_to", "text", "parts", "provider", "sender", "others")
        changes |= {name: value for name, value in instead.row(now).items() if name in taken}
    done = session.execute(
        update(Message)
        .where(Message.key == key, Message.held, Message.claimed_until.is_(None))
        .values(**changes)
        .returning(Message.id)
    ).scalar()
    if done is not None:
        wake_after(session)
    return done is not None


_NOT_TRIED = and_(
    Message.claimed_until.is_(None),
    Message.tries == 0,
    Message.failed_at.is_(None),
    Message.cancelled_at.is_(None),
)


def waits(session: Session, key: str) -> bool:
    """Whether a message has not been tried yet; no worker takes it until the caller commits."""
    query = select(Message.id).where(Message.key == key, _NOT_TRIED)
    return session.scalar(query.with_for_update()) is not None


def reword(session: Session, key: str, *, text: str, parts: int) -> None:
    """Say a message that `waits` in other words."""
    session.execute(
        update(Message).where(Message.key == key, _NOT_TRIED).values(text=text, parts=parts)
    )


def cancel(session: Session, key: str, *, now: datetime) -> bool:
    """Take back a message that no network is known to have; whether it was.

    One that no worker holds now. What was tried without an answer may have gone all the same.
    """
    done = session.execute(
        update(Message)
        .where(
            Message.key == key,
            Message.claimed_until.is_(None),
            unsent(),
        )
        .values(cancelled_at=now, held=False, sealed_to=None)
        .returning(Message.id)
    ).scalar()
    return done is not None


def cancel_all(session: Session, ticket_id: int, *, now: datetime) -> None:
    """Take back every message about a ticket that no network is known to have."""
    keys = select(Message.key).where(Message.ticket_id == ticket_id, Message.cancelled_at.is_(None))
    for key in session.scalars(keys).all():
        cancel(session, key, now=now)


def wake_after(session: Session) -> None:
    """Tell the workers once this transaction is committed."""
    session.info["wake"] = True
