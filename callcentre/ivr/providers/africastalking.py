"""Africa's Talking: calls.

Documentation: https://developers.africastalking.com/docs/voice (overview, handle_calls, actions).
Callback URL to paste in its dashboard for each number, under PUBLIC_URL:

    /hooks/africastalking/<secret>/voice

It brings everything about a call there, or to the address that an action named last: the next
step, the end, the price. It signs nothing. While two people talk it brings the call again: an
answer with anything in it would cut them off.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

import requests
from africastalking.Voice import VoiceService

from callcentre import config, phones
from callcentre.calls.events import (
    CallEvent,
    DialResult,
    Direction,
    Outcome,
    QueueResult,
    Recording,
    State,
)
from callcentre.hooks import required
from callcentre.ivr.providers.contract import (
    LONGEST_ID,
    LONGEST_URL,
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
    keys,
    run,
    whole,
    xml_text,
)
from callcentre.ivr.providers.download import download
from callcentre.outbox import Result
from callcentre.providers.africastalking import Connection, moment, number, refused, session_id
from callcentre.providers.faults import OURS_WAIT, not_sent

NAME = "africastalking"
CONTENT_TYPE = "application/xml"
WHISPERS = False

# callSessionState of a call that goes on; any other word, and none, is an active one.
STATES: Mapping[str, State] = {"Ringing": "ringing", "Dialing": "ringing", "Bridged": "bridged"}
DIRECTIONS: Mapping[str, Direction] = {"inbound": "inbound", "outbound": "outbound"}

# How a call or a dialled leg ended: hangupCause, callSessionState, status and dialStatus, of which
# only the first is documented in full. Compared in small letters alone.
_OUTCOMES: Mapping[Outcome, str] = {
    "answered": "answered bridged completed success successful normalclearing",
    "busy": "busy userbusy callrejected rejected",
    "no_answer": "noanswer notanswered nouserresponse subscriberabsent recoveryontimerexpire "
    "originatorcancel loserace canceled cancelled expired",
    "failed": "failed aborted unallocatednumber usernotregistered serviceunavailable "
    "normaltemporaryfailure unspecified invalidphonenumber destinationnotsupported "
    "noactiveclient notallowed",
}
OUTCOMES: Mapping[str, Outcome] = {
    word: outcome for outcome, words in _OUTCOMES.items() for word in words.split()
}

# status of a call that was asked for
QUEUED = "Queued"
CALLED_FOR_NOTHING: Mapping[str, str] = {
    "InvalidPhoneNumber": "never",
    "DestinationNotSupported": "never",
    "InsufficientCredit": "ours",
}
NONE = ("", "None")


def parse_call(form: Mapping[str, str], query: Mapping[str, str]) -> CallEvent:
    """Only `isActive` 0 ends a call. A call that nobody answered is told of by its end alone."""
    required(form, "sessionId")
    over = form.get("isActive", "").strip() == "0"
    dial = _transfer(form) or _dial(form, over)
    direction = DIRECTIONS.get(form.get("direction", "").strip().lower())
    seconds = whole(form.get("durationInSeconds"))
    return CallEvent(
        provider=NAME,
        call_id=session_id(form["sessionId"]),
        state="ended" if over else _state(form),
        direction=direction,
        number=phones.parse(number(form.get("callerNumber", ""))),
        address=_address(form.get("destinationNumber", "")),
        request=form.get("clientRequestId", "").strip()[:LONGEST_ID] or None,
        started_at=moment(form.get("callStartTime", "")),
        digits=_digits(form),
        recording=_recording(form),
        dial=dial,
        queue=_queue(form),
        outcome=_outcome(form, seconds) if over else None,
        cause=form.get("hangupCause", "")[:LONGEST_ID] if over else "",
        seconds=seconds if over else None,
        cost=_cost(form.get("amount", "")) if over else None,
        currency=form.get("currencyCode", "")[:3] if over else "",
    )


def _state(form: Mapping[str, str]) -> State:
    """A bridge is told of by who was reached, before there is a word for how that ended."""
    dialled = form.get("dialDestinationNumber", "").strip()
    if _queue(form) or (dialled and not form.get("dialStatus", "").strip()):
        return "bridged"
    return STATES.get(form.get("callSessionState", ""), "active")


def _digits(form: Mapping[str, str]) -> str | None:
    pressed = form.get("dtmfDigits", "").strip()
    return keys(pressed) if pressed else None


def _recording(form: Mapping[str, str]) -> Recording | None:
    """It says nothing of its length; the file's name is what tells it from others."""
    url = (form.get("recordingUrl") or form.get("callRecordingUrl") or "").strip()
    if url in NONE or len(url) > LONGEST_URL:
        return None
    try:
        name = PurePosixPath(urlsplit(url).path).stem
    except ValueError:
        name = ""
    return Recording(url, (name or url)[:LONGEST_ID])


def _dial(form: Mapping[str, str], over: bool) -> DialResult | None:
    """How a dialled leg ended; where no word says so, by whether anybody talked."""
    dialled, status = form.get("dialDestinationNumber", ""), form.get("dialStatus", "").strip()
    if not dialled.strip() or not (status or over):
        return None
    seconds = whole(form.get("dialDurationInSeconds"))
    spoken: Outcome = "answered" if seconds else "no_answer"
    return DialResult(_address(dialled), OUTCOMES.get(_bare(status), spoken), seconds)


def _transfer(form: Mapping[str, str]) -> DialResult | None:
    """A call handed to another number: why it was hung up counts more than `status`."""
    to = form.get("callTransferredToNumber", "")
    if not to.strip() or form.get("callSessionState") != "TransferCompleted":
        return None
    seconds = whole(form.get("callTransferParam", "").rpartition(":")[2])
    spoken: Outcome = "answered" if seconds else "no_answer"
    why = _bare(form.get("callTransferHangupCause", ""))
    return DialResult(_address(to), OUTCOMES.get(why, spoken), seconds)


def _queue(form: Mapping[str, str]) -> QueueResult | None:
    taken_by = form.get("dequeuedToPhoneNumber") or form.get("dequeuedToPhone") or ""
    if taken_by.strip() in NONE:
        return None
    at = moment(form.get("dequeueTime", ""))
    return QueueResult("bridged", number=_address(taken_by), at=at)


def _outcome(form: Mapping[str, str], seconds: int | None) -> Outcome:
    """Whoever talked was reached; else what went wrong, in the first word that tells."""
    if seconds:
        return "answered"
    words = (form.get(name, "") for name in ("hangupCause", "callSessionState", "status"))
    told = [OUTCOMES[bare] for bare in map(_bare, words) if bare in OUTCOMES]
    wrong = (outcome for outcome in told if outcome != "answered")
    return next(wrong, told[0] if told else "no_answer")


def _cost(amount: str) -> Decimal | None:
    try:
        cost = Decimal(amount.strip())
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and 0 <= cost < 10**9 else None


def _address(written: str) -> str | None:
    """A number in E.164, and anything else (a SIP address, a client) as it is written."""
    written = number(written)
    return phones.parse(written) or written.strip()[:LONGEST_ID] or None


def _bare(word: str) -> str:
    return re.sub("[^a-z]", "", word.lower())


# What we answer


def write(verbs: Iterable[Verb]) -> bytes:
    """The actions of https://developers.africastalking.com/docs/voice/actions, in their spelling.

    What waits for the caller is followed by a way on, for when he does nothing: it calls nobody
    back then.
    """
    response = Element("Response")
    for verb in run(verbs):
        _append(response, verb)
    xml: str = tostring(response, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode()


def _append(response: Element, verb: Verb) -> None:
    match verb:
        case Play(urls):
            for url in urls:
                _prompt(response, url)
        case Say():
            _prompt(response, verb)
        case Gather():
            _prompt(_gather(response, verb), verb.prompt)
            _redirect(response, verb.action)
        case Record():
            _prompt(_record(response, verb), verb.prompt)
            _redirect(response, verb.action)
        case Enqueue():
            _add(response, "Enqueue", holdMusic=verb.hold, name=verb.name)
        case Dequeue():
            _add(response, "Dequeue", phoneNumber=verb.line, name=verb.name)
        case Dial():
            _dial_out(response, verb)
            _redirect(response, verb.action)
        case Redirect(url):
            _redirect(response, url)
        case Reject():
            if not len(response):  # after anything else the call is taken, and the end is the end
                _add(response, "Reject")
        case Leave() | Hangup():
            pass  # the end of the list


def _gather(response: Element, verb: Gather) -> Element:
    return _add(
        response,
        "GetDigits",
        numDigits=verb.digits,
        timeout=verb.seconds,
        finishOnKey=verb.finish_on or None,
        callbackUrl=verb.action,
    )


def _record(response: Element, verb: Record) -> Element:
    return _add(
        response,
        "Record",
        finishOnKey=verb.finish_on or None,
        maxLength=verb.max_seconds,
        timeout=verb.silence_seconds,
        trimSilence=True,
        playBeep=verb.beep,
        callbackUrl=verb.action,
    )


def _dial_out(response: Element, verb: Dial) -> None:
    _add(
        response,
        "Dial",
        record=verb.record,
        sequential=True,
        phoneNumbers=",".join(verb.numbers),
        callerId=verb.caller_id,
        maxDuration=verb.max_seconds,
    )


def _redirect(response: Element, url: str) -> None:
    _add(response, "Redirect").text = xml_text(url)


def _prompt(parent: Element, prompt: str | Say) -> None:
    if isinstance(prompt, Say):
        _add(parent, "Say").text = xml_text(prompt.text)
    else:
        _add(parent, "Play", url=prompt)


def _add(parent: Element, name: str, /, **attributes: Any) -> Element:
    """An element with those of its attributes that are not None."""
    added = SubElement(parent, name)
    for attribute, value in attributes.items():
        if value is not None:
            written = str(value).lower() if isinstance(value, bool) else xml_text(str(value))
            added.set(attribute, written)
    return added


# What we ask it for


def call(to: str, sender: str, request: str) -> Result:
    """It calls back where its dashboard says, with `request` as `clientRequestId`."""
    try:
        answer = _Service.for_this_process().ring(sender, to, request)
    except requests.exceptions.RequestException as fault:
        return not_sent(fault)
    return refused(answer) or _understand(answer)


def _understand(answer: requests.Response) -> Result:
    """An answer with status 200 may be a refusal: in words, or of the one number."""
    try:
        data: dict[str, Any] = json.loads(answer.text)
        fault = str(data.get("errorMessage") or "")
        if fault not in NONE:  # our number or our callback is not what it knows
            code = fault.partition(":")[0]
            return Result("ours", code=code, detail=fault, wait=OURS_WAIT)
        entry = data["entries"][0]
        status, given = str(entry["status"]), str(entry.get("sessionId") or "")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return Result("unknown", code="nonsense", detail=answer.text)
    if status == QUEUED:
        return Result("accepted", provider_id=None if given in NONE else given, code=status)
    outcome = CALLED_FOR_NOTHING.get(status, "never")
    return Result(outcome, code=status, wait=OURS_WAIT if outcome == "ours" else None)


def hang_up(call_id: str) -> Result:
    """It offers no such thing: a call ends with the list of actions, or by the caller."""
    return Result("never", code="not offered")


def fetch_recording(recording: Recording) -> bytes:
    """It really sends plain http to an address: see RECORDING_HOSTS."""
    return download(recording.url)


def delete_recording(recording: Recording) -> Result:
    return Result("never", code="not offered")


class _Service(Connection, VoiceService):  # type: ignore[misc]
    """The SDK's class on our connection, with the field that it has no word for."""

    def __init__(self) -> None:
        settings = config.load()
        super().__init__(settings.africastalking_username, settings.africastalking_api_key)
        self.connect(settings.africastalking_voice_url)
        self._baseUrl = settings.africastalking_voice_url

    @staticmethod
    @cache
    def for_this_process() -> "_Service":
        return _Service()

    def ring(self, sender: str, to: str, request: str) -> requests.Response:
        data = {
            "username": self._username,
            "from": sender,
            "to": to,
            "clientRequestId": request,
        }
        return self._make_request(self._make_url("/call"), "POST", self._headers, data, None)
