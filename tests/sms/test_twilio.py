"""Sending through Twilio with its own SDK, and what its answers and reports mean."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conversations.payloads import ROWS
from conversations.provider import JSON, Api, serving
from given import SETTINGS

from callcentre import config
from callcentre.hooks import Refused
from callcentre.outbox import Outgoing, Receipt
from callcentre.providers.twilio import client
from callcentre.sms.providers import twilio

ACCOUNT = SETTINGS["TWILIO_ACCOUNT_SID"]
MARIAM = "+4915112345678"
LETTER = Outgoing(1, 7, "twilio", sender="+15005550006", to=MARIAM, text="Tumepokea", link=None)
REPORT = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": MARIAM}


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


def taken(sid: Any = "SM1", status: str = "queued") -> tuple[int, str, str]:
    return 201, json.dumps({"sid": sid, "status": status, "body": "", "to": MARIAM}), JSON


def refused(status: int, code: int) -> tuple[int, str, str]:
    return status, json.dumps({"code": code, "message": "no", "status": status}), JSON


def test_a_message_is_sent_with_an_address_for_its_reports(api: Api) -> None:
    api.answer = taken()
    twilio.send(LETTER)
    (asked,) = api.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.form == {
        "To": MARIAM,
        "From": "+15005550006",
        "Body": "Tumepokea",
        "StatusCallback": f"{config.load().public_url}/hooks/twilio/sms/status?attempt=7",
    }
    assert asked.headers["Authorization"].startswith("Basic ")


def test_what_it_took_is_accepted_under_its_id(api: Api) -> None:
    api.answer = taken()
    result = twilio.send(LETTER)
    assert (result.outcome, result.provider_id, result.code) == ("accepted", "SM1", "queued")


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        pytest.param(refused(429, 20429), "again", "20429", id="too many requests"),
        pytest.param(refused(400, 21611), "again", "21611", id="its queue is full"),
        pytest.param((503, "<html>", "text/html"), "again", "503", id="down"),
        pytest.param(refused(401, 20003), "ours", "20003", id="our credentials are wrong"),
        pytest.param(refused(400, 21606), "ours", "21606", id="a sender that cannot send"),
        pytest.param(refused(403, 21408), "ours", "21408", id="a country that is not open to us"),
        pytest.param(refused(400, 21211), "never", "21211", id="no such number"),
        pytest.param(refused(400, 21612), "never", "21612", id="a network it does not reach"),
        pytest.param(refused(400, 21614), "never", "21614", id="a landline"),
        pytest.param(refused(422, 0), "never", "422", id="a request that is none"),
        pytest.param((201, "<html>", "text/html"), "unknown", "nonsense", id="no JSON"),
        pytest.param(taken(sid=None), "unknown", "nonsense", id="no id"),
        pytest.param((201, "[]", JSON), "unknown", "nonsense", id="a list"),
    ],
)
def test_each_answer_has_its_class(
    api: Api, answer: tuple[int, str, str], outcome: str, code: str
) -> None:
    api.answer = answer
    result = twilio.send(LETTER)
    assert (result.outcome, result.code) == (outcome, code)
    assert (result.wait is not None) == (code in ("20429", "21611") or outcome == "ours")
    assert result.elsewhere == (code == "21612")


@pytest.mark.parametrize(
    ("row", "outcome"),
    [("tw-send-21211", "never"), ("tw-send-20003", "ours"), ("tw-prism-422", "never")],
)
def test_the_sample_answers_have_their_class(api: Api, row: str, outcome: str) -> None:
    sample = ROWS[row]
    api.answer = (sample["status"], sample["body"], JSON)
    assert twilio.send(LETTER).outcome == outcome


def test_who_stopped_us_at_twilio_has_stopped_us(api: Api) -> None:
    api.answer = refused(400, 21610)
    result = twilio.send(LETTER)
    assert (result.outcome, result.opted_out) == ("never", True)


def test_a_connection_that_was_never_made_is_safe_to_try_again(api: Api) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWILIO_API_URL", "http://127.0.0.1:9")
        config.load.cache_clear()
        client.cache_clear()
        result = twilio.send(LETTER)
        client().http_client.session.close()
    config.load.cache_clear()
    client.cache_clear()
    assert (result.outcome, result.code) == ("again", "connection")


def test_without_an_account_it_is_ours_to_mend(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "")
    config.load.cache_clear()
    assert twilio.send(LETTER).code == "no account"
    assert api.asked == []


@pytest.mark.parametrize(
    ("status", "ours", "code"),
    [
        *((status, "sent", "") for status in sorted(twilio.ON_ITS_WAY)),
        ("delivered", "delivered", ""),
        ("read", "delivered", ""),
        ("undelivered", "failed", "undelivered"),
        ("failed", "failed", "failed"),
        ("canceled", "failed", "canceled"),
    ],
)
def test_a_report_is_understood(status: str, ours: str, code: str) -> None:
    report = twilio.parse_receipt(REPORT | {"MessageStatus": status}, "7")
    assert report.receipt == Receipt("twilio", "SM1", ours, code, MARIAM, 7)
    assert MARIAM not in str(report.kept)


@pytest.mark.parametrize("status", ["receiving", "received", "nonsense", ""])
def test_a_report_with_an_unknown_word_is_none_of_ours(status: str) -> None:
    assert twilio.parse_receipt(REPORT | {"MessageStatus": status}).receipt is None


@pytest.mark.parametrize("attempt", ["", "x", "7x", "-7", "\N{ARABIC-INDIC DIGIT SEVEN}"])
def test_an_attempt_that_is_no_number_names_none(attempt: str) -> None:
    receipt = twilio.parse_receipt(REPORT, attempt).receipt
    assert receipt is not None and receipt.attempt_id is None


@pytest.mark.parametrize(
    ("code", "opted_out", "trouble"),
    [
        ("21610", MARIAM, ""),
        ("30007", None, "30007"),
        ("30018", None, "30018"),
        ("30003", None, ""),
    ],
)
def test_an_error_says_who_wants_no_more_and_what_an_administrator_must_see_to(
    code: str, opted_out: str | None, trouble: str
) -> None:
    report = twilio.parse_receipt(REPORT | {"MessageStatus": "failed", "ErrorCode": code})
    assert (report.opted_out, report.trouble) == (opted_out, trouble)
    assert report.receipt is not None and report.receipt.code == code


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"MessageStatus": "sent"}, "missing: MessageSid"),
        ({"MessageSid": "SM1"}, "missing: MessageStatus"),
        (REPORT | {"MessageSid": "S" * 201}, "MessageSid is too long"),
    ],
)
def test_a_report_that_cannot_be_one_is_refused(form: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        twilio.parse_receipt(form)
