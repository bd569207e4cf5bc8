"""Twilio's doors: what it signed comes in, and means the same as from any other provider."""

from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from conversations.payloads import ROWS
from conversations.phone import (
    ASHA,
    FORM,
    NOW,
    SMS,
    Phone,
    attempt,
    everything,
    kept_by,
    sent,
    stopped_at,
    take_away_the_database,
    the_message,
    the_task,
    the_ticket,
)
from twilio.request_validator import RequestValidator
from werkzeug.test import Client, TestResponse

from callcentre import clock, config
from callcentre.cli.processes import ABROAD
from callcentre.conversations.model import RawEvent
from callcentre.outbox import Message, Result
from callcentre.sms.providers import twilio
from callcentre.tickets.model import Ticket

WORDS = "Maji hayatoki mtaa wa Buguruni"
NOTHING_MORE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
MARIAM = "+4915112345678"
_ids = count(1)


def post(
    client: Client, path: str, form: dict[str, str] | bytes, *, token: str = "", url: str = ""
) -> TestResponse:
    """A request signed as Twilio signs it, with `token` over `url` (default: what is right)."""
    settings = config.load()
    fields = form if isinstance(form, dict) else {}
    validator = RequestValidator(token or settings.twilio_auth_token)
    signature = validator.compute_signature(url or f"{settings.public_url}{path}", fields)
    body = urlencode(form) if isinstance(form, dict) else form
    with clock.at(NOW):
        return client.post(
            path, data=body, content_type=FORM, headers={"X-Twilio-Signature": signature}
        )


def text(client: Client, words: str, **changes: str) -> TestResponse:
    sid = f"SM{next(_ids):032x}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": config.load().twilio_account_sid,
        "From": MARIAM,
        "To": ABROAD,
        "Body": words,
        "NumMedia": "0",
        "FromCity": "",
        "ApiVersion": "2010-04-01",
    }
    return post(client, "/hooks/twilio/sms", form | changes)


def report(client: Client, status: str, attempt: object = "", **changes: str) -> TestResponse:
    form = {"MessageSid": "SM1", "MessageStatus": status, "To": MARIAM, "From": ABROAD} | changes
    query = f"?attempt={attempt}" if attempt != "" else ""
    return post(client, f"/hooks/twilio/sms/status{query}", form)


# Who may come in


@pytest.mark.parametrize("path", ["/hooks/twilio/sms", "/hooks/twilio/sms/status"])
def test_what_is_not_signed_is_refused(client: Client, path: str) -> None:
    answer = client.post(path, data={"MessageSid": "SM1", "From": MARIAM, "To": ABROAD})
    assert answer.status_code == 403
    assert everything(RawEvent) == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"token": "another"}, id="with another token"),
        pytest.param({"url": "https://evil.example/hooks/twilio/sms"}, id="for another address"),
        pytest.param({"url": "http://127.0.0.1:9/hooks/twilio/sms?x=1"}, id="with a query"),
    ],
)
def test_what_is_signed_otherwise_is_refused(client: Client, how: dict[str, str]) -> None:
    form = {"MessageSid": "SM1", "From": MARIAM, "To": ABROAD, "Body": WORDS}
    assert post(client, "/hooks/twilio/sms", form, **how).status_code == 403
    assert everything(Ticket) == []


def test_a_field_dropped_on_the_way_breaks_the_signature(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was signed with a blank field that a parser then dropped."""
    row = ROWS["tw-sms-blank-dropped"]
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", row["auth_token_for_test"])
    monkeypatch.setenv("PUBLIC_URL", "https://kero.example.tz")
    config.load.cache_clear()
    try:
        answer = client.post("/hooks/twilio/sms", data=row["body"].encode(), headers=row["headers"])
    finally:
        monkeypatch.undo()
        config.load.cache_clear()
    assert answer.status_code == 403
    assert everything(Ticket) == []


def test_without_a_token_nobody_comes_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    config.load.cache_clear()
    try:
        form = {"MessageSid": "SM1", "From": MARIAM, "To": ABROAD, "Body": WORDS}
        assert post(client, "/hooks/twilio/sms", form, token="guess").status_code == 403
    finally:
        monkeypatch.undo()
        config.load.cache_clear()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"x" * 65_537, FORM, 413, id="too long"),
        pytest.param(b"{}", "application/json", 415, id="JSON"),
        pytest.param(b"Body=%FF", FORM, 400, id="bad UTF-8"),
        pytest.param(b"", FORM, 403, id="nothing"),
    ],
)
def test_what_is_no_form_is_refused(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post("/hooks/twilio/sms", data=body, content_type=content_type)
    assert answer.status_code == status


def test_a_signed_field_given_twice_is_refused(client: Client) -> None:
    form = {"MessageSid": "SM1", "From": MARIAM, "To": ABROAD, "Body": WORDS}
    settings = config.load()
    url = f"{settings.public_url}/hooks/twilio/sms"
    signature = RequestValidator(settings.twilio_auth_token).compute_signature(url, form)
    answer = client.post(
        "/hooks/twilio/sms",
        data=f"{urlencode(form)}&MessageSid=SM1",  # the signature counts equal values once
        content_type=FORM,
        headers={"X-Twilio-Signature": signature},
    )
    assert answer.status_code == 400


def test_a_signed_message_without_its_sender_is_refused(client: Client) -> None:
    answer = post(client, "/hooks/twilio/sms", {"MessageSid": "SM1", "To": ABROAD})
    assert (answer.status_code, answer.text) == (400, "missing: From\n")


def test_while_nothing_can_be_stored_twilio_must_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away_the_database(monkeypatch)
    assert text(client, WORDS).status_code == 503


# What it says


def test_words_from_abroad_are_a_complaint_answered_by_the_same_line(client: Client) -> None:
    answer = text(client, WORDS)
    assert (answer.status_code, answer.text) == (200, NOTHING_MORE)
    assert answer.content_type == "text/xml; charset=utf-8"
    ticket, message = the_ticket(), the_message()
    assert (ticket.words, ticket.line, ticket.channel) == (WORDS, ABROAD, "sms")
    assert (message.provider, message.sender, message.ticket_id) == ("twilio", ABROAD, ticket.id)


def test_the_same_message_twice_is_one_complaint(client: Client) -> None:
    for _ in range(3):
        assert text(client, WORDS, MessageSid="SM1").status_code == 200
    assert len(everything(Ticket)) == 1


def test_a_picture_without_words_gets_the_greeting(client: Client) -> None:
    form = {"MessageSid": "SM1", "From": MARIAM, "To": ABROAD, "NumMedia": "1"}
    assert post(client, "/hooks/twilio/sms", form).status_code == 200
    assert everything(Ticket) == []
    assert the_message().text.startswith("Karibu")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"To": "+15005550001"}, id="to no line of ours"),
        pytest.param({"To": SMS}, id="to a line of another provider"),
        pytest.param({"From": f"whatsapp:{ASHA}"}, id="by WhatsApp"),
        pytest.param({"From": ABROAD}, id="from our own line"),
        pytest.param({"From": "MTN"}, id="from a name"),
    ],
)
def test_what_nobody_can_be_answered_for_opens_nothing(
    client: Client, changes: dict[str, str]
) -> None:
    assert text(client, WORDS, **changes).status_code == 200
    assert (everything(Ticket), everything(Message)) == ([], [])


def test_a_word_of_command_is_the_same_word(client: Client) -> None:
    text(client, "STOP")
    assert stopped_at(MARIAM) == NOW


# What it reports


def test_a_delivered_report_keeps_the_promise_to_acknowledge(client: Client) -> None:
    text(client, WORDS)
    outgoing = sent(Result("accepted", "SM1", "queued"))
    report(client, "sent", outgoing.attempt_id)
    assert (the_message().status, kept_by()) == ("sent", None)
    report(client, "delivered", outgoing.attempt_id)
    assert (the_message().status, kept_by()) == ("delivered", "receipt")


def test_a_late_word_of_sending_changes_nothing(client: Client) -> None:
    text(client, WORDS)
    outgoing = sent(Result("accepted", "SM1", "queued"))
    for status in ("delivered", "sent", "queued"):
        report(client, status, outgoing.attempt_id)
    assert the_message().status == "delivered"


def test_a_report_finds_its_attempt_though_the_answer_to_the_send_was_lost(
    client: Client,
) -> None:
    text(client, WORDS)
    outgoing = sent(Result("unknown", code="no answer"))
    report(client, "delivered", outgoing.attempt_id, MessageSid="SM9")
    assert (the_message().status, attempt().provider_id) == ("delivered", "SM9")


def test_a_report_that_names_an_attempt_of_another_provider_touches_it_not(
    client: Client,
) -> None:
    Phone(client).text(WORDS)
    outgoing = sent(Result("unknown", code="no answer"))
    report(client, "failed", outgoing.attempt_id, MessageSid="SM9")
    assert (the_message().status, attempt().provider_id) == ("queued", None)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("tw-status-tz-undelivered-30003", "30003"),
        ("tw-status-tz-undelivered-30007", "30007"),
        ("tw-status-tz-failed-30018", "30018"),
    ],
)
def test_a_message_that_did_not_arrive_goes_by_another_route(
    client: Client, row: str, code: str
) -> None:
    text(client, WORDS)
    form = dict(ROWS[row]["form"])
    outgoing = sent(Result("accepted", form["MessageSid"], "queued"))
    path = f"/hooks/twilio/sms/status?attempt={outgoing.attempt_id}"
    assert post(client, path, form).status_code == 200
    assert (the_message().status, attempt().code) == ("queued", code)


def test_a_landline_is_a_person_s_at_once(client: Client) -> None:
    text(client, WORDS)
    outgoing = sent(Result("accepted", "SM9", "queued"))
    report(client, "undelivered", outgoing.attempt_id, MessageSid="SM9", ErrorCode="30006")
    assert (the_message().status, attempt().code) == ("failed", "30006")
    assert the_task().kind == "prove_acknowledgement"


def test_the_sample_word_of_sending_after_delivery_does_not_undo_it(client: Client) -> None:
    text(client, WORDS)
    form = dict(ROWS["tw-status-tz-sent-late"]["form"])
    outgoing = sent(Result("accepted", form["MessageSid"], "queued"))
    path = f"/hooks/twilio/sms/status?attempt={outgoing.attempt_id}"
    post(client, path, form | {"MessageStatus": "delivered", "SmsStatus": "delivered"})
    post(client, path, form)
    assert the_message().status == "delivered"


def test_our_answer_is_the_sample_without_a_reply_never_the_one_with() -> None:
    """A reply goes by the API: only so is it known whether it arrived."""
    assert twilio.NOTHING_MORE.decode() == ROWS["tw-twiml-sms-none"]["body"]
    assert twilio.NOTHING_MORE.decode() != ROWS["tw-twiml-sms-reply"]["body"]


def test_a_status_nobody_knows_is_kept_and_answered(client: Client) -> None:
    assert report(client, "teleported").status_code == 200
    (kept,) = everything(RawEvent)
    assert (kept.provider, kept.kind) == ("twilio", "receipt")
    assert kept.at - NOW < timedelta(minutes=1)
