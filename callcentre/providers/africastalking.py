"""Africa's Talking: how it writes numbers, ids and times, and the connection to its API."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from callcentre.hooks import Refused
from callcentre.outbox import Result
from callcentre.providers import AT_ONCE
from callcentre.providers.faults import OURS_WAIT, TOO_FAST

OUR_FAULT = {401, 402, 403, 404, 405}  # key, credit, account; an address that is not the API's
LONGEST_ID = 200  # characters; its own have 38, and an index cannot hold just any length
TIMEOUT = (3.05, 20)  # seconds to connect, to answer; less than a claim lasts


class Connection:
    """For the SDK's classes: one request method of our own, on a connection that is kept.

    Theirs opens a connection for every request and throws the HTTP status away.
    """

    def connect(self, url: str) -> None:
        """Connections for an API at this address, by the proxies and certificates that hold there.

        The environment is read for them here: once for each request it takes longer than all else.
        """
        self._session = requests.Session()
        around = self._session.merge_environment_settings(url, {}, None, None, None)
        self._session.proxies, self._session.verify = around["proxies"], around["verify"]
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE))

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any],
        params: Mapping[str, Any] | None,
        callback: object = None,
        timeout: object = None,
    ) -> requests.Response:
        return self._session.request(
            method, url, headers=dict(headers), data=data, params=params, timeout=TIMEOUT
        )


def refused(answer: requests.Response) -> Result | None:
    """What a HTTP status says by itself; None for one with which an answer comes."""
    code, detail = str(answer.status_code), answer.text
    if answer.status_code in OUR_FAULT:
        return Result("ours", code=code, detail=detail, wait=OURS_WAIT)
    if answer.status_code == 429:
        return Result("again", code=code, detail=detail, wait=_asked_wait(answer))
    if answer.status_code >= 500:
        return Result("again", code=code, detail=detail)
    if answer.status_code >= 400:
        return Result("never", code=code, detail=detail)
    return None


def _asked_wait(answer: requests.Response) -> timedelta:
    """How long a provider that takes no more asks us to wait, an hour at the most."""
    asked = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(asked), 3600)) if asked.isdecimal() else TOO_FAST


def session_id(given: str) -> str:
    """The id of a call or of a USSD session. Raises Refused (400)."""
    if not given or len(given) > LONGEST_ID:
        raise Refused(400, "sessionId is empty or too long")
    return given


def number(written: str) -> str:
    """A number as the form gave it: a plus that was not escaped arrived as a blank."""
    lost = written.startswith(" ") and written[1:].isdigit() and len(written) > 8
    return "+" + written[1:] if lost else written


def moment(written: str) -> datetime | None:
    """`2026-11-22 05:59:58` or `2026-11-22T05:59:58Z`, both UTC; None for anything else.

    In calls a plus stands between date and time.
    """
    try:
        told = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
