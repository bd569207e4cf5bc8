"""What every provider's API does alike when faults are on."""

from flask import Response

from callcentre.network.faults import HANG_S, Faults, Switchboard

RUBBISH = "<!doctype html><title>502</title><h1>Tafadhali subiri</h1>"

Answer = Response | tuple[Response, int]


def outage(faults: Faults, provider: str) -> int | None:
    """The HTTP status with which the whole API fails, if it does."""
    if faults.down or faults.down_provider == provider:
        return 503
    return faults.error_status


def spoil(answer: Answer, switchboard: Switchboard, faults: Faults) -> Answer:
    """What is said of a message or call that went out: its answer, nothing in time, or rubbish."""
    if faults.hang:
        switchboard.pause(HANG_S)
    if faults.nonsense:
        return Response(RUBBISH, 201, mimetype="text/html")
    return answer
