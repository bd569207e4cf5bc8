"""Who does not want to be known leaves no number anywhere, and is answered by code."""

import re
from datetime import timedelta

import pytest

from callcentre import sweeps, vault
from callcentre.callers import Caller
from callcentre.clock import at
from callcentre.conversations.model import Conversation, RawEvent
from callcentre.outbox import Message, Result
from callcentre.tickets.model import Task
from conversations.phone import (
    AGAIN,
    ASHA,
    JUMA,
    KILOSA,
    NAMELESS_TO_THE_WORDS,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    bring,
    dump,
    everything,
    secrets_kept,
    sent,
    the_message,
    the_ticket,
)

WORDS = "Daktari anaomba rushwa"
FORMS = (ASHA, ASHA[1:], "0" + ASHA[4:], ASHA[4:])


@pytest.fixture
def nameless(phone: Phone) -> Phone:
    phone.dial(KILOSA, *NAMELESS_TO_THE_WORDS, WORDS)
    return phone


def traces(number: str = ASHA) -> set[str]:
    """The forms in which a number can still be read, unsealed or recognised in the database."""
    kept, opened = dump(), "\n".join(secrets_kept())
    found = {form for form in FORMS if form in kept or form in opened}
    purposes = ("number", "session", "sms")
    return found | {name for name in purposes if vault.fingerprint(number, name).hex() in kept}


def test_a_number_that_is_known_would_be_found(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, WORDS)
    assert traces() == {ASHA, ASHA[1:], ASHA[4:], "number"}


# ---- By USSD ---------------------------------------------------------------------------------


def test_the_reference_comes_with_the_question_for_a_code(phone: Phone) -> None:
    shown = phone.dial(KILOSA, *NAMELESS_TO_THE_WORDS, WORDS)
    ticket = the_ticket()
    assert shown.startswith(f"CON Limepokelewa, Na. {ticket.ref}. Chagua namba nne za siri")
    assert (ticket.identity, ticket.sealed_number, ticket.number_print) == ("anonymous", None, None)
    assert everything(Message) == everything(Task) == []


def test_the_code_is_read_back_on_the_last_screen(nameless: Phone) -> None:
    shown = nameless.type("1234")
    assert shown.startswith(f"END Limepokelewa. ANDIKA: Na. {the_ticket().ref}, siri 1234.")
    assert "*149*53#" in shown


@pytest.mark.parametrize("typed", ["123", "12345", "abcd", "", "0", "12 34 5"])
def test_what_is_no_code_is_asked_again(nameless: Phone, typed: str) -> None:
    assert "Chagua namba nne" in nameless.type(typed)
    assert the_ticket().code_print is None


def test_no_number_is_left_anywhere(nameless: Phone) -> None:
    nameless.type("1234")
    nameless.end("Success")
    assert traces() == set()


def test_no_number_is_left_when_it_is_cut_before_the_code(nameless: Phone) -> None:
    nameless.end("Incomplete")
    assert traces() == set()


def test_no_number_is_left_when_it_chose_a_language_first(phone: Phone) -> None:
    phone.dial(KILOSA, "5", "5", *NAMELESS_TO_THE_WORDS, WORDS, "1234")
    phone.end("Success")
    assert traces() == {"number"}  # a print of it, for the language that the number keeps
    [caller] = everything(Caller)
    assert caller.language == "en"


@pytest.mark.parametrize("status", ["Success", "Incomplete", "Failed"])
def test_the_event_after_it_is_answered_and_not_stored(nameless: Phone, status: str) -> None:
    nameless.type("1234")
    before = dump()
    assert nameless.end(status).status_code == 200
    assert dump() == before


@pytest.mark.parametrize(
    "keys", [("1", "1", "3"), NAMELESS_TO_THE_WORDS], ids=["on their extra screen", "at the words"]
)
def test_cut_before_the_words_it_leaves_nothing_at_all(phone: Phone, keys: tuple[str, ...]) -> None:
    phone.dial(KILOSA, *keys)
    before = dump()
    assert phone.end("Incomplete").status_code == 200
    assert dump() == before


def test_the_ticket_leads_to_no_session(nameless: Phone) -> None:
    nameless.type("1234")
    [conversation] = everything(Conversation)
    assert conversation.nameless
    for mark in (conversation.key, conversation.who):
        assert dump().count(mark.hex()) == 1  # in its own row


def test_words_are_not_kept_in_the_session_longer_than_it_can_last(nameless: Phone) -> None:
    nameless.type("1234")
    with at(NOW + timedelta(minutes=11)):
        sweeps.forget()
    [conversation] = everything(Conversation)
    assert conversation.state is None
    assert nameless.type("1").startswith("END Mazungumzo haya yameisha")


def test_after_a_day_the_session_is_gone(nameless: Phone) -> None:
    nameless.type("1234")
    with at(NOW + timedelta(days=1, minutes=1)):
        sweeps.forget()
    assert everything(Conversation) == []


def test_no_call_is_offered_at_the_words(phone: Phone) -> None:
    shown = phone.dial(KILOSA, *NAMELESS_TO_THE_WORDS)
    assert "tukupigie" not in shown
    assert phone.type("1").startswith(AGAIN)
    assert everything(Task) == []


def test_its_own_number_does_not_open_it(nameless: Phone) -> None:
    nameless.type("1234")
    assert nameless.dial(KILOSA, "2").startswith("CON Andika namba ya lalamiko")
    assert nameless.type(the_ticket().ref).startswith("CON Andika namba ya siri")
    assert the_ticket().ref in nameless.type("1234")


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(("7", "0", "3"), id="after a wrong key"),
        pytest.param(("7", "ab", "0", "3"), id="after two"),
        pytest.param(("\u200f0", "3"), id="with a mark of direction"),
        pytest.param(("7", "0", "0", "0", "1", "1", "3"), id="from the start again"),
        pytest.param(("7", "0", "1", "7", "0", "3"), id="at the second time"),
    ],
)
def test_who_went_back_from_the_words_to_hide_his_number_has_hidden_it(
    phone: Phone, back: tuple[str, ...]
) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, *back, "1")
    phone.type(WORDS)
    ticket = the_ticket()
    assert (ticket.identity, ticket.words, ticket.sealed_number) == ("anonymous", WORDS, None)
    assert traces() == set()


# ---- By SMS ----------------------------------------------------------------------------------


@pytest.fixture
def texted(phone: Phone) -> Phone:
    phone.text(f"BILA JINA {WORDS}")
    return phone


def test_an_sms_is_answered_with_a_code_that_was_drawn(texted: Phone) -> None:
    ticket, message = the_ticket(), the_message()
    code = re.search(r"siri (\d{4})\.", message.text)
    assert code is not None and ticket.ref in message.text
    assert (ticket.words, ticket.identity) == (WORDS, "anonymous")
    assert message.ticket_id is None and message.wipe

    other = Phone(texted.client, number=JUMA)
    assert other.dial(SHARED, "2", ticket.ref).startswith("CON Andika namba ya siri")
    assert ticket.ref in other.type(code[1])


def test_an_sms_keeps_its_number_only_in_the_reply(texted: Phone) -> None:
    assert (the_ticket().sealed_number, the_ticket().number_print) == (None, None)
    [raw] = everything(RawEvent)
    assert (raw.number_print, raw.body) == (None, None)
    assert traces() == {ASHA, ASHA[1:], ASHA[4:]}  # sealed, in the reply alone


def test_once_the_reply_is_delivered_no_number_is_left(texted: Phone) -> None:
    sent(Result("accepted", "ATXid_1", "101"))
    texted.receipt("ATXid_1")
    with at(NOW):
        sweeps.forget()
    assert the_message().text == ""
    assert traces() == set()


def test_a_reply_not_delivered_within_a_day_is_wiped(texted: Phone) -> None:
    with at(NOW + timedelta(days=1, minutes=1)):
        sweeps.forget()
    assert traces() == set()


def test_without_an_id_no_number_can_be_guessed_from_what_is_kept(phone: Phone) -> None:
    form = {"from": ASHA, "to": "15001", "text": f"BILA JINA {WORDS}", "date": ""}
    for _ in range(2):
        assert bring(phone.client, "sms", form).status_code == 200
    the_message()  # one reply: a repeat is known all the same
    with at(NOW + timedelta(days=2)):
        sweeps.forget()
    assert traces() == set()
