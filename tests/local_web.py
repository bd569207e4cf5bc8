"""The web application with the local network in it, in this process, at an address of its own."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from outbox.surroundings import changed, own_redis
from werkzeug.serving import make_server

from callcentre import jobs
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
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, None, threaded=True)
    server.daemon_threads = False  # closing waits for the hooks that are being answered
    address = f"http://127.0.0.1:{server.port}"
    with changed(PUBLIC_URL=address, REDIS_URL=redis_server.url):
        jobs.redis().flushall()
        server.app = create_app()
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
