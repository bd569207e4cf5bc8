"""Calls by Twilio: this form is that event, these verbs are exactly this TwiML."""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from conversations.payloads import ROWS
from given import SETTINGS
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Gather as GatherElement
from twilio.twiml.voice_response import VoiceResponse
from verbs import answers, law, prompts
from werkzeug.datastructures import MultiDict

from callcentre import config
from callcentre.calls.events import CallEvent, DialResult, QueueResult, Recording
from callcentre.hooks import Refused
from callcentre.ivr.providers import twilio
from callcentre.ivr.providers.contract import (
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)
from callcentre.providers.twilio import genuine, sign

pytestmark = pytest.mark.usefixtures("schema")

ID = "CA" + 32 * "4"
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE"
CALL = CallEvent(
    "twilio",
    ID,
    state="active",
    direction="inbound",
    number="+255754000001",
    address="+15005550006",
)
ENDED = replace(CALL, state="ended", outcome="answered", cause="completed")
ROW_EVENTS = {
    "tw-voice-inbound": replace(CALL, state="ringing"),
    "tw-voice-gather-empty": CALL,
    "tw-voice-gather-speech-sw": CALL,
    "tw-voice-record-action": replace(CALL, digits="", recording=Recording(RECORDING, "RE", 17)),
    "tw-voice-record-hangup": replace(ENDED, recording=Recording(RECORDING, "RE", 4)),
    "tw-voice-dial-noanswer": replace(CALL, dial=DialResult(None, "no_answer")),
    "tw-voice-wait-url": replace(CALL, position=3),
    "tw-call-status-completed": replace(ENDED, seconds=63, sequence=3),
    "tw-recording-status": CallEvent(
        "twilio", ID, recording=Recording(RECORDING, "RE" + 32 * "7", 17)
    ),
}
FORM = {
    "CallSid": ID,
    "From": "+255754000001",
    "To": "+15005550006",
    "CallStatus": "in-progress",
    "Direction": "inbound",
}


def parse(form: dict[str, str]) -> CallEvent:
    return twilio.parse_call(form, {})


@pytest.mark.parametrize("row", ROW_EVENTS)
def test_a_sample_is_understood(row: str) -> None:
    assert parse(dict(ROWS[row]["form"])) == ROW_EVENTS[row]


def test_every_sample_is_tried() -> None:
    kinds = {row["id"]: row["kind"] for row in ROWS.values() if row["provider"] == "twilio"}
    voice = {row for row, kind in kinds.items() if kind.startswith("voice_")}
    assert voice - {"tw-twiml-voice-menu"} == set(ROW_EVENTS)


@pytest.fixture
def token_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "12345")
    config.load.cache_clear()
    yield
    config.load.cache_clear()


@pytest.mark.usefixtures("token_of_the_samples")
@pytest.mark.parametrize("row", ROW_EVENTS)
def test_a_sample_is_signed_as_we_would_sign_it(row: str) -> None:
    sample = ROWS[row]
    assert sample["auth_token_for_test"] == "12345"
    url, form = sample["signed_url"], [tuple(pair) for pair in sample["form"]]
    assert genuine(url, MultiDict(form), sample["headers"])
    assert sign(url, dict(form)) == sample["headers"]["X-Twilio-Signature"]
    assert not genuine(f"{url}&turn=2", MultiDict(form), sample["headers"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"CallStatus": "queued"}, replace(CALL, state="ringing"), id="queued"),
        pytest.param({"CallStatus": "initiated"}, replace(CALL, state="ringing"), id="initiated"),
        pytest.param({"CallStatus": "mpya"}, CALL, id="an unknown status"),
        pytest.param({"From": "client:agent1"}, replace(CALL, number=None), id="a browser"),
        pytest.param({"From": "sip:a@example.com"}, replace(CALL, number=None), id="SIP"),
        pytest.param({"From": "anonymous"}, replace(CALL, number=None), id="withheld, a word"),
        pytest.param({"From": "+266696687"}, replace(CALL, number=None), id="withheld, ANONYMOUS"),
        pytest.param({"From": "+7378742833"}, replace(CALL, number=None), id="RESTRICTED"),
        pytest.param({"From": "+2562533"}, replace(CALL, number=None), id="BLOCKED"),
        pytest.param({"From": "+8656696"}, replace(CALL, number=None), id="UNAVAILABLE"),
        pytest.param(
            {"Direction": "outbound-api", "From": "+15005550006", "To": "+255754000001"},
            replace(CALL, direction="outbound"),
            id="our call",
        ),
        pytest.param(
            {
                "Direction": "outbound-dial",
                "From": "+15005550006",
                "To": "+255754000009",
                "ParentCallSid": "CA1",
            },
            replace(CALL, direction="outbound", number=None, parent="CA1"),
            id="the leg to an agent",
        ),
        pytest.param(
            {"Direction": "trunking-terminating"},
            replace(CALL, direction=None, number=None, address=None),
            id="another direction",
        ),
        pytest.param({"Digits": "1"}, replace(CALL, digits="1"), id="a key"),
        pytest.param({"Digits": "12#"}, replace(CALL, digits="12"), id="the finish key"),
        pytest.param({"Digits": "#"}, replace(CALL, digits=""), id="that key for a key"),
        pytest.param(
            {"Digits": "", "FinishedOnKey": "#"}, replace(CALL, digits=""), id="that key alone"
        ),
        pytest.param({"Digits": "hangup"}, replace(ENDED, cause=""), id="he left"),
        pytest.param(
            {"RecordingUrl": RECORDING, "RecordingSid": "RE9", "RecordingDuration": "0"},
            replace(CALL, recording=Recording(RECORDING, "RE9", 0)),
            id="a recording of nothing",
        ),
        pytest.param({"RecordingUrl": RECORDING, "RecordingStatus": "absent"}, CALL, id="absent"),
        pytest.param(
            {"RecordingUrl": RECORDING, "RecordingStatus": "in-progress"}, CALL, id="not done"
        ),
        pytest.param({"RecordingUrl": "http://["}, CALL, id="no address"),
        pytest.param(
            {"DialCallStatus": "completed", "DialCallDuration": "61"},
            replace(CALL, dial=DialResult(None, "answered", 61)),
            id="a talk",
        ),
        pytest.param(
            {"DialCallStatus": "completed", "DialBridged": "false"},
            replace(CALL, dial=DialResult(None, "no_answer")),
            id="answered and not taken",
        ),
        pytest.param(
            {
                "Direction": "",
                "ParentCallSid": "CA1",
                "From": "+15005550006",
                "To": "+255754000001",
            },
            replace(CALL, direction="outbound", number=None, parent="CA1"),
            id="dialled, and no direction told",
        ),
        pytest.param(
            {"DialCallStatus": "busy"}, replace(CALL, dial=DialResult(None, "busy")), id="busy"
        ),
        pytest.param(
            {"DialCallStatus": "mpya"}, replace(CALL, dial=DialResult(None, "failed")), id="unknown"
        ),
        pytest.param(
            {"QueueResult": "bridged", "QueueTime": "35"},
            replace(CALL, queue=QueueResult("bridged", 35)),
            id="taken from the queue",
        ),
        pytest.param(
            {"QueueResult": "leave"}, replace(CALL, queue=QueueResult("left")), id="left the queue"
        ),
        pytest.param(
            {"QueueResult": "queue-full"},
            replace(CALL, queue=QueueResult("full")),
            id="a full queue",
        ),
        pytest.param(
            {"QueueResult": "hangup", "QueueTime": "9", "CallStatus": "completed"},
            replace(ENDED, queue=QueueResult("hung_up", 9)),
            id="hung up in the queue",
        ),
        pytest.param(
            {"QueueResult": "system-error"},
            replace(CALL, queue=QueueResult("failed")),
            id="no queue",
        ),
        pytest.param({"CallStatus": "completed"}, ENDED, id="over"),
        pytest.param(
            {"CallStatus": "busy"}, replace(ENDED, outcome="busy", cause="busy"), id="he was busy"
        ),
        pytest.param(
            {"CallStatus": "no-answer"},
            replace(ENDED, outcome="no_answer", cause="no-answer"),
            id="nobody answered",
        ),
        pytest.param(
            {"CallStatus": "failed"}, replace(ENDED, outcome="failed", cause="failed"), id="failed"
        ),
        pytest.param(
            {"CallStatus": "canceled"},
            replace(ENDED, outcome="no_answer", cause="canceled"),
            id="canceled",
        ),
    ],
)
def test_a_request_is_understood(changes: dict[str, str], expected: CallEvent) -> None:
    assert parse(FORM | changes) == expected


def test_an_outgoing_call_brings_our_own_id_in_the_query() -> None:
    assert twilio.parse_call(FORM, {"request": "42"}).request == "42"


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({}, "missing: CallSid"),
        ({"CallSid": ""}, "CallSid is empty or too long"),
        ({"CallSid": "x" * 201}, "CallSid is empty or too long"),
    ],
)
def test_a_request_about_no_call_is_refused(form: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        parse(form)


FIELDS = sorted(
    {name for row in ROW_EVENTS for name, _ in ROWS[row]["form"]}
    | {"QueueResult", "DialCallDuration", "ParentCallSid", "FinishedOnKey"}
)
VALUES = st.text() | st.sampled_from(
    ["inbound", "outbound-dial", "completed", "²", "-1", "http://["]
)


@law
@given(
    st.dictionaries(st.sampled_from(FIELDS), VALUES), st.dictionaries(st.just("request"), VALUES)
)
def test_no_form_does_more_than_be_refused(form: dict[str, str], query: dict[str, str]) -> None:
    try:
        event = twilio.parse_call(form, query)
    except Refused:
        return
    assert event.call_id == form["CallSid"]


# What we answer

ACT = "https://kero.example.tz/hooks/twilio/voice?step=menu&turn=2"
ESCAPED = ACT.replace("&", "&amp;")
MENU, RECORD = "https://kero.example.tz/audio/sw/menu.mp3", "https://kero.example.tz/a/eleza.mp3"
KEPT = f"{SETTINGS['PUBLIC_URL']}/hooks/twilio/voice/recording"


def twiml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        pytest.param([], "<Response />", id="nothing"),
        pytest.param(
            [Play((RECORD, MENU)), Hangup()],
            f"<Response><Play>{RECORD}</Play><Play>{MENU}</Play><Hangup /></Response>",
            id="clips, and the end",
        ),
        pytest.param(
            [Say("Maji & umeme <sasa>")],
            "<Response><Say>Maji &amp; umeme &lt;sasa&gt;</Say></Response>",
            id="words",
        ),
        pytest.param(
            [Gather(MENU, ACT, digits=1)],
            f'<Response><Gather action="{ESCAPED}" actionOnEmptyResult="true" finishOnKey="" '
            f'input="dtmf" numDigits="1" timeout="7"><Play>{MENU}</Play></Gather>'
            f"<Redirect>{ESCAPED}</Redirect></Response>",
            id="one key",
        ),
        pytest.param(
            [Gather(Say("Namba"), ACT, seconds=10, finish_on="#")],
            f'<Response><Gather action="{ESCAPED}" actionOnEmptyResult="true" finishOnKey="#" '
            'input="dtmf" timeout="10"><Say>Namba</Say></Gather>'
            f"<Redirect>{ESCAPED}</Redirect></Response>",
            id="keys to a finish key",
        ),
        pytest.param(
            [Record(RECORD, ACT)],
            f'<Response><Play>{RECORD}</Play><Record action="{ESCAPED}" finishOnKey="#" '
            f'maxLength="120" playBeep="true" recordingStatusCallback="{KEPT}" timeout="5" '
            f'trim="trim-silence" /><Redirect>{ESCAPED}</Redirect></Response>',
            id="a recording",
        ),
        pytest.param(
            [Enqueue("malalamiko", MENU, f"{ACT}&wait=1", ACT)],
            f'<Response><Enqueue action="{ESCAPED}" waitUrl="{ESCAPED}&amp;wait=1">malalamiko'
            "</Enqueue></Response>",
            id="into the queue",
        ),
        pytest.param(
            [Dequeue("malalamiko", "+15005550006", ACT)],
            f'<Response><Dial action="{ESCAPED}"><Queue>malalamiko</Queue></Dial></Response>',
            id="from the queue",
        ),
        pytest.param(
            [Dial(("+255754000009", "+255754000008"), "+15005550006", ACT, whisper=ACT)],
            f'<Response><Dial action="{ESCAPED}" answerOnBridge="true" callerId="+15005550006" '
            f'sequential="true" timeLimit="3600" timeout="20"><Number url="{ESCAPED}">'
            f'+255754000009</Number><Number url="{ESCAPED}">+255754000008</Number></Dial>'
            "</Response>",
            id="to an agent, with a whisper",
        ),
        pytest.param(
            [Dial(("+255754000009",), "+15005550006", ACT, record=True)],
            f'<Response><Dial action="{ESCAPED}" answerOnBridge="true" callerId="+15005550006" '
            f'record="record-from-answer" recordingStatusCallback="{KEPT}" sequential="true" '
            'timeLimit="3600" timeout="20"><Number>+255754000009</Number></Dial></Response>',
            id="to an agent, recorded",
        ),
        pytest.param(
            [Redirect(ACT), Play((MENU,))],
            f"<Response><Redirect>{ESCAPED}</Redirect></Response>",
            id="to another step",
        ),
        pytest.param([Reject()], "<Response><Reject /></Response>", id="not taken"),
        pytest.param([Leave()], "<Response><Leave /></Response>", id="out of the queue"),
    ],
)
def test_verbs_are_exactly_this_twiml(verbs: list[Verb], expected: str) -> None:
    assert twilio.write(verbs) == twiml(expected)


def test_a_menu_is_the_sample_one_with_a_way_on() -> None:
    sample = fromstring(ROWS["tw-twiml-voice-menu"]["body"])
    action = sample[0].attrib["action"]
    menu = fromstring(twilio.write([Gather(MENU, action, digits=1)]))
    assert menu[0].attrib == sample[0].attrib | {"finishOnKey": ""}
    assert [(child.tag, child.text) for child in menu[0]] == [("Play", MENU)]
    assert [(child.tag, child.text) for child in menu[1:]] == [("Redirect", action)]


def test_a_menu_is_what_the_sdk_makes_of_it() -> None:
    gather = GatherElement(
        input="dtmf", num_digits=1, timeout=7, finish_on_key="", action=ACT,
        action_on_empty_result=True,
    )  # fmt: skip
    gather.play(MENU)
    response = VoiceResponse()
    response.append(gather)
    response.redirect(ACT)
    assert twilio.write([Gather(MENU, ACT, digits=1)]) == str(response).encode()


@law
@given(answers)
def test_any_verbs_are_an_answer_whose_texts_come_back(verbs: list[Verb]) -> None:
    root = fromstring(twilio.write(verbs))
    heard = [element.text for element in root.iter() if element.tag in ("Play", "Say")]
    assert heard == list(prompts(verbs))
    assert {child.tag for child in root.iter()} <= {
        *("Response", "Play", "Say", "Gather", "Record", "Redirect", "Enqueue", "Dial", "Number"),
        *("Queue", "Leave", "Reject", "Hangup"),
    }


def test_what_no_xml_may_hold_is_left_out() -> None:
    written = twilio.write([Say("Ma\x00ji\x1b\ud800"), Redirect("https://x/\x0b?a=1")])
    assert written == twiml(
        "<Response><Say>Maji</Say><Redirect>https://x/?a=1</Redirect></Response>"
    )
