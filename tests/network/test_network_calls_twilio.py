"""Calls through Twilio on the local network: what the service is asked, signed, and the API."""

import re
from typing import Any

import pytest
import requests
from network_client import ABROAD, ACCOUNT, ASHA, JUMA, TOKEN, Hook, Net, until
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

MENU = (
    '<Gather numDigits="1" timeout="7" action="?step=menu"><Play>{clip}/menu-2.mp3</Play></Gather>'
    "<Redirect>?step=silent</Redirect>"
)
RECORD = (
    "<Play>{clip}/eleza-1.mp3</Play>"
    '<Record maxLength="120" finishOnKey="#" action="?step=recorded" '
    'recordingStatusCallback="/hooks/twilio/voice/recording"/><Redirect>?step=silent</Redirect>'
)


def steps(net: Net, **scripts: str) -> None:
    net.service.steps = {"": scripts.pop("start")} | scripts


def asked(net: Net) -> list[dict[str, str]]:
    return [hook.form for hook in net.service.hooks("twilio/voice")]


def signed(hook: Hook) -> bool:
    signature = hook.headers["X-Twilio-Signature"]
    return bool(RequestValidator(TOKEN).validate(hook.url, hook.form, signature))


def state(net: Net, number: str) -> Any:
    return net.get(f"/network/phones/{number}")["call"]["state"]


def place(net: Net, **more: Any) -> Any:
    url = f"{net.address}/hooks/twilio/voice"
    return net.twilio().calls.create(to=ASHA, from_=ABROAD, **({"url": url} | more))


def test_a_call_to_a_number_abroad_is_twilios_and_signed(net: Net) -> None:
    steps(net, start=MENU, menu="<Hangup/>")

    call = net.phone(ASHA, "call", to=ABROAD)

    assert re.fullmatch(r"CA[0-9a-f]{32}", call["id"])
    assert (call["waiting_for"], call["timeout"], net.heard(ASHA)) == ("keys", 7, ["menu-2.mp3"])
    form = asked(net)[0]
    assert form == form | {
        "CallSid": call["id"],
        "AccountSid": ACCOUNT,
        "From": ASHA,
        "To": ABROAD,
        "Caller": ASHA,
        "Called": ABROAD,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCountry": "TZ",
    }
    net.phone(ASHA, "press", keys="1")
    form = asked(net)[1]
    assert (form["Digits"], form["FinishedOnKey"], form["CallStatus"]) == ("1", "", "in-progress")
    last = net.service.forms("twilio/voice/status", 1)[0]
    assert (last["CallStatus"], last["CallDuration"], last["Duration"]) == ("completed", "2", "1")
    assert last["CallbackSource"] == "call-progress-events"
    assert all(signed(hook) for hook in net.service.heard)


@pytest.mark.parametrize(
    ("attribute", "step"),
    [("", "silent"), ('actionOnEmptyResult="true"', "menu")],
)
def test_without_a_key_the_next_verb_follows_unless_asked_otherwise(
    net: Net, attribute: str, step: str
) -> None:
    steps(net, start=MENU.replace("<Gather", f"<Gather {attribute}"), menu=RECORD, silent=RECORD)
    net.phone(ASHA, "call", to=ABROAD)
    assert net.phone(ASHA, "wait")["waiting_for"] == "recording"
    assert net.service.hooks("twilio/voice")[1].url.endswith(step)
    assert asked(net)[1].get("Digits") == ("" if step == "menu" else None)


def test_the_finish_key_of_a_gather_is_told_apart(net: Net) -> None:
    steps(net, start=MENU.replace('numDigits="1" ', ""))
    net.phone(ASHA, "call", to=ABROAD)
    net.phone(ASHA, "press", keys="260#")
    assert (asked(net)[1]["Digits"], asked(net)[1]["FinishedOnKey"]) == ("260", "#")


def test_a_recording_is_told_of_fetched_and_deleted(net: Net) -> None:
    steps(net, start=RECORD, recorded=MENU)
    net.phone(ASHA, "call", to=ABROAD)
    net.phone(ASHA, "say", seconds=6)
    net.phone(ASHA, "press", keys="#")

    form = asked(net)[1]
    sid = form["RecordingSid"]
    address = f"{net.address}/network/twilio/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}"
    assert (form["RecordingUrl"], form["RecordingDuration"], form["Digits"]) == (address, "6", "#")
    told = net.service.forms("twilio/voice/recording", 1)[0]
    assert (told["RecordingSid"], told["RecordingStatus"]) == (sid, "completed")
    sound = requests.get(f"{address}.mp3", timeout=5)
    assert (sound.status_code, sound.headers["Content-Type"]) == (200, "audio/mpeg")
    assert net.twilio().recordings(sid).fetch().duration == "6"

    assert net.twilio().recordings(sid).delete()

    assert requests.get(f"{address}.mp3", timeout=5).status_code == 404
    assert net.calls()[0]["recordings"][0]["deleted_at"]
    with pytest.raises(TwilioRestException):
        net.twilio().recordings(sid).delete()


def test_hanging_up_in_a_recording_calls_its_action_before_the_end(net: Net) -> None:
    steps(net, start=RECORD)
    net.phone(ASHA, "call", to=ABROAD)
    net.phone(ASHA, "say", seconds=4)
    net.phone(ASHA, "hangup")
    net.service.forms("twilio/voice/status", 1)
    action = asked(net)[1]
    assert (action["Digits"], action["CallStatus"]) == ("hangup", "completed")
    names = [hook.name for hook in net.service.heard]
    assert names[1:] == ["twilio/voice", "twilio/voice/recording", "twilio/voice/status"]


def test_an_empty_recording_calls_nobody_and_the_next_verb_follows(net: Net) -> None:
    steps(net, start=RECORD, silent=MENU)
    net.phone(ASHA, "call", to=ABROAD)
    assert net.phone(ASHA, "wait")["waiting_for"] == "keys"
    assert net.service.hooks("twilio/voice")[1].url.endswith("silent")


def test_an_answer_that_cannot_be_used_is_heard_as_an_apology(net: Net) -> None:
    steps(net, start="<play/>")
    assert net.phone(ASHA, "call", to=ABROAD)["state"] == "ended"
    assert "application error" in net.heard(ASHA)[0]


@pytest.mark.parametrize(
    ("reason", "status"), [("", "busy"), (' reason="busy"', "busy"), (' reason="rejected"', "busy")]
)
def test_a_rejected_call_was_never_taken(net: Net, reason: str, status: str) -> None:
    steps(net, start=f"<Reject{reason}/>")
    net.phone(ASHA, "call", to=ABROAD)
    last = net.service.forms("twilio/voice/status", 1)[0]
    assert (last["CallStatus"], last["CallDuration"]) == (status, "0")


# Agents


def test_an_agent_hears_a_whisper_before_he_is_put_through(net: Net) -> None:
    dial = f'<Dial action="?step=dialled"><Number url="?step=whisper">{JUMA}</Number></Dial>'
    steps(net, start=dial, whisper="<Play>{clip}/mteja-2.mp3</Play>", dialled=MENU)
    parent = net.phone(ASHA, "call", to=ABROAD)["id"]

    agent = net.phone(JUMA, "answer")

    assert (agent["state"], net.heard(JUMA)) == ("bridged", ["mteja-2.mp3"])
    form = asked(net)[1]
    assert (form["ParentCallSid"], form["Direction"]) == (parent, "outbound-dial")
    net.phone(JUMA, "say", seconds=5)
    net.phone(JUMA, "hangup")
    form = asked(net)[2]
    assert (form["DialCallStatus"], form["DialCallSid"]) == ("completed", agent["id"])
    assert form["DialCallDuration"] in ("5", "6")
    assert net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys"


def test_the_recording_of_two_who_talk_is_told_of(net: Net) -> None:
    told = 'recordingStatusCallback="/hooks/twilio/voice/recording"'
    steps(net, start=f'<Dial record="record-from-answer" {told}>{JUMA}</Dial>')
    net.phone(ASHA, "call", to=ABROAD)
    net.phone(JUMA, "answer")
    net.phone(JUMA, "say", seconds=5)
    net.phone(ASHA, "hangup")
    form = net.service.forms("twilio/voice/recording", 1)[0]
    assert (form["RecordingDuration"], form["RecordingSource"]) == ("5", "DialVerb")


@pytest.mark.parametrize(
    ("action", "status"), [("refuse", "busy"), ("hangup", "busy"), ("wait", "no-answer")]
)
def test_an_agent_who_does_not_answer(net: Net, action: str, status: str) -> None:
    steps(net, start=f'<Dial action="?step=dialled">{JUMA}</Dial>', dialled=MENU)
    net.phone(ASHA, "call", to=ABROAD)
    net.phone(JUMA, action)
    form = asked(net)[1]
    assert (form["DialCallStatus"], form["DialBridged"]) == (status, "false")


def test_who_waits_is_told_his_place_again_and_again(net: Net) -> None:
    queue = '<Enqueue waitUrl="?step=wait" action="?step=queue-left">foleni</Enqueue>'
    steps(net, start=queue, wait="<Play>{clip}/muziki-9.mp3</Play>")
    net.phone(JUMA, "call", to=ABROAD)

    call = net.phone(ASHA, "call", to=ABROAD)

    assert (call["state"], call["timeout"]) == ("queued", 10)
    form = asked(net)[3]
    assert (form["QueuePosition"], form["CurrentQueueSize"]) == ("2", "2")
    net.phone(JUMA, "hangup")
    net.phone(ASHA, "wait")
    places = [form["QueuePosition"] for form in asked(net) if "QueuePosition" in form]
    assert places[-1] == "1"  # beside it comes the end of the other's call
    assert net.heard(ASHA) == ["muziki-9.mp3", "muziki-9.mp3"]
    left = [hook.form for hook in net.service.hooks("twilio/voice") if "queue" in hook.url]
    assert [form["QueueResult"] for form in left] == ["hangup"]


def test_a_key_leads_out_of_the_queue(net: Net) -> None:
    queue = '<Enqueue waitUrl="?step=wait" action="?step=left">foleni</Enqueue>'
    steps(net, start=queue, wait=MENU, menu="<Leave/>", left=RECORD)
    net.phone(ASHA, "call", to=ABROAD)
    call = net.phone(ASHA, "press", keys="1")
    assert (call["state"], call["waiting_for"]) == ("in_call", "recording")
    assert asked(net)[-1]["QueueResult"] == "leave"


def test_the_first_of_the_queue_is_connected_and_both_go_on_afterwards(net: Net) -> None:
    queue = '<Enqueue waitUrl="?step=wait" action="?step=left">foleni</Enqueue>'
    steps(net, start=queue, left=MENU)
    net.phone(JUMA, "call", to=ABROAD)
    take = '<Dial action="?step=taken"><Queue>foleni</Queue></Dial>'
    place(net, twiml=f"<Response>{take}</Response>")

    assert net.phone(ASHA, "answer")["state"] == "bridged"

    assert state(net, JUMA) == "bridged"
    net.phone(ASHA, "hangup")
    assert asked(net)[-1]["QueueResult"] == "bridged"
    assert net.get(f"/network/phones/{JUMA}")["call"]["waiting_for"] == "keys"


def test_an_empty_queue_answers_at_once(net: Net) -> None:
    take = '<Dial action="?step=taken"><Queue>foleni</Queue></Dial>'
    steps(net, start=take, taken=MENU)
    net.phone(ASHA, "call", to=ABROAD)
    assert asked(net)[1]["DialCallStatus"] == "no-answer"


# The API


def test_the_sdk_calls_a_phone_and_hears_how_it_goes(net: Net) -> None:
    steps(net, start=MENU, menu="<Hangup/>")
    call = place(
        net,
        status_callback=f"{net.address}/hooks/twilio/voice/status?id=7",
        status_callback_event=["ringing", "answered", "completed"],
    )
    assert (call.status, call.direction, call.to) == ("queued", "outbound-api", ASHA)
    assert net.twilio().calls(call.sid).fetch().status == "ringing"

    net.phone(ASHA, "answer")
    net.phone(ASHA, "press", keys="1")

    assert (asked(net)[0]["Direction"], asked(net)[0]["From"]) == ("outbound-api", ABROAD)
    told = net.service.forms("twilio/voice/status", 3)
    assert sorted(form["CallStatus"] for form in told) == ["completed", "in-progress", "ringing"]
    assert {form["SequenceNumber"] for form in told} == {"0", "1", "2"}
    assert all(signed(hook) for hook in net.service.heard)
    assert net.twilio().calls(call.sid).fetch().status == "completed"


@pytest.mark.parametrize(
    ("action", "status"), [("wait", "no-answer"), ("refuse", "busy"), ("hangup", "busy")]
)
def test_a_call_that_is_not_taken(net: Net, action: str, status: str) -> None:
    place(net, status_callback=f"{net.address}/hooks/twilio/voice/status")
    net.phone(ASHA, action)
    assert net.service.forms("twilio/voice/status", 1)[0]["CallStatus"] == status
    assert asked(net) == []


def test_the_service_ends_a_call(net: Net) -> None:
    steps(net, start=MENU)
    sid = net.phone(ASHA, "call", to=ABROAD)["id"]
    net.twilio().calls(sid).update(status="completed")
    until(lambda: state(net, ASHA) == "ended")
    with pytest.raises(TwilioRestException) as refused:
        net.twilio().calls(sid).update(status="completed")
    assert refused.value.code == 21220


@pytest.mark.parametrize("how", ["url", "twiml"])
def test_the_service_leads_a_call_elsewhere(net: Net, how: str) -> None:
    steps(net, start=MENU, silent=RECORD)
    sid = net.phone(ASHA, "call", to=ABROAD)["id"]
    where = {
        "url": f"{net.address}/hooks/twilio/voice?step=silent",
        "twiml": "<Response><Record/></Response>",
    }
    net.twilio().calls(sid).update(**{how: where[how]})
    phone = f"/network/phones/{ASHA}"
    until(lambda: net.get(phone)["call"]["waiting_for"] == "recording")


def test_leading_a_call_elsewhere_parts_it_from_the_agent(net: Net) -> None:
    steps(net, start=f'<Dial record="true">{JUMA}</Dial>')
    sid = net.phone(ASHA, "call", to=ABROAD)["id"]
    net.phone(JUMA, "answer")
    net.phone(ASHA, "say")
    net.twilio().calls(sid).update(twiml=f"<Response>{MENU}</Response>".replace("{clip}", ""))
    phone = f"/network/phones/{ASHA}"
    until(lambda: net.get(phone)["call"]["waiting_for"] == "keys")
    assert (net.get(phone)["call"]["recording"], state(net, JUMA)) == (False, "ended")
    assert len(net.calls()[0]["recordings"]) == 1


def test_leading_a_call_elsewhere_takes_it_out_of_the_queue(net: Net) -> None:
    steps(net, start="<Enqueue>foleni</Enqueue>")
    sid = net.phone(ASHA, "call", to=ABROAD)["id"]
    net.twilio().calls(sid).update(twiml=f"<Response>{MENU}</Response>".replace("{clip}", ""))
    until(lambda: net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys")
    assert state(net, ASHA) == "in_call"
    steps(net, start="<Dial><Queue>foleni</Queue></Dial><Pause/>")
    assert net.phone(JUMA, "call", to=ABROAD)["state"] == "ended"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": "0712", "From": ABROAD}, 21211),
        ({"To": ASHA, "From": "TAARIFA"}, 21212),
        ({"From": ABROAD}, 21201),
        ({"To": ASHA}, 21213),
        ({"To": ASHA, "From": ABROAD, "Url": ""}, 21205),
        ({"To": ASHA, "From": ABROAD, "Url": "http://192.0.2.1/"}, 21205),
        ({"To": ASHA, "From": ABROAD, "Twiml": "<Jibu/>"}, 12100),
        ({"To": ASHA, "From": ABROAD, "StatusCallback": "http://192.0.2.1/"}, 21609),
    ],
)
def test_what_the_api_refuses(net: Net, form: dict[str, str], code: int) -> None:
    path = f"/network/twilio/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    sent = {"Url": f"{net.address}/hooks/twilio/voice"} | form
    answer = net.ask("POST", path, data=sent, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert net.calls() == []


def test_without_credentials_nothing_is_called_or_deleted(net: Net) -> None:
    path = f"/network/twilio/2010-04-01/Accounts/{ACCOUNT}"
    for method, what in [("POST", "Calls.json"), ("DELETE", "Recordings/RE1.json")]:
        assert net.ask(method, f"{path}/{what}").status_code == 401
