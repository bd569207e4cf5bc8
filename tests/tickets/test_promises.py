"""Promises: kept by proof, broken by the clock, and what of both stays on record."""

from datetime import timedelta

from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.tickets import intake, promises
from tickets.making import NOW, events_of, open_ticket, promise, promises_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_a_promise_is_kept_once_and_by_the_first_proof(session: Session) -> None:
    ticket = open_ticket(session)
    assert promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
    assert not promises.keep(session, ticket, ["acknowledge"], by="asked", now=NOW + DAY)
    acknowledge = promise(session, ticket, "acknowledge")
    assert (acknowledge.kept_by, acknowledge.kept_at) == ("receipt", NOW)
    assert ticket.acknowledged_at == NOW
    assert events_of(session, ticket) == ["opened", "promise_kept"]


def test_keeping_one_kind_leaves_the_others_open(session: Session) -> None:
    ticket = open_ticket(session)
    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
    assert promise(session, ticket, "answer").kept_at is None
    assert ticket.answered_at is None


def test_a_promise_is_broken_only_after_its_moment(session: Session) -> None:
    ticket = open_ticket(session)
    due = promise(session, ticket, "acknowledge").due_at
    assert promises.mark_broken(session, due) == 0
    assert promises.mark_broken(session, due + MINUTE) == 1
    assert promise(session, ticket, "acknowledge").broken_at == due + MINUTE
    assert promise(session, ticket, "answer").broken_at is None


def test_a_promise_is_broken_once(session: Session) -> None:
    ticket = open_ticket(session)
    due = promise(session, ticket, "acknowledge").due_at
    promises.mark_broken(session, due + MINUTE)
    assert promises.mark_broken(session, due + DAY) == 0
    assert promise(session, ticket, "acknowledge").broken_at == due + MINUTE
    assert events_of(session, ticket) == ["opened", "promise_broken"]


def test_breaking_is_an_event_that_names_the_promise(session: Session) -> None:
    ticket = open_ticket(session)
    broken = promise(session, ticket, "acknowledge")
    promises.mark_broken(session, broken.due_at + MINUTE)
    event = session.query(audit.Event).filter_by(ticket_id=ticket.id, kind="promise_broken").one()
    assert audit.body_of(event) == {"promise": broken.id, "kind": "acknowledge"}


def test_a_promise_kept_in_time_is_never_broken(session: Session) -> None:
    ticket = open_ticket(session)
    promises.keep(session, ticket, ["acknowledge", "answer"], by="receipt", now=NOW)
    assert promises.mark_broken(session, NOW + 400 * DAY) == 0


def test_a_promise_kept_late_stays_on_record_as_broken(session: Session) -> None:
    ticket = open_ticket(session)
    due = promise(session, ticket, "acknowledge").due_at
    promises.mark_broken(session, due + MINUTE)
    promises.keep(session, ticket, ["acknowledge"], by="call", now=due + DAY)
    acknowledge = promise(session, ticket, "acknowledge")
    assert (acknowledge.kept_at, acknowledge.broken_at) == (due + DAY, due + MINUTE)


def test_a_promise_kept_late_is_broken_even_if_the_clock_had_not_come_round(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    due = promise(session, ticket, "acknowledge").due_at
    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=due + MINUTE)
    acknowledge = promise(session, ticket, "acknowledge")
    assert (acknowledge.kept_at, acknowledge.broken_at) == (due + MINUTE, due + MINUTE)
    assert promises.mark_broken(session, due + DAY) == 0


def test_a_promise_kept_at_its_very_moment_is_in_time(session: Session) -> None:
    ticket = open_ticket(session)
    due = promise(session, ticket, "acknowledge").due_at
    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=due)
    assert promise(session, ticket, "acknowledge").broken_at is None


def test_a_sweep_takes_the_oldest_and_no_more_than_it_may(session: Session) -> None:
    tickets = [open_ticket(session, now=NOW + n * DAY) for n in range(3)]
    late = NOW + 15 * DAY
    assert [promises.mark_broken(session, late, limit=2) for _ in range(3)] == [2, 1, 0]
    assert all(promise(session, ticket, "acknowledge").broken_at for ticket in tickets)


def test_targets_of_the_office_can_be_broken_too(session: Session) -> None:
    ticket = open_ticket(session, topic="school")
    promises.mark_broken(session, NOW + 4 * DAY)
    assert promise(session, ticket, "answer", internal=True).broken_at is not None
    assert promise(session, ticket, "answer").broken_at is None


def test_what_is_owed_to_nobody_is_neither_kept_nor_broken(session: Session) -> None:
    ticket = open_ticket(session)
    intake.withdraw(session, ticket, NOW)
    assert not promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
    assert promises.mark_broken(session, NOW + 400 * DAY) == 0


def test_the_date_told_is_that_of_the_promise_to_the_citizen(session: Session) -> None:
    ticket = open_ticket(session, topic="school")
    told = promises.told(session, ticket.id)
    assert told is not None
    assert told.id == promise(session, ticket, "answer", internal=False).id
    undated = open_ticket(session, institution="utumishi")
    assert promises.told(session, undated.id) is None
    assert all(one.internal for one in promises_of(session, undated))
