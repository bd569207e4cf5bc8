"""Laws of the doors: whatever comes in, nothing breaks and no word is lost."""

from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from callcentre.cli.processes import ABROAD
from callcentre.dialogue.texts import FEWEST_LETTERS
from callcentre.network.parts import parts
from callcentre.outbox import Message
from callcentre.tickets.model import Ticket
from conversations.phone import (
    ASHA,
    KILOSA,
    TO_THE_WORDS,
    Phone,
    bring,
    bring_signed,
    everything,
    take_away_the_database,
)

HOOKS = ("ussd", "ussd/ended", "sms", "sms/receipt", "sms/optout", "sms/subscription")
SIGNED = ("sms", "sms/status", "sms/status?attempt=1", "sms/status?attempt=x&attempt=2")
FIELDS = [
    *("sessionId", "phoneNumber", "serviceCode", "text", "input", "status", "hopsMetadata"),
    *("from", "to", "id", "linkId", "date", "networkCode", "failureReason", "updateType"),
]
SIGNED_FIELDS = [
    *("MessageSid", "From", "To", "Body", "MessageStatus", "ErrorCode", "NumMedia", "OptOutType"),
]
KEYWORDS = [
    *("ACHA", "STOP", "MSAADA", "NIPIGIE", "HALI", "ONGEZA", "KWANINI"),
    *("LALAMIKO", "MAONI", "PONGEZI", "SWALI", "ANZA", "BILA", "JINA", "Habari"),
    *("KILOSA", "MOROGORO", "SENGEREMA", "UTUMISHI"),
]

law = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
words = st.text(st.characters(codec="utf-8"), max_size=60)
values = st.one_of(
    words,
    st.sampled_from([ASHA, "0712345678", KILOSA, "15001", "Success", "Failed", "1*1*1", "1*1*3*1"]),
    st.sampled_from(["*149*53*2*2600123454#", "*149*53*#", "*149*53**1#", ABROAD, "delivered"]),
    st.builds(lambda text: text * 100, words),
)


@law
@given(hook=st.sampled_from(HOOKS), body=st.binary(max_size=300))
def test_no_body_breaks_a_hook(client: Client, hook: str, body: bytes) -> None:
    assert bring(client, hook, body).status_code < 500


@law
@given(hook=st.sampled_from(HOOKS), form=st.dictionaries(st.sampled_from(FIELDS), values))
def test_no_form_breaks_a_hook(client: Client, hook: str, form: dict[str, str]) -> None:
    assert bring(client, hook, form).status_code < 500


@law
@given(hook=st.sampled_from(SIGNED), form=st.dictionaries(st.sampled_from(SIGNED_FIELDS), values))
def test_no_signed_form_breaks_a_hook(client: Client, hook: str, form: dict[str, str]) -> None:
    assert bring_signed(client, f"/hooks/twilio/{hook}", form).status_code < 500


@law
@given(content_type=words.filter(lambda text: text.isprintable() and text.isascii()))
def test_no_content_type_breaks_a_hook(client: Client, content_type: str) -> None:
    assert bring(client, "sms", b"text=1", content_type=content_type).status_code < 500


@law
@given(transcript=st.lists(st.one_of(st.sampled_from("0123456789"), words), max_size=12))
def test_every_transcript_gets_a_screen_that_the_network_shows(
    client: Client, transcript: list[str]
) -> None:
    phone = Phone(client)
    phone.code, phone.session = KILOSA, token_hex(8)
    answer = phone.hop("*".join(transcript))
    assert answer.status_code == 200 and answer.text.startswith(("CON ", "END "))
    assert parts(answer.text) == 1


@law
@given(typed=words.filter(lambda text: sum(map(str.isalpha, text)) >= 3))
def test_words_at_their_screen_open_one_ticket_that_holds_each_letter(
    client: Client, typed: str
) -> None:
    before = everything(Ticket)
    phone = Phone(client)
    phone.dial(KILOSA, *TO_THE_WORDS)
    shown = phone.type("Eleza " + typed)
    [ticket] = everything(Ticket)[len(before) :]
    assert ticket.ref in shown or "112" in shown  # the words may tell of danger
    assert letters(ticket.words) == letters("Eleza " + typed)


@law
@given(
    text=st.one_of(
        words, st.lists(st.sampled_from([*KEYWORDS, "maji", "26-00123454"])).map(" ".join)
    )
)
def test_any_sms_opens_one_ticket_with_its_letters_or_is_answered_by_rule(
    client: Client, text: str
) -> None:
    tickets, messages = len(everything(Ticket)), len(everything(Message))
    assert Phone(client).text(text, id=token_hex(8)).status_code == 200

    opened, posted = everything(Ticket)[tickets:], everything(Message)[messages:]
    assert len(opened) <= 1 and len(posted) <= 1
    if not any(text.casefold().strip().startswith(word.casefold()) for word in KEYWORDS):
        assert len(opened) == (len(letters(text)) >= FEWEST_LETTERS)
    if opened and opened[0].identity != "anonymous":
        assert letters(opened[0].words) == letters(text)


@pytest.mark.parametrize(
    ("hook", "form"),
    [
        (
            "ussd/ended",
            {"sessionId": "1", "phoneNumber": ASHA, "serviceCode": KILOSA, "status": "x"},
        ),
        ("sms", {"from": ASHA, "to": "15001", "text": "Maji hayatoki"}),
        ("sms/receipt", {"id": "ATXid_1", "status": "Success"}),
        ("sms/optout", {"phoneNumber": ASHA}),
        ("sms/subscription", {"phoneNumber": ASHA, "updateType": "deletion"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_the_database_what_may_be_repeated_is_asked_for_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, hook: str, form: dict[str, str]
) -> None:
    with monkeypatch.context() as patched:
        take_away_the_database(patched)
        answer = bring(client, hook, form)
    assert (answer.status_code, answer.text) == (503, "try again\n")
    assert bring(client, hook, form).status_code == 200


def test_without_the_database_what_is_no_request_is_still_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away_the_database(monkeypatch)
    assert bring(client, "sms", {}, secret="guess").status_code == 403
    assert bring(client, "sms", {}).status_code == 400
    assert bring(client, "sms", b"{}", content_type="application/json").status_code == 415


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))
