"""Claiming what is due: each message by one worker, with its route, within its limits."""

import logging
import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.outbox import routes
from callcentre.outbox.again import back_off, routes_of
from callcentre.outbox.allowance import Allowance, Candidate
from callcentre.outbox.model import Attempt, Message, Outgoing, Route

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
        if until is not None:
            waiting.append(_Waiting(one.row.id, until, start))
        elif route is not None:
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
