"""Sending by Africa's Talking: what it is asked, and what its answers mean."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from conversations.payloads import ROWS
from conversations.provider import JSON, LETTER, Api, about, answered, at, serving

from callcentre.outbox import Result
from callcentre.providers import africastalking as connection
from callcentre.sms.providers import africastalking

OURS_WAIT, TOO_FAST = timedelta(minutes=10), timedelta(seconds=30)


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


def test_what_goes_over_the_wire_is_the_sample_request(api: Api) -> None:
    """As the SDK puts it, but for the account's name."""
    row = dict(ROWS["at-send-request-wire"]["form"])
    api.answer = (201, answered(101), JSON)
    africastalking.send(replace(LETTER, sender=row["from"], text=row["message"], to=row["to"]))
    (asked,) = api.asked
    assert asked.path == "/version1/messaging"
    assert asked.form == row


@pytest.mark.parametrize(
    ("status", "code", "given", "kept"),
    [
        pytest.param(201, 100, "ATXid_1", "ATXid_1", id="processed"),
        pytest.param(201, 101, "ATXid_1", "ATXid_1", id="sent"),
        pytest.param(201, 102, "ATXid_1", "ATXid_1", id="queued"),
        pytest.param(200, 101, "ATXid_1", "ATXid_1", id="with status 200"),
        pytest.param(201, 101, "None", None, id="the word None is no id"),
        pytest.param(201, 101, "", None, id="no id"),
    ],
)
def test_a_recipient_accepted_is_known_by_its_id(
    api: Api, status: int, code: int, given: str, kept: str | None
) -> None:
    api.answer = (status, answered(code, message_id=given), JSON)
    assert africastalking.send(LETTER) == Result("accepted", kept, str(code))


@pytest.mark.parametrize(
    ("code", "word", "outcome"),
    [
        (401, "RiskHold", "ours"),
        (402, "InvalidSenderId", "ours"),
        (403, "InvalidPhoneNumber", "never"),
        (404, "UnsupportedNumberType", "never"),
        (405, "InsufficientBalance", "ours"),
        (406, "UserInBlacklist", "never"),
        (407, "CouldNotRoute", "never"),
        (409, "DoNotDisturbRejection", "never"),
        (500, "InternalServerError", "again"),
        (501, "GatewayError", "again"),
        (502, "RejectedByGateway", "again"),
    ],
)
def test_a_recipient_refused_says_whether_to_try_again(
    api: Api, code: int, word: str, outcome: str
) -> None:
    api.answer = (201, answered(code, word, "None"), JSON)
    wait = OURS_WAIT if outcome == "ours" else None
    refused = Result(
        outcome, None, str(code), word, wait, opted_out=code == 406, elsewhere=code == 407
    )
    assert africastalking.send(LETTER) == refused


def test_an_answer_without_recipients_sent_nothing(api: Api) -> None:
    api.answer = (201, about("InvalidSenderId"), JSON)
    assert africastalking.send(LETTER) == Result("ours", None, "InvalidSenderId", "", OURS_WAIT)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        pytest.param(401, "The supplied authentication is invalid", "ours", id="wrong key"),
        pytest.param(403, "no", "ours", id="forbidden"),
        pytest.param(400, "Request is missing required form field 'to'", "never", id="bad form"),
        pytest.param(404, "<h1>Not Found</h1>", "ours", id="not the address of its API"),
        pytest.param(402, "Payment Required", "ours", id="no credit"),
        pytest.param(429, "slow down", "again", id="throttled"),
        pytest.param(500, "oops", "again", id="server error"),
        pytest.param(503, "", "again", id="unavailable"),
    ],
)
def test_an_http_error_says_whether_to_try_again(
    api: Api, status: int, body: str, outcome: str
) -> None:
    api.answer = (status, body, "text/plain")
    wait = {"ours": OURS_WAIT, "again": TOO_FAST if status == 429 else None}.get(outcome)
    assert africastalking.send(LETTER) == Result(outcome, None, str(status), body, wait)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<!doctype html><h1>Sent</h1>", id="a page"),
        pytest.param("{}", id="an empty object"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('{"SMSMessageData": null}', id="no data"),
        pytest.param('{"SMSMessageData": {"Message": "Sent"}}', id="no recipients named"),
        pytest.param(about("Sent", "ATXid_1"), id="a recipient that is a word"),
        pytest.param(about("Sent", {"messageId": "ATXid_1"}), id="no code"),
        pytest.param(about("Sent", {"statusCode": "Success"}), id="a code that is a word"),
        pytest.param(about("Sent", {"statusCode": None}), id="a code that is null"),
    ],
)
def test_an_answer_that_makes_no_sense_may_have_been_a_sending(api: Api, body: str) -> None:
    api.answer = (201, body, JSON)
    assert africastalking.send(LETTER) == Result("unknown", None, "nonsense", body)


@pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", "text/plain"])
def test_the_content_type_of_an_answer_does_not_matter(api: Api, content_type: str) -> None:
    api.answer = (201, answered(101), content_type)
    assert africastalking.send(LETTER).outcome == "accepted"


def test_no_answer_in_time_may_have_been_a_sending(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", (1, 0.05))
    answer_now = threading.Event()
    api.before = lambda: answer_now.wait(5)

    result = africastalking.send(LETTER)
    answer_now.set()

    assert (result.outcome, result.code) == ("unknown", "no answer")


def test_a_connection_that_breaks_off_may_have_been_a_sending(
    schema: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hanging_up = threading.Thread(target=lambda: server.accept()[0].close())
        hanging_up.start()
        with at(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}"):
            result = africastalking.send(LETTER)
        hanging_up.join()

    assert (result.outcome, result.code) == ("unknown", "connection")


def test_a_connection_refused_was_no_sending(schema: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with at(monkeypatch, f"http://127.0.0.1:{port}"):
        result = africastalking.send(LETTER)

    assert (result.outcome, result.code) == ("again", "connection")


def test_a_message_is_sent_as_the_documentation_says(api: Api) -> None:
    api.answer = (201, answered(101), JSON)
    africastalking.send(LETTER)

    [asked] = api.asked
    assert asked.path == "/version1/messaging"
    assert asked.form == {
        "username": "sandbox",
        "to": "+255712345678",
        "message": "Tumepokea",
        "from": "15001",
        "bulkSMSMode": "1",
        "enqueue": "1",
    }
    assert asked.headers["Apikey"] == "test-key"
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_answer_to_an_on_demand_sms_carries_its_link(api: Api) -> None:
    api.answer = (201, answered(101), JSON)
    africastalking.send(replace(LETTER, sender="21512", link="SampleLinkId123"))

    [asked] = api.asked
    assert asked.path == "/version1/messaging"
    assert asked.form == {
        "username": "sandbox",
        "to": "+255712345678",
        "message": "Tumepokea",
        "from": "21512",
        "bulkSMSMode": "0",
        "linkId": "SampleLinkId123",
    }


@pytest.mark.parametrize(
    ("api_url", "bulk", "premium"),
    [
        pytest.param(
            "https://api.africastalking.com",
            "https://api.africastalking.com/version1/messaging",
            "https://content.africastalking.com/version1/messaging",
            id="live",
        ),
        pytest.param(
            "https://api.sandbox.africastalking.com",
            "https://api.sandbox.africastalking.com/version1/messaging",
            "https://api.sandbox.africastalking.com/version1/messaging",
            id="sandbox",
        ),
    ],
)
def test_on_demand_sms_has_a_host_of_its_own_on_the_live_service(
    schema: None, monkeypatch: pytest.MonkeyPatch, api_url: str, bulk: str, premium: str
) -> None:
    with at(monkeypatch, api_url):
        service = africastalking._Service.for_this_process()

    assert service._make_url("/messaging") == bulk
    assert service._make_url("/messaging", content=True) == premium
