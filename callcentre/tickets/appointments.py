"""An appointment is a promise of its own: served within 30 minutes of it (Kilosa, 002:246)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.phrases import swahili_clock
from callcentre.tickets import letters, promises, tasks
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Ticket, WrongStatus

REMIND = timedelta(days=1)  # before it, the citizen is reminded; the desk by its task
REMIND_FROM = timedelta(days=2)  # what is nearer needs no reminder


def make(
    session: Session, ticket: Ticket, at: datetime, *, edition: Edition, by: str, now: datetime
) -> datetime:
    """Give the citizen a time at the office; by when he must be served. Raises WrongStatus.

    The time must lie ahead and within office hours. The citizen is told at once; the desk has a
    task, and doing it stamps that he was served.
    """
    charter = charters.get(ticket.institution, ticket.charter_version)
    rule = charter.rule("appointment", ticket.unit)
    if rule is None:
        raise WrongStatus(f"the charter of {charter.id} promises nothing about appointments")
    dated = calendar_of(session, charter)
    local = at.astimezone(EAT)
    open_then = dated.calendar.is_working(local.date()) and (
        charter.hours.open <= local.time() <= charter.hours.close
    )
    if at <= now or not open_then:
        raise WrongStatus(
            f"{local:%a %d %b %Y %H:%M} is past, or the office is closed then"
            f" (open {charter.hours.open:%H:%M}-{charter.hours.close:%H:%M})"
        )
    due_at = at + timedelta(minutes=rule.period.amount)
    promises.write(session, ticket, rule, at, due_at, dated, now)
    tasks.make(session, ticket, "appointment", now=now)
    _tell(session, ticket, at, "sms.appointment", edition=edition, now=now)
    if at - now > REMIND_FROM:
        hold = at - REMIND - now
        _tell(session, ticket, at, "sms.appointment_soon", edition=edition, now=now, hold=hold)
    audit.record(
        session, ticket_id=ticket.id, kind="appointment", actor=by, now=now, body={"at": at}
    )
    return due_at


def _tell(
    session: Session,
    ticket: Ticket,
    at: datetime,
    phrase: str,
    *,
    edition: Edition,
    now: datetime,
    hold: timedelta | None = None,
) -> None:
    number = letters.confirmed_number(ticket)
    if number is None:
        return
    local = at.astimezone(EAT)
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:{phrase.removeprefix('sms.')}:{int(at.timestamp())}",
        to=number,
        institution=ticket.institution,
        phrase=phrase,
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "tarehe": local.date(),
            "saa": {"sw": swahili_clock.written(local.time()), "en": f"{local:%H:%M}"},
        },
        now=now,
        ticket_id=ticket.id,
        kind="notice" if hold else "reply",
        hold=hold,
    )
