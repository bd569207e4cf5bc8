"""Africa's Talking's calls: what it asks of the service, and how it tells what became of them.

From the pages of developers.africastalking.com: "Voice / Handling calls", "Voice / Notifications"
and "Voice / Actions". What they leave open is said where it is decided.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from callcentre.config import Config
from callcentre.network.africastalking import actions
from callcentre.network.calls import (
    ANSWERED,
    BUSY,
    CANCELED,
    FAILED,
    NOT_ANSWERED,
    REJECTED,
    Call,
    Recording,
)
from callcentre.network.faults import Switchboard
from callcentre.network.hook import Hook
from callcentre.network.verbs import Dial, Record, Verb

CARRIER = "Vodacom"
SHILLINGS_A_SECOND = 2.5

# What became of a call: callSessionState, status, hangupCause.
_OUTCOMES = {
    ANSWERED: ("Completed", "Success", "NORMAL_CLEARING"),
    NOT_ANSWERED: ("NotAnswered", "NotAnswered", "NO_ANSWER"),
    CANCELED: ("NotAnswered", "NotAnswered", "ORIGINATOR_CANCEL"),
    BUSY: ("Busy", "Busy", "USER_BUSY"),
    REJECTED: ("Rejected", "Rejected", "CALL_REJECTED"),
    FAILED: ("Failed", "Failed", "NORMAL_TEMPORARY_FAILURE"),
}
_CALLERS = {
    "withheld": "anonymous",
    "sip": "asha@ke.sip.africastalking.com",
    "client": "taasisi.asha",
}
_BRIDGED = {"dialDestinationNumber", "dialStartTime"}
_SOMETIMES = {
    "direction",
    "callSessionState",
    "callerCountryCode",
    "callerCarrierName",
    "callStartTime",
    "status",
    "hangupCause",
}


class AfricasTalkingVoice:
    """Meets `callcentre.network.voice.Voice`."""

    name = "africastalking"
    apology: str | None = None
    moves_on_sight = True  # "the callback URL for the rest of the call"

    def __init__(self, config: Config, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._service = config.public_url
        self._host = urlsplit(config.africastalking_voice_url).netloc
        self._secret = config.africastalking_hook_secrets[0]

    def serves(self, address: str) -> bool:
        return True

    def call_id(self) -> str:
        return f"ATVId_{secrets.token_hex(16)}"

    def recording_id(self) -> str:
        return secrets.token_hex(16)

    def recording_url(self, recording_id: str) -> str:
        """Plain http, as there: `http://<address>:<port>/<32 hex>.mp3`."""
        return f"http://{self._host}/network/africastalking/{recording_id}.mp3"

    def queue(self, line: str, name: str) -> tuple[str, str, str]:
        return self.name, line, name

    def start(self) -> str:
        return f"{self._service}/hooks/africastalking/{self._secret}/voice"

    def may_ask(self, url: str) -> bool:
        return url.startswith(f"{self._service}/")

    def read(self, answer: bytes) -> list[Verb]:
        return actions.read(answer)

    def ask(self, call: Call, facts: Mapping[str, str]) -> Hook:
        return self._hook(call, self._form(call, "1", self._state(call)) | dict(facts))

    def gathered(self, keys: str, finish: str) -> dict[str, str]:
        return {"dtmfDigits": keys}

    def recorded(self, recording: Recording | None, ended_by: str) -> dict[str, str]:
        return {"recordingUrl": recording.url if recording else ""}

    def bridged(self, call: Call) -> dict[str, str]:
        return {key: value for key, value in self._dialled(call).items() if key in _BRIDGED}

    def dialled(self, call: Call) -> dict[str, str]:
        return self._dialled(call)

    def waits(self, call: Call, place: int, of: int) -> dict[str, str]:
        return {}

    def left_queue(self, call: Call, result: str) -> dict[str, str]:
        return {}

    def progress(self, call: Call, event: str) -> list[Hook]:
        return []

    def recording_told(self, recording: Recording, verb: Record | Dial) -> list[Hook]:
        return []

    def finals(self, call: Call, cut: Record | None) -> list[Hook]:
        """One, at the address asked last; it alone tells of a call that nobody took."""
        state, status, cause = _OUTCOMES[call.outcome]
        if call.error is not None:
            cause = _OUTCOMES[FAILED][2]
        form = self._form(call, "0", state) | {
            "status": status,
            "durationInSeconds": str(call.seconds),
            "currencyCode": "TZS",
            "amount": f"{call.seconds * SHILLINGS_A_SECOND:.2f}",
            "hangupCause": cause,
        }
        if call.last_recording is not None:
            form["recordingUrl"] = call.last_recording.url
        if call.dialled is not None and not call.dialled.from_queue:
            form |= self._dialled(call)
        if call.waiting is not None and call.waiting.taken_by and call.waiting.taken_at:
            form["dequeuedToPhoneNumber"] = call.waiting.taken_by
            form["dequeueTime"] = _time(call.waiting.taken_at)
        return [self._hook(call, form)]

    def _form(self, call: Call, active: str, state: str) -> dict[str, str]:
        faults = self._switchboard.faults
        taken = call.answered_at is not None or not call.to_phone
        form = {
            "callSessionState": faults.call_state or state,
            "sessionId": call.id,
            "callerCountryCode": "255",
            "callerCarrierName": CARRIER,
            "isActive": active,
            "callStartTime": _time(call.started_at) if taken else "None",
            "direction": "Outbound" if call.to_phone else "Inbound",
            "destinationNumber": call.line,
            "callerNumber": _CALLERS.get(faults.caller_name or "", call.phone),
        }
        if call.request_id:
            form["clientRequestId"] = call.request_id
        return form

    def _state(self, call: Call) -> str:
        if call.state == "bridged":
            return "Bridged"
        if call.asked:
            return "Active"
        return "Answered" if call.to_phone else "Ringing"

    def _dialled(self, call: Call) -> dict[str, str]:
        dialled = call.dialled
        if dialled is None:
            return {}
        form = {"dialDestinationNumber": dialled.destination}
        if dialled.started_at is not None:
            form["dialStartTime"] = _time(dialled.started_at)
        if dialled.outcome is not None:
            form["dialStatus"] = _OUTCOMES[dialled.outcome][1]
            form["dialDurationInSeconds"] = str(dialled.seconds)
        return form

    def _hook(self, call: Call, form: dict[str, str]) -> Hook:
        if self._switchboard.faults.missing_fields:
            form = {key: value for key, value in form.items() if key not in _SOMETIMES}
        name = call.hook.removeprefix(f"{self._service}/hooks/africastalking/")
        return Hook(name.removeprefix(f"{self._secret}/"), call.hook, form)


def _time(moment: datetime) -> str:
    """As it is sent there: a plus, not a space, between day and hour."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d+%H:%M:%S")
