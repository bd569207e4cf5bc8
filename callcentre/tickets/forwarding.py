"""A ticket reaches a unit, or another unit: what was told stays, what is stricter is added inside.

A date told to a citizen never becomes later by forwarding; where the new unit's clause is stricter
it becomes a target of the office (Sengerema's legal unit answers in 3 working days, 001:226, where
the others have 30 days).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import charters
from callcentre.charters.calendar import due
from callcentre.tickets import promises
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Promise, Ticket


def forward(session: Session, ticket: Ticket, now: datetime) -> None:
    """Date what the ticket's unit owes beyond what is promised already; it is routed now.

    The caller holds the ticket's row lock and has set its unit.
    """
    promises.keep(session, ticket, ["route"], by="assigned", now=now)
    charter = charters.get(ticket.institution, ticket.charter_version)
    calendar = calendar_of(session, charter).calendar
    dated = {
        (kind, amount, unit)
        for kind, amount, unit in session.execute(
            select(Promise.kind, Promise.period_amount, Promise.period_unit).where(
                Promise.ticket_id == ticket.id, Promise.dropped_at.is_(None)
            )
        )
    }
    told = promises.told(session, ticket.id)
    for rule in charter.promises(ticket.kind, ticket.unit):  # type: ignore[arg-type]
        if rule.kind not in promises.ANSWERS:
            continue
        if (rule.kind, rule.period.amount, rule.period.unit) in dated:
            continue
        at = due(calendar, now, rule.period).at
        if told is None or at < told.due_at:
            promises.add(session, ticket, rule, received=now, internal=True, now=now)
