"""`callcentre agent ...`, as typed."""

import pytest
from calls.agents import be, hire, state
from conversations.phone import everything
from given import NOW

from callcentre import db
from callcentre.audit import Event
from callcentre.calls import agents
from callcentre.calls.model import Agent, Connection
from callcentre.people import Post
from cli.command import data, fault, run, said, ticket

pytestmark = pytest.mark.usefixtures("lines")


@pytest.fixture
def post() -> Post:
    return hire()[0]


def talked(post: Post) -> int:
    """A call that this agent has just had; its number."""
    with db.session() as session:
        made = Connection(
            institution="kilosa",
            danger=False,
            asked_at=NOW,
            post_id=post.id,
            taken_at=NOW,
            ended_at=NOW,
            outcome="talked",
            seconds=60,
        )
        session.add(made)
        session.flush()
        session.merge(
            Agent(post_id=post.id, state=agents.AFTER_CALL, since=NOW, connection_id=made.id)
        )
        return made.id


def test_list_has_every_agent_and_what_he_does(post: Post) -> None:
    be(post, agents.AWAY)
    [row] = data("agent", "list", "--institution", "kilosa")
    assert (row["post"], row["state"], row["since"]) == (
        post.id,
        "away",
        "2026-11-23T10:00:00+03:00",
    )


def test_list_names_the_ticket_of_the_call(post: Post) -> None:
    call, found = talked(post), ticket()
    with db.session() as session:
        session.get_one(Connection, call).ticket_id = found.id
    [row] = data("agent", "list", "--institution", "kilosa")
    assert (row["state"], row["call"], row["ticket"]) == ("after_call", call, found.ref)


def test_away_and_available_change_the_state(post: Post) -> None:
    assert said("agent", "away", str(post.id)) == f"post {post.id} is not rung today\n"
    assert state(post) == agents.AWAY
    assert said("agent", "available", str(post.id)) == f"post {post.id} may be rung\n"
    assert state(post) == agents.AVAILABLE


def test_an_agent_in_a_call_is_told_to_wait(post: Post) -> None:
    be(post, agents.IN_CALL)
    assert "is in a call" in fault("agent", "away", str(post.id))


def test_a_post_that_is_not_there_is_named() -> None:
    assert "no post 999999" in fault("agent", "away", "999999")


def test_a_code_lets_the_agent_be_rung_again(post: Post) -> None:
    call = talked(post)
    assert said("agent", "wrap-up", str(call), "1") == f"call {call}: Limejibiwa papo hapo\n"
    assert state(post) == agents.AVAILABLE
    [wrapped] = [one for one in everything(Event) if one.kind == "call_wrapped_up"]
    assert wrapped.ticket_id is None


def test_a_call_is_put_on_a_ticket_that_shows_it(post: Post) -> None:
    call, found = talked(post), ticket()
    said("agent", "wrap-up", str(call), "2", "--ticket", found.ref)
    [shown] = data("ticket", "show", found.ref)["calls"]
    assert (shown["id"], shown["post"], shown["wrap_up"]) == (call, post.id, "complaint")
    assert "call_wrapped_up" in said("ticket", "show", found.ref, "--json")
    assert "complaint" in said("ticket", "show", found.ref)


def test_no_call_is_put_on_a_ticket_without_a_name(post: Post) -> None:
    call, found = talked(post), ticket(identity="anonymous")
    told = fault("agent", "wrap-up", str(call), "2", "--ticket", found.ref)
    assert told == f"{found.ref} was made without a name: no call is put on it"
    assert state(post) == agents.AFTER_CALL


def test_a_call_that_nobody_took_has_no_code() -> None:
    assert "no call 999999" in fault("agent", "wrap-up", "999999", "1")


def test_the_codes_are_in_the_help() -> None:
    assert "7  Dharura (An emergency)" in run("agent", "wrap-up", "--help").output
