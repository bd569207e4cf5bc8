"""After an answer: satisfied, a level up with its own promise, outside, or silence."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre.clock import EAT
from callcentre.tickets import appeals, expects, queries
from callcentre.tickets.model import Addition, Ticket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    NOW,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promises_of,
    send,
    tasks_of,
)
from tickets.test_answering import answer

DAY = timedelta(days=1)
LATER = NOW + 2 * DAY
JUDGED = LATER + timedelta(hours=1)


def answered(session: Session, **changes: object) -> Ticket:
    """A ticket whose answer arrived."""
    ticket = confirmed(session, **changes)
    answer(session, ticket)
    send(session, messages_of(session, ticket)[-1].key, "delivered", now=LATER)
    session.flush()
    return ticket


def told(session: Session, ticket: Ticket) -> list[str]:
    return [
        f"{one.kind} {one.due_at.astimezone(EAT):%a %-d %b %H:%M}"
        for one in promises_of(session, ticket)
        if not one.internal
    ]


def test_who_is_satisfied_closes_his_ticket(session: Session) -> None:
    ticket = answered(session)
    appeals.satisfied(session, ticket, edition=EDITION, now=JUDGED)
    session.flush()
    session.refresh(ticket)
    assert (ticket.status, ticket.satisfied_at) == ("closed", JUDGED)
    assert expects.waiting(session, ASHA, "satisfied", JUDGED) == []
    assert events_of(session, ticket)[-1] == "satisfied"


def test_who_is_not_has_his_complaint_a_level_up_with_a_promise_of_its_own(
    session: Session,
) -> None:
    ticket = answered(session, institution="morogoro", topic="road")
    higher = appeals.unsatisfied(session, ticket, JUDGED)
    session.flush()
    session.refresh(ticket)
    assert higher is not None
    assert (higher.level.key, higher.due) == ("complaints_unit", date(2026, 12, 10))
    assert (ticket.status, ticket.level) == ("escalated", 2)
    assert told(session, ticket)[-1] == "appeal Thu 10 Dec 15:30"  # the 9th is Independence Day
    assert "look_again" in [task.kind for task in tasks_of(session, ticket)]


def test_the_earlier_decision_goes_with_it(session: Session) -> None:
    ticket = answered(session)
    appeals.unsatisfied(session, ticket, JUDGED)
    added = session.scalars(select(Addition).where(Addition.ticket_id == ticket.id)).one()
    assert (added.what, added.words) == ("decision", "Bomba limetengenezwa")
    assert (ticket.answer, ticket.answered_at) == (None, None)


def test_each_level_is_gone_up_once_and_then_it_is_for_those_outside(session: Session) -> None:
    ticket = answered(session)
    levels = []
    for _ in range(3):
        higher = appeals.unsatisfied(session, ticket, JUDGED)
        levels.append(higher and higher.level.key)
        answer(session, ticket)
    assert levels == ["complaints_unit", "executive", None]
    session.refresh(ticket)
    assert ticket.status == "answered"


def test_an_answer_at_a_higher_level_keeps_that_levels_promise(session: Session) -> None:
    ticket = answered(session)
    appeals.unsatisfied(session, ticket, JUDGED)
    answer(session, ticket, "Limekamilika", now=JUDGED + DAY)
    send(session, messages_of(session, ticket)[-1].key, "delivered", now=JUDGED + DAY)
    kept = {one.kind: one.kept_by for one in promises_of(session, ticket) if not one.internal}
    assert kept == {"acknowledge": "receipt", "answer": "receipt", "appeal": "receipt"}


def test_where_nothing_is_promised_nothing_is_told_at_a_higher_level(session: Session) -> None:
    ticket = answered(session, institution=None, topic=None)
    higher = appeals.unsatisfied(session, ticket, JUDGED)
    assert higher is not None and higher.due is None
    assert told(session, ticket) == []


def test_a_closed_ticket_is_open_again_for_who_is_not_satisfied(session: Session) -> None:
    ticket = answered(session)
    appeals.satisfied(session, ticket, edition=EDITION, now=JUDGED)
    session.flush()
    appeals.unsatisfied(session, ticket, JUDGED + DAY)
    session.flush()
    session.refresh(ticket)
    assert (ticket.status, ticket.closed_at, ticket.satisfied_at) == ("escalated", None, None)


def test_what_was_not_answered_cannot_be_judged(session: Session) -> None:
    ticket = confirmed(session)
    with pytest.raises(WrongStatus, match="no answer to judge"):
        appeals.satisfied(session, ticket, edition=EDITION, now=NOW)
    with pytest.raises(WrongStatus, match="no answer to judge"):
        appeals.unsatisfied(session, ticket, NOW)


@pytest.mark.parametrize(("topic", "asked"), [("water", 1), ("road", 1), ("staff", 0)])
def test_what_can_break_again_is_asked_about_once_more_a_month_later(
    session: Session, topic: str, asked: int
) -> None:
    ticket = answered(session, topic=topic)
    appeals.satisfied(session, ticket, edition=EDITION, now=JUDGED)
    again = [one for one in messages_of(session, ticket) if one.key.endswith(":feedback")]
    assert len(again) == asked
    for message in again:
        assert message.next_at == JUDGED + 30 * DAY
        assert "Je, tatizo limeisha kweli?" in message.text
        assert expects.waiting(session, ASHA, "satisfied", JUDGED + 29 * DAY) == []
        assert expects.waiting(session, ASHA, "satisfied", JUDGED + 31 * DAY) == [ticket]


# Silence


def test_a_week_of_silence_after_the_answer_arrived_closes_as_unconfirmed(
    session: Session,
) -> None:
    ticket = answered(session)
    assert appeals.close_silent(session, LATER + 7 * DAY) == 0
    assert appeals.close_silent(session, LATER + 7 * DAY + timedelta(minutes=1)) == 1
    session.flush()
    session.refresh(ticket)
    assert (ticket.status, ticket.satisfied_at) == ("closed", None)
    event = queries.whole(session, ticket)["events"][-1]
    assert (event["kind"], event["body"]) == ("closed", {"reason": "unconfirmed"})


def test_an_answer_that_never_arrived_is_not_taken_for_one(session: Session) -> None:
    ticket = confirmed(session)
    answer(session, ticket)
    assert appeals.close_silent(session, LATER + 30 * DAY) == 0


def test_who_was_heard_of_since_is_not_silent(session: Session) -> None:
    ticket = answered(session)
    week = LATER + 7 * DAY
    queries.by_reference(session, ticket.ref, number=ASHA, code=None, now=week)
    assert appeals.close_silent(session, week + DAY) == 0


def test_a_ticket_nobody_answered_is_never_closed_by_silence(session: Session) -> None:
    open_ticket(session)
    assert appeals.close_silent(session, NOW + 400 * DAY) == 0
