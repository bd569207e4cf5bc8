"""The network for scripts and tests: its phones, its record and its faults, as JSON."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from callcentre.network import faults
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later
from callcentre.network.phones import Phone, Phones
from callcentre.network.record import Record
from callcentre.network.refusals import Refused
from callcentre.network.texts import Texts
from callcentre.network.ussd import Ussd
from callcentre.phones import parse


def blueprint(
    phones: Phones,
    switchboard: Switchboard,
    *,
    ussd: Ussd,
    texts: Texts,
    record: Record,
    later: Later,
) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/network")

    def shown(phone: Phone) -> Response:
        with phones.lock:
            return jsonify(phone.as_json())

    @api.get("/phones/<written>")
    def phone(written: str) -> Response:
        return shown(phones.get(number(written)))

    @api.post("/phones/<written>/dial")
    def dial(written: str) -> Response:
        return shown(ussd.dial(number(written), words("code")))

    @api.post("/phones/<written>/type")
    def type_(written: str) -> Response:
        return shown(ussd.type(number(written), words("text")))

    @api.post("/phones/<written>/cancel")
    def cancel(written: str) -> Response:
        return shown(ussd.cancel(number(written)))

    @api.post("/phones/<written>/sms")
    def sms(written: str) -> Response:
        return shown(texts.send(number(written), words("to"), words("text")))

    @api.get("/sent")
    def sent() -> Response:
        return jsonify([message.as_json() for message in record.all()])

    @api.get("/texts")
    def sent_by_phones() -> Response:
        return jsonify(record.texts())

    @api.get("/hooks")
    def hooks() -> Response:
        """How they were answered, and how much the network has still to do."""
        return jsonify(record.calls() | {"waiting": later.waiting})

    @api.get("/faults")
    def read_faults() -> Response:
        return jsonify(faults.as_json(switchboard.faults))

    @api.post("/faults")
    def set_faults() -> Response:
        return jsonify(faults.as_json(switchboard.set(body())))

    @api.delete("/faults")
    def reset_faults() -> Response:
        return jsonify(faults.as_json(switchboard.reset()))

    return api


def number(written: str) -> str:
    """The number of a phone of ours, however it is written. Raises Refused if it is none."""
    parsed = parse(written)
    if parsed is None:
        raise Refused(f"{written[:40]!r} is not a telephone number")
    return parsed


def body() -> dict[str, Any]:
    """The request's JSON object.

    The content type is asked for: with it, no page of another site can make a browser send this.
    """
    if not request.is_json:
        raise Refused("Send a JSON object, with Content-Type: application/json")
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Refused("The body must be a JSON object")
    return sent


def words(key: str) -> str:
    """A text in the request's JSON object. Raises Refused if it is missing or not sendable."""
    value = body().get(key)
    if not isinstance(value, str):
        raise Refused(f"{key!r} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"{key!r} holds half a character") from None
    return value
