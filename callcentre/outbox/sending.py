"""Claiming what is due, and writing down what came of each attempt."""

import logging
import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnExpressionArgument, Row, delete, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.outbox import limits, routes
from callcentre.outbox.again import back_off, routes_of, try_again
from callcentre.outbox.allowance import Allowance, Candidate
from callcentre.outbox.holding import Hold
from callcentre.outbox.model import (
    Attempt,
    Message,
    Outgoing,
    ParkedReceipt,
    Result,
    Route,
)
from callcentre.outbox.receipts import (
    UNKNOWN_WAIT,
    later_attempt,
    match_unknown,
    one_at_a_time,
    unpark,
)

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)  # longer than any provider may take to answer
SPREAD = 5.0  # seconds over which messages that wait for a route come back

_CLAIM = sql(
    """
    WITH due AS (
        SELECT id FROM messages m
        WHERE accepted_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
          AND claimed_until IS NULL AND next_at <= :now AND expires_at > :now
          AND NOT EXISTS (SELECT 1 FROM outbox_hold)
          AND NOT EXISTS (
            SELECT 1 FROM messages e
            WHERE e.ticket_id = m.ticket_id AND e.id < m.id
              AND e.accepted_at IS NULL AND e.failed_at IS NULL AND e.cancelled_at IS NULL
              AND e.posted_at > CAST(:now AS timestamptz) - interval '10 minutes'
              AND e.next_at < CAST(:now AS timestamptz) + interval '10 minutes')
        ORDER BY priority, next_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messages SET claimed_until = CAST(:now AS timestamptz) + :lease, held = false,
                        tries = tries + 1
    FROM due WHERE messages.id = due.id
    RETURNING messages.id, messages.provider, messages.sender, messages.others, messages.start,
              messages.sealed_to, messages.text, messages.link, messages.kind, messages.priority,
              messages.institution, messages.parts, messages.next_at, messages.tries
    """
)
_PUT_BACK = sql(
    """
    UPDATE messages SET claimed_until = NULL, tries = tries - 1, start = new.start,
                        next_at = new.next_at
    FROM unnest(CAST(:ids AS bigint[]), CAST(:moments AS timestamptz[]),
                CAST(:starts AS smallint[])) AS new (id, next_at, start)
    WHERE messages.id = new.id
    """
)


def claim(session: Session, now: datetime, limit: int = 100) -> list[Outgoing]:
    """Take up to `limit` due messages for sending, each with a new attempt and its route.

    What must wait (no route takes it, or a limit is reached) is put back with its new time.
    """
    while rows := session.execute(_CLAIM, {"now": now, "limit": limit, "lease": CLAIM}).all():
        if going := _going(session, rows, now):
            return _attempts(session, going, now)
    return []


def _going(session: Session, rows: Sequence[Row[Any]], now: datetime) -> list["_Going"]:
    """Those of the claimed messages that may go now, the most pressing first."""
    claimed = sorted(_readable(rows), key=lambda one: (one.row.priority, one.row.next_at))
    ways, allowed = routes.ways(session, now), Allowance(session, claimed, now)
    undelivered = _undelivered(session, [one.row.id for one in claimed if one.row.start > 0])
    going: list[_Going] = []
    waiting: list[_Waiting] = []
    for one in claimed:
        start, once = one.row.start, one.row.id in undelivered
        able = [route for route in routes_of(one.row) if allowed.may_take(one, route)]
        left = [route for route in routes_of(one.row)[start:] if route in able]
        if not (left if once else able):
            _refuse(session, one, now)
            continue
        until = allowed.until(one)
        route = None if until else ways.choose(left)
        if route is not None:
            until = allowed.slot(one, route)
        elif until is None and start > 0 and not once:
            until, start = _spread(now + back_off(one.row.tries - 1)), 0
        elif until is None:
            until = _spread(ways.opens_at(left))
        if route is None or until is not None:
            waiting.append(_Waiting(one.row.id, until or now, start))
        else:
            going.append(_Going(one, route, ways.is_open(route), allowed.spend(one, route)))
    allowed.save()
    _put_back(session, waiting)
    return going


@dataclass(frozen=True, slots=True)
class _Going:
    one: Candidate
    route: Route
    probe: bool
    cost: float


class _Waiting(NamedTuple):
    message_id: int
    until: datetime
    start: int


def _undelivered(session: Session, message_ids: Sequence[int]) -> Set[int]:
    """Those that a network had and could not deliver: each route has them once at the most."""
    if not message_ids:
        return set()
    query = select(Attempt.message_id).where(
        Attempt.message_id.in_(message_ids),
        Attempt.accepted_at.is_not(None),
        Attempt.failed_at.is_not(None),
    )
    return set(session.scalars(query))


def _spread(moment: datetime) -> datetime:
    """Not all that waits for a route at one moment."""
    return moment + timedelta(seconds=random.uniform(0, SPREAD))


def _put_back(session: Session, waiting: Sequence[_Waiting]) -> None:
    """Free messages that cannot go yet, as if they had not been claimed."""
    if waiting:
        ids, moments, starts = (list(column) for column in zip(*waiting, strict=True))
        session.execute(_PUT_BACK, {"ids": ids, "moments": moments, "starts": starts})


def _refuse(session: Session, one: Candidate, now: datetime) -> None:
    """A number that nothing may be sent to: the next sweep finds the message expired."""
    session.execute(
        update(Message)
        .where(Message.id == one.row.id)
        .values(claimed_until=None, expires_at=now, tries=Message.tries - 1)
    )
    session.add(
        Attempt(
            message_id=one.row.id,
            provider=one.row.provider,
            sender=one.row.sender,
            started_at=now,
            failed_at=now,
            code="not allowed",
        )
    )
    logger.warning("a number may not be written to", extra={"message_id": one.row.id})


_ATTEMPTS = sql(
    """
    INSERT INTO attempts (message_id, provider, sender, to_print, cost, started_at)
    SELECT new.*, :now
    FROM unnest(CAST(:messages AS bigint[]), CAST(:providers AS text[]), CAST(:senders AS text[]),
                CAST(:prints AS bytea[]), CAST(:costs AS numeric[])) AS new
    RETURNING id, message_id
    """
)


def _attempts(session: Session, going: Sequence[_Going], now: datetime) -> list[Outgoing]:
    made = session.execute(
        _ATTEMPTS,
        {
            "messages": [each.one.row.id for each in going],
            "providers": [each.route.provider for each in going],
            "senders": [each.route.sender for each in going],
            "prints": [each.one.print for each in going],
            "costs": [each.cost for each in going],
            "now": now,
        },
    )
    attempts = {row.message_id: row.id for row in made}
    return [
        Outgoing(
            message_id=each.one.row.id,
            attempt_id=attempts[each.one.row.id],
            provider=each.route.provider,
            sender=each.route.sender,
            to=each.one.to,
            text=each.one.row.text,
            link=each.one.row.link,
            kind=each.one.row.kind,
            probe=each.probe,
        )
        for each in going
    ]


def _readable(rows: Sequence[Row[Any]]) -> Iterator[Candidate]:
    """Each row with its number. One whose key is gone keeps no other: its claim runs out."""
    for row in rows:
        try:
            to = vault.unseal(row.sealed_to)
        except vault.Unreadable:
            logger.error("number cannot be read with DATA_KEY", extra={"message_id": row.id})
        else:
            yield Candidate(row, to, vault.fingerprint(to))


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


def expire_claims(session: Session, now: datetime) -> tuple[list[int], int]:
    """Attempts whose worker died while sending become unknown.

    Ids settled by a parked receipt, and how many claims there were.
    """
    dead = (
        Message.claimed_until < now,
        Message.accepted_at.is_(None),
        Message.failed_at.is_(None),
        Message.cancelled_at.is_(None),
    )
    _lock_attempts(session, *dead)
    lost = session.scalars(
        update(Message)
        .where(*dead)
        .values(claimed_until=None, next_at=now + UNKNOWN_WAIT, start=0)
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
    settled = [id for attempt in attempts for id in match_unknown(session, attempt, now)]
    return settled, len(lost)


def _lock_attempts(session: Session, *which: ColumnExpressionArgument[bool]) -> None:
    """Lock the attempts of these messages before the messages, as a receipt does."""
    session.execute(
        select(Attempt.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(*which)
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
    )


PROOF_WAIT = timedelta(hours=6)  # for a delivery report; networks give up on a phone within a day


def doubt(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """Messages that a network took and never told of are unproven; their ids.

    They are not sent again: a person sees to what had to arrive. A report that comes later counts.
    """
    silent = (
        select(Message.id)
        .where(
            Message.accepted_at <= now - PROOF_WAIT,
            Message.delivered_at.is_(None),
            Message.failed_at.is_(None),
            Message.unproven_at.is_(None),
        )
        .order_by(Message.accepted_at)
        .limit(limit)
    )
    return list(
        session.scalars(
            update(Message)
            .where(Message.id.in_(silent))
            .values(unproven_at=now)
            .returning(Message.id)
        )
    )


def expire(session: Session, now: datetime) -> list[int]:
    """Messages whose time ran out while they waited have failed: old news misleads; their ids."""
    return list(
        session.scalars(
            update(Message)
            .where(
                Message.expires_at <= now,
                Message.accepted_at.is_(None),
                Message.failed_at.is_(None),
                Message.cancelled_at.is_(None),
                Message.claimed_until.is_(None),
                ~select(Hold.id).exists(),  # who waits for us all is not late
            )
            .values(failed_at=now, held=False)
            .returning(Message.id)
        )
    )


def wipe(session: Session, now: datetime) -> int:
    """Forget number and words of messages to the nameless that are gone or a day old."""
    over = (
        Message.wipe,
        Message.sealed_to.is_not(None),
        (Message.delivered_at.is_not(None))
        | (Message.failed_at.is_not(None))
        | (Message.posted_at < now - timedelta(days=1)),
    )
    _lock_attempts(session, *over)
    gone = session.scalars(
        update(Message)
        .where(*over)
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
