"""The doors for USSD and SMS: check, parse, hand to conversations, answer."""

import logging
import re
from datetime import datetime
from functools import lru_cache

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from callcentre import clock, conversations, db, hooks, metrics, outbox
from callcentre.conversations import Hop, Walk, callers, texts
from callcentre.hooks import Refused
from callcentre.lines import UnknownLine
from callcentre.sms import screen
from callcentre.sms.providers import africastalking
from callcentre.tickets import delivery

logger = logging.getLogger(__name__)
blueprint = Blueprint("sms", __name__)

PATH = "/hooks/africastalking/<secret>"
MARK = "at-ussd-hop-metadata"  # echoed by the provider on the next hop: language and edition
ECHOED = "HTTP_" + MARK.upper().replace("-", "_")
PLAIN = "text/plain; charset=utf-8"
_MARKED = re.compile(r"(sw|en)\.([0-9]{1,9})\Z")
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
    mark: str = request.environ.get(ECHOED, "")
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

    Keys lead every citizen to the same screen, so that is remembered. Words never are.
    """
    walk = _walk_keys if _KEYS.match(hop.transcript) else _walk_keys.__wrapped__
    return walk(hop.provider, hop.address, hop.transcript, language, edition)


@lru_cache(maxsize=8192)
def _walk_keys(
    provider: str, address: str, transcript: str, language: str, edition: int
) -> tuple[Walk, bytes | None]:
    hop = Hop(provider, "", "", address, transcript)
    walked = conversations.walk(hop, language, edition)
    step = walked.step
    if not walked.is_whole or step.remember:
        return walked, None
    return walked, africastalking.write_ussd(screen.text(step), step.ends is not None)


def _show(body: bytes, mark: str) -> Response:
    response = Response(body, content_type=PLAIN)
    response.headers.add(MARK, mark)  # given to Response itself it takes twice as long
    return response


def _end(key: str, outcome: str) -> Response:
    metrics.HOOKS.labels("africastalking", "ussd", outcome).inc()
    text = screen.text(conversations.over(key))
    return Response(africastalking.write_ussd(text, True), mimetype="text/plain")


_SECONDS = metrics.HOOK_SECONDS.labels("ussd")
_HOPS = metrics.HOOKS.labels("africastalking", "ussd", "menu")
_STORED = metrics.HOOKS.labels("africastalking", "ussd", "stored")


@blueprint.post(f"{PATH}/ussd/ended")
def ussd_ended(secret: str) -> Response:
    hooks.secret(secret)
    form = hooks.form(request)
    end = africastalking.parse_ended(form)
    with db.session() as session:
        greeting = callers.greet(session, end.hop.number, conversations.key_of(end.hop))
    first = form.get("hopsMetadata", "").split("|")[0]
    language, edition = _marked(first) or (greeting.language, greeting.edition)
    try:
        conversations.ended(end, language, edition, _moment(form.get("date", "")))
    except UnknownLine:
        return _done("ussd_ended", "unknown_code")
    return _done("ussd_ended", "heard")


def _moment(date: str) -> datetime:
    return texts.received_at(africastalking.moment(date), clock.now())


@blueprint.post(f"{PATH}/sms")
def sms(secret: str) -> Response:
    hooks.secret(secret)
    incoming = africastalking.parse_message(hooks.form(request))
    outcome = texts.receive(incoming, clock.now())
    logger.info("sms heard", extra={"outcome": outcome, "id": incoming.id})
    return _done("sms", outcome)


@blueprint.post(f"{PATH}/sms/receipt")
def receipt(secret: str) -> Response:
    hooks.secret(secret)
    form = hooks.form(request)
    told = africastalking.parse_receipt(form)
    now = clock.now()
    with db.session() as session:
        texts.keep_report(session, africastalking.NAME, form, now)
        if told is None:
            logger.error("unknown receipt status", extra={"status": form["status"][:40]})
            return _done("receipt", "unknown_status")
        settled = outbox.receive(session, told, now)
        delivery.settle(session, settled, now)
        if told.code in africastalking.STOPPED and told.to:
            texts.opted_out(session, told.to, now)
    if told.code in africastalking.OUT_OF_CREDIT:
        logger.error("no credit left at the provider", extra={"id": told.provider_id})
    return _done("receipt", told.status)


@blueprint.post(f"{PATH}/sms/optout")
def optout(secret: str) -> Response:
    hooks.secret(secret)
    form = hooks.form(request)
    hooks.required(form, "phoneNumber")
    with db.session() as session:
        texts.opted_out(session, form["phoneNumber"], clock.now())
    return _done("optout", "heard")


def _done(kind: str, outcome: str) -> Response:
    metrics.HOOKS.labels("africastalking", kind, outcome).inc()
    return Response(b"", mimetype="text/plain")


@blueprint.errorhandler(Refused)
def refused(fault: Refused) -> tuple[Response, int]:
    kind = (request.endpoint or "").partition(".")[2]
    metrics.HOOKS.labels("africastalking", kind, f"refused_{fault.status}").inc()
    logger.warning("hook refused", extra={"hook": kind, "reason": fault.reason})
    return Response(fault.reason + "\n", mimetype="text/plain"), fault.status


@blueprint.errorhandler(SQLAlchemyError)
def cannot_store(fault: SQLAlchemyError) -> tuple[Response, int]:
    """The database is away: the provider must come again."""
    current_app.logger.error("cannot store", extra={"fault": type(fault).__name__})
    return Response("try again\n", mimetype="text/plain"), 503
