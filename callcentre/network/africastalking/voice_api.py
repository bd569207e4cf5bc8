"""Africa's Talking's REST API for calls: "Voice / Making calls" and "Voice / Queue status".

The official SDK works against it with `_baseUrl = "<address>/network/africastalking/voice"`.
"""

from collections import Counter

from flask import Blueprint, Response, jsonify, request

from callcentre.config import Config
from callcentre.network import recordings
from callcentre.network.africastalking.voice import AfricasTalkingVoice
from callcentre.network.calls import Calls
from callcentre.network.exchange import Exchange
from callcentre.network.faults import Faults, Switchboard
from callcentre.network.rest import Answer, outage, spoil
from callcentre.phones import parse

MOST_CALLEES = 100


def blueprint(
    config: Config,
    switchboard: Switchboard,
    *,
    voice: AfricasTalkingVoice,
    exchange: Exchange,
    calls: Calls,
) -> Blueprint:
    api = Blueprint("africastalking_voice", __name__, url_prefix="/network/africastalking")

    @api.post("/voice/call")
    def call() -> Answer:
        faults = switchboard.faults
        switchboard.pause(faults.answer_delay_s)
        refusal = _refusal(config, faults, ("to", "from"))
        if refusal is not None:
            return refusal
        line = parse(request.form["from"])
        if line is None or faults.call_refusal == "InvalidCallerId":
            wrong = f"Invalid callerId: {request.form['from']}"
            return jsonify(entries=[], errorMessage=wrong)
        entries = [
            _call(voice, exchange, line, written.strip(), faults)
            for written in request.form["to"].split(",")[:MOST_CALLEES]
        ]
        answer = jsonify(entries=entries, errorMessage="None")
        return spoil(answer, switchboard, faults)

    @api.post("/voice/queueStatus")
    def queue_status() -> Answer:
        refusal = _refusal(config, switchboard.faults, ("phoneNumbers",))
        if refusal is not None:
            return refusal
        lines = {parse(written) for written in request.form["phoneNumbers"].split(",")}
        counts = Counter(
            (call.line, call.waiting.verb.name)
            for call in calls.queued()
            if call.provider == voice.name and call.line in lines and call.waiting
        )
        entries = [
            {"phoneNumber": line, "queueName": name, "numCalls": str(count)}
            for (line, name), count in counts.items()
        ]
        return jsonify(entries=entries, errorMessage="None", status="Success")

    @api.get("/<recording_id>.mp3")
    def recording(recording_id: str) -> Response:
        found = recordings.fetch(calls, switchboard, recording_id)
        return found or _text("Not found", 404)

    return api


def _call(
    voice: AfricasTalkingVoice, exchange: Exchange, line: str, written: str, faults: Faults
) -> dict[str, str]:
    """Ring one phone, and what is said of it."""
    number = parse(written)
    status = "InvalidPhoneNumber" if number is None else faults.call_refusal
    if number is None or status is not None:
        return {"phoneNumber": written, "status": status or "", "sessionId": "None"}
    request_id = request.form.get("clientRequestId", "")
    call = exchange.place(voice, line, number, request_id=request_id)
    return {"phoneNumber": number, "status": "Queued", "sessionId": call.id}


def _refusal(config: Config, faults: Faults, needed: tuple[str, ...]) -> Response | None:
    status = outage(faults, AfricasTalkingVoice.name)
    if status is not None:
        return _text("The request could not be served", status)
    given = (request.form.get("username"), request.headers.get("apiKey"))
    if given != (config.africastalking_username, config.africastalking_api_key):
        return _text("The supplied authentication is invalid", 401)
    for field in needed:
        if not request.form.get(field):
            return _text(f"Request is missing required form field '{field}'", 400)
    return None


def _text(words: str, status: int) -> Response:
    return Response(words, status, mimetype="text/plain")
