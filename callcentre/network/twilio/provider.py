"""Twilio as the rest of the network meets it: its hooks, and its words for an SMS."""

import uuid
from collections.abc import Mapping
from datetime import datetime

import requests

from callcentre.config import Config
from callcentre.network.hook import Hook
from callcentre.network.record import Message
from callcentre.network.twilio import wire
from callcentre.phones import is_e164


class Twilio:
    """Meets `callcentre.network.provider.Provider`; its addresses are numbers abroad.

    A call that is not taken is repeated like Africa's Talking's. Twilio does so only if asked:
    the addresses of the service's hooks are set there with `#rc=5`. Each repeat carries the same
    idempotency token.
    """

    name = "twilio"

    def __init__(self, config: Config) -> None:
        self.account = config.twilio_account_sid
        self._token = config.twilio_auth_token
        self._service = config.public_url

    def knows(self, user: str | None, password: str | None) -> bool:
        """Whether these are the account's own credentials."""
        return bool(self.account) and (user, password) == (self.account, self._token)

    def may_call(self, url: str) -> bool:
        """Whether receipts can go there: to the service only, as nothing leaves this machine."""
        return (
            len(url) <= wire.LONGEST_CALLBACK
            and url.startswith(f"{self._service}/")
            and url.isascii()
            and url.isprintable()
            and " " not in url
        )

    def serves(self, address: str) -> bool:
        return bool(self.account) and is_e164(address) and not address.startswith("+255")

    def message_id(self) -> str:
        return wire.new_sid()

    def incoming(self, sender: str, to: str, text: str, at: datetime) -> Hook:
        form = wire.incoming(self.account, sender, to, text)
        return self._hook("sms", f"{self._service}/hooks/twilio/sms", form)

    def fails(self, receipt_status: str | None) -> bool:
        status, _ = wire.outcome(receipt_status)
        return wire.fails(status)

    def receipts(self, message: Message, reason: str | None) -> list[Hook]:
        """`sent` and what became of it; a reason that is a number is the error code."""
        if not message.callback:
            return []
        status, code = wire.outcome(message.receipt_status)
        if reason and reason.isdecimal() and wire.fails(status):
            code = int(reason)
        forms = [wire.receipt(self.account, message, "sent", None)]
        if status != "sent":
            forms.append(wire.receipt(self.account, message, status, code))
        return [self._hook("sms/status", message.callback, form) for form in forms]

    def took(self, response: requests.Response) -> bool:
        return 200 <= response.status_code < 300

    def replies(self, response: requests.Response) -> list[str]:
        return wire.replies(response.content)

    def _hook(self, name: str, address: str, form: Mapping[str, str]) -> Hook:
        url = address.partition("#")[0]  # what follows is for Twilio, and is not signed
        headers = {
            wire.SIGNATURE: wire.signature(self._token, url, form),
            wire.IDEMPOTENCY: str(uuid.uuid4()),
        }
        return Hook(name, url, form, headers)
