"""The clock run forward, for `callcentre simulate time`: from one moment to the next at which
something is due, and what happened at each, a line for each thing."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from callcentre import audit, clock, db, jobs, outbox, people, phones, vault
from callcentre.audit import Event
from callcentre.outbox import Attempt, Message
from callcentre.tickets import ladder, promises
from callcentre.tickets.model import Promise, Ticket

EVERY = timedelta(hours=3)  # between looks where nothing is known to be due, from midnight (EAT) on
JUST_AFTER = timedelta(seconds=1)  # what is due at a moment is looked for after it
PATIENCE = 3.0  # seconds of true time for receipts to come back from the network
_PAUSE = threading.Event()  # never set: waiting on it is a sleep that a signal ends


def run(start: datetime, end: datetime) -> Iterator[str]:
    """Do all that is due after `start` and until `end`, each thing at its moment; a line for each.

    Besides the moments at which a promise or a message is due, one in every three hours is
    looked into: what waits for days, like an answer that nobody has spoken of, is found then.
    """
    with db.session() as session:
        seen = _Seen(session)
    moment = start
    while moment < end:
        moment = min(_next(moment), end)
        with clock.at(moment):
            _work_off()
            yield from seen.new()


def _next(after: datetime) -> datetime:
    """The first moment after this one at which there may be something to do."""
    local = after.astimezone(clock.EAT)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    look = midnight + ((local - midnight) // EVERY + 1) * EVERY
    with db.session() as session:
        seen = after - JUST_AFTER
        found = (promises.next_due(session, seen), outbox.next_due(session, seen))
    return min([look, *(due + JUST_AFTER for due in found if due is not None)])


def _work_off() -> None:
    """Tick until no step is left that this tick can take: workers go by the true time."""
    before, left = None, _steps_due()
    while left != before:
        jobs.tick()
        before, left = left, _steps_due()
        if left == 0:
            return


def _steps_due() -> int:
    with db.session() as session:
        return len(ladder.due(session, clock.now(), jobs.MOST_STEPS))


class _Seen:
    """Up to which event and which attempt was told."""

    def __init__(self, session: Session) -> None:
        self.event = session.scalar(select(func.max(Event.id))) or 0
        self.attempt = session.scalar(select(func.max(Attempt.id))) or 0

    def new(self) -> Sequence[str]:
        """A line for each thing that came since, once the network has told what became of it."""
        _wait_for_receipts(self.attempt)
        at = f"{clock.now().astimezone(clock.EAT):%a %Y-%m-%d %H:%M}"
        with db.session() as session:
            events = session.execute(
                select(Event, Ticket.ref)
                .join(Ticket, Ticket.id == Event.ticket_id)
                .where(Event.id > self.event)
                .order_by(Event.id)
            ).all()
            sent = session.execute(_tried(self.attempt)).all()
            self.event = max((event.id for event, _ in events), default=self.event)
            self.attempt = max((attempt.id for _, attempt in sent), default=self.attempt)
            return [
                *(f"{at}  {ref}  {_said(session, event)}" for event, ref in events),
                *(f"{at}  {_message(message)}" for message, _ in sent),
            ]


def _said(session: Session, event: Event) -> str:
    """What an event says; of a step which one, of which promise, and the roles it reached."""
    body = audit.body_of(event) or {}
    if event.kind != "step":
        return event.kind
    kind = session.scalar(select(Promise.kind).where(Promise.id == body["promise"]))
    roles = [people.find(session, post).role for post in body["posts"]]
    return f"step {body['step']} of {kind} to {', '.join(roles) or 'nobody'}"


def _message(message: Message) -> str:
    to = phones.mask(vault.unseal(message.sealed_to)) if message.sealed_to else "-"
    key = ":".join(part for part in message.key.split(":") if len(part) < len(_A_PRINT))
    return f"{message.kind} {key} to {to}: {message.status}"


_A_PRINT = "0" * 32  # what stands for a number in a key is longer, and is told to nobody


def _wait_for_receipts(since: int) -> None:
    """Let the receipts of what was just taken come back, if the network is quick enough."""
    until = clock.monotonic() + PATIENCE
    sent = _tried(since).where(Message.status == "sent").with_only_columns(Message.id).limit(1)
    while clock.monotonic() < until:
        with db.session() as session:
            if session.scalar(sent) is None:
                return
        _PAUSE.wait(0.02)


def _tried(since: int) -> Select[Message, Attempt]:
    """What was tried after that attempt."""
    return (
        select(Message, Attempt)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(Attempt.id > since)
        .order_by(Attempt.id)
    )
