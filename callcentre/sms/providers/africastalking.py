"""Africa's Talking: USSD and SMS.

Documentation: https://developers.africastalking.com/docs (ussd/overview, ussd/handle_sessions,
sms/sending, sms/notifications). Callback URLs to paste in its dashboard, each under PUBLIC_URL:

    /hooks/africastalking/<secret>/ussd            USSD callback
    /hooks/africastalking/<secret>/ussd/ended      USSD events
    /hooks/africastalking/<secret>/sms             incoming messages
    /hooks/africastalking/<secret>/sms/receipt     delivery reports
    /hooks/africastalking/<secret>/sms/optout      bulk SMS opt-out
    /hooks/africastalking/<secret>/sms/subscription  subscriptions to a short code

It signs nothing: the secret in the path is what tells its requests from anybody's.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
from africastalking.SMS import SMSService

from callcentre import config, phones
from callcentre.conversations.heard import Incoming
from callcentre.conversations.walking import Hop, SessionEnd
from callcentre.hooks import Refused, required
from callcentre.outbox import Outgoing, Receipt, Result
from callcentre.providers.africastalking import (
    LONGEST_ID,
    Connection,
    moment,
    number,
    refused,
    session_id,
)
from callcentre.providers.faults import OURS_WAIT, not_sent
from callcentre.sms.providers.contract import Report, our_status

NAME = "africastalking"

# A recipient's statusCode: https://developers.africastalking.com/docs/sms/sending
ACCEPTED = {100, 101, 102}  # processed, sent, queued
OURS = {401, 402, 405}  # risk hold, sender id not ours, no balance: an administrator must act
AGAIN = {500, 501, 502}  # internal error, gateway error, rejected by gateway
ELSEWHERE = {407}  # could not route: another provider may
BLACKLISTED = 406  # the number wants no more of our bulk messages
API_HOST = "api.africastalking.com"  # of the live service, which takes premium SMS elsewhere
PREMIUM_HOST = "content.africastalking.com"

# A report's status: https://developers.africastalking.com/docs/sms/notifications
ON_ITS_WAY = {"Sent", "Submitted", "Buffered"}
DELIVERED = {"Success"}
FAILED = {"Rejected", "Failed", "Expired", "AbsentSubscriber"}

# A report's failureReason, where it means more than that the message is lost.
STOPPED = {"UserInBlackList"}  # the number has told the network: no more bulk messages
OUT_OF_CREDIT = {"InsufficientCredit"}
NOT_THIS_TIME = {"", "DeliveryFailure", *OUT_OF_CREDIT}  # the phone may yet be reached

HOP_METADATA = "at-ussd-hop-metadata"  # a header it echoes on the next hop
ECHOED = "HTTP_" + HOP_METADATA.upper().replace("-", "_")


def parse_ussd(form: Mapping[str, str]) -> Hop:
    required(form, "sessionId", "phoneNumber", "serviceCode", "text")
    return Hop(
        provider=NAME,
        session=session_id(form["sessionId"]),
        number=number(form["phoneNumber"]),
        address=form["serviceCode"],
        transcript=form["text"],
    )


def parse_ended(form: Mapping[str, str]) -> SessionEnd:
    required(form, "sessionId", "phoneNumber", "serviceCode", "status")
    hop = Hop(
        provider=NAME,
        session=session_id(form["sessionId"]),
        number=number(form["phoneNumber"]),
        address=form["serviceCode"],
        transcript=form.get("input", ""),
    )
    return SessionEnd(
        hop,
        shown=form["status"] == "Success",
        mark=form.get("hopsMetadata", "").partition("|")[0],
        ended_at=moment(form.get("date", "")),
    )


def write_ussd(screen: str, ends: bool) -> bytes:
    """`CON ` goes on and `END ` is the last; anything before it makes the network hang up."""
    return f"{'END' if ends else 'CON'} {screen}".encode()


def parse_message(form: Mapping[str, str]) -> Incoming:
    required(form, "from", "to", "text")
    return Incoming(
        provider=NAME,
        id=form.get("id", ""),
        number=number(form["from"]),
        address=number(form["to"]).strip(),
        text=form["text"],
        sent_at=moment(form.get("date", "")),
        link=form.get("linkId") or None,
    )


def fetch(after: int = 0) -> list[Incoming]:
    """The SMS that it holds for us, from the one after this number on.

    Raises ValueError for an answer that is no such list, and what requests raises.
    """
    answer = _Service.for_this_process().fetch_messages(last_received_id=after)
    if answer.status_code != 200:
        raise ValueError(f"status {answer.status_code}")
    return parse_fetched(answer.text)


def parse_fetched(body: str) -> list[Incoming]:
    """The list of messages: their numbers are its own, not the ids that its hook gives.

    Raises ValueError.
    """
    try:
        messages = json.loads(body)["SMSMessageData"]["Messages"]
        return [
            Incoming(
                provider=NAME,
                id=str(int(one["id"])),
                number=number(one["from"]),
                address=one["to"],
                text=one["text"],
                sent_at=moment(one["date"]),
                link=one.get("linkId") or None,
            )
            for one in messages
        ]
    except (KeyError, TypeError) as fault:
        raise ValueError("not a list of messages") from fault


def parse_receipt(form: Mapping[str, str], attempt: str = "") -> Report:
    """Only `id` and `status` are always there; it gives nothing of ours back."""
    required(form, "id", "status")
    if len(form["id"]) > LONGEST_ID:
        raise Refused(400, "id is too long")
    status = form["status"]
    ours = our_status(status, sent=ON_ITS_WAY, delivered=DELIVERED, failed=FAILED)
    about = phones.parse(number(form.get("phoneNumber", "")))
    reason = form.get("failureReason", "")
    receipt = Receipt(
        provider=NAME,
        provider_id=form["id"],
        status=ours,
        code=reason or (status if ours == "failed" else ""),
        to=about,
        again=ours == "failed" and reason in NOT_THIS_TIME,
    ) if ours else None  # fmt: skip
    return Report(
        key=f"{form['id']}:{status}",
        kept={name: value for name, value in form.items() if name != "phoneNumber"},
        receipt=receipt,
        opted_out=about if reason in STOPPED else None,
        trouble=reason if reason in OUT_OF_CREDIT else "",
    )


def parse_optout(form: Mapping[str, str]) -> str:
    """The number that wants no more of our bulk messages."""
    required(form, "phoneNumber")
    return number(form["phoneNumber"])


def parse_subscription(form: Mapping[str, str]) -> tuple[str, bool]:
    """A number, and whether it wants our messages: it subscribed to the short code, or ended it.

    `updateType` is written with a small or a great letter, by the page one looks at.
    """
    required(form, "phoneNumber", "updateType")
    wants = {"addition": True, "deletion": False}.get(form["updateType"].casefold())
    if wants is None:
        raise Refused(400, "updateType must be addition or deletion")
    return number(form["phoneNumber"]), wants


def send(message: Outgoing) -> Result:
    """One message to one number, through the SDK's own class; see `not_sent`."""
    try:
        answer = _service(message)
    except requests.exceptions.RequestException as fault:
        return not_sent(fault)
    return _understand(answer)


def _service(message: Outgoing) -> requests.Response:
    service = _Service.for_this_process()
    if message.link:
        sent = service.send_premium(
            message.text, message.sender, [message.to], link_id=message.link
        )
    else:
        sent = service.send(message.text, [message.to], message.sender, True)
    assert isinstance(sent, requests.Response)
    return sent


def _understand(answer: requests.Response) -> Result:
    if refusal := refused(answer):
        return refusal
    try:
        data: dict[str, Any] = json.loads(answer.text)["SMSMessageData"]
        recipients = data["Recipients"]
        if not recipients:  # 201 with `InvalidSenderId`: nothing was sent
            return Result("ours", code=str(data.get("Message")), wait=OURS_WAIT)
        recipient = recipients[0]
        code = int(recipient["statusCode"])
        given = str(recipient.get("messageId") or "")
    except (KeyError, TypeError, ValueError, IndexError):
        return Result("unknown", code="nonsense", detail=answer.text)
    if code in ACCEPTED:
        return Result("accepted", provider_id=None if given in ("", "None") else given,
                      code=str(code))  # fmt: skip
    detail = str(recipient.get("status", ""))
    if code in OURS:
        return Result("ours", code=str(code), detail=detail, wait=OURS_WAIT)
    return Result(
        "again" if code in AGAIN else "never",
        code=str(code),
        detail=detail,
        opted_out=code == BLACKLISTED,
        elsewhere=code in ELSEWHERE,
    )


class _Service(Connection, SMSService):  # type: ignore[misc]
    """The SDK's class on our connection."""

    def __init__(self) -> None:
        settings = config.load()
        super().__init__(settings.africastalking_username, settings.africastalking_api_key)
        self.connect(settings.africastalking_api_url)
        self._baseUrl = settings.africastalking_api_url + "/version1"
        self._contentUrl = self._baseUrl.replace(f"//{API_HOST}/", f"//{PREMIUM_HOST}/")

    @staticmethod
    @cache
    def for_this_process() -> "_Service":
        return _Service()
