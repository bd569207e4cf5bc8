"""Sweeps: each at its own pace, and what each puts right."""

from datetime import timedelta

import pytest
from outbox.posting import ACCEPTED, ASHA, NOW
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session
from tickets.making import confirmed, messages_of, open_ticket, tasks_of

from callcentre import clock, db, outbox, sweeps, vault
from callcentre.outbox import Message, Result, Route
from callcentre.tickets import intake
from callcentre.tickets.model import Task, Ticket
from callcentre.watching import Watch

pytestmark = pytest.mark.usefixtures("lines")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_each_runs_at_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def often() -> None:
        ran.append("often")

    def seldom() -> None:
        ran.append("seldom")

    monkeypatch.setattr(sweeps, "SWEEPS", ((often, timedelta(seconds=5)), (seldom, MINUTE)))
    for seconds in range(0, 61, 5):
        with clock.at(NOW + timedelta(seconds=seconds)):
            sweeps.run()
    assert (ran.count("often"), ran.count("seldom")) == (13, 2)


def test_one_runs_again_when_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def sweep() -> None:
        ran.append(1)

    monkeypatch.setattr(sweeps, "SWEEPS", ((sweep, HOUR),))
    for moment in (NOW, NOW - MINUTE):
        with clock.at(moment):
            sweeps.run()
    assert len(ran) == 2


def lose_messages(session: Session, ticket: Ticket) -> None:
    """What the service's own role in the database may not do."""
    session.execute(text("SET LOCAL ROLE NONE"))
    session.execute(delete(Message).where(Message.ticket_id == ticket.id))


def test_an_acknowledgement_nobody_reported_on_is_a_person_s_to_prove() -> None:
    with db.session() as session:
        ticket = confirmed(session, number=ASHA)
        lose_messages(session, ticket)
        outbox.post(session, _letter(ticket.id), NOW)
        for sent in outbox.claim(session, NOW):
            outbox.record(session, sent, ACCEPTED, NOW)
    with clock.at(NOW + 7 * HOUR):
        sweeps.doubt()
    with db.session() as session:
        assert [task.kind for task in tasks_of(session, ticket)] == ["prove_acknowledgement"]
        assert session.get_one(Watch, "unproven").found == 1


def _letter(ticket_id: int) -> outbox.Draft:
    return outbox.Draft(
        key=intake.acknowledgement_key(ticket_id),
        sealed_to=vault.seal(ASHA),
        text="Limepokelewa",
        parts=1,
        institution="morogoro",
        routes=(Route("africastalking", "15001"),),
        ticket_id=ticket_id,
    )


def test_a_ticket_that_lost_its_acknowledgement_goes_to_a_person() -> None:
    with db.session() as session:
        lost, kept = (open_ticket(session, number=number, now=NOW) for number in (ASHA, ASHA))
        lose_messages(session, lost)
        if not messages_of(session, kept):
            outbox.post(session, _letter(kept.id), NOW)
    for minutes in (5, 11, 30):
        with clock.at(NOW + minutes * MINUTE):
            sweeps.acknowledge_all()
    with db.session() as session:
        made = session.scalars(select(Task)).all()
        assert [(task.ticket_id, task.kind) for task in made] == [
            (lost.id, "prove_acknowledgement")
        ]
        assert session.get_one(Watch, "promises_without_message").found == 1


def test_an_sms_that_came_late_hides_no_younger_ticket_from_the_search() -> None:
    """It is opened by the time at which it was sent, hours ago."""
    with db.session() as session:
        lost = open_ticket(session, number=ASHA, now=NOW)
        late = confirmed(session, number=ASHA, now=NOW, received_at=NOW - 2 * HOUR)
        lose_messages(session, lost)
        assert late.id > lost.id
    for minutes in (5, 11):
        with clock.at(NOW + minutes * MINUTE):
            sweeps.acknowledge_all()
    with db.session() as session:
        assert [task.kind for task in tasks_of(session, lost)] == ["prove_acknowledgement"]


def test_a_route_that_is_paused_is_one_task_for_its_keeper() -> None:
    with db.session() as session:
        outbox.post(session, _letter(0), NOW)
        (sent,) = outbox.claim(session, NOW)
        outbox.record(session, sent, Result("ours", code="405"), NOW)
    for _ in range(2):
        with clock.at(NOW):
            sweeps.tell_administrators()
    with db.session() as session:
        (task,) = session.scalars(select(Task)).all()
        assert (task.kind, task.institution, task.notes) == (
            "mend_route", "morogoro", ["africastalking 15001"]
        )  # fmt: skip
