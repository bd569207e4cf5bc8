"""Routes: which one a message takes, when it goes by the next, and when a route is given a rest."""

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from callcentre import db, outbox
from callcentre.outbox import Message, Outgoing, Result, Route
from callcentre.outbox.routes import FAILURES, LONGEST_REST, PAUSE, REST, RouteState
from outbox.posting import (
    ACCEPTED,
    ASHA,
    AT,
    JUMA,
    MINUTE,
    NOW,
    SECOND,
    UNKNOWN,
    again,
    attempts,
    claim,
    claim_one,
    hear,
    post,
)

FIRST, SECOND_ = Route(AT, "15001"), Route("twilio", "HUDUMA")
BOTH = (FIRST, SECOND_)
DOWN = Result("again", code="503")
REFUSED = Result("ours", code="405", wait=timedelta(minutes=10))
ABROAD = "+254712345678"


def post_both(session: Session, **changes: Any) -> Message:
    return post(session, routes=BOTH, **changes)


def fail(session: Session, sent: Outgoing, now: datetime = NOW, result: Result = DOWN) -> None:
    outbox.record(session, sent, result, now)


def take_down(session: Session, now: datetime = NOW, route: Route = FIRST) -> None:
    """A route fails as often as it takes to be given a rest."""
    for number in range(FAILURES):
        post(session, to=f"+25571299{number:04}", routes=(route,), now=now)
    for sent in claim(session, now):
        assert sent.route == route
        fail(session, sent, now)
    session.execute(Message.__table__.update().where(Message.tries > 0).values(cancelled_at=now))
    session.flush()


def state(session: Session, route: Route = FIRST) -> RouteState | None:
    session.flush()
    return session.get(RouteState, tuple(route), populate_existing=True)


# Which way


def test_a_message_goes_by_its_usual_route(session: Session) -> None:
    post_both(session)
    assert claim_one(session).route == FIRST


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(DOWN, id="down"),
        pytest.param(REFUSED, id="our account there"),
        pytest.param(Result("never", code="407", elsewhere=True), id="it reaches no such network"),
    ],
)
def test_what_one_route_does_not_take_goes_by_the_next_at_once(
    session: Session, result: Result
) -> None:
    message = post_both(session)
    fail(session, claim_one(session), result=result)
    other = claim_one(session)
    assert (other.message_id, other.route) == (message.id, SECOND_)
    assert [one.sender for one in attempts(session, message)] == ["15001", "HUDUMA"]


def test_after_the_last_route_it_waits_and_begins_with_the_first(session: Session) -> None:
    post_both(session)
    for _ in BOTH:
        fail(session, claim_one(session))
    assert claim(session, NOW + 29 * SECOND) == []
    assert claim_one(session, NOW + 40 * SECOND).route == FIRST


def test_what_no_route_reaches_is_tried_by_each_once(session: Session) -> None:
    message = post_both(session)
    nowhere = Result("never", code="407", elsewhere=True)
    fail(session, claim_one(session), result=nowhere)
    assert outbox.record(session, claim_one(session), nowhere, NOW) == [message.id]
    assert again(session, message).status == "failed"


def test_a_number_that_is_wrong_is_tried_nowhere_else(session: Session) -> None:
    message = post_both(session)
    fail(session, claim_one(session), result=Result("never", code="403"))
    assert (again(session, message).status, claim(session)) == ("failed", [])


def test_without_an_answer_it_goes_nowhere_else_for_it_may_have_gone(session: Session) -> None:
    post_both(session)
    fail(session, claim_one(session), result=UNKNOWN)
    assert claim(session, NOW + 9 * MINUTE) == []
    assert claim_one(session, NOW + 10 * MINUTE).route == FIRST


def test_an_on_demand_sms_is_answered_by_its_own_line_alone(session: Session) -> None:
    post_both(session, link="L1")
    fail(session, claim_one(session))
    assert claim(session) == []
    assert claim_one(session, NOW + MINUTE).route == FIRST


def test_a_report_that_it_did_not_arrive_sends_it_by_the_next_route(session: Session) -> None:
    message = post_both(session)
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    receipt = outbox.Receipt(AT, "ATXid_1", "failed", "DeliveryFailure", ASHA, again=True)
    assert outbox.receive(session, receipt, NOW + MINUTE) == []
    other = claim_one(session, NOW + MINUTE)
    assert (other.message_id, other.route) == (message.id, SECOND_)


def report_failed(session: Session, id: str, now: datetime, provider: str = AT) -> list[int]:
    receipt = outbox.Receipt(provider, id, "failed", "DeliveryFailure", ASHA, again=True)
    settled = outbox.receive(session, receipt, now)
    session.flush()
    session.expire_all()
    return settled


def test_what_a_network_could_not_deliver_waits_for_the_next_route_and_goes_by_no_route_twice(
    session: Session,
) -> None:
    take_down(session, route=SECOND_)
    message = post_both(session)
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    report_failed(session, "ATXid_1", NOW)
    assert claim(session) == []
    assert NOW + REST <= again(session, message).next_at <= NOW + REST + 5 * SECOND
    other = claim_one(session, message.next_at)
    assert (other.message_id, other.route) == (message.id, SECOND_)


def test_what_was_refused_for_now_begins_anew_where_the_next_route_is_down(
    session: Session,
) -> None:
    take_down(session, route=SECOND_)
    message = post_both(session)
    fail(session, claim_one(session))
    assert claim(session) == []
    assert again(session, message).next_at < NOW + REST
    assert claim_one(session, message.next_at).route == FIRST


def test_abroad_it_waits_for_the_one_route_that_may_write_there(session: Session) -> None:
    abroad = Route("twilio", "+15005550006")
    message = post(session, to=ABROAD, routes=(abroad, FIRST))
    fail(session, claim_one(session))
    assert claim(session) == []
    assert again(session, message).status == "queued"
    assert claim_one(session, NOW + MINUTE).route == abroad


@pytest.mark.parametrize(
    ("second", "status"),
    [
        pytest.param(None, "sending", id="in the air"),
        pytest.param(Result("accepted", "B1"), "sent", id="with a network"),
        pytest.param(UNKNOWN, "queued", id="of a worker that died"),
    ],
)
def test_of_two_attempts_a_report_on_the_first_changes_nothing_for_the_second(
    session: Session, second: Result | None, status: str
) -> None:
    """Else it would go a third time while the second may arrive."""
    message = post_both(session)
    fail(session, claim_one(session), result=Result("unknown", "ATXid_1"))
    later = NOW + 10 * MINUTE
    sent = claim_one(session, later)
    if second is UNKNOWN:
        outbox.expire_claims(session, later + 2 * MINUTE)
        session.expire_all()
    elif second is not None:
        outbox.record(session, sent, second, later)
    before = again(session, message).next_at
    assert report_failed(session, "ATXid_1", later + SECOND) == []
    assert (again(session, message).status, message.next_at) == (status, before)
    assert claim(session, later + 9 * MINUTE) == []


@pytest.mark.parametrize("result", [DOWN, Result("never", code="403"), UNKNOWN])
def test_an_answer_that_comes_late_changes_nothing_for_the_attempt_that_runs(
    session: Session, result: Result
) -> None:
    message = post_both(session)
    late = claim_one(session)
    outbox.expire_claims(session, NOW + 2 * MINUTE)
    session.expire_all()
    later = NOW + 12 * MINUTE
    running = claim_one(session, later)
    assert outbox.record(session, late, result, later) == []
    assert again(session, message).status == "sending"
    outbox.record(session, running, Result("accepted", "B1"), later)
    assert outbox.record(session, late, result, later) == []
    assert again(session, message).status == "sent"


def test_while_it_goes_by_the_next_a_late_proof_of_the_first_is_enough(session: Session) -> None:
    message = post_both(session)
    outbox.record(session, claim_one(session), UNKNOWN, NOW)
    fail(session, claim_one(session, NOW + 10 * MINUTE), NOW + 10 * MINUTE)
    assert hear(session, "delivered", now=NOW + 10 * MINUTE) == [message.id]
    assert again(session, message).status == "delivered"
    assert claim(session, NOW + 3 * 60 * MINUTE) == []


# The circuit breaker


def test_few_failures_do_not_close_a_route_to_others(session: Session) -> None:
    for number in range(FAILURES - 1):
        post(session, to=f"+25571299{number:04}", routes=(FIRST,))
    for sent in claim(session):
        fail(session, sent)
    post_both(session)
    assert claim_one(session).route == FIRST


def test_after_so_many_in_a_row_others_go_by_the_next_route_without_trying(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    take_down(session)
    message = post_both(session)
    assert claim_one(session).route == SECOND_
    assert [one.sender for one in attempts(session, message)] == ["HUDUMA"]
    told = [one for one in caplog.records if one.message == "a route is down, others are used"]
    assert [(one.levelno, one.__dict__["sender"]) for one in told] == [(logging.ERROR, "15001")]


def test_one_that_is_taken_in_between_begins_the_count_anew(session: Session) -> None:
    for number in range(FAILURES - 1):
        post(session, to=f"+25571299{number:04}", routes=(FIRST,))
    for sent in claim(session):
        fail(session, sent)
    post_both(session, to=JUMA)
    outbox.record(session, claim_one(session), ACCEPTED, NOW)
    assert state(session) is None


def test_failures_among_many_that_are_taken_are_not_in_a_row(session: Session) -> None:
    """One in ten fails of those that were claimed together, before anything was known."""
    for number in range(10 * FAILURES):
        post(session, to=f"+25571299{number:04}", routes=(FIRST,))
    for number, sent in enumerate(claim(session)):
        taken = Result("accepted", f"id {number}")
        outbox.record(session, sent, taken if number % 10 else DOWN, NOW)
    assert outbox.troubled(session) == []


def test_what_was_in_the_air_when_it_opened_makes_its_rest_no_longer(session: Session) -> None:
    for number in range(20 * FAILURES):
        post(session, to=f"+25571299{number:04}", routes=(FIRST,))
    for sent in claim(session):
        fail(session, sent)
    assert state(session).probe_at == NOW + REST  # type: ignore[union-attr]


def test_a_route_may_be_down_for_months(session: Session) -> None:
    take_down(session)
    row = state(session)
    assert row is not None
    row.failures = 32_767  # the most that its column holds
    post(session, to=JUMA, routes=(FIRST,))
    fail(session, claim_one(session, NOW + REST), NOW + REST)
    assert state(session).probe_at == NOW + REST + LONGEST_REST  # type: ignore[union-attr]


def test_what_is_taken_late_does_not_close_a_route_that_is_down(session: Session) -> None:
    post(session, to=JUMA, routes=(FIRST,))
    slow = claim_one(session)
    take_down(session)
    outbox.record(session, slow, ACCEPTED, NOW)
    assert state(session) is not None


def test_after_its_rest_one_message_is_the_probe(session: Session) -> None:
    take_down(session)
    for number in (ASHA, JUMA, "+255713000001"):
        post_both(session, to=number)
    routes = [sent.route for sent in claim(session, NOW + REST)]
    assert sorted(routes) == [FIRST, SECOND_, SECOND_]


def test_of_two_claims_at_a_time_one_has_the_probe(database: None) -> None:
    with db.session() as session:
        take_down(session)
        post_both(session, to=ASHA, institution="kilosa", now=NOW - MINUTE)
        post_both(session, to=JUMA)
    with db.session() as one, db.session() as other:  # neither waits for the other's commit
        first = outbox.claim(one, NOW + REST, 1)
        second = outbox.claim(other, NOW + REST, 1)
        assert [sent.route for sent in first + second] == [FIRST, SECOND_]
    with db.session() as later:
        post_both(later, now=NOW)
        assert claim_one(later, NOW + REST).route == SECOND_


def test_a_probe_that_is_taken_closes_it(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    take_down(session)
    post_both(session)
    outbox.record(session, claim_one(session, NOW + REST), ACCEPTED, NOW + REST)
    assert (state(session), outbox.troubled(session)) == (None, [])
    assert "a route works again" in [one.message for one in caplog.records]


def test_each_probe_that_fails_makes_the_rest_longer_up_to_five_minutes(session: Session) -> None:
    take_down(session)
    rests, now = [], NOW
    for number in range(6):
        probe_at = state(session).probe_at  # type: ignore[union-attr]
        assert probe_at is not None
        rests.append(probe_at - now)
        now = probe_at
        post(session, to=f"+25571377{number:04}", routes=(FIRST,), now=now)
        probes = [sent for sent in claim(session, now) if sent.route == FIRST]
        fail(session, probes[0], now)
    assert rests == [REST, 2 * REST, 4 * REST, 8 * REST, LONGEST_REST, LONGEST_REST]


def test_while_every_route_is_down_nothing_is_lost_nor_tried_in_a_frenzy(session: Session) -> None:
    take_down(session, route=FIRST)
    take_down(session, route=SECOND_)
    message = post_both(session)
    assert claim(session) == []
    waiting = again(session, message)
    assert (waiting.status, waiting.tries, attempts(session, message)) == ("queued", 0, [])
    assert NOW + REST <= waiting.next_at <= NOW + REST + 5 * SECOND
    assert claim_one(session, waiting.next_at).message_id == message.id


def test_a_provider_that_asks_for_time_is_not_down(session: Session) -> None:
    for number in range(2 * FAILURES):
        post(session, to=f"+25571299{number:04}", routes=(FIRST,))
    for sent in claim(session):
        fail(session, sent, result=Result("again", code="429", wait=MINUTE))
    assert outbox.troubled(session) == []


# Where we are at fault ourselves


def test_an_account_in_trouble_pauses_its_route_at_once_and_tells_of_it_once(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    post_both(session)
    fail(session, claim_one(session), result=REFUSED)
    post_both(session, to=JUMA)
    assert {sent.route for sent in claim(session)} == {SECOND_}
    assert outbox.paused_untold(session, NOW) == [FIRST]
    assert outbox.paused_untold(session, NOW) == []
    told = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert told == ["a route is paused: mend account or sender, then `callcentre outbox resume`"]


def test_a_route_that_is_down_and_then_refuses_us_is_told_of(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    take_down(session)
    post(session, to=JUMA, routes=(FIRST,))
    fail(session, claim_one(session, NOW + REST), NOW + REST, REFUSED)
    assert state(session).probe_at == NOW + REST + PAUSE  # type: ignore[union-attr]
    assert outbox.paused_untold(session, NOW) == [FIRST]
    assert [one.message.partition(":")[0] for one in caplog.records] == [
        "a route is down, others are used", "a route is paused"
    ]  # fmt: skip


def test_resumed_and_still_refused_it_is_told_of_again(session: Session) -> None:
    post(session, routes=(FIRST,))
    fail(session, claim_one(session), result=REFUSED)
    outbox.paused_untold(session, NOW)
    outbox.resume(session, FIRST, now=NOW + MINUTE)
    assert outbox.paused_untold(session, NOW + MINUTE) == []
    post(session, routes=(FIRST,), to=JUMA, now=NOW + MINUTE)
    fail(session, claim_one(session, NOW + MINUTE), NOW + MINUTE, REFUSED)
    assert outbox.paused_untold(session, NOW + MINUTE) == [FIRST]


def test_a_paused_route_is_tried_again_by_itself_after_ten_minutes(session: Session) -> None:
    post(session, routes=(FIRST,))
    fail(session, claim_one(session), result=REFUSED)
    post_both(session, to=JUMA, now=NOW + PAUSE)
    routes = {sent.route for sent in claim(session, NOW + PAUSE)}
    assert FIRST in routes


def test_mended_it_is_tried_at_once(session: Session) -> None:
    post(session, routes=(FIRST,))
    fail(session, claim_one(session), result=REFUSED)
    assert outbox.resume(session, FIRST, now=NOW + MINUTE)
    post_both(session, to=JUMA, now=NOW + MINUTE)
    assert claim_one(session, NOW + MINUTE).route == FIRST


def test_a_route_that_works_need_not_be_resumed(session: Session) -> None:
    assert not outbox.resume(session, FIRST, now=NOW)


# To whom


@pytest.mark.parametrize(
    ("to", "routes", "kind", "goes"),
    [
        pytest.param(ASHA, BOTH, "notice", FIRST, id="a number of the country"),
        pytest.param(ABROAD, BOTH, "reply", None, id="abroad, by no line abroad"),
        pytest.param(ABROAD, (FIRST, Route("twilio", "+15005550006")), "reply",
                     Route("twilio", "+15005550006"), id="a reply by a line abroad"),
        pytest.param(ABROAD, (Route("twilio", "+15005550006"),), "notice", None,
                     id="a notice abroad"),
        pytest.param("+255900100100", BOTH, "reply", None, id="a premium number"),
        pytest.param("+999123456789", (FIRST, Route("twilio", "+15005550006")), "reply", None,
                     id="a number of no country"),
    ],
)  # fmt: skip
def test_what_is_sent_goes_only_to_numbers_that_may_be_written_to(
    session: Session, to: str, routes: tuple[Route, ...], kind: str, goes: Route | None
) -> None:
    message = post(session, to=to, routes=routes, kind=kind)
    sent = claim(session)
    assert [one.route for one in sent] == ([goes] if goes else [])
    if goes is None:
        assert attempts(session, message)[0].code == "not allowed"
        assert outbox.expire(session, NOW + SECOND) == [message.id]


# A law


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["works", "fails", "rest", "minute"]), max_size=25))
def test_while_a_route_is_down_it_is_tried_once_a_rest_at_the_most(
    schema: None, events: list[str]
) -> None:
    now, tried = NOW, []
    with db._sessions()() as session:
        take_down(session)
        for number, event in enumerate(events):
            now += {"rest": REST, "minute": MINUTE}.get(event, SECOND)
            post_both(session, to=f"+25571{number:07}", now=now)
            down = state(session)
            for sent in claim(session, now):
                if sent.route == FIRST and down is not None and down.opened_at is not None:
                    tried.append(now)
                works = event == "works" or sent.route == SECOND_
                taken = Result("accepted", provider_id=f"id {sent.attempt_id}")
                outbox.record(session, sent, taken if works else DOWN, now)
        session.rollback()
    assert all(later - earlier >= REST for earlier, later in pairwise(tried))
