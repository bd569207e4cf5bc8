"""What a delivered, a finally undelivered, or an unproven message means for its ticket."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from callcentre.outbox import Message
from callcentre.tickets import promises, questions, tasks, unreached
from callcentre.tickets.model import Ticket
from callcentre.tickets.promises import ANSWERED

_PEOPLE_MUST = {
    "acknowledge": "prove_acknowledgement",
    "answer": "give_answer",
    "progress": "give_answer",
}
"""What a person must do when a message of this kind does not arrive, as far as anybody knows."""


ALERTS = ("alert", "urgent")
_SETTLED = (  # in one order, without what nobody here reads
    select(Message.key, Message.delivered_at, Ticket)
    .join(Ticket, Ticket.id == Message.ticket_id)
    .order_by(Ticket.id)
    .options(defer(Ticket.words), defer(Ticket.answer), defer(Ticket.name))
    .with_for_update(of=Ticket)
    .execution_options(populate_existing=True)
)
_LOST = select(Message.key).where(Message.kind.in_(ALERTS), Message.failed_at.is_not(None))


def settle(session: Session, message_ids: Sequence[int], now: datetime) -> None:
    """Keep what these messages prove; where one is not known to arrive, a person sees to it."""
    if not message_ids:
        return
    settled = session.execute(_SETTLED.where(Message.id.in_(message_ids))).all()
    if len(settled) < len(message_ids):  # some are about no one ticket
        lost = session.scalars(_LOST.where(Message.id.in_(message_ids))).all()
        unreached.undelivered(session, lost, now)
    for key, delivered_at, ticket in settled:
        what, *rest = key.split(":")[2:]
        if delivered_at is not None:
            _delivered(session, ticket, what, now)
            if what in _PEOPLE_MUST:  # somebody was asked to, while it was not proven
                must = _PEOPLE_MUST[what]
                tasks.settle(session, ticket, must, by="system", outcome="delivered", now=now)
            if what == "acknowledge":
                questions.ask_place(session, ticket, now=now)
            if what == "progress":
                promises.keep_one(session, ticket, int(rest[0]), by="progress", now=now)
        elif what == "acknowledge" and ticket.acknowledged_at is not None:
            continue  # he showed that he has it, or another message reached him
        elif what in _PEOPLE_MUST:  # it failed, or nobody knows whether it arrived
            tasks.make(session, ticket, _PEOPLE_MUST[what], now=now)


def _delivered(session: Session, ticket: Ticket, what: str, now: datetime) -> None:
    kinds: Sequence[str] = ["acknowledge"]  # whatever arrived names the reference
    if what == "answer" and ticket.number_confirmed_at:
        kinds = ANSWERED  # to another's phone there went only word that there is news
    promises.keep(session, ticket, kinds, by="receipt", now=now)
