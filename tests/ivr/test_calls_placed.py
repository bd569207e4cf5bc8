"""Calls that we placed, through the real doors: who answers, who does not, and how often."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from calls.ringing import MINUTE, ask, claim, expire, rings, said, task
from conversations.phone import (
    ASHA,
    JUMA,
    NOW,
    UTUMISHI,
    Phone,
    everything,
    kept_by,
    number_of,
    the_task,
    the_ticket,
)
from ivr.called import Called
from ivr.caller import KILOSA, WIRES, Caller
from tickets.making import open_ticket
from werkzeug.test import Client

from callcentre import db, lines, vault
from callcentre.calls.model import Call
from callcentre.calls.outgoing import PAUSES
from callcentre.cli.processes import ABROAD
from callcentre.outbox import Result
from callcentre.outbox.allowance import Spending
from callcentre.tickets import tasks
from callcentre.tickets.model import Task, Ticket

BEEP, ASKED = ["sw/outbound"], ["sw/outbound_asked"]
MENU = ["sw/main_called.1", "sw/institution.kilosa", "sw/main_called.2"]
ASKED_ON = {"africastalking": KILOSA, "twilio": ABROAD}


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def called(wire: str, client: Client) -> Called:
    """Asha rang once on this wire's line, and is rung."""
    beep = Caller(client, wire)
    beep.call()
    beep.hang_up()
    return ring(client)


def ring(client: Client, moments: timedelta = timedelta()) -> Called:
    """What a sweep does at a moment: the next attempt, accepted by its provider."""
    (placing,) = claim(NOW + moments)
    said(placing, Result("accepted", f"{placing.ring:034x}"))
    return Called(client, placing.provider, number=placing.to, at=NOW + moments, ring=rings()[-1])


# ---- Answered --------------------------------------------------------------------------------


def test_who_rang_once_is_greeted_and_no_office_is_named(called: Called) -> None:
    assert called.take() == BEEP
    assert called.wire == rings()[0].provider
    assert (the_task().done_at, rings()[0].answered_at) == (None, NOW)


def test_key_one_does_the_task_and_leads_on_as_in_any_call(called: Called) -> None:
    called.take()
    assert called.press("1") == MENU
    done = the_task()
    assert (done.done_at, done.done_by, done.outcome) == (NOW, "call", "reached")
    assert (number_of(done), rings()[0].outcome) == (None, "reached")
    called.press("1")
    called.wait()
    assert called.say() == ["sw/confirm"]
    for _ in range(3):
        called.wait()
    called.hang_up()
    assert (the_ticket().channel, number_of(the_ticket())) == ("voice", ASHA)
    assert (claim(NOW + timedelta(days=1)), len(everything(Task))) == ([], 1)


def test_who_asked_in_words_hears_that_he_did_not_ring(client: Client) -> None:
    Phone(client).text("NIPIGIE", to="15001")
    assert ring(client, MINUTE).take() == ASKED


def test_silence_names_nothing_and_ends(called: Called) -> None:
    called.take()
    assert called.wait() == BEEP
    assert (called.wait(), called.waits) == (["sw/bye"], "nothing")
    called.hang_up()
    (found,) = rings()
    assert (found.outcome, found.ended_at) == ("not_pressed", NOW)
    assert (the_task().ring_at, the_task().rang) == (NOW + PAUSES[0], 1)
    assert [one.ticket_id for one in everything(Task)] == [None]


@pytest.mark.parametrize("key", ["0", "2", "*"])
def test_another_key_is_no_yes(called: Called, key: str) -> None:
    called.take()
    heard = called.press(key)
    assert heard[-1:] == BEEP
    assert the_task().done_at is None


def test_nine_says_it_again_and_five_in_english(called: Called) -> None:
    called.take()
    assert called.press("9") == BEEP
    assert called.press("5") == ["en/outbound"]
    assert called.press("1")[0] == "en/main_called.1"


def test_who_hangs_up_before_a_key_is_rung_again_and_hears_the_same(
    called: Called, client: Client
) -> None:
    called.take()
    called.hang_up()
    again = ring(client, PAUSES[0])
    assert (again.take(), again.press("1")) == (BEEP, MENU)
    assert the_task().outcome == "reached"


def test_a_promise_to_call_is_kept_by_the_call(client: Client) -> None:
    with db.session() as session:
        ticket = open_ticket(session, institution="kilosa")
        tasks.ask_call(
            session, institution="kilosa", number=ASHA, promised=True, now=NOW, ticket=ticket
        )
    called = ring(client, MINUTE)
    called.take()
    called.press("1")
    assert kept_by("call_back") == "call"


# ---- Key 0 on such a call --------------------------------------------------------------------


def test_who_wants_a_person_on_our_call_is_not_rung_by_a_machine_again(called: Called) -> None:
    called.take()
    called.press("1")
    called.at = NOW + MINUTE
    assert called.press("0")[0] == "sw/call_me.1"
    called.hang_up()
    _, wanted = everything(Task)
    assert (wanted.notes, wanted.ring_at) == (["by_a_person"], None)
    assert claim(NOW + timedelta(days=1)) == []


def test_who_will_not_be_recorded_is_rung_by_a_person(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("1")
    caller.press("0")
    caller.hang_up()
    assert (the_task().notes, claim(NOW + MINUTE)) == (["by_a_person"], [])


# ---- Not answered ----------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "failed"])
def test_a_call_that_nobody_took_is_told_by_its_end_alone_and_tried_again(
    called: Called, outcome: str
) -> None:
    assert called.not_taken(outcome).status_code == 200
    (found,) = rings()
    assert (found.outcome, found.answered_at) == (outcome, None)
    assert (the_task().ring_at, the_task().rang) == (NOW + PAUSES[0], 1)


def test_doubled_ends_count_once(called: Called) -> None:
    called.not_taken("busy")
    for url, form in list(called.steps) * 2:
        called._send(url, form)
    assert (the_task().rang, the_task().ring_at) == (1, NOW + PAUSES[0])
    assert len(rings()) == len([one for one in everything(Call) if one.direction == "outbound"])


def test_every_request_made_again_changes_nothing(called: Called) -> None:
    called.take()
    called.press("1")
    called.hang_up()
    done = the_task().done_at
    for url, form in list(called.steps):
        called._send(url, form)
        assert called.answer is not None
        assert called.answer.status_code == 200
    assert (the_task().done_at, rings()[0].outcome, len(rings())) == (done, "reached", 1)


def test_events_that_come_before_the_answer_to_our_wish_are_not_undone(
    wire: str, client: Client
) -> None:
    ask(line=ASKED_ON[wire])
    (placing,) = claim()
    called = Called(client, wire, ring=rings()[0])
    called.take()
    called.press("1")
    said(placing, Result("again"))
    assert (rings()[0].outcome, task().outcome) == ("reached", "reached")


def test_an_answer_that_comes_after_the_attempt_was_given_up_counts(
    called: Called, client: Client
) -> None:
    expire(NOW + timedelta(minutes=10))
    assert rings()[0].outcome == "unknown"
    called.take()
    called.press("1")
    assert (rings()[0].outcome, the_task().outcome) == ("reached", "reached")
    assert claim(NOW + timedelta(days=1)) == []


def test_a_provider_that_gives_our_id_back_to_nobody_is_known_by_its_own(called: Called) -> None:
    assert called.ring is not None
    called.ring.request = ""
    called.take()
    called.press("1")
    assert the_task().outcome == "reached"


# ---- What it costs ---------------------------------------------------------------------------


def test_minutes_begun_are_paid_from_the_days_budget_once(called: Called) -> None:
    called.take()
    called.press("1")
    for _ in range(2):
        called.hang_up(seconds=63)
    (spent,) = everything(Spending)
    price = {"africastalking": 300, "twilio": 3000}[called.wire]
    assert (spent.institution, spent.cost, spent.messages) == ("kilosa", price, 0)
    assert rings()[0].cost == price


def test_a_call_that_nobody_took_costs_nothing(called: Called) -> None:
    called.not_taken("no_answer")
    assert everything(Spending) == []


# ---- Who rings in meanwhile ------------------------------------------------------------------


def test_who_leaves_his_complaint_himself_is_not_called_for_it(client: Client) -> None:
    ask()
    caller = Caller(client)
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say()
    caller.hang_up()
    assert (the_task().outcome, claim(NOW + timedelta(hours=1))) == ("served", [])


def test_who_only_rings_once_more_is_still_called(client: Client) -> None:
    ask()
    caller = Caller(client)
    caller.call()
    caller.hang_up()
    assert len(claim(NOW)) == 1


# ---- Who stays unknown -----------------------------------------------------------------------


def test_who_chooses_to_stay_unknown_on_our_call_leaves_no_number(called: Called) -> None:
    called.take()
    called.press("1")
    called.press("1")
    called.wait()
    called.say()
    called.wait()
    called.press("9")
    called.hang_up()
    (found,) = rings()
    assert (the_ticket().identity, found.to_print, found.call_id) == ("anonymous", None, None)
    assert vault.fingerprint(ASHA).hex() not in the_task().key


# ---- From which line -------------------------------------------------------------------------


def test_who_asked_on_a_shared_hotline_is_rung_from_it(client: Client) -> None:
    shared = lines.Line(
        "africastalking", "voice", "+255222000000", ("kilosa", "morogoro"), "kilosa", "Huduma"
    )
    with db.session() as session:
        lines.add(session, shared, NOW)
    beep = Caller(client)
    beep.call("+255222000000")
    beep.hang_up()
    (placing,) = claim()
    assert placing.sender == shared.address


# ---- Every way to ask ------------------------------------------------------------------------


def by_beep(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.hang_up()


def by_silence_after_the_tone(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("1")
    caller.wait()
    caller.hang_up()


def by_key(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("0")
    caller.hang_up()


def by_sms(client: Client) -> None:
    Phone(client).text("Nipigie simu", to="15001")


def by_ussd(client: Client) -> None:
    Phone(client).dial(UTUMISHI, "3")


def for_another_number(client: Client) -> None:
    Phone(client, JUMA).dial(UTUMISHI, "3", "2", "0712345678")


@pytest.mark.parametrize(
    ("asks", "note"),
    [
        (by_beep, ["beep"]),
        (by_silence_after_the_tone, ["beep"]),
        (by_key, []),
        (by_sms, []),
        (by_ussd, []),
        (for_another_number, []),
    ],
)
def test_however_a_call_is_asked_for_it_rings(
    client: Client, asks: Callable[[Client], None], note: list[str]
) -> None:
    asks(client)
    assert (the_task().notes, everything(Ticket)) == (note, [])
    (placing,) = claim(NOW + MINUTE)
    assert placing.to == ASHA
