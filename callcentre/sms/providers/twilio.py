"""Twilio: SMS out, and in where a country has two-way numbers (Tanzania has none).

Documentation: https://www.twilio.com/docs/messaging (guides/webhook-request, api/message-resource,
guides/track-outbound-message-status) and https://www.twilio.com/docs/usage/security. What to set
in its console, under PUBLIC_URL:

    /hooks/twilio/sms           a number's "a message comes in" (with `#rc=5`: five retries)

The address for delivery reports, `/hooks/twilio/sms/status`, goes with each message, and names our
attempt in its query. Every request is signed over the public address, query and all.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from werkzeug.datastructures import MultiDict

from callcentre import config, phones
from callcentre.conversations.heard import Incoming
from callcentre.hooks import Refused, required
from callcentre.outbox import Outgoing, Receipt, Result
from callcentre.sms.providers.contract import OURS_WAIT, TOO_FAST, Report, not_sent, our_status

NAME = "twilio"
NOTHING_MORE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'  # the answer without a reply

# Error codes of a send: https://www.twilio.com/docs/api/errors
THROTTLED = {20429, 21611, 30001, 30017, 63018}  # too many requests, queues full, congestion
ELSEWHERE = {21612}  # it cannot reach this number: another provider may
# Credentials, sender, country, trial account, callback, suspended, daily limit.
OURS = {20003, 20404, 21212, 21408, 21603, 21606, 21608, 21609, 30002, 30018, 63038}
OPTED_OUT = 21610

# A report's MessageStatus.
ON_ITS_WAY = {"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"}
DELIVERED = {"delivered", "read"}
FAILED = {"undelivered", "failed", "canceled"}
# Queue full, suspended, unreachable, filtered, unknown, part lost, congestion, sender, time-out:
# another try or another route may reach the phone.
NOT_THIS_TIME = {
    "30001", "30002", "30003", "30007", "30008", "30009", "30017", "30018", "30410",
}  # fmt: skip
FOR_AN_ADMINISTRATOR = {"30002", "30007", "30018"}  # suspended, filtered, sender not registered

LONGEST_ID = 200
TIMEOUT = 20  # seconds; less than a claim lasts
API = "https://api.twilio.com"


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


def parse_message(form: Mapping[str, str]) -> Incoming:
    """`Body` is missing where somebody sent only a picture."""
    required(form, "MessageSid", "From", "To")
    return Incoming(
        provider=NAME,
        id=form["MessageSid"],
        number=form["From"],
        address=form["To"],
        text=form.get("Body", ""),
        sent_at=None,
    )


def parse_receipt(form: Mapping[str, str], attempt: str = "") -> Report:
    """`attempt` is our own id, from the query of the address that Twilio was given."""
    required(form, "MessageSid", "MessageStatus")
    if len(form["MessageSid"]) > LONGEST_ID:
        raise Refused(400, "MessageSid is too long")
    status, code = form["MessageStatus"], form.get("ErrorCode", "")
    ours = our_status(status, sent=ON_ITS_WAY, delivered=DELIVERED, failed=FAILED)
    number = phones.parse(form.get("To", ""))
    receipt = Receipt(
        provider=NAME,
        provider_id=form["MessageSid"],
        status=ours,
        code=code or (status if ours == "failed" else ""),
        to=number,
        attempt_id=int(attempt) if attempt.isascii() and attempt.isdigit() else None,
        again=ours == "failed" and code in NOT_THIS_TIME,
    ) if ours else None  # fmt: skip
    return Report(
        key=f"{form['MessageSid']}:{status}",
        kept={name: value for name, value in form.items() if name != "To"},
        receipt=receipt,
        opted_out=number if code == str(OPTED_OUT) else None,
        trouble=code if code in FOR_AN_ADMINISTRATOR else "",
    )


def send(message: Outgoing) -> Result:
    """One message through the SDK's own client; see `not_sent` for what no answer means."""
    settings = config.load()
    if not settings.twilio_account_sid:
        return Result("ours", code="no account", wait=OURS_WAIT)
    callback = f"{settings.public_url}/hooks/twilio/sms/status?attempt={message.attempt_id}"
    try:
        sent = _client().messages.create(
            to=message.to, from_=message.sender, body=message.text, status_callback=callback
        )
    except TwilioRestException as fault:
        return _refused(fault)
    except requests.exceptions.RequestException as fault:
        return not_sent(fault)
    except (ValueError, TypeError, AttributeError) as fault:  # no JSON of theirs
        return Result("unknown", code="nonsense", detail=type(fault).__name__)
    if not isinstance(sent.sid, str) or not sent.sid:
        return Result("unknown", code="nonsense")
    return Result("accepted", provider_id=sent.sid, code=str(sent.status or ""))


def _refused(fault: TwilioRestException) -> Result:
    code, detail = int(fault.code or 0), str(fault.msg)
    shown = str(code or fault.status)
    if fault.status in (401, 403) or code in OURS:
        return Result("ours", code=shown, detail=detail, wait=OURS_WAIT)
    if fault.status == 429 or code in THROTTLED:
        return Result("again", code=shown, detail=detail, wait=TOO_FAST)
    if fault.status >= 500:
        return Result("again", code=shown, detail=detail)
    return Result(
        "never",
        code=shown,
        detail=detail,
        opted_out=code == OPTED_OUT,
        elsewhere=code in ELSEWHERE,
    )


@cache
def _client() -> Client:
    settings = config.load()
    http = _Http(settings.twilio_api_url)
    return Client(settings.twilio_account_sid, settings.twilio_auth_token, http_client=http)


class _Http(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own, for any address: it has no way to be told another host."""

    def __init__(self, address: str) -> None:
        super().__init__(timeout=TIMEOUT)
        self._address = address
        for scheme in ("http://", "https://"):
            adapter = requests.adapters.HTTPAdapter(pool_maxsize=64)
            self.session.mount(scheme, adapter)

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        return super().request(method, url.replace(API, self._address, 1), *rest, **named)
