"""The parts of the system, each kept by a thread that kills it now and then and starts it again."""

import shutil
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psutil
import requests

from callcentre import clock
from scripts.kill.facts import Outage
from scripts.local.processes import STOP_SECONDS, Child, Log
from scripts.local.servers import Server, ServerError, await_end

PATIENCE = 60.0  # seconds for a part to answer, or to be gone
RESTART_AFTER = 1.0  # seconds, as systemd with RestartSec=1
LOOK_EVERY = 0.05


class Failed(RuntimeError):
    """The test could not go on; one sentence for whoever started it."""


class FileLog(Log):
    """What all processes say, in a file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", buffering=1, errors="replace")
        self.lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        with self.lock:
            self.file.write(f"{name:8}| {text}\n")


class Part(Protocol):
    """Something that can be killed. `start` returns when it answers; `alive`: it has not ended."""

    name: str

    def start(self) -> None: ...
    def kill(self) -> str: ...
    def alive(self) -> bool: ...
    def stop(self) -> None: ...


class ProcessPart:
    """web, worker, clock or the network: a child process and all that it started."""

    def __init__(self, child: Child, url: str = "") -> None:
        self.name, self.child, self.url = child.name, child, url

    def start(self) -> None:
        self.child.start()
        if self.url:
            until(lambda: answers(self.url), f"{self.name} to answer")

    def kill(self) -> str:
        self.child.sweep()
        self.child.process.wait()
        return ""

    def alive(self) -> bool:
        return self.child.process.poll() is None

    def stop(self) -> None:
        self.child.process.terminate()
        with suppress(Exception):
            self.child.process.wait(STOP_SECONDS)
        self.child.sweep()
        self.child.process.wait()


class ServerPart:
    """PostgreSQL or Redis. `forgets` is a folder that every second kill takes with it."""

    def __init__(self, server: Server, forgets: Path | None = None) -> None:
        self.name, self.server, self.forgets = server.name, server, forgets
        self.kills = 0

    def start(self) -> None:
        """Start it; a postmaster's children that are still dying make the first try fail."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.server.start()
            except ServerError:
                if time.monotonic() > end:
                    raise

    def kill(self) -> str:
        """SIGKILL to it and to every process that it started, as when memory or power is gone."""
        assert self.server.process is not None
        parent = psutil.Process(self.server.process.pid)
        family = [parent, *parent.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        await_end(family, PATIENCE)
        self.server.process.wait()
        self.kills += 1
        if self.forgets is not None and self.kills % 2:
            shutil.rmtree(self.forgets, ignore_errors=True)
            return "its data lost"
        return ""

    def alive(self) -> bool:
        return self.server.running()

    def stop(self) -> None:
        self.server.stop()


@dataclass(frozen=True, slots=True)
class Blow:
    """A kill to come: seconds after the load began, and whether a message should be in the air."""

    at: float
    in_the_act: bool = False
    aside: float = 0.0  # seconds after that message was seen


class Keeper(threading.Thread):
    """Starts a part, kills it at its moments, starts it again, and stops it at the end.

    A thread for each part, since a child ends with the thread that started it.
    """

    def __init__(
        self, part: Part, outages: list[Outage], await_sending: Callable[[], bool]
    ) -> None:
        super().__init__(name=f"keeper of {part.name}", daemon=True)
        self.part, self.outages, self.await_sending = part, outages, await_sending
        self.up, self.stopping = threading.Event(), threading.Event()
        self.blows: Sequence[Blow] = ()
        self.beginning: float | None = None
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self.part.start()
            self.up.set()
            while not self.stopping.wait(LOOK_EVERY):
                self._look()
        except Exception as fault:
            self.fault = fault
        finally:
            self.part.stop()

    def let_loose(self, blows: Sequence[Blow]) -> None:
        """From now on kill at these moments."""
        self.beginning, self.blows = time.monotonic(), sorted(blows, key=lambda blow: blow.at)

    def end(self) -> None:
        """Stop the part in good order."""
        self.stopping.set()
        self.join(PATIENCE)

    def _look(self) -> None:
        if not self.part.alive():
            self._start_again(clock.now(), "", by_itself=True)
        elif self.beginning and self.blows:
            blow, *others = self.blows
            if time.monotonic() >= self.beginning + blow.at:
                self.blows = others
                self._strike(blow)

    def _strike(self, blow: Blow) -> None:
        how = []
        if blow.in_the_act and self.await_sending():
            how.append("in the act of sending")
            self.stopping.wait(blow.aside)
        at = clock.now()
        how.append(self.part.kill())
        self._start_again(at, ", ".join(filter(None, how)))

    def _start_again(self, at: datetime, how: str, by_itself: bool = False) -> None:
        if isinstance(self.part, ProcessPart):
            self.stopping.wait(RESTART_AFTER)
        self.part.start()
        self.outages.append(Outage(self.part.name, at, clock.now(), how, by_itself))


def end_all(keepers: Sequence[Keeper]) -> None:
    """Stop every part, the last started first; those in good order at once."""
    for keeper in reversed(keepers):
        if keeper.is_alive():
            keeper.end()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def until(
    condition: Callable[[], object], what: str, seconds: float = PATIENCE, every: float = LOOK_EVERY
) -> None:
    """Wait for it. Raises Failed, naming what was waited for."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"Waited {seconds:.0f} s in vain for {what}.")
        pause.wait(every)
