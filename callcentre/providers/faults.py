"""What it means that a provider did not answer, or that our own settings are wrong there."""

from datetime import timedelta

import requests

from callcentre.outbox import Result

OURS_WAIT = timedelta(minutes=10)  # where our own settings are wrong: for somebody to mend them
TOO_FAST = timedelta(seconds=30)  # where a provider takes no more, and names no time


def not_sent(fault: requests.exceptions.RequestException) -> Result:
    """What it means that a provider did not answer a send, or a wish to call.

    There is no key to make a repeat harmless, so no answer in time means unknown, not failed:
    only a connection that was never made is safe to try again.
    """
    if isinstance(fault, requests.exceptions.ConnectTimeout):
        return Result("again", code="connect", detail=str(fault))
    if isinstance(fault, requests.exceptions.ConnectionError):
        never_left = "Connection refused" in str(fault) or "NameResolution" in str(fault)
        return Result("again" if never_left else "unknown", code="connection", detail=str(fault))
    return Result("unknown", code="no answer", detail=str(fault))
