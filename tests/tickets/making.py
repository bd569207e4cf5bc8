"""What the tests of tickets share: lines, what a citizen says, and the ticket made of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, outbox
from callcentre.cli.processes import demo_lines
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.outbox import Message, Receipt, Result
from callcentre.tickets import delivery, intake
from callcentre.tickets.model import Promise, Task, Ticket

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=EAT)  # a Monday
ASHA, JUMA = "+255712345678", "+255754123456"
EDITION = Edition(1, tuple(demo_lines()))
SHARED = EDITION.lines[0]
SMS = next(line for line in EDITION.lines if line.channel == "sms")
NO_SMS = Edition(2, tuple(line for line in EDITION.lines if line.channel != "sms"))


def said(**changes: Any) -> intake.Opening:
    """A complaint about Sengerema's water by USSD, and what is different about this one."""
    usual: dict[str, Any] = {
        "kind": "complaint",
        "institution": "sengerema",
        "topic": "water",
        "identity": "secret",
        "words": "Hakuna maji tangu Jumatatu",
        "channel": "ussd",
        "line": SHARED,
        "language": "sw",
        "number": ASHA,
        "received_at": NOW,
    }
    return intake.Opening(**usual | changes)


def open_ticket(
    session: Session, *, now: datetime = NOW, edition: Edition = EDITION, **changes: Any
) -> Ticket:
    changes = {"received_at": now} | changes
    return intake.open_ticket(session, said(**changes), edition, now).ticket


def confirmed(session: Session, **changes: Any) -> Ticket:
    """A ticket by SMS: whose number it is needs no asking."""
    return open_ticket(session, channel="sms", line=SMS, confirmed=True, **changes)


def promises_of(session: Session, ticket: Ticket) -> list[Promise]:
    query = select(Promise).where(Promise.ticket_id == ticket.id).order_by(Promise.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def promise(session: Session, ticket: Ticket, kind: str, *, internal: bool = False) -> Promise:
    found = promises_of(session, ticket)
    return next(one for one in found if (one.kind, one.internal) == (kind, internal))


def events_of(session: Session, ticket: Ticket) -> list[str]:
    query = select(audit.Event.kind).where(audit.Event.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(audit.Event.seq)))


def messages_of(session: Session, ticket: Ticket) -> list[Message]:
    query = select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def tasks_of(session: Session, ticket: Ticket) -> list[Task]:
    query = select(Task).where(Task.ticket_id == ticket.id).order_by(Task.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def send(session: Session, key: str, outcome: str, *, now: datetime) -> None:
    """What a worker and the provider do with one message until its fate is known.

    `outcome` is delivered, failed (by the network) or never (the provider refuses it).
    """
    claimed = {message.message_id: message for message in outbox.claim(session, now)}
    session.expire_all()  # the claim went past this session
    message = claimed[session.scalars(select(Message.id).where(Message.key == key)).one()]
    if outcome == "never":
        settled = outbox.record(session, message, Result("never", code="403"), now)
    else:
        outbox.record(session, message, Result("accepted", provider_id=f"id {key}"), now)
        receipt = Receipt("africastalking", f"id {key}", outcome)
        settled = outbox.receive(session, receipt, now + timedelta(seconds=5))
    delivery.settle(session, settled, now + timedelta(seconds=5))
