"""Tasks: once however often they are asked for, and what doing them proves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.clock import EAT
from callcentre.tickets import promises, queries, tasks
from callcentre.tickets.model import Task
from tickets.making import ASHA, JUMA, NOW, events_of, open_ticket, promise, promises_of, tasks_of

DAY = timedelta(days=1)


def ask(session: Session, **changes: Any) -> tasks.CallBack:
    usual = {"institution": "kilosa", "number": ASHA, "promised": True, "now": NOW}
    return tasks.ask_call(session, **usual | changes)


def done(session: Session, task: int, outcome: str = "spoke with her") -> Task:
    return tasks.done(session, task, by="agent", outcome=outcome, now=NOW + DAY)


def test_kilosa_promises_to_call_within_one_working_day(session: Session) -> None:
    asked = ask(session)
    assert asked.due == datetime(2026, 11, 24, 15, 0, tzinfo=EAT)
    task = session.get_one(Task, asked.task)
    assert (task.kind, task.institution, task.due_at) == ("call_back", "kilosa", asked.due)
    assert vault.unseal(task.sealed_number) == ASHA


@pytest.mark.parametrize(
    ("institution", "promised"),
    [
        pytest.param("kilosa", False, id="on a shared line nothing is promised"),
        pytest.param("sengerema", True, id="a charter without such a promise"),
    ],
)
def test_without_a_promise_a_call_has_no_date(
    session: Session, institution: str, promised: bool
) -> None:
    assert ask(session, institution=institution, promised=promised).due is None


def test_a_number_has_one_open_request_however_often_it_asks(session: Session) -> None:
    first = ask(session)
    again = ask(session, now=NOW + DAY)
    assert again == first
    assert len(queries.open_tasks(session, "kilosa")) == 1


def test_other_numbers_and_other_institutions_have_requests_of_their_own(
    session: Session,
) -> None:
    asked = {
        ask(session).task,
        ask(session, number=JUMA).task,
        ask(session, institution="utumishi").task,
    }
    assert len(asked) == 3


def test_after_the_call_one_may_be_asked_for_again(session: Session) -> None:
    first = ask(session)
    done(session, first.task)
    assert ask(session, now=NOW + 2 * DAY).task != first.task


def test_a_call_about_a_ticket_is_a_promise_on_it(session: Session) -> None:
    ticket = open_ticket(session, institution="kilosa")
    asked = ask(session, ticket=ticket)
    call = promise(session, ticket, "call_back")
    assert (call.due_at, call.internal, call.clause["document"]) == (asked.due, False, "002")
    assert events_of(session, ticket) == ["opened", "call_asked"]


def test_the_call_done_keeps_its_promise_and_forgets_the_number(session: Session) -> None:
    ticket = open_ticket(session, institution="kilosa")
    task = done(session, ask(session, ticket=ticket).task)
    assert (task.done_by, task.outcome, task.sealed_number) == ("agent", "spoke with her", None)
    call = promise(session, ticket, "call_back")
    assert (call.kept_by, call.kept_at) == ("call", NOW + DAY)
    assert promise(session, ticket, "answer").kept_at is None
    assert events_of(session, ticket) == ["opened", "call_asked", "promise_kept", "task_done"]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        pytest.param("prove_acknowledgement", ["acknowledge"], id="acknowledgement"),
        pytest.param("give_answer", ["acknowledge", "answer"], id="answer"),
    ],
)
def test_a_task_done_keeps_the_promise_it_was_made_for(
    session: Session, kind: str, kept: list[str]
) -> None:
    ticket = open_ticket(session)
    tasks.make(session, ticket, kind, now=NOW)
    done(session, tasks_of(session, ticket)[0].id)
    assert [one.kind for one in promises_of(session, ticket) if one.kept_by == "call"] == kept


def test_a_task_is_made_once_for_a_ticket_and_due_with_its_first_open_promise(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    promises.keep(session, ticket, ["acknowledge"], by="asked", now=NOW)
    for _ in range(2):
        tasks.make(session, ticket, "give_answer", now=NOW)
    (task,) = tasks_of(session, ticket)
    assert task.due_at == promise(session, ticket, "answer").due_at


@pytest.mark.parametrize("times", [1, 2], ids=["not there", "done already"])
def test_a_task_that_is_not_open_cannot_be_done(session: Session, times: int) -> None:
    task = ask(session).task if times == 2 else 0
    if times == 2:
        done(session, task)
    with pytest.raises(tasks.UnknownTask, match=f"no open task {task}"):
        done(session, task)


def test_a_call_goes_to_another_number_if_that_is_wanted(session: Session) -> None:
    asked = ask(session)
    tasks.move_call(session, asked.task, JUMA)
    assert vault.unseal(session.get_one(Task, asked.task).sealed_number) == JUMA


def test_a_call_taken_back_is_no_longer_open_and_its_number_forgotten(session: Session) -> None:
    asked = ask(session)
    tasks.cancel_call(session, asked.task, NOW)
    task = session.get_one(Task, asked.task)
    assert (task.outcome, task.done_by, task.sealed_number) == ("cancelled", "citizen", None)
    assert queries.open_tasks(session, "kilosa") == []


def test_a_call_taken_back_is_owed_to_nobody(session: Session) -> None:
    ticket = open_ticket(session, institution="kilosa")
    asked = ask(session, ticket=ticket)
    tasks.cancel_call(session, asked.task, NOW)
    assert promise(session, ticket, "call_back").dropped_at == NOW
    assert events_of(session, ticket) == ["opened", "call_asked", "call_cancelled"]
    promises.mark_broken(session, NOW + 5 * DAY)
    assert promise(session, ticket, "call_back").broken_at is None


def test_tasks_due_first_stand_first_and_undated_ones_last(session: Session) -> None:
    undated = ask(session, promised=False, number=JUMA)
    dated = ask(session)
    assert [task.id for task in queries.open_tasks(session)] == [dated.task, undated.task]
