"""Agents who are rung for those who wait: through whom, and what comes of that."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conversations.phone import NOW, everything
from conversations.provider import JSON, Api, serving
from ivr.caller import KILOSA, Caller
from werkzeug.test import Client

from callcentre import clock, db, sweeps
from callcentre.calls import agents, connections, register
from callcentre.calls.events import DialResult
from callcentre.calls.model import Call, Connection
from callcentre.people import Post
from calls.agents import PHONES, be, hire, state, waiting

REFUSED = json.dumps({"entries": [], "errorMessage": "Invalid callerId: 0232623093"})


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


@pytest.fixture
def post(api: Api, client: Client) -> Post:
    """An agent who has just become free, while somebody waits for him."""
    [post] = hire()
    be(post, agents.IN_CALL)
    caller = Caller(client)
    caller.call()
    caller.press("0")
    caller.wait()
    be(post, agents.AVAILABLE)
    return post


def sweep(after: timedelta = timedelta()) -> None:
    with clock.at(NOW + after):
        sweeps.ring_agents()
        for ringing in list(sweeps._ringing):
            ringing.result()


def answer(status: str) -> tuple[int, str, str]:
    entry = {"phoneNumber": PHONES[0], "status": status, "sessionId": "ATVId_1"}
    return 200, json.dumps({"entries": [entry], "errorMessage": "None"}), JSON


def test_the_agents_phone_shows_the_number_that_was_called(post: Post, api: Api) -> None:
    api.answer = answer("Queued")
    sweep()
    [asked] = api.asked
    assert (asked.form["from"], asked.form["to"]) == (KILOSA, PHONES[0])
    assert asked.form["clientRequestId"] == f"agent:{post.id}"
    assert state(post) == agents.IN_CALL


def test_one_agent_is_rung_for_one_who_waits(post: Post, api: Api) -> None:
    api.answer = answer("Queued")
    _, other = hire(2)
    sweep()
    sweep(timedelta(seconds=5))
    assert (len(api.asked), state(other)) == (1, agents.AVAILABLE)


def test_a_call_that_is_refused_is_not_asked_for_again_at_once(post: Post, api: Api) -> None:
    api.answer = (200, REFUSED, JSON)
    sweep()
    sweep(timedelta(seconds=5))
    assert (len(api.asked), state(post)) == (1, agents.AFTER_CALL)


def test_a_call_of_which_nothing_is_heard_gives_the_agent_back(post: Post, api: Api) -> None:
    api.answer = (200, "upuuzi", "text/plain")
    sweep()
    assert state(post) == agents.IN_CALL
    sweep(agents.OFFER)
    assert len(api.asked) == 2


def test_what_is_no_request_of_ours_names_no_post() -> None:
    for request in (None, "", "agent:", "agent:x", "agent:-1", "leg:7", "agent:1" + 20 * "0"):
        assert connections.post_of(Call(request=request)) is None
    assert connections.post_of(Call(request="agent:17")) == 17


def test_a_ring_before_the_queue_says_nothing_of_the_talk_after_it(database: None) -> None:
    one = waiting(taken_at=NOW)
    with db.session() as session:
        found = session.get_one(Connection, one)
        busy = DialResult(PHONES[0], "busy")
        assert not connections.hung_up(session, found, busy, NOW + timedelta(minutes=1))
        assert (found.outcome, found.seconds) == ("talked", 60)


def test_who_chooses_to_stay_unknown_leaves_no_way_to_his_call(post: Post) -> None:
    with db.session() as session:
        [call] = session.query(Call).all()
        register.forget(session, call)
    [connection] = everything(Connection)
    assert connection.call_id is None
