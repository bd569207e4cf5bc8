"""The web application with the local network in it, in this process, at an address of its own."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from given import NOW
from outbox.surroundings import changed, own_redis
from werkzeug.serving import make_server

from callcentre import clock, jobs
from callcentre.app import create_app
from scripts.local import servers


@pytest.fixture(scope="module")
def redis_server() -> Iterator[servers.Server]:
    with own_redis() as server:
        yield server


@pytest.fixture
def redis(database: None, redis_server: servers.Server) -> Iterator[Any]:
    """An empty Redis that only this module uses."""
    with changed(REDIS_URL=redis_server.url):
        jobs.redis().flushall()
        yield jobs.redis()


@pytest.fixture
def network(lines: None, redis_server: servers.Server) -> Iterator[str]:
    """The whole web application with the local network in it, at an address of its own."""
    with _serving(redis_server, lambda app: app) as address:
        yield address


@dataclass
class Moment:
    """What time it is for the web application; `address` is its own."""

    address: str
    now: datetime = NOW

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def office_hours(lines: None, redis_server: servers.Server) -> Iterator[Moment]:
    """The same at a moment that stands still until a test moves it: a Monday, 10:00."""
    moment = Moment("")

    def at_that_moment(app: Any) -> Any:
        def answer(environ: Any, start: Any) -> Any:
            with clock.at(moment.now):
                return app(environ, start)

        return answer

    with _serving(redis_server, at_that_moment) as moment.address:
        yield moment


@contextmanager
def _serving(redis_server: servers.Server, around: Callable[[Any], Any]) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, None, threaded=True)
    server.daemon_threads = False  # closing waits for the hooks that are being answered
    address = f"http://127.0.0.1:{server.port}"
    with changed(PUBLIC_URL=address, REDIS_URL=redis_server.url):
        jobs.redis().flushall()
        server.app = around(create_app())
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield address
        finally:
            set_faults(address, hook_repeat_limit=0)
            server.shutdown()
            serving.join()
            server.server_close()


def set_faults(network: str, **faults: Any) -> None:
    """What is to go wrong in the network."""
    requests.post(f"{network}/network/faults", json=faults, timeout=5).raise_for_status()


def inbox(network: str, number: str) -> list[str]:
    phone = requests.get(f"{network}/network/phones/{number}", timeout=5).json()
    return [sms["text"] for sms in phone["sms"]]
