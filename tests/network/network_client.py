"""What the tests of the local network share: a small service behind its hooks, and a client."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from africastalking.SMS import SMSService
from flask import Response, request
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from werkzeug.serving import BaseWSGIServer

from callcentre.network.audio import tone

ASHA, JUMA = "+255712000001", "+255712000002"
LINE = "+255262160240"
ABROAD = "+15005550006"
SECRET = "sesame"
ACCOUNT, TOKEN = f"AC{32 * 'a'}", "token"
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://localhost/none",
    "REDIS_URL": "redis://localhost/none",
    "SECRET_KEY": "s",
    "DATA_KEY": "d",
    "AFRICASTALKING_USERNAME": "taasisi",
    "AFRICASTALKING_API_KEY": "key",
    "AFRICASTALKING_HOOK_SECRET": f"{SECRET},old",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "LOCAL_NETWORK": "1",
}


def until(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What `condition` answers as soon as it is true; fails if it is not in time."""
    pause = threading.Event()
    for _ in range(round(seconds / 0.01)):
        if answer := condition():
            return answer
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")


@dataclass
class Hook:
    name: str
    url: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Service:
    """What a service does when called: it keeps the hooks and gives the answers set here."""

    heard: list[Hook] = field(default_factory=list)
    ussd: Callable[[dict[str, str]], Any] = lambda form: "CON Karibu"
    status: Callable[[dict[str, str]], int] = lambda form: 200
    twiml: Callable[[dict[str, str]], str] = lambda form: "<Response/>"
    steps: dict[str, str] = field(default_factory=dict)  # what a call does at `?step=...`
    voice_status: int = 200
    delay_s: float = 0.0

    def hooks(self, name: str) -> list[Hook]:
        return [hook for hook in list(self.heard) if hook.name == name]

    def forms(self, name: str, count: int) -> list[dict[str, str]]:
        """The forms posted to a hook, once there are so many."""
        until(lambda: len(self.hooks(name)) >= count)
        return [hook.form for hook in self.hooks(name)]

    def answer(self, name: str) -> Any:
        form = self.hear(name)
        if name == "ussd":
            return self.ussd(form)
        if name == "voice" and form["isActive"] == "1":
            return self.lead()
        return Response("", self.status(form))

    def answer_twilio(self, name: str) -> Response:
        form = self.hear(f"twilio/{name}")
        if name == "voice" and "queue" not in request.args.get("step", ""):
            return self.lead()
        return Response(self.twiml(form), self.status(form), mimetype="text/xml")

    def lead(self) -> Response:
        """What comes next in a call: inside a Response, with {clip} for the clips' address."""
        threading.Event().wait(self.delay_s)
        step = self.steps.get(request.args.get("step", ""), "")
        xml = step.replace("{clip}", f"{request.host_url}clips")
        if not xml.startswith("raw:"):
            xml = f"<Response>{xml}</Response>"
        return Response(xml.removeprefix("raw:"), self.voice_status, mimetype="application/xml")

    def clip(self, name: str) -> Response:
        """A tone of as many seconds as its name says; other names are missing."""
        seconds = name.removesuffix(".mp3").rpartition("-")[2]
        if not seconds.isdecimal():
            return Response("", 404)
        return Response(tone(int(seconds)).content, mimetype="audio/mpeg")

    def hear(self, name: str) -> dict[str, str]:
        form = request.form.to_dict()
        self.heard.append(Hook(name, request.url, form, dict(request.headers)))
        return form


class Net:
    """The network as a script uses it."""

    def __init__(self, server: BaseWSGIServer, service: Service) -> None:
        self.address = f"http://127.0.0.1:{server.port}"
        self.service = service

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.ask("POST", path, json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return requests.request(method, f"{self.address}{path}", timeout=5, **kwargs)

    def dial(self, number: str, code: str) -> Any:
        return self.post(f"/network/phones/{number}/dial", {"code": code})

    def type(self, number: str, text: str) -> Any:
        return self.post(f"/network/phones/{number}/type", {"text": text})

    def cancel(self, number: str) -> Any:
        return self.post(f"/network/phones/{number}/cancel")

    def inbox(self, number: str) -> list[str]:
        return [sms["text"] for sms in self.get(f"/network/phones/{number}")["sms"]]

    def phone(self, number: str, action: str, **body: Any) -> Any:
        """Do something with a phone; what its call is like then."""
        return self.post(f"/network/phones/{number}/{action}", body)["call"]

    def heard(self, number: str) -> list[str]:
        """The clips and words of a phone's call, without their addresses."""
        call = self.get(f"/network/phones/{number}")["call"]
        return [each["text"] or each["url"].rpartition("/")[2] for each in call["played"]]

    def calls(self) -> Any:
        return self.get("/network/calls")

    def voice(self, path: str = "call", **form: str) -> requests.Response:
        """Ask Africa's Talking's API for calls without the SDK."""
        sent = {"username": "taasisi"} | form
        path = f"/network/africastalking/voice/{path}"
        return self.ask("POST", path, data=sent, headers={"apiKey": "key"})

    def faults(self, **faults: Any) -> Any:
        return self.post("/network/faults", faults)

    def messages(self, **form: str) -> requests.Response:
        """Send through the provider's API without the SDK."""
        sent = {"username": "taasisi", "to": ASHA, "message": "Habari"} | form
        headers = {"apiKey": "key", "Accept": "application/json"}
        path = "/network/africastalking/version1/messaging"
        return self.ask("POST", path, data=sent, headers=headers)

    def sdk(self, api_key: str = "key") -> SMSService:
        service = SMSService("taasisi", api_key)
        service._baseUrl = f"{self.address}/network/africastalking/version1"
        return service

    def twilio(self, account: str = ACCOUNT, token: str = TOKEN, timeout: float = 5) -> Client:
        return Client(account, token, http_client=ToTheNetwork(self.address, timeout=timeout))

    def twilio_messages(self, **form: str) -> requests.Response:
        """Send through Twilio's API without the SDK."""
        sent = {"To": ASHA, "From": ABROAD, "Body": "Habari"} | form
        path = f"/network/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        return self.ask("POST", path, data=sent, auth=(ACCOUNT, TOKEN))


class ToTheNetwork(TwilioHttpClient):
    """The SDK's own client, for which the local network stands where Twilio is."""

    def __init__(self, address: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._address = f"{address}/network/twilio"

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        url = url.replace("https://api.twilio.com", self._address)
        return super().request(method, url, *args, **kwargs)
