"""Another body's matter: told to its citizen with who to turn to, or handed over inside the system.

Most callers have a matter of another body (004:31), so a referral is an outcome like any other. It
is told like an answer, and like one it can be refused: then it was this office's after all.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.charters import Clause, Period, Rule
from callcentre.lines import Edition
from callcentre.tickets import expects, intake, letters, promises, reasons, tasks
from callcentre.tickets.model import Promise, Ticket, WrongStatus, still_open
from callcentre.tickets.transitions import check

_ACCEPT = "Kupokea au kurudisha lalamiko lililoelekezwa: siku 1 ya kazi"
ACCEPT = Rule(
    kind="accept",  # type: ignore[arg-type]
    period=Period(1, "working_days"),
    basis="assumed",
    internal=True,
    clause=Clause(_ACCEPT, _ACCEPT, "", 0),
)
"""Ours, not a charter's: what another office gave is accepted in one working day, or returns."""


def outside(
    session: Session,
    ticket: Ticket,
    *,
    name: str,
    phone: str,
    hours: str,
    reason: str,
    edition: Edition,
    by: str,
    now: datetime,
) -> None:
    """Tell the citizen which body it is, its number and hours. Raises WrongStatus.

    The `reason` stays with the ticket. `phone` is as dialled; `hours` by the Swahili clock, like
    "2:00 asubuhi-9:00 alasiri".
    """
    check(ticket, "refer")
    if not name.strip() or not phone.strip():
        raise WrongStatus("a referral needs the body's name and its telephone number")
    reasons.note(session, ticket, "not_ours", reason, now)
    ticket.referred_at, ticket.referred_to = now, name.strip()
    ticket.answer = f"{name.strip()}, {phone.strip()}"
    ticket.answered_at = now
    audit.record(session, ticket_id=ticket.id, kind="referred", actor=by, now=now)
    number = letters.confirmed_number(ticket)
    posted = number and letters.post(
        session,
        edition,
        key=letters.answer_key(ticket, now),
        to=number,
        institution=ticket.institution,
        phrase="sms.redirect",
        language=ticket.language,
        values={"ref": ticket.ref, "nyingine": name.strip(), "simu2": phone.strip(), "saa": hours},
        now=now,
        ticket_id=ticket.id,
    )
    if posted:
        expects.ask(session, ticket, "satisfied", now)
    else:
        tasks.make(session, ticket, "give_answer", now=now)


def inside(
    session: Session,
    ticket: Ticket,
    institution: str,
    *,
    reason: str,
    edition: Edition,
    by: str,
    now: datetime,
) -> Ticket:
    """Hand the ticket to another institution of this system; the linked ticket there.

    It has its own reference and promises, from now, and its citizen is told both. The office
    accepts it within one working day by giving it to a unit or answering it; else it returns.
    Raises WrongStatus, UnknownCharter.
    """
    check(ticket, "refer")
    charters.get(institution)  # else its name is unknown
    if institution == ticket.institution:
        raise WrongStatus(f"{ticket.ref} is at {institution} already; assign it to a unit instead")
    reasons.note(session, ticket, "not_ours", reason, now)
    line = edition.first("sms", institution) or edition.first("ussd", institution)
    if line is None:
        raise WrongStatus(f"{institution} has no line to answer by; see `callcentre line list`")
    said = intake.Opening(
        kind=ticket.kind,  # type: ignore[arg-type]
        institution=institution,
        topic=ticket.topic,
        identity=ticket.identity,
        words=ticket.words,
        channel=ticket.channel,
        line=line,
        language=ticket.language,
        number=letters.number_of(ticket),
        received_at=now,
        confirmed=ticket.number_confirmed_at is not None,
    )
    there = intake.open_ticket(session, said, edition, now).ticket
    there.referral_of = ticket.id
    there.place, there.name = ticket.place, ticket.name
    accept_by = promises.add(session, there, ACCEPT, received=now, internal=True, now=now)
    tasks.make(session, there, "accept_referral", now=now, due_at=accept_by)
    ticket.referred_at, ticket.referred_to = now, institution
    body = {"to": there.id}
    audit.record(session, ticket_id=ticket.id, kind="referred", actor=by, now=now, body=body)
    return there


def accepted(session: Session, there: Ticket, now: datetime) -> None:
    """The office took it: what is promised here is now promised there."""
    if there.referral_of is None:
        return
    if not promises.keep(session, there, ["accept"], by="accepted", now=now):
        return
    here = session.get_one(Ticket, there.referral_of, with_for_update=True)
    promises.keep(session, here, promises.ANSWERED, by="referred", now=now)


def return_late(session: Session, now: datetime, limit: int = 100) -> int:
    """Return what no office accepted in time; how many."""
    late = session.scalars(
        select(Promise.ticket_id)
        .where(Promise.due_at < now, still_open(), Promise.kind == "accept")
        .limit(limit)
    ).all()
    for ticket_id in late:
        _return(session, session.get_one(Ticket, ticket_id, with_for_update=True), now)
    return len(late)


def _return(session: Session, there: Ticket, now: datetime) -> None:
    """It is where it was before, and nothing is owed there."""
    promises.drop(session, there, now)
    tasks.drop(session, there, now)
    if there.referral_of is None or there.withdrawn_at is not None:
        return
    here = session.get_one(Ticket, there.referral_of, with_for_update=True)
    here.referred_at = here.referred_to = None
    there.withdrawn_at = now
    tasks.make(session, here, "referral_returned", now=now)
    for ticket in (here, there):
        audit.record(session, ticket_id=ticket.id, kind="returned", now=now)
