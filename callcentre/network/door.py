"""The service's hooks, as the provider calls them over HTTP."""

import logging
import threading
from collections.abc import Mapping

import requests

from callcentre.config import Config

log = logging.getLogger(__name__)

CONNECT_S = 3.05


class Door:
    """Posts forms to the hooks of one provider, with one kept-alive session for each thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()

    def post(
        self,
        hook: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> requests.Response | None:
        """The service's answer, or None if it gave none in time."""
        for last in (False, True):
            try:
                return self._session().post(
                    f"{self._address}/{hook}",
                    data=dict(form),
                    headers=dict(headers or {}),
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
        log.warning("hook gave no answer", extra={"hook": hook})
        return None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False  # no proxy, no netrc: the service is on this machine
        return session


def africastalking(config: Config) -> Door:
    secret = config.africastalking_hook_secrets[0]
    return Door(f"{config.public_url}/hooks/africastalking/{secret}")
