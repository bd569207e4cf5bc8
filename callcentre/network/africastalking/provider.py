"""Africa's Talking as the rest of the network meets it: its hooks, and its words for an SMS."""

import uuid
from collections.abc import Mapping
from datetime import datetime

import requests

from callcentre.config import Config
from callcentre.network.africastalking import wire
from callcentre.network.hook import Hook
from callcentre.network.record import Message


class AfricasTalking:
    """Meets `callcentre.network.provider.Provider`; every address is one of its own."""

    name = "africastalking"

    def __init__(self, config: Config) -> None:
        secret = config.africastalking_hook_secrets[0]
        self._hooks = f"{config.public_url}/hooks/africastalking/{secret}"

    def hook(
        self, name: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Hook:
        return Hook(name, f"{self._hooks}/{name}", form, headers or {})

    def serves(self, address: str) -> bool:
        return True

    def message_id(self) -> str:
        return wire.message_id()

    def incoming(self, sender: str, to: str, text: str, at: datetime) -> Hook:
        form = wire.incoming(str(uuid.uuid4()), sender, to=to, text=text, at=at)
        return self.hook("sms", form)

    def fails(self, receipt_status: str | None) -> bool:
        return receipt_status in wire.UNDELIVERED

    def receipts(self, message: Message, reason: str | None) -> list[Hook]:
        final = message.receipt_status or "Success"
        forms = [
            wire.receipt(message.id, message.to, status="Sent", reason=None),
            wire.receipt(message.id, message.to, status=final, reason=reason),
        ]
        return [self.hook("sms/receipt", form) for form in forms]

    def took(self, response: requests.Response) -> bool:
        return response.status_code == 200

    def replies(self, response: requests.Response) -> list[str]:
        """None: the body of an answer is ignored."""
        return []
