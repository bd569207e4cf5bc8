"""A caller in front of the doors for calls, on either provider's wire.

caller = Caller(client, "africastalking")      Asha's phone, on Monday 23 November 2026, 10:00
caller.call(KILOSA)                            what was heard: the names of the clips, in order
caller.press("1"), caller.wait()               keys, or silence until the time is up
caller.say(12)                                 so many seconds of words, ended by the finish key
caller.hang_up(), caller.hang_up(said=7)       the end, where it tells what was recorded
caller.rings, caller.rung("busy")              whose phone rings for him, and what came of it
Rung(client, wire, phone, ...)                 that phone
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from urllib.parse import urlsplit
from xml.etree import ElementTree

from conversations.phone import ASHA, NOW, bring, bring_signed
from werkzeug.test import Client, TestResponse

from callcentre import config
from callcentre.cli.processes import ABROAD
from callcentre.ivr import audio, catalogue, clips

KILOSA, SENGEREMA, MOROGORO = "+255232623093", "+255282590162", "+255232934305"
WIRES = ("africastalking", "twilio")
_ids = count(1)


@dataclass
class Caller:
    """`url` is where the next request goes; `steps` every one that was made, with its form."""

    client: Client
    wire: str = "africastalking"
    number: str = ASHA
    at: datetime = NOW
    to: str = ""
    id: str = ""
    url: str = ""
    waits: str = ""  # for keys, a recording, or nothing
    rings: str = ""  # the number that is rung for him
    whispers: str = ""  # what it hears before he is put through
    queue: str = ""  # in which he waits, or out of which he takes somebody
    steps: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    answer: TestResponse | None = None

    def call(self, to: str = KILOSA) -> list[str]:
        """Call a hotline; Twilio's own is abroad, and Kilosa's."""
        self.to = ABROAD if self.wire == "twilio" else to
        self.id = f"{'CA' if self.wire == 'twilio' else 'ATVId_'}{next(_ids):032x}"
        self.url, self.steps, self.recordings = self._start, [], []
        return self.ask({})

    def press(self, keys: str) -> list[str]:
        """Keys; `#` alone is the finish key."""
        if self.wire == "twilio":
            given = keys.removesuffix("#")
            return self.ask({"Digits": given, "FinishedOnKey": "#" if keys.endswith("#") else ""})
        return self.ask({"dtmfDigits": keys})

    def wait(self) -> list[str]:
        silence = {"Digits": "", "FinishedOnKey": ""} if self.wire == "twilio" else {}
        return self.ask(silence)

    def say(self, seconds: int = 12) -> list[str]:
        return self.ask(self._recorded(seconds, "#"))

    def rung(self, outcome: str, seconds: int = 0) -> list[str]:
        """What came of ringing somebody: answered, busy or no-answer; what is heard then."""
        if self.wire == "twilio":
            status = "completed" if outcome == "answered" else outcome
            bridged = str(outcome == "answered").lower()
            told = {"DialCallStatus": status, "DialCallDuration": str(seconds)}
            return self.ask(told | {"DialBridged": bridged})
        self.url = self.steps[-1][0]  # it is brought to the step that dialled
        status = {"answered": "Success", "busy": "Busy", "no-answer": "NotAnswered"}[outcome]
        told = {"dialDestinationNumber": self.rings, "dialStatus": status}
        return self.ask(told | {"dialDurationInSeconds": str(seconds)})

    def hang_up(self, said: int | None = None, seconds: int = 63) -> TestResponse:
        """Every notification of the end; with `said` it came while so much was recorded."""
        recorded = self._recorded(said, "hangup") if said is not None else {}
        if self.wire == "twilio":
            if recorded:
                self._send(self.url, self._form("completed") | recorded)
            ended = {"CallDuration": str(seconds), "SequenceNumber": "3"}
            return self._send("/hooks/twilio/voice/status", self._form("completed") | ended)
        ended = {"isActive": "0", "durationInSeconds": str(seconds), "currencyCode": "TZS"}
        ended |= {"amount": f"{seconds * 2.5:.2f}", "hangupCause": "NORMAL_CLEARING"}
        return self._send(self.url, self._form("Completed") | ended | recorded)

    def told_of(self, seconds: int = 12, recording: str = "") -> TestResponse:
        """Twilio tells that a recording is there."""
        sid = recording or self.recordings[-1]
        form = {
            "CallSid": self.id,
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/{sid}",
            "RecordingStatus": "completed",
            "RecordingDuration": str(seconds),
        }
        return self._send("/hooks/twilio/voice/recording", form)

    def ask(self, facts: Mapping[str, str]) -> list[str]:
        """One request with these facts; what is heard then."""
        status = "in-progress" if self.wire == "twilio" else "Active"
        answer = self._send(self.url, self._form(status) | dict(facts))
        assert answer.status_code == 200, answer.text
        return self._read(answer)

    @property
    def said(self) -> list[str]:
        """What was heard, in words."""
        return [clips.manifest()[name].text if "/" in name else name for name in self.heard]

    @staticmethod
    def digits(text: str) -> list[str]:
        """The words for the digits of a reference or a code."""
        return [catalogue.DIGITS["sw"][int(digit)] for digit in text if digit.isdigit()]

    def code_after(self, ref: str) -> str:
        """The secret code that was said, once after each time the reference was."""
        words = [word for word in self.said if word in catalogue.DIGITS["sw"]]
        code = "".join(str(catalogue.DIGITS["sw"].index(word)) for word in words[10:14])
        assert words == 2 * self.digits(ref + code)
        return code

    def again(self, step: int = -1) -> list[str]:
        """A request that was made before, once more."""
        answer = self._send(*self.steps[step])
        assert answer.status_code == 200, answer.text
        return self._read(answer)

    def _recorded(self, seconds: int, ended_by: str) -> dict[str, str]:
        recording = f"{next(_ids):032x}"
        if self.wire == "twilio":
            self.recordings.append(f"RE{recording}")
            return {
                "RecordingSid": f"RE{recording}",
                "RecordingUrl": f"https://api.twilio.com/RE{recording}",
                "RecordingDuration": str(seconds),
                "Digits": ended_by,
            }
        self.recordings.append(recording)
        return {"recordingUrl": f"http://192.0.2.10:8080/{recording}.mp3" if seconds else ""}

    @property
    def _start(self) -> str:
        if self.wire == "twilio":
            return "/hooks/twilio/voice"
        return f"/hooks/africastalking/{config.load().africastalking_hook_secrets[0]}/voice"

    def _form(self, status: str) -> dict[str, str]:
        if self.wire == "twilio":
            return {
                "CallSid": self.id,
                "From": self.number,
                "To": self.to,
                "Direction": "inbound",
                "CallStatus": status,
            }
        return {
            "sessionId": self.id,
            "isActive": "1",
            "direction": "Inbound",
            "callSessionState": status,
            "callerNumber": self.number,
            "destinationNumber": self.to,
            "callStartTime": f"{self.at:%Y-%m-%d+%H:%M:%S}",
        }

    def _send(self, url: str, form: Mapping[str, str]) -> TestResponse:
        self.steps.append((url, form))
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if self.wire == "twilio":
            self.answer = bring_signed(self.client, path, form, at=self.at)
        else:
            _, _, _, secret, hook = path.split("/", 4)
            self.answer = bring(self.client, hook, form, at=self.at, secret=secret)
        return self.answer

    def _read(self, answer: TestResponse) -> list[str]:
        root = ElementTree.fromstring(answer.data)
        self.heard, self.waits, self.rings, self.queue = [], "nothing", "", ""
        for element in root.iter():
            match element.tag:
                case "Play":
                    self.heard += _names(element.get("url") or element.text or "")
                case "Say":
                    self.heard.append(f"say:{element.text}")
                case "Reject":
                    self.heard.append("reject")
                case "GetDigits" | "Gather":
                    self.waits = "keys"
                case "Record":
                    self.waits = "recording"
                case "Redirect":
                    self.url = element.text or ""
                case "Dial":
                    self.rings = element.get("phoneNumbers") or ""
                case "Number":
                    self.rings, self.whispers = element.text or "", element.get("url") or ""
                case "Enqueue" | "Dequeue" | "Queue":
                    self.queue = element.get("name") or element.text or ""
            self.url = element.get("callbackUrl") or element.get("action") or self.url
        return self.heard


@dataclass
class Rung(Caller):
    """The phone of somebody who is rung: for a call (`parent`), or by our own `request`."""

    parent: str = ""
    request: str = ""

    def take(self, caller: Caller) -> list[str]:
        """He answers the phone that rings for a caller, or by our request on the same line."""
        self.to, self.id = caller.to, f"CA{next(_ids):032x}"
        self.url = caller.whispers if self.parent else self._start
        if self.request and self.wire == "twilio":
            self.url += f"?request={self.request}"
        self.steps = []
        return self.ask({})

    def _form(self, status: str) -> dict[str, str]:
        form = super()._form(status)
        if self.wire == "africastalking":
            return form | {"direction": "Outbound", "clientRequestId": self.request}
        form |= {"From": self.to, "To": self.number, "Direction": "outbound-api"}
        if self.parent:
            form |= {"ParentCallSid": self.parent, "Direction": "outbound-dial"}
        return form


def _names(url: str) -> list[str]:
    """The clips that an address plays, without pauses; or the address, if it plays none."""
    ours = f"{config.load().public_url}/audio/"
    if not url.startswith(ours) or url.startswith(f"{ours}recorded/"):
        return [url]
    names = audio.heard(url.rpartition("/")[2].removesuffix(".mp3"))
    assert names is not None, url
    return [name for name in names if not name.startswith("pause")]
