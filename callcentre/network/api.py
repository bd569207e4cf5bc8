"""The network for scripts and tests: its phones, its record and its faults, as JSON."""

import base64
from typing import Any

from flask import Blueprint, Response, jsonify, request

from callcentre.network import faults
from callcentre.network.audio import MP3, Sound, sound, tone
from callcentre.network.calls import Calls
from callcentre.network.exchange import Exchange
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later
from callcentre.network.phones import Phone, Phones
from callcentre.network.record import Record
from callcentre.network.refusals import Refused
from callcentre.network.texts import Texts
from callcentre.network.ussd import Ussd
from callcentre.phones import parse

TONE_S = 3.0
LONGEST_TONE_S = 600.0
MOST_SOUND_BYTES = 8 * 1024 * 1024  # of a file to say, written in base64


def blueprint(
    phones: Phones,
    switchboard: Switchboard,
    *,
    ussd: Ussd,
    texts: Texts,
    exchange: Exchange,
    record: Record,
    calls: Calls,
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

    @api.post("/phones/<written>/call")
    def call(written: str) -> Response:
        return shown(exchange.call(number(written), words("to")))

    @api.post("/phones/<written>/answer")
    def answer(written: str) -> Response:
        return shown(exchange.answer(number(written)))

    @api.post("/phones/<written>/refuse")
    def refuse(written: str) -> Response:
        return shown(exchange.refuse(number(written)))

    @api.post("/phones/<written>/hangup")
    def hangup(written: str) -> Response:
        return shown(exchange.hang_up(number(written)))

    @api.post("/phones/<written>/press")
    def press(written: str) -> Response:
        return shown(exchange.press(number(written), words("keys")))

    @api.post("/phones/<written>/wait")
    def wait(written: str) -> Response:
        return shown(exchange.wait(number(written)))

    @api.post("/phones/<written>/say")
    def say(written: str) -> Response:
        request.max_content_length = MOST_SOUND_BYTES
        return shown(exchange.say(number(written), said()))

    @api.get("/calls")
    def all_calls() -> Response:
        """The record of calls, oldest first; of one phone if it is named."""
        written = request.args.get("phone")
        of = number(written) if written else None
        with phones.lock:
            listed = [call for call in calls.all() if of in (None, call.phone)]
            return jsonify([call.for_record() for call in listed])

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


def said() -> Sound:
    """What is to be said: the `file` (base64, of a `type`), or a tone, of so many `seconds`."""
    sent = body()
    seconds = sent.get("seconds")
    if seconds is not None and (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 < seconds <= LONGEST_TONE_S
    ):
        raise Refused(f"'seconds' must be a number up to {LONGEST_TONE_S:.0f}")
    if sent.get("file") is None:
        return tone(seconds or TONE_S)
    try:
        content = base64.b64decode(words("file"), validate=True)
    except ValueError:
        raise Refused("'file' must be a file in base64") from None
    return sound(content, words("type") if "type" in sent else MP3, seconds)


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
