"""Child processes and their one log. They end with us, even when we are killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

from scripts.local.servers import await_end

MARK = "CALLCENTRE_RUN"
STOP_SECONDS = 10.0
LONGEST_DELAY = 30
SETTLED_SECONDS = 60.0
NAME_WIDTH = 8


class Log:
    """The terminal, on which every process speaks in whole lines under its name."""

    def __init__(self) -> None:
        sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
        self.coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.colours: dict[str, int] = {}
        self.lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        head = f"{name:{NAME_WIDTH}}|"
        if self.coloured:
            head = f"\033[{self.colours.setdefault(name, 31 + len(self.colours) % 6)}m{head}\033[0m"
        with self.lock:
            try:
                print(head, text)
            except OSError:  # the terminal is gone: so are we
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115
                os.kill(os.getpid(), signal.SIGTERM)


class Child:
    """`python -m callcentre ...`: started, followed, restarted and stopped.

    `within` is a command that runs it elsewhere, such as in another network namespace.
    """

    def __init__(
        self,
        log: Log,
        environment: dict[str, str],
        *arguments: str,
        module: str = "callcentre",
        within: Sequence[str] = (),
    ) -> None:
        self.name = arguments[0]
        self.command = [*within, "setpriv", "--pdeathsig=TERM", "--"]
        self.command += [sys.executable, "-P", "-m", module, *arguments]
        self.environment = environment | {"PYTHONUNBUFFERED": "1"}
        self.log = log
        self.delay = 0
        self.due: float | None = None  # when it starts again

    def start(self) -> None:
        self.due, self.started = None, time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us alone, and its own children are its group
        )
        self.reader = threading.Thread(target=self._follow, args=(self.process,), daemon=True)
        self.reader.start()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.log.line(self.name, readable(line.rstrip()))

    def tend(self) -> None:
        """Start it again when it has ended, each time a little later."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if self.due is None:
            self.sweep()
            settled = now - self.started > SETTLED_SECONDS
            self.delay = 1 if settled or not self.delay else min(2 * self.delay, LONGEST_DELAY)
            self.due = now + self.delay
            why = ending(self.process.returncode)
            self.log.line("run", f"{self.name} ended ({why}) and starts again in {self.delay} s")
        elif now >= self.due:
            self.start()

    def sweep(self) -> None:
        """Kill what it started and left behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def stop(children: list[Child]) -> None:
    """End them all: ask, wait, then kill."""
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.sweep()
        child.process.wait()
        child.reader.join(1)


def end_left_overs(run: str) -> int:
    """End the processes of an earlier run, known by its mark in their environment. How many."""
    ours = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == run:
                process.terminate()
                ours.append(process)
    for process in await_end(ours, STOP_SECONDS):
        with suppress(psutil.Error):
            process.kill()
    return len(ours)


def ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def readable(line: str) -> str:
    """A line of JSON log (callcentre/logs.py) in words; any other line as it is."""
    try:
        record = json.loads(line)
        at, event = str(record.pop("at")), str(record.pop("event"))
    except (ValueError, AttributeError, KeyError, TypeError):
        return line
    level, where, error = (str(record.pop(name, "")) for name in ("level", "in", "error"))
    fields = [f"{name}={value}" for name, value in record.items() if value is not None]
    loud = [] if level == "info" else [level.upper()]
    return " ".join([at[11:19], *loud, f"{where}: {event}", *fields]) + (error and f"\n{error}")
