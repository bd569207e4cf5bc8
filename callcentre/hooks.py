"""What every provider hook does the same: size, authenticity, form, and never a broken answer.

The order at every hook: size limit, authenticity, parse, is it one of our lines, a repeat gets the
answer it got, act, answer. No input causes a 5xx; only when nothing can be stored does a hook
that may be repeated answer 503, so that its provider comes again.
"""

import logging
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Request, Response, request
from sqlalchemy.exc import SQLAlchemyError

from callcentre import config, metrics, vault

logger = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024  # bytes; the longest a provider sends is an SMS of 1,600 characters
FIELD_LIMIT = 100
FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """A request that is not what the provider's documentation says; answered with `status`."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def secret(given: str) -> None:
    """Check the secret in the path of a provider that does not sign. Raises Refused (403).

    Several are valid at once while rotating; each comparison takes the same time.
    """
    known = config.load().africastalking_hook_secrets
    if not any([vault.same(given, one) for one in known]):
        raise Refused(403, "wrong secret")


def form(request: Request) -> dict[str, str]:
    """The form as sent, blanks kept, without NUL. Raises Refused."""
    return as_fields(pairs(request))


def pairs(request: Request) -> list[tuple[str, str]]:
    """The fields of the form in their order, as a signature covers them. Raises Refused.

    Read and parsed by hand: werkzeug's own way costs a third of a menu hop, takes the first of
    two equal fields without a word, and keeps broken UTF-8.
    """
    environ = request.environ  # twice as fast as the properties of the request
    declared = environ.get("CONTENT_LENGTH") or ""
    length = int(declared) if declared.isdecimal() else 0
    if length > BODY_LIMIT:
        raise Refused(413, f"at most {BODY_LIMIT} bytes")
    kind = environ.get("CONTENT_TYPE", "")
    if kind != FORM and kind.partition(";")[0].strip().lower() != FORM:
        raise Refused(415, f"send {FORM}")
    try:
        return _pairs(_body(request, length).decode())
    except UnicodeDecodeError:
        raise Refused(400, "not UTF-8") from None


def _body(request: Request, length: int) -> bytes:
    if not length:
        return request.get_data(cache=False)
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) != length:
        raise Refused(400, "cut short")
    return body


def _pairs(body: str) -> list[tuple[str, str]]:
    written = [pair.partition("=") for pair in body.split("&") if pair]
    if len(written) > FIELD_LIMIT:
        raise Refused(400, f"more than {FIELD_LIMIT} fields")
    return [(_plain(name), _plain(value)) for name, _, value in written]


def _plain(written: str) -> str:
    if written.isalnum():  # most are, and there is nothing to do
        return written
    spaced = written.replace("+", " ")
    return unquote_to_bytes(spaced).decode() if "%" in spaced else spaced


def as_fields(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The fields by name, without NUL, which no text in PostgreSQL may hold.

    Raises Refused where one is given twice.
    """
    fields = {
        name.replace("\0", ""): value.replace("\0", "") if "\0" in value else value
        for name, value in pairs
    }
    if len(fields) != len(pairs):
        raise Refused(400, "a field is given twice")
    return fields


def required(fields: Mapping[str, str], *names: str) -> None:
    """Raises Refused naming the fields that are missing."""
    missing = [name for name in names if name not in fields]
    if missing:
        raise Refused(400, f"missing: {', '.join(missing)}")


def answer_faults(blueprint: Blueprint) -> None:
    """Answer what the hooks of a blueprint cannot take, or cannot store now.

    Their addresses are `/hooks/<provider>/...`.
    """

    @blueprint.errorhandler(Refused)
    def refused(fault: Refused) -> tuple[Response, int]:
        provider, kind = request.path.split("/")[2], (request.endpoint or "").partition(".")[2]
        metrics.HOOKS.labels(provider, kind, f"refused_{fault.status}").inc()
        logger.warning("hook refused", extra={"hook": kind, "reason": fault.reason})
        return Response(fault.reason + "\n", mimetype="text/plain"), fault.status

    @blueprint.errorhandler(SQLAlchemyError)
    def cannot_store(fault: SQLAlchemyError) -> tuple[Response, int]:
        """The database is away: the provider must come again."""
        logger.error("cannot store", extra={"fault": type(fault).__name__})
        return Response("try again\n", mimetype="text/plain"), 503
