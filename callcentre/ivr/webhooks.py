"""The doors for calls: check, parse, hand to conversations, answer.

Every address that we give a provider carries its step in the query: the turn with which the next
request is heard. While two people talk the answer is empty: anything else would cut them off.
"""

import json
import logging
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from callcentre import clock, config, conversations, hooks, metrics, vault
from callcentre.calls.events import CallEvent, Recording
from callcentre.conversations import calling
from callcentre.conversations.calling import Reply
from callcentre.ivr import audio, reply
from callcentre.ivr.clips import LONG_PAUSE
from callcentre.ivr.providers import africastalking, twilio
from callcentre.ivr.providers.contract import (
    Play,
    Redirect,
    Reject,
    Verb,
    VoiceProvider,
    whole,
)
from callcentre.lines import UnknownLine
from callcentre.providers.twilio import signed_form

logger = logging.getLogger(__name__)
blueprint = Blueprint("ivr", __name__)
hooks.answer_faults(blueprint)

STEP, WAITS, TRIES, KEPT = "step", "waits", "tries", "kept"  # fields of a query
MOST_TRIES = 12


@blueprint.post("/hooks/africastalking/<secret>/voice")
def voice(secret: str) -> Response:
    """All about a call: the first request, each answer, and the end."""
    hooks.secret(secret)
    here = f"/hooks/africastalking/{config.load().africastalking_hook_secrets[0]}/voice"
    return _hear(africastalking, hooks.form(request), here)


@blueprint.post("/hooks/twilio/voice")
def twilio_voice() -> Response:
    form = signed_form(request)
    return _hear(twilio, form, "/hooks/twilio/voice")


@blueprint.post("/hooks/twilio/voice/status")
def twilio_voice_status() -> Response:
    """How a call goes: only its end is news."""
    form = signed_form(request)
    return _note(twilio, form)


@blueprint.post("/hooks/twilio/voice/recording")
def twilio_voice_recording() -> Response:
    """A recording is there; it may have been told of already as an answer."""
    form = signed_form(request)
    return _note(twilio, form)


def _hear(provider: VoiceProvider, form: dict[str, str], here: str) -> Response:
    """Answer a request; what goes wrong is said to the caller, and the call ends."""
    started = clock.monotonic()
    event = _with_what_was_kept(provider.parse_call(form, request.args))
    try:
        verbs, outcome = _verbs(_take(event), here), "heard"
    except UnknownLine:
        verbs, outcome = [Reject()], "unknown_line"
    except Exception as fault:
        if event.ended and isinstance(fault, SQLAlchemyError):
            raise  # nobody listens any more: let the provider bring it again
        logger.exception("a call's request failed", extra={"call": event.call_id})
        verbs, outcome = _despite(event, here), "failed"
    metrics.HOOKS.labels(provider.NAME, "voice", outcome).inc()
    _SECONDS.observe(clock.monotonic() - started)
    return Response(provider.write(verbs), content_type=f"{provider.CONTENT_TYPE}; charset=utf-8")


def _note(provider: VoiceProvider, form: dict[str, str]) -> Response:
    event = provider.parse_call(form, request.args)
    outcome = "heard"
    try:
        if event.ended or event.recording is not None:
            _take(event)
    except UnknownLine:
        outcome = "unknown_line"
    metrics.HOOKS.labels(provider.NAME, "voice_status", outcome).inc()
    return Response(provider.write([]), content_type=f"{provider.CONTENT_TYPE}; charset=utf-8")


def _take(event: CallEvent) -> Reply | None:
    if event.state == "bridged":
        calling.bridged(event, clock.now())
        return None
    if request.args.get(WAITS) and not event.ended:
        return calling.hold(event, clock.now())
    said = calling.hear(event, whole(request.args.get(STEP)), clock.now())
    logger.info("call heard", extra={"call": event.call_id, "state": event.state})
    return said


def _despite(event: CallEvent, here: str) -> list[Verb]:
    """What is answered although something went wrong; whoever talks is not cut off by it."""
    if event.state == "bridged":
        return []
    return _later(event, here) or _verbs(_fault(), here)


def _later(event: CallEvent, here: str) -> list[Verb]:
    """What was recorded and cannot be stored comes again in a moment, sealed in the address.

    A hang-up brings it too, since the end is told of there. Nothing where nothing was recorded, or
    once that was tried for a minute or two.
    """
    tries = (whole(request.args.get(TRIES)) or 0) + 1
    if event.recording is None or event.recording.seconds == 0 or tries > MOST_TRIES:
        return []
    told = event.recording
    kept = vault.seal(json.dumps([told.url, told.id, told.seconds])).decode()
    step = whole(request.args.get(STEP)) or 0
    query = urlencode({STEP: step, TRIES: tries, KEPT: kept})
    pause = audio.url_of([LONG_PAUSE] * tries)
    return [Play((pause,)), Redirect(f"{config.load().public_url}{here}?{query}")]


def _with_what_was_kept(event: CallEvent) -> CallEvent:
    """The event with the recording that its address brings back, if it does."""
    kept = request.args.get(KEPT)
    if kept is None or event.recording is not None:
        return event
    try:
        url, recording, seconds = json.loads(vault.unseal(kept.encode()))
    except vault.Unreadable:
        return event
    return replace(event, recording=Recording(url, recording, seconds))


def _fault() -> Reply:
    return Reply(conversations.over("voice.fault"), 0, "", clock.now().date())


def _verbs(said: Reply | None, here: str) -> list[Verb]:
    if said is None:
        return []

    def action(turn: int, *, waits: bool = False) -> str:
        waiting = f"&{WAITS}=1" if waits else ""
        return f"{config.load().public_url}{here}?{STEP}={turn}{waiting}"

    return reply.verbs(said, action)


_SECONDS = metrics.HOOK_SECONDS.labels("voice")
