"""The USSD door: who may come in, what a hop of keys is answered, and the harmless END."""

import pytest
from conversations.phone import (
    AGAIN,
    ASHA,
    FORM,
    JUMA,
    KILOSA,
    MARK,
    MOROGORO,
    NOW,
    SECRET,
    SENGEREMA,
    SHARED,
    TO_THE_WORDS,
    Phone,
    add_line,
    block,
    bring,
    everything,
    take_away_the_database,
    the_ticket,
)
from werkzeug.test import Client

from callcentre.conversations.model import Conversation
from callcentre.tickets.model import Ticket

MAIN, TOPICS, IDENTITY, WORDS = "Karibu", "Linahusu nini?", "Taarifa zako", "Eleza:"
UNKNOWN_CODE = "END Samahani, namba hii haitumiki."
FAULT = "END Samahani, kuna tatizo la mtandao. Jaribu tena baadaye."
HOP = {"sessionId": "ATUid_1", "phoneNumber": ASHA, "serviceCode": KILOSA, "text": ""}
TOO_LONG = b"x" * (64 * 1024 + 1)


@pytest.fixture
def phone(client: Client) -> Phone:
    return Phone(client)


# ---- Who may come in -------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["new-secret", SECRET])
def test_each_secret_in_force_opens_the_door(client: Client, secret: str) -> None:
    assert bring(client, "ussd", HOP, secret=secret).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"text=1", FORM, id="a form"),
        pytest.param(TOO_LONG, FORM, id="too long"),
        pytest.param(b"\xff", "application/json", id="no form"),
    ],
)
def test_a_wrong_secret_comes_before_everything_else(
    client: Client, body: bytes, content_type: str
) -> None:
    answer = bring(client, "ussd", body, secret="guess", content_type=content_type)
    assert (answer.status_code, answer.text) == (403, "wrong secret\n")


@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_a_body_too_long_is_refused_before_it_is_read(client: Client, content_type: str) -> None:
    assert bring(client, "ussd", TOO_LONG, content_type=content_type).status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"sessionId=1&phoneNumber=%2B255712345678&text=", 400, id="a missing field"),
        pytest.param(b"text=1&text=2", 400, id="a field given twice"),
        pytest.param(b"text=\xff", 400, id="bad UTF-8"),
        pytest.param(b"&".join(b"f%d=1" % place for place in range(101)), 400, id="101 fields"),
    ],
)
def test_a_body_that_is_no_hop_is_refused(client: Client, body: bytes, status: int) -> None:
    assert bring(client, "ussd", body).status_code == status


def test_a_line_of_another_provider_or_nobody_gets_an_end(phone: Phone) -> None:
    assert phone.dial("*999#") == UNKNOWN_CODE
    assert phone.dial("15001") == UNKNOWN_CODE  # ours, but for SMS


@pytest.mark.parametrize("echoes", [True, False])
def test_a_code_that_is_none_of_ours_stays_so_on_a_deep_dial(phone: Phone, echoes: bool) -> None:
    phone.echoes = echoes
    assert phone.dial("*999#", "1", "1", "1", "Maji hayatoki") == UNKNOWN_CODE
    assert everything(Ticket) == []


@pytest.mark.parametrize("written", [ASHA, " 255712345678", "0712345678", "00255712345678"])
def test_a_blocked_number_gets_an_end_however_it_is_written(phone: Phone, written: str) -> None:
    block(ASHA)
    phone.number = written
    assert phone.dial(KILOSA) == "END Samahani, huduma haipatikani kwa sasa."
    phone.number = JUMA
    assert phone.dial(KILOSA).startswith(f"CON {MAIN}")


# ---- Hops of nothing but keys ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("transcript", "shown"),
    [
        pytest.param("", f"CON {MAIN}", id="the first hop"),
        pytest.param("1", f"CON {TOPICS}", id="a key"),
        pytest.param("1*1", f"CON {IDENTITY}", id="two keys"),
        pytest.param("1*1*1", f"CON {WORDS}", id="to the words"),
        pytest.param("1*", AGAIN, id="an empty answer"),
        pytest.param("1**2", f"CON {IDENTITY}", id="an empty answer, then a key"),
        pytest.param("*", AGAIN, id="two empty answers"),
        pytest.param("7", AGAIN, id="a key that is no choice"),
        pytest.param("7*1", f"CON {TOPICS}", id="a wrong key, then a right one"),
        pytest.param("1*Maji*1", f"CON {IDENTITY}", id="words where a key is asked for"),
        pytest.param("1*0", f"CON {MAIN}", id="back"),
        pytest.param("1*1*1*0*0*0*0*0", f"CON {MAIN}", id="further back than the start"),
        pytest.param("1*9*1*1", f"CON {WORDS}", id="by the second page"),
        pytest.param("1.*1)*1#", f"CON {WORDS}", id="keys with marks"),
        pytest.param("١*١*١", f"CON {WORDS}", id="Arabic digits"),
        pytest.param("*".join(["7"] * 99), AGAIN, id="a hundred wrong keys"),
        pytest.param("*" * 10_000, AGAIN, id="ten thousand stars"),
        pytest.param("1" * 10_000, AGAIN, id="ten thousand digits"),
    ],
)
def test_a_transcript_of_keys_leads_to(
    phone: Phone, transcript: str, shown: str | tuple[str, ...]
) -> None:
    phone.dial(KILOSA)
    assert phone.hop(transcript).text.startswith(shown)
    assert everything(Conversation) == []


def test_a_menu_hop_repeated_gets_the_same_answer(phone: Phone) -> None:
    phone.dial(KILOSA, "1")
    assert len({phone.hop("1*1").text for _ in range(3)}) == 1


def test_a_session_can_begin_with_any_transcript(phone: Phone) -> None:
    phone.code, phone.session = KILOSA, "ATUid_lost_first_hop"
    assert phone.hop("1*1*1").text.startswith(f"CON {WORDS}")
    assert phone.hop("1*1*1*Maji hayatoki").text.startswith("CON Limepokelewa")


def test_a_deep_dial_with_words_opens_a_ticket(phone: Phone) -> None:
    phone.code, phone.session = KILOSA, "ATUid_deep_dial"
    assert phone.hop("1*1*1*Maji hayatoki").text.startswith("CON Limepokelewa")
    assert the_ticket().words == "Maji hayatoki"


# ---- Language and edition --------------------------------------------------------------------


def test_every_screen_carries_language_and_edition_for_the_next_hop(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    language, _, edition = phone.mark.partition(".")
    assert language == "sw" and edition.isdigit()
    assert set(phone.marks) == {phone.mark}


def test_a_key_keeps_the_meaning_of_the_menu_on_which_it_was_pressed(phone: Phone) -> None:
    assert "1. Halmashauri Kilosa" in phone.dial(SHARED, "1")
    add_line(SHARED, "morogoro", "sengerema", name="Huduma")
    phone.type("1", "1", "1", "Maji hayatoki")
    assert the_ticket().institution == "kilosa"


def test_the_next_session_has_the_new_menu(phone: Phone) -> None:
    phone.dial(SHARED, "1")
    add_line(SHARED, "morogoro", "sengerema", name="Huduma")
    shown = phone.dial(SHARED, "1")
    assert "2. Halmashauri Sengerema\n3. Mkoa Morogoro\n8. Sijui" in shown
    assert "Kilosa" not in shown


def test_without_the_header_the_menu_is_the_one_in_force(phone: Phone) -> None:
    phone.echoes = False
    phone.dial(SHARED, "1")
    add_line(SHARED, "morogoro", "sengerema", name="Huduma")
    assert phone.type("1").startswith(AGAIN)


def test_without_the_header_words_already_said_keep_their_menu(phone: Phone) -> None:
    phone.echoes = False
    phone.dial(SHARED, "1", "1", "1", "1", "Maji hayatoki")
    add_line(SHARED, "morogoro", "kilosa", name="Huduma")
    assert phone.type("1").startswith("CON Unaweza kuongeza")


@pytest.mark.parametrize(
    "mark", ["", "sw", "sw.", "fr.1", "sw.1|x", "sw.-1", "SW.1", "sw.1234567890", "sw.١", "\xff"]
)
def test_a_header_that_is_not_ours_counts_for_nothing(phone: Phone, mark: str) -> None:
    phone.dial(KILOSA)
    phone.mark = mark
    assert phone.hop("1").text.startswith(f"CON {TOPICS}")


@pytest.mark.parametrize("mark", ["sw.0", "sw.999999999"])
def test_an_edition_that_never_was_gets_an_end(phone: Phone, mark: str) -> None:
    phone.dial(KILOSA)
    phone.mark = mark
    assert phone.hop("1").text == UNKNOWN_CODE


def test_english_is_chosen_by_one_key_and_kept_for_the_next_session(phone: Phone) -> None:
    assert phone.dial(KILOSA, "5", "5").startswith("CON Welcome to")
    assert phone.dial(SENGEREMA).startswith("CON Welcome to")
    phone.type("5")
    assert phone.type("5").startswith("CON Karibu")
    assert phone.dial(MOROGORO).startswith("CON Karibu")


@pytest.mark.parametrize("written", [" 255712345678", "0712345678", "00255712345678"])
def test_the_language_belongs_to_the_number_however_it_is_written(
    phone: Phone, written: str
) -> None:
    phone.number = written
    phone.dial(KILOSA, "5", "5")
    phone.number = ASHA
    assert phone.dial(KILOSA).startswith("CON Welcome to")


@pytest.mark.parametrize("echoes", [True, False])
def test_a_session_goes_on_in_the_language_it_changed_to(phone: Phone, echoes: bool) -> None:
    phone.echoes = echoes
    assert phone.dial(KILOSA, "5", "5", "1").startswith("CON What is it about?")
    assert phone.type("1", "1", "Maji hayatoki").startswith("CON Received")
    assert the_ticket().language == "en"


def test_a_number_that_chose_nothing_hears_swahili(phone: Phone) -> None:
    Phone(phone.client, number=JUMA).dial(KILOSA, "5", "5")
    assert phone.dial(KILOSA).startswith("CON Karibu")


# ---- When nothing can be stored --------------------------------------------------------------


@pytest.mark.parametrize("transcript", ["", "2", "3", "1*1*1*Maji hayatoki", "5*5"])
def test_without_the_database_a_hop_ends_and_leaves_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, transcript: str
) -> None:
    phone.dial(KILOSA)
    with monkeypatch.context() as patched:
        take_away_the_database(patched)
        assert phone.hop(transcript).text == FAULT
    assert everything(Ticket) == everything(Conversation) == []


def test_without_the_database_keys_still_lead_on(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.dial(KILOSA)
    take_away_the_database(monkeypatch)
    assert phone.type("1", "1", "1").startswith(f"CON {WORDS}")


def test_words_that_could_not_be_stored_are_taken_when_the_network_repeats_them(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS)
    with monkeypatch.context() as patched:
        take_away_the_database(patched)
        phone.type("Maji hayatoki")
    assert phone.hop(phone.transcript).text.startswith("CON Limepokelewa")
    assert the_ticket().words == "Maji hayatoki"


def test_the_header_is_sent_with_screens_only(client: Client) -> None:
    assert MARK in bring(client, "ussd", HOP, at=NOW).headers
    assert MARK not in bring(client, "ussd", HOP | {"serviceCode": "*999#"}, at=NOW).headers
