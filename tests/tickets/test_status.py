"""Where a ticket stands: computed from its facts, and what may be done there."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from callcentre.charters import UnknownUnit
from callcentre.tickets import work
from callcentre.tickets.model import STATUSES, Ticket, WrongStatus
from tickets.making import EDITION, NOW, events_of, open_ticket, promises_of

FACTS = {  # a ticket that stands there: its facts
    "received": (),
    "acknowledged": ("acknowledged",),
    "assigned": ("acknowledged", "assigned"),
    "escalated": ("acknowledged", "assigned", "escalated"),
    "referred": ("acknowledged", "answered", "referred"),
    "answered": ("acknowledged", "assigned", "answered"),
    "closed": ("acknowledged", "assigned", "answered", "closed"),
    "withdrawn": ("withdrawn",),
}


def standing(session: Session, *facts: str) -> Ticket:
    """A ticket of which these things are true."""
    ticket = open_ticket(session)
    if facts:
        values = {f"{fact}_at": NOW for fact in facts}
        session.execute(update(Ticket).where(Ticket.id == ticket.id).values(values))
    session.refresh(ticket)
    return ticket


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ((), "received"),
        (("acknowledged",), "acknowledged"),
        (("assigned",), "assigned"),
        (("acknowledged", "assigned"), "assigned"),
        (("answered",), "answered"),
        (("acknowledged", "answered"), "answered"),
        (("acknowledged", "assigned", "answered"), "answered"),
        (("answered", "closed"), "closed"),
        (("acknowledged", "assigned", "answered", "closed"), "closed"),
        (("withdrawn",), "withdrawn"),
        (("acknowledged", "withdrawn"), "withdrawn"),
        (("acknowledged", "assigned", "answered", "withdrawn"), "withdrawn"),
        (("answered", "closed", "withdrawn"), "withdrawn"),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, tuple) else value,
)
def test_the_database_computes_the_status_from_the_facts(
    session: Session, facts: tuple[str, ...], status: str
) -> None:
    assert standing(session, *facts).status == status


def test_nobody_can_write_a_status(session: Session) -> None:
    ticket = open_ticket(session)
    with pytest.raises(DBAPIError, match="generated column"), session.begin_nested():
        session.execute(update(Ticket).where(Ticket.id == ticket.id).values(status="closed"))


def act(session: Session, what: str, ticket: Ticket) -> None:
    if what == "assign":
        work.assign(session, ticket, unit="8.4", to=None, by="officer", now=NOW)
    elif what == "answer":
        work.answer(session, ticket, "Bomba", edition=EDITION, by="officer", now=NOW)
    else:
        work.close(session, ticket, by="officer", reason="done", now=NOW)


TRANSITIONS = {
    "assign": {"received": "assigned", "acknowledged": "assigned", "assigned": "assigned",
               "escalated": "escalated", "answered": "answered"},
    "answer": {"received": "answered", "acknowledged": "answered", "assigned": "answered",
               "escalated": "answered", "answered": "answered"},
    "close": {"answered": "closed"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "status", "then"),
    [(what, status, then) for what, table in TRANSITIONS.items() for status, then in table.items()],
)
def test_what_is_allowed_leads_on(session: Session, what: str, status: str, then: str) -> None:
    ticket = standing(session, *FACTS[status])
    act(session, what, ticket)
    session.flush()
    session.refresh(ticket)
    assert ticket.status == then


@pytest.mark.parametrize(
    ("what", "status"),
    [(what, one) for what in TRANSITIONS for one in STATUSES if one not in TRANSITIONS[what]],
)
def test_what_is_not_allowed_is_refused_with_where_it_stands_and_changes_nothing(
    session: Session, what: str, status: str
) -> None:
    ticket = standing(session, *FACTS[status])
    with pytest.raises(WrongStatus, match=f"cannot {what} {ticket.ref}: it is {status}"):
        act(session, what, ticket)
    session.refresh(ticket)
    assert (ticket.status, events_of(session, ticket)) == (status, ["opened"])


def test_a_ticket_goes_to_a_unit_and_to_somebody_in_it(session: Session) -> None:
    ticket = open_ticket(session)
    work.assign(session, ticket, unit="8.6", to="daktari", by="officer", now=NOW)
    assert (ticket.unit, ticket.assigned_to, ticket.assigned_at) == ("8.6", "daktari", NOW)
    assert events_of(session, ticket) == ["opened", "assigned"]


def test_a_ticket_cannot_go_to_a_unit_that_its_institution_does_not_have(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    with pytest.raises(UnknownUnit, match=r"sengerema has no unit '9\.1'"):
        work.assign(session, ticket, unit="9.1", to=None, by="officer", now=NOW)
    assert ticket.unit == "8.8"


def test_a_date_that_was_told_stays_when_the_ticket_goes_to_another_unit(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    before = [(one.kind, one.due_at) for one in promises_of(session, ticket)]
    work.assign(session, ticket, unit="8.1", to=None, by="o", now=NOW + timedelta(days=5))
    assert [(one.kind, one.due_at) for one in promises_of(session, ticket)][:2] == before
