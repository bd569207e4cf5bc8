"""Tickets that nothing will acknowledge: found once, and given to a person."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from callcentre.tickets import tasks
from callcentre.tickets.intake import acknowledgement_key
from callcentre.tickets.model import Checked, Ticket

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=10)  # after which whatever acknowledges a ticket must be there


def find(session: Session, now: datetime, limit: int = 1000) -> int:
    """Give a person every ticket that nothing will acknowledge; how many.

    Each ticket is posted its acknowledgement, or a task, in the transaction that opens it: what is
    found here was lost by somebody's hand. Each is looked at once, in the order of their ids; one
    whose SMS came late was opened long ago by its date, and waits for the younger ones before it.
    """
    cursor = session.scalar(select(Checked).with_for_update())
    if cursor is None:
        cursor = Checked(id=1, ticket_id=0)
        session.add(cursor)
    rows = session.execute(
        _TO_CHECK,
        {
            "after": cursor.ticket_id,
            "until": now - LATE,
            "limit": limit,
            "key": acknowledgement_key("%s"),
        },
    ).all()
    lost = [row.id for row in rows if row.lost]
    for ticket_id in lost:
        ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
        tasks.make(session, ticket, "prove_acknowledgement", now=now)
        logger.error("nothing acknowledges a ticket", extra={"ticket": ticket_id})
    if rows:
        cursor.ticket_id = rows[-1].id
    return len(lost)


_TO_CHECK = text(
    """
    SELECT t.id, p.id IS NOT NULL AND t.danger_at IS NULL AND t.withdrawn_at IS NULL
        AND t.identity <> 'anonymous'
        AND NOT EXISTS (SELECT FROM messages WHERE key = format(:key, t.id))
        AND NOT EXISTS (SELECT FROM tasks WHERE ticket_id = t.id) AS lost
    FROM tickets t
    LEFT JOIN promises p ON p.ticket_id = t.id AND p.kind = 'acknowledge'
        AND p.kept_at IS NULL AND p.dropped_at IS NULL
    WHERE t.id > :after AND t.referral_of IS NULL AND t.id < coalesce(
        (SELECT min(id) FROM tickets WHERE id > :after AND opened_at >= :until), t.id + 1)
    ORDER BY t.id LIMIT :limit
    """
)
