"""Twilio's REST API for sending SMS: "Messages resource" and "Balance resource".

The official SDK works against it when its HTTP client puts `<address>/network/twilio` in the
place of `https://api.twilio.com`. A sender is always named: there are no Messaging Services, and
the `ValidityPeriod` is taken but never ends, as no message waits here.
"""

import re

from flask import Blueprint, Response, jsonify, request

from callcentre.network.faults import Faults, Switchboard
from callcentre.network.record import Message, Record
from callcentre.network.refusals import Busy
from callcentre.network.rest import Answer, outage, spoil
from callcentre.network.texts import Texts
from callcentre.network.twilio import wire
from callcentre.network.twilio.provider import Twilio
from callcentre.phones import is_e164, parse

_SENDER = re.compile(r"[0-9]{3,6}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")


def blueprint(
    switchboard: Switchboard, *, provider: Twilio, texts: Texts, record: Record
) -> Blueprint:
    api = Blueprint("twilio", __name__, url_prefix=f"/network/twilio/{wire.VERSION}/Accounts")

    @api.post("/<account>/Messages.json")
    def create(account: str) -> Answer:
        faults = switchboard.of_a_message()
        switchboard.pause(faults.answer_delay_s)
        refusal = _closed(provider, faults, account) or _refusal(provider) or _fault(faults)
        return refusal or spoil(_send(provider, texts), switchboard, faults)

    @api.get("/<account>/Messages/<sid>.json")
    def fetch(account: str, sid: str) -> Answer:
        refusal = _closed(provider, switchboard.faults, account)
        if refusal is not None:
            return refusal
        message = record.find(sid) if sid.startswith("SM") else None
        if message is None:
            return _error(wire.NOT_FOUND)
        return jsonify(wire.resource(provider.account, message, *_state(message)))

    @api.get("/<account>/Balance.json")
    def balance(account: str) -> Answer:
        refusal = _closed(provider, switchboard.faults, account)
        return refusal or jsonify(wire.balance(provider.account))

    @api.errorhandler(Busy)
    def throttled(busy: Busy) -> Answer:
        return _error(wire.TOO_MANY)

    return api


def _send(provider: Twilio, texts: Texts) -> Answer:
    form = request.form
    accepted = texts.accept(
        provider,
        form["From"],
        form["To"],
        form["Body"],
        callback=form.get("StatusCallback", ""),
    )
    texts.report(accepted)
    return jsonify(wire.resource(provider.account, accepted.message, "queued", None)), 201


def _state(message: Message) -> tuple[str, int | None]:
    """What Twilio knows of a message: what became of it, or that it went out."""
    status, code = wire.outcome(message.receipt_status)
    known = wire.fails(status) or message.delivered_at is not None
    return (status, code) if known else ("sent", None)


def _closed(provider: Twilio, faults: Faults, account: str) -> Answer | None:
    """Why the whole API, or this account, does not serve whoever asks."""
    status = outage(faults, provider.name)
    if status is not None:
        return _answer(*wire.error_of(status))
    given = request.authorization
    if given is None or not provider.knows(given.username, given.password):
        return _error(wire.UNAUTHENTICATED)
    return None if account == provider.account else _error(wire.NOT_FOUND)


def _refusal(provider: Twilio) -> Answer | None:
    """What is wrong with a message to be sent, in the order in which Twilio looks."""
    form = request.form
    to, sender, body = (form.get(field, "") for field in ("To", "From", "Body"))
    callback = form.get("StatusCallback", "")
    wrong = {
        wire.NO_TO: not to,
        wire.NO_FROM: not sender,
        wire.NO_BODY: not body,
        wire.INVALID_TO: not _is_number(to),
        wire.INVALID_FROM: not (_is_number(sender) or _SENDER.fullmatch(sender)),
        wire.TOO_LONG: len(body) > wire.MOST_LETTERS,
        wire.INVALID_CALLBACK: bool(callback) and not provider.may_call(callback),
    }
    return next((_error(code) for code, is_so in wrong.items() if is_so), None)


def _fault(faults: Faults) -> Answer | None:
    """The refusal that was asked for, in Twilio's codes or in those of Africa's Talking."""
    code = faults.twilio_code
    if code is None and faults.recipient_code is not None:
        code = wire.RECIPIENT_CODES.get(faults.recipient_code, wire.INTERNAL)
    return None if code is None else _error(code)


def _is_number(written: str) -> bool:
    return is_e164(written) and parse(written) is not None


def _error(code: int) -> Answer:
    return _answer(*wire.error(code))


def _answer(body: object, status: int) -> tuple[Response, int]:
    return jsonify(body), status
