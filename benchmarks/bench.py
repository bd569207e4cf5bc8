"""What the benchmarks share: servers on cores of their own, a client that loads them, spreads.

The machine is shared and noisy, so no number here means anything alone. Whatever is compared runs
in one process after another in alternation, round by round; what is told is the median of the
ratios of a round, with the lowest and the highest. The processor time that a server spent on an
answer is steadier than the rate and told beside it.
"""

import json
import os
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import psycopg

from scripts.local import servers

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 15.0
MARK = "at-ussd-hop-metadata"
SECRET = "benchmark"
CODES = {
    "*149*50#": ("kilosa", "sengerema", "morogoro", "utumishi"),
    "*149*51#": ("morogoro",),
    "*149*52#": ("sengerema",),
    "*149*53#": ("kilosa",),
    "*149*54#": ("utumishi",),
}
EVERYBODY = CODES["*149*50#"]
CALLCENTRE = (sys.executable, "-P", "-m", "callcentre")
SETTINGS = {
    "SECRET_KEY": "only for benchmarks",
    "DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PUBLIC_URL": f"http://{HOST}:9",  # nobody listens: what is to be sent waits
    "AFRICASTALKING_API_URL": f"http://{HOST}:9",
    "AFRICASTALKING_USERNAME": "benchmark",
    "AFRICASTALKING_API_KEY": "benchmark",
    "AFRICASTALKING_HOOK_SECRET": SECRET,
}


class Failed(RuntimeError):
    """One sentence for the person at the terminal."""


# -- cores and processes ---------------------------------------------------------------------


@cache
def cores() -> tuple[int, int]:
    """The core of the server that is measured, and that of everything else."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[-1], allowed[0]


def pin_all(process: psutil.Process, *on: int) -> None:
    """Keep a process, all its threads, its children and those to come on these cores."""
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            for thread in one.threads():
                os.sched_setaffinity(thread.id, set(on))


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time of a process and its children, those that have ended included."""
    mine = process.cpu_times()
    total = mine.children_user + mine.children_system
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return float(total)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Leave by an exception on Ctrl-C, SIGTERM and SIGHUP: it ends all that was started."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(number: int, _frame: object) -> None:
        for each in ending:
            signal.signal(each, signal.SIG_IGN)  # once is enough
        sys.exit(128 + number)

    for each in ending:
        signal.signal(each, leave)
    try:
        yield
    except Failed as fault:
        sys.exit(str(fault))


@dataclass(frozen=True, slots=True)
class Web:
    """A running HTTP server: its name, its port and its first process."""

    name: str
    port: int
    process: psutil.Process


@contextmanager
def web(
    name: str,
    command: Sequence[str],
    environment: dict[str, str],
    logs: Path,
    on: Collection[int] = (),
) -> Iterator[Web]:
    """Run an HTTP server on the measured core, or on those given, until the block ends.

    `{port}` in the command becomes a free port.
    """
    port = _free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    log = logs / f"{name}-{port}.log"
    with program(words, environment, log, on or cores()[:1]) as process:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield Web(name, port, process)


@contextmanager
def program(
    command: Sequence[str], environment: dict[str, str], log: Path, on: Collection[int]
) -> Iterator[psutil.Popen]:
    """Run a program on these cores until the block ends. What it logs goes to a file."""
    with log.open("wb") as output:
        started = psutil.Popen(
            ["setpriv", "--pdeathsig=TERM", "--", *command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us alone
            preexec_fn=lambda: os.sched_setaffinity(0, on),
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as one:
            one.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            return one.recv(4096).startswith(b"HTTP/1.1")
    except OSError:
        return False


# -- the service -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Service:
    """PostgreSQL as durable as a real one, Redis, and databases with the schema and the lines."""

    urls: servers.Urls
    folder: Path
    postgres: psutil.Process

    def environment(self, database: str = servers.DATABASE) -> dict[str, str]:
        url = urlsplit(self.urls.database)._replace(path=f"/{database}").geturl()
        return SETTINGS | {"DATABASE_URL": url, "REDIS_URL": self.urls.redis}

    def connect(self, database: str = servers.DATABASE) -> psycopg.Connection:
        return psycopg.connect(self.urls.database, dbname=database)

    def copy(self, database: str) -> None:
        """Make one more database that is like the first."""
        with psycopg.connect(self.urls.database, dbname="postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {database} TEMPLATE {servers.DATABASE}")

    @contextmanager
    def web(
        self, database: str = servers.DATABASE, threads: int = 16, on: Collection[int] = ()
    ) -> Iterator[Web]:
        """The product's own web process, with logs and metrics on."""
        words = ["web", "--host", HOST, "--port", "{port}", "--threads", str(threads)]
        environment = self.environment(database) | {"PYTHONPATH": str(ROOT)}
        with web("callcentre", [*CALLCENTRE, *words], environment, self.folder, on) as running:
            yield running


@contextmanager
def service() -> Iterator[Service]:
    """Servers that are gone when the block ends, PostgreSQL with fsync and synchronous commit."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="callcentre-benchmark-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        urls = stack.enter_context(servers.throwaway(fsync=True))
        with psycopg.connect(urls.database) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                value = connection.execute(f"SHOW {setting}").fetchone()
                assert value == ("on",), f"{setting} is {value}"
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster is not None
        pin_all(postmaster, cores()[1])
        running = Service(urls, folder, postmaster)
        _callcentre(running, "migrate")
        for code, institutions in CODES.items():
            shared = len(institutions) > 1
            named = ("--keeper", "morogoro", "--name", "Huduma kwa Mteja") if shared else ()
            _callcentre(running, "line", "add", "ussd", code, *institutions, *named)
        _callcentre(running, "line", "add", "sms", "15001", *EVERYBODY, "--keeper", "morogoro")
        yield running


def _callcentre(running: Service, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "callcentre", *words],
        cwd=ROOT,
        env={**os.environ, **running.environment()},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Failed(f"callcentre {' '.join(words)} failed: {done.stderr.strip()}")


# -- the client ------------------------------------------------------------------------------


class Citizens:
    """Numbers and sessions, no two alike in one run."""

    def __init__(self) -> None:
        self._next = 0

    def session(self, code: str) -> "UssdSession":
        """A new session of a new number."""
        self._next += 1
        return UssdSession(f"ATUid_{self._next:032x}", f"+2557{12_000_000 + self._next:08}", code)

    def hop(self, code: str, transcript: str, mark: str = "") -> bytes:
        """One USSD request, from a new number in a new session."""
        return self.session(code).hop(transcript, mark)


@dataclass(frozen=True, slots=True)
class UssdSession:
    id: str
    number: str
    code: str

    def hop(self, transcript: str, mark: str = "") -> bytes:
        """One USSD request as Africa's Talking sends it."""
        echoed = {MARK: mark} if mark else {}
        return self._post("ussd", {"text": transcript}, echoed)

    def ended(self, transcript: str, mark: str) -> bytes:
        """The event after the session."""
        told = {"status": "Success", "input": transcript, "hopsMetadata": mark}
        return self._post("ussd/ended", told, {})

    def _post(self, hook: str, told: dict[str, str], headers: dict[str, str]) -> bytes:
        form = {
            "sessionId": self.id,
            "phoneNumber": self.number,
            "networkCode": "64004",
            "serviceCode": self.code,
            **told,
        }
        return post(f"/hooks/africastalking/{SECRET}/{hook}", urlencode(form), headers)


def post(path: str, form: str, headers: dict[str, str]) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HOST}",
        "User-Agent: at-ussd-api/1.0.0",
        "Accept: */*",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", form]).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    head: str
    body: str

    def header(self, name: str) -> str:
        for line in self.head.split("\r\n"):
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return ""


def ask(port: int, request: bytes) -> Answer:
    """One request on a connection of its own. Raises Failed unless the answer is a 200."""
    with socket.create_connection((HOST, port), timeout=10) as one:
        one.sendall(request)
        received = b""
        while (end := _end(received)) is None:
            more = one.recv(65536)
            if not more:
                raise Failed(f"the connection was closed after {received!r}")
            received += more
    head, _, body = received[:end].decode().partition("\r\n\r\n")
    if not head.startswith("HTTP/1.1 200"):
        raise Failed(f"answered {head.splitlines()[0]} {body}")
    return Answer(head, body)


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of load: what was answered, in which time, and what it cost."""

    answers: int
    seconds: float
    cpu: tuple[float, ...]  # processor seconds of each process tree that was watched
    client: float  # the share of its core that the client used

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def cost(self, which: int = 0) -> float:
        """Processor time for one answer, in milliseconds."""
        return 1000 * self.cpu[which] / self.answers


class _Connection:
    __slots__ = ("received", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""


def load(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int,
    seconds: float,
    starts: bytes,
    watch: Sequence[psutil.Process] = (),
) -> Run:
    """Keep every connection asking, one request after the other, for so many seconds.

    Every answer must be a 200 whose body begins with `starts`; anything else raises Failed.
    """
    asking = iter(requests)
    with ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        for _ in range(connections):
            one = _Connection(port)
            stack.callback(one.socket.close)
            ready.register(one.socket, selectors.EVENT_READ, one)
        opened = [key.data for key in list(ready.get_map().values())]
        cpu, mine, began = (
            [cpu_seconds(one) for one in watch],
            time.process_time(),
            time.monotonic(),
        )
        for one in opened:
            one.socket.sendall(next(asking))
        answers, waiting, until = 0, connections, began + seconds
        while waiting:
            events = ready.select(10)
            if not events:
                raise Failed("no answer within 10 seconds")
            going_on = time.monotonic() < until
            for key, _ in events:
                one = key.data
                one.received += one.socket.recv(65536)
                if _end(one.received) is None:
                    continue
                _check(one.received, starts)
                one.received = b""
                answers += 1
                if going_on:
                    one.socket.sendall(next(asking))
                else:
                    waiting -= 1
        took = time.monotonic() - began
        spent = tuple(cpu_seconds(one) - before for one, before in zip(watch, cpu, strict=True))
        return Run(answers, took, spent, (time.process_time() - mine) / took)


def _end(received: bytes) -> int | None:
    """Where the answer ends; None while some of it is missing."""
    blank = received.find(b"\r\n\r\n")
    if blank < 0:
        return None
    head = received[:blank].lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        raise Failed(f"an answer without its length: {received!r}")
    length = int(head[at + 17 :].split(b"\r\n", 1)[0])
    end = blank + 4 + length
    return end if len(received) >= end else None


def _check(received: bytes, starts: bytes) -> None:
    if not received.startswith(b"HTTP/1.1 200") or b"\r\n\r\n" + starts not in received:
        raise Failed(f"not the answer that was wanted: {received.decode(errors='replace')}")


# -- what is told ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        known = sorted(values)
        return cls(statistics.median(known), known[0], known[-1])

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)} to {_short(self.high)})"

    def as_json(self) -> dict[str, float]:
        return {"median": self.median, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of DESIGN 10: at least `wanted`, or None where it could not be measured."""

    name: str
    measured: Spread | None
    wanted: float
    most: bool = False  # at most

    @property
    def reached(self) -> bool | None:
        if self.measured is None:
            return None
        found = self.measured.median
        return found <= self.wanted if self.most else found >= self.wanted

    def __str__(self) -> str:
        measured = "not measured" if self.measured is None else str(self.measured)
        told = {True: "yes", False: "NO", None: "not known"}[self.reached]
        limit = f"at {'most' if self.most else 'least'} {_short(self.wanted)}"
        return f"{self.name}: {measured}, wanted {limit}, reached: {told}"


def tell(
    rows: dict[str, Spread], figures: Sequence[Figure], notes: Sequence[str], *, as_json: bool
) -> None:
    """Print everything: a row for each quantity, then a line for each figure."""
    if as_json:
        told = {
            "rows": {name: spread.as_json() for name, spread in rows.items()},
            "figures": [
                {
                    "name": one.name,
                    "measured": one.measured.as_json() if one.measured else None,
                    "wanted": one.wanted,
                    "reached": one.reached,
                }
                for one in figures
            ],
            "notes": list(notes),
        }
        print(json.dumps(told, indent=2))
        return
    width = max(map(len, rows))
    for name, spread in rows.items():
        print(f"{name:{width}}  {spread}")
    for note in notes:
        print(f"note: {note}")
    print()
    for figure in figures:
        print(figure)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
