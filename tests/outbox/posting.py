"""What the tests of the outbox share: a message, an attempt at it, and what was heard of it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import outbox, vault
from callcentre.clock import EAT
from callcentre.outbox import Attempt, Draft, Message, Outgoing, Receipt, Result, Route

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=EAT)
ASHA, JUMA = "+255712345678", "+255754123456"
AT = "africastalking"
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
ACCEPTED, UNKNOWN = Result("accepted", provider_id="ATXid_1", code="101"), Result("unknown")

_numbers = count(1)


def post(session: Session, key: str | None = None, **changes: Any) -> Message:
    usual: dict[str, Any] = {
        "key": key or f"test:{next(_numbers)}",
        "sealed_to": vault.seal(ASHA),
        "text": "Limepokelewa",
        "parts": 1,
        "institution": "morogoro",
        "routes": (Route(AT, "15001"),),
    }
    if "to" in changes:
        changes["sealed_to"] = vault.seal(changes.pop("to"))
    now = changes.pop("now", NOW)
    return session.get_one(Message, outbox.post(session, Draft(**usual | changes), now))


def claim(session: Session, now: datetime = NOW, limit: int = 100) -> list[Outgoing]:
    """A worker's claim, after which this session knows nothing of what was before."""
    session.flush()
    taken = outbox.claim(session, now, limit)
    session.expire_all()
    return taken


def claim_one(session: Session, now: datetime = NOW) -> Outgoing:
    (message,) = claim(session, now)
    return message


def tried(session: Session, result: Result, *, now: datetime = NOW, **changes: Any) -> Message:
    """A message after its first attempt."""
    message = post(session, **changes)
    outbox.record(session, claim_one(session, now), result, now)
    return again(session, message)


def hear(
    session: Session, status: str, id: str = "ATXid_1", *, to: str | None = ASHA,
    now: datetime = NOW, code: str = "",
) -> list[int]:  # fmt: skip
    return outbox.receive(session, Receipt(AT, id, status, code, to), now)


def again(session: Session, message: Message) -> Message:
    """The message as the database has it now."""
    session.flush()
    session.refresh(message)
    return message


def attempts(session: Session, message: Message) -> list[Attempt]:
    query = select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))
