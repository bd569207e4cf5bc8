"""A complaint by voice, from the first word to the ticket, on both providers' wires."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conversations.phone import (
    ASHA,
    JUMA,
    NOW,
    block,
    everything,
    kept_by,
    number_of,
    secrets_kept,
    take_away_the_database,
    the_message,
    the_task,
    the_ticket,
)
from ivr.caller import WIRES, Caller
from werkzeug.test import Client

from callcentre import vault
from callcentre.calls.model import Call, RecordingRow
from callcentre.outbox import Message
from callcentre.tickets.model import Promise, Task, Ticket

MAIN = ["sw/main.1", "sw/institution.kilosa", "sw/main.2"]
SUNDAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.fixture(params=WIRES)
def caller(request: pytest.FixtureRequest, client: Client) -> Caller:
    return Caller(client, request.param)


def the_call() -> Call:
    calls = everything(Call)
    assert len(calls) == 1
    return calls[0]


def the_recording() -> RecordingRow:
    recordings = everything(RecordingRow)
    assert len(recordings) == 1
    return recordings[0]


def complain(caller: Caller, seconds: int = 12) -> None:
    """Up to the question that follows what was said."""
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say(seconds)


# ---- A whole complaint -----------------------------------------------------------------------


def test_one_key_and_the_words_make_a_ticket_with_its_reference_said_twice(
    caller: Caller,
) -> None:
    assert caller.call() == MAIN
    assert caller.press("1") == ["sw/record", "sw/record_refuse"]
    assert (caller.wait(), caller.waits) == ([], "recording")
    assert caller.say() == ["sw/confirm"]
    assert caller.wait() == ["sw/identity"]
    caller.wait()
    ticket = the_ticket()
    reference = " ".join(caller.digits(ticket.ref))
    assert " ".join(caller.said).count(reference) == 2
    assert caller.said[-1].startswith("Usipoandika namba")
    assert caller.wait() == ["sw/bye"]
    assert (ticket.channel, ticket.words, ticket.institution) == ("voice", "", "kilosa")
    assert number_of(ticket) == ASHA


def test_the_recording_is_the_tickets_words(caller: Caller) -> None:
    complain(caller)
    recording = the_recording()
    assert (recording.ticket_id, recording.kind) == (the_ticket().id, "words")
    assert any(caller.recordings[0] in kept for kept in secrets_kept())


def test_the_reference_heard_to_its_end_keeps_the_acknowledgement(caller: Caller) -> None:
    complain(caller)
    caller.wait()
    caller.wait()
    assert kept_by() is None
    caller.wait()
    assert kept_by() == "heard"


def test_the_acknowledgement_waits_for_the_end_and_names_no_office(caller: Caller) -> None:
    complain(caller)
    for _ in range(3):
        caller.wait()
    assert the_message().held
    caller.hang_up()
    message = the_message()
    assert (message.held, "Kilosa" in message.text) == (False, False)
    assert message.text.startswith("Huduma kwa Mteja: ombi lako")


def test_the_call_keeps_its_times_and_its_ticket(caller: Caller) -> None:
    complain(caller)
    caller.hang_up(seconds=63)
    call = the_call()
    assert (call.seconds, call.ticket_id, call.outcome) == (63, the_ticket().id, "answered")
    assert (call.recorded, call.direction, call.ended_at) == (True, "inbound", NOW)
    assert call.cost == (157.5 if caller.wire == "africastalking" else None)


# ---- Cut off ---------------------------------------------------------------------------------


def test_who_hangs_up_while_speaking_has_sent_it(caller: Caller) -> None:
    caller.call()
    caller.press("1")
    caller.wait()
    caller.hang_up(said=7)
    ticket = the_ticket()
    assert the_recording().ticket_id == ticket.id
    assert the_message().text.startswith("Simu ilikatika, lakini maelezo yako yamehifadhiwa")
    assert (ticket.ref in the_message().text, the_message().held) == (True, False)
    assert everything(Task) == []


@pytest.mark.parametrize("waits", [0, 1, 2])
def test_who_hangs_up_before_the_reference_was_said_reads_it(caller: Caller, waits: int) -> None:
    complain(caller)
    for _ in range(waits):
        caller.wait()
    caller.hang_up()
    assert the_message().text.startswith("Simu ilikatika")
    assert kept_by() is None


def test_who_stays_while_the_reference_is_said_twice_has_heard_it(caller: Caller) -> None:
    complain(caller)
    caller.wait()
    caller.wait()
    caller.at = NOW + timedelta(seconds=50)
    caller.hang_up()
    assert kept_by() == "heard"


def test_words_that_began_and_never_came_are_asked_for(caller: Caller) -> None:
    caller.call()
    caller.press("1")
    caller.wait()
    caller.hang_up()
    assert (everything(Ticket), the_task().kind, number_of(the_task())) == ([], "call_back", ASHA)


def test_a_recording_told_of_after_the_end_is_a_ticket_all_the_same(client: Client) -> None:
    caller = Caller(client, "twilio")
    caller.call()
    caller.press("1")
    caller.wait()
    caller.hang_up()
    caller.told_of(recording="RE1")
    assert the_recording().ticket_id == the_ticket().id
    assert the_message().text.startswith("Simu ilikatika")


# ---- Told more than once ---------------------------------------------------------------------


def test_every_request_made_again_changes_nothing(caller: Caller) -> None:
    caller.call()
    for do in (lambda: caller.press("1"), caller.wait, caller.say, caller.wait, caller.wait):
        said, url = do(), caller.url
        assert (caller.again(), caller.url) == (said, url)
    ticket = the_ticket()
    caller.wait()
    caller.hang_up()
    for url, form in list(caller.steps):
        caller._send(url, form)
        assert caller.answer is not None
        assert caller.answer.status_code == 200
    assert (the_ticket().ref, len(everything(Call))) == (ticket.ref, 1)
    assert (len(everything(Message)), the_recording().ticket_id) == (1, ticket.id)
    assert everything(Task) == []


def test_a_doubled_end_is_counted_once(caller: Caller) -> None:
    complain(caller)
    caller.hang_up(seconds=63)
    caller.again()
    assert (the_call().seconds, the_message().held) == (63, False)


def test_after_the_end_nothing_more_is_said(caller: Caller) -> None:
    complain(caller)
    step = len(caller.steps) - 1
    caller.hang_up()
    assert caller.again(step) == []
    assert caller.waits == "nothing"


# ---- Nothing said ----------------------------------------------------------------------------


def test_a_call_without_a_key_or_a_word_is_called_back_once(caller: Caller) -> None:
    for _ in range(2):
        caller.call()
        caller.hang_up(seconds=4)
    assert (the_task().kind, number_of(the_task())) == ("call_back", ASHA)
    assert the_task().due_at is not None  # Kilosa promises one within a working day


def test_the_second_silence_leads_straight_to_the_words(caller: Caller) -> None:
    assert caller.call() == MAIN
    assert caller.wait() == MAIN
    assert caller.wait() == ["sw/silence", "sw/record"]
    assert (caller.wait(), caller.waits) == ([], "recording")
    caller.hang_up(said=5)
    assert the_recording().ticket_id == the_ticket().id


def test_who_says_nothing_twice_is_called_back(caller: Caller) -> None:
    caller.call()
    caller.press("1")
    caller.wait()
    assert (caller.say(0), caller.waits) == (["sw/silence"], "recording")
    assert caller.say(0)[0] == "sw/call_me.1"
    assert (the_task().kind, everything(Ticket)) == ("call_back", [])


# ---- Recorded anew, unknown, not recorded ----------------------------------------------------


def test_what_was_said_can_be_heard_and_said_anew(caller: Caller) -> None:
    complain(caller)
    said = caller.press("2")
    assert (caller.recordings[0] in said[0], said[1:]) == (True, ["sw/confirm"])
    assert (caller.press("3"), caller.waits) == (["sw/record_again"], "recording")
    caller.say(9)
    first, second = everything(RecordingRow)
    assert (first.dropped_at is None, second.dropped_at) == (False, None)
    assert second.ticket_id == the_ticket().id


def test_what_was_said_stays_where_nothing_is_said_anew(caller: Caller) -> None:
    complain(caller)
    caller.press("3")
    caller.hang_up()
    assert the_recording().dropped_at is None


def test_who_wants_to_stay_unknown_leaves_the_words_and_no_number(caller: Caller) -> None:
    complain(caller)
    caller.wait()
    caller.press("9")
    ticket, call = the_ticket(), the_call()
    code = caller.code_after(ticket.ref)
    assert (ticket.identity, number_of(ticket), len(code)) == ("anonymous", None, 4)
    assert (call.sealed_number, call.number_print, call.ticket_id) == (None, None, None)
    assert (the_recording().ticket_id, the_recording().call_id) == (ticket.id, None)
    caller.wait()
    caller.hang_up()
    assert kept_by() == "heard"
    assert (the_message().cancelled_at is None, the_message().sealed_to) == (False, None)
    assert ASHA not in secrets_kept()
    fresh = replace(caller, number=JUMA)
    fresh.call()
    fresh.press("2")
    fresh.press(f"{ticket.ref.replace('-', '')}#")
    fresh.press(f"{code}#")
    assert fresh.said[0] == "Lalamiko lako la"


def test_who_will_not_be_recorded_is_called_by_somebody_who_writes(caller: Caller) -> None:
    caller.call()
    caller.press("1")
    assert caller.press("0")[0] == "sw/unrecorded_call_me"
    assert (the_task().kind, the_call().recorded) == ("call_back", False)


# ---- Hours -----------------------------------------------------------------------------------


def test_out_of_hours_the_words_come_at_once_and_a_call_is_asked_for(caller: Caller) -> None:
    caller.at = SUNDAY
    heard = caller.call()
    assert heard[0] == "sw/closed.1"
    assert heard[1:4] == ["sw/weekday.1", "sw/date.23", "sw/month.11"]
    assert heard[-1] == "sw/record"
    caller.wait()
    caller.say()
    caller.wait()
    caller.wait()
    assert (the_task().kind, the_task().ticket_id) == ("call_back", the_ticket().id)


def test_out_of_hours_who_is_cut_off_is_called_too(caller: Caller) -> None:
    caller.at = SUNDAY
    caller.call()
    caller.wait()
    caller.hang_up(said=8)
    assert (the_task().kind, the_task().ticket_id) == ("call_back", the_ticket().id)


# ---- Keys that every question has -----------------------------------------------------------


def test_zero_asks_for_a_call_which_can_be_taken_back(caller: Caller) -> None:
    caller.call()
    assert caller.press("0")[0] == "sw/call_me.1"
    assert number_of(the_task()) == ASHA
    assert caller.press("3") == ["sw/call_cancelled", "sw/bye"]
    assert the_task().outcome == "cancelled"


def test_the_call_may_go_to_another_number_which_is_read_back(caller: Caller) -> None:
    caller.call()
    caller.press("0")
    assert caller.press("2") == ["sw/call_number"]
    assert caller.press("0754000009#")[0] == "sw/call_number_read.1"
    assert caller.press("1") == ["sw/bye"]
    assert number_of(the_task()) == JUMA


def test_the_part_of_the_day_of_the_call_may_be_chosen(caller: Caller) -> None:
    caller.call()
    caller.press("0")
    assert caller.press("4") == ["sw/call_part"]
    assert caller.press("2") == ["sw/bye"]
    assert the_task().part_of_day == "afternoon"


def test_five_speaks_the_other_language_and_the_number_keeps_it(caller: Caller) -> None:
    caller.call()
    assert caller.press("5")[0] == "en/main.1"
    caller.hang_up()
    assert caller.call()[0] == "en/main.1"


def test_nine_says_it_again_and_star_goes_back(caller: Caller) -> None:
    caller.call()
    menu = caller.press("3")
    assert caller.press("9") == menu
    assert caller.press("*") == MAIN


def test_a_wrong_key_is_told_and_the_second_leads_on(caller: Caller) -> None:
    caller.call()
    assert caller.press("7") == ["sw/invalid", *MAIN]
    assert caller.press("8") == ["sw/silence", "sw/record"]


def test_of_keys_hammered_the_first_counts(caller: Caller) -> None:
    caller.call()
    assert caller.press("11") == ["sw/record", "sw/record_refuse"]


# ---- Who calls -------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["anonymous", "sip:asha@example.tz", "", "+266696687"])
def test_a_withheld_number_makes_a_nameless_complaint(caller: Caller, written: str) -> None:
    caller.number = written
    complain(caller)
    caller.wait()
    assert caller.heard[0] == "sw/ref_nameless.1"
    assert (the_ticket().identity, the_call().withheld) == ("anonymous", True)


def test_a_withheld_beep_is_nobodys_to_call(caller: Caller) -> None:
    caller.number = "anonymous"
    caller.call()
    caller.hang_up()
    assert everything(Task) == []


def test_a_blocked_number_hears_that_there_is_nothing(caller: Caller) -> None:
    block(ASHA)
    assert caller.call() == ["sw/blocked"]
    caller.hang_up()
    assert everything(Task) == []


def test_one_phone_on_two_calls_makes_two_complaints(client: Client) -> None:
    one, other = Caller(client), Caller(client)
    for each in (one, other):
        each.call()
        each.press("1")
    for each in (other, one):
        each.wait()
        each.say()
        each.hang_up()
    assert len(everything(Ticket)) == 2


# ---- What goes wrong -------------------------------------------------------------------------


def test_a_line_that_is_not_ours_is_not_taken(client: Client) -> None:
    caller = Caller(client)
    assert caller.call("+255222000000") == ["reject"]
    assert everything(Call) == []


def test_without_a_database_the_fault_is_said(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.call()
    take_away_the_database(monkeypatch)
    assert caller.press("1") == ["sw/fault"]
    assert caller.waits == "nothing"


def test_what_was_recorded_waits_for_a_database_that_is_away(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.call()
    caller.press("1")
    caller.wait()
    with monkeypatch.context() as away:
        take_away_the_database(away)
        caller.say()
        assert caller.wait() == []
    assert caller.wait() == ["sw/confirm"]
    assert the_recording().ticket_id == the_ticket().id


def test_a_hang_up_brings_what_could_not_be_stored(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(client)
    caller.call()
    caller.press("1")
    caller.wait()
    with monkeypatch.context() as away:
        take_away_the_database(away)
        caller.say()
    caller.hang_up()
    assert the_recording().ticket_id == the_ticket().id


def test_without_a_database_the_end_must_come_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.call()
    take_away_the_database(monkeypatch)
    assert caller.hang_up().status_code == 503


def test_no_number_or_address_is_kept_readable(caller: Caller) -> None:
    complain(caller)
    call = the_call()
    assert call.sealed_number is not None
    assert vault.unseal(call.sealed_number) == ASHA
    assert {one.kind for one in everything(Promise)} >= {"acknowledge", "answer"}
