"""Twilio: who signed a request, the client for its API, and its errors.

Every request is signed over the public address, query and all, and over the form as it was sent:
https://www.twilio.com/docs/usage/security. The client is the SDK's own.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import requests
from flask import Request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from werkzeug.datastructures import MultiDict

from callcentre import config, hooks
from callcentre.hooks import Refused
from callcentre.outbox import Result
from callcentre.providers import AT_ONCE
from callcentre.providers.faults import OURS_WAIT, TOO_FAST

LONGEST_ID = 200
TIMEOUT = 20  # seconds; less than a claim lasts
API = "https://api.twilio.com"


def signed_form(request: Request) -> dict[str, str]:
    """The form of a request that Twilio signed. Raises Refused (403) for any other."""
    given = hooks.pairs(request)
    query = request.query_string.decode("latin-1")
    url = config.load().public_url + request.path + (f"?{query}" if query else "")
    if not genuine(url, MultiDict(given), dict(request.headers)):
        raise Refused(403, "wrong signature")
    return hooks.as_fields(given)


def genuine(url: str, form: MultiDict[str, str], headers: Mapping[str, str]) -> bool:
    """Whether Twilio signed this request to `url`, the public address with its query.

    The signature is over the form as it was sent, blank and repeated fields included.
    """
    token = config.load().twilio_auth_token
    if not token:
        return False
    algorithm = get_signature_algorithm(headers.get("X-Twilio-Webhooks-Signature-Settings"))
    signature = headers.get("X-Twilio-Signature", "")
    return bool(RequestValidator(token).validate(url, form, signature, algorithm))


def sign(url: str, form: Mapping[str, str]) -> str:
    """What Twilio would write in X-Twilio-Signature; for simulations."""
    token = config.load().twilio_auth_token
    return str(RequestValidator(token).compute_signature(url, form))


def refused(fault: TwilioRestException, *, ours: Collection[int], again: Collection[int]) -> Result:
    """What an error means, by the codes that are ours to mend and those to try again after."""
    code, detail = int(fault.code or 0), str(fault.msg)
    shown = str(code or fault.status)
    if fault.status in (401, 403) or code in ours:
        return Result("ours", code=shown, detail=detail, wait=OURS_WAIT)
    if fault.status == 429 or code in again:
        return Result("again", code=shown, detail=detail, wait=TOO_FAST)
    if fault.status >= 500:
        return Result("again", code=shown, detail=detail)
    return Result("never", code=shown, detail=detail)


@cache
def client() -> Client:
    settings = config.load()
    http = _Http(settings.twilio_api_url)
    return Client(settings.twilio_account_sid, settings.twilio_auth_token, http_client=http)


class _Http(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own, for any address: it has no way to be told another host."""

    def __init__(self, address: str) -> None:
        super().__init__(timeout=TIMEOUT)
        self._address = address
        for scheme in ("http://", "https://"):
            adapter = requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE)
            self.session.mount(scheme, adapter)

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        return super().request(method, url.replace(API, self._address, 1), *rest, **named)
