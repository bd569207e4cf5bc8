"""A citizen's phone in front of the doors, and what the doors left behind.

phone = Phone(client)                      Asha's, on Monday 23 November 2026, 10:00
phone.dial(KILOSA, "1", "1", "1", "Maji hayatoki")     the last screen
phone.end("Incomplete")                    the network says that the session is over
phone.text("ACHA")                         an SMS; `bring` posts any other hook
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.orm import sessionmaker
from twilio.request_validator import RequestValidator
from werkzeug.test import Client, TestResponse

from callcentre import clock, config, db, lines, outbox, vault
from callcentre.callers import Caller
from callcentre.lines import Line
from callcentre.outbox import Attempt, Message, Outgoing, Result
from callcentre.tickets import delivery, intake, tasks, work
from callcentre.tickets.model import Promise, Task, Ticket

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday, 10:00 in Dar es Salaam
ASHA, JUMA = "+255712345678", "+255754000009"
SHARED, MOROGORO, SENGEREMA, KILOSA, UTUMISHI = (f"*149*{last}#" for last in range(50, 55))
SMS = "15001"
WORDS = "Maji hayatoki Buguruni"
TO_THE_WORDS = ("1", "1", "1")  # complain, water, hide my name
NAMELESS_TO_THE_WORDS = ("1", "1", "3", "1")
WHOSE_PHONE = "Simu ni yako?"
AGAIN = ("CON Chaguo hilo si sahihi.", "CON Chagua tena.")  # the longer one where it fits

SECRET = os.environ["AFRICASTALKING_HOOK_SECRET"].split(",")[-1]
FORM = "application/x-www-form-urlencoded"
MARK = "at-ussd-hop-metadata"
_ids = count(1)


def bring(
    client: Client,
    hook: str,
    form: Mapping[str, str] | str | bytes,
    *,
    at: datetime = NOW,
    secret: str = SECRET,
    content_type: str = FORM,
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    """POST a form, or a body as it is, to one of Africa's Talking's hooks at a moment."""
    body = urlencode(form) if isinstance(form, Mapping) else form
    with clock.at(at):
        return client.post(
            f"/hooks/africastalking/{secret}/{hook}",
            data=body,
            content_type=content_type,
            headers=dict(headers or {}),
        )


def signed(url: str, form: Mapping[str, str]) -> dict[str, str]:
    """The header by which Twilio signs a form that it sends to this address."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    return {"X-Twilio-Signature": validator.compute_signature(url, dict(form))}


def bring_signed(
    client: Client, path: str, form: Mapping[str, str], *, at: datetime = NOW
) -> TestResponse:
    """POST a form to one of Twilio's hooks at a moment, signed as it signs."""
    headers = signed(f"{config.load().public_url}{path}", form)
    with clock.at(at):
        return client.post(path, data=urlencode(form), content_type=FORM, headers=headers)


@dataclass
class Phone:
    """`at` is the time of what is done next; `echoes` whether the network echoes our header."""

    client: Client
    number: str = ASHA
    at: datetime = NOW
    echoes: bool = True
    code: str = ""
    session: str = ""
    transcript: str = ""
    mark: str = ""
    marks: list[str] = field(default_factory=list)

    def dial(self, code: str, *answers: str) -> str:
        """Open a session and answer its screens one after the other; the last one shown."""
        self.code, self.session = code, f"ATUid_{next(_ids):032x}"
        self.transcript, self.mark, self.marks = "", "", []
        shown = self.hop("").text
        return self.type(*answers) if answers else shown

    def type(self, *answers: str) -> str:
        shown = ""
        for answer in answers:
            self.transcript = f"{self.transcript}*{answer}" if self.transcript else answer
            shown = self.hop(self.transcript).text
        return shown

    def hop(self, transcript: str, **fields: str) -> TestResponse:
        """One request with this whole transcript, whatever was typed before."""
        form = {
            "sessionId": self.session,
            "phoneNumber": self.number,
            "networkCode": "64004",
            "serviceCode": self.code,
            "text": transcript,
        }
        headers = {MARK: self.mark} if self.echoes and self.mark else {}
        answer = bring(self.client, "ussd", form | fields, at=self.at, headers=headers)
        self.mark = answer.headers.get(MARK, "")
        self.marks.append(self.mark)
        return answer

    def end(self, status: str = "Success", **fields: str) -> TestResponse:
        """The event after the session."""
        form = {
            "date": f"{self.at:%Y-%m-%d %H:%M:%S}",
            "sessionId": self.session,
            "serviceCode": self.code,
            "networkCode": "64004",
            "phoneNumber": self.number,
            "status": status,
            "input": self.transcript,
            "hopsMetadata": "|".join(self.marks),
        }
        return bring(self.client, "ussd/ended", form | fields, at=self.at)

    def text(self, words: str, **fields: str) -> TestResponse:
        """Send an SMS."""
        form = {
            "date": f"{self.at:%Y-%m-%d %H:%M:%S}",
            "from": self.number,
            "to": SMS,
            "id": f"sms-{next(_ids)}",
            "text": words,
        }
        return bring(self.client, "sms", form | fields, at=self.at)

    def receipt(self, message_id: str, status: str = "Success", **fields: str) -> TestResponse:
        """The network's report about a message to this phone."""
        form = {"id": message_id, "status": status, "phoneNumber": self.number}
        return bring(self.client, "sms/receipt", form | fields, at=self.at)


def take_away_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing can be read or stored: nobody listens at the database's address."""
    nowhere = create_engine("postgresql+psycopg://nobody@/nothing?host=/nowhere")
    monkeypatch.setattr(db, "_sessions", lambda: sessionmaker(nowhere))


@contextmanager
def connection_lost_at(statement: str) -> Iterator[None]:
    """Inside the block PostgreSQL ends each connection that is about to run such a statement."""

    def end_it(connection: Any, cursor: Any, said: str, *_: Any) -> None:
        if said.startswith(statement):
            with db.engine().connect() as other:
                pid = connection.connection.info.backend_pid
                other.execute(text("SET LOCAL ROLE NONE"))
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(db.engine(), "before_cursor_execute", end_it)
    try:
        yield
    finally:
        event.remove(db.engine(), "before_cursor_execute", end_it)


def everything(model: type[Any]) -> Sequence[Any]:
    """All rows of a table in the order in which they were made."""
    with db.session() as session:
        return session.scalars(select(model).order_by(*model.__mapper__.primary_key)).all()


def the_ticket() -> Ticket:
    """The only ticket there is."""
    tickets = everything(Ticket)
    assert len(tickets) == 1
    return tickets[0]


def the_message() -> Message:
    """The only message there is, but for the question back about the place."""
    messages = [one for one in everything(Message) if not one.key.startswith("place:")]
    assert len(messages) == 1
    return messages[0]


def the_task() -> Task:
    """The only task there is."""
    found = everything(Task)
    assert len(found) == 1
    return found[0]


def close(ticket: Ticket) -> None:
    """The office answers the ticket and closes it."""
    with db.session() as session:
        found = intake.locked(session, ticket.ref)
        edition = lines.newest(session)
        work.answer(session, found, "Limetatuliwa", edition=edition, by="afisa", now=NOW)
        session.flush()
        session.refresh(found)
        work.close(session, found, by="afisa", reason="confirmed", now=NOW)


def close_task(task: Task) -> None:
    """Somebody did what the task says."""
    with db.session() as session:
        tasks.done(session, task.id, by="wakala", outcome="called", now=NOW)


def number_of(row: Ticket | Task | Message) -> str | None:
    sealed = row.sealed_to if isinstance(row, Message) else row.sealed_number
    return vault.unseal(sealed) if sealed else None


def told(ref: str) -> datetime | None:
    """When the answer was promised by."""
    with db.session() as session:
        return session.scalar(
            select(Promise.due_at)
            .join(Ticket, Ticket.id == Promise.ticket_id)
            .where(Ticket.ref == ref, Promise.kind == "answer", Promise.internal.is_(False))
        )


def kept_by(kind: str = "acknowledge") -> str | None:
    """What kept the only ticket's promise of this kind."""
    with db.session() as session:
        return session.scalars(select(Promise.kept_by).where(Promise.kind == kind)).one()


def stopped_at(number: str) -> datetime | None:
    """When this number asked for no more notices."""
    with db.session() as session:
        caller = session.get(Caller, vault.fingerprint(number))
        return caller.stopped_at if caller else None


def block(number: str) -> None:
    with db.session() as session:
        session.add(Caller(number_print=vault.fingerprint(number), language="sw", blocked_at=NOW))


def add_line(address: str, *institutions: str, channel: str = "ussd", name: str = "Simu") -> None:
    """Add a line, or change the one of this address: a new edition of the menu."""
    line = Line("africastalking", channel, address, institutions, institutions[0], name)
    with db.session() as session:
        lines.add(session, line, NOW)


def claimed(at: datetime) -> list[Outgoing]:
    """What a worker takes for sending at this moment."""
    with db.session() as session:
        return outbox.claim(session, at)


def sent(result: Result, at: datetime = NOW) -> Outgoing:
    """The one message due is claimed and handed over, with this result."""
    [outgoing] = claimed(at)
    with db.session() as session:
        delivery.settle(session, outbox.record(session, outgoing, result, at), at)
    return outgoing


def attempt() -> Attempt:
    """The only attempt there is."""
    attempts = everything(Attempt)
    assert len(attempts) == 1
    return attempts[0]


def dump() -> str:
    """Every column of every row of every table as text, bytes as hexadecimal."""
    found = []
    with db.session() as session:
        for table in db.Base.metadata.sorted_tables:
            found += session.scalars(text(f"SELECT row_to_json(t)::text FROM {table.name} t")).all()
    return "\n".join(found)


def secrets_kept() -> list[str]:
    """What the sealed columns of all tables hold, unsealed."""
    found = []
    with db.session() as session:
        for table in db.Base.metadata.sorted_tables:
            for row in session.execute(select(table)).all():
                found += [opened for value in row if (opened := _unsealed(value)) is not None]
    return found


def _unsealed(value: object) -> str | None:
    if not isinstance(value, bytes | memoryview):
        return None
    try:
        return vault.unseal(bytes(value))
    except vault.Unreadable:
        return None
