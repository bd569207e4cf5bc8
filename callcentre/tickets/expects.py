"""Questions that a number was asked by SMS, so that a bare "1" can be the answer to one of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.tickets.model import Expects, Ticket

WINDOW = {
    "satisfied": timedelta(days=7),
    "place": timedelta(days=1),
    "kind": timedelta(days=7),
    "kept": timedelta(days=7),
}
"""How long an answer is waited for; afterwards the same text is words like any other."""


def ask(session: Session, ticket: Ticket, kind: str, now: datetime) -> None:
    """Open the question, or open it again, to the ticket's number. Without one there is nobody."""
    if ticket.number_print is None:
        return
    asked = {
        "number_print": ticket.number_print,
        "asked_at": now,
        "until": now + WINDOW[kind],
        "answered_at": None,
    }
    session.execute(
        upsert(Expects)
        .values(ticket_id=ticket.id, kind=kind, **asked)
        .on_conflict_do_update(index_elements=["ticket_id", "kind"], set_=asked)
    )


def waiting(session: Session, number: str, kind: str, now: datetime) -> Sequence[Ticket]:
    """The tickets about which this number's answer is waited for, the last asked first."""
    return [ticket for ticket, _ in questions(session, number, [kind], now)]


def questions(
    session: Session, number: str, kinds: Sequence[str], now: datetime
) -> list[tuple[Ticket, str]]:
    """The open questions of these kinds to a number, each with its ticket, the last asked first."""
    query = (
        select(Ticket, Expects.kind)
        .join(Expects, Expects.ticket_id == Ticket.id)
        .where(
            Expects.number_print == vault.fingerprint(number),
            Expects.kind.in_(kinds),
            Expects.answered_at.is_(None),
            Expects.asked_at <= now,
            Expects.until > now,
            Ticket.withdrawn_at.is_(None),
        )
        .order_by(Expects.asked_at.desc(), Expects.id.desc())
    )
    return [(ticket, kind) for ticket, kind in session.execute(query)]


def answered(session: Session, ticket: Ticket, kind: str, now: datetime) -> None:
    """The answer came: nothing more is waited for."""
    session.execute(
        update(Expects)
        .where(Expects.ticket_id == ticket.id, Expects.kind == kind, Expects.answered_at.is_(None))
        .values(answered_at=now)
    )


def forget(session: Session, ticket: Ticket, now: datetime) -> None:
    """Nobody is to be heard about this ticket any more: not from this number."""
    session.execute(
        update(Expects)
        .where(Expects.ticket_id == ticket.id, Expects.answered_at.is_(None))
        .values(answered_at=now)
    )
