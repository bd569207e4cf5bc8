"""What every provider hook does the same: size, authenticity, form, and never a broken answer.

The order at every hook: size limit, authenticity, parse, is it one of our lines, a repeat gets the
answer it got, act, answer. No input causes a 5xx; only when nothing can be stored does a hook
that may be repeated answer 503, so that its provider comes again.
"""

import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import Request

from callcentre import config, vault

logger = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024  # bytes; the longest a provider sends is an SMS of 1,600 characters
FIELD_LIMIT = 100


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
    """The form as sent, blanks kept, without NUL, which no text in PostgreSQL may hold.

    Raises Refused.

    Parsed by hand: werkzeug's own parser costs a third of a menu hop, takes the first of two
    equal fields without a word, and keeps broken UTF-8.
    """
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refused(413, f"at most {BODY_LIMIT} bytes")
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Refused(415, "send application/x-www-form-urlencoded")
    try:
        body = request.get_data(cache=False).decode()
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=FIELD_LIMIT)
    except UnicodeDecodeError:
        raise Refused(400, "not UTF-8") from None
    except ValueError:
        raise Refused(400, f"more than {FIELD_LIMIT} fields") from None
    fields = {name: value.replace("\0", "") for name, value in pairs}
    if len(fields) != len(pairs):
        raise Refused(400, "a field is given twice")
    return fields


def required(fields: Mapping[str, str], *names: str) -> None:
    """Raises Refused naming the fields that are missing."""
    missing = [name for name in names if name not in fields]
    if missing:
        raise Refused(400, f"missing: {', '.join(missing)}")
