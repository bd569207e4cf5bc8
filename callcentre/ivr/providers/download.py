"""Fetching a recording from an address that came in a form: from nowhere inside, and not forever.

An address that anybody may have written must not lead to our own machines. The name is looked up
once and what it says is checked, then connected to: it cannot say something else the second time.
No redirect is followed and no proxy is used.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from callcentre import clock, config
from callcentre.ivr.providers.contract import LONGEST_URL, NotAllowed, NotThere

MOST_BYTES = 20 * 1024 * 1024  # two hours of telephone sound
TIMEOUT = (3.05, 10)  # seconds to connect, to go on answering
LONGEST = 60  # seconds for all of it
CHUNK = 64 * 1024
NO_SOUND = ("text/", "application/json", "application/xml", "application/xhtml")
PORTS = {"http": 80, "https": 443}

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def download(url: str, auth: tuple[str, str] | None = None, *, ours: bool = False) -> bytes:
    """What is at `url`. Raises NotThere or NotAllowed.

    `ours`: the address was made from our own settings, and leads wherever they say.
    """
    parts = _parts(url)
    with requests.Session() as session:
        session.trust_env = ours
        if not ours:
            for scheme in PORTS:
                session.mount(f"{scheme}://", _Checked())
        try:
            with session.get(
                parts.geturl(),
                auth=auth,
                headers={"Accept-Encoding": "identity"},
                allow_redirects=False,
                timeout=TIMEOUT,
                stream=True,
            ) as answer:
                return _sound(answer)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as fault:
            raise NotAllowed("not an address of the web") from fault
        except (requests.RequestException, HTTPError, OSError) as fault:
            raise NotThere(type(fault).__name__) from fault


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > LONGEST_URL or not (url.isascii() and url.isprintable()):
        raise NotAllowed("not an address of the web")
    if " " in url or "\\" in url or "@" in parts.netloc:
        raise NotAllowed("not an address of the web")
    return parts


def _sound(answer: requests.Response) -> bytes:
    if answer.is_redirect or 300 <= answer.status_code < 400:
        raise NotAllowed("leads elsewhere")
    if answer.status_code != 200:
        raise NotThere(f"status {answer.status_code}")
    if answer.headers.get("Content-Type", "").strip().lower().startswith(NO_SOUND):
        raise NotThere("a page, not a recording")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise NotThere("packed, though it was asked not to be")
    sound = bytearray()
    until = clock.monotonic() + LONGEST
    while chunk := answer.raw.read1(CHUNK, decode_content=False):  # what is there, without waiting
        sound += chunk
        if len(sound) > MOST_BYTES:
            raise NotAllowed(f"more than {MOST_BYTES} bytes")
        if clock.monotonic() > until:
            raise NotThere(f"not done in {LONGEST} seconds")
    if not sound:
        raise NotThere("empty")
    return bytes(sound)


def _allowed(host: str, port: int, address: Address) -> bool:
    """Whether recordings may come from there: from what RECORDING_HOSTS lists.

    Without a list, from any public address. The local network's own is always good.
    """
    settings = config.load()
    if settings.local_network and _is_at(settings.public_url, host, port):
        return True
    listed = settings.recording_hosts
    if not listed:
        return all(one.is_global and not one.is_multicast for one in _meant(address))
    names = {host, f"{host}:{port}", f"[{host}]:{port}"}
    return any(one in names or _within(address, one) for one in listed)


def _is_at(url: str, host: str, port: int) -> bool:
    parts = urlsplit(url)
    return host == parts.hostname and port in ([parts.port] if parts.port else PORTS.values())


def _within(address: Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network)
    except ValueError:
        return False  # a name


def _meant(address: Address) -> Iterable[Address]:
    """The address, and the one that is hidden in it."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        hidden = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
        yield from (one for one in hidden if one is not None)
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _connected(connection: HTTPConnection) -> socket.socket:
    """A connection to what the name says now, if that is allowed. Raises NotAllowed, OSError."""
    host, port = connection.host.strip("[]").lower(), connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as fault:
        raise NotAllowed("no name of a host") from fault
    told = [str(place[4][0]) for place in found]
    places = [one for one in told if _allowed(host, port, ipaddress.ip_address(one))]
    if not places:
        raise NotAllowed("recordings may not come from there: see RECORDING_HOSTS")
    return socket.create_connection((places[0], port), timeout=TIMEOUT[0])


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Checked(HTTPAdapter):
    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
