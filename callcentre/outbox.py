"""Messages waiting to be sent.

`post` writes a message in the caller's transaction, so it exists exactly when the fact it tells
about was saved. The database alone knows what is left to send: a worker claims what is due in
one short UPDATE, sends outside any transaction, and commits each result by itself. A claim that
expires is not free: the message may have gone, so its attempt is unknown until a receipt tells,
or ten minutes pass and it is sent once more.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Computed,
    ForeignKey,
    Identity,
    Index,
    Row,
    SmallInteger,
    Text,
    UniqueConstraint,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import vault
from callcentre.clock import EAT
from callcentre.db import Base

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)  # longer than any provider may take to answer
UNKNOWN_WAIT = timedelta(minutes=10)  # for a receipt, before an unknown message goes once more
BACK_OFF = (10, 30, 60, 120, 300, 600, 1800, 3600)  # seconds; the last one repeats
EXPIRES = {"reply": timedelta(days=3), "notice": timedelta(days=3), "urgent": timedelta(days=1)}
PRIORITY = {"urgent": 0, "reply": 1, "notice": 2}

on_commit: Callable[[], None] = lambda: None  # noqa: E731 - set by the process to jobs.wake


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
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    ticket_id: Mapped[int | None]
    institution: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
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
    link: Mapped[str | None] = mapped_column(Text)
    wipe: Mapped[bool]  # to someone without a name: forget number and words once it is gone
    status: Mapped[str] = mapped_column(
        Text,
        Computed(
            "CASE WHEN delivered_at IS NOT NULL THEN 'delivered'"
            " WHEN cancelled_at IS NOT NULL THEN 'cancelled'"
            " WHEN failed_at IS NOT NULL THEN 'failed'"
            " WHEN accepted_at IS NOT NULL THEN 'sent'"
            " WHEN claimed_until IS NOT NULL THEN 'sending'"
            " WHEN held THEN 'held' ELSE 'queued' END",
            persisted=True,
        ),
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
        Index(
            "ix_attempts_unknown",
            "unknown_at",
            postgresql_where=sql("unknown_at IS NOT NULL AND accepted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    provider: Mapped[str] = mapped_column(Text)
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
    to_print: Mapped[bytes | None]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Result:
    """What a provider said to one attempt.

    `outcome` is accepted, again (after `wait` or the usual back-off), never, ours (our own
    settings are wrong: hold and tell an administrator) or unknown (no answer: it may have gone).
    """

    outcome: str
    provider_id: str | None = None
    code: str = ""
    detail: str = ""
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report: `status` is sent (on its way), delivered or failed."""

    provider: str
    provider_id: str
    status: str
    code: str = ""
    to: str | None = None


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


def post(
    session: Session,
    *,
    key: str,
    to: str,
    text: str,
    parts: int,
    institution: str,
    sender: str,
    provider: str,
    now: datetime,
    kind: str = "reply",
    ticket_id: int | None = None,
    hold: timedelta | None = None,
    link: str | None = None,
    wipe: bool = False,
) -> int | None:
    """Put a message into the caller's transaction; its id, or None if the key is there already.

    With `hold` it waits until `release` or for that long. `to` is E.164. With `wipe` number and
    text are forgotten once its fate is known, or after a day.
    """
    row = draft(
        key=key,
        sealed_to=vault.seal(to),
        text=text,
        parts=parts,
        institution=institution,
        sender=sender,
        provider=provider,
        now=now,
        kind=kind,
        ticket_id=ticket_id,
        hold=hold,
        link=link,
        wipe=wipe,
    )
    found = session.execute(
        upsert(Message)
        .values(row)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Message.id)
    ).scalar()
    if found is not None and hold is None:
        wake_after(session)
    return found


def draft(
    *,
    key: str,
    sealed_to: bytes,
    text: str,
    parts: int,
    institution: str,
    sender: str,
    provider: str,
    now: datetime,
    kind: str = "reply",
    ticket_id: int | None = None,
    hold: timedelta | None = None,
    link: str | None = None,
    wipe: bool = False,
) -> dict[str, Any]:
    """A message not posted yet, for `post_many`; as `post`, but for a number already sealed."""
    return {
        "key": key,
        "ticket_id": ticket_id,
        "institution": institution,
        "sender": sender,
        "provider": provider,
        "sealed_to": sealed_to,
        "text": text,
        "parts": parts,
        "kind": kind,
        "priority": PRIORITY[kind],
        "posted_at": now,
        "next_at": _window(kind, now + (hold or timedelta())),
        "expires_at": now + EXPIRES[kind],
        "held": hold is not None,
        "tries": 0,
        "link": link,
        "wipe": wipe,
    }


def post_many(session: Session, drafts: Sequence[dict[str, Any]]) -> None:
    """Put many messages into the caller's transaction; those whose key is there already are not."""
    if drafts:
        session.execute(
            upsert(Message).on_conflict_do_nothing(index_elements=["key"]), list(drafts)
        )
        wake_after(session)


NOTICES_FROM, NOTICES_UNTIL = 7, 20
"""The hours (EAT) in which a notice may ring in somebody's pocket; replies go at any hour."""


def _window(kind: str, moment: datetime) -> datetime:
    """The first moment from this one on at which a message of this kind may go."""
    local = moment.astimezone(EAT)
    if kind != "notice" or NOTICES_FROM <= local.hour < NOTICES_UNTIL:
        return moment
    opens = local.replace(hour=NOTICES_FROM, minute=0, second=0, microsecond=0)
    return opens if local.hour < NOTICES_FROM else opens + timedelta(days=1)


def release(
    session: Session,
    key: str,
    *,
    now: datetime,
    to: str | None = None,
    text: str | None = None,
    parts: int | None = None,
) -> bool:
    """Let a held message go, to another number or with other words if given; whether it did."""
    changes: dict[str, Any] = {"held": False, "next_at": now}
    if to is not None:
        changes["sealed_to"] = vault.seal(to)
    if text is not None:
        changes |= {"text": text, "parts": parts}
    return _change_held(session, key, changes)


def cancel(session: Session, key: str, *, now: datetime) -> bool:
    """Take back a message that is still held; whether it was."""
    changes = {"cancelled_at": now, "held": False, "sealed_to": None}
    return _change_held(session, key, changes)


def _change_held(session: Session, key: str, changes: dict[str, Any]) -> bool:
    done = session.execute(
        update(Message)
        .where(Message.key == key, Message.held, Message.claimed_until.is_(None))
        .values(**changes)
        .returning(Message.id)
    ).scalar()
    if done is not None:
        wake_after(session)
    return done is not None


def wake_after(session: Session) -> None:
    """Tell the workers once this transaction is committed."""
    session.info["wake"] = True


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    if session.info.pop("wake", False):
        on_commit()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)


_CLAIM = sql(
    """
    WITH due AS (
        SELECT id FROM messages m
        WHERE accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
          AND claimed_until IS NULL AND next_at <= :now
          AND NOT EXISTS (
            SELECT 1 FROM messages e
            WHERE e.ticket_id = m.ticket_id AND e.id < m.id
              AND e.accepted_at IS NULL AND e.failed_at IS NULL AND e.cancelled_at IS NULL
              AND e.posted_at > CAST(:now AS timestamptz) - interval '10 minutes')
        ORDER BY priority, next_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messages SET claimed_until = CAST(:now AS timestamptz) + :lease, held = false,
                        tries = tries + 1
    FROM due WHERE messages.id = due.id
    RETURNING messages.id, messages.provider, messages.sender, messages.sealed_to,
              messages.text, messages.link, messages.expires_at
    """
)


def claim(session: Session, now: datetime, limit: int = 100) -> list[Outgoing]:
    """Take up to `limit` due messages for sending, each with a new attempt."""
    rows = session.execute(_CLAIM, {"now": now, "limit": limit, "lease": CLAIM}).all()
    if not rows:
        return []
    claimed = list(_readable(rows))
    if not claimed:
        return []
    attempts = session.execute(
        insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True),
        [
            {
                "message_id": row.id,
                "provider": row.provider,
                "to_print": vault.fingerprint(to),
                "started_at": now,
            }
            for row, to in claimed
        ],
    ).scalars()
    return [
        Outgoing(row.id, attempt, row.provider, row.sender, to, row.text, row.link)
        for (row, to), attempt in zip(claimed, attempts, strict=True)
    ]


def _readable(rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], str]]:
    """Each row with its number. One whose key is gone keeps no other: its claim runs out."""
    for row in rows:
        try:
            yield row, vault.unseal(row.sealed_to)
        except vault.Unreadable:
            logger.error("number cannot be read with DATA_KEY", extra={"message_id": row.id})


def record(session: Session, sent: Outgoing, result: Result, now: datetime) -> list[int]:
    """Write down what came of an attempt; ids of messages that are delivered or failed by it."""
    message = session.get_one(Message, sent.message_id, with_for_update=True)
    attempt = session.get_one(Attempt, sent.attempt_id)
    attempt.code, attempt.detail = result.code or None, result.detail[:500] or None
    if attempt.accepted_at is not None:
        return []  # a receipt was faster than this answer
    attempt.provider_id = result.provider_id
    message.claimed_until = None
    if result.outcome == "accepted":
        attempt.accepted_at = now
        message.accepted_at = message.accepted_at or now
        session.flush()  # the parked receipts below are matched by the id just written
        _one_at_a_time(session, sent.provider, result.provider_id)
        return _unpark(session, sent.provider, result.provider_id, now)
    if result.outcome == "unknown":
        attempt.unknown_at = now
        message.next_at = now + UNKNOWN_WAIT
        session.flush()  # the parked receipts below are matched by what was just written
        settled = _match_unknown(session, attempt, now)
        if message.accepted_at is None and _went_unanswered_twice(session, message):
            message.failed_at = now
            return [message.id]
        return settled
    attempt.failed_at = now
    if result.outcome == "never" or now >= message.expires_at:
        message.failed_at = now
        return [message.id]
    message.next_at = now + (result.wait or back_off(message.tries))
    return []


def _went_unanswered_twice(session: Session, message: Message) -> bool:
    """Whether it was sent once more already: no citizen gets the same words every ten minutes."""
    unknown = session.scalars(
        select(Attempt.unknown_at)
        .where(Attempt.message_id == message.id)
        .order_by(Attempt.id.desc())
        .limit(message.tries)
    )
    return sum(moment is not None for moment in unknown) > 1


def back_off(tries: int) -> timedelta:
    """How long to wait after the given number of failed tries."""
    return timedelta(seconds=BACK_OFF[min(tries, len(BACK_OFF)) - 1])


def expire_claims(session: Session, now: datetime) -> list[int]:
    """Attempts whose worker died while sending become unknown; ids settled by a parked receipt."""
    lost = session.scalars(
        update(Message)
        .where(Message.claimed_until < now, Message.accepted_at.is_(None))
        .values(claimed_until=None, next_at=now + UNKNOWN_WAIT)
        .returning(Message.id)
    ).all()
    attempts = session.scalars(
        update(Attempt)
        .where(
            Attempt.message_id.in_(lost),
            Attempt.accepted_at.is_(None),
            Attempt.failed_at.is_(None),
            Attempt.unknown_at.is_(None),
        )
        .values(unknown_at=now)
        .returning(Attempt)
    ).all()
    return [settled for attempt in attempts for settled in _match_unknown(session, attempt, now)]


def receive(session: Session, receipt: Receipt, now: datetime) -> list[int]:
    """Take a delivery report; ids of the messages that became delivered or failed by it.

    It may come twice, in any order, or before the send was answered (then it is parked). A
    final state is never changed again.
    """
    if receipt.provider_id in ("", "None"):
        return []  # what Africa's Talking sends for a recipient it refused
    _one_at_a_time(session, receipt.provider, receipt.provider_id)
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.provider == receipt.provider, Attempt.provider_id == receipt.provider_id)
        .with_for_update()
    )
    if attempt is None:
        _park(session, receipt, now)
        print_ = vault.fingerprint(receipt.to) if receipt.to else None
        attempt = _the_one_unknown(session, receipt.provider, print_, now)
        if attempt is None:
            return []
        attempt.provider_id = receipt.provider_id
        session.flush()  # the receipts parked under this id are matched by it
        return _unpark(session, receipt.provider, receipt.provider_id, now)
    return _settle(session, attempt, receipt.status, receipt.code, now)


def _one_at_a_time(session: Session, provider: str, provider_id: str | None) -> None:
    """Until this transaction ends nobody else works on the same id of the provider.

    Else the answer to a send and its receipt could pass each other: each would look for the
    other before either is committed, and the receipt would stay parked.
    """
    session.execute(
        sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"{provider}:{provider_id}"},
    )


def settle_parked(session: Session, now: datetime) -> list[int]:
    """Settle receipts that stayed parked though their attempt is known; ids as `receive`."""
    found = session.execute(
        select(Attempt.provider, Attempt.provider_id)
        .join(
            ParkedReceipt,
            (ParkedReceipt.provider == Attempt.provider)
            & (ParkedReceipt.provider_id == Attempt.provider_id),
        )
        .distinct()
    ).all()
    settled: list[int] = []
    for provider, provider_id in found:
        _one_at_a_time(session, provider, provider_id)
        settled += _unpark(session, provider, provider_id, now)
    return settled


def _settle(session: Session, attempt: Attempt, status: str, code: str, now: datetime) -> list[int]:
    message = session.get_one(Message, attempt.message_id, with_for_update=True)
    if attempt.accepted_at is None:  # the network has it, whatever the answer was
        attempt.accepted_at = now
        message.accepted_at = message.accepted_at or now
        message.claimed_until = None
    if attempt.delivered_at or attempt.failed_at:
        return []
    if status == "delivered":
        attempt.delivered_at = now
        message.delivered_at = message.delivered_at or now
        message.failed_at = None
        return [message.id]
    if status == "failed":
        attempt.failed_at, attempt.code = now, code or attempt.code
        if message.delivered_at is None:
            message.failed_at = now
            return [message.id]
    return []


def _park(session: Session, receipt: Receipt, now: datetime) -> None:
    session.execute(
        upsert(ParkedReceipt)
        .values(
            provider=receipt.provider,
            provider_id=receipt.provider_id,
            status=receipt.status,
            code=receipt.code or None,
            to_print=vault.fingerprint(receipt.to) if receipt.to else None,
            at=now,
        )
        .on_conflict_do_nothing()
    )


def _unpark(session: Session, provider: str, provider_id: str | None, now: datetime) -> list[int]:
    attempt = session.scalar(
        select(Attempt).where(Attempt.provider == provider, Attempt.provider_id == provider_id)
    )
    if attempt is None:
        return []
    settled: list[int] = []
    for receipt in session.scalars(
        select(ParkedReceipt)
        .where(ParkedReceipt.provider == provider, ParkedReceipt.provider_id == provider_id)
        .order_by(ParkedReceipt.id)
    ).all():
        settled += _settle(session, attempt, receipt.status, receipt.code or "", now)
        session.delete(receipt)
    return settled


def _the_one_unknown(
    session: Session, provider: str, to_print: bytes | None, now: datetime
) -> Attempt | None:
    """The attempt a stray receipt must belong to: its number has exactly one unknown of the hour.

    Only an attempt without the provider's id, whose worker died or timed out before the answer;
    and only while no other to that number is in the air, whose early receipt it might be.
    """
    if to_print is None:
        return None
    unknown = session.scalars(
        select(Attempt)
        .where(
            Attempt.provider == provider,
            Attempt.provider_id.is_(None),
            Attempt.to_print == to_print,
            Attempt.unknown_at > now - timedelta(hours=1),
            Attempt.accepted_at.is_(None),
        )
        .with_for_update()
    ).all()
    if len(unknown) != 1:
        return None
    in_the_air = session.scalar(
        select(Attempt.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Message.claimed_until.is_not(None),
            Message.accepted_at.is_(None),
            Message.failed_at.is_(None),
            Message.cancelled_at.is_(None),
            Attempt.to_print == to_print,
            Attempt.unknown_at.is_(None),
            Attempt.failed_at.is_(None),
        )
        .limit(1)
    )
    return None if in_the_air else unknown[0]


def _match_unknown(session: Session, attempt: Attempt, now: datetime) -> list[int]:
    """Give an attempt that just became unknown the one receipt that was parked for its number."""
    parked = session.scalars(
        select(ParkedReceipt.provider_id)
        .where(
            ParkedReceipt.provider == attempt.provider,
            ParkedReceipt.to_print == attempt.to_print,
            ParkedReceipt.at >= attempt.started_at,
        )
        .distinct()
    ).all()
    if len(parked) != 1:
        return []
    if _the_one_unknown(session, attempt.provider, attempt.to_print, now) is not attempt:
        return []
    attempt.provider_id = parked[0]
    session.flush()  # the receipts parked under this id are matched by it
    return _unpark(session, attempt.provider, parked[0], now)


def wipe(session: Session, now: datetime) -> int:
    """Forget number and words of messages to the nameless that are gone or a day old."""
    gone = session.scalars(
        update(Message)
        .where(
            Message.wipe,
            Message.sealed_to.is_not(None),
            (Message.delivered_at.is_not(None))
            | (Message.failed_at.is_not(None))
            | (Message.posted_at < now - timedelta(days=1)),
        )
        .values(
            sealed_to=None,
            text="",
            failed_at=sql("CASE WHEN accepted_at IS NULL THEN :now ELSE failed_at END").bindparams(
                now=now
            ),
        )
        .returning(Message.id)
    ).all()
    session.execute(update(Attempt).where(Attempt.message_id.in_(gone)).values(to_print=None))
    session.execute(delete(ParkedReceipt).where(ParkedReceipt.at < now - timedelta(days=1)))
    return len(gone)


def posted_to(session: Session, number: str, *, since: datetime) -> list[Message]:
    """What was posted to a number since a moment; for simulations, which read few."""
    recent = session.scalars(select(Message).where(Message.posted_at >= since).order_by(Message.id))
    return [one for one in recent if one.sealed_to and vault.unseal(one.sealed_to) == number]


def waiting(session: Session, limit: int) -> Sequence[Message]:
    """Messages that no network has taken and nobody gave up, the oldest first."""
    query = select(Message).where(
        Message.accepted_at.is_(None), Message.failed_at.is_(None), Message.cancelled_at.is_(None)
    )
    return session.scalars(query.order_by(Message.next_at).limit(limit)).all()


def retry(session: Session, message_id: int, *, now: datetime) -> bool:
    """Make a failed or waiting message due now, with a new life; whether it could be."""
    done = session.scalar(
        update(Message)
        .where(
            Message.id == message_id,
            Message.accepted_at.is_(None) | Message.failed_at.is_not(None),
            Message.cancelled_at.is_(None),
            Message.claimed_until.is_(None),
            Message.sealed_to.is_not(None),
        )
        .values(
            accepted_at=None,
            failed_at=None,
            held=False,
            next_at=now,
            tries=0,
            expires_at=now + EXPIRES["reply"],
        )
        .returning(Message.id)
    )
    wake_after(session)
    return done is not None


def of_ticket(session: Session, ticket_id: int) -> Sequence[Message]:
    return session.scalars(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id)
    ).all()


def attempts_of(session: Session, message_ids: Sequence[int]) -> Sequence[Attempt]:
    return session.scalars(
        select(Attempt).where(Attempt.message_id.in_(message_ids)).order_by(Attempt.id)
    ).all()
