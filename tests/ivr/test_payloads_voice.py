"""The sample requests about calls (tests/payloads.json), through the real doors."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from conversations.payloads import ROWS
from conversations.phone import NOW, add_line, bring, bring_signed, everything, number_of, the_task
from werkzeug.test import Client, TestResponse

from callcentre import vault
from callcentre.calls.model import Call, RecordingRow
from callcentre.tickets.model import Task, Ticket

LINES = ("+255222000000", "+256300000647", "+256300000001", "+256300000003")
EMPTY = "<Response />"


@pytest.fixture
def doors(client: Client) -> Client:
    """With the lines that the samples call."""
    for address in LINES:
        add_line(address, "kilosa", channel="voice")
    return client


def play(client: Client, name: str, step: str = "") -> TestResponse:
    row = ROWS[name]
    fields = dict(row["form"])
    if row["provider"] == "twilio":
        tail = {
            "voice_status": "voice/status",
            "voice_recording_status": "voice/recording",
        }.get(row["kind"], "voice")
        return bring_signed(client, f"/hooks/twilio/{tail}{step}", fields)
    body = row["body"].encode()
    return bring(client, f"voice{step}", body, at=NOW)


def the_call() -> Call:
    [call] = everything(Call)
    return call


ASKED = [
    pytest.param("at-voice-tz-inbound-start", "+255683000001", id="inbound"),
    pytest.param("at-voice-plus-lost", "+255683000001", id="plus lost"),
    pytest.param("at-voice-client-request-id", "+255683000001", id="our own id"),
    pytest.param("at-voice-outbound-answered", "+256700009081", id="outbound"),
    pytest.param("at-voice-withheld-caller", None, id="withheld"),
    pytest.param("tw-voice-inbound", "+255754000001", id="twilio"),
]


@pytest.mark.parametrize(("name", "number"), ASKED)
def test_the_first_request_is_answered_with_a_menu(
    doors: Client, name: str, number: str | None
) -> None:
    answer = play(doors, name)
    assert (answer.status_code, "step=1" in answer.text) == (200, True)
    sealed = the_call().sealed_number
    assert (vault.unseal(sealed) if sealed else None) == number


def test_our_own_id_of_a_call_is_kept_with_it(doors: Client) -> None:
    play(doors, "at-voice-client-request-id")
    assert (the_call().request, the_call().direction) == ("kero-call-42", "outbound")


def test_a_call_that_nobody_answered_is_known_by_its_end_alone(doors: Client) -> None:
    play(doors, "at-voice-outbound-not-answered-final")
    assert (the_call().outcome, the_call().ended_at) == ("no_answer", NOW)
    assert everything(Task) == []


@pytest.mark.parametrize("name", ["at-voice-dtmf", "at-voice-dtmf-multi-when-single"])
def test_a_key_is_heard_once_and_of_several_the_first(doors: Client, name: str) -> None:
    play(doors, "at-voice-tz-inbound-start")
    answer = play(doors, name, "?step=1")
    assert ("step=2" in answer.text, 'finishOnKey="#"' in answer.text) == (True, True)
    assert play(doors, name, "?step=1").data == answer.data


def test_a_star_among_keys_goes_back(doors: Client) -> None:
    menu = play(doors, "at-voice-tz-inbound-start").text
    answer = play(doors, "at-voice-dtmf-star-hash", "?step=1").text
    assert answer == menu.replace("step=1", "step=2")


FINALS: list[tuple[str, int, Decimal, str]] = [
    ("at-voice-final-dial-recorded", 39, Decimal("147.44"), "UGX"),
    ("at-voice-queue-dequeued-final", 310, Decimal("775"), "TZS"),
]


@pytest.mark.parametrize(("name", "seconds", "cost", "currency"), FINALS)
def test_the_end_closes_the_call_with_its_cost_once(
    doors: Client, name: str, seconds: int, cost: Decimal, currency: str
) -> None:
    for _ in range(2):
        assert play(doors, name).data.endswith(EMPTY.encode())
    call = the_call()
    assert (call.seconds, call.cost, call.currency) == (seconds, cost, currency)


def test_a_transfer_without_its_numbers_opens_nothing(doors: Client) -> None:
    assert "<Reject" in play(doors, "at-voice-transfer-failed").text
    assert everything(Call) == []


def to_the_tone(client: Client) -> None:
    play(client, "tw-voice-inbound")
    form = dict(ROWS["tw-voice-gather-empty"]["form"])
    bring_signed(client, "/hooks/twilio/voice?step=1", form | {"Digits": "1"})
    play(client, "tw-voice-gather-empty", "?step=2")


@pytest.mark.parametrize("name", ["tw-voice-record-action", "tw-voice-record-hangup"])
def test_what_was_recorded_opens_the_ticket(doors: Client, name: str) -> None:
    to_the_tone(doors)
    assert play(doors, name, "?step=3").status_code == 200
    [ticket], [recording] = everything(Ticket), everything(RecordingRow)
    assert (recording.ticket_id, number_of(ticket)) == (ticket.id, "+255754000001")
    assert recording.seconds == (17 if name.endswith("action") else 4)


def test_the_status_and_the_recordings_own_notice_change_nothing_more(doors: Client) -> None:
    to_the_tone(doors)
    play(doors, "tw-voice-record-hangup", "?step=3")
    play(doors, "tw-call-status-completed")
    play(doors, "tw-recording-status")
    assert (the_call().seconds, len(everything(Ticket))) == (63, 1)


@pytest.mark.parametrize(
    "name",
    ["tw-voice-gather-speech-sw", "tw-voice-dial-noanswer", "tw-voice-wait-url"],
)
def test_what_is_not_asked_for_is_silence(doors: Client, name: str) -> None:
    menu = play(doors, "tw-voice-inbound").text
    answer = play(doors, name, "?step=1").text
    assert answer == menu.replace("step=1", "step=2")


def test_a_bridge_is_not_cut(doors: Client) -> None:
    play(doors, "at-voice-tz-inbound-start")
    form = dict(ROWS["at-voice-tz-inbound-start"]["form"])
    talking = form | {"callSessionState": "Bridged", "dialDestinationNumber": "+255754000009"}
    assert bring(doors, "voice", talking).text.endswith(EMPTY)


def test_a_beep_from_the_samples_is_called_back(doors: Client) -> None:
    play(doors, "at-voice-tz-inbound-start")
    form = dict(ROWS["at-voice-tz-inbound-start"]["form"])
    bring(doors, "voice", form | {"isActive": "0", "durationInSeconds": "3"})
    assert number_of(the_task()) == "+255683000001"


# ---- What nobody sends -----------------------------------------------------------------------


@pytest.mark.parametrize("step", ["", "0", "1", "2", "-1", "x", "99999999999", "%00", "1&step=2"])
def test_no_step_is_too_odd(doors: Client, step: str) -> None:
    play(doors, "at-voice-tz-inbound-start")
    for _ in range(2):
        assert play(doors, "at-voice-dtmf", f"?step={step}").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"callSessionState": "Levitating"},
        {"isActive": ""},
        {"isActive": "7"},
        {"direction": "Sideways"},
        {"callerNumber": "x" * 300},
        {"dtmfDigits": "12ab"},
        {"dtmfDigits": "#"},
        {"recordingUrl": "http://[", "dtmfDigits": "1"},
        {"durationInSeconds": "-1", "isActive": "0", "amount": "NaN"},
        {"durationInSeconds": "999999999999", "isActive": "0", "amount": "1e400"},
        {"callStartTime": "None"},
        {"sessionId": "\ud83d\ude00"},
    ],
)
def test_no_field_is_too_odd(doors: Client, fields: dict[str, str]) -> None:
    form = dict(ROWS["at-voice-dtmf"]["form"]) | fields
    body = urlencode(form, errors="surrogatepass").encode()
    for step in ("", "?step=1", "?step=2"):
        assert bring(doors, f"voice{step}", body).status_code in (200, 400)


def test_a_first_request_without_its_direction_is_a_call_that_came_in(doors: Client) -> None:
    form = dict(ROWS["tw-voice-inbound"]["form"])
    for name in ("Direction", "Caller", "Called", "ApiVersion", "CallStatus"):
        form.pop(name, None)
    answer = bring_signed(doors, "/hooks/twilio/voice", form)
    assert "step=1" in answer.text
    assert the_call().direction == "inbound"
