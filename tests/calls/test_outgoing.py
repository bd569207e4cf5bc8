"""Who is rung, when, how often, and what each answer of a provider leads to."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from conversations.phone import ASHA, JUMA, NOW, block, close_task, everything
from conversations.provider import JSON, Api, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ivr.caller import Caller
from ivr.test_calls_and_recordings import queued
from outbox.surroundings import until
from outbox.test_lock_order import waits
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tickets.making import open_ticket
from werkzeug.test import Client

from callcentre import audit, clock, db, outbox, sweeps, vault
from callcentre.calls import outgoing
from callcentre.calls.outgoing import NOT_PLACED, PAUSES, SILENT, Ring
from callcentre.clock import EAT
from callcentre.outbox import Result, holding
from callcentre.outbox.allowance import Spending
from callcentre.tickets import tasks
from callcentre.tickets.model import Task
from calls.ringing import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    SECOND,
    ask,
    claim,
    expire,
    limited,
    rings,
    said,
    task,
)

pytestmark = pytest.mark.usefixtures("lines")
KILOSA = "+255232623093"
ACCEPTED = Result("accepted", "ATVId_1", "Queued")


# ---- When ------------------------------------------------------------------------------------


def test_who_rang_once_is_rung_at_once_from_the_institutions_hotline() -> None:
    ask()
    (placing,) = claim()
    assert (placing.provider, placing.to, placing.sender) == ("africastalking", ASHA, KILOSA)
    (ring,) = rings()
    assert (ring.request, ring.placed_at, ring.outcome) == (placing.request, NOW, None)


def test_who_asked_in_words_is_off_his_phone_before_it_rings() -> None:
    ask(beep=False)
    assert claim(NOW + 59 * SECOND) == []
    assert len(claim(NOW + MINUTE)) == 1


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment in Dar es Salaam, in 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - 3 * HOUR


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param(at(23, 10), None, id="in office hours"),
        pytest.param(at(23, 8), None, id="as the office opens"),
        pytest.param(at(23, 7, 59), at(23, 8), id="before it opens"),
        pytest.param(at(23, 14, 59), None, id="just before it closes"),
        pytest.param(at(23, 15, 1), at(24, 8), id="after it closed"),
        pytest.param(at(22, 10), at(23, 8), id="on a Sunday"),
        pytest.param(at(27, 22), at(30, 8), id="on a Friday night"),
        pytest.param(at(9, 10, month=12), at(10, 8, month=12), id="on Independence Day"),
    ],
)
def test_it_rings_in_office_hours_only(moment: datetime, opens: datetime | None) -> None:
    ask(now=moment)
    assert len(claim(moment)) == (opens is None)
    assert task().ring_at == opens
    if opens is not None:
        assert len(claim(opens)) == 1


def test_while_more_agents_are_being_rung_than_there_are_threads_nobody_else_is() -> None:
    ask()
    under_way: set[Future[None]] = {Future() for _ in range(sweeps.AT_ONCE + 1)}
    sweeps._ringing.update(under_way)
    try:
        with clock.at(NOW):
            sweeps.ring()
    finally:
        sweeps._ringing.difference_update(under_way)
    assert rings() == []


@pytest.mark.parametrize(
    ("part", "moment", "rings"),
    [
        pytest.param("morning", at(23, 11, 59), None, id="in the morning, as he wishes"),
        pytest.param("morning", at(23, 12), at(24, 8), id="past the morning"),
        pytest.param("morning", at(27, 13), at(30, 8), id="past the morning of a Friday"),
        pytest.param("afternoon", at(23, 11, 59), at(23, 12), id="before the afternoon"),
        pytest.param("afternoon", at(23, 12), None, id="in the afternoon, as he wishes"),
        pytest.param("afternoon", at(23, 15, 1), at(24, 12), id="after the office closed"),
    ],
)
def test_it_rings_in_the_part_of_the_day_that_was_chosen(
    part: str, moment: datetime, rings: datetime | None
) -> None:
    ask(now=moment)
    with db.session() as session:
        tasks.choose_part(session, task().id, part)
    assert len(claim(moment)) == (rings is None)
    assert task().ring_at == rings
    if rings is not None:
        assert len(claim(rings)) == 1


def test_while_a_number_is_in_a_call_with_us_it_is_not_rung(client: Client) -> None:
    ask()
    caller = Caller(client)
    caller.call()
    assert claim() == []
    caller.hang_up()
    assert len(claim(NOW + tasks.STILL_THERE)) == 1


# ---- Who is never rung -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("+254712345678", id="abroad"),
        pytest.param("+255900100100", id="premium"),
    ],
)
def test_a_number_that_is_not_allowed_is_a_persons_to_ring(number: str) -> None:
    ask(number=number)
    assert (claim(), task().notes, task().ring_at) == ([], ["beep", "not_allowed"], None)


def test_a_blocked_number_is_not_rung() -> None:
    ask()
    block(ASHA)
    assert (claim(), task().notes) == ([], ["beep", "blocked"])


def test_who_may_be_in_danger_is_not_rung_unless_he_said_that_it_is_safe() -> None:
    with db.session() as session:
        ticket = open_ticket(session, institution="kilosa", danger=True)
        asked = tasks.ask_call(
            session, institution="kilosa", number=ASHA, promised=True, now=NOW, ticket=ticket
        ).task
    assert (claim(NOW + HOUR), task(asked).notes) == ([], ["not_safe"])


def test_an_institution_without_a_hotline_rings_nobody(database: None) -> None:
    with db.session() as session:
        session.execute(text("SET LOCAL ROLE NONE"))
        session.execute(text("DELETE FROM editions"))
    ask()
    assert (claim(), task().notes) == ([], ["beep", "no_line"])


def test_while_the_outbox_is_held_nobody_is_rung() -> None:
    ask()
    with db.session() as session:
        holding.hold(session, "a restore", by="juma", now=NOW)
    assert claim() == []
    with db.session() as session:
        holding.release(session, by="juma", now=NOW)
    assert len(claim()) == 1


def test_what_is_done_already_is_not_rung() -> None:
    ask()
    close_task(task())
    assert claim() == []


# ---- Limits ----------------------------------------------------------------------------------


def spend(cost: float) -> None:
    with db.session() as session:
        outbox.spend_on_call(session, "kilosa", cost, NOW)


def test_a_budget_that_is_spent_stops_calls_until_the_next_day() -> None:
    ask()
    spend(100_000)
    assert claim() == []
    midnight = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    assert task().ring_at == midnight
    assert (claim(midnight), task().ring_at) == ([], MONDAY + DAY)
    assert len(claim(MONDAY + DAY)) == 1


def test_a_number_is_rung_so_often_in_a_day_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with limited(tmp_path, monkeypatch, "call = 6", "call = 1"):
        ask()
        (first,) = claim()
        said(first, Result("unknown"))
        ask("sengerema")
        assert claim() == []
        assert task(everything(Task)[1].id).ring_at == NOW + HOUR
        assert len(claim(NOW + DAY + HOUR)) == 1


def test_a_line_places_so_many_calls_at_a_time() -> None:
    asked = [ask(number=f"+25571200010{last}") for last in range(5)]
    first, *others = claim()
    assert len(others) == 3
    assert task(asked[-1]).ring_at == NOW + 30 * SECOND
    said(first, Result("never", code="InvalidPhoneNumber"))
    assert len(claim(NOW + 30 * SECOND)) == 1


def test_claims_at_once_keep_the_lines_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other() -> None:
        with db.session() as session:
            session.execute(text("SET LOCAL application_name = 'another claim'"))
            outgoing.claim(session, NOW)

    claiming = threading.Thread(target=other)
    with limited(tmp_path, monkeypatch, "line = 4", "line = 1"):
        ask()
        with db.session() as session:
            outgoing.claim(session, NOW)
            ask(number=JUMA)
            claiming.start()
            until(lambda: waits("another claim") or not claiming.is_alive(), "it waits")
        claiming.join()
    assert len(rings()) == 1


# ---- Attempts --------------------------------------------------------------------------------


def test_three_attempts_with_growing_pauses_then_a_person() -> None:
    ask()
    placed, over = NOW, NOW
    for pause in (*PAUSES, None):
        assert len(claim(placed)) == 1
        over = placed + SILENT
        assert (claim(over), expire(over)) == ([], 1)
        if pause is not None:
            placed = over + pause
            assert task().ring_at == placed
            assert claim(placed - SECOND) == []
    assert (task().ring_at, task().notes, task().rang) == (None, ["beep", "unreached"], 3)
    assert (task().done_at, claim(over + 30 * DAY)) == (None, [])
    assert [ring.outcome for ring in rings()] == ["unknown"] * 3


def test_the_pauses_grow() -> None:
    assert list(PAUSES) == sorted(set(PAUSES))
    assert min(PAUSES) > SILENT


def test_after_the_last_pause_of_a_day_it_rings_in_the_morning() -> None:
    afternoon = at(23, 14, 50)
    ask(now=afternoon)
    claim(afternoon)
    expire(afternoon + SILENT)
    assert (claim(afternoon + SILENT + PAUSES[0]), task().ring_at) == ([], MONDAY + DAY)


def test_who_asks_again_after_three_attempts_is_rung_anew() -> None:
    ask()
    moment = NOW
    for pause in (*PAUSES, timedelta()):
        claim(moment)
        expire(moment + SILENT)
        moment += SILENT + pause
    ask(now=moment)
    assert (task().notes, task().rang, task().ring_at) == (["beep"], 0, moment)
    assert (len(claim(moment)), len(rings())) == (1, 4)


def test_who_asks_again_while_it_is_under_way_is_not_rung_twice() -> None:
    ask()
    claim()
    ask(now=NOW + MINUTE)
    assert (claim(NOW + MINUTE), len(rings())) == ([], 1)


def test_a_task_has_no_second_open_attempt() -> None:
    asked = ask()
    claim()
    with pytest.raises(IntegrityError, match="uq_rings_open"), db.session() as session:
        session.add(Ring(request="x", task_id=asked, provider="twilio", line=KILOSA, placed_at=NOW))


def test_a_worker_killed_before_it_rang_costs_one_attempt() -> None:
    ask()
    claim()  # and then nothing: nobody knows whether it rang
    assert claim(NOW + SILENT - SECOND) == []
    assert expire(NOW + SILENT - SECOND) == 0
    expire(NOW + SILENT)
    assert (task().rang, task().ring_at) == (1, NOW + SILENT + PAUSES[0])


_citizens = count()
steps = st.lists(
    st.tuples(
        st.integers(1, 700), st.sampled_from(["accepted", "unknown", "again", "ours", "never"])
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_whatever_providers_say_nobody_is_rung_a_fourth_time_or_at_night(
    lines: None, steps: list[tuple[int, str]]
) -> None:
    asked, moment = ask(number=f"+2557541{next(_citizens):05}"), NOW
    for minutes, outcome in steps:
        moment += minutes * MINUTE
        for placing in claim(moment):
            said(placing, Result(outcome), moment)
        expire(moment)
    counted = [one for one in rings() if one.task_id == asked and one.outcome not in NOT_PLACED]
    assert len(counted) <= 3
    assert [one.outcome for one in counted[:-1]] == ["unknown"] * len(counted[:-1])
    assert all(8 <= one.placed_at.astimezone(EAT).hour <= 15 for one in counted)
    for one, following in pairwise(counted):
        assert following.placed_at - one.placed_at >= PAUSES[0]
    close_task(task(asked))
    expire(moment + 30 * DAY)


# ---- What a provider says --------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["accepted", "unknown"])
def test_one_that_may_be_ringing_stays_open(outcome: str) -> None:
    ask()
    (placing,) = claim()
    said(placing, Result(outcome, "ATVId_1"))
    (ring,) = rings()
    assert (ring.outcome, ring.call_id, task().ring_at) == (None, "ATVId_1", None)


@pytest.mark.parametrize(
    ("result", "again"),
    [
        pytest.param(Result("again", code="503"), 10 * SECOND, id="the back-off"),
        pytest.param(Result("again", wait=2 * MINUTE), 2 * MINUTE, id="as it says"),
        pytest.param(Result("ours", wait=10 * MINUTE), 10 * MINUTE, id="our own fault"),
    ],
)
def test_where_nobody_was_rung_it_is_no_attempt(result: Result, again: timedelta) -> None:
    asked = ask()
    (placing,) = claim()
    said(placing, result)
    assert (task(asked).rang, task(asked).ring_at) == (0, NOW + again)
    assert rings()[0].outcome in NOT_PLACED


def test_what_is_refused_again_waits_longer() -> None:
    ask()
    moment = NOW
    waits = []
    for _ in range(3):
        (placing,) = claim(moment)
        said(placing, Result("again"), moment)
        at = task().ring_at
        assert at is not None
        waits.append(at - moment)
        moment = at
    assert waits == [10 * SECOND, 30 * SECOND, MINUTE]


def test_a_provider_that_refuses_our_line_is_a_task_to_mend_it() -> None:
    ask()
    (placing,) = claim()
    said(placing, Result("ours", code="InsufficientCredit", wait=10 * MINUTE))
    mend = everything(Task)[1]
    assert (mend.kind, mend.notes) == ("mend_route", [f"africastalking {KILOSA}"])


def test_a_number_that_nobody_has_is_a_persons_to_see_to() -> None:
    ask()
    (placing,) = claim()
    said(placing, Result("never", code="InvalidPhoneNumber"))
    assert (task().notes, task().ring_at, rings()[0].code) == (
        ["beep", "unreached"], None, "InvalidPhoneNumber"
    )  # fmt: skip


# ---- On record -------------------------------------------------------------------------------


def test_each_attempt_about_a_ticket_is_on_its_record() -> None:
    with db.session() as session:
        ticket = open_ticket(session, institution="kilosa")
        tasks.ask_call(
            session, institution="kilosa", number=ASHA, promised=True, now=NOW, ticket=ticket
        )
    claim(NOW + MINUTE)
    expire(NOW + MINUTE + SILENT)
    rung = [one for one in everything(audit.Event) if one.kind == "rung"]
    assert [one.ticket_id for one in rung] == [ticket.id]
    body = audit.body_of(rung[0])
    assert body is not None
    assert (body["outcome"], ASHA in str(body)) == ("unknown", False)


def test_a_request_made_before_joins_the_ticket_that_comes_after() -> None:
    asked = ask()
    with db.session() as session:
        ticket = open_ticket(session, institution="kilosa")
        joined = tasks.ask_call(
            session, institution="kilosa", number=ASHA, promised=True, now=NOW, ticket=ticket
        )
    assert (joined.task, task().ticket_id) == (asked, ticket.id)


def test_who_was_served_when_he_rang_himself_is_not_rung() -> None:
    ask()
    other = ask(number=JUMA)
    with db.session() as session:
        tasks.served(session, institution="kilosa", number=ASHA, now=NOW)
    assert [placing.to for placing in claim()] == [JUMA]
    assert [one.outcome for one in everything(Task)] == ["served", None]
    assert task(other).sealed_number is not None


def test_a_request_about_a_ticket_or_for_a_person_outlasts_another_call() -> None:
    asked = ask()
    with db.session() as session:
        found = session.get_one(Task, asked)
        tasks.leave_to_a_person(session, found, tasks.BY_A_PERSON, NOW)
        tasks.served(session, institution="kilosa", number=ASHA, now=NOW)
    assert task().done_at is None


# ---- At once ---------------------------------------------------------------------------------


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        api.answer = (200, queued(), JSON)
        yield api


def sweep(moment: datetime = NOW) -> None:
    with clock.at(moment):
        sweeps.ring()
    for ringing in list(sweeps._ringing):
        ringing.result()


def test_a_sweep_rings_with_our_own_id_and_writes_down_the_answer(api: Api) -> None:
    ask()
    sweep()
    (asked,) = api.asked
    (ring,) = rings()
    assert (asked.form["to"], asked.form["from"]) == (ASHA, KILOSA)
    assert (asked.form["clientRequestId"], ring.call_id) == (ring.request, "ATVId_1")


def test_two_sweeps_at_once_ring_once(api: Api) -> None:
    for last in range(3):
        ask(number=f"+25571200010{last}")
    begin = threading.Barrier(3)

    def run() -> None:
        begin.wait()
        sweep()

    running = [threading.Thread(target=run) for _ in range(3)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    sweep()
    assert sorted(one.form["to"] for one in api.asked) == [f"+25571200010{n}" for n in range(3)]
    assert len(rings()) == 3


def test_a_provider_that_does_not_answer_is_not_asked_twice(api: Api) -> None:
    api.answer = (200, "<html>", "text/html")
    ask()
    sweep()
    sweep(NOW + MINUTE)
    assert (len(api.asked), rings()[0].outcome) == (1, None)


def test_no_number_stands_in_the_rows_of_calls() -> None:
    ask()
    claim()
    (ring,) = rings()
    assert ring.to_print == vault.fingerprint(ASHA)
    assert everything(Spending) == []
