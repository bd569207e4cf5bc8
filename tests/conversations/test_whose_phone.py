"""Whose phone it is decides where the acknowledgement goes; the end of the session proves it."""

from datetime import timedelta

import pytest

from callcentre.outbox import Message, Result
from callcentre.tickets.model import Ticket
from conversations.phone import (
    ASHA,
    JUMA,
    KILOSA,
    MOROGORO,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    claimed,
    everything,
    kept_by,
    number_of,
    sent,
    the_message,
    the_ticket,
)

MINE, ANOTHER, NONE, FINISHED = "1", "2", "3", "9"
NEUTRAL = "Huduma kwa Mteja: ombi lako Na. {ref} limepokelewa."
FULL = "H/W ya Kilosa: tumepokea lalamiko lako Na. {ref}."
HOLD = timedelta(seconds=90)


@pytest.fixture
def asked(phone: Phone) -> Phone:
    """A phone on whose screen stands the question whose it is."""
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    return phone


def says(message: Message, phrase: str) -> bool:
    return message.text.startswith(phrase.format(ref=the_ticket().ref))


# ---- The answer ------------------------------------------------------------------------------


def test_my_own_phone_gets_the_whole_text_at_once(asked: Phone) -> None:
    asked.type(MINE)
    message = the_message()
    assert (message.status, message.next_at, number_of(message)) == ("queued", NOW, ASHA)
    assert says(message, FULL)
    assert the_ticket().number_confirmed_at == NOW


@pytest.mark.parametrize(
    "typed", [JUMA, "0754000009", "754000009", "0754 000 009", "00255754000009"]
)
def test_another_phone_gets_it_under_the_number_typed(asked: Phone, typed: str) -> None:
    asked.type(ANOTHER, typed)
    assert (the_message().status, number_of(the_message())) == ("queued", JUMA)
    assert number_of(the_ticket()) == JUMA
    assert says(the_message(), FULL)


@pytest.mark.parametrize("typed", ["0222112233", "15001", "+254700000001", "Juma", "12"])
def test_a_number_that_takes_no_sms_is_asked_again(asked: Phone, typed: str) -> None:
    assert "Andika namba ya simu" in asked.type(ANOTHER, typed)
    assert the_message().status == "held"


def test_no_phone_gets_nothing_and_the_number_is_forgotten(asked: Phone) -> None:
    asked.type(NONE)
    assert (the_message().status, number_of(the_message())) == ("cancelled", None)
    assert number_of(the_ticket()) is None and the_ticket().number_print is None
    assert claimed(NOW + HOLD) == []


def test_another_phone_without_a_number_is_none(asked: Phone) -> None:
    asked.type(ANOTHER, "9")
    assert the_message().status == "cancelled"
    assert number_of(the_ticket()) is None


def test_taking_it_back_cancels_what_was_held(asked: Phone) -> None:
    asked.type(NONE, "4", "1")
    assert the_ticket().status == "withdrawn"
    assert the_message().status == "cancelled"


@pytest.mark.parametrize("keys", [(NONE,), (MINE, "4", "1")], ids=["no phone", "taken back"])
def test_what_no_network_took_yet_is_not_tried_again(asked: Phone, keys: tuple[str, ...]) -> None:
    sent(Result("again", code="500"), NOW + HOLD)
    asked.at = NOW + HOLD + timedelta(seconds=5)
    asked.type(*keys)
    assert claimed(NOW + timedelta(hours=1)) == []


# ---- No answer -------------------------------------------------------------------------------


def test_until_it_is_answered_the_message_is_held_and_names_nobody(asked: Phone) -> None:
    message = the_message()
    assert (message.status, message.next_at) == ("held", NOW + HOLD)
    assert says(message, NEUTRAL)
    assert "Kilosa" not in message.text and "lalamiko" not in message.text
    assert claimed(NOW + HOLD - timedelta(seconds=1)) == []


def test_after_ninety_seconds_it_goes_as_it_is(asked: Phone) -> None:
    [outgoing] = claimed(NOW + HOLD)
    assert outgoing.to == ASHA
    assert says(the_message(), NEUTRAL)
    assert the_ticket().number_confirmed_at is None


def test_on_the_shared_line_the_undated_text_is_neutral_too(phone: Phone) -> None:
    phone.dial(SHARED, "1", "8", "1", "1", "Maji hayatoki")
    assert says(the_message(), NEUTRAL)
    assert "mwisho" not in the_message().text


def test_a_session_cut_lets_it_go_at_once(asked: Phone) -> None:
    asked.end("Incomplete")
    assert (the_message().status, the_message().next_at) == ("queued", NOW)
    assert says(the_message(), NEUTRAL)
    assert kept_by() is None  # nobody says that he saw the reference


# ---- The event after the session -------------------------------------------------------------


def test_a_last_screen_that_was_shown_keeps_the_promise(asked: Phone) -> None:
    asked.type(MINE, FINISHED)
    assert asked.end("Success").status_code == 200
    assert kept_by() == "session_end"
    assert the_ticket().status == "acknowledged"


def test_it_is_kept_without_any_message_too(asked: Phone) -> None:
    asked.type(NONE, FINISHED)
    asked.end("Success")
    assert kept_by() == "session_end"


@pytest.mark.parametrize("status", ["Incomplete", "Failed", ""])
def test_a_last_screen_that_was_not_shown_proves_nothing(asked: Phone, status: str) -> None:
    asked.type(MINE, FINISHED)
    asked.end(status)
    assert kept_by() is None


def test_success_before_the_last_screen_proves_nothing_but_releases(asked: Phone) -> None:
    asked.end("Success")
    assert kept_by() is None
    assert the_message().status == "queued"


def test_success_after_taking_it_back_proves_nothing(asked: Phone) -> None:
    asked.type(NONE, "4", "1")
    asked.end("Success")
    assert kept_by() is None
    assert the_ticket().status == "withdrawn"


def test_the_event_may_come_twice(asked: Phone) -> None:
    asked.type(MINE, FINISHED)
    for minutes in (0, 5):
        asked.at = NOW + timedelta(minutes=minutes)
        asked.end("Success")
    assert the_ticket().acknowledged_at == NOW


@pytest.mark.parametrize(
    "fields",
    [{"phoneNumber": JUMA}, {"serviceCode": MOROGORO}, {"sessionId": "ATUid_other"}],
    ids=["another number", "another code", "another session"],
)
def test_the_event_of_another_session_touches_nothing(asked: Phone, fields: dict[str, str]) -> None:
    asked.type(MINE, FINISHED)
    assert asked.end("Success", **fields).status_code == 200
    assert kept_by() is None


def test_a_receipt_keeps_it_as_well(asked: Phone) -> None:
    asked.type(MINE)
    sent(Result("accepted", "ATXid_1", "101"))
    asked.receipt("ATXid_1")
    assert kept_by() == "receipt"


def test_the_event_tells_when_by_its_own_date(asked: Phone) -> None:
    asked.type(MINE, FINISHED)
    asked.at = NOW + timedelta(minutes=10)
    asked.end("Success", date=f"{NOW + timedelta(minutes=2):%Y-%m-%d %H:%M:%S}")
    [ticket] = everything(Ticket)
    assert ticket.acknowledged_at == NOW + timedelta(minutes=2)
