"""A phone that we ring, on either provider's wire.

called = Called(client, "twilio", ring=ring)
called.take()                      what is heard when somebody answers
called.press("1"), called.wait()   as a caller does
called.hang_up()                   the end of a call that was taken
called.not_taken("busy")           the only request about one that was not
"""

from dataclasses import dataclass

from ivr.caller import Caller, _ids
from werkzeug.test import TestResponse

from callcentre.calls.outgoing import Ring

# What became of a call, in each provider's words.
AFRICASTALKING = {"busy": "USER_BUSY", "no_answer": "NO_ANSWER", "failed": "SERVICE_UNAVAILABLE"}
TWILIO = {"busy": "busy", "no_answer": "no-answer", "failed": "failed"}


@dataclass
class Called(Caller):
    ring: Ring | None = None

    def take(self) -> list[str]:
        self._rings()
        return self.ask({})

    def not_taken(self, outcome: str) -> TestResponse:
        self._rings()
        if self.wire == "twilio":
            self.url = self.url.replace("/voice?", "/voice/status?")
            return self._send(self.url, self._form(TWILIO[outcome]))
        ended = {"isActive": "0", "hangupCause": AFRICASTALKING[outcome], "status": ""}
        return self._send(self.url, self._form("") | ended | {"callStartTime": "None"})

    def _rings(self) -> None:
        assert self.ring is not None
        self.to = self.ring.line
        self.id = self.ring.call_id or f"{next(_ids):034x}"
        self.url, self.steps, self.recordings = self._start, [], []
        if self.wire == "twilio":
            self.url += f"?request={self.ring.request}"

    def _form(self, status: str) -> dict[str, str]:
        form = super()._form(status)
        assert self.ring is not None
        if self.wire == "twilio":
            return form | {"From": self.to, "To": self.number, "Direction": "outbound-api"}
        return form | {"direction": "Outbound", "clientRequestId": self.ring.request}
