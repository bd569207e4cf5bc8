"""A call in the terminal, as Africa's Talking would tell of it: what is heard, clip by clip."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree import ElementTree

from flask.testing import FlaskClient

from callcentre import clock, config
from callcentre.ivr import audio, clips

WAIT, SAY, HANG_UP = "wait", "say", "hangup"
_CLIP = clips.BEEP  # stands for what is said: a sound that the running system can fetch


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece: what it says, its clip (None where a provider's own voice reads it), seconds."""

    text: str
    clip: str | None
    seconds: float | None


@dataclass
class SimulatedCall:
    """`asks` is keys, words, or nothing once the call is over."""

    client: FlaskClient
    to: str
    number: str
    id: str = field(default_factory=lambda: f"ATVId_{uuid4().hex}")
    url: str = ""
    asks: str = ""
    seconds: float = 0

    def begin(self) -> list[Heard]:
        secret = config.load().africastalking_hook_secrets[0]
        self.url = f"/hooks/africastalking/{secret}/voice"
        return self._ask({"callSessionState": "Ringing"})

    def do(self, what: str) -> list[Heard]:
        """Keys, `wait` for silence, or `say`; what is heard then."""
        if what == WAIT:
            return self._ask({})
        if what == SAY:
            return self._ask({"recordingUrl": audio.url_of([_CLIP])})
        return self._ask({"dtmfDigits": what})

    def hang_up(self) -> None:
        self._post({"isActive": "0", "durationInSeconds": str(round(self.seconds) + 1)})
        self.asks = "nothing"

    def _ask(self, facts: dict[str, str]) -> list[Heard]:
        root = ElementTree.fromstring(self._post(facts))
        self.asks = "nothing"
        heard: list[Heard] = []
        for element in root.iter():
            heard += _heard(element)
            if element.tag == "GetDigits":
                self.asks = "keys"
            elif element.tag == "Record":
                self.asks = "words"
            self.url = element.get("callbackUrl") or self.url
            if element.tag == "Redirect":
                self.url = element.text or self.url
        self.seconds += sum(one.seconds or 0 for one in heard)
        if self.asks == "nothing":
            self.hang_up()
        return heard

    def _post(self, facts: dict[str, str]) -> bytes:
        form = {
            "sessionId": self.id,
            "isActive": "1",
            "direction": "Inbound",
            "callSessionState": "Active",
            "callerNumber": self.number,
            "destinationNumber": self.to,
            "callStartTime": f"{clock.now():%Y-%m-%d+%H:%M:%S}",
        }
        parts = urlsplit(self.url)
        query = f"?{parts.query}" if parts.query else ""
        answer: bytes = self.client.post(parts.path + query, data=form | facts).data
        return answer


def _heard(element: ElementTree.Element) -> Iterator[Heard]:
    if element.tag == "Say":
        yield Heard(element.text or "", None, None)
    elif element.tag == "Play":
        url = element.get("url") or ""
        names = audio.heard(url.rpartition("/")[2].removesuffix(".mp3")) or ()
        for name in names:
            entry = clips.manifest()[name]
            if entry.text:
                yield Heard(entry.text, name, entry.seconds)
