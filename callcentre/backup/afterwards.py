"""What follows when an older state of the database becomes the present one (ADR 0008).

Between that state and now citizens were told references, and providers were given ids, that the
database does not remember. None of them may be given out again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.audit import Event, Seal
from callcentre.clock import EAT
from callcentre.outbox import Attempt, Message, holding
from callcentre.outbox.holding import Hold
from callcentre.tickets import reference
from callcentre.tickets.model import NUMBERS, Ticket

AHEAD = 1_000_000
"""Numbers of tickets that are left out, besides one for each second since the older state."""
IDS_AHEAD = 10
"""Of what else counts, which has no narrow end, as many times that are left out."""
FEW_AHEAD = {"editions_number_seq": 10_000}
"""Of menus, which few people make; a number of theirs travels in nine digits."""


@dataclass(frozen=True, slots=True)
class Begun:
    """How many numbers of tickets were left out, and how many messages wait in the outbox."""

    left_out: int
    waiting: int


def used_numbers(session: Session) -> dict[str, int]:
    """The last number of every sequence; nothing if the database is empty."""
    query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
    return {name: last or 0 for name, last in session.execute(sql(query))}


def begin_again(
    session: Session, state: datetime, used: Mapping[str, int], *, by: str, now: datetime
) -> Begun:
    """Make a state of an earlier moment fit to go on from, its outbox held.

    `used` has what the database that it replaces had counted up to, if there was one.
    """
    _forget_claims(session, now)
    _go_on_sealing(session)
    left_out = _leave_numbers_out(session, state, used, now)
    held_since = session.scalar(delete(Hold).returning(Hold.since))
    holding.give_time_again(session, min(held_since or state, state), now)
    reason = f"restored from {state.isoformat(timespec='seconds')}"
    holding.hold(session, reason, by=by, now=now)
    audit.record(
        session,
        ticket_id=None,
        kind="restored",
        actor=by,
        now=now,
        body={"state": state, "numbers_left_out": left_out},
    )
    session.flush()
    return Begun(left_out, holding.waiting(session))


def _forget_claims(session: Session, now: datetime) -> None:
    """What was being sent may have gone. Only a receipt that names its attempt tells: one matched
    by the number could belong to any message of the time that is forgotten."""
    session.execute(
        update(Attempt)
        .where(Attempt.accepted_at.is_(None), Attempt.failed_at.is_(None))
        .values(unknown_at=func.coalesce(Attempt.unknown_at, now), to_print=None)
    )
    session.execute(
        update(Message).where(Message.claimed_until.is_not(None)).values(claimed_until=None)
    )


def _go_on_sealing(session: Session) -> None:
    """Let the record's transaction ids go on from those it has: another server counts its own."""
    highest = session.scalar(
        select(
            func.greatest(
                select(func.max(Event.txid)).scalar_subquery(),
                select(func.max(Seal.to_txid)).scalar_subquery(),
            )
        )
    )
    present, added = session.execute(
        sql("SELECT record_txid(pg_current_xact_id()), record_txid('0'::xid8)")
    ).one()
    if highest is None or present > highest:
        return
    session.execute(
        sql(
            "CREATE OR REPLACE FUNCTION record_txid(id xid8) RETURNS bigint LANGUAGE sql STABLE"
            f" RETURN id::text::bigint + {added + highest + 1 - present:d}"
        )
    )


def _leave_numbers_out(
    session: Session, state: datetime, used: Mapping[str, int], now: datetime
) -> int:
    ahead = AHEAD + max(now - state, timedelta()) // timedelta(seconds=1)
    last = {name: max(number, used.get(name, 0)) for name, number in used_numbers(session).items()}
    of_tickets = last.pop(NUMBERS.name)
    left_out = min(ahead, _left_this_year(session, of_tickets, now) // 2)
    goes_on = {
        name: number + FEW_AHEAD.get(name, IDS_AHEAD * ahead) for name, number in last.items()
    }
    for name, number in (goes_on | {NUMBERS.name: of_tickets + left_out}).items():
        session.execute(
            sql("SELECT setval(CAST(format('%I', CAST(:name AS text)) AS regclass), :number)"),
            {"name": name, "number": number},
        )
    return left_out


def _left_this_year(session: Session, last: int, now: datetime) -> int:
    """How many references can still be made in this year (EAT) before one comes again."""
    this_year = f"{now.astimezone(EAT):%y}-"
    first = session.scalar(
        select(Ticket.ref).where(Ticket.ref.startswith(this_year)).order_by(Ticket.id).limit(1)
    )
    used = (last - reference.number(first)) % reference.SPACE + 1 if first else 0
    return reference.SPACE - used
