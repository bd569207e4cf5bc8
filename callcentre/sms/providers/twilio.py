"""Twilio: SMS out, and in where a country has two-way numbers (Tanzania has none).

Documentation: https://www.twilio.com/docs/messaging (guides/webhook-request, api/message-resource,
guides/track-outbound-message-status) and https://www.twilio.com/docs/usage/security. What to set
in its console, under PUBLIC_URL:

    /hooks/twilio/sms           a number's "a message comes in" (with `#rc=5`: five retries)

The address for delivery reports, `/hooks/twilio/sms/status`, goes with each message, and names our
attempt in its query.
"""

from collections.abc import Mapping
from dataclasses import replace

import requests
from twilio.base.exceptions import TwilioRestException

from callcentre import config, phones
from callcentre.conversations.heard import Incoming
from callcentre.hooks import Refused, required
from callcentre.outbox import Outgoing, Receipt, Result
from callcentre.providers import twilio
from callcentre.providers.faults import OURS_WAIT, not_sent
from callcentre.sms.providers.contract import Report, our_status

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
    if len(form["MessageSid"]) > twilio.LONGEST_ID:
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
        sent = twilio.client().messages.create(
            to=message.to, from_=message.sender, body=message.text, status_callback=callback
        )
    except TwilioRestException as fault:
        refused = twilio.refused(fault, ours=OURS, again=THROTTLED)
        elsewhere = fault.code in ELSEWHERE
        return replace(refused, opted_out=fault.code == OPTED_OUT, elsewhere=elsewhere)
    except requests.exceptions.RequestException as fault:
        return not_sent(fault)
    except (ValueError, TypeError, AttributeError) as fault:  # no JSON of theirs
        return Result("unknown", code="nonsense", detail=type(fault).__name__)
    if not isinstance(sent.sid, str) or not sent.sid:
        return Result("unknown", code="nonsense")
    return Result("accepted", provider_id=sent.sid, code=str(sent.status or ""))
