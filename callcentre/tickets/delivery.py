"""What a delivered, or finally undelivered, message means for its ticket."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre.outbox import Message
from callcentre.tickets import promises, tasks
from callcentre.tickets.model import Ticket
from callcentre.tickets.promises import ANSWERS


def settle(session: Session, message_ids: Sequence[int], now: datetime) -> None:
    """Keep what these messages prove; where one will never arrive, a person must see to it."""
    for message in session.scalars(select(Message).where(Message.id.in_(message_ids))).all():
        if message.ticket_id is None:
            continue
        ticket = session.get_one(Ticket, message.ticket_id, with_for_update=True)
        what = message.key.split(":")[2]
        if message.delivered_at is not None:
            _delivered(session, ticket, what, now)
        elif message.failed_at is not None:
            kind = "prove_acknowledgement" if what == "acknowledge" else "give_answer"
            tasks.make(session, ticket, kind, now=now)


def _delivered(session: Session, ticket: Ticket, what: str, now: datetime) -> None:
    kinds = {"acknowledge": ["acknowledge"], "answer": ["acknowledge", *ANSWERS]}.get(what, [])
    if what == "answer" and not ticket.number_confirmed_at:
        kinds = ["acknowledge"]  # only told that there is news: the answer waits to be read
    if kinds:
        promises.keep(session, ticket, kinds, by="receipt", now=now)
