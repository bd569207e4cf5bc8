"""After an answer: the citizen is satisfied, or his complaint goes a level up.

The levels are the charter's own (000:779-793, 001:436-461, 002:329; D26): the head of the unit, the
head of the complaints unit, the executive; then bodies outside. Each inside has a promise of its
own, as long as the first. Silence for a week closes a ticket as unconfirmed, shown apart.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from callcentre import audit, charters, outbox
from callcentre.charters import AppealLevel
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.tickets import expects, letters, promises, tasks
from callcentre.tickets.model import Addition, Promise, Ticket, WrongStatus

CAN_BREAK_AGAIN = ("water", "road")
A_MONTH = timedelta(days=30)
BATCH = 500  # tickets closed in one commit
SILENCE = timedelta(days=7)
"""How long after an answer arrived its citizen has to say whether it was one."""


@dataclass(frozen=True, slots=True)
class Higher:
    """Who has the complaint now, and by when he answers (None where no date is promised)."""

    level: AppealLevel
    due: date | None

    @property
    def title(self) -> dict[str, str]:
        """Who he is in words for a citizen, by language."""
        return letters.title(self.level)


def satisfied(session: Session, ticket: Ticket, *, edition: Edition, now: datetime) -> None:
    """The citizen says that it was an answer: the ticket is closed, confirmed by him.

    What can break again, a pump or a road, is asked about once more a month later.
    """
    _check_answered(ticket)
    ticket.satisfied_at = now
    ticket.touched_at = now
    ticket.closed_at = ticket.closed_at or now
    expects.answered(session, ticket, "satisfied", now)
    audit.record(session, ticket_id=ticket.id, kind="satisfied", actor="citizen", now=now)
    if ticket.topic in CAN_BREAK_AGAIN and ticket.kind == "complaint":
        _ask_again(session, ticket, edition, now)


def _feedback_key(ticket: Ticket) -> str:
    return f"ticket:{ticket.id}:feedback"


def _ask_again(session: Session, ticket: Ticket, edition: Edition, now: datetime) -> None:
    number = letters.confirmed_number(ticket)
    by = letters.sender(edition, ticket.institution, to=number)
    if number is None or by is None or not by.hears:
        return
    posted = letters.post(
        session,
        edition,
        key=_feedback_key(ticket),
        to=number,
        institution=ticket.institution,
        phrase="sms.feedback",
        language=ticket.language,
        values={"ref": ticket.ref},
        now=now,
        ticket_id=ticket.id,
        kind="notice",
        hold=A_MONTH,
    )
    if posted is not None:
        expects.ask(session, ticket, "satisfied", now + A_MONTH)


def unsatisfied(session: Session, ticket: Ticket, now: datetime) -> Higher | None:
    """The citizen says that it was none: a level up, with the earlier decision attached.

    None where there is no higher level inside: then it is for the bodies outside. A closed ticket
    is open again. Raises WrongStatus where nothing was answered.
    """
    _check_answered(ticket)
    charter = charters.get(ticket.institution, ticket.charter_version)
    levels = [one for one in charter.appeal if one.inside and (one.level or 0) > ticket.level]
    ticket.touched_at = now
    expects.answered(session, ticket, "satisfied", now)
    if not levels:
        audit.record(session, ticket_id=ticket.id, kind="unsatisfied", actor="citizen", now=now)
        return None
    due = _reopen(session, ticket, levels[0], now)
    body = {"level": levels[0].key, "due": due}
    audit.record(
        session, ticket_id=ticket.id, kind="unsatisfied", actor="citizen", now=now, body=body
    )
    return Higher(levels[0], due)


def not_kept(session: Session, ticket: Ticket, now: datetime) -> Higher | None:
    """The citizen says that the office did not answer him: open again, a level up if there is one.

    Who has it now; None where the charter has no levels. Raises WrongStatus.
    """
    _check_answered(ticket)
    charter = charters.get(ticket.institution, ticket.charter_version)
    inside = [one for one in charter.appeal if one.inside]
    levels = [one for one in inside if (one.level or 0) > ticket.level] or inside[-1:]
    ticket.touched_at = now
    expects.answered(session, ticket, "satisfied", now)
    due = _reopen(session, ticket, levels[0] if levels else None, now)
    audit.record(session, ticket_id=ticket.id, kind="not_kept", actor="citizen", now=now)
    return Higher(levels[0], due) if levels else None


def _reopen(
    session: Session, ticket: Ticket, level: AppealLevel | None, now: datetime
) -> date | None:
    """Open it again at this level, with the earlier decision attached; the day told, if any."""
    _attach(session, ticket, now)
    ticket.level = (level.level if level else None) or ticket.level
    ticket.answer = ticket.finding = ticket.answered_at = ticket.kept_check_at = None
    ticket.closed_at = ticket.satisfied_at = None
    ticket.referred_at = ticket.referred_to = None
    ticket.assigned_to = None
    ticket.escalated_at = now
    outbox.cancel(session, _feedback_key(ticket), now=now)
    expects.answered(session, ticket, "kept", now)  # there is no answer any more to ask about
    due = _promise(session, ticket, now)
    tasks.make(session, ticket, "look_again", now=now)
    return due


def _check_answered(ticket: Ticket) -> None:
    if ticket.answered_at is None or ticket.withdrawn_at is not None:
        raise WrongStatus(f"{ticket.ref} is {ticket.status}: there is no answer to judge")


def _attach(session: Session, ticket: Ticket, now: datetime) -> None:
    """The decision that did not satisfy, for whoever decides next."""
    if ticket.answer:
        session.add(
            Addition(
                ticket_id=ticket.id, what="decision", words=ticket.answer, channel="office", at=now
            )
        )


def _promise(session: Session, ticket: Ticket, now: datetime) -> date | None:
    """This level's own promise, as long as the first; the day told, if it is told."""
    charter = charters.get(ticket.institution, ticket.charter_version)
    rule = charter.rule("answer", ticket.unit)
    if rule is None:
        return None
    internal = rule.internal or not ticket.placed
    due_at = promises.add(
        session, ticket, replace(rule, kind="appeal"), received=now, internal=internal, now=now
    )
    return None if internal else due_at.astimezone(EAT).date()


def close_silent(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Close as unconfirmed what was answered a week ago and never spoken of since; how many.

    Only where the answer is known to have arrived: its promise was kept then.
    """
    arrived = exists().where(
        Promise.ticket_id == Ticket.id,
        Promise.kind.in_(promises.ANSWERS),
        Promise.kept_at >= Ticket.answered_at,
        Promise.kept_at < now - SILENCE,
    )
    silent = session.scalars(
        select(Ticket)
        .where(
            Ticket.answered_at < now - SILENCE,
            Ticket.closed_at.is_(None),
            Ticket.withdrawn_at.is_(None),
            Ticket.touched_at < now - SILENCE,
            arrived,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for ticket in silent:
        ticket.closed_at = now
        audit.record(
            session,
            ticket_id=ticket.id,
            kind="closed",
            now=now,
            body={"reason": "unconfirmed"},
        )
    return len(silent)
