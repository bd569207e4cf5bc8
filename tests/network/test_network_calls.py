"""Calls through Africa's Talking on the local network: what the service is asked, what is heard."""

import base64
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from africastalking.Voice import VoiceService
from network_client import ASHA, JUMA, LINE, Net, until

from callcentre.network import MOST_BYTES
from callcentre.network.audio import length, tone

NEEMA = "+255712000003"
MENU = (
    '<GetDigits numDigits="1" timeout="7" callbackUrl="?step=menu">'
    '<Play url="{clip}/menu-2.mp3"/></GetDigits><Redirect>?step=silent</Redirect>'
)
RECORD = (
    '<Record finishOnKey="#" maxLength="120" timeout="5" playBeep="true" '
    'callbackUrl="?step=recorded"><Play url="{clip}/eleza-1.mp3"/></Record>'
)


def voice(net: Net) -> list[dict[str, str]]:
    return [hook.form for hook in net.service.hooks("voice")]


def final(net: Net, count: int = 1) -> dict[str, str]:
    """The last of the final notifications, once there are so many."""

    def finals() -> list[dict[str, str]]:
        return [form for form in voice(net) if form["isActive"] == "0"]

    until(lambda: len(finals()) >= count)
    return finals()[-1]


def steps(net: Net, **scripts: str) -> None:
    net.service.steps = {"": scripts.pop("start")} | scripts


# A call, from ringing to its end


def test_a_call_asks_the_service_and_hears_its_clips(net: Net) -> None:
    steps(net, start='<Play url="{clip}/karibu-3.mp3"/><Say>Habari</Say>' + MENU)

    call = net.phone(ASHA, "call", to="0262160240")

    form = voice(net)[0]
    assert form.pop("sessionId") == call["id"]
    assert re.fullmatch(r"ATVId_[0-9a-f]{32}", call["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\+\d\d:\d\d:\d\d", form.pop("callStartTime"))
    assert form == {
        "isActive": "1",
        "direction": "Inbound",
        "callerNumber": ASHA,
        "destinationNumber": LINE,
        "callSessionState": "Ringing",
        "callerCountryCode": "255",
        "callerCarrierName": "Vodacom",
    }
    played = [(each["url"], each["seconds"], each["text"]) for each in call.pop("played")]
    clips = f"{net.address}/clips"
    assert played == [
        (f"{clips}/karibu-3.mp3", pytest.approx(3, abs=0.1), None),
        (None, None, "Habari"),
        (f"{clips}/menu-2.mp3", pytest.approx(2, abs=0.1), None),
    ]
    assert call == {
        "id": call["id"],
        "state": "in_call",
        "with": LINE,
        "direction": "outgoing",
        "recording": False,
        "waiting_for": "keys",
        "heard_keys": "",
        "timeout": 7.0,
    }


def test_a_key_goes_to_the_menus_address_and_its_answer_leads_on(net: Net) -> None:
    steps(net, start=MENU, menu='<Play url="{clip}/moja-1.mp3"/>' + RECORD)
    net.phone(ASHA, "call", to=LINE)

    call = net.phone(ASHA, "press", keys="1")

    hook = net.service.hooks("voice")[1]
    assert hook.url.endswith("/voice?step=menu")
    assert (hook.form["dtmfDigits"], hook.form["callSessionState"]) == ("1", "Active")
    assert net.heard(ASHA) == ["menu-2.mp3", "moja-1.mp3", "eleza-1.mp3"]
    assert (call["heard_keys"], call["recording"], call["waiting_for"], call["timeout"]) == (
        "1",
        True,
        "recording",
        5.0,
    )


@pytest.mark.parametrize(
    ("attributes", "pressed", "sent"),
    [
        pytest.param('numDigits="3"', "123", "123", id="so many"),
        pytest.param('numDigits="8" finishOnKey="#"', "12#", "12", id="the finish key"),
        pytest.param('numDigits="1" finishOnKey="#"', "*", "*", id="a star"),
        pytest.param('finishOnKey="*"', "12#*", "12#", id="another finish key"),
    ],
)
def test_keys_are_gathered_as_the_service_asked(
    net: Net, attributes: str, pressed: str, sent: str
) -> None:
    gather = f'<GetDigits {attributes} callbackUrl="?step=menu"><Say>Namba</Say></GetDigits>'
    steps(net, start=gather)
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "press", keys=pressed)
    assert voice(net)[1]["dtmfDigits"] == sent


def test_keys_pressed_together_answer_one_menu_after_the_other(net: Net) -> None:
    steps(net, start=MENU, menu=MENU.replace("step=menu", "step=next"))
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "press", keys="12")
    assert [form.get("dtmfDigits") for form in voice(net)[:3]] == [None, "1", "2"]


@pytest.mark.parametrize("silence", ["wait", "press"])
def test_silence_calls_nobody_back_and_goes_on_with_what_stands_next(
    net: Net, silence: str
) -> None:
    steps(net, start=MENU, silent=RECORD)
    net.phone(ASHA, "call", to=LINE)

    call = net.phone(ASHA, silence, **({"keys": ""} if silence == "press" else {}))

    assert "dtmfDigits" not in voice(net)[1]
    assert net.service.hooks("voice")[1].url.endswith("?step=silent")
    assert call["waiting_for"] == "recording"


def test_keys_that_were_pressed_are_sent_when_the_time_is_up(net: Net) -> None:
    steps(net, start=MENU.replace('"1"', '"8"'))
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "press", keys="12")
    net.phone(ASHA, "wait")
    assert voice(net)[1]["dtmfDigits"] == "12"


def test_after_the_last_of_the_list_the_call_is_over(net: Net) -> None:
    steps(net, start='<Play url="{clip}/kwaheri-4.mp3"/>')

    call = net.phone(ASHA, "call", to=LINE)

    assert (call["state"], call["waiting_for"], call["timeout"]) == ("ended", "nothing", None)
    form = final(net)
    assert form["sessionId"] == call["id"]
    ended = ("callSessionState", "status", "hangupCause", "durationInSeconds", "currencyCode")
    assert [form[name] for name in ended] == ["Completed", "Success", "NORMAL_CLEARING", "4", "TZS"]
    assert form["amount"] == "10.00" and "recordingUrl" not in form


def test_hanging_up_ends_the_call_at_the_address_of_its_step(net: Net) -> None:
    steps(net, start=MENU)
    net.phone(ASHA, "call", to=LINE)
    assert net.phone(ASHA, "hangup")["state"] == "ended"
    assert final(net)["status"] == "Success"
    assert net.service.hooks("voice")[-1].url.endswith("?step=menu")


def test_a_call_may_be_rejected(net: Net) -> None:
    steps(net, start="<Reject/>")
    assert net.phone(ASHA, "call", to=LINE)["state"] == "ended"
    assert final(net)["callSessionState"] == "Rejected"
    assert final(net)["durationInSeconds"] == "0"


def test_a_clip_that_is_not_there_is_noted_and_the_call_goes_on(net: Net) -> None:
    steps(net, start='<Play url="{clip}/none.mp3"/><Play url="http://192.0.2.1/a.mp3"/>' + MENU)
    call = net.phone(ASHA, "call", to=LINE)
    assert [each["seconds"] for each in call["played"][:2]] == [None, None]
    assert call["waiting_for"] == "keys"


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        pytest.param("raw:Karibu", "not XML", id="no XML"),
        pytest.param("raw:<Jibu/>", "not a Response", id="another root"),
        pytest.param("<play/>", "no action play", id="another case"),
        pytest.param("<Play/>", "Play needs url", id="nothing to play"),
        pytest.param('<GetDigits numDigits="1"/>', "exactly one", id="no question"),
        pytest.param("<Redirect>http://192.0.2.1/</Redirect>", "service's", id="elsewhere"),
        pytest.param("<Redirect>?step=</Redirect>", "round and round", id="a loop"),
        pytest.param('<GetDigits timeout="x"><Say>a</Say></GetDigits>', "timeout", id="a word"),
    ],
)
def test_an_answer_that_cannot_be_used_ends_the_call_and_is_on_record(
    net: Net, start: str, wrong: str
) -> None:
    steps(net, start=start)
    assert net.phone(ASHA, "call", to=LINE)["state"] == "ended"
    assert wrong in net.calls()[0]["error"]
    assert final(net)["hangupCause"] == "NORMAL_TEMPORARY_FAILURE"


def test_a_service_that_fails_ends_the_call(net: Net) -> None:
    net.service.voice_status = 500
    net.phone(ASHA, "call", to=LINE)
    assert net.calls()[0]["error"] == "The application answered HTTP 500"


# Recordings


def test_what_is_said_is_recorded_and_can_be_fetched(net: Net) -> None:
    steps(net, start=RECORD, recorded=MENU)
    net.phone(ASHA, "call", to=LINE)
    words = tone(4)
    file = base64.b64encode(words.content).decode()
    net.phone(ASHA, "say", file=file, type="audio/mpeg")

    call = net.phone(ASHA, "press", keys="#")

    form = voice(net)[1]
    address = re.escape(f"{net.address}/network/africastalking/")
    assert re.fullmatch(address + r"[0-9a-f]{32}\.mp3", form["recordingUrl"])
    answer = net.ask("GET", form["recordingUrl"].removeprefix(net.address))
    assert (answer.content, answer.headers["Content-Type"]) == (words.content, "audio/mpeg")
    assert (call["recording"], call["waiting_for"]) == (False, "keys")
    recording = net.calls()[0]["recordings"][0]
    assert (recording["seconds"], recording["bytes"]) == (words.seconds, len(words.content))


def test_without_a_file_a_tone_is_said(net: Net) -> None:
    steps(net, start=RECORD)
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "say", seconds=6)
    net.phone(ASHA, "say")
    net.phone(ASHA, "wait")
    path = voice(net)[1]["recordingUrl"].removeprefix(net.address)
    assert length(net.ask("GET", path).content) == pytest.approx(9, abs=0.2)


def test_a_recording_ends_at_its_longest(net: Net) -> None:
    steps(net, start=RECORD.replace("120", "10"), recorded=MENU)
    net.phone(ASHA, "call", to=LINE)
    assert net.phone(ASHA, "say", seconds=4)["recording"]
    assert net.phone(ASHA, "say", seconds=7)["waiting_for"] == "keys"


def test_silence_into_a_recording_has_no_address(net: Net) -> None:
    steps(net, start=RECORD)
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "wait")
    assert voice(net)[1]["recordingUrl"] == ""


@pytest.mark.parametrize("record", [RECORD, "<Record/>"])
def test_hanging_up_in_a_recording_sends_it_with_the_end(net: Net, record: str) -> None:
    steps(net, start=record)
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "say", seconds=5)
    net.phone(ASHA, "hangup")
    form = final(net)
    assert form["durationInSeconds"] in ("5", "6")
    assert net.ask("GET", form["recordingUrl"].removeprefix(net.address)).status_code == 200


def test_nothing_runs_after_a_recording_to_the_end(net: Net) -> None:
    steps(net, start="<Record/>" + MENU)
    net.phone(ASHA, "call", to=LINE)
    call = net.phone(ASHA, "press", keys="#")
    assert (call["waiting_for"], call["timeout"]) == ("recording", None)


# Calls that the service makes


def test_the_sdk_calls_a_phone_and_its_owner_answers(net: Net) -> None:
    steps(net, start=MENU)
    sdk = VoiceService("taasisi", "key")
    sdk._baseUrl = f"{net.address}/network/africastalking/voice"

    answer = sdk.call(LINE, [ASHA])

    entry = answer["entries"][0]
    assert answer["errorMessage"] == "None"
    assert (entry["phoneNumber"], entry["status"]) == (ASHA, "Queued")
    ringing = net.get(f"/network/phones/{ASHA}")["call"]
    assert (ringing["id"], ringing["state"], ringing["direction"], ringing["with"]) == (
        entry["sessionId"],
        "ringing",
        "incoming",
        LINE,
    )
    assert voice(net) == []
    assert net.phone(ASHA, "answer")["waiting_for"] == "keys"
    form = voice(net)[0]
    who = ("direction", "callerNumber", "destinationNumber", "callSessionState")
    assert [form[name] for name in who] == ["Outbound", ASHA, LINE, "Answered"]


@pytest.mark.parametrize(
    ("action", "state", "cause"),
    [("wait", "NotAnswered", "NO_ANSWER"), ("refuse", "Rejected", "CALL_REJECTED")],
)
def test_of_a_call_that_is_not_taken_only_the_end_is_told(
    net: Net, action: str, state: str, cause: str
) -> None:
    net.voice(**{"from": LINE, "to": ASHA, "clientRequestId": "wito-7"})
    assert net.phone(ASHA, action)["state"] == "ended"
    form = final(net)
    assert len(voice(net)) == 1
    assert (form["callSessionState"], form["hangupCause"]) == (state, cause)
    assert (form["clientRequestId"], form["callStartTime"]) == ("wito-7", "None")
    assert (form["durationInSeconds"], form["amount"]) == ("0", "0.00")


def test_a_phone_in_a_call_is_busy(net: Net) -> None:
    steps(net, start=MENU)
    net.phone(ASHA, "call", to=LINE)
    net.voice(**{"from": LINE, "to": ASHA})
    assert final(net)["hangupCause"] == "USER_BUSY"
    assert net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys"


def test_a_caller_may_be_in_two_calls(net: Net) -> None:
    steps(net, start=MENU, menu=MENU)
    first = net.phone(ASHA, "call", to=LINE)["id"]
    second = net.phone(ASHA, "call", to=LINE)["id"]
    assert first != second
    assert net.phone(ASHA, "hangup")["id"] == first
    assert net.phone(ASHA, "press", keys="1")["id"] == first


@pytest.mark.parametrize(
    ("form", "status", "answer"),
    [
        ({"from": LINE, "to": "0700"}, 200, "InvalidPhoneNumber"),
        ({"from": "TAARIFA", "to": ASHA}, 200, "Invalid callerId: TAARIFA"),
        ({"from": LINE}, 400, "'to'"),
        ({"to": ASHA}, 400, "'from'"),
        ({"from": LINE, "to": ASHA, "username": "other"}, 401, "authentication is invalid"),
    ],
)
def test_what_the_api_refuses(net: Net, form: dict[str, str], status: int, answer: str) -> None:
    refused = net.voice(**form)
    assert refused.status_code == status and answer in refused.text
    assert net.calls() == []


# Others are rung


DIAL = (
    '<Dial phoneNumbers="{to}" sequential="true" record="true" ringbackTone="{clip}/mlio-1.mp3"/>'
)


def dial(*numbers: str) -> str:
    return DIAL.replace("{to}", ",".join(numbers))


def test_an_agent_is_put_through_and_the_service_told_of_it(net: Net) -> None:
    steps(net, start=dial(JUMA))
    call = net.phone(ASHA, "call", to=LINE)
    assert (call["state"], call["waiting_for"], net.heard(ASHA)) == (
        "in_call",
        "nothing",
        ["mlio-1.mp3"],
    )
    net.service.steps = {}

    agent = net.phone(JUMA, "answer")

    assert (agent["state"], agent["with"]) == ("bridged", LINE)
    assert net.get(f"/network/phones/{ASHA}")["call"]["state"] == "bridged"
    form = voice(net)[1]
    assert (form["isActive"], form["callSessionState"]) == ("1", "Bridged")
    assert form["dialDestinationNumber"] == JUMA and "dialStatus" not in form


def test_when_the_agent_hangs_up_the_service_is_asked_once_more(net: Net) -> None:
    steps(net, start=dial(JUMA))
    net.phone(ASHA, "call", to=LINE)
    net.service.steps = {}
    net.phone(JUMA, "answer")
    net.phone(ASHA, "say", seconds=8)
    steps(net, start=MENU)
    net.phone(JUMA, "hangup")
    form = voice(net)[2]
    assert (form["isActive"], form["dialStatus"]) == ("1", "Success")
    assert form["dialDurationInSeconds"] in ("8", "9")
    assert net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys"
    net.phone(ASHA, "hangup")
    last = final(net)
    assert (last["dialDestinationNumber"], last["dialStatus"]) == (JUMA, "Success")
    assert net.ask("GET", last["recordingUrl"].removeprefix(net.address)).status_code == 200


def test_when_the_caller_hangs_up_the_agents_call_is_over(net: Net) -> None:
    steps(net, start=dial(JUMA))
    net.phone(ASHA, "call", to=LINE)
    net.service.steps = {}
    net.phone(JUMA, "answer")
    net.phone(ASHA, "hangup")
    assert net.get(f"/network/phones/{JUMA}")["call"]["state"] == "ended"
    assert final(net)["dialStatus"] == "Success"
    assert len(voice(net)) == 3


def test_an_answer_that_does_something_cuts_the_bridge(net: Net) -> None:
    steps(net, start=dial(JUMA))
    net.phone(ASHA, "call", to=LINE)
    steps(net, start=MENU)
    assert net.phone(JUMA, "answer")["state"] == "ended"
    assert net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys"


def test_agents_are_rung_in_turn(net: Net) -> None:
    steps(net, start=dial(JUMA, NEEMA))
    net.phone(ASHA, "call", to=LINE)
    assert net.get(f"/network/phones/{NEEMA}")["call"] is None
    net.phone(JUMA, "refuse")
    assert net.get(f"/network/phones/{NEEMA}")["call"]["state"] == "ringing"


def test_agents_rung_at_once_stop_ringing_when_one_answers(net: Net) -> None:
    steps(net, start=dial(JUMA, NEEMA).replace("true", "false", 1))
    net.phone(ASHA, "call", to=LINE)
    net.service.steps = {}
    assert net.phone(NEEMA, "answer")["state"] == "bridged"
    assert net.get(f"/network/phones/{JUMA}")["call"]["state"] == "ended"


@pytest.mark.parametrize("who", [ASHA, JUMA])
def test_if_nobody_answers_the_call_goes_on_with_what_stands_next(net: Net, who: str) -> None:
    steps(net, start="<Redirect>?step=ring</Redirect>", ring=dial(JUMA) + MENU)
    net.phone(ASHA, "call", to=LINE)
    net.service.steps["ring"] = ""
    net.phone(who, "wait")
    assert voice(net)[2]["dialStatus"] == "NotAnswered"
    assert net.get(f"/network/phones/{ASHA}")["call"]["waiting_for"] == "keys"
    net.phone(ASHA, "hangup")
    final(net)
    assert [form["isActive"] for form in voice(net) if "dialStatus" in form] == ["1", "0"]


@pytest.mark.parametrize(("callee", "status"), [(ASHA, "Busy"), ("agent@ke.sip.example", "Failed")])
def test_who_cannot_be_rung_is_over_at_once(net: Net, callee: str, status: str) -> None:
    steps(net, start="<Redirect>?step=ring</Redirect>", ring=dial(callee))
    net.phone(ASHA, "call", to=LINE)
    assert voice(net)[2]["dialStatus"] == status


# Queues


QUEUE = '<Enqueue name="foleni" holdMusic="{clip}/muziki-9.mp3"/>'
TAKE = f'<Dequeue name="foleni" phoneNumber="{LINE}"/>'


def test_a_caller_waits_with_music_until_an_agent_takes_him(net: Net) -> None:
    steps(net, start=QUEUE)
    call = net.phone(ASHA, "call", to=LINE)
    assert (call["state"], net.heard(ASHA)) == ("queued", ["muziki-9.mp3"])
    assert net.voice("queueStatus", phoneNumbers=LINE).json()["entries"] == [
        {"phoneNumber": LINE, "queueName": "foleni", "numCalls": "1"}
    ]
    steps(net, start=TAKE)
    net.voice(**{"from": LINE, "to": JUMA})

    assert net.phone(JUMA, "answer")["state"] == "bridged"

    assert net.get(f"/network/phones/{ASHA}")["call"]["state"] == "bridged"
    assert net.voice("queueStatus", phoneNumbers=LINE).json()["entries"] == []
    net.phone(JUMA, "hangup")
    until(lambda: net.calls()[0]["final"])
    form = net.calls()[0]["final"]
    assert (form["dequeuedToPhoneNumber"], form["status"]) == (JUMA, "Success")
    assert net.get(f"/network/phones/{ASHA}")["call"]["state"] == "ended"


def test_callers_are_taken_in_the_order_in_which_they_came(net: Net) -> None:
    steps(net, start=QUEUE)
    for number in (ASHA, JUMA):
        net.phone(number, "call", to=LINE)
    steps(net, start=TAKE)
    net.phone(NEEMA, "call", to=LINE)
    states = [net.get(f"/network/phones/{each}")["call"]["state"] for each in (ASHA, JUMA)]
    assert states == ["bridged", "queued"]


def test_an_empty_queue_hangs_up(net: Net) -> None:
    steps(net, start=TAKE)
    assert net.phone(JUMA, "call", to=LINE)["state"] == "ended"


def test_who_hangs_up_in_a_queue_is_out_of_it(net: Net) -> None:
    steps(net, start=QUEUE)
    net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "hangup")
    assert net.voice("queueStatus", phoneNumbers=LINE).json()["entries"] == []
    assert "dequeuedToPhoneNumber" not in final(net)


# Several at once


def test_who_hangs_up_while_the_service_thinks_hears_nothing_more(net: Net) -> None:
    steps(net, start=MENU)
    net.service.delay_s = 0.5
    caller = threading.Thread(target=lambda: net.phone(ASHA, "call", to=LINE))
    caller.start()
    until(lambda: net.service.hooks("voice"))
    busy = net.ask("POST", f"/network/phones/{ASHA}/wait")
    assert busy.status_code == 400 and "still waiting" in busy.json()["error"]
    assert net.phone(ASHA, "hangup")["state"] == "ended"
    caller.join()
    assert net.get(f"/network/phones/{ASHA}")["call"]["state"] == "ended"
    assert net.heard(ASHA) == []
    assert final(net)["hangupCause"] == "ORIGINATOR_CANCEL"


def test_many_phones_call_at_once(net: Net) -> None:
    steps(net, start=MENU, menu="<Record/>")
    numbers = [f"+2557120001{index:02}" for index in range(8)]

    def whole_call(number: str) -> str:
        net.phone(number, "call", to=LINE)
        net.phone(number, "press", keys="1")
        net.phone(number, "say")
        return str(net.phone(number, "hangup")["state"])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(whole_call, numbers)) == {"ended"}
    until(lambda: all(call["final"] for call in net.calls()))
    assert {len(call["recordings"]) for call in net.calls()} == {1}


# What is refused, and the record


def test_a_long_file_may_be_said(net: Net) -> None:
    steps(net, start=RECORD)
    net.phone(ASHA, "call", to=LINE)
    words = tone(3500)
    net.phone(ASHA, "say", file=base64.b64encode(words.content).decode())
    assert net.calls()[0]["recordings"][0]["bytes"] == len(words.content) > MOST_BYTES


@pytest.mark.parametrize(
    ("action", "body", "wrong"),
    [
        ("call", {"to": "15001"}, "'15001' is not a telephone number"),
        ("press", {"keys": "1"}, "call a number first"),
        ("press", {"keys": "1a"}, "'keys'"),
        ("press", {"keys": 1}, "'keys' must be a string"),
        ("say", {}, "call a number first"),
        ("say", {"file": "?"}, "base64"),
        ("say", {"file": "AAAA"}, "'seconds'"),
        ("say", {"seconds": True}, "'seconds'"),
        ("wait", {}, "is in no call"),
        ("answer", {}, "is not ringing"),
        ("refuse", {}, "is not ringing"),
    ],
)
def test_what_a_phone_cannot_do_is_refused_in_one_clear_line(
    net: Net, action: str, body: dict[str, object], wrong: str
) -> None:
    answer = net.ask("POST", f"/network/phones/{ASHA}/{action}", json=body)
    assert answer.status_code == 400 and wrong in answer.json()["error"]


def test_hanging_up_without_a_call_changes_nothing(net: Net) -> None:
    assert net.phone(ASHA, "hangup") is None


def test_the_record_has_everything_of_a_call(net: Net) -> None:
    steps(net, start=MENU, menu="<Play url='{clip}/asante-1.mp3'/>")
    call = net.phone(ASHA, "call", to=LINE)
    net.phone(ASHA, "press", keys="2")
    final(net)

    record = net.get(f"/network/calls?phone={ASHA}")[0]

    for moment in ("started_at", "answered_at", "ended_at"):
        assert record.pop(moment)
    hooks, played, last = record.pop("hooks"), record.pop("played"), record.pop("final")
    assert record == {
        "id": call["id"],
        "provider": "africastalking",
        "parent": None,
        "direction": "inbound",
        "from": ASHA,
        "to": LINE,
        "state": "ended",
        "outcome": "answered",
        "error": None,
        "seconds": 3,
        "keys": "2",
        "recordings": [],
    }
    assert [(each["hook"], each["status"]) for each in hooks] == [
        ("voice", 200),
        ("voice?step=menu", 200),
    ]
    assert hooks[1]["form"]["dtmfDigits"] == "2" and "asante" in hooks[1]["xml"]
    assert [each["bytes"] for each in played] == [len(tone(2).content), len(tone(1).content)]
    assert last["isActive"] == "0"
    assert net.get(f"/network/calls?phone={JUMA}") == []
