"""The service's hooks, as a provider calls them over HTTP."""

import logging
import threading

import requests

from callcentre import clock
from callcentre.network.hook import Hook
from callcentre.network.record import Call, Record

log = logging.getLogger(__name__)

CONNECT_S = 3.05


class Door:
    """Posts to the service's hooks, with one kept-alive session for each thread."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._local = threading.local()

    def get(self, url: str, *, timeout: float = 10.0) -> requests.Response | None:
        """What lies at one of the service's addresses, or None if nothing came in time."""
        try:
            return self._session().get(url, timeout=(CONNECT_S, timeout), allow_redirects=False)
        except requests.RequestException:
            return None

    def post(self, hook: Hook, *, timeout: float = 10.0) -> requests.Response | None:
        """The service's answer, or None if it gave none in time; either is put on record."""
        at = clock.now()
        response = self._post(hook, timeout)
        status = None if response is None else response.status_code
        self._record.called(Call(hook.name, at, clock.now(), status))
        return response

    def _post(self, hook: Hook, timeout: float) -> requests.Response | None:
        for last in (False, True):
            try:
                return self._session().post(
                    hook.url,
                    data=dict(hook.form),
                    headers=dict(hook.headers),
                    timeout=(CONNECT_S, timeout),
                    allow_redirects=False,
                )
            except requests.Timeout:
                break
            except requests.ConnectionError:
                # Most likely the server closed a kept-alive connection while it lay idle.
                if last:
                    break
            except requests.RequestException:
                break
        log.warning("hook gave no answer", extra={"hook": hook.name})
        return None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False  # no proxy, no netrc: the service is on this machine
        return session
