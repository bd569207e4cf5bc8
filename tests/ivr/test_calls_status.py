"""Following a complaint by voice, what was promised, and danger; on both providers' wires."""

import pytest
from conversations.phone import (
    JUMA,
    NOW,
    TO_THE_WORDS,
    Phone,
    everything,
    kept_by,
    the_task,
    the_ticket,
)
from ivr.caller import WIRES, Caller
from people.staff import executive, put
from werkzeug.test import Client

from callcentre import db, lines
from callcentre.calls.model import RecordingRow
from callcentre.outbox import Message
from callcentre.tickets import intake, work
from callcentre.tickets.model import Task, Ticket

KILOSA = "*149*53#"


@pytest.fixture(params=WIRES)
def caller(request: pytest.FixtureRequest, client: Client) -> Caller:
    return Caller(client, request.param)


@pytest.fixture
def filed(client: Client) -> Ticket:
    """A complaint at Kilosa, filed on a screen from Asha's own phone, with the code 1234."""
    Phone(client).dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki Buguruni", "1", "3", "1234", "9")
    return the_ticket()


def answer(ticket: Ticket, words: str = "Bomba limetengenezwa") -> None:
    with db.session() as session:
        found = intake.locked(session, ticket.ref)
        work.answer(session, found, words, edition=lines.newest(session), by="afisa", now=NOW)


def follow(caller: Caller) -> list[str]:
    caller.call()
    return caller.press("2")


def test_ones_own_number_hears_where_its_complaint_stands(caller: Caller, filed: Ticket) -> None:
    follow(caller)
    said = " ".join(caller.said)
    assert said.startswith(
        "Lalamiko lako la Jumatatu tarehe ishirini na tatu mwezi wa kumi na moja limepokelewa"
    )
    assert "Kuongeza maelezo, bonyeza moja." in said
    assert "Kusikiliza majibu" not in said


def test_silence_after_the_status_ends_the_call(caller: Caller, filed: Ticket) -> None:
    status = follow(caller)
    assert caller.wait() == status
    assert caller.wait() == ["sw/bye"]


def test_words_are_added_by_voice(caller: Caller, filed: Ticket) -> None:
    follow(caller)
    assert (caller.press("1"), caller.waits) == (["sw/add"], "recording")
    assert caller.say() == ["sw/added", "sw/bye"]
    [recording] = everything(RecordingRow)
    assert (recording.ticket_id, recording.kind) == (filed.id, "addition")


def test_who_is_cut_off_while_adding_has_added_it(caller: Caller, filed: Ticket) -> None:
    follow(caller)
    caller.press("1")
    caller.hang_up(said=6)
    [recording] = everything(RecordingRow)
    assert (recording.ticket_id, recording.kind) == (filed.id, "addition")


def test_why_this_date_is_said(caller: Caller, filed: Ticket) -> None:
    follow(caller)
    caller.press("5")
    assert " ".join(caller.said).startswith("Lilipokelewa Jumatatu tarehe ishirini na tatu")
    assert "siku sitini za kazi, yaani miezi mitatu" in " ".join(caller.said)


def test_an_answer_is_heard_from_the_confirmed_number_and_judged(
    caller: Caller, filed: Ticket
) -> None:
    answer(filed)
    follow(caller)
    assert caller.press("4")[0] == "sw/recorded_answer"
    assert "say:Bomba limetengenezwa" in caller.heard
    assert caller.said[-1].startswith("Umeridhika na majibu haya?")
    assert kept_by("answer") == "read"
    assert caller.press("1") == ["sw/satisfied", "sw/bye"]
    assert the_ticket().satisfied_at == NOW


def test_who_is_not_satisfied_goes_a_level_up(caller: Caller, filed: Ticket) -> None:
    answer(filed)
    follow(caller)
    assert caller.press("2")[:2] == ["sw/unsatisfied_ask", "sw/unsatisfied_higher"]
    caller.press("1")
    assert caller.said[0] == "Samahani hatukukuridhisha. Lalamiko lako sasa lipo kwa"
    assert the_ticket().level == 2


def test_the_commissions_address_is_heard(caller: Caller, filed: Ticket) -> None:
    answer(filed)
    follow(caller)
    caller.press("2")
    caller.press("2")
    assert "Tume ya Haki za Binadamu na Utawala Bora" in " ".join(caller.said)


def test_a_call_about_a_ticket_is_promised(caller: Caller, filed: Ticket) -> None:
    follow(caller)
    assert caller.press("3")[0] == "sw/call_me.1"
    assert (the_task().kind, the_task().ticket_id) == ("call_back", filed.id)


def test_another_phone_needs_reference_and_code(caller: Caller, filed: Ticket) -> None:
    caller.number = JUMA
    assert follow(caller) == ["sw/no_tickets", "sw/status_ask"]
    assert caller.press(f"{filed.ref.replace('-', '')}#") == ["sw/status_code"]
    assert caller.press("9999#") == ["sw/not_found", "sw/status_ask"]
    caller.press(f"{filed.ref.replace('-', '')}#")
    caller.press("1234#")
    assert caller.said[0] == "Lalamiko lako la"


def test_an_answer_is_heard_elsewhere_by_the_code_alone(caller: Caller, filed: Ticket) -> None:
    answer(filed)
    caller.number = JUMA
    follow(caller)
    caller.press(f"{filed.ref.replace('-', '')}#")
    caller.press("1234#")
    caller.press("4")
    assert "say:Bomba limetengenezwa" in caller.heard


def test_without_code_or_confirmed_number_no_word_is_said(caller: Caller) -> None:
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say()
    caller.hang_up()
    answer(the_ticket())
    follow(caller)
    assert caller.press("4") == ["sw/status_code"]
    assert caller.press("0000#")[0] == "sw/no_answer"


def test_reference_that_never_comes_ends_in_a_call(caller: Caller) -> None:
    follow(caller)
    caller.wait()
    caller.wait()
    assert caller.wait()[0] == "sw/call_me.1"


@pytest.mark.parametrize(
    ("key", "begins"),
    [
        ("1", "Halmashauri ya Kilosa"),
        ("2", "Haki zako ni hizi."),
        ("3", "Wajibu wako ni huu."),
        ("4", "Usiporidhika, lalamiko lako"),
    ],
)
def test_rights_and_promises_are_the_charters_own(caller: Caller, key: str, begins: str) -> None:
    caller.call()
    caller.press("3")
    caller.press(key)
    assert caller.said[0].startswith(begins)
    assert caller.heard[-1] == "sw/rights_menu"


# ---- Danger ----------------------------------------------------------------------------------


@pytest.fixture
def duty(client: Client) -> None:
    """Somebody is on duty at Kilosa."""
    with db.session() as session:
        put(session, executive(institution="kilosa", role="supervisor", title="Zamu"))


def test_danger_is_offered_only_where_somebody_is_on_duty(caller: Caller, duty: None) -> None:
    assert caller.call()[-1] == "sw/danger"


def test_danger_makes_a_ticket_at_the_key_and_writes_to_nobody(caller: Caller, duty: None) -> None:
    caller.call()
    caller.press("9")
    assert caller.rung("no-answer")[1] == "sw/danger_numbers.1"
    assert the_ticket().danger_at == NOW
    assert {task.kind for task in everything(Task)} == {"danger", "danger_next_day"}
    assert (caller.wait(), caller.waits) == (["sw/danger_record"], "recording")
    assert caller.say() == ["sw/safe"]
    caller.hang_up()
    assert everything(Message) == []
    [recording] = everything(RecordingRow)
    assert recording.ticket_id == the_ticket().id


def test_who_says_that_the_phone_is_safe_is_written_to(caller: Caller, duty: None) -> None:
    caller.call()
    caller.press("9")
    caller.rung("no-answer")
    caller.wait()
    caller.say()
    assert caller.press("1") == ["sw/bye"]
    assert the_ticket().number_confirmed_at == NOW
