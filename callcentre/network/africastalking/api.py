"""Africa's Talking's REST API for sending SMS: "SMS / Sending bulk" and "Application data".

The official SDK works against it with `_baseUrl = "<address>/network/africastalking/version1"`.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from callcentre.config import Config
from callcentre.network.africastalking import wire
from callcentre.network.africastalking.provider import AfricasTalking
from callcentre.network.faults import Faults, Switchboard
from callcentre.network.parts import parts
from callcentre.network.refusals import Busy
from callcentre.network.rest import Answer, outage, spoil
from callcentre.network.texts import Texts
from callcentre.phones import parse

BALANCE = "TZS 250000.00"


def blueprint(
    config: Config, switchboard: Switchboard, *, provider: AfricasTalking, texts: Texts
) -> Blueprint:
    api = Blueprint("africastalking", __name__, url_prefix="/network/africastalking/version1")

    @api.post("/messaging")
    def messaging() -> Answer:
        faults = switchboard.of_a_message()
        switchboard.pause(faults.answer_delay_s)
        refusal = _outage(faults) or _refusal(config)
        if refusal is not None:
            return refusal
        if faults.recipient_code == wire.INVALID_SENDER:
            return jsonify(wire.refused_sender()), 201
        return spoil(_send(provider, texts, faults), switchboard, faults)

    @api.get("/user")
    def user() -> Answer:
        refusal = _outage(switchboard.faults) or _unknown(config, request.args.get("username"))
        return refusal or jsonify(UserData={"balance": BALANCE})

    @api.errorhandler(Busy)
    def throttled(busy: Busy) -> Response:
        return _text(str(busy), 429)

    return api


def _send(provider: AfricasTalking, texts: Texts, faults: Faults) -> Answer:
    form = request.form
    text = form["message"]
    sender = form.get("from") or wire.DEFAULT_SENDER
    count = parts(text)
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
        accepted = texts.accept(provider, sender, number, text)
        owed.append(accepted)
        message_id = accepted.message.id
        recipients.append(wire.recipient(number, code, message_id=message_id, parts=count))
    for accepted in owed:
        texts.report(accepted)
    return jsonify(wire.sent(recipients, count)), 201


def _outage(faults: Faults) -> Response | None:
    status = outage(faults, AfricasTalking.name)
    if status is None:
        return None
    return _text("The request could not be served", status)


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
