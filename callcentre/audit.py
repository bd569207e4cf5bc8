"""The record of every change, which nobody can edit.

Events are chained per ticket (each carries the hash of the one before it, written under the
ticket's row lock), UPDATE and DELETE are refused by a trigger (migration 0001), and once a minute
the clock seals all new events with an HMAC whose key is not in the database. A hash covers
`sha256(salt + body)`, so that erasing body and salt, which the trigger allows, keeps the chain
valid while the words are gone.
"""

import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Text, UniqueConstraint, func, insert, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import db, vault
from callcentre.db import Base

logger = logging.getLogger(__name__)

GENESIS = bytes(32)


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq"),
        Index(None, "txid", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int | None]
    seq: Mapped[int | None]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None]
    body_hash: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    txid: Mapped[int] = mapped_column(
        BigInteger, server_default=sql("record_txid(pg_current_xact_id())")
    )  # grows for ever; `record_txid` (migration 0008) adds to what another server had counted


_INSERT = insert(Base.metadata.tables["events"]).inline()  # without the ORM: half the time


class Seal(Base):
    __tablename__ = "seals"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    from_txid: Mapped[int]
    to_txid: Mapped[int]  # exclusive: every transaction before it had ended when this was made
    events: Mapped[int]
    digest: Mapped[bytes]
    signature: Mapped[bytes]


def record(
    session: Session,
    *,
    ticket_id: int | None,
    kind: str,
    now: datetime,
    actor: str = "system",
    body: dict[str, Any] | None = None,
    first: bool = False,
) -> None:
    """Add one event in the caller's transaction.

    With a ticket the caller holds that ticket's row lock (or has just inserted it: `first`).
    The body may hold ids, codes and dates; never a name, a number or a citizen's words.
    """
    seq, previous = None, GENESIS
    if ticket_id is not None:
        seq, previous = (1, GENESIS) if first else _last(session, ticket_id)
    session.execute(_INSERT, _row(previous, ticket_id, seq, now, kind, actor, body))


def record_many(
    session: Session,
    kind: str,
    events: Sequence[tuple[int, dict[str, Any]]],
    *,
    now: datetime,
    actor: str = "system",
) -> None:
    """Add events of one kind to many tickets, whose row locks the caller holds: id and body."""
    query = (
        select(Event.ticket_id, Event.seq, Event.hash)
        .ext(distinct_on(Event.ticket_id))
        .where(Event.ticket_id.in_({ticket_id for ticket_id, _ in events}))
        .order_by(Event.ticket_id, Event.seq.desc())
    )
    last = {row.ticket_id: (row.seq or 0, bytes(row.hash)) for row in session.execute(query)}
    rows = []
    for ticket_id, body in events:
        seq, previous = last.get(ticket_id, (0, GENESIS))
        row = _row(previous, ticket_id, seq + 1, now, kind, actor, body)
        last[ticket_id] = (seq + 1, row["hash"])
        rows.append(row)
    if rows:
        db.insert_many(session, Event, rows)


def _row(
    previous: bytes,
    ticket_id: int | None,
    seq: int | None,
    now: datetime,
    kind: str,
    actor: str,
    body: dict[str, Any] | None,
) -> dict[str, Any]:
    text = json.dumps(body or {}, sort_keys=True, ensure_ascii=False, default=str)
    salt = secrets.token_bytes(16)
    body_hash = hashlib.sha256(salt + text.encode()).digest()
    return {
        "ticket_id": ticket_id,
        "seq": seq,
        "at": now,
        "kind": kind,
        "actor": actor,
        "body": text,
        "salt": salt,
        "body_hash": body_hash,
        "previous": previous,
        "hash": _hash(previous, ticket_id, seq, now, kind, actor, body_hash),
    }


def body_of(event: Event) -> dict[str, Any] | None:
    """What an event says; None once it was erased."""
    return json.loads(event.body) if event.body is not None else None


_LAST = sql("SELECT seq, hash FROM events WHERE ticket_id = :ticket ORDER BY seq DESC LIMIT 1")


def _last(session: Session, ticket_id: int) -> tuple[int, bytes]:
    row = session.execute(_LAST, {"ticket": ticket_id}).first()
    return (1, GENESIS) if row is None or row.seq is None else (row.seq + 1, bytes(row.hash))


def _hash(
    previous: bytes,
    ticket_id: int | None,
    seq: int | None,
    at: datetime,
    kind: str,
    actor: str,
    body_hash: bytes,
) -> bytes:
    said = f"{ticket_id}|{seq}|{at.timestamp():.6f}|{kind}|{actor}|".encode()
    return hashlib.sha256(previous + said + body_hash).digest()


def faults(session: Session, ticket_id: int | None = None) -> list[str]:
    """What is wrong with the chains and the seals, one line each; empty when all is well."""
    found = []
    query = select(Event).order_by(Event.ticket_id, Event.seq, Event.id)
    if ticket_id is not None:
        query = query.where(Event.ticket_id == ticket_id)
    before: Event | None = None
    for event in session.scalars(query.execution_options(yield_per=1000)):
        follows = before is not None and event.ticket_id == before.ticket_id
        chained = event.ticket_id is not None
        expected = before.hash if chained and follows and before else GENESIS
        number = (before.seq or 0) + 1 if chained and follows and before else 1
        if chained and (event.previous != expected or event.seq != number):
            found.append(f"event {event.id}: does not follow the one before it")
        if event.body is not None and event.salt is not None:
            body = hashlib.sha256(event.salt + event.body.encode()).digest()
            if body != event.body_hash:
                found.append(f"event {event.id}: its body was changed")
        if event.hash != _hash(
            event.previous,
            event.ticket_id,
            event.seq,
            event.at,
            event.kind,
            event.actor,
            event.body_hash,
        ):
            found.append(f"event {event.id}: was changed")
        before = event
    return found + (_seal_faults(session) if ticket_id is None else [])


SEAL_EVERY = timedelta(minutes=1)


def seal(session: Session, now: datetime) -> int:
    """Seal every event of transactions that have ended since the last seal; how many.

    At most once a minute, whoever asks, so that several clocks make no more seals than one.

    Ranges are of transaction ids, not of event ids: a slow transaction may commit a low event
    id late, but never one of a transaction below the snapshot's xmin.
    """
    session.execute(sql("SELECT pg_advisory_xact_lock(hashtext('seal'))"))
    start, last = session.execute(select(func.max(Seal.to_txid), func.max(Seal.at))).one()
    if last is not None and last > now - SEAL_EVERY:
        return 0
    start = start or 0
    end = session.scalar(sql("SELECT record_txid(pg_snapshot_xmin(pg_current_snapshot()))"))
    count, digest = _digest(session, start, end)
    if count == 0:
        return 0
    made = Seal(
        at=now,
        from_txid=start,
        to_txid=end,
        events=count,
        digest=digest,
        signature=_signature(start, end, count, digest),
    )
    session.add(made)
    session.flush()
    # Seals cut off at the end leave no gap in the database: the log, kept elsewhere, tells of them.
    logger.info("sealed", extra={"seal": made.id, "signature": made.signature.hex()})
    return count


def _digest(session: Session, start: int, end: int) -> tuple[int, bytes]:
    digest, count = hashlib.sha256(), 0
    hashes = session.scalars(
        select(Event.hash)
        .where(Event.txid >= start, Event.txid < end)
        .order_by(Event.txid, Event.id)
        .execution_options(yield_per=10_000)
    )
    for hash_ in hashes:
        digest.update(hash_)
        count += 1
    return count, digest.digest()


def _signature(start: int, end: int, count: int, digest: bytes) -> bytes:
    return vault.sign(f"{start}|{end}|{count}|".encode() + digest, "seal")


def _seal_faults(session: Session) -> list[str]:
    found, reached = [], 0
    for kept in session.scalars(select(Seal).order_by(Seal.id)):
        count, digest = _digest(session, kept.from_txid, kept.to_txid)
        if kept.from_txid != reached:
            found.append(f"seal {kept.id}: a seal before it is missing")
        if (count, digest) != (kept.events, kept.digest):
            found.append(f"seal {kept.id}: {count} events stand where {kept.events} were sealed")
        if not vault.same(kept.signature, _signature(kept.from_txid, kept.to_txid, count, digest)):
            found.append(f"seal {kept.id}: signature does not hold")
        reached = kept.to_txid
    return found
