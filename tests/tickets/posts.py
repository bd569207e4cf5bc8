"""Posts for tests: an institution's line from the officer to the executive, each with a phone."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcentre import people, vault
from callcentre.people import Holding, PersonRow, PostRow
from callcentre.tickets import ladder
from callcentre.tickets.model import Promise

SINCE = datetime.fromisoformat("2026-01-05T08:00+03:00")
PHONES = {
    "officer": "+255712000011",
    "head": "+255712000012",
    "complaints": "+255712000013",
    "executive": "+255712000014",
    "administrator": "+255712000015",
}
WATER = "8.8"  # Sengerema's unit for water


def post(session: Session, role: str, **changes: Any) -> int:
    """An open post that somebody holds, from seven to eight in the evening on working days."""
    number = changes.pop("number", PHONES.get(role))
    held = changes.pop("held", True)
    usual: dict[str, Any] = {
        "institution": "sengerema",
        "unit": WATER if role in people.OF_A_UNIT else None,
        "role": role,
        "title": role,
        "sealed_number": vault.seal(number) if number else None,
        "number_print": vault.fingerprint(number) if number else None,
        "language": "sw",
        "opens": 7,
        "closes": 20,
        "everyday": False,
        "made_at": SINCE,
    }
    row = PostRow(**usual | changes)
    session.add(row)
    session.flush()
    if held:
        name = f"{role} {row.id}"
        person = PersonRow(
            institution=row.institution,
            sealed_name=vault.seal(name),
            name_print=vault.fingerprint(name),
            made_at=SINCE,
        )
        session.add(person)
        session.flush()
        session.add(Holding(post_id=row.id, person_id=person.id, since=SINCE))
        session.flush()
    return row.id


def whole_line(session: Session, **changes: Any) -> dict[str, int]:
    """A post for each role of the ladder and the administrator; their ids."""
    return {role: post(session, role, **changes) for role in PHONES}


def leave(session: Session, post_id: int, now: datetime) -> None:
    """Nobody holds the post any more."""
    session.execute(update(Holding).where(Holding.post_id == post_id).values(until=now))


def climb(session: Session, now: datetime) -> int:
    """What the clock does at a moment, until nothing is due."""
    taken = 0
    while found := ladder.due(session, now, 100):
        done = ladder.climb(session, found, now)
        session.flush()
        if not done:
            break
        taken += done
    return taken


def climb_until(session: Session, until: datetime) -> None:
    """Every step up to a moment, each a minute after it is due."""
    query = select(Promise.next_step_at).where(Promise.next_step_at < until)
    while (at := session.scalar(query.order_by(Promise.next_step_at).limit(1))) is not None:
        assert climb(session, at + timedelta(minutes=1))
