"""Somebody is in danger: who is on duty is rung, one after the other, until one takes it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from conversations.phone import ASHA, NOW, Phone, close_task, everything, the_ticket
from ivr.called import Called
from ivr.caller import Caller
from sqlalchemy import text
from tickets.making import open_ticket
from tickets.posts import PHONES, post
from werkzeug.test import Client

from callcentre import audit, db, people
from callcentre.calls import duty, outgoing
from callcentre.outbox import Message, Result
from callcentre.people import PostRow
from callcentre.tickets import intake, tasks, work
from callcentre.tickets.model import Task, Ticket
from calls.ringing import DAY, HOUR, MINUTE, SECOND, claim, expire, rings, said

ON_DUTY, DEPUTY = "+255712000016", "+255712000017"
NIGHT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past two on a Monday morning
LINE = [ON_DUTY, DEPUTY, PHONES["complaints"], PHONES["executive"]]
TAKEN = "sw/danger_taken"


@pytest.fixture
def posts(client: Client) -> dict[str, int]:
    """A supervisor with a deputy, and those above."""
    given = {"institution": "kilosa"}
    with db.session() as session:
        supervisor = post(session, "supervisor", number=ON_DUTY, **given)
        deputy = post(session, "supervisor", number=DEPUTY, **given)
        session.get_one(PostRow, supervisor).deputy_id = deputy
        return {
            "supervisor": supervisor,
            "deputy": deputy,
            "complaints": post(session, "complaints", **given),
            "executive": post(session, "executive", **given),
        }


def danger(now: datetime = NOW, **changes: Any) -> Ticket:
    with db.session() as session:
        return open_ticket(session, institution="kilosa", danger=True, now=now, **changes)


def the_danger() -> Task:
    [found] = [one for one in everything(Task) if one.kind == "danger"]
    return found


def rung(moment: datetime) -> str | None:
    """Who is rung at this moment; nobody takes it."""
    placings = claim(moment)
    for one in placings:
        said(one, Result("accepted", f"id {one.ring}"), moment)
    return placings[0].to if placings else None


def texts() -> list[Message]:
    return [one for one in everything(Message) if one.key.startswith("danger:")]


def answers(client: Client, wire: str, moment: datetime) -> Called:
    return Called(client, wire, number=ON_DUTY, at=moment, ring=rings()[-1])


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize("moment", [NOW, NIGHT])
def test_who_is_on_duty_is_rung_at_once_at_any_hour_with_an_urgent_sms(moment: datetime) -> None:
    ticket = danger(moment)
    assert rung(moment) == ON_DUTY
    (message,) = texts()
    assert (message.kind, message.next_at, ticket.ref in message.text) == ("urgent", moment, True)
    assert ASHA[4:] not in message.text


@pytest.mark.usefixtures("posts")
def test_the_next_is_rung_after_fifteen_minutes_and_round_again() -> None:
    danger()
    moment, order = NOW, []
    for _ in range(5):
        order.append(rung(moment))
        expire(moment + 10 * MINUTE)
        assert claim(moment + duty.NEXT - SECOND) == []
        moment += duty.NEXT
    assert order == [*LINE, ON_DUTY]
    assert len(texts()) == 5


@pytest.mark.parametrize("wire", ["africastalking", "twilio"])
def test_key_one_takes_it_and_the_reference_is_said_twice(
    posts: dict[str, int], client: Client, wire: str
) -> None:
    ticket = danger()
    (placing,) = claim()
    with db.session() as session:
        session.execute(
            text("UPDATE rings SET provider = :wire, line = :line"),
            {"wire": wire, "line": "+15005550006" if wire == "twilio" else placing.sender},
        )
    phone = answers(client, wire, NOW)
    assert phone.take() == ["sw/whisper_danger"]
    heard = phone.press("1")
    assert heard[0] == f"{TAKEN}.1"
    assert " ".join(phone.said).count(" ".join(phone.digits(ticket.ref))) == 2
    assert phone.wait() == ["sw/bye"]
    phone.hang_up()
    found = everything(Ticket)[0]
    by = f"post:{posts['supervisor']}"
    assert (found.assigned_to, rings()[0].outcome) == (by, "reached")
    assert (the_danger().done_at, the_danger().notes) == (None, [f"taken by {by}"])
    assert claim(NOW + DAY) == []


@pytest.mark.usefixtures("posts")
def test_who_answers_and_presses_nothing_has_not_taken_it(client: Client) -> None:
    danger()
    rung(NOW)
    phone = answers(client, "africastalking", NOW)
    phone.take()
    for _ in range(3):
        phone.wait()
    assert phone.heard == ["sw/bye"]
    phone.hang_up()
    assert everything(Ticket)[0].assigned_to is None
    assert (claim(NOW + duty.NEXT - SECOND), rung(NOW + duty.NEXT)) == ([], DEPUTY)


@pytest.mark.usefixtures("posts")
def test_a_call_of_whose_end_nobody_tells_keeps_nobody_from_the_next(client: Client) -> None:
    danger()
    rung(NOW)
    answers(client, "africastalking", NOW).take()
    assert (expire(NOW + 10 * MINUTE), expire(NOW + duty.NEXT)) == (0, 1)
    assert rung(NOW + duty.NEXT) == DEPUTY


@pytest.mark.usefixtures("posts")
def test_who_takes_it_second_hears_the_reference_and_changes_nothing(client: Client) -> None:
    danger()
    rung(NOW)
    first = rings()[0]
    expire(NOW + 10 * MINUTE)
    rung(NOW + duty.NEXT)
    for ring, number in ((rings()[1], DEPUTY), (first, ON_DUTY)):
        phone = Called(client, number=number, at=NOW + 16 * MINUTE, ring=ring)
        phone.take()
        assert phone.press("1")[0] == f"{TAKEN}.1"
    assert everything(Ticket)[0].assigned_to == f"post:{rings()[1].post_id}"
    assert [one.kind for one in everything(audit.Event)].count("assigned") == 1


@pytest.mark.usefixtures("posts")
def test_once_it_is_taken_elsewhere_or_done_nobody_is_rung() -> None:
    one = danger()
    with db.session() as session:
        ticket = intake.locked(session, one.ref)
        work.assign(session, ticket, unit=None, to="post:1", by="post:1", now=NOW)
    assert (claim(), the_danger().ring_at) == ([], None)


@pytest.mark.usefixtures("posts")
def test_a_task_that_a_person_did_rings_nobody() -> None:
    danger()
    close_task(the_danger())
    assert claim() == []


def test_who_is_away_is_stood_in_for(posts: dict[str, int]) -> None:
    with db.session() as session:
        supervisor = people.find(session, posts["supervisor"])
        people.go_away(session, supervisor, NOW + DAY, NOW)
    danger()
    assert rung(NOW) == DEPUTY
    assert rung(NOW + duty.NEXT) is None  # the first is not over yet
    expire(NOW + duty.NEXT)
    assert rung(NOW + duty.NEXT) == PHONES["complaints"]


@pytest.mark.usefixtures("posts")
def test_who_may_not_hear_of_it_is_passed_over() -> None:
    danger(topic="corruption")
    assert rung(NOW) == PHONES["executive"]


def test_a_deputy_who_sees_no_such_complaints_is_passed_over(posts: dict[str, int]) -> None:
    with db.session() as session:
        session.get_one(PostRow, posts["deputy"]).role = "agent"
    danger()
    rung(NOW)
    expire(NOW + duty.NEXT)
    assert rung(NOW + duty.NEXT) == PHONES["complaints"]


def test_where_nobody_is_on_duty_nobody_is_rung(client: Client) -> None:
    with db.session() as session:
        post(session, "executive", institution="kilosa")
    danger()
    assert (claim(), the_danger().notes, texts()) == ([], ["nobody_on_duty"], [])


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize(
    ("result", "next_at", "whom"),
    [
        pytest.param(Result("again", code="503"), NOW + 10 * SECOND, ON_DUTY, id="not taken"),
        pytest.param(Result("ours", wait=HOUR), NOW + MINUTE, ON_DUTY, id="our own fault"),
        pytest.param(Result("never"), NOW, DEPUTY, id="no such number"),
    ],
)
def test_a_provider_that_rings_nobody_is_asked_again_soon(
    result: Result, next_at: datetime, whom: str
) -> None:
    danger()
    (placing,) = claim()
    said(placing, result)
    assert the_danger().ring_at == next_at
    assert rung(next_at) == whom
    assert len(texts()) == (1 if whom == ON_DUTY else 2)


@pytest.mark.usefixtures("posts")
def test_a_complaint_of_danger_by_sms_or_ussd_rings_too(client: Client) -> None:
    Phone(client).text("KILOSA mume wangu ananipiga, nisaidieni", to="15001")
    assert rung(NOW) == ON_DUTY


@pytest.mark.usefixtures("posts")
def test_a_caller_in_danger_rings_who_is_on_duty_once_and_then_the_next(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("9")  # his phone rings on this call
    assert rung(NOW) is None
    assert rung(NOW + duty.NEXT) not in (None, ON_DUTY)
    assert all(ASHA[4:] not in one.text for one in texts())


@pytest.mark.usefixtures("posts")
def test_who_is_on_duty_and_talks_to_the_caller_has_taken_it(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("9")
    caller.rung("answered", 90)
    assert the_danger().ring_at is None
    assert the_ticket().assigned_to is not None
    assert rung(NOW + duty.NEXT) is None


@pytest.mark.usefixtures("posts")
def test_danger_comes_before_all_other_calls_and_no_limit_holds_it() -> None:
    with db.session() as session:
        for last in range(4):
            tasks.ask_call(
                session,
                institution="kilosa",
                number=f"+25571200020{last}",
                promised=False,
                now=NOW - HOUR,
                beep=True,
            )
    danger()
    with db.session() as session:
        (first,) = outgoing.claim(session, NOW, limit=1)
    assert first.to == ON_DUTY
    assert len(claim(NOW)) == 3  # the line is full, and yet
    danger()
    assert [one.to for one in claim(NOW)] == [ON_DUTY]
