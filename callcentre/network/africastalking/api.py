"""Africa's Talking's REST API for sending SMS: "SMS / Sending bulk" and "Application data".

The official SDK works against it with `_baseUrl = "<address>/network/africastalking/version1"`.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from callcentre.config import Config
from callcentre.network.africastalking import wire
from callcentre.network.faults import HANG_S, Faults, Switchboard
from callcentre.network.later import Room
from callcentre.network.refusals import Busy
from callcentre.network.texts import Texts
from callcentre.phones import parse

BALANCE = "TZS 250000.00"
RUBBISH = "<!doctype html><title>502</title><h1>Tafadhali subiri</h1>"

Answer = Response | tuple[Response, int]


def blueprint(config: Config, switchboard: Switchboard, *, texts: Texts, room: Room) -> Blueprint:
    api = Blueprint("africastalking", __name__, url_prefix="/network/africastalking/version1")

    @api.post("/messaging")
    def messaging() -> Answer:
        faults = switchboard.faults
        switchboard.pause(faults.answer_delay_s)
        refusal = _outage(faults) or _refusal(config)
        if refusal is not None:
            return refusal
        if faults.recipient_code == wire.INVALID_SENDER:
            return jsonify(wire.refused_sender()), 201
        answer = _send(texts, faults, room)
        if faults.hang:
            switchboard.pause(HANG_S)
        if faults.nonsense:
            return Response(RUBBISH, 201, mimetype="text/html")
        return answer

    @api.get("/user")
    def user() -> Answer:
        faults = switchboard.faults
        refusal = _outage(faults) or _unknown(config, request.args.get("username"))
        return refusal or jsonify(UserData={"balance": BALANCE})

    @api.errorhandler(Busy)
    def throttled(busy: Busy) -> Response:
        return _text(str(busy), 429)

    return api


def _send(texts: Texts, faults: Faults, room: Room) -> Answer:
    form = request.form
    text = form["message"]
    sender = form.get("from") or wire.DEFAULT_SENDER
    parts = wire.parts(text)
    recipients: list[dict[str, Any]] = []
    owed = []
    for written in form["to"].split(","):
        number = parse(written)
        if number is None:
            recipients.append(wire.recipient(written, wire.INVALID_NUMBER))
            continue
        code = faults.recipient_code or wire.ACCEPTED
        if wire.STATUS_WORDS.get(code) != "Success":
            recipients.append(wire.recipient(number, code))
            continue
        accepted = texts.accept(sender, number, text)
        owed.append(accepted)
        message_id = accepted.message.id
        recipients.append(wire.recipient(number, code, message_id=message_id, parts=parts))
    for accepted in owed:
        if faults.receipt_before_answer:
            with room.enter():
                texts.report_now(accepted)
        else:
            texts.report(accepted)
    return jsonify(wire.sent(recipients, parts)), 201


def _outage(faults: Faults) -> Response | None:
    if faults.down:
        return _text("Service Unavailable", 503)
    if faults.error_status is not None:
        return _text("The request could not be served", faults.error_status)
    return None


def _refusal(config: Config) -> Response | None:
    unknown = _unknown(config, request.form.get("username"))
    if unknown is not None:
        return unknown
    for field in ("to", "message"):
        if not request.form.get(field):
            return _text(f"Request is missing required form field '{field}'", 400)
    return None


def _unknown(config: Config, username: str | None) -> Response | None:
    known = (config.africastalking_username, config.africastalking_api_key)
    if (username, request.headers.get("apiKey")) == known:
        return None
    return _text("The supplied authentication is invalid", 401)


def _text(words: str, status: int) -> Response:
    return Response(words, status, mimetype="text/plain")
