"""Delivery reports: they come twice, in any order, or before the send was answered."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.outbox.again import try_again
from callcentre.outbox.model import Attempt, Message, ParkedReceipt, Receipt, Route

UNKNOWN_WAIT = timedelta(minutes=10)  # for a receipt, before an unknown message goes once more


def receive(session: Session, receipt: Receipt, now: datetime) -> list[int]:
    """Take a delivery report; ids of the messages that became delivered or failed by it.

    It may come twice, in any order, or before the send was answered (then it is parked). A
    final state is never changed again.
    """
    if receipt.provider_id in ("", "None"):
        return []  # what Africa's Talking sends for a recipient it refused
    if (settled := _usual(session, receipt, now)) is not None:
        return settled
    one_at_a_time(session, receipt.provider, receipt.provider_id)
    attempt = _known(session, receipt) or _named(session, receipt)
    if attempt is None:
        print_ = vault.fingerprint(receipt.to) if receipt.to else None
        _one_at_a_time_to(session, receipt.provider, print_)
        attempt = _known(session, receipt)  # whom we waited for may have given it this id
    if attempt is None:
        _park(session, receipt, now)
        attempt = _the_one_unknown(session, receipt.provider, print_, now)
        if attempt is None:
            return []
        attempt.provider_id = receipt.provider_id
        session.flush()  # the receipts parked under this id are matched by it
        return unpark(session, receipt.provider, receipt.provider_id, now)
    return _settle(session, attempt, receipt.status, receipt.code, now, again=receipt.again)


_SENT = sql(
    """
    SELECT message_id FROM attempts
    WHERE provider = :provider AND provider_id = :provider_id AND accepted_at IS NOT NULL
    """
)
_DELIVERED = sql(
    """
    WITH attempt AS (
        UPDATE attempts SET delivered_at = :now
        WHERE provider = :provider AND provider_id = :provider_id AND accepted_at IS NOT NULL
          AND delivered_at IS NULL AND failed_at IS NULL
        RETURNING message_id
    )
    UPDATE messages SET delivered_at = coalesce(delivered_at, :now), failed_at = NULL,
        accepted_at = coalesce(accepted_at, :now)  -- another try may be waiting
    FROM attempt WHERE messages.id = attempt.message_id
    RETURNING messages.id
    """
)


def _usual(session: Session, receipt: Receipt, now: datetime) -> list[int] | None:
    """What nearly every report says, in one statement: what was accepted is sent, or delivered.

    None where it says something else, which `receive` then looks into.
    """
    given = {"provider": receipt.provider, "provider_id": receipt.provider_id}
    if receipt.status == "sent" and session.scalar(_SENT, given) is not None:
        return []  # that was known
    if receipt.status == "delivered":
        delivered = session.scalar(_DELIVERED, given | {"now": now})
        return None if delivered is None else [delivered]
    return None


def _known(session: Session, receipt: Receipt) -> Attempt | None:
    return session.scalar(
        select(Attempt)
        .where(Attempt.provider == receipt.provider, Attempt.provider_id == receipt.provider_id)
        .with_for_update()
    )


def _named(session: Session, receipt: Receipt) -> Attempt | None:
    """The attempt that a report names by our own id, with the provider's id that it now has."""
    if receipt.attempt_id is None:
        return None
    attempt = session.scalar(
        select(Attempt)
        .where(
            Attempt.id == receipt.attempt_id,
            Attempt.provider == receipt.provider,
            Attempt.provider_id.is_(None),
        )
        .with_for_update()
    )
    if attempt is not None:
        attempt.provider_id = receipt.provider_id
    return attempt


def one_at_a_time(session: Session, provider: str, provider_id: str | None) -> None:
    """Until this transaction ends nobody else works on the same id of the provider.

    Else the answer to a send and its receipt could pass each other: each would look for the
    other before either is committed, and the receipt would stay parked.
    """
    session.execute(
        sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"{provider}:{provider_id}"},
    )


def _one_at_a_time_to(session: Session, provider: str, to_print: bytes | None) -> None:
    """As `one_at_a_time`, for a receipt and a send that have nothing in common but the number."""
    if to_print is not None:
        one_at_a_time(session, provider, to_print.hex())


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
        one_at_a_time(session, provider, provider_id)
        settled += unpark(session, provider, provider_id, now)
    return settled


def _settle(
    session: Session,
    attempt: Attempt,
    status: str,
    code: str,
    now: datetime,
    *,
    again: bool,
) -> list[int]:
    message = session.get_one(Message, attempt.message_id, with_for_update=True)
    if attempt.accepted_at is None:  # the network has it, whatever the answer was
        attempt.accepted_at = now
        message.accepted_at = message.accepted_at or now
        if attempt.unknown_at is None:  # else its claim ran out, and another's may be running
            message.claimed_until = None
    if attempt.delivered_at or attempt.failed_at:
        return []
    if status == "delivered":
        attempt.delivered_at = now
        message.delivered_at = message.delivered_at or now
        message.accepted_at = message.accepted_at or now  # another try may be waiting
        message.failed_at = None
        return [message.id]
    if status == "failed":
        attempt.failed_at, attempt.code = now, code or attempt.code
        if message.delivered_at is not None:
            return []
        if later := later_attempt(session, attempt):
            message.accepted_at = later.accepted_at
        elif not _goes_again(attempt, message, again, now):
            message.failed_at = now
            return [message.id]
    return []


def later_attempt(session: Session, attempt: Attempt) -> Attempt | None:
    """The last attempt after this one that has not failed: what becomes of the message hangs on it.

    It may be in the air, or with a network, or wait for an answer that did not come.
    """
    query = (
        select(Attempt)
        .where(
            Attempt.message_id == attempt.message_id,
            Attempt.id > attempt.id,
            Attempt.failed_at.is_(None),
        )
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _goes_again(attempt: Attempt, message: Message, again: bool, now: datetime) -> bool:
    """Whether a message that one network could not deliver goes by another route."""
    if not again or message.sealed_to is None:
        return False
    if message.failed_at is not None or message.cancelled_at is not None:
        return False
    failed = Route(attempt.provider, attempt.sender or message.sender)
    if not try_again(message, failed, now, same_route=False):
        return False
    message.accepted_at = message.unproven_at = None
    return True


def _park(session: Session, receipt: Receipt, now: datetime) -> None:
    session.execute(
        upsert(ParkedReceipt)
        .values(
            provider=receipt.provider,
            provider_id=receipt.provider_id,
            status=receipt.status,
            code=receipt.code or None,
            to_print=vault.fingerprint(receipt.to) if receipt.to else None,
            again=receipt.again,
            at=now,
        )
        .on_conflict_do_nothing()
    )


def unpark(session: Session, provider: str, provider_id: str | None, now: datetime) -> list[int]:
    parked = session.scalars(
        select(ParkedReceipt)
        .where(ParkedReceipt.provider == provider, ParkedReceipt.provider_id == provider_id)
        .order_by(ParkedReceipt.id)
    ).all()
    if not parked:
        return []
    attempt = session.scalar(
        select(Attempt).where(Attempt.provider == provider, Attempt.provider_id == provider_id)
    )
    if attempt is None:
        return []
    settled: list[int] = []
    for receipt in parked:
        code = receipt.code or ""
        settled += _settle(session, attempt, receipt.status, code, now, again=receipt.again)
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


def match_unknown(session: Session, attempt: Attempt, now: datetime) -> list[int]:
    """Give an attempt that just became unknown the one receipt that was parked for its number."""
    _one_at_a_time_to(session, attempt.provider, attempt.to_print)
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
    return unpark(session, attempt.provider, parked[0], now)
