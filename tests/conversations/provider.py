"""A provider's API as far as a test needs it: a real server that answers as it is told."""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from callcentre import config
from callcentre.ivr.providers import africastalking as calls
from callcentre.outbox import Outgoing
from callcentre.providers import twilio
from callcentre.sms.providers import africastalking

JSON = "application/json"
ASHA = "+255712345678"
LETTER = Outgoing(1, 1, "africastalking", sender="15001", to=ASHA, text="Tumepokea", link=None)


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Api:
    """`answer` is a status, a body and its type; `before` runs before it is given."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: tuple[int, str, str] = (201, "", JSON)
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        form = parse_qs(request.get_data(as_text=True), keep_blank_values=True)
        fields = {name: ",".join(values) for name, values in form.items()}
        self.asked.append(Asked(request.path, dict(request.headers), fields))
        self.before()
        status, body, content_type = self.answer
        return Response(body, status, self.headers, content_type=content_type)(environ, start)


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A server at which this process sends its messages."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    api = Api()
    server = make_server("127.0.0.1", 0, api, threaded=True)
    api.address = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with at(monkeypatch, api.address):
            yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def at(monkeypatch: pytest.MonkeyPatch, address: str) -> Iterator[None]:
    """Inside the block this process takes `address` for every provider's."""
    monkeypatch.setenv("AFRICASTALKING_API_URL", address)
    monkeypatch.setenv("AFRICASTALKING_VOICE_URL", address)
    monkeypatch.setenv("TWILIO_API_URL", address)
    _forget()
    try:
        yield
    finally:
        for service in (africastalking._Service, calls._Service):
            service.for_this_process()._session.close()
        twilio.client().http_client.session.close()
        _forget()


def _forget() -> None:
    config.load.cache_clear()
    africastalking._Service.for_this_process.cache_clear()
    calls._Service.for_this_process.cache_clear()
    twilio.client.cache_clear()


def answered(code: int, status: str = "Success", message_id: str = "ATXid_1") -> str:
    """The body of an answer about one recipient."""
    recipient = {
        "statusCode": code,
        "number": ASHA,
        "status": status,
        "cost": "TZS 22.0000",
        "messageId": message_id,
    }
    return about("Sent to 1/1 Total Cost: TZS 22.0000 Message parts: 1", recipient)


def about(message: str, *recipients: object) -> str:
    return json.dumps({"SMSMessageData": {"Message": message, "Recipients": recipients}})
