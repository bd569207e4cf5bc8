"""What goes over the wire between Africa's Talking and a service: forms, answers and their words.

From the pages of developers.africastalking.com: "USSD / Handling sessions" and "USSD /
Notifications" (the hop, its answer, the end event), "SMS / Receiving" and "SMS / Notifications"
(incoming messages, delivery reports), "SMS / Sending bulk" (the answer and its status codes).
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from callcentre.network.phones import Session

HOP_METADATA = "at-ussd-hop-metadata"
LONGEST_METADATA = 99
NETWORK = "64004"  # Vodacom Tanzania
DEFAULT_SENDER = "AFRICASTKNG"

ACCEPTED = 101
INVALID_SENDER = 402
INVALID_NUMBER = 403

# The codes that mean accepted all carry the word Success.
STATUS_WORDS = {
    100: "Success",
    101: "Success",
    102: "Success",
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}

# Delivery reports after which a message never reaches the phone.
UNDELIVERED = {"Rejected", "Failed", "Expired", "AbsentSubscriber"}


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """A service's answer to a hop; `error` says why the operator cannot use it."""

    raw: str
    text: str = ""
    ends: bool = False
    metadata: str | None = None
    error: str | None = None


def ussd_hop(session: Session) -> dict[str, str]:
    return {
        "sessionId": session.id,
        "phoneNumber": session.number,
        "networkCode": NETWORK,
        "serviceCode": session.code,
        "text": "*".join(session.inputs),
    }


def read_ussd(response: requests.Response | None) -> UssdAnswer:
    """Strict as the real one: status 200, and a body that starts with `CON ` or `END `."""
    if response is None:
        return UssdAnswer("", error="No response from the application")
    raw = response.content.decode("utf-8", "replace")
    if response.status_code != 200:
        return UssdAnswer(raw, error=f"The application answered HTTP {response.status_code}")
    if not raw.startswith(("CON ", "END ")):
        return UssdAnswer(raw, error="The response does not begin with CON or END")
    metadata = response.headers.get(HOP_METADATA)
    if metadata is not None and (len(metadata) > LONGEST_METADATA or "|" in metadata):
        metadata = None
    return UssdAnswer(raw, raw[4:], ends=raw.startswith("END "), metadata=metadata)


def ussd_ended(session: Session, error: str | None, now: datetime) -> dict[str, str]:
    event = {
        "date": _date(now),
        "sessionId": session.id,
        "serviceCode": session.code,
        "networkCode": NETWORK,
        "phoneNumber": session.number,
        "status": session.ended or "",
        "cost": "TZS 0.00",
        "durationInMillis": str(session.milliseconds),
        "hopsCount": str(session.hops),
        "hopsMetadata": "|".join(session.metadata),
        "input": "*".join(session.inputs),
        "lastAppResponse": session.last_answer,
    }
    return event | ({"errorMessage": error} if error else {})


def incoming(sms_id: str, sender: str, *, to: str, text: str, at: datetime) -> dict[str, str]:
    return {
        "date": _date(at),
        "from": sender,
        "id": sms_id,
        "text": text,
        "to": to,
        "networkCode": NETWORK,
    }


def receipt(message_id: str, number: str, *, status: str, reason: str | None) -> dict[str, str]:
    form = {
        "id": message_id,
        "status": status,
        "phoneNumber": number,
        "networkCode": NETWORK,
    }
    return form | ({"failureReason": reason} if reason else {})


def message_id() -> str:
    return f"ATXid_{secrets.token_hex(16)}"


def recipient(
    number: str, code: int, *, message_id: str = "None", parts: int = 0
) -> dict[str, Any]:
    return {
        "statusCode": code,
        "number": number,
        "status": STATUS_WORDS.get(code, "InternalServerError"),
        "cost": _money(parts) if parts else "0",
        "messageId": message_id,
    }


def sent(recipients: list[dict[str, Any]], parts: int) -> dict[str, Any]:
    """The answer to a sending; a refused sender name has no recipients at all."""
    accepted = sum(each["messageId"] != "None" for each in recipients)
    message = (
        f"Sent to {accepted}/{len(recipients)} Total Cost: {_money(accepted * parts)}"
        f" Message parts: {parts}"
    )
    return {"SMSMessageData": {"Message": message, "Recipients": recipients}}


def refused_sender() -> dict[str, Any]:
    return {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}


def _money(units: int) -> str:
    return f"TZS {units * 22:.4f}"


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
