"""Each fault of calls that can be switched on, on both providers where both have it."""

import pytest
import requests
from network_client import ABROAD, ASHA, LINE, Net, until
from twilio.base.exceptions import TwilioRestException

GATHER = {
    LINE: '<GetDigits finishOnKey="#" callbackUrl="?step=menu"><Say>a</Say></GetDigits>',
    ABROAD: '<Gather finishOnKey="#" action="?step=menu"><Say>a</Say></Gather>',
}
RECORD = {
    LINE: '<Record finishOnKey="#" callbackUrl="?step=menu"/>',
    ABROAD: '<Record finishOnKey="#" action="?step=menu"/>',
}
NAMES = {LINE: ("voice", "voice"), ABROAD: ("twilio/voice", "twilio/voice/status")}
BOTH = pytest.mark.parametrize("line", [LINE, ABROAD])


def call(net: Net, line: str, start: dict[str, str]) -> None:
    net.service.steps = {"": start[line], "menu": start[line]}
    net.phone(ASHA, "call", to=line)


def forms(net: Net, line: str) -> list[dict[str, str]]:
    return [hook.form for hook in net.service.hooks(NAMES[line][0])]


def finals(net: Net, line: str, count: int) -> list[dict[str, str]]:
    name = NAMES[line][1]

    def told() -> list[dict[str, str]]:
        heard = [hook.form for hook in net.service.hooks(name)]
        return [form for form in heard if form.get("isActive", "0") == "0"]

    until(lambda: len(told()) >= count)
    return told()


def recorded(net: Net, line: str) -> str:
    """The address of a recording that was just made."""
    call(net, line, RECORD)
    net.phone(ASHA, "say", seconds=4)
    net.phone(ASHA, "press", keys="#")
    return forms(net, line)[1]["RecordingUrl" if line == ABROAD else "recordingUrl"]


@BOTH
def test_only_the_end_of_a_call_is_told(net: Net, line: str) -> None:
    net.faults(final_only=True)
    call(net, line, GATHER)
    told = finals(net, line, 1)[0]
    assert told.get("status", "NotAnswered") == "NotAnswered"
    assert [form for form in forms(net, line) if form.get("isActive") != "0"] == []


def test_a_call_of_the_service_is_never_answered(net: Net) -> None:
    net.faults(final_only=True)
    net.voice(**{"from": LINE, "to": ASHA})
    assert finals(net, LINE, 1)[0]["hangupCause"] == "NO_ANSWER"


@BOTH
def test_the_end_is_told_twice(net: Net, line: str) -> None:
    net.faults(double_finals=True)
    call(net, line, GATHER)
    net.phone(ASHA, "hangup")
    first, second = finals(net, line, 2)
    assert first == second


@BOTH
def test_requests_are_repeated_after_the_end(net: Net, line: str) -> None:
    net.faults(replay_hooks=True)
    call(net, line, GATHER)
    net.phone(ASHA, "press", keys="1#")
    before = list(forms(net, line))[:2]
    net.phone(ASHA, "hangup")
    until(lambda: len(net.service.heard) == 5)
    assert [hook.form for hook in net.service.heard[-2:]] == before


@BOTH
def test_each_request_is_made_twice(net: Net, line: str) -> None:
    net.faults(duplicate_hooks=True)
    call(net, line, GATHER)
    first, second = forms(net, line)
    assert first == second


@BOTH
def test_a_state_that_nobody_knows(net: Net, line: str) -> None:
    net.faults(call_state="Parked")
    call(net, line, GATHER)
    assert "Parked" in forms(net, line)[0].values()


@pytest.mark.parametrize(
    ("line", "kept", "missing"),
    [
        (LINE, {"isActive", "sessionId", "callerNumber", "destinationNumber"}, "direction"),
        (ABROAD, {"CallSid", "AccountSid", "From", "To"}, "CallStatus"),
    ],
)
def test_fields_are_missing(net: Net, line: str, kept: set[str], missing: str) -> None:
    net.faults(missing_fields=True)
    call(net, line, GATHER)
    form = forms(net, line)[0]
    assert kept <= set(form) and missing not in form


@BOTH
def test_the_finish_key_stands_in_the_digits(net: Net, line: str) -> None:
    net.faults(finish_key_in_digits=True)
    call(net, line, GATHER)
    net.phone(ASHA, "press", keys="12#")
    assert "12#" in forms(net, line)[1].values()


@pytest.mark.parametrize(
    ("line", "caller", "sent"),
    [
        (LINE, "withheld", "anonymous"),
        (LINE, "sip", "asha@ke.sip.africastalking.com"),
        (LINE, "client", "taasisi.asha"),
        (ABROAD, "withheld", "anonymous"),
        (ABROAD, "sip", "sip:asha@taasisi.sip.twilio.com"),
        (ABROAD, "client", "client:asha"),
    ],
)
def test_the_caller_has_no_number(net: Net, line: str, caller: str, sent: str) -> None:
    net.faults(caller_name=caller)
    call(net, line, GATHER)
    assert forms(net, line)[0]["callerNumber" if line == LINE else "From"] == sent


@BOTH
def test_a_recording_lasts_no_time(net: Net, line: str) -> None:
    net.faults(empty_recordings=True)
    answer = requests.get(recorded(net, line), timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert forms(net, line)[1].get("RecordingDuration", "0") == "0"


@BOTH
def test_a_recording_is_lost(net: Net, line: str) -> None:
    net.faults(lose_recordings=1)
    assert requests.get(recorded(net, line), timeout=5).status_code == 404


@BOTH
def test_a_recording_is_not_there_at_once(net: Net, line: str) -> None:
    net.faults(recording_missing_s=600)
    url = recorded(net, line)
    assert requests.get(url, timeout=5).status_code == 404
    net.faults(recording_missing_s=0)
    assert requests.get(url, timeout=5).status_code == 200


@BOTH
def test_the_first_fetches_of_a_recording_find_nothing(net: Net, line: str) -> None:
    net.faults(recording_missing_fetches=2)
    url = recorded(net, line)
    assert [requests.get(url, timeout=5).status_code for _ in range(3)] == [404, 404, 200]


def test_an_answer_that_is_too_late_ends_the_call(net: Net) -> None:
    net.faults(voice_deadline_s=0.1)
    net.service.delay_s = 0.4
    call(net, LINE, GATHER)
    assert net.calls()[0]["error"] == "No response from the application"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("InvalidPhoneNumber", 21211),
        ("DestinationNotSupported", 21215),
        ("InsufficientCredit", 20005),
        ("InvalidCallerId", 21210),
    ],
)
def test_calls_are_refused(net: Net, refusal: str, code: int) -> None:
    net.faults(call_refusal=refusal)
    answer = net.voice(**{"from": LINE, "to": ASHA})
    assert answer.status_code == 200
    word = "Invalid callerId" if refusal == "InvalidCallerId" else f'"status":"{refusal}"'
    assert word in answer.text.replace(": ", ":").replace("callerId:", "callerId: ")
    with pytest.raises(TwilioRestException) as refused:
        net.twilio().calls.create(to=ASHA, from_=ABROAD, twiml="<Response/>")
    assert refused.value.code == code
    assert net.calls() == []


def test_a_provider_that_is_down_calls_nobody(net: Net) -> None:
    net.faults(down=True)
    assert net.voice(**{"from": LINE, "to": ASHA}).status_code == 503
    with pytest.raises(TwilioRestException):
        net.twilio().calls.create(to=ASHA, from_=ABROAD, twiml="<Response/>")
    assert net.calls() == []


def test_an_api_that_hangs_calls_all_the_same(net: Net) -> None:
    net.faults(hang=True)
    path = f"{net.address}/network/africastalking/voice/call"
    form = {"username": "taasisi", "from": LINE, "to": ASHA}
    with pytest.raises(requests.Timeout):
        requests.post(path, form, headers={"apiKey": "key"}, timeout=0.2)
    assert net.get(f"/network/phones/{ASHA}")["call"]["state"] == "ringing"
