"""The doors for USSD and SMS: check, parse, hand to conversations, answer."""

import logging
import re
from functools import lru_cache

from flask import Blueprint, Response, request

from callcentre import callers, clock, conversations, db, hooks, metrics, outbox
from callcentre.conversations import texts
from callcentre.conversations.heard import received_at
from callcentre.conversations.walking import Hop, Walk, walk
from callcentre.lines import UnknownLine
from callcentre.providers.twilio import signed_form
from callcentre.sms import screen
from callcentre.sms.providers import africastalking, twilio
from callcentre.sms.providers.contract import Report, TextProvider
from callcentre.tickets import delivery

logger = logging.getLogger(__name__)
blueprint = Blueprint("sms", __name__)
hooks.answer_faults(blueprint)

PATH = "/hooks/africastalking/<secret>"
PLAIN = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"
_MARKED = re.compile(r"(sw|en)\.([0-9]{1,9})\Z")
_STAFF = re.compile(r"\*99(?:[*#]|\Z)")
_KEYS = re.compile(r"[0-9*]{0,64}\Z")  # a longer transcript of keys is nobody's usual way


@blueprint.post(f"{PATH}/ussd")
def ussd(secret: str) -> Response:
    """Every failure after the secret is a harmless END: the network shows no error page."""
    hooks.secret(secret)
    started = clock.monotonic()
    hop = africastalking.parse_ussd(hooks.form(request))
    try:
        answer = _answer(hop)
    except UnknownLine:
        answer = _end("end.unknown_code", "unknown_code")
    except Exception:
        logger.exception("a hop failed")
        answer = _end("end.fault", "failed")
    _SECONDS.observe(clock.monotonic() - started)
    return answer


def _answer(hop: Hop) -> Response:
    mark: str = request.environ.get(africastalking.ECHOED, "")
    marked = _marked(mark) if hop.transcript else None
    walked = None
    under_way = False  # as far as a hop that was marked can tell: it reads nothing
    if marked:
        language, edition = marked
    else:
        with db.session() as session:
            greeting = callers.greet(session, hop.number, conversations.key_of(hop))
        if greeting.blocked:
            return _end("end.blocked", "blocked")
        language, edition = greeting.language, greeting.edition
        under_way = greeting.under_way
        mark = f"{language}.{edition}"
    if not under_way:
        walked, shown = _walk(hop, language, edition)
        if shown is not None:
            _HOPS.inc()
            return _show(shown, mark)
    reply = conversations.go_on(hop, language, edition, clock.now(), walked)
    _STORED.inc()
    text = screen.text(reply.step, reply.today)
    return _show(africastalking.write_ussd(text, reply.step.ends is not None), mark)


@lru_cache(maxsize=1024)
def _marked(mark: str) -> tuple[str, int] | None:
    """The language and the menu's edition in a mark; None if it is none of ours."""
    found = _MARKED.match(mark)
    return (found[1], int(found[2])) if found else None


def _walk(hop: Hop, language: str, edition: int) -> tuple[Walk, bytes | None]:
    """Where the keys of a hop lead; and the whole answer, if there is nothing to it but keys.

    Keys lead every citizen to the same screen, so that is remembered. Words never are, nor is
    anything from the staff door, where keys are a PIN.
    """
    only_keys = _KEYS.match(hop.transcript) and not _STAFF.search(f"{hop.address}*{hop.transcript}")
    lead = _walk_keys if only_keys else _walk_keys.__wrapped__
    return lead(hop.provider, hop.address, hop.transcript, language, edition)


@lru_cache(maxsize=8192)
def _walk_keys(
    provider: str, address: str, transcript: str, language: str, edition: int
) -> tuple[Walk, bytes | None]:
    hop = Hop(provider, "", "", address, transcript)
    walked = walk(hop, language, edition)
    step = walked.step
    if not walked.is_whole or step.remember:
        return walked, None
    return walked, africastalking.write_ussd(screen.text(step), step.ends is not None)


def _show(body: bytes, mark: str) -> Response:
    response = Response(body, content_type=PLAIN)
    # Added here: given to Response itself it takes twice as long.
    response.headers.add(africastalking.HOP_METADATA, mark)
    return response


def _end(key: str, outcome: str) -> Response:
    metrics.HOOKS.labels(africastalking.NAME, "ussd", outcome).inc()
    text = screen.text(conversations.over(key))
    return Response(africastalking.write_ussd(text, True), mimetype="text/plain")


_SECONDS = metrics.HOOK_SECONDS.labels("ussd")
_HOPS = metrics.HOOKS.labels(africastalking.NAME, "ussd", "menu")
_STORED = metrics.HOOKS.labels(africastalking.NAME, "ussd", "stored")


@blueprint.post(f"{PATH}/ussd/ended")
def ussd_ended(secret: str) -> Response:
    hooks.secret(secret)
    end = africastalking.parse_ended(hooks.form(request))
    with db.session() as session:
        greeting = callers.greet(session, end.hop.number, conversations.key_of(end.hop))
    language, edition = _marked(end.mark) or (greeting.language, greeting.edition)
    at = received_at(end.ended_at, clock.now())
    try:
        conversations.ended(end, language, edition, at)
    except UnknownLine:
        return _done(africastalking.NAME, "ussd_ended", "unknown_code")
    return _done(africastalking.NAME, "ussd_ended", "heard")


@blueprint.post(f"{PATH}/sms")
def sms(secret: str) -> Response:
    hooks.secret(secret)
    return _hear(africastalking, hooks.form(request))


@blueprint.post(f"{PATH}/sms/receipt")
def receipt(secret: str) -> Response:
    hooks.secret(secret)
    return _take(africastalking.NAME, africastalking.parse_receipt(hooks.form(request)))


@blueprint.post(f"{PATH}/sms/optout")
def optout(secret: str) -> Response:
    hooks.secret(secret)
    number = africastalking.parse_optout(hooks.form(request))
    with db.session() as session:
        texts.opted_out(session, number, clock.now())
    return _done(africastalking.NAME, "optout", "heard")


@blueprint.post(f"{PATH}/sms/subscription")
def subscription(secret: str) -> Response:
    hooks.secret(secret)
    number, wants = africastalking.parse_subscription(hooks.form(request))
    with db.session() as session:
        note = texts.opted_in if wants else texts.opted_out
        note(session, number, clock.now())
    return _done(africastalking.NAME, "subscription", "heard")


@blueprint.post("/hooks/twilio/sms")
def twilio_sms() -> Response:
    form = signed_form(request)
    return _hear(twilio, form)


@blueprint.post("/hooks/twilio/sms/status")
def twilio_status() -> Response:
    form = signed_form(request)
    return _take(twilio.NAME, twilio.parse_receipt(form, request.args.get("attempt", "")))


def _hear(provider: TextProvider, form: dict[str, str]) -> Response:
    incoming = provider.parse_message(form)
    outcome = texts.receive(incoming, clock.now())
    logger.info("sms heard", extra={"outcome": outcome, "id": incoming.id})
    return _done(provider.NAME, "sms", outcome)


def _take(provider: str, report: Report) -> Response:
    """Keep a delivery report, and do what it means for its message and its ticket."""
    now, told = clock.now(), report.receipt
    with db.session() as session:
        texts.keep_report(session, provider, report.key, report.kept, now)
        if told is not None:
            delivery.settle(session, outbox.receive(session, told, now), now)
        if report.opted_out:
            texts.opted_out(session, report.opted_out, now)
    if report.trouble:
        logger.error("provider in trouble", extra={"provider": provider, "code": report.trouble})
    if told is None:
        logger.error("unknown receipt status", extra={"report": report.key[:120]})
        return _done(provider, "receipt", "unknown_status")
    return _done(provider, "receipt", told.status)


def _done(provider: str, kind: str, outcome: str) -> Response:
    metrics.HOOKS.labels(provider, kind, outcome).inc()
    if provider == twilio.NAME:
        return Response(twilio.NOTHING_MORE, content_type=XML)
    return Response(b"", mimetype="text/plain")
