"""Twilio: calls. It has no numbers in Tanzania; for lines abroad.

Documentation: https://www.twilio.com/docs/voice (twiml, api/call-resource, api/recording). What to
set in its console, under PUBLIC_URL:

    /hooks/twilio/voice           a number's "a call comes in"
    /hooks/twilio/voice/status    a number's "call status changes"

The addresses of steps, of an outgoing call's events and of recordings go with each answer. Every
request is signed over the public address, query and all.
"""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, urlsplit

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.twiml.voice_response import Dial as DialElement
from twilio.twiml.voice_response import Gather as GatherElement
from twilio.twiml.voice_response import VoiceResponse

from callcentre import config, phones
from callcentre.calls.events import (
    CallEvent,
    DialResult,
    Direction,
    Outcome,
    QueueOutcome,
    QueueResult,
    Recording,
    State,
)
from callcentre.hooks import Refused, required
from callcentre.ivr.providers.contract import (
    LONGEST_ID,
    LONGEST_URL,
    REQUEST,
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
from callcentre.providers import twilio
from callcentre.providers.faults import OURS_WAIT, not_sent

NAME = "twilio"
CONTENT_TYPE = "text/xml"
WHISPERS = True

# CallStatus: https://www.twilio.com/docs/voice/twiml#callstatus-values; any other is active.
STATES: Mapping[str, State] = {
    "queued": "ringing",
    "initiated": "ringing",
    "ringing": "ringing",
    "completed": "ended",
    "busy": "ended",
    "failed": "ended",
    "no-answer": "ended",
    "canceled": "ended",
}
OUTCOMES: Mapping[str, Outcome] = {
    "completed": "answered",
    "answered": "answered",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "canceled": "no_answer",
}
QUEUE_OUTCOMES: Mapping[str, QueueOutcome] = {
    "bridged": "bridged",
    "bridging-in-process": "bridged",
    "redirected-from-bridged": "bridged",
    "leave": "left",
    "redirected": "left",
    "hangup": "hung_up",
    "queue-full": "full",
}
HANGUP = "hangup"  # what stands for the keys where the caller hung up
FETCHABLE = ("", "completed")  # RecordingStatus

# Error codes of a wish to call: https://www.twilio.com/docs/api/errors
AGAIN = {10004, 20429}  # too many calls at once, too many requests
# Credentials, no such account, addresses, our number, countries, trial account, suspended.
OURS = {20003, 20404, 21205, 21210, 21212, 21213, 21215, 21216, 21219, 10001, 10002, 13227, 32205}
NOT_FOUND = 404
OVER = 21220  # a call that is not going on


def parse_call(form: Mapping[str, str], query: Mapping[str, str]) -> CallEvent:
    required(form, "CallSid")
    if not form["CallSid"] or len(form["CallSid"]) > LONGEST_ID:
        raise Refused(400, "CallSid is empty or too long")
    state, status = _state(form), form.get("CallStatus", "")
    request = query.get(REQUEST, "")[:LONGEST_ID] or None
    direction, number, address = _sides(form, placed=request is not None)
    over = state == "ended"
    ending = status if status in OUTCOMES else ""
    return CallEvent(
        provider=NAME,
        call_id=form["CallSid"],
        state=state,
        direction=direction,
        number=number,
        address=address,
        parent=form.get("ParentCallSid", "")[:LONGEST_ID] or None,
        request=request,
        digits=_digits(form),
        recording=_recording(form),
        dial=_dial(form),
        queue=_queue(form),
        position=whole(form.get("QueuePosition")),
        outcome=OUTCOMES.get(ending, "answered") if over else None,
        cause=ending if over else "",
        seconds=whole(form.get("CallDuration")) if over else None,
        sequence=whole(form.get("SequenceNumber")),
    )


def _state(form: Mapping[str, str]) -> State | None:
    if "RecordingStatus" in form and "CallStatus" not in form:
        return None
    if HANGUP in (form.get("Digits"), form.get("QueueResult")):
        return "ended"
    return STATES.get(form.get("CallStatus", ""), "active")


def _sides(
    form: Mapping[str, str], *, placed: bool
) -> tuple[Direction | None, str | None, str | None]:
    """The direction, the citizen's number and our address.

    What is withheld stands there as a word or as a number that nobody can have. Where no direction
    is told, one that has a parent was dialled, and a call that we did not place came in.
    """
    came, went = form.get("From", ""), form.get("To", "")
    untold = "outbound-dial" if form.get("ParentCallSid") else ""
    match (form.get("Direction") or untold).partition("-"):
        case "inbound", _, _:
            return "inbound", phones.parse(came), _address(went)
        case "outbound", _, "dial":
            return "outbound", None, _address(came)
        case "outbound", _, _:
            return "outbound", phones.parse(went), _address(came)
        case "", _, _ if not placed:
            return None, phones.parse(came), _address(went)
    return None, None, None


def _address(written: str) -> str | None:
    return phones.parse(written) or written.strip()[:LONGEST_ID] or None


def _digits(form: Mapping[str, str]) -> str | None:
    """No keys, or the finish key alone: it stands in a field of its own, or by itself."""
    pressed = form.get("Digits", "").strip()
    if not pressed:
        return "" if form.get("FinishedOnKey", "").strip() else None
    return None if pressed == HANGUP else keys(pressed)


def _recording(form: Mapping[str, str]) -> Recording | None:
    """Its id is the last part of its address, if it is not told by itself."""
    url = form.get("RecordingUrl", "").strip()
    if not url or len(url) > LONGEST_URL or form.get("RecordingStatus", "") not in FETCHABLE:
        return None
    try:
        last = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return None
    sid = (form.get("RecordingSid", "").strip() or last)[:LONGEST_ID]
    return Recording(url, sid, whole(form.get("RecordingDuration"))) if sid else None


def _dial(form: Mapping[str, str]) -> DialResult | None:
    """It names the leg, not the number. Who hung up instead of taking the call answered nobody."""
    status = form.get("DialCallStatus", "")
    if not status:
        return None
    outcome = OUTCOMES.get(status, "failed")
    if outcome == "answered" and form.get("DialBridged") == "false":
        outcome = "no_answer"
    return DialResult(None, outcome, whole(form.get("DialCallDuration")))


def _queue(form: Mapping[str, str]) -> QueueResult | None:
    result = form.get("QueueResult", "")
    if not result:
        return None
    return QueueResult(QUEUE_OUTCOMES.get(result, "failed"), whole(form.get("QueueTime")))


# What we answer


def write(verbs: Iterable[Verb]) -> bytes:
    """TwiML, by the SDK's own classes. What waits for the caller has a way on after it."""
    response = VoiceResponse()
    for verb in run(verbs):
        _append(response, verb)
    return str(response).encode()


def _append(response: VoiceResponse, verb: Verb) -> None:
    match verb:
        case Play(urls):
            for url in urls:
                _prompt(response, url)
        case Say():
            _prompt(response, verb)
        case Gather():
            _gather(response, verb)
            response.redirect(xml_text(verb.action))
        case Record():
            _prompt(response, verb.prompt)
            _record(response, verb)
            response.redirect(xml_text(verb.action))
        case Enqueue():
            action, wait = xml_text(verb.action), xml_text(verb.wait)
            response.enqueue(xml_text(verb.name), action=action, wait_url=wait)
        case Dequeue():
            response.dial(action=xml_text(verb.action)).queue(xml_text(verb.name))
        case Dial():
            _dial_out(response, verb)
        case Redirect(url):
            response.redirect(xml_text(url))
        case Leave():
            response.leave()
        case Reject():
            response.reject()
        case Hangup():
            response.hangup()


def _gather(response: VoiceResponse, verb: Gather) -> None:
    gather = response.gather(
        input="dtmf",
        num_digits=verb.digits,
        timeout=verb.seconds,
        finish_on_key=xml_text(verb.finish_on),
        action=xml_text(verb.action),
        action_on_empty_result=True,  # else the finish key alone would be told as no key
    )
    _prompt(gather, verb.prompt)


def _record(response: VoiceResponse, verb: Record) -> None:
    """The recording is told of once to `action`, as the caller leaves, and once when it is kept."""
    response.record(
        action=xml_text(verb.action),
        max_length=verb.max_seconds,
        timeout=verb.silence_seconds,
        finish_on_key=xml_text(verb.finish_on),
        play_beep=verb.beep,
        trim="trim-silence",
        recording_status_callback=_recording_hook(),
    )


def _dial_out(response: VoiceResponse, verb: Dial) -> None:
    """The caller hears ringing until somebody is put through, and the whisper delays that."""
    dial: DialElement = response.dial(
        action=xml_text(verb.action),
        caller_id=xml_text(verb.caller_id),
        timeout=verb.ring_seconds,
        time_limit=verb.max_seconds,
        answer_on_bridge=True,
        sequential=True,
        record="record-from-answer" if verb.record else None,
        recording_status_callback=_recording_hook() if verb.record else None,
    )
    for number in verb.numbers:
        dial.number(xml_text(number), url=xml_text(verb.whisper) if verb.whisper else None)


def _recording_hook() -> str:
    return f"{config.load().public_url}/hooks/twilio/voice/recording"


def _prompt(parent: VoiceResponse | GatherElement, prompt: str | Say) -> None:
    if isinstance(prompt, Say):
        parent.say(xml_text(prompt.text))
    else:
        parent.play(xml_text(prompt))


# What we ask it for


def call(to: str, sender: str, request: str) -> Result:
    hook = f"{config.load().public_url}/hooks/twilio/voice"
    named = f"?{REQUEST}={quote(request, safe='')}"

    def ring() -> Result:
        made = twilio.client().calls.create(
            to=to, from_=sender, url=hook + named, status_callback=f"{hook}/status{named}"
        )
        if not isinstance(made.sid, str) or not made.sid:
            return Result("unknown", code="nonsense")
        return Result("accepted", provider_id=made.sid, code=str(made.status or ""))

    return _asked(ring)


def hang_up(call_id: str) -> Result:
    def end() -> Result:
        twilio.client().calls(quote(call_id, safe="")).update(status="completed")
        return Result("accepted", provider_id=call_id)

    return _asked(end, done=lambda fault: fault.code == OVER)


def fetch_recording(recording: Recording) -> bytes:
    """From the API of our account, whatever address was told: our password goes nowhere else."""
    settings = config.load()
    account, sid = settings.twilio_account_sid, quote(recording.id, safe="")
    url = f"{settings.twilio_api_url}/2010-04-01/Accounts/{account}/Recordings/{sid}.mp3"
    return download(url, (account, settings.twilio_auth_token), ours=True)


def delete_recording(recording: Recording) -> Result:
    def delete() -> Result:
        twilio.client().recordings(quote(recording.id, safe="")).delete()
        return Result("accepted", provider_id=recording.id)

    return _asked(delete, done=lambda fault: fault.status == NOT_FOUND)


def _asked(
    ask: Callable[[], Result], done: Callable[[TwilioRestException], bool] = lambda fault: False
) -> Result:
    """What became of a request to its API; `done` says which errors mean that it was needless."""
    if not config.load().twilio_account_sid:
        return Result("ours", code="no account", wait=OURS_WAIT)
    try:
        return ask()
    except TwilioRestException as fault:
        if done(fault):
            return Result("accepted", code=str(fault.code))
        return twilio.refused(fault, ours=OURS, again=AGAIN)
    except requests.exceptions.RequestException as fault:
        return not_sent(fault)
    except (ValueError, TypeError, AttributeError) as fault:  # no JSON of theirs
        return Result("unknown", code="nonsense", detail=type(fault).__name__)
