"""What goes over the wire between Twilio and a service: forms, JSON, signatures and error codes.

From www.twilio.com/docs: "Messages resource", "Balance resource", "Webhooks / Messaging
webhooks" (incoming messages, status callbacks), "TwiML for Programmable Messaging", "Security /
Validating requests" and the "Error and Warning Dictionary".
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

import phonenumbers

from callcentre.network.parts import parts
from callcentre.network.record import Message

VERSION = "2010-04-01"
SIGNATURE = "X-Twilio-Signature"
IDEMPOTENCY = "I-Twilio-Idempotency-Token"
MOST_LETTERS = 1600
LONGEST_CALLBACK = 4000
DOCUMENTATION = "https://www.twilio.com/docs/errors"

UNKNOWN_PARAMETERS = 20001
UNAUTHENTICATED = 20003
INACTIVE = 20005
NOT_FOUND = 20404
TOO_MANY = 20429
INTERNAL = 20500
UNAVAILABLE = 20503
NO_CALLEE = 21201
INVALID_URL = 21205
NOT_VERIFIED = 21210
INVALID_TO = 21211
INVALID_FROM = 21212
NO_CALLER = 21213
NO_PERMISSION = 21215
NOT_IN_PROGRESS = 21220
NO_BODY = 21602
NO_FROM = 21603
NO_TO = 21604
INVALID_CALLBACK = 21609
TOO_LONG = 21617
INVALID_TWIML = 12100

ERRORS = {
    UNKNOWN_PARAMETERS: "Unknown parameters",
    UNAUTHENTICATED: "Authenticate",
    INACTIVE: "Account not active",
    INVALID_TWIML: "Document parse failure",
    NO_CALLEE: "No 'To' number is specified",
    NOT_VERIFIED: "The source phone number provided is not yet verified for your account",
    NO_CALLER: "No 'From' number specified",
    NO_PERMISSION: "Account not authorized to call this number",
    NOT_IN_PROGRESS: "Call is not in-progress. Cannot redirect.",
    INVALID_URL: "The 'Url' or 'Twiml' is missing or not valid",
    NOT_FOUND: "The requested resource was not found",
    TOO_MANY: "Too Many Requests",
    INTERNAL: "Internal Server Error",
    UNAVAILABLE: "Service unavailable",
    INVALID_TO: "The 'To' number is not a valid phone number",
    INVALID_FROM: "The 'From' number is not a valid phone number, short code or sender name",
    NO_BODY: "Message body is required",
    NO_FROM: "A 'From' phone number is required",
    NO_TO: "A 'To' phone number is required",
    INVALID_CALLBACK: "The 'StatusCallback' URL is not a valid URL",
    21610: "Attempt to send to unsubscribed recipient",
    21612: "The 'To' number is not reachable from the 'From' number",
    21614: "The 'To' number is not a mobile number",
    TOO_LONG: f"The message body exceeds the limit of {MOST_LETTERS} characters",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30007: "Message filtered",
}

# The HTTP status of an error; it is 400 for all others.
_STATUSES = {UNAUTHENTICATED: 401, NOT_FOUND: 404, TOO_MANY: 429, INTERNAL: 500, UNAVAILABLE: 503}
_CODES = {status: code for code, status in _STATUSES.items()}

# Africa's Talking's codes for a recipient, in Twilio's; None: it is accepted.
RECIPIENT_CODES = {
    100: None,
    101: None,
    102: None,
    401: 30007,
    402: INVALID_FROM,
    403: INVALID_TO,
    404: 21614,
    405: 30002,
    406: 21610,
    407: 21612,
    409: 21610,
}

# Africa's Talking's words for what became of a message, as Twilio's status and error code.
_OUTCOMES = {
    "Success": ("delivered", None),
    "Submitted": ("sent", None),
    "Buffered": ("sent", None),
    "Queued": ("sent", None),
    "Sent": ("sent", None),
    "Rejected": ("undelivered", 30007),
    "Failed": ("undelivered", 30005),
    "Expired": ("undelivered", 30003),
    "AbsentSubscriber": ("undelivered", 30003),
    "undelivered": ("undelivered", 30005),
    "failed": ("failed", 30005),
}


def new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The header that proves a call: of the whole address, and each field's name and value."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.digest(token.encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def outcome(receipt_status: str | None) -> tuple[str, int | None]:
    """A message's last status and its error code; a word that nobody knows stays what it is."""
    word = receipt_status or "Success"
    return _OUTCOMES.get(word, (word, None))


def fails(status: str) -> bool:
    return status in ("undelivered", "failed")


def incoming(account: str, sender: str, to: str, text: str) -> dict[str, str]:
    sid = new_sid()
    return {
        "ApiVersion": VERSION,
        "SmsSid": sid,
        "SmsStatus": "received",
        "SmsMessageSid": sid,
        "MessageSid": sid,
        "AccountSid": account,
        "NumSegments": str(parts(text)),
        "NumMedia": "0",
        "From": sender,
        "To": to,
        "Body": text,
        **place("From", sender),
        **place("To", to),
    }


def receipt(account: str, message: Message, status: str, code: int | None) -> dict[str, str]:
    form = {
        "ApiVersion": VERSION,
        "SmsSid": message.id,
        "SmsStatus": status,
        "MessageSid": message.id,
        "MessageStatus": status,
        "AccountSid": account,
        "From": message.sender,
        "To": message.to,
    }
    return form | ({"ErrorCode": str(code)} if code else {})


def replies(content: bytes) -> list[str]:
    """The texts of the `<Message>` verbs in an answer; none if it is not TwiML (error 12100)."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return []
    if root.tag != "Response":
        return []
    texts = [_words(message) for message in root.iter("Message")]
    return [text for text in texts if text]


def resource(account: str, message: Message, status: str, code: int | None) -> dict[str, Any]:
    """A message in the API's answers."""
    uri = f"/{VERSION}/Accounts/{account}/Messages/{message.id}"
    at = date(message.at)
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": message.text,
        "date_created": at,
        "date_sent": None if status == "queued" else at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": code,
        "error_message": ERRORS.get(code) if code else None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(parts(message.text)),
        "price": None,
        "price_unit": "USD",
        "sid": message.id,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def balance(account: str) -> dict[str, str]:
    return {"account_sid": account, "balance": "100.00", "currency": "USD"}


def error(code: int, status: int | None = None) -> tuple[dict[str, Any], int]:
    """The API's refusal, and its HTTP status if none is given."""
    status = status or _STATUSES.get(code, 400)
    body = {
        "code": code,
        "message": ERRORS.get(code, f"The request was refused with error {code}"),
        "more_info": f"{DOCUMENTATION}/{code}",
        "status": status,
    }
    return body, status


def error_of(status: int) -> tuple[dict[str, Any], int]:
    """The refusal with this HTTP status when the API itself fails."""
    unnamed = INTERNAL if status >= 500 else UNKNOWN_PARAMETERS
    return error(_CODES.get(status, unnamed), status)


def _words(message: ElementTree.Element) -> str:
    """A reply's text, which stands in the verb itself or in its `<Body>`."""
    body = message.find("Body")
    return "".join((message if body is None else body).itertext()).strip()


def place(whose: str, number: str) -> dict[str, str]:
    """Where a number is at home: of what Twilio knows, only the country."""
    country = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    return {
        f"{whose}City": "",
        f"{whose}State": "",
        f"{whose}Zip": "",
        f"{whose}Country": country,
    }


def date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
