"""Things a person must do: call this citizen, prove this acknowledgement, post this notice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, all_, and_, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import audit, charters, vault
from callcentre.charters.calendar import due
from callcentre.clock import EAT
from callcentre.tickets import promises
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Promise, Task, Ticket


class UnknownTask(LookupError):
    """Raised for a task that does not exist, or is done already."""


_KEPT_BY_DOING = {
    "call_back": ("call_back",),
    "prove_acknowledgement": ("acknowledge",),
    "give_answer": promises.ANSWERED,
    "appointment": ("appointment",),
}


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

BEEP = "beep"
"""The note of a call that nobody asked for in words: the number only rang."""
UNREACHED, BY_A_PERSON = "unreached", "by_a_person"
"""Notes of one that is not placed by itself any more: nobody was reached, or a person is wanted."""
STILL_THERE = timedelta(minutes=1)
"""Who asks for a call is still on his phone, and may name another or take it back."""


@dataclass(frozen=True, slots=True)
class CallBack:
    task: int
    due: datetime | None  # as the charter promises, where it does


def make(
    session: Session,
    ticket: Ticket,
    kind: str,
    *,
    now: datetime,
    due_at: datetime | None = None,
    ring_at: datetime | None = None,
) -> None:
    """A task about a ticket, due when said or with its earliest open promise.

    There is one of each kind: while it is open it is not made again, once done it opens again.
    From `ring_at` on somebody is rung for it by itself (see calls.outgoing); None: nobody is.
    """
    earliest = (
        select(Promise.due_at)
        .where(Promise.ticket_id == ticket.id, Promise.kept_at.is_(None))
        .order_by(Promise.due_at)
        .limit(1)
        .scalar_subquery()
    )
    to_do = {
        "sealed_number": ticket.sealed_number,
        "due_at": due_at or earliest,
        "made_at": now,
        "ring_at": ring_at,
        "rang": 0,
    }
    session.execute(
        upsert(Task)
        .values(
            key=f"ticket:{ticket.id}:{kind}",
            kind=kind,
            institution=ticket.institution,
            ticket_id=ticket.id,
            **to_do,
        )
        .on_conflict_do_update(
            index_elements=["key"],
            set_=to_do | {"done_at": None, "done_by": None, "outcome": None},
            where=Task.done_at.is_not(None),
        )
    )


def make_for_office(
    session: Session, institution: str, kind: str, *, about: str, now: datetime
) -> None:
    """A task about the office itself; one of each kind and matter while it is open."""
    session.execute(
        upsert(Task)
        .values(
            key=f"{kind}:{institution}:{about}",
            kind=kind,
            institution=institution,
            made_at=now,
            notes=[about],
        )
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"made_at": now, "done_at": None, "done_by": None, "outcome": None},
            where=Task.done_at.is_not(None),
        )
    )


def ask_call(
    session: Session,
    *,
    institution: str,
    number: str,
    promised: bool,
    now: datetime,
    ticket: Ticket | None = None,
    line: str | None = None,
    beep: bool = False,
) -> CallBack:
    """A request to be called: one open request per number and institution, however often asked.

    With `promised` the charter's own rule gives the date (Kilosa: one working day, 002:250); on
    a ticket it is a promise too. The number is rung by itself: at once after a `beep`, else once
    who asked on `line` is off his phone. Who asks again after it could not be reached is rung anew.
    """
    charter = charters.on(institution, now.astimezone(EAT).date())
    rule = charter.rule("call_back") if promised else None
    dated = calendar_of(session, charter)
    due_at = due(dated.calendar, now, rule.period).at if rule else None
    key = f"call_back:{institution}:{vault.fingerprint(number).hex()}:"
    session.execute(_ONE_AT_A_TIME, {"key": key})
    earlier = session.scalar(
        select(Task)
        .where(_still_open(institution), Task.key.startswith(key, autoescape=True))
        .with_for_update()
    )
    soon = now if beep else now + STILL_THERE
    if earlier is not None:
        _ask_again(earlier, soon)
        if ticket is not None and earlier.ticket_id is None:
            earlier.ticket_id = ticket.id
            if rule is not None and due_at is not None:
                promises.write(session, ticket, rule, now, due_at, dated, now)
        return CallBack(earlier.id, earlier.due_at)
    made = session.execute(
        upsert(Task)
        .values(
            key=key + now.astimezone(EAT).isoformat(timespec="seconds"),
            kind="call_back",
            institution=institution,
            ticket_id=ticket.id if ticket else None,
            sealed_number=vault.seal(number),
            due_at=due_at,
            made_at=now,
            notes=[BEEP] if beep else [],
            line=line,
            ring_at=soon,
        )
        .on_conflict_do_update(index_elements=["key"], set_={"kind": "call_back"})
        .returning(Task.id)
    ).scalar_one()
    if ticket is not None and rule is not None and due_at is not None:
        promises.write(session, ticket, rule, now, due_at, dated, now)
    audit.record(
        session,
        ticket_id=ticket.id if ticket else None,
        kind="call_asked",
        actor="citizen",
        now=now,
        body={"task": made, "due": due_at},
    )
    return CallBack(made, due_at)


def _still_open(institution: str) -> ColumnElement[bool]:
    """As the partial index has it: the key alone would be looked for in all tasks ever made."""
    return and_(Task.institution == institution, Task.done_at.is_(None))


def _ask_again(task: Task, soon: datetime) -> None:
    """Ring anew for a request that was given up; one that is under way goes on as it does."""
    if UNREACHED in task.notes:
        task.notes = [note for note in task.notes if note != UNREACHED]
        task.ring_at, task.rang = soon, 0


def leave_to_a_person(session: Session, task: Task, why: str, now: datetime) -> None:
    """Nobody is rung for this task by itself any more; `why` is one word, noted on it (D34)."""
    task.ring_at = None
    if why in task.notes:
        return
    task.notes = [*task.notes, why]
    if task.ticket_id is not None:
        session.get_one(Ticket, task.ticket_id, with_for_update=True)
    body = {"task": task.id, "why": why}
    audit.record(session, ticket_id=task.ticket_id, kind="left_to_a_person", now=now, body=body)


def served(session: Session, *, institution: str, number: str, now: datetime) -> None:
    """Who waited for a call was served when he rang himself: he is not rung too.

    A request about a ticket stays, for that was not spoken of, and so does one for a person.
    """
    key = f"call_back:{institution}:{vault.fingerprint(number).hex()}:"
    done = session.scalars(
        update(Task)
        .where(
            _still_open(institution),
            Task.key.startswith(key, autoescape=True),
            Task.ticket_id.is_(None),
            literal(BY_A_PERSON) != all_(Task.notes),
        )
        .values(done_at=now, done_by="citizen", outcome="served", sealed_number=None)
        .returning(Task.id)
    ).all()
    for task_id in done:
        audit.record(
            session,
            ticket_id=None,
            kind="call_served",
            actor="citizen",
            now=now,
            body={"task": task_id},
        )


def drop(session: Session, ticket: Ticket, now: datetime) -> None:
    """The citizen took the ticket back: what was still to do for it is owed to nobody."""
    session.execute(
        update(Task)
        .where(Task.ticket_id == ticket.id, Task.done_at.is_(None))
        .values(done_at=now, done_by="citizen", outcome="withdrawn", sealed_number=None)
    )


_SETTLE = text(
    """
    UPDATE tasks SET done_at = :now, done_by = :by, outcome = :outcome, sealed_number = NULL
    WHERE ticket_id = :ticket AND kind = :kind AND done_at IS NULL
    """
)


def settle(
    session: Session, ticket: Ticket, kind: str, *, by: str, outcome: str, now: datetime
) -> None:
    """Something else did what the ticket's open task of this kind was made for."""
    given = {"ticket": ticket.id, "kind": kind, "by": by, "outcome": outcome, "now": now}
    session.execute(_SETTLE, given)


def move_call(session: Session, task_id: int, number: str) -> None:
    """Call another number instead."""
    session.execute(update(Task).where(Task.id == task_id).values(sealed_number=vault.seal(number)))


PARTS = ("morning", "afternoon")
"""Of the office hours: until noon (EAT), and from then on."""


def choose_part(session: Session, task_id: int, part: str) -> None:
    """Call in this part of the day alone, one of PARTS."""
    session.execute(update(Task).where(Task.id == task_id).values(part_of_day=part))


def cancel_call(session: Session, task_id: int, now: datetime) -> None:
    """The citizen does not want the call after all: it is owed to nobody."""
    task: Task | None = session.scalar(
        update(Task)
        .where(Task.id == task_id, Task.done_at.is_(None))
        .values(done_at=now, done_by="citizen", outcome="cancelled", sealed_number=None)
        .returning(Task)
    )
    if task is None:
        return
    if task.ticket_id is not None:
        ticket = session.get_one(Ticket, task.ticket_id, with_for_update=True)
        promises.drop(session, ticket, now, kind="call_back")
    audit.record(
        session,
        ticket_id=task.ticket_id,
        kind="call_cancelled",
        actor="citizen",
        now=now,
        body={"task": task.id},
    )


WAYS = ("call", "letter", "printed")
"""How a person told the citizen: a call, a letter, a receipt printed and handed over."""


def done(
    session: Session, task_id: int, *, by: str, outcome: str, now: datetime, way: str = "call"
) -> Task:
    """A person did it, in one of the WAYS; the number is forgotten with it. Raises UnknownTask."""
    task: Task | None = session.scalar(
        update(Task)
        .where(Task.id == task_id, Task.done_at.is_(None))
        .values(done_at=now, done_by=by, outcome=outcome, sealed_number=None)
        .returning(Task)
    )
    if task is None:
        raise UnknownTask(f"no open task {task_id}; see `callcentre task list`")
    if task.ticket_id is not None:
        ticket = session.get_one(Ticket, task.ticket_id, with_for_update=True)
        promises.keep(session, ticket, _KEPT_BY_DOING.get(task.kind, ()), by=way, now=now)
    audit.record(
        session,
        ticket_id=task.ticket_id,
        kind="task_done",
        actor=by,
        now=now,
        body={"task": task.id, "kind": task.kind, "way": way},
    )
    return task
