"""What would make figures look better than the service is: counted, for each officer and unit."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import audit, charters
from callcentre.people import UnknownPost, find
from callcentre.tickets import sameness
from callcentre.tickets.model import Ticket

BY_OFFICER = {
    "answered": "answered",
    "progress": "progress",
    "asked": "asked",
    "kind_changed": "kind_changed",
    "referred": "not_ours",
    "given_back": "not_ours",
    "merged": "merged",
}
"""What somebody of the office did, by the kind of its event."""

BY_UNIT = ("kind_objected", "kept_asked", "kept_confirmed", "not_kept", "unsatisfied")
"""What their citizens said of it."""


def fairness(session: Session, institution: str, since: datetime, now: datetime) -> dict[str, Any]:
    """The counts of an institution from a moment until now. Raises UnknownCharter.

    For each officer, or account of the command, also the share of what he ended as "not ours"; for
    each unit also the tickets that got an answer which three or more got within 30 days.
    """
    charters.get(institution)
    officers: dict[str, Counter[str]] = defaultdict(Counter)
    units: dict[str, Counter[str]] = defaultdict(Counter)
    query = (
        select(audit.Event.actor, Ticket.unit, audit.Event.kind, func.count())
        .join(Ticket, Ticket.id == audit.Event.ticket_id)
        .where(
            Ticket.institution == institution,
            audit.Event.kind.in_([*BY_OFFICER, *BY_UNIT]),
            audit.Event.at >= since,
            audit.Event.at < now,
        )
        .group_by(audit.Event.actor, Ticket.unit, audit.Event.kind)
    )
    for actor, unit, kind, count in session.execute(query):
        if kind in BY_OFFICER:
            officers[actor][BY_OFFICER[kind]] += count
        else:
            units[unit or "-"][kind] += count
    for unit, count in _identical(session, institution, since, now):
        units[unit or "-"]["identical"] += count
    return {
        "institution": institution,
        "since": since,
        "until": now,
        "officers": [_officer(session, actor, officers[actor]) for actor in sorted(officers)],
        "units": [
            {"unit": unit} | {what: units[unit][what] for what in (*BY_UNIT, "identical")}
            for unit in sorted(units)
        ],
    }


def _officer(session: Session, actor: str, counts: Counter[str]) -> dict[str, Any]:
    columns = dict.fromkeys(BY_OFFICER.values())
    ended = counts["not_ours"] + counts["answered"]
    return {
        "who": actor,
        "unit": _unit_of(session, actor),
        **{what: counts[what] for what in columns},
        "not_ours_percent": round(100 * counts["not_ours"] / ended) if ended else None,
    }


def _unit_of(session: Session, actor: str) -> str | None:
    kind, _, number = actor.partition(":")
    try:
        return find(session, int(number)).unit if kind == "post" else None
    except (UnknownPost, ValueError):
        return None


def _identical(
    session: Session, institution: str, since: datetime, now: datetime
) -> list[tuple[str | None, int]]:
    """The tickets answered in this time with an answer that too many got, by unit."""
    of_this = Ticket.institution == institution, Ticket.merged_into.is_(None)
    repeated = (
        select(Ticket.answer_print)
        .where(*of_this, Ticket.answered_at >= since - sameness.WITHIN, Ticket.answered_at < now)
        .group_by(Ticket.answer_print)
        .having(func.count() >= sameness.TOO_MANY)
    )
    query = (
        select(Ticket.unit, func.count())
        .where(
            *of_this,
            Ticket.answered_at >= since,
            Ticket.answered_at < now,
            Ticket.answer_print.in_(repeated),
        )
        .group_by(Ticket.unit)
    )
    return [(unit, count) for unit, count in session.execute(query)]
