"""A deep dial: the way to a question dialled at once, sent as the first text or in the code."""

from collections.abc import Callable

import pytest

from callcentre.conversations.model import Conversation
from callcentre.outbox import Message
from callcentre.tickets.model import Addition, Task
from conversations.phone import AGAIN, JUMA, NOW, SHARED, Phone, add_line, everything, the_ticket

CONSENT = "CON Taarifa zako ni siri."
WORDS = "CON Eleza: nini, wapi, lini."
TOPICS = "Linahusu nini?"
OFFICES = "Unalalamikia ofisi gani?"
UNKNOWN_CODE = "END Samahani, namba hii haitumiki."

Dialling = Callable[[Phone, str, str], str]


def as_text(phone: Phone, line: str, keys: str) -> str:
    """The network sends what follows the code as the first text."""
    phone.code, phone.session = line, "ATUid_deep_as_text"
    return phone.type(*keys.split("*"))


def in_code(phone: Phone, line: str, keys: str) -> str:
    """The network sends all of it as the code, with each hop."""
    return phone.dial(f"{line.removesuffix('#')}*{keys}#")


each_shape = pytest.mark.parametrize("dial", [as_text, in_code])


@each_shape
@pytest.mark.parametrize(
    ("line", "keys", "shown"),
    [
        pytest.param("*149*51#", "1", f"CON {TOPICS}", id="one key"),
        pytest.param("*149*51#", "1*1", CONSENT, id="water at Morogoro"),
        pytest.param("*149*50#", "1*2*1", CONSENT, id="water at Sengerema on the shared line"),
        pytest.param("*149*50#", "1*4*9*4", CONSENT, id="a topic of the second page"),
        pytest.param("*149*53#", "1*1*1", WORDS, id="to the words"),
        pytest.param("*149*50#", "2*2600123454", "CON Andika namba ya siri", id="a reference"),
        pytest.param("*149*53#", "7", AGAIN, id="a key that is no choice"),
        pytest.param("*149*53#", "1*1*1*5", AGAIN, id="a key where words are asked for"),
    ],
)
def test_a_deep_dial_lands_on_the_next_question(
    phone: Phone, dial: Dialling, line: str, keys: str, shown: str | tuple[str, ...]
) -> None:
    assert dial(phone, line, keys).startswith(shown)


@each_shape
def test_what_is_typed_after_it_goes_on_from_there(phone: Phone, dial: Dialling) -> None:
    dial(phone, SHARED, "1*2*1")
    assert phone.type("1").startswith(WORDS)
    assert phone.type("Kisima C*D kimefungwa").startswith("CON Limepokelewa")
    assert phone.type("1", "1", "Tangu Juni").startswith("CON Unaweza kuongeza:")
    ticket = the_ticket()
    assert (ticket.institution, ticket.topic) == ("sengerema", "water")
    assert (ticket.words, ticket.line) == ("Kisima C*D kimefungwa", SHARED)
    assert [one.words for one in everything(Addition)] == ["Tangu Juni"]


@each_shape
@pytest.mark.parametrize("echoes", [True, False])
def test_the_way_may_be_gone_back(phone: Phone, dial: Dialling, echoes: bool) -> None:
    phone.echoes = echoes
    dial(phone, SHARED, "1*2*1")
    assert TOPICS in phone.type("0")
    assert OFFICES in phone.type("0")
    assert TOPICS in phone.type("3")


@pytest.mark.parametrize("typed", ["Maji 5*6", "9*8 nyumba"])
def test_words_after_a_code_with_a_wrong_key_are_kept_whole(phone: Phone, typed: str) -> None:
    assert in_code(phone, "*149*53#", "1*1*1*5").startswith(AGAIN)
    phone.type(typed)
    assert the_ticket().words == typed


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        pytest.param("7*3", "Karibu", id="nobody is called"),
        pytest.param("1*7*1", OFFICES, id="no other office is chosen"),
        pytest.param("1*2*7*1", TOPICS, id="no other topic is chosen"),
        pytest.param("1**1", OFFICES, id="an empty group"),
        pytest.param("1*2*" + "9*" * 20 + "7", TOPICS, id="long"),
    ],
)
def test_a_wrong_key_in_the_code_ends_it_at_the_last_screen_that_was_right(
    phone: Phone, keys: str, screen: str
) -> None:
    shown = in_code(phone, SHARED, keys)
    assert shown.startswith(AGAIN) and screen in shown
    assert everything(Conversation) == everything(Task) == []


def test_a_wrong_key_after_a_reference_ends_it_at_the_ticket(phone: Phone) -> None:
    phone.dial(SHARED, "1", "2", "1", "1", "Kisima kimefungwa", "1", "9")
    ref = the_ticket().ref.replace("-", "")
    shown = in_code(phone, SHARED, f"2*{ref}*7*3")
    assert shown.startswith(AGAIN) and the_ticket().ref in shown
    assert everything(Task) == []
    assert phone.type("3").startswith("CON Tutakupigia")


def test_a_repeated_hop_does_nothing_twice(phone: Phone) -> None:
    in_code(phone, "*149*53#", "3")
    assert phone.hop("").text == phone.hop("").text
    assert len(everything(Task)) == 1
    assert phone.type("3").startswith("END")


def test_a_session_goes_on_where_the_network_turns_to_the_lines_own_code(phone: Phone) -> None:
    in_code(phone, "*149*53#", "1*1*1")
    phone.code = "*149*53#"
    assert phone.hop("1*1*1*Maji hayatoki").text.startswith("CON Limepokelewa")
    assert phone.hop("1*1*1*Maji hayatoki*1").text.startswith("CON Unaweza kuongeza:")


def test_the_longest_code_that_is_a_line_is_meant(phone: Phone) -> None:
    add_line("*149*50*1#", "kilosa")
    assert TOPICS in in_code(phone, "*149*50*1#", "1")
    assert in_code(phone, "*149*50#", "4").startswith("CON Unataka kutoa nini?")


@pytest.mark.parametrize(
    "code",
    ["*149*99*1#", "*149#", "149*50*1#", "*149*50*1", "*149*50*a#", "#", "*" * 10_000 + "#"],
)
def test_a_code_that_begins_with_no_line_is_unknown(phone: Phone, code: str) -> None:
    assert phone.dial(code) == UNKNOWN_CODE


def test_a_session_cut_at_the_words_is_told_the_lines_own_code(phone: Phone) -> None:
    in_code(phone, "*149*53#", "1*1*1")
    phone.end("Incomplete")
    [message] = everything(Message)
    assert "piga *149*53#." in message.text


def test_another_number_cannot_go_on_with_it(phone: Phone) -> None:
    in_code(phone, "*149*53#", "1*1*1")
    phone.type("Maji hayatoki")
    phone.number = JUMA
    assert phone.type("1").startswith("END Mazungumzo haya yameisha.")
    assert the_ticket().opened_at == NOW
