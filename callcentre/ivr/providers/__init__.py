"""The companies that carry calls, one file each; `PROVIDERS` is the whole list."""

from collections.abc import Mapping

from callcentre.ivr.providers import africastalking, twilio
from callcentre.ivr.providers.contract import VoiceProvider

PROVIDERS: Mapping[str, VoiceProvider] = {one.NAME: one for one in (africastalking, twilio)}
