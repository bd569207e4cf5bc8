"""`callcentre task ...`, as typed."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tickets.making import ASHA, NOW, promises_of

from callcentre import audit, db
from callcentre.calls import outgoing
from callcentre.tickets import tasks
from callcentre.tickets.model import Task
from cli.command import data, fault, said, ticket

pytestmark = pytest.mark.usefixtures("lines")


def call_back(institution: str = "kilosa") -> int:
    with db.session() as session:
        asked = tasks.ask_call(
            session, institution=institution, number=ASHA, promised=True, now=NOW
        )
        return asked.task


def test_list_has_one_row_for_each_thing_to_do() -> None:
    task = call_back()
    assert data("task", "list") == [
        {
            "id": task,
            "kind": "call_back",
            "institution": "kilosa",
            "ticket": None,
            "number": "+2557*****678",
            "due_at": "2026-11-24T15:00:00+03:00",
            "made_at": "2026-11-23T10:00:00+03:00",
            "notes": [],
            "call_at": "2026-11-23T10:01:00+03:00",
            "calls": [],
        }
    ]


def test_list_tells_of_the_calls_that_were_placed() -> None:
    call_back()
    at = NOW + timedelta(minutes=1)
    with db.session() as session:
        outgoing.claim(session, at)
    with db.session() as session:
        outgoing.expire(session, at + outgoing.SILENT)
    (row,) = data("task", "list")
    assert row["calls"] == [{"at": "2026-11-23T10:01:00+03:00", "outcome": "unknown", "post": None}]
    assert "1 unknown, next 2026-11-23T10:26:00+03:00" in said("task", "list")


@pytest.mark.parametrize("way", ["call", "letter", "printed"])
def test_done_tells_how_and_that_keeps_the_promise(way: str) -> None:
    found = ticket()
    with db.session() as session:
        tasks.make(session, found, "prove_acknowledgement", now=NOW)
        task = session.scalars(select(Task.id)).one()
    said("task", "done", str(task), "--by", way)
    with db.session() as session:
        by_kind = {one.kind: one.kept_by for one in promises_of(session, found)}
    assert (by_kind["acknowledge"], by_kind["answer"]) == (way, None)


def test_list_can_be_narrowed_to_an_institution() -> None:
    kilosa, morogoro = call_back(), call_back("morogoro")
    assert [row["id"] for row in data("task", "list")] == [kilosa, morogoro]
    assert [row["id"] for row in data("task", "list", "--institution", "morogoro")] == [morogoro]


def test_list_can_be_read() -> None:
    assert "(none)" in said("task", "list")
    call_back()
    assert "call_back" in said("task", "list")
    assert ASHA not in said("task", "list")


def test_list_reveals_numbers_and_that_is_on_record() -> None:
    task = call_back()
    (row,) = data("task", "list", "--reveal")
    assert row["number"] == ASHA
    with db.session() as session:
        seen = session.scalars(select(audit.Event).where(audit.Event.kind == "number_seen")).one()
        assert (audit.body_of(seen), seen.actor[:4]) == ({"tasks": [task]}, "cli:")


def test_list_without_reveal_leaves_no_trace() -> None:
    call_back()
    said("task", "list")
    with db.session() as session:
        query = select(audit.Event).where(audit.Event.kind == "number_seen")
        assert session.scalars(query).all() == []


def test_done_says_so_once_and_keeps_the_promise() -> None:
    made = ticket()
    with db.session() as session:
        tasks.make(session, made, "prove_acknowledgement", now=NOW)
        task = session.scalars(select(Task.id)).one()
    assert said("task", "done", task, "--outcome", "told her") == f"task {task} done\n"
    with db.session() as session:
        assert promises_of(session, made)[0].kept_by == "call"
        assert session.get_one(Task, task).outcome == "told her"
    assert data("task", "list") == []
    assert fault("task", "done", task) == f"no open task {task}; see `callcentre task list`"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["done", "0"], "no open task 0"),
        (["list", "--institution", "mwanza"], "no institution 'mwanza'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(words: list[str], says: str) -> None:
    assert fault("task", *words).startswith(says)
