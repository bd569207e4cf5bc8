"""Writing down what came of each attempt, and what becomes of its message then."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre.outbox import limits, routes
from callcentre.outbox.again import try_again
from callcentre.outbox.model import Attempt, Message, Outgoing, Result
from callcentre.outbox.receipts import (
    UNKNOWN_WAIT,
    later_attempt,
    match_unknown,
    one_at_a_time,
    unpark,
)

_ACCEPT = sql(
    """
    WITH attempt AS (
        UPDATE attempts SET provider_id = :provider_id, accepted_at = :now, code = :code,
                            detail = :detail
        WHERE id = :attempt AND accepted_at IS NULL
        RETURNING message_id, unknown_at
    ), working AS (  -- failures before it are in a row no more
        DELETE FROM routes WHERE provider = :provider AND sender = :sender AND opened_at IS NULL
    )
    UPDATE messages SET accepted_at = coalesce(accepted_at, :now), unproven_at = :unproven_at,
        claimed_until = CASE WHEN attempt.unknown_at IS NULL THEN NULL ELSE claimed_until END
    FROM attempt WHERE messages.id = attempt.message_id
    RETURNING messages.id, EXISTS (
        SELECT 1 FROM parked_receipts
        WHERE provider = :provider AND provider_id = :provider_id) AS is_parked
    """
)


def record(session: Session, sent: Outgoing, result: Result, now: datetime) -> list[int]:
    """Write down what came of an attempt.

    Ids of the messages that became delivered, failed or unproven by it.
    """
    write = _accepted if result.outcome == "accepted" else _not_accepted
    settled = write(session, sent, result, now)
    if result.is_trouble:
        routes.failed(session, sent, result, now)
    elif sent.probe:
        routes.worked(session, sent)
    return settled


def _accepted(session: Session, sent: Outgoing, result: Result, now: datetime) -> list[int]:
    """A network has it; a receipt may have been faster than this answer."""
    one_at_a_time(session, sent.provider, result.provider_id)
    unproven = str(sent.route) in limits.load().unproven
    accepted = session.execute(
        _ACCEPT,
        {
            "attempt": sent.attempt_id,
            "provider": sent.provider,
            "sender": sent.sender,
            "provider_id": result.provider_id,
            "now": now,
            "code": result.code or None,
            "detail": result.detail[:500] or None,
            "unproven_at": now if unproven else None,
        },
    ).one_or_none()
    if accepted is None:
        return []
    if accepted.is_parked and (settled := unpark(session, sent.provider, result.provider_id, now)):
        return settled
    return [accepted.id] if unproven else []


def _not_accepted(session: Session, sent: Outgoing, result: Result, now: datetime) -> list[int]:
    attempt = session.get_one(Attempt, sent.attempt_id, with_for_update=True)
    message = session.get_one(Message, sent.message_id, with_for_update=True)
    attempt.code, attempt.detail = result.code or None, result.detail[:500] or None
    if attempt.accepted_at is not None:
        return []  # a receipt was faster than this answer
    attempt.provider_id = result.provider_id
    late = attempt.unknown_at is not None  # its claim ran out, and another's may be running
    if not late:
        message.claimed_until = None
    setattr(attempt, "unknown_at" if result.outcome == "unknown" else "failed_at", now)
    if message.accepted_at is not None or (late and later_attempt(session, attempt)):
        return []  # another attempt decides
    if result.outcome == "unknown":
        message.next_at, message.start = now + UNKNOWN_WAIT, 0
        session.flush()  # the parked receipts below are matched by what was just written
        settled = match_unknown(session, attempt, now)
        if message.accepted_at is None and _went_unanswered_twice(session, message):
            message.failed_at = now
            return [message.id]
        return settled
    may_go_again = result.outcome != "never"
    if (result.elsewhere or may_go_again) and try_again(
        message, sent.route, now, wait=result.wait, same_route=may_go_again
    ):
        return []
    message.failed_at = now
    return [message.id]


def _went_unanswered_twice(session: Session, message: Message) -> bool:
    """Whether it was sent once more already: no citizen gets the same words every ten minutes."""
    unknown = session.scalars(
        select(Attempt.unknown_at)
        .where(Attempt.message_id == message.id)
        .order_by(Attempt.id.desc())
        .limit(message.tries)
    )
    return sum(moment is not None for moment in unknown) > 1
