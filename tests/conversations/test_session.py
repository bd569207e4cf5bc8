"""A USSD session from the words on: each request may be repeated, late, or somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from callcentre.conversations.model import Conversation
from callcentre.outbox import Message
from callcentre.tickets.model import Addition, Ticket
from conversations.phone import (
    AGAIN,
    ASHA,
    JUMA,
    KILOSA,
    MOROGORO,
    NOW,
    SHARED,
    TO_THE_WORDS,
    WHOSE_PHONE,
    Phone,
    close,
    connection_lost_at,
    everything,
    the_ticket,
)

OVER = "END Mazungumzo haya yameisha. Tafadhali piga tena."
SAID = "1*1*1*Maji hayatoki"
MORE = "CON Unaweza kuongeza:"


# ---- The words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("Maji hayatoki", "Maji hayatoki", id="words"),
        pytest.param("mtaa wa A*B", "mtaa wa A*B", id="a star"),
        pytest.param("A*B*C ya mtaa", "A*B*C ya mtaa", id="stars after single letters"),
        pytest.param("Maji hayatoki*", "Maji hayatoki*", id="a star at the end"),
        pytest.param("Maji 5 * 6", "Maji 5 * 6", id="a star between blanks"),
        pytest.param("Maji 1*1*1*1 kisima", "Maji 1*1*1*1 kisima", id="what looks like keys"),
        pytest.param("A+B & C=10%;#", "A+B & C=10%;#", id="reserved characters"),
        pytest.param("Maji hakuna 😡", "Maji hakuna 😡", id="emoji"),
        pytest.param("Ng’ombe wangu", "Ng’ombe wangu", id="a curly quote"),
        pytest.param("مياه مقطوعة", "مياه مقطوعة", id="another script"),
        pytest.param("Maji\0 haya\x1btoki\n", "Maji haya toki", id="control characters"),
        pytest.param("  Maji   hayatoki ", "Maji hayatoki", id="blanks"),
        pytest.param("maji " * 2_000, ("maji " * 2_000).strip(), id="ten thousand characters"),
        pytest.param("'; DROP TABLE tickets;--", "'; DROP TABLE tickets;--", id="an injection"),
    ],
)
def test_words_are_kept_as_one_reply(phone: Phone, typed: str, stored: str) -> None:
    shown = phone.dial(KILOSA, *TO_THE_WORDS, typed)
    ticket = the_ticket()
    assert ticket.words == stored
    assert ticket.ref in shown and WHOSE_PHONE in shown


@pytest.mark.parametrize("typed", ["", "  ", "ab", "5", "??", "\0\0\0"])
def test_what_is_no_words_is_asked_again_and_opens_nothing(phone: Phone, typed: str) -> None:
    assert phone.dial(KILOSA, *TO_THE_WORDS, typed).startswith(AGAIN)
    assert everything(Ticket) == []


def test_after_an_empty_answer_the_words_are_taken(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "", "Maji hayatoki")
    assert the_ticket().words == "Maji hayatoki"


@pytest.mark.parametrize(
    "words", ["5*Maji hayatoki", "12*3 nyumba zimebomoka", "1*4 watu wamefariki"]
)
def test_words_that_begin_like_a_key_are_kept_whole(phone: Phone, words: str) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, words)
    assert the_ticket().words == words


def test_later_words_keep_their_stars_too(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "mtaa wa A*B", "1", "1", "nyumba C*D")
    [addition] = everything(Addition)
    assert addition.words == "nyumba C*D"


def test_an_empty_answer_after_the_words_is_asked_again(phone: Phone) -> None:
    shown = phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "")
    assert shown.startswith(AGAIN)
    assert phone.type("1").startswith(MORE)


# ---- Repeats ---------------------------------------------------------------------------------


def test_the_same_hop_three_times_is_one_ticket_and_one_answer(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS)
    answers = {phone.hop(SAID).text for _ in range(3)}
    assert len(answers) == 1
    assert len(everything(Ticket)) == len(everything(Message)) == 1


def test_the_same_hop_at_the_same_time_is_one_ticket_and_one_answer(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS)
    together = Barrier(2)

    def hop(_: int) -> str:
        together.wait(5)
        return phone.hop(SAID).text

    with ThreadPoolExecutor(2) as pool:
        answers = set(pool.map(hop, range(2)))

    assert len(answers) == 1
    assert the_ticket().ref in answers.pop()
    assert len(everything(Message)) == len(everything(Conversation)) == 1


@pytest.mark.parametrize("again", [1, 2])
def test_an_answer_repeated_is_given_once(phone: Phone, again: int) -> None:
    shown = phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "1", "Tangu Juni")
    for _ in range(again):
        assert phone.hop(phone.transcript).text == shown
    assert [addition.words for addition in everything(Addition)] == ["Tangu Juni"]


def test_the_last_screen_repeated_is_the_same(phone: Phone) -> None:
    shown = phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "9")
    assert phone.hop(phone.transcript).text == shown
    assert shown.startswith("END Asante.")


# ---- Late, divergent, after the end ----------------------------------------------------------


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(SAID, id="shorter"),
        pytest.param("1*1*1*Umeme umekatika", id="another branch"),
        pytest.param(f"{SAID}*2*0754000009", id="another branch later on"),
        pytest.param(f"{SAID} kabisa", id="longer without a star"),
    ],
)
def test_a_late_hop_gets_the_last_answer_and_takes_nothing_back(phone: Phone, late: str) -> None:
    shown = phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1")
    assert phone.hop(late).text == shown
    assert phone.type("9").startswith("END Asante.")
    assert the_ticket().words == "Maji hayatoki"


@pytest.mark.parametrize("late", ["", "1", "1*1*1"])
def test_a_late_hop_of_keys_gets_the_last_answer_where_no_header_is_echoed(
    phone: Phone, late: str
) -> None:
    phone.echoes = False
    shown = phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1")
    assert phone.hop(late).text == shown


@pytest.mark.parametrize("late", ["1", "1*1*1"])
def test_a_late_hop_of_keys_gets_its_own_answer_and_takes_nothing_back(
    phone: Phone, late: str
) -> None:
    phone.dial(KILOSA)
    before = phone.hop(late).text
    phone.type(*TO_THE_WORDS, "Maji hayatoki", "1")
    assert phone.hop(late).text == before
    assert phone.type("9").startswith("END Asante.")


@pytest.mark.parametrize("typed", ["1", "9", "Maji bado", ""])
def test_a_hop_after_the_end_gets_an_end_and_does_nothing(phone: Phone, typed: str) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "9")
    assert phone.type(typed) == OVER
    assert len(everything(Ticket)) == 1 and everything(Addition) == []


# ---- Somebody else's -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"phoneNumber": JUMA}, id="another number"),
        pytest.param({"serviceCode": MOROGORO}, id="another code"),
    ],
)
@pytest.mark.parametrize("transcript", [SAID, f"{SAID}*1", f"{SAID}*1*1"])
def test_a_session_of_another_number_or_code_ends_and_is_logged(
    phone: Phone, caplog: pytest.LogCaptureFixture, fields: dict[str, str], transcript: str
) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    assert phone.hop(transcript, **fields).text == OVER
    assert "session of another number or code" in caplog.messages
    assert phone.type("1").startswith(MORE)  # its own goes on


def test_the_log_names_neither_number_nor_words(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "callcentre"):
        phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
        phone.hop(SAID, phoneNumber=JUMA)
        phone.end("Incomplete")
        phone.text("Umeme umekatika kabisa")
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert not [word for word in (ASHA[4:], JUMA[4:], "hayatoki", "umekatika") if word in logged]


def test_two_sessions_of_one_phone_are_two_tickets(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    assert len(everything(Ticket)) == 2


# ---- What is opened --------------------------------------------------------------------------


def test_sijui_on_the_shared_line_opens_undated_with_its_keeper(phone: Phone) -> None:
    shown = phone.dial(SHARED, "1", "8", "1", "1", "Maji hayatoki")
    ticket = the_ticket()
    assert (ticket.institution, ticket.placed, ticket.unit) == ("morogoro", False, None)
    assert shown.startswith(f"CON Limepokelewa, Na. {ticket.ref}. {WHOSE_PHONE}")
    assert phone.type("3", "9").startswith(f"END Asante. Suala lako Na. {ticket.ref}")


def test_a_ticket_remembers_how_it_was_opened(phone: Phone) -> None:
    phone.dial(SHARED, "1", "1", "1", "2", "Maji hayatoki")
    ticket = the_ticket()
    assert (ticket.institution, ticket.placed, ticket.topic) == ("kilosa", True, "water")
    assert (ticket.kind, ticket.identity, ticket.channel) == ("complaint", "open", "ussd")
    assert (ticket.line, ticket.language, ticket.opened_at) == (SHARED, "sw", NOW)


@pytest.mark.parametrize(
    ("keys", "kind"),
    [(("4", "1", "1"), "opinion"), (("4", "2"), "compliment"), (("4", "3", "1"), "enquiry")],
)
def test_other_kinds_ask_for_no_secrecy(phone: Phone, keys: tuple[str, ...], kind: str) -> None:
    phone.dial(KILOSA, *keys, "Asante kwa huduma")
    assert (the_ticket().kind, the_ticket().identity) == (kind, "secret")


# ---- What goes wrong in the middle -----------------------------------------------------------


def test_what_can_no_longer_be_done_ends_the_session(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "4")
    close(the_ticket())
    shown = phone.type("1")
    assert shown.startswith("END Samahani")
    assert phone.hop(phone.transcript).text == shown
    assert phone.type("1") == OVER
    assert the_ticket().withdrawn_at is None
    assert "a hop failed" not in caplog.messages


def test_a_connection_lost_in_the_middle_leaves_nothing_half_written(
    phone: Phone,
) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS)
    with connection_lost_at("INSERT INTO events"):
        assert phone.hop(SAID).text.startswith("END Samahani")
    assert everything(Ticket) == everything(Message) == everything(Conversation) == []
    assert phone.hop(SAID).text.startswith("CON Limepokelewa")
