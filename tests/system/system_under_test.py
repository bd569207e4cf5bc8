"""The whole system as processes of its own: web with the local network, a worker, a clock."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest
import redis
import requests
import servers

PATIENCE = 60  # seconds; nothing here should take more than a few


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives as soon as it is true; fails naming what was waited for."""
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE} s for {what}")
        threading.Event().wait(0.05)
    return value


class System:
    """Processes that share one database; each can be killed and started again."""

    def __init__(self, log: IO[bytes]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": servers.new_database(),
            "REDIS_URL": f"{servers.redis_url()}?db=7",
            "PUBLIC_URL": self.url,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.log = log

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "callcentre", *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def start(self, name: str, *arguments: str) -> None:
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "callcentre", name, *arguments],
            env=self.environment,
            stderr=self.log,
        )

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        process = self.running.pop(name)
        process.send_signal(sign)
        process.wait(PATIENCE)

    def start_all(self) -> None:
        self.run("migrate")
        self.run("demo")
        self.start("web", "--port", str(self.port))
        self.start("worker")
        self.start("clock")
        until(self.is_ready, "the web to be ready")

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name, signal.SIGTERM)

    def phone(self, number: str, do: str = "", **said: str) -> Any:
        """Use a phone of the local network; what it shows then."""
        path = f"{self.url}/network/phones/{number}"
        if not do:
            return requests.get(path, timeout=10).json()
        return requests.post(f"{path}/{do}", json=said, timeout=20).json()

    def faults(self, **faults: object) -> None:
        requests.delete(f"{self.url}/network/faults", timeout=10).raise_for_status()
        if faults:
            answer = requests.post(f"{self.url}/network/faults", json=faults, timeout=10)
            answer.raise_for_status()

    def flush_redis(self) -> None:
        redis.Redis.from_url(self.environment["REDIS_URL"]).flushdb()

    def sms(self, number: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.phone(number)["sms"]
        return found

    def ticket(self, ref: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("ticket", "show", ref, "--json"))
        return found


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system; what its processes logged is printed when a test fails in it."""
    path = tmp_path_factory.mktemp("system") / "log"
    with path.open("wb") as log:
        made = System(log)
        try:
            made.start_all()
            yield made
        finally:
            made.stop()
    sys.stdout.write(path.read_text())
