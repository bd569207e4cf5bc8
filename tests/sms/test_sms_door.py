"""The SMS door: whose message it is, what it asks for, and what is done about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from threading import Barrier

import pytest
from conversations.phone import (
    ASHA,
    FORM,
    JUMA,
    KILOSA,
    NOW,
    SECRET,
    Phone,
    add_line,
    block,
    bring,
    everything,
    number_of,
    stopped_at,
    take_away_the_database,
    the_message,
    the_task,
    the_ticket,
    told,
)
from werkzeug.test import Client

from callcentre import vault
from callcentre.audit import Event
from callcentre.callers import Caller
from callcentre.conversations.model import RawEvent
from callcentre.outbox import Message
from callcentre.tickets.model import Ticket

WORDS = "Maji hayatoki Buguruni"
OURS = "21512"  # a short code of Kilosa's own


@pytest.fixture
def phone(client: Client) -> Phone:
    return Phone(client)


def last() -> str:
    return everything(Message)[-1].text


# ---- Who may come in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "body", "content_type", "status"),
    [
        pytest.param("guess", b"\xff", "application/json", 403, id="a wrong secret"),
        pytest.param(SECRET, b"x" * 65_537, FORM, 413, id="too long"),
        pytest.param(SECRET, b"{}", "application/json", 415, id="JSON"),
        pytest.param(SECRET, b"", FORM, 400, id="nothing"),
        pytest.param(SECRET, b"from=1&to=2", FORM, 400, id="no text"),
        pytest.param(SECRET, b"from=1&to=2&text=a&text=b", FORM, 400, id="two texts"),
        pytest.param(SECRET, b"from=1&to=2&text=%FF", FORM, 400, id="bad UTF-8"),
    ],
)
def test_what_is_no_sms_is_refused(
    client: Client, secret: str, body: bytes, content_type: str, status: int
) -> None:
    answer = bring(client, "sms", body, secret=secret, content_type=content_type)
    assert answer.status_code == status
    assert everything(RawEvent) == []


# ---- Words -----------------------------------------------------------------------------------


def test_words_open_a_ticket_and_are_acknowledged_to_the_phone_itself(phone: Phone) -> None:
    assert phone.text(WORDS).status_code == 200
    ticket, message = the_ticket(), the_message()
    assert (ticket.words, ticket.identity, ticket.channel) == (WORDS, "secret", "sms")
    assert (ticket.institution, ticket.placed) == ("morogoro", False)
    assert (number_of(message), message.status, message.sender) == (ASHA, "queued", "15001")
    assert message.text.startswith("Huduma kwa Mteja: tumepokea suala lako Na. " + ticket.ref)
    assert ticket.number_confirmed_at == NOW


def test_on_a_line_of_its_own_the_office_is_known_and_dated(phone: Phone) -> None:
    add_line(OURS, "kilosa", channel="sms")
    phone.text(WORDS, to=OURS)
    ticket = the_ticket()
    assert (ticket.institution, ticket.placed) == ("kilosa", True)
    assert told(ticket.ref) is not None
    assert the_message().text.startswith(
        f"H/W ya Kilosa: tumepokea lalamiko lako Na. {ticket.ref}."
    )
    assert the_message().sender == OURS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("LALAMIKO maji hayatoki", "complaint"),
        ("MAONI\nboresheni huduma", "opinion"),
        ("Pongezi kwa muuguzi", "compliment"),
        ("Swali: hati bei gani", "enquiry"),
    ],
)
def test_the_first_word_sets_the_kind(phone: Phone, text: str, kind: str) -> None:
    phone.text(text)
    assert (the_ticket().kind, the_ticket().words) == (kind, text)


@pytest.mark.parametrize(
    ("text", "institution"),
    [
        ("KILOSA maji hayatoki", "kilosa"),
        ("Sengerema: maji hayatoki", "sengerema"),
        ("MOROGORO maji hayatoki", "morogoro"),
        ("utumishi mshahara umechelewa", "utumishi"),
    ],
)
def test_a_keyword_on_the_shared_line_opens_at_that_office_with_its_dates(
    phone: Phone, text: str, institution: str
) -> None:
    phone.text(text)
    ticket = the_ticket()
    assert (ticket.institution, ticket.placed, ticket.words) == (institution, True, text)
    has_dates = institution != "utumishi"  # no document promises one there
    assert (told(ticket.ref) is not None) is has_dates


def test_without_a_keyword_the_keeper_of_the_shared_line_places_it(phone: Phone) -> None:
    phone.text("Maji hayatoki Kilosa")
    assert (the_ticket().institution, the_ticket().placed) == ("morogoro", False)


def test_a_keyword_and_bila_jina_open_a_nameless_ticket_there(phone: Phone) -> None:
    phone.text("BILA JINA KILOSA daktari anaomba rushwa")
    ticket = the_ticket()
    assert (ticket.institution, ticket.identity) == ("kilosa", "anonymous")
    assert ticket.words == "KILOSA daktari anaomba rushwa"
    assert ticket.sealed_number is None


def test_on_a_line_of_its_own_a_keyword_changes_nothing(phone: Phone) -> None:
    add_line(OURS, "kilosa", channel="sms")
    phone.text("SENGEREMA maji hayatoki", to=OURS)
    assert the_ticket().institution == "kilosa"
    assert the_ticket().words == "SENGEREMA maji hayatoki"


def test_a_keyword_alone_gets_help_and_opens_nothing(phone: Phone) -> None:
    phone.text("KILOSA")
    assert last().startswith("Tuma kwenda 15001: LALAMIKO")
    assert everything(Ticket) == []


@pytest.mark.parametrize(
    ("date", "opened"),
    [
        pytest.param("2026-11-23 06:59:58", NOW - timedelta(seconds=2), id="two seconds old"),
        pytest.param("2026-11-22T19:00:00Z", NOW - timedelta(hours=12), id="twelve hours old"),
        pytest.param("2026-11-22T18:59:59Z", NOW, id="older"),
        pytest.param("2026-11-23 07:00:01", NOW, id="in the future"),
        pytest.param("leo", NOW, id="no date"),
    ],
)
def test_a_believable_date_is_when_it_was_received(
    phone: Phone, date: str, opened: datetime
) -> None:
    phone.text(WORDS, date=date)
    assert the_ticket().opened_at == opened


def test_words_of_any_length_are_kept_whole(phone: Phone) -> None:
    phone.text("maji " * 2_000)
    assert the_ticket().words == ("maji " * 2_000).strip()


def test_the_raw_event_is_kept_sealed_under_a_print_of_the_number(phone: Phone) -> None:
    phone.text(WORDS)
    [raw] = everything(RawEvent)
    assert vault.unseal(raw.body) == WORDS
    assert raw.number_print == vault.fingerprint(ASHA)


# ---- Whose message it is ---------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["MTN", "15001", "", "whatsapp:+255712345678", "٠٧١٢٣٤٥٦٧٨"])
def test_a_sender_that_is_no_number_is_kept_and_not_answered(phone: Phone, sender: str) -> None:
    assert phone.text(WORDS, **{"from": sender}).status_code == 200
    assert everything(Ticket) == everything(Message) == []
    assert vault.unseal(everything(RawEvent)[0].body) == WORDS


def test_one_of_our_own_lines_is_not_answered(phone: Phone) -> None:
    phone.number = "+255262160240"  # Utumishi's hotline
    phone.text(WORDS)
    assert everything(Ticket) == everything(Message) == []


def test_a_number_of_a_range_we_do_not_know_yet_is_heard(phone: Phone) -> None:
    phone.number = "+255591234567"
    phone.text(WORDS)
    assert number_of(the_ticket()) == "+255591234567"


@pytest.mark.parametrize("to", ["15002", "", KILOSA, "+255262160240"])
def test_a_line_that_is_none_of_ours_is_kept_and_not_answered(phone: Phone, to: str) -> None:
    assert phone.text(WORDS, to=to).status_code == 200
    assert everything(Ticket) == everything(Message) == []
    assert len(everything(RawEvent)) == 1


@pytest.mark.parametrize("written", [ASHA, " 255712345678", "0712345678", "00255712345678"])
def test_a_blocked_number_is_kept_and_not_answered(phone: Phone, written: str) -> None:
    block(ASHA)
    phone.text(WORDS, **{"from": written})
    assert everything(Ticket) == everything(Message) == []
    assert len(everything(RawEvent)) == 1


def test_the_answer_comes_in_the_numbers_language(phone: Phone) -> None:
    phone.dial(KILOSA, "5", "5")
    phone.text(WORDS, **{"from": "0712345678"})
    assert the_ticket().language == "en"


# ---- Repeats ---------------------------------------------------------------------------------


def test_a_repeat_is_answered_and_does_nothing(phone: Phone) -> None:
    for minutes in (0, 1, 700):
        phone.at = NOW + timedelta(minutes=minutes)
        assert phone.text(WORDS, id="same").status_code == 200
    assert len(everything(Ticket)) == len(everything(Message)) == 1


def test_a_repeat_at_the_same_time_does_nothing_either(phone: Phone) -> None:
    together = Barrier(2)

    def text(_: int) -> int:
        together.wait(5)
        return phone.text(WORDS, id="same").status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(text, range(2))) == [200, 200]
    assert len(everything(Ticket)) == len(everything(Message)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"id": "a\0b"}, id="NUL in the id"),
        pytest.param({"id": token_urlsafe(9_000)}, id="an id too long for an index"),
        pytest.param({"linkId": "a\0b"}, id="NUL in the link"),
        pytest.param({"linkId": token_urlsafe(9_000)}, id="a long link"),
        pytest.param({"date": "9999-12-31T23:59:59-12:00"}, id="a date beyond all dates"),
        pytest.param({"to": "15001\0"}, id="NUL in the line"),
        pytest.param({"from": "+255712345678\0"}, id="NUL in the number"),
    ],
)
def test_odd_fields_lose_no_words_and_repeats_are_known(
    phone: Phone, fields: dict[str, str]
) -> None:
    for _ in range(2):
        assert phone.text(WORDS, **({"id": "same"} | fields)).status_code == 200
    assert the_ticket().words == WORDS


# ---- When nothing can be stored --------------------------------------------------------------


def test_without_the_database_the_provider_is_to_come_again(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        take_away_the_database(patched)
        assert phone.text(WORDS, id="same").status_code == 503
    assert phone.text(WORDS, id="same").status_code == 200
    assert the_ticket().words == WORDS


# ---- Keywords --------------------------------------------------------------------------------


def test_stop_is_recorded_and_answered(phone: Phone) -> None:
    phone.text("ACHA")
    assert stopped_at(ASHA) == NOW
    assert the_message().text.startswith("Hutapata tena SMS zetu.")
    (event,) = everything(Event)
    assert (event.kind, event.actor) == ("stopped", "citizen")
    assert event.body is not None and vault.fingerprint(ASHA).hex() in event.body


def test_start_takes_it_back(phone: Phone) -> None:
    phone.text("ACHA")
    phone.text("ANZA")
    assert stopped_at(ASHA) is None
    assert last().startswith("Asante. Utapata tena SMS zetu.")


def test_after_stop_ones_own_ticket_is_still_acknowledged(phone: Phone) -> None:
    phone.text("ACHA")
    phone.text(WORDS)
    assert the_ticket().ref in last()


def test_the_providers_own_opt_out_counts_as_stop(phone: Phone) -> None:
    form = {"senderId": "15001", "phoneNumber": "0712345678"}
    assert bring(phone.client, "sms/optout", form).status_code == 200
    assert stopped_at(ASHA) == NOW
    assert everything(Message) == []


@pytest.mark.parametrize(("number", "status"), [("x", 200), ("", 200), (None, 400)])
def test_an_opt_out_of_nobody_changes_nothing(
    client: Client, number: str | None, status: int
) -> None:
    form = {} if number is None else {"phoneNumber": number}
    assert bring(client, "sms/optout", form).status_code == status
    assert everything(Caller) == []


def test_nipigie_asks_for_a_call(phone: Phone) -> None:
    phone.text("Nipigie!")
    assert (the_task().kind, the_task().institution) == ("call_back", "morogoro")
    assert the_message().text.startswith("Tumepokea ombi lako. Tutakupigia saa za kazi.")


def test_nipigie_on_kilosas_own_line_is_dated(phone: Phone) -> None:
    add_line(OURS, "kilosa", channel="sms")
    phone.text("NIPIGIE", to=OURS)
    assert the_task().due_at == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert "mwisho ni Jumanne 24/11" in the_message().text


def test_ahadi_names_the_promises_of_the_lines_own_office(phone: Phone) -> None:
    add_line(OURS, "kilosa", channel="sms")
    phone.text("AHADI", to=OURS)
    assert last() == (
        "H/W ya Kilosa: utajulishwa limefika ndani ya siku 7 za kazi. Utajibiwa au kuelezwa"
        " lilipofikia ndani ya siku 60 za kazi (miezi 3). Haki: *149*53#."
    )
    assert everything(Ticket) == []


def test_haki_on_a_shared_line_says_where_to_hear_of_each_office(phone: Phone) -> None:
    phone.text("haki")
    assert last().endswith("piga *149*50#, chagua 5.")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("MSAADA", "Tuma kwenda 15001: LALAMIKO"),
        ("LALAMIKO", "Tuma kwenda 15001: LALAMIKO"),
        ("BILA JINA", "Tuma kwenda 15001: LALAMIKO"),
        ("Habari", "Karibu Huduma kwa Mteja."),
        ("ok", "Karibu Huduma kwa Mteja."),
        ("😡", "Karibu Huduma kwa Mteja."),
    ],
)
def test_help_and_greeting_open_nothing_and_go_once_an_hour(
    phone: Phone, text: str, reply: str
) -> None:
    for minutes in (-1, 0, 58):  # the clock's hour is full in between
        phone.at = NOW + timedelta(minutes=minutes)
        phone.text(text)
    assert the_message().text.startswith(reply)
    assert everything(Ticket) == []

    phone.at = NOW + timedelta(minutes=59)
    phone.text(text)
    assert len(everything(Message)) == 2


def test_each_number_is_greeted_for_itself(phone: Phone) -> None:
    phone.text("Habari")
    phone.text("Habari", **{"from": JUMA})
    assert [number_of(message) for message in everything(Message)] == [ASHA, JUMA]


@pytest.mark.parametrize(
    ("update", "stopped"), [("deletion", NOW), ("Addition", None)], ids=["ended", "begun"]
)
def test_a_subscription_begun_or_ended_is_remembered(
    client: Client, update: str, stopped: datetime | None
) -> None:
    form = {"phoneNumber": ASHA, "shortCode": "15001", "keyword": "x", "updateType": update}
    assert bring(client, "sms/subscription", form).status_code == 200
    assert stopped_at(ASHA) == stopped
