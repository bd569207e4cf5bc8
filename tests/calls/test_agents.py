"""Agents: who may be rung for a caller, one call at a time, and when again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from conversations.phone import everything
from given import NOW
from people.staff import executive, put

from callcentre import db, people
from callcentre.audit import Event
from callcentre.calls import agents
from callcentre.calls.model import Agent
from callcentre.people import Post
from calls.agents import be, hire, state

pytestmark = pytest.mark.usefixtures("database")
NIGHT = NOW + timedelta(hours=12)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def claim(now: datetime = NOW, but: tuple[int, ...] = ()) -> int | None:
    with db.session() as session:
        post = agents.claim(session, "kilosa", now, connection=None, but=but)
        return post.id if post else None


def come_back(now: datetime) -> None:
    with db.session() as session:
        agents.come_back(session, now)


@pytest.fixture
def two() -> Iterator[list[Post]]:
    yield hire(2)


def test_each_agent_is_claimed_once(two: list[Post]) -> None:
    assert [claim(), claim(), claim()] == [two[0].id, two[1].id, None]


def test_who_was_rung_longest_ago_is_rung_first(two: list[Post]) -> None:
    first = claim()
    assert first == two[0].id
    be(two[0], agents.AVAILABLE)
    with db.session() as session:
        session.get_one(Agent, first).given_at = NOW - MINUTE
    assert claim() == two[1].id


def test_two_callers_never_have_the_same_agent(two: list[Post]) -> None:
    for post in two:
        be(post, agents.AVAILABLE)
    with db.session() as one, db.session() as other, db.session() as third:
        claimed = [agents.claim(each, "kilosa", NOW, connection=None) for each in (one, other)]
        assert claimed == two
        assert agents.claim(third, "kilosa", NOW, connection=None) is None


def test_who_is_named_as_tried_is_left_out(two: list[Post]) -> None:
    assert claim(but=(two[0].id,)) == two[1].id


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"number": None}, id="no telephone"),
        pytest.param({"opens": 11}, id="a later shift"),
        pytest.param({"institution": "sengerema"}, id="another office's"),
        pytest.param({"role": "officer", "unit": None, "title": "Afisa"}, id="no agent"),
    ],
)
def test_who_is_never_rung(changes: dict[str, object]) -> None:
    hire(1, **changes)
    assert claim() is None


@pytest.mark.parametrize("now", [NIGHT, NOW - DAY], ids=["at night", "on a Sunday"])
def test_nobody_is_rung_outside_his_hours(two: list[Post], now: datetime) -> None:
    assert claim(now) is None


def test_who_is_on_leave_is_not_rung(two: list[Post]) -> None:
    with db.session() as session:
        people.go_away(session, two[0], NOW + DAY, NOW)
    assert [claim(), claim()] == [two[1].id, None]


@pytest.mark.parametrize("doing", [agents.IN_CALL, agents.AFTER_CALL, agents.AWAY])
def test_who_is_in_a_call_or_away_is_not_rung(doing: str) -> None:
    [post] = hire()
    be(post, doing)
    assert claim() is None


@pytest.mark.parametrize(
    ("doing", "after", "then"),
    [
        (agents.AFTER_CALL, agents.REST - MINUTE, agents.AFTER_CALL),
        (agents.AFTER_CALL, agents.REST, agents.AVAILABLE),
        (agents.IN_CALL, agents.OFFER, agents.AVAILABLE),
        (agents.AWAY, timedelta(hours=5), agents.AWAY),
        (agents.AWAY, DAY, agents.AVAILABLE),
    ],
)
def test_an_agent_comes_back_by_himself(doing: str, after: timedelta, then: str) -> None:
    [post] = hire()
    be(post, doing)
    come_back(NOW + after)
    assert state(post) == then


def test_there_is_nobody_where_all_said_that_they_are_away(two: list[Post]) -> None:
    for post in two:
        with db.session() as session:
            assert agents.is_anybody(session, "kilosa", NOW)
            agents.say(session, post, agents.AWAY, NOW, by="cli:test")
    with db.session() as session:
        assert not agents.is_anybody(session, "kilosa", NOW)


def test_what_an_agent_says_is_on_record() -> None:
    [post] = hire()
    with db.session() as session:
        agents.say(session, post, agents.AWAY, NOW, by="cli:test")
    assert [one.kind for one in everything(Event)][-1] == "agent_said"


def test_an_agent_in_a_call_cannot_say_that_he_is_away() -> None:
    [post] = hire()
    be(post, agents.IN_CALL)
    with db.session() as session, pytest.raises(agents.NotSo, match="is in a call"):
        agents.say(session, post, agents.AWAY, NOW, by="cli:test")


def test_a_post_that_is_no_agents_says_nothing() -> None:
    with db.session() as session:
        post = put(session, executive())
        with pytest.raises(agents.NotSo, match="no agent's"):
            agents.say(session, post, agents.AWAY, NOW, by="cli:test")


def test_the_list_has_every_agent_whether_he_was_rung_or_not(two: list[Post]) -> None:
    claim()
    with db.session() as session:
        rows = agents.listing(session, ["kilosa"], NOW)
    assert [(row["post"], row["state"], row["on_shift"]) for row in rows] == [
        (two[0].id, agents.IN_CALL, True),
        (two[1].id, agents.AVAILABLE, True),
    ]
