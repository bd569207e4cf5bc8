"""What we ask of a provider: to ring, to hang up, for a recording, and to forget it."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conversations.payloads import ROWS
from conversations.provider import ASHA, JSON, Api, at, serving
from given import SETTINGS

from callcentre import config
from callcentre.calls.events import Recording
from callcentre.ivr.providers import africastalking, twilio
from callcentre.ivr.providers.contract import NotThere, VoiceProvider
from callcentre.outbox import Result
from callcentre.providers.faults import OURS_WAIT, TOO_FAST

LINE = "+255222000000"
ACCOUNT, TOKEN = SETTINGS["TWILIO_ACCOUNT_SID"], SETTINGS["TWILIO_AUTH_TOKEN"]
SOUND = Recording("http://192.0.2.1/elsewhere", "RE1", 17)


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


def queued(status: str = "Queued", session: str = "ATVId_1", fault: str = "None") -> str:
    entry = {"phoneNumber": ASHA, "status": status, "sessionId": session}
    return json.dumps({"entries": [entry], "errorMessage": fault})


def made(sid: Any = "CA1") -> str:
    return json.dumps({"sid": sid, "status": "queued", "to": ASHA})


def refused(status: int, code: int) -> tuple[int, str, str]:
    return status, json.dumps({"code": code, "message": "no", "status": status}), JSON


def test_africas_talking_is_asked_with_our_own_id(api: Api) -> None:
    api.answer = (200, queued(), JSON)
    result = africastalking.call(ASHA, LINE, "42")
    (asked,) = api.asked
    assert result == Result("accepted", "ATVId_1", "Queued")
    assert (asked.path, asked.headers["Apikey"]) == ("/call", "test-key")
    assert asked.form == {
        "username": "sandbox", "from": LINE, "to": ASHA, "clientRequestId": "42",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        pytest.param((200, queued("InvalidPhoneNumber"), JSON), "never", "InvalidPhoneNumber",
                     id="no such number"),
        pytest.param((200, queued("DestinationNotSupported"), JSON), "never",
                     "DestinationNotSupported", id="no such country"),
        pytest.param((200, queued("InsufficientCredit"), JSON), "ours", "InsufficientCredit",
                     id="no credit"),
        pytest.param((200, queued("Mpya"), JSON), "never", "Mpya", id="an unknown word"),
        pytest.param((200, queued(fault="Invalid callerId: +255"), JSON), "ours",
                     "Invalid callerId", id="not our number"),
        pytest.param((200, '{"entries": [], "errorMessage": "Invalid callbackUrl: x"}', JSON),
                     "ours", "Invalid callbackUrl", id="no callback"),
        pytest.param((200, '{"entries": [], "errorMessage": "None"}', JSON), "unknown", "nonsense",
                     id="nobody was called"),
        pytest.param((200, "[]", JSON), "unknown", "nonsense", id="a list"),
        pytest.param((200, "<html>", "text/html"), "unknown", "nonsense", id="a page"),
        pytest.param((401, "The supplied authentication is invalid", "text/plain"), "ours", "401",
                     id="a wrong key"),
        pytest.param((429, "slow", "text/plain"), "again", "429", id="too many requests"),
        pytest.param((503, "", "text/plain"), "again", "503", id="down"),
        pytest.param((400, "from is missing", "text/plain"), "never", "400", id="not understood"),
    ],
)  # fmt: skip
def test_each_answer_of_africas_talking_has_its_class(
    api: Api, answer: tuple[int, str, str], outcome: str, code: str
) -> None:
    api.answer = answer
    result = africastalking.call(ASHA, LINE, "42")
    assert (result.outcome, result.code, result.provider_id) == (outcome, code, None)
    waits = {"ours": OURS_WAIT, "again": TOO_FAST if code == "429" else None}
    assert result.wait == waits.get(outcome)


def test_the_sample_answer_is_a_refusal_of_the_number(api: Api) -> None:
    sample = ROWS["at-call-200-invalid"]
    api.answer = (sample["status"], sample["body"], JSON)
    assert africastalking.call(ASHA, LINE, "42") == Result("never", None, "InvalidPhoneNumber")


def test_a_call_that_was_queued_without_an_id_is_on_its_way(api: Api) -> None:
    api.answer = (200, queued(session="None"), JSON)
    assert africastalking.call(ASHA, LINE, "42") == Result("accepted", None, "Queued")


def test_twilio_is_told_where_to_bring_the_events_of_a_call(api: Api) -> None:
    api.answer = (201, made(), JSON)
    result = twilio.call(ASHA, LINE, "4 2")
    (asked,) = api.asked
    hook = f"{SETTINGS['PUBLIC_URL']}/hooks/twilio/voice"
    assert result == Result("accepted", "CA1", "queued")
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert asked.form == {
        "To": ASHA,
        "From": LINE,
        "Url": f"{hook}?request=4%202",
        "StatusCallback": f"{hook}/status?request=4%202",
    }


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        pytest.param(refused(429, 20429), "again", "20429", id="too many requests"),
        pytest.param(refused(400, 10004), "again", "10004", id="too many calls"),
        pytest.param(refused(503, 0), "again", "503", id="down"),
        pytest.param(refused(401, 20003), "ours", "20003", id="our credentials are wrong"),
        pytest.param(refused(400, 21210), "ours", "21210", id="not our number"),
        pytest.param(refused(400, 21215), "ours", "21215", id="a country that is not open to us"),
        pytest.param(refused(400, 21211), "never", "21211", id="no such number"),
        pytest.param((201, "<html>", "text/html"), "unknown", "nonsense", id="no JSON"),
        pytest.param((201, made(sid=None), JSON), "unknown", "nonsense", id="no id"),
    ],
)
def test_each_answer_of_twilio_has_its_class(
    api: Api, answer: tuple[int, str, str], outcome: str, code: str
) -> None:
    api.answer = answer
    result = twilio.call(ASHA, LINE, "42")
    assert (result.outcome, result.code) == (outcome, code)


@pytest.mark.parametrize("provider", [africastalking, twilio], ids=lambda one: one.NAME)
def test_a_connection_that_was_refused_is_safe_to_try_again(
    schema: None, monkeypatch: pytest.MonkeyPatch, provider: VoiceProvider
) -> None:
    with at(monkeypatch, "http://127.0.0.1:9"):
        assert provider.call(ASHA, LINE, "42").outcome == "again"


def test_without_an_account_it_is_ours_to_mend(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "")
    config.load.cache_clear()
    done = [
        twilio.call(ASHA, LINE, "42"),
        twilio.hang_up("CA1"),
        twilio.delete_recording(SOUND),
    ]
    assert done == 3 * [Result("ours", code="no account", wait=OURS_WAIT)]
    assert api.asked == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param((200, made(), JSON), "accepted", id="it ends"),
        pytest.param(refused(400, 21220), "accepted", id="it has ended already"),
        pytest.param(refused(404, 20404), "ours", id="no such call"),
        pytest.param(refused(500, 0), "again", id="a fault of theirs"),
    ],
)
def test_twilio_ends_a_call(api: Api, answer: tuple[int, str, str], outcome: str) -> None:
    api.answer = answer
    assert twilio.hang_up("CA1").outcome == outcome
    (asked,) = api.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA1.json"
    assert asked.form == {"Status": "completed"}


def test_an_id_leads_nowhere_else(api: Api) -> None:
    api.answer = (200, made(), JSON)
    twilio.hang_up("../Messages/SM1")
    assert "/Calls/" in api.asked[0].path


def test_twilios_recording_comes_from_the_account_wherever_it_was_said_to_be(api: Api) -> None:
    api.answer = (200, "ID3 sound", "audio/mpeg")
    assert twilio.fetch_recording(SOUND) == b"ID3 sound"
    (asked,) = api.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1.mp3"
    password = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert asked.headers["Authorization"] == f"Basic {password}"


def test_a_recording_that_is_not_there_yet_is_to_be_tried_again(api: Api) -> None:
    api.answer = refused(404, 20404)
    with pytest.raises(NotThere, match="status 404"):
        twilio.fetch_recording(SOUND)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param((204, "", JSON), "accepted", id="gone"),
        pytest.param(refused(404, 20404), "accepted", id="gone before"),
        pytest.param(refused(429, 20429), "again", id="too many requests"),
        pytest.param(refused(401, 20003), "ours", id="our credentials are wrong"),
    ],
)
def test_twilio_forgets_a_recording(api: Api, answer: tuple[int, str, str], outcome: str) -> None:
    api.answer = answer
    assert twilio.delete_recording(SOUND).outcome == outcome
    assert api.asked[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1.json"


def test_africas_talking_offers_neither_to_hang_up_nor_to_forget() -> None:
    not_offered = Result("never", code="not offered")
    assert africastalking.hang_up("ATVId_1") == not_offered
    assert africastalking.delete_recording(SOUND) == not_offered
