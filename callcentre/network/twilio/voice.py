"""Twilio's calls: what it asks of the service, and how it tells what became of them.

From www.twilio.com/docs: "TwiML for Programmable Voice" (requests, and each verb's own), "Call
resource" (status callbacks) and "Recordings resource". As with texts, the service's own addresses
are configured there: `/hooks/twilio/voice` and, for calls that come in, its `/status`.
"""

import math
import secrets
import uuid
from collections.abc import Mapping
from email.utils import format_datetime
from urllib.parse import urljoin

from callcentre import clock
from callcentre.config import Config
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
from callcentre.network.twilio import twiml, wire
from callcentre.network.verbs import Dial, Record, Verb
from callcentre.phones import is_e164

# What became of a call, as CallStatus and as DialCallStatus.
OUTCOMES = {
    ANSWERED: "completed",
    NOT_ANSWERED: "no-answer",
    CANCELED: "canceled",
    BUSY: "busy",
    REJECTED: "busy",
    FAILED: "failed",
}
_CALLERS = {
    "withheld": "anonymous",
    "sip": "sip:asha@taasisi.sip.twilio.com",
    "client": "client:asha",
}
_SOMETIMES = ("Caller", "Called", "Direction", "ApiVersion", "CallStatus", "Country", "City")


class TwilioVoice:
    """Meets `callcentre.network.voice.Voice`; its numbers are abroad."""

    name = "twilio"
    apology: str | None = "We are sorry, an application error has occurred. Goodbye."
    moves_on_sight = False

    def __init__(self, config: Config, switchboard: Switchboard) -> None:
        self.account = config.twilio_account_sid
        self._token = config.twilio_auth_token
        self._service = config.public_url
        self._switchboard = switchboard

    def serves(self, address: str) -> bool:
        return bool(self.account) and is_e164(address) and not address.startswith("+255")

    def call_id(self) -> str:
        return f"CA{secrets.token_hex(16)}"

    def recording_id(self) -> str:
        return f"RE{secrets.token_hex(16)}"

    def recording_url(self, recording_id: str) -> str:
        path = f"{wire.VERSION}/Accounts/{self.account}/Recordings/{recording_id}"
        return f"{self._service}/network/twilio/{path}"

    def queue(self, line: str, name: str) -> tuple[str, str, str]:
        return self.name, "", name

    def start(self) -> str:
        return f"{self._service}/hooks/twilio/voice"

    def may_ask(self, url: str) -> bool:
        return url.startswith(f"{self._service}/") and len(url) <= wire.LONGEST_CALLBACK

    def read(self, answer: bytes) -> list[Verb]:
        return twiml.read(answer)

    def ask(self, call: Call, facts: Mapping[str, str]) -> Hook:
        return self._hook(call.hook, self._form(call, self._status(call)) | dict(facts))

    def gathered(self, keys: str, finish: str) -> dict[str, str]:
        return {"Digits": keys, "FinishedOnKey": finish}

    def recorded(self, recording: Recording | None, ended_by: str) -> dict[str, str]:
        if recording is None:
            return {}
        return {
            "RecordingSid": recording.id,
            "RecordingUrl": recording.url,
            "RecordingDuration": _seconds(recording),
            "Digits": ended_by,
        }

    def bridged(self, call: Call) -> dict[str, str]:
        return {}

    def dialled(self, call: Call) -> dict[str, str]:
        dialled = call.dialled
        if dialled is None:
            return {}
        form = {
            "DialCallStatus": OUTCOMES.get(dialled.outcome or "", "completed"),
            "DialBridged": "false",
        }
        if dialled.leg:
            form["DialCallSid"] = dialled.leg
        if dialled.started_at is not None:
            form["DialCallDuration"] = str(dialled.seconds)
            form["DialBridged"] = "true"
            if call.last_recording is not None:
                form["RecordingUrl"] = call.last_recording.url
        return form

    def waits(self, call: Call, place: int, of: int) -> dict[str, str]:
        seconds = _waited(call)
        return {
            "QueueSid": self._queue_sid(call),
            "QueuePosition": str(place),
            "QueueTime": str(seconds),
            "AvgQueueTime": str(seconds),
            "CurrentQueueSize": str(of),
        }

    def left_queue(self, call: Call, result: str) -> dict[str, str]:
        return {
            "QueueResult": result,
            "QueueSid": self._queue_sid(call),
            "QueueTime": str(_waited(call)),
        }

    def progress(self, call: Call, event: str) -> list[Hook]:
        """Only of what the service asked for when it placed the call."""
        if not call.status_url or event not in call.status_events:
            return []
        status = {"initiated": "initiated", "ringing": "ringing"}.get(event, "in-progress")
        return [self._hook(call.status_url, self._form(call, status) | self._event(call))]

    def recording_told(self, recording: Recording, verb: Record | Dial) -> list[Hook]:
        if not verb.notify:
            return []
        url = urljoin(recording.call.hook, verb.notify)
        form = {
            "AccountSid": self.account,
            "CallSid": recording.call.id,
            "RecordingSid": recording.id,
            "RecordingUrl": recording.url,
            "RecordingStatus": "completed",
            "RecordingDuration": _seconds(recording),
            "RecordingChannels": "1",
            "RecordingStartTime": format_datetime(recording.at),
            "RecordingSource": "RecordVerb" if isinstance(verb, Record) else "DialVerb",
        }
        return [self._hook(url, form)] if self.may_ask(url) else []

    def finals(self, call: Call, cut: Record | None) -> list[Hook]:
        """The actions that hear of the hang-up, and then the status itself."""
        ended = self._form(call, OUTCOMES[call.outcome])
        hooks = []
        recording = call.last_recording
        if cut is not None and recording is not None:
            url = urljoin(call.hook, cut.action)
            hooks.append(self._hook(url, ended | self.recorded(recording, "hangup")))
            hooks += self.recording_told(recording, cut)
        waiting = call.waiting
        if waiting is not None and waiting.result == "hangup" and waiting.verb.action is not None:
            url = urljoin(waiting.hook, waiting.verb.action)
            hooks.append(self._hook(url, ended | self.left_queue(call, "hangup")))
        hooks = [hook for hook in hooks if self.may_ask(hook.url)]
        status_url = call.status_url if call.to_phone else f"{self.start()}/status"
        if status_url and (not call.to_phone or "completed" in call.status_events):
            lasted = {
                "CallDuration": str(call.seconds),
                "Duration": str(math.ceil(call.seconds / 60)),
            }
            hooks.append(self._hook(status_url, ended | self._event(call) | lasted))
        return hooks

    def _form(self, call: Call, status: str) -> dict[str, str]:
        faults = self._switchboard.faults
        caller, called = (call.line, call.phone) if call.to_phone else (call.phone, call.line)
        form = {
            "CallSid": call.id,
            "AccountSid": self.account,
            "From": caller,
            "To": called,
            "Caller": caller,
            "Called": called,
            "CallStatus": faults.call_state or status,
            "Direction": self._direction(call),
            "ApiVersion": wire.VERSION,
        }
        for whose, number in (("From", caller), ("To", called)):
            form |= wire.place(whose, number)
        if not call.to_phone and faults.caller_name is not None:
            form["From"] = form["Caller"] = _CALLERS[faults.caller_name]
        if call.parent is not None:
            form["ParentCallSid"] = call.parent.id
        if faults.missing_fields:
            form = {key: value for key, value in form.items() if not key.endswith(_SOMETIMES)}
        return form

    def _direction(self, call: Call) -> str:
        if call.parent is not None:
            return "outbound-dial"
        return "outbound-api" if call.to_phone else "inbound"

    def _status(self, call: Call) -> str:
        return "ringing" if call.state == "ringing" else "in-progress"

    def _event(self, call: Call) -> dict[str, str]:
        sequence, call.sequence = call.sequence, call.sequence + 1
        return {
            "Timestamp": format_datetime(clock.now()),
            "SequenceNumber": str(sequence),
            "CallbackSource": "call-progress-events",
        }

    def _queue_sid(self, call: Call) -> str:
        """The same for the same queue, for as long as this process lives."""
        name = call.waiting.verb.name if call.waiting else ""
        return f"QU{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.account}/{name}').hex}"

    def _hook(self, address: str, form: dict[str, str]) -> Hook:
        url = address.partition("#")[0]  # what follows is for Twilio, and is not signed
        headers = {
            wire.SIGNATURE: wire.signature(self._token, url, form),
            wire.IDEMPOTENCY: str(uuid.uuid4()),
        }
        return Hook(url.removeprefix(f"{self._service}/hooks/twilio/"), url, form, headers)


def _waited(call: Call) -> int:
    """How many seconds a call waited in its queue, or does till now."""
    if call.waiting is None:
        return 0
    until = call.waiting.taken_at or call.ended_at or clock.now()
    return round((until - call.waiting.since).total_seconds())


def _seconds(recording: Recording) -> str:
    return str(round(recording.sound.seconds))
