"""Twilio's REST API for calls: "Calls resource" and "Recordings resource".

The official SDK works against it as it does for messages. What is heard of a recording needs no
credentials, as there unless an account asks for them.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from callcentre.config import Config
from callcentre.network import recordings
from callcentre.network.calls import Call, Calls, Recording
from callcentre.network.exchange import Exchange
from callcentre.network.faults import Faults, Switchboard
from callcentre.network.rest import Answer, outage, spoil
from callcentre.network.twilio import twiml, wire
from callcentre.network.twilio.voice import OUTCOMES, TwilioVoice
from callcentre.network.verbs import Hangup, Unusable, Verb
from callcentre.phones import is_e164, parse

_REFUSALS = {
    "InvalidPhoneNumber": wire.INVALID_TO,
    "DestinationNotSupported": wire.NO_PERMISSION,
    "InsufficientCredit": wire.INACTIVE,
    "InvalidCallerId": wire.NOT_VERIFIED,
}


def blueprint(
    config: Config,
    switchboard: Switchboard,
    *,
    voice: TwilioVoice,
    exchange: Exchange,
    calls: Calls,
) -> Blueprint:
    prefix = f"/network/twilio/{wire.VERSION}/Accounts/<account>"
    api = Blueprint("twilio_voice", __name__, url_prefix=prefix)

    def closed(account: str) -> Answer | None:
        status = outage(switchboard.faults, voice.name)
        if status is not None:
            return _answer(*wire.error_of(status))
        given = request.authorization
        known = (config.twilio_account_sid, config.twilio_auth_token)
        if not known[0] or given is None or (given.username, given.password) != known:
            return _error(wire.UNAUTHENTICATED)
        return None if account == voice.account else _error(wire.NOT_FOUND)

    @api.post("/Calls.json")
    def create(account: str) -> Answer:
        faults = switchboard.faults
        switchboard.pause(faults.answer_delay_s)
        refusal = closed(account) or _refusal(voice) or _fault(faults)
        if refusal is not None:
            return refusal
        call = exchange.place(
            voice,
            request.form["From"],
            request.form["To"],
            hook=request.form.get("Url", ""),
            script=_script(),
            status_url=request.form.get("StatusCallback", ""),
            status_events=frozenset(request.form.getlist("StatusCallbackEvent") or ["completed"]),
        )
        answer = jsonify(_call(voice, call) | {"status": "queued"}), 201
        return spoil(answer, switchboard, faults)

    @api.get("/Calls/<sid>.json")
    def fetch(account: str, sid: str) -> Answer:
        refusal = closed(account)
        if refusal is not None:
            return refusal
        call = calls.find(sid)
        if call is None or call.provider != voice.name:
            return _error(wire.NOT_FOUND)
        return jsonify(_call(voice, call))

    @api.post("/Calls/<sid>.json")
    def update(account: str, sid: str) -> Answer:
        refusal = closed(account)
        if refusal is not None:
            return refusal
        call = calls.find(sid)
        if call is None or call.provider != voice.name:
            return _error(wire.NOT_FOUND)
        if not call.live:
            return _error(wire.NOT_IN_PROGRESS)
        if request.form.get("Status") in ("completed", "canceled"):
            exchange.complete(call)
            return jsonify(_call(voice, call))
        if call.answered_at is None:
            return _error(wire.NOT_IN_PROGRESS)
        url = request.form.get("Url", "")
        try:
            script = _script()
        except Unusable:
            return _error(wire.INVALID_TWIML)
        if not script and not voice.may_ask(url):
            return _error(wire.INVALID_URL)
        exchange.redirect(call, url, script)
        return jsonify(_call(voice, call))

    @api.get("/Recordings/<sid>")
    @api.get("/Recordings/<sid>.mp3")
    def sound(account: str, sid: str) -> Answer:
        found = recordings.fetch(calls, switchboard, sid) if account == voice.account else None
        return found or _error(wire.NOT_FOUND)

    @api.get("/Recordings/<sid>.json")
    def recording(account: str, sid: str) -> Answer:
        refusal = closed(account)
        if refusal is not None:
            return refusal
        found = calls.recording(sid)
        return jsonify(_recording(voice, found)) if found else _error(wire.NOT_FOUND)

    @api.delete("/Recordings/<sid>.json")
    def delete(account: str, sid: str) -> Answer:
        refusal = closed(account)
        if refusal is not None:
            return refusal
        found = calls.recording(sid)
        if found is None:
            return _error(wire.NOT_FOUND)
        calls.delete(found)
        return Response("", 204)

    return api


def _script() -> list[Verb]:
    """The verbs that a call is to begin with, if they are given themselves."""
    written = request.form.get("Twiml", "")
    return (twiml.read(written.encode()) or [Hangup()]) if written else []


def _refusal(voice: TwilioVoice) -> Answer | None:
    """What is wrong with a call to be made, in the order in which Twilio looks."""
    form = request.form
    to, sender, url = (form.get(field, "") for field in ("To", "From", "Url"))
    callback = form.get("StatusCallback", "")
    try:
        script = _script()
    except Unusable:
        return _error(wire.INVALID_TWIML)
    wrong = {
        wire.NO_CALLEE: not to,
        wire.NO_CALLER: not sender,
        wire.INVALID_TO: not _is_number(to),
        wire.INVALID_FROM: not _is_number(sender),
        wire.INVALID_URL: not script and not voice.may_ask(url),
        wire.INVALID_CALLBACK: bool(callback) and not voice.may_ask(callback),
    }
    return next((_error(code) for code, is_so in wrong.items() if is_so), None)


def _fault(faults: Faults) -> Answer | None:
    code = faults.twilio_code or _REFUSALS.get(faults.call_refusal or "")
    return None if code is None else _error(code)


def _call(voice: TwilioVoice, call: Call) -> dict[str, Any]:
    """A call in the API's answers."""
    caller, called = (call.line, call.phone) if call.to_phone else (call.phone, call.line)
    states = {"ringing": "ringing", "ended": OUTCOMES.get(call.outcome, "completed")}
    return {
        "account_sid": voice.account,
        "answered_by": None,
        "api_version": wire.VERSION,
        "date_created": wire.date(call.started_at),
        "date_updated": wire.date(call.ended_at or call.answered_at or call.started_at),
        "direction": "outbound-api" if call.to_phone else "inbound",
        "duration": str(call.seconds) if call.ended_at else None,
        "end_time": wire.date(call.ended_at) if call.ended_at else None,
        "from": caller,
        "parent_call_sid": call.parent.id if call.parent else None,
        "price": None,
        "price_unit": "USD",
        "sid": call.id,
        "start_time": wire.date(call.answered_at) if call.answered_at else None,
        "status": states.get(call.state, "in-progress"),
        "to": called,
        "uri": f"/{wire.VERSION}/Accounts/{voice.account}/Calls/{call.id}.json",
    }


def _recording(voice: TwilioVoice, recording: Recording) -> dict[str, Any]:
    return {
        "account_sid": voice.account,
        "api_version": wire.VERSION,
        "call_sid": recording.call.id,
        "channels": 1,
        "date_created": wire.date(recording.at),
        "date_updated": wire.date(recording.at),
        "duration": str(round(recording.sound.seconds)),
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "sid": recording.id,
        "source": "RecordVerb",
        "start_time": wire.date(recording.at),
        "status": "completed",
        "uri": f"/{wire.VERSION}/Accounts/{voice.account}/Recordings/{recording.id}.json",
    }


def _is_number(written: str) -> bool:
    return is_e164(written) and parse(written) is not None


def _error(code: int) -> Answer:
    return _answer(*wire.error(code))


def _answer(body: object, status: int) -> tuple[Response, int]:
    return jsonify(body), status
