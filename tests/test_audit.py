"""The record of every change: chained, sealed, and any tampering found."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from tickets.making import NOW, open_ticket

from callcentre import audit, db
from callcentre.audit import Event, Seal
from callcentre.tickets import intake

MINUTE = timedelta(minutes=1)


def tickets(count: int) -> list[str]:
    """References of new tickets, each with its first event."""
    with db.session() as session:
        return [open_ticket(session).ref for _ in range(count)]


def note(ref: str | None = None, kind: str = "noted") -> None:
    with db.session() as session:
        ticket_id = intake.locked(session, ref).id if ref else None
        audit.record(session, ticket_id=ticket_id, kind=kind, now=NOW, body={"n": 1})


def sealed(minutes: int = 0) -> int:
    with db.session() as session:
        return audit.seal(session, NOW + minutes * MINUTE)


def faults() -> list[str]:
    with db.session() as session:
        return audit.faults(session)


def tamper(statement: str, **values: Any) -> None:
    """What only somebody with the whole database in his hands can do: no trigger fires."""
    with db.session() as session:
        session.execute(sql("SET LOCAL ROLE NONE"))
        session.execute(sql("SET LOCAL session_replication_role = replica"))
        session.execute(sql(statement), values)


def event_ids() -> list[int]:
    with db.session() as session:
        return list(session.scalars(select(Event.id).order_by(Event.id)))


# The chain


def test_each_event_carries_the_hash_of_the_one_before_it(database: None) -> None:
    (ref,) = tickets(1)
    note(ref)
    note(ref)
    with db.session() as session:
        first, second, third = session.scalars(select(Event).order_by(Event.seq)).all()
        assert [event.seq for event in (first, second, third)] == [1, 2, 3]
        assert (first.previous, second.previous, third.previous) == (
            audit.GENESIS, first.hash, second.hash
        )  # fmt: skip


def test_events_about_no_ticket_stand_alone(database: None) -> None:
    note()
    note()
    with db.session() as session:
        events = session.scalars(select(Event)).all()
        assert {(event.seq, event.previous) for event in events} == {(None, audit.GENESIS)}
    assert faults() == []


def test_many_events_at_once_are_chained_like_one_after_the_other(database: None) -> None:
    refs = tickets(2)
    with db.session() as session:
        ids = [intake.locked(session, ref).id for ref in refs]
        rows = [(ids[0], {"n": 1}), (ids[1], {"n": 2}), (ids[0], {"n": 3})]
        audit.record_many(session, "moved", rows, now=NOW)
    note(refs[0])
    with db.session() as session:
        counts = select(Event.ticket_id, func.max(Event.seq)).group_by(Event.ticket_id)
        assert {tuple(row) for row in session.execute(counts)} == {(ids[0], 4), (ids[1], 2)}
    assert faults() == []


def test_the_chain_holds_after_many_writers_at_once(database: None) -> None:
    refs = tickets(3)

    def write() -> None:
        for number in range(12):
            note(refs[number % 3] if number % 4 else None)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(event_ids()) == 3 + 4 * 12
    assert sealed() == 3 + 4 * 12
    assert faults() == []


def test_two_who_write_without_the_ticket_locked_cannot_both_be_next(session: Session) -> None:
    ticket = open_ticket(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        audit.record(session, ticket_id=ticket.id, kind="noted", now=NOW, first=True)


# Nobody edits it


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET kind = 'closed'",
        "UPDATE events SET actor = 'nobody'",
        "UPDATE events SET body = '{}'",
        "UPDATE events SET body = NULL",
        "UPDATE events SET salt = NULL",
        "UPDATE events SET body = NULL, salt = NULL, at = now()",
        "UPDATE events SET body = NULL, salt = NULL, txid = 1",
        "UPDATE events SET hash = previous",
        "DELETE FROM events",
        "TRUNCATE events",
    ],
)
def test_the_database_refuses_to_change_an_event(session: Session, statement: str) -> None:
    open_ticket(session)
    session.execute(sql("SET LOCAL ROLE NONE"))  # the application's own may not even try
    with pytest.raises(DBAPIError, match="events are kept as they are"), session.begin_nested():
        session.execute(sql(statement))


def test_words_can_be_erased_and_the_chain_still_holds(database: None) -> None:
    (ref,) = tickets(1)
    note(ref)
    sealed()
    with db.session() as session:
        session.execute(sql("SET LOCAL ROLE NONE"))
        session.execute(update(Event).values(body=None, salt=None))
    assert faults() == []
    with db.session() as session:
        assert {audit.body_of(event) for event in session.scalars(select(Event))} == {None}


# Tampering is found


def rehashed(event_id: int, **changes: Any) -> None:
    """A forger who knows how hashes are made, and makes this event's fit again."""
    with db.session() as session:
        event = session.get_one(Event, event_id)
        fields = ("previous", "ticket_id", "seq", "at", "kind", "actor", "body_hash")
        new = audit._hash(*(changes.get(name, getattr(event, name)) for name in fields))
    setting = ", ".join(f"{name} = :{name}" for name in [*changes, "hash"])
    tamper(f"UPDATE events SET {setting} WHERE id = :id", **changes, hash=new, id=event_id)


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        pytest.param(
            lambda ids: tamper("UPDATE events SET body = '{}' WHERE id = :id", id=ids[1]),
            "event {1}: its body was changed",
            id="a body",
        ),
        pytest.param(
            lambda ids: tamper("UPDATE events SET kind = 'closed' WHERE id = :id", id=ids[1]),
            "event {1}: was changed",
            id="a kind",
        ),
        pytest.param(
            lambda ids: tamper("UPDATE events SET at = now() WHERE id = :id", id=ids[1]),
            "event {1}: was changed",
            id="a moment",
        ),
        pytest.param(
            lambda ids: rehashed(ids[1], actor="nobody"),
            "event {2}: does not follow the one before it",
            id="an actor, with its hash",
        ),
        pytest.param(
            lambda ids: rehashed(ids[2], actor="nobody"),
            "seal 1: signature does not hold",
            id="the last event, with its hash",
        ),
        pytest.param(
            lambda ids: tamper("DELETE FROM events WHERE id = :id", id=ids[1]),
            "event {2}: does not follow the one before it",
            id="an event in the middle is gone",
        ),
        pytest.param(
            lambda ids: tamper("DELETE FROM events WHERE id = :id", id=ids[2]),
            "seal 1: 2 events stand where 3 were sealed",
            id="the last event is gone",
        ),
        pytest.param(
            lambda ids: tamper(
                "INSERT INTO events (at, kind, actor, body_hash, previous, hash, txid)"
                " SELECT at, kind, actor, body_hash, previous, hash, txid FROM events"
                " WHERE id = :id",
                id=ids[1],
            ),
            "seal 1: 4 events stand where 3 were sealed",
            id="an event was slipped in",
        ),
    ],
)
def test_a_forged_event_is_found(
    database: None, forge: Callable[[list[int]], None], fault: str
) -> None:
    (ref,) = tickets(1)
    note(ref)
    note(ref)
    sealed()
    ids = event_ids()
    forge(ids)
    found = [_numbered(one) for one in faults()]
    assert fault.format(*ids) in found


def _numbered(fault: str) -> str:
    """Seals by their place, not their number, which goes on counting."""
    with db.session() as session:
        for place, number in enumerate(session.scalars(select(Seal.id).order_by(Seal.id)), 1):
            fault = fault.replace(f"seal {number}:", f"seal {place}:")
    return fault


def test_one_tickets_chain_can_be_looked_at_alone(database: None) -> None:
    whole, broken = tickets(2)
    tamper("UPDATE events SET kind = 'x' WHERE id = :id", id=event_ids()[1])
    with db.session() as session:
        assert audit.faults(session, intake.locked(session, whole).id) == []
        assert len(audit.faults(session, intake.locked(session, broken).id)) == 1


def three_seals() -> None:
    for minute in range(3):
        note()
        sealed(minute)


@pytest.mark.parametrize("place", [0, 1], ids=["the first", "one in the middle"])
def test_a_seal_that_was_removed_is_missed(database: None, place: int) -> None:
    three_seals()
    tamper("DELETE FROM seals WHERE id = (SELECT id FROM seals ORDER BY id OFFSET :n LIMIT 1)",
           n=place)  # fmt: skip
    assert ["a seal before it is missing" in fault for fault in faults()] == [True]


def test_a_seal_cannot_be_made_without_the_key(database: None) -> None:
    note()
    sealed()
    tamper("UPDATE seals SET signature = digest")
    assert [fault.partition(": ")[2] for fault in faults()] == ["signature does not hold"]


# Sealing


def test_new_events_are_sealed_once_a_minute_whoever_asks(database: None) -> None:
    note()
    assert sealed() == 1
    note()
    with db.session() as session:
        assert audit.seal(session, NOW + MINUTE - timedelta(seconds=1)) == 0
    assert [sealed(1), sealed(1), sealed(2)] == [1, 0, 0]


def test_when_nothing_happened_there_is_nothing_to_seal(database: None) -> None:
    assert sealed() == 0
    with db.session() as session:
        assert session.scalars(select(Seal)).all() == []


def test_an_event_committed_late_is_sealed_once_and_with_the_others(database: None) -> None:
    with db._sessions()() as slow:
        audit.record(slow, ticket_id=None, kind="slow", now=NOW)  # its transaction has a number now
        note(kind="quick")
        early = sealed()
        slow.commit()
    late = sealed(1)
    assert (early, late) == (0, 2)
    assert faults() == []


def test_two_who_seal_at_once_make_one_seal(database: None) -> None:
    note()
    counts: list[int] = []
    both = [threading.Thread(target=lambda: counts.append(sealed())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(counts) == [0, 1]
    assert faults() == []
