"""A session that was cut at the words: one SMS a day that it can be taken up again."""

from datetime import timedelta

import pytest

from callcentre.conversations.model import Conversation
from callcentre.outbox import Message
from conversations.phone import (
    ASHA,
    JUMA,
    KILOSA,
    NAMELESS_TO_THE_WORDS,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    block,
    bring,
    everything,
    number_of,
    the_message,
)

DRAFT = (
    "H/W ya Kilosa: hukumaliza ulichoanza. Kuendelea piga *149*53#. Kama si wewe, puuza SMS hii."
)


@pytest.fixture
def cut(phone: Phone) -> Phone:
    """A phone whose session has just ended at the words."""
    phone.dial(KILOSA, *TO_THE_WORDS)
    assert phone.end("Incomplete").status_code == 200
    return phone


def test_the_sms_says_how_to_go_on_and_nothing_of_what_it_was(cut: Phone) -> None:
    message = the_message()
    assert (message.text, number_of(message), message.sender) == (DRAFT, ASHA, "15001")
    assert message.ticket_id is None
    assert everything(Conversation) == []


def test_on_the_shared_line_it_bears_the_lines_own_name(phone: Phone) -> None:
    phone.dial(SHARED, "1", "1", "1", "1")
    phone.end("Incomplete")
    assert the_message().text.startswith("Huduma kwa Mteja: hukumaliza ulichoanza.")


def test_it_comes_once_a_day(cut: Phone) -> None:
    cut.end("Incomplete")
    cut.at = NOW + timedelta(hours=13, minutes=59)  # the same day in Dar es Salaam
    cut.dial(KILOSA, *TO_THE_WORDS)
    cut.end("Incomplete")
    the_message()

    cut.at = NOW + timedelta(hours=14)
    cut.dial(KILOSA, *TO_THE_WORDS)
    cut.end("Incomplete")
    assert len(everything(Message)) == 2


def test_each_number_has_its_own(cut: Phone) -> None:
    other = Phone(cut.client, number=JUMA)
    other.dial(KILOSA, *TO_THE_WORDS)
    other.end("Incomplete")
    assert [number_of(message) for message in everything(Message)] == [ASHA, JUMA]


@pytest.mark.parametrize(
    "keys", [(), ("1",), ("1", "1"), ("1", "1", "1", "0"), ("4",), ("1", "9")], ids=str
)
def test_cut_anywhere_before_the_words_there_is_none(phone: Phone, keys: tuple[str, ...]) -> None:
    phone.dial(KILOSA, *keys)
    phone.end("Incomplete")
    assert everything(Message) == []


@pytest.mark.parametrize("keys", [("4", "1", "1"), ("4", "2"), ("1", "1", "2"), ("1", "8", "1")])
def test_it_comes_for_whatever_the_words_would_have_been(
    phone: Phone, keys: tuple[str, ...]
) -> None:
    phone.dial(KILOSA, *keys)
    phone.end("Incomplete")
    assert the_message().text == DRAFT


def test_a_slip_of_the_finger_at_the_words_counts_as_being_there(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "ab")
    phone.end("Incomplete")
    assert the_message().text == DRAFT


def test_it_comes_in_the_language_chosen_in_that_session(phone: Phone) -> None:
    phone.dial(KILOSA, "5", "5", *TO_THE_WORDS)
    phone.end("Incomplete")
    assert the_message().text.startswith("H/W ya Kilosa: you did not finish")


def test_never_for_the_nameless(phone: Phone) -> None:
    phone.dial(KILOSA, *NAMELESS_TO_THE_WORDS)
    phone.end("Incomplete")
    assert everything(Message) == []


def test_never_for_the_nameless_who_chose_a_language_first(phone: Phone) -> None:
    phone.dial(KILOSA, "5", "5", *NAMELESS_TO_THE_WORDS)
    phone.end("Incomplete")
    assert everything(Message) == []


def test_never_once_the_words_were_said(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    phone.end("Incomplete")
    assert the_message().ticket_id is not None


def test_never_to_a_number_that_has_stopped_us(phone: Phone) -> None:
    phone.text("ACHA")
    phone.dial(KILOSA, *TO_THE_WORDS)
    phone.end("Incomplete")
    assert the_message().text.startswith("Hutapata tena SMS zetu.")


def test_never_to_a_blocked_number(phone: Phone) -> None:
    block(ASHA)
    phone.dial(KILOSA, *TO_THE_WORDS)
    phone.end("Incomplete")
    assert everything(Message) == []


@pytest.mark.parametrize("number", ["+254700000001", "+9991234567", "+255222112233", "x", ""])
def test_never_to_a_number_that_is_no_mobile_of_this_country(phone: Phone, number: str) -> None:
    phone.number = number
    phone.dial(KILOSA, *TO_THE_WORDS)
    assert phone.end("Incomplete").status_code == 200
    assert everything(Message) == []


@pytest.mark.parametrize("changes", [{"input": ""}, {"input": "None"}, {"hopsMetadata": "a|b"}])
def test_an_event_that_tells_less_does_no_harm(phone: Phone, changes: dict[str, str]) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS)
    assert phone.end("Incomplete", **changes).status_code == 200
    assert len(everything(Message)) == ("hopsMetadata" in changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"serviceCode": "*999#"}, id="a code that is none of ours"),
        pytest.param({"hopsMetadata": "sw.999999999"}, id="an edition that never was"),
        pytest.param({"status": "Mpya"}, id="a new status"),
        pytest.param({"input": "*" * 10_000}, id="ten thousand stars"),
        pytest.param({"input": "1*1*1*" + "maji " * 2_000}, id="words that never reached us"),
    ],
)
def test_an_event_that_makes_no_sense_is_taken(phone: Phone, changes: dict[str, str]) -> None:
    phone.dial(KILOSA)
    assert phone.end(**changes).status_code == 200
    assert everything(Message) == []


def test_an_event_without_its_fields_is_refused(phone: Phone) -> None:
    answer = bring(phone.client, "ussd/ended", {"sessionId": "1"})
    assert answer.status_code == 400
    assert answer.text == "missing: phoneNumber, serviceCode, status\n"


def test_a_wrong_secret_is_refused(phone: Phone) -> None:
    assert bring(phone.client, "ussd/ended", {}, secret="guess").status_code == 403
