"""`callcentre outbox ...`, as typed; and what every command does when its surroundings fail."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from outbox.posting import NOW, post, tried
from sqlalchemy import select

from callcentre import clock, db, outbox
from callcentre.outbox import Message, Result
from cli.command import data, fault, said

pytestmark = pytest.mark.usefixtures("database")


def posted(result: Result | None = None, **changes: Any) -> int:
    with db.session() as session:
        if result is None:
            return post(session, **changes).id
        return tried(session, result, **changes).id


def test_list_has_what_waits_oldest_first() -> None:
    sent, waiting = posted(Result("accepted", "A1")), posted(key="a")
    assert data("outbox", "list") == [
        {
            "id": waiting,
            "key": "a",
            "kind": "reply",
            "status": "queued",
            "next_at": "2026-11-23T07:00:00+00:00",
            "tries": 0,
            "parts": 1,
        }
    ]
    assert sent not in [row["id"] for row in data("outbox", "list")]


def test_list_can_be_read_and_cut_short() -> None:
    assert "(none)" in said("outbox", "list")
    for key in ("a", "b"):
        posted(key=key)
    assert len(data("outbox", "list", "--limit", "1")) == 1
    assert "queued" in said("outbox", "list")


@pytest.mark.parametrize(
    "result", [Result("never", code="403"), Result("again")], ids=["failed", "waiting"]
)
def test_retry_sends_a_failed_or_waiting_message_now(result: Result) -> None:
    message = posted(result)
    assert said("outbox", "retry", message) == f"message {message} goes now\n"
    with db.session() as session:
        again = session.scalars(select(Message)).one()
        assert (again.status, again.tries, again.next_at > NOW) == ("queued", 0, True)


@pytest.mark.parametrize("message", ["away", "not there"])
def test_retry_of_what_cannot_be_sent_is_refused_in_one_line(message: str) -> None:
    id = posted(Result("accepted", "A1")) if message == "away" else 0
    assert fault("outbox", "retry", id) == (
        f"message {id} is with a network, being sent, or not there"
    )


def test_hold_keeps_everything_back_until_release() -> None:
    posted()
    assert said("outbox", "hold", "--reason", "a drill") == (
        "held: 1 wait for `callcentre outbox release`\n"
    )
    (line, *_) = said("outbox", "list").splitlines()
    assert re.fullmatch(
        r"held since 20\S+ by cli:\w+ \(a drill\): 1 wait for `callcentre outbox release`", line
    )
    assert len(data("outbox", "list")) == 1
    with db.session() as session:
        assert outbox.claim(session, clock.now()) == []
    assert said("outbox", "release") == "released: 1 go now, 0 at their time\n"
    assert "held" not in said("outbox", "list")
    with db.session() as session:
        assert len(outbox.claim(session, clock.now())) == 1


def test_what_is_held_is_not_held_again_and_what_is_not_is_not_released() -> None:
    assert fault("outbox", "release") == "the outbox is not held"
    said("outbox", "hold")
    assert fault("outbox", "hold") == (
        "the outbox is held already; `callcentre outbox list` says since when"
    )


# Surroundings


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, with these settings changed."""
    given = {key: value for key, value in (os.environ | environment).items() if value}
    command = [sys.executable, "-m", "callcentre", *words]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


def test_a_database_that_is_away_is_one_line() -> None:
    ended = process(
        "ticket", "list", "--json", DATABASE_URL="postgresql://postgres@/none?host=/nowhere"
    )
    (line,) = ended.stderr.splitlines()
    assert line.startswith("callcentre: the database does not answer (")
    assert line.endswith("; see DATABASE_URL")
    assert (ended.returncode, ended.stdout) == (1, "")


def test_settings_that_are_missing_are_one_line_that_names_them_all() -> None:
    ended = process("ticket", "list", DATABASE_URL="", SECRET_KEY="")
    (line,) = ended.stderr.splitlines()
    assert line.endswith(": DATABASE_URL, SECRET_KEY")
    assert (ended.returncode, ended.stdout) == (1, "")


# Routes, and what they cost


def test_routes_are_the_sms_lines_and_how_each_stands(lines: None) -> None:
    refused = Result("ours", code="405")
    posted(refused, now=clock.now())
    told = {row["sender"]: row for row in data("outbox", "routes")}
    assert set(told) == {"15001", "+15005550006"}
    assert (told["15001"]["state"], told["15001"]["code"]) == ("paused", "405")
    assert told["+15005550006"]["state"] == "works"


def test_a_mended_route_is_tried_again(lines: None) -> None:
    posted(Result("ours", code="405"))
    assert said("outbox", "resume", "africastalking", "15001").startswith("africastalking 15001:")


def test_a_route_that_works_is_not_resumed(lines: None) -> None:
    told = fault("outbox", "resume", "africastalking", "15001")
    assert "is not down; see `callcentre outbox routes`" in told


def test_spending_is_of_today(lines: None) -> None:
    with db.session() as session:
        post(session, now=clock.now())
        outbox.claim(session, clock.now())
    (told,) = data("outbox", "spending")
    assert (told["institution"], told["messages"], told["shillings"]) == ("morogoro", 1, 22.0)
