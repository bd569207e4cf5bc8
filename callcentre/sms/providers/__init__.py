"""The companies that carry SMS and USSD, one file each; `PROVIDERS` is the whole list."""

from collections.abc import Mapping

from callcentre.sms.providers import africastalking, twilio
from callcentre.sms.providers.contract import TextProvider

PROVIDERS: Mapping[str, TextProvider] = {one.NAME: one for one in (africastalking, twilio)}
