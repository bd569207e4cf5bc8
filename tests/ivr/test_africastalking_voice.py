"""Calls by Africa's Talking: this form is that event, these verbs are exactly this XML."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree.ElementTree import canonicalize, fromstring, tostring

import pytest
from actions import faults
from conversations.payloads import ROWS
from hypothesis import given
from hypothesis import strategies as st
from verbs import answers, law, prompts

from callcentre.calls.events import CallEvent, DialResult, QueueResult, Recording
from callcentre.hooks import Refused
from callcentre.ivr.providers import africastalking
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

ID = "ATVId_00000000000000000000000000000001"
CALL = CallEvent(
    "africastalking",
    ID,
    state="active",
    direction="inbound",
    number="+255683000001",
    address="+255222000000",
    started_at=datetime(2026, 11, 22, 5, 0, tzinfo=UTC),
)
RINGING = replace(CALL, state="ringing")
ENDED = replace(CALL, state="ended", outcome="no_answer")
ROW_EVENTS = {
    "at-voice-tz-inbound-start": RINGING,
    "at-voice-outbound-answered": CallEvent(
        "africastalking",
        "ATVId_11163e2ea9a58f3a7999fecda8eeb43a",
        state="active",
        direction="outbound",
        number="+256700009081",
        address="+256300000647",
        started_at=datetime(2021, 10, 13, 19, 10, 16, tzinfo=UTC),
    ),
    "at-voice-outbound-not-answered-final": CallEvent(
        "africastalking",
        "ATVId_221c9e6c4045a27a3a94e71a49a90b8c",
        state="ended",
        direction="outbound",
        number="+256700000001",
        address="+256300000001",
        outcome="no_answer",
        cause="SUBSCRIBER_ABSENT",
        seconds=0,
        cost=Decimal(0),
        currency="UGX",
    ),
    "at-voice-dtmf": replace(CALL, digits="2"),
    "at-voice-dtmf-multi-when-single": replace(CALL, digits="22"),
    "at-voice-dtmf-star-hash": replace(CALL, digits="*0"),
    "at-voice-final-dial-recorded": CallEvent(
        "africastalking",
        "ATVId_4ae09e41dc3fa616b1aa42c792d95805",
        state="ended",
        direction="inbound",
        number="+256700000002",
        address="+256300000003",
        started_at=datetime(2023, 1, 18, 20, 4, 52, tzinfo=UTC),
        recording=Recording(
            "http://192.0.2.10:8080/5d5e2457ca70ee2a65a3e1c3e23c1efc.mp3",
            "5d5e2457ca70ee2a65a3e1c3e23c1efc",
        ),
        dial=DialResult("+256700000003", "answered", 6),
        outcome="answered",
        seconds=39,
        cost=Decimal("147.440"),
        currency="UGX",
    ),
    "at-voice-queue-dequeued-final": replace(
        ENDED,
        queue=QueueResult(
            "bridged",
            number="+255754000009",
            at=datetime(2026, 11, 22, 5, 4, 10, tzinfo=UTC),
        ),
        outcome="answered",
        cause="NORMAL_CLEARING",
        seconds=310,
        cost=Decimal("775.00"),
        currency="TZS",
    ),
    "at-voice-withheld-caller": replace(RINGING, number=None),
    "at-voice-plus-lost": RINGING,
    "at-voice-client-request-id": replace(CALL, direction="outbound", request="kero-call-42"),
    "at-voice-transfer-failed": CallEvent(
        "africastalking",
        ID,
        state="active",
        dial=DialResult("+255754000009", "failed", 0),
    ),
}
FORM = {
    "callSessionState": "Active",
    "sessionId": ID,
    "isActive": "1",
    "callStartTime": "2026-11-22+05:00:00",
    "direction": "Inbound",
    "destinationNumber": "+255222000000",
    "callerNumber": "+255683000001",
}
FINAL = FORM | {"callSessionState": "", "isActive": "0"}


def parse(form: dict[str, str]) -> CallEvent:
    return africastalking.parse_call(form, {})


@pytest.mark.parametrize("row", ROW_EVENTS)
def test_a_sample_is_understood(row: str) -> None:
    assert parse(dict(ROWS[row]["form"])) == ROW_EVENTS[row]


def test_every_sample_is_tried() -> None:
    samples = {row["id"] for row in ROWS.values() if row["kind"] == "voice_callback"}
    assert samples == set(ROW_EVENTS)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"isActive": "true"}, CALL, id="only 0 ends"),
        pytest.param({"isActive": "0 "}, ENDED, id="0 with a blank"),
        pytest.param({"callSessionState": "Dialing"}, RINGING, id="not yet answered"),
        pytest.param({"callSessionState": "Ringing"}, RINGING, id="ringing"),
        pytest.param({"callSessionState": "Bridged"}, replace(CALL, state="bridged"), id="bridged"),
        pytest.param({"callSessionState": "Completed"}, CALL, id="completed, but going on"),
        pytest.param({"callSessionState": "Mpya"}, CALL, id="an unknown state"),
        pytest.param({"direction": "INBOUND"}, CALL, id="great letters"),
        pytest.param({"direction": "Sideways"}, replace(CALL, direction=None), id="no direction"),
        pytest.param({"callStartTime": "None"}, replace(CALL, started_at=None), id="no start"),
        pytest.param({"callStartTime": "2026-11-22 05:00:00"}, CALL, id="a blank in the start"),
        pytest.param({"callerNumber": " 255683000001"}, CALL, id="a lost plus"),
        pytest.param({"callerNumber": "0683000001"}, CALL, id="national"),
        pytest.param({"callerNumber": "kero.agent1"}, replace(CALL, number=None), id="a browser"),
        pytest.param(
            {"callerNumber": "asha@ke.sip.africastalking.com"}, replace(CALL, number=None), id="SIP"
        ),
        pytest.param({"callerNumber": ""}, replace(CALL, number=None), id="no number"),
        pytest.param(
            {"destinationNumber": "agent1.kero@ke.sip.africastalking.com"},
            replace(CALL, address="agent1.kero@ke.sip.africastalking.com"),
            id="an agent's leg",
        ),
        pytest.param({"dtmfDigits": ""}, CALL, id="no key"),
        pytest.param({"dtmfDigits": "123#"}, replace(CALL, digits="123"), id="the finish key"),
        pytest.param({"dtmfDigits": "12#3"}, replace(CALL, digits="12"), id="a key after it"),
        pytest.param({"dtmfDigits": "#"}, replace(CALL, digits=""), id="the finish key alone"),
        pytest.param({"dtmfDigits": "1a"}, CALL, id="what no telephone has"),
        pytest.param({"dtmfDigits": "٣"}, CALL, id="another script's digit"),
        pytest.param({"dtmfDigits": "1" * 90}, replace(CALL, digits="1" * 64), id="keys held down"),
        pytest.param({"recordingUrl": ""}, CALL, id="no recording"),
        pytest.param(
            {"recordingUrl": "http://192.0.2.10:8080/ab12.mp3"},
            replace(CALL, recording=Recording("http://192.0.2.10:8080/ab12.mp3", "ab12")),
            id="a recording",
        ),
        pytest.param(
            {"callRecordingUrl": "http://192.0.2.10:8080/ab12.mp3"},
            replace(CALL, recording=Recording("http://192.0.2.10:8080/ab12.mp3", "ab12")),
            id="the other name of a recording",
        ),
        pytest.param({"recordingUrl": f"http://x/{'a' * 2000}"}, CALL, id="no such address"),
        pytest.param(
            {"dialDestinationNumber": "+255754000009"}, replace(CALL, state="bridged"), id="talking"
        ),
        pytest.param(
            {"dequeuedToPhone": "+255754000009"},
            replace(CALL, state="bridged", queue=QueueResult("bridged", number="+255754000009")),
            id="taken from the queue",
        ),
        pytest.param(
            {"dialDestinationNumber": " 255754000009", "dialStatus": "Busy"},
            replace(CALL, dial=DialResult("+255754000009", "busy")),
            id="an agent was busy",
        ),
        pytest.param(
            {
                "dialDestinationNumber": "+255754000009",
                "dialStatus": "NoAnswer",
                "dialDurationInSeconds": "0",
            },
            replace(CALL, dial=DialResult("+255754000009", "no_answer", 0)),
            id="an agent did not answer",
        ),
        pytest.param(
            {
                "dialDestinationNumber": "a.kero@ke.sip.africastalking.com",
                "dialStatus": "Mpya",
                "dialDurationInSeconds": "61",
            },
            replace(CALL, dial=DialResult("a.kero@ke.sip.africastalking.com", "answered", 61)),
            id="an unknown word after a talk",
        ),
        pytest.param({"hangupCause": "USER_BUSY", "amount": "1"}, CALL, id="the end, not ended"),
    ],
)
def test_a_call_going_on_is_understood(changes: dict[str, str], expected: CallEvent) -> None:
    assert parse(FORM | changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ENDED, id="nothing more"),
        pytest.param(
            {"callSessionState": "Completed"}, replace(ENDED, outcome="answered"), id="completed"
        ),
        pytest.param({"callSessionState": "Busy"}, replace(ENDED, outcome="busy"), id="busy"),
        pytest.param({"callSessionState": "Rejected"}, replace(ENDED, outcome="busy"), id="no"),
        pytest.param({"callSessionState": "Failed"}, replace(ENDED, outcome="failed"), id="failed"),
        pytest.param({"callSessionState": "Expired"}, ENDED, id="expired"),
        pytest.param({"status": "NotAnswered"}, ENDED, id="not answered"),
        pytest.param(
            {"status": "NotAnswered", "hangupCause": "UNALLOCATED_NUMBER"},
            replace(ENDED, outcome="failed", cause="UNALLOCATED_NUMBER"),
            id="the cause is more exact",
        ),
        pytest.param(
            {"durationInSeconds": "39", "hangupCause": "NORMAL_TEMPORARY_FAILURE"},
            replace(ENDED, outcome="answered", seconds=39, cause="NORMAL_TEMPORARY_FAILURE"),
            id="a talk that broke off",
        ),
        pytest.param(
            {"amount": "147.440", "currencyCode": "TZS"},
            replace(ENDED, cost=Decimal("147.440"), currency="TZS"),
            id="its price",
        ),
        pytest.param({"amount": "NaN"}, ENDED, id="no price"),
        pytest.param({"amount": "1e999999"}, ENDED, id="nobody's price"),
        pytest.param({"amount": "-5"}, ENDED, id="a price below nothing"),
        pytest.param({"durationInSeconds": "39.5"}, ENDED, id="no whole seconds"),
        pytest.param(
            {"dialDestinationNumber": "+255754000009", "dialDurationInSeconds": "0"},
            replace(ENDED, dial=DialResult("+255754000009", "no_answer", 0)),
            id="nobody talked",
        ),
    ],
)
def test_the_end_of_a_call_is_understood(changes: dict[str, str], expected: CallEvent) -> None:
    event = parse(FINAL | changes)
    assert event == expected
    assert event.ended


def test_a_call_is_known_by_its_id_alone() -> None:
    assert parse({"sessionId": ID}) == CallEvent("africastalking", ID, state="active")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({}, "missing: sessionId"),
        ({"sessionId": ""}, "sessionId is empty or too long"),
        ({"sessionId": "x" * 201}, "sessionId is empty or too long"),
    ],
)
def test_a_request_about_no_call_is_refused(form: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        parse(form)


FIELDS = sorted({name for row in ROW_EVENTS for name, _ in ROWS[row]["form"]} | {"dialStatus"})
VALUES = st.text() | st.sampled_from(
    ["0", "1", "None", "Completed", "http://[", "9" * 40, "1e99", "²", "2026-13-99", "+", " 2"]
)


@law
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_form_does_more_than_be_refused(form: dict[str, str]) -> None:
    try:
        event = parse(form)
    except Refused:
        return
    assert event.call_id == form["sessionId"]


# What we answer

ACT = "https://kero.example.tz/hooks/at/SECRET/voice?step=menu&turn=2"
ESCAPED = ACT.replace("&", "&amp;")
MENU, RECORD = "https://kero.example.tz/audio/sw/menu.mp3", "https://kero.example.tz/a/eleza.mp3"
HOLD = "https://kero.example.tz/audio/hold.mp3"


def xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        pytest.param([], "<Response />", id="nothing"),
        pytest.param(
            [Play((RECORD, MENU)), Hangup()],
            f'<Response><Play url="{RECORD}" /><Play url="{MENU}" /></Response>',
            id="clips, and the end",
        ),
        pytest.param(
            [Say("Maji & umeme <sasa>")],
            "<Response><Say>Maji &amp; umeme &lt;sasa&gt;</Say></Response>",
            id="words",
        ),
        pytest.param(
            [Gather(MENU, ACT, digits=1)],
            f'<Response><GetDigits numDigits="1" timeout="7" callbackUrl="{ESCAPED}">'
            f'<Play url="{MENU}" /></GetDigits><Redirect>{ESCAPED}</Redirect></Response>',
            id="one key",
        ),
        pytest.param(
            [Play((RECORD,)), Gather(Say("Namba"), ACT, seconds=10, finish_on="#")],
            f'<Response><Play url="{RECORD}" />'
            f'<GetDigits timeout="10" finishOnKey="#" callbackUrl="{ESCAPED}">'
            f"<Say>Namba</Say></GetDigits><Redirect>{ESCAPED}</Redirect></Response>",
            id="keys to a finish key",
        ),
        pytest.param(
            [Record(RECORD, ACT)],
            '<Response><Record finishOnKey="#" maxLength="120" timeout="5" trimSilence="true" '
            f'playBeep="true" callbackUrl="{ESCAPED}"><Play url="{RECORD}" /></Record>'
            f"<Redirect>{ESCAPED}</Redirect></Response>",
            id="a recording",
        ),
        pytest.param(
            [Enqueue("malalamiko", HOLD, ACT, ACT)],
            f'<Response><Enqueue holdMusic="{HOLD}" name="malalamiko" /></Response>',
            id="into the queue",
        ),
        pytest.param(
            [Dequeue("malalamiko", "+255222000000", ACT)],
            '<Response><Dequeue phoneNumber="+255222000000" name="malalamiko" /></Response>',
            id="from the queue",
        ),
        pytest.param(
            [
                Dial(
                    ("+255754000009", "+255754000008"),
                    "+255222000000",
                    ACT,
                    record=True,
                    max_seconds=600,
                    whisper=ACT,
                )
            ],
            '<Response><Dial record="true" sequential="true" '
            'phoneNumbers="+255754000009,+255754000008" callerId="+255222000000" '
            f'maxDuration="600" /><Redirect>{ESCAPED}</Redirect></Response>',
            id="to an agent",
        ),
        pytest.param(
            [Redirect(ACT), Play((MENU,))],
            f"<Response><Redirect>{ESCAPED}</Redirect></Response>",
            id="to another step",
        ),
        pytest.param([Reject()], "<Response><Reject /></Response>", id="not taken"),
        pytest.param([Reject(), Say("x")], "<Response><Reject /></Response>", id="alone"),
        pytest.param(
            [Say("Samahani"), Reject()], "<Response><Say>Samahani</Say></Response>", id="too late"
        ),
        pytest.param([Leave(), Say("x")], "<Response />", id="out of a queue it cannot leave"),
    ],
)
def test_verbs_are_exactly_this_xml(verbs: list[Verb], expected: str) -> None:
    written = africastalking.write(verbs)
    assert written == xml(expected)
    assert faults(written) == []


@pytest.mark.parametrize(
    ("row", "verb", "ours_besides"),
    [
        (
            "at-voice-xml-record",
            Record(
                "https://kero.example.tz/audio/sw/eleza.mp3",
                "https://kero.example.tz/hooks/at/SECRET/voice?step=recorded",
            ),
            ["Redirect"],
        ),
        ("at-voice-xml-enqueue", Enqueue("malalamiko", HOLD, ACT, ACT), []),
        ("at-voice-xml-reject", Reject(), []),
    ],
)
def test_an_action_is_the_sample_one(row: str, verb: Verb, ours_besides: list[str]) -> None:
    root = fromstring(africastalking.write([verb]))
    sample, *_ = fromstring(ROWS[row]["body"])
    assert [child.tag for child in root[1:]] == ours_besides
    assert canonicalize(tostring(root[0])) == canonicalize(tostring(sample))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("at-voice-xml-record", ["nothing after Record"]),
        ("at-voice-xml-enqueue", []),
        ("at-voice-xml-dial", []),
        ("at-voice-xml-reject", []),
    ],
)
def test_the_samples_are_good_answers_but_for_the_way_on(row: str, found: list[str]) -> None:
    assert faults(ROWS[row]["body"].encode()) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<Play url="x" loop="2"/>', ["Play has no loop"]),
        ("<Play/>", ["Play needs url"]),
        ("<Hangup/>", ["no element Hangup"]),
        ('<GetDigits numdigits="1"><Play url="x"/></GetDigits><Redirect>u</Redirect>',
         ["GetDigits has no numdigits"]),
        ('<GetDigits><Play url="x"/><Play url="y"/></GetDigits><Redirect>u</Redirect>',
         ["children of GetDigits"]),
        ('<GetDigits><Play url="x"/></GetDigits>', ["nothing after GetDigits"]),
        ("<Reject/><Reject/>", ["Reject is not alone"]),
        ('<Redirect>u</Redirect><Play url="x"/>', ["something after Redirect"]),
    ],
)  # fmt: skip
def test_the_check_of_answers_finds_what_is_wrong(body: str, found: list[str]) -> None:
    assert faults(f"<Response>{body}</Response>".encode()) == found


@law
@given(answers)
def test_any_verbs_are_a_good_answer_whose_texts_come_back(verbs: list[Verb]) -> None:
    written = africastalking.write(verbs)
    heard = [
        element.get("url") or element.text
        for element in fromstring(written).iter()
        if element.tag in ("Play", "Say")
    ]
    assert faults(written) == []
    assert heard == list(prompts(verbs))


def test_what_no_xml_may_hold_is_left_out() -> None:
    written = africastalking.write([Say("Ma\x00ji\x1b\ud800"), Redirect("https://x/\x0b?a=1")])
    assert written == xml("<Response><Say>Maji</Say><Redirect>https://x/?a=1</Redirect></Response>")
