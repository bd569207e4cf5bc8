"""The outbox at work: how fast it drains, how late an acknowledgement is, what an idle one asks.

    python benchmarks/outbox.py [--what drain acks flood idle] [--rounds N] [--messages N]
                                [--rate R] [--seconds S] [--bulk N] [--json]

All of it is real: `callcentre web`, `worker` and `clock` with their logs, PostgreSQL with fsync and
synchronous commit, Redis. Only the provider (benchmarks/provider.py) is made for this: it speaks
Africa's Talking's API, answers each send after 200 ms, and reports each message to the web's own
hook, as Sent half a second later and as Success after another second. Nothing is kept to a core of
its own: all of them, the provider and the citizens share the machine.

drain   So many acknowledgements of as many complaints wait, each to a number of its own; one worker
        is started. Told is messages a second from the first hand-over to the last, and until the
        last report was taken, when every promise is kept; with the processor time of each process
        for one message. Beside it, in the same round, the same client with as many threads sends
        as many messages that nobody reports, with no database: the most that one process can do.
acks    So many USSD sessions a second file a complaint and press 1 (it is my phone), which releases
        the acknowledgement. Told is the time from that key to the hand-over to the provider.
flood   The same, while a flood of notices waits, posted before the first session.
idle    Nobody calls. Told is how many statements web, worker and clock make in a second, counted in
        PostgreSQL's own log; the BEGIN and COMMIT of each transaction are told apart.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

# A script's own folder comes first on the path, and has files with the names of other modules.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import psutil
import psycopg
import redis

from benchmarks import bench
from benchmarks.bench import Citizens, Figure, Service, Spread, UssdSession, Web

CODE = "*149*51#"
WORDS = "Kisima cha Dumila kimeharibika tangu Juni, tunachota maji mtoni"
ANSWER_AFTER = 0.2  # seconds until the provider answers a send
REPORTS = 2  # of each message
SOON = 10.0  # seconds within which an acknowledgement is to be handed over
SETTLING = 30.0  # seconds that an idle system is left alone first
PATIENCE = 120.0  # seconds without any progress
WANTED_RATE, WANTED_SOON, WANTED_QUERIES = 200, 0.95, 5
LIMITS = """
prefixes = ["+255"]
[prices.africastalking]
"+255" = 22
[minutes.africastalking]
"+255" = 150
[budget]
default = 1_000_000_000
[caps]
reply = 1_000
alert = 1_000
notice = 1_000
call = 1_000
line = 1_000
day = 1_000_000_000
[rates]
[receipts]
none = []
"""

Rows = dict[str, Spread]
Told = tuple[Rows, list[Figure]]


def main() -> None:
    options = parse()
    rows: Rows = {}
    figures: list[Figure] = []
    before = os.getloadavg()[0]
    with bench.ended_by_signals(), bench.service() as service:
        bench.pin_all(service.postgres, *bench.cores())
        (service.folder / "limits.toml").write_text(LIMITS)
        for what in options.what:
            told, reached = MEASURED[what](service, options)
            rows |= told
            figures += reached
    loads = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    bench.tell(rows, figures, [loads], as_json=options.json)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--what", nargs="+", choices=MEASURED, default=list(MEASURED))
    parser.add_argument("--rounds", type=int, default=3, help="of drain")
    parser.add_argument("--messages", type=int, default=6000, help="that wait in a round of drain")
    parser.add_argument("--rate", type=float, default=20, help="complaints a second")
    parser.add_argument("--seconds", type=float, default=60, help="of acks, flood and idle")
    parser.add_argument("--bulk", type=int, default=20_000, help="notices that wait in flood")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# -- the system ------------------------------------------------------------------------------


class Provider:
    """The provider's process, and what it has on record."""

    def __init__(self, running: Web) -> None:
        self.running = running

    def counts(self) -> dict[str, float]:
        return dict(self._get("/counts"))

    def handed(self) -> list[tuple[str, float]]:
        """Each number and when (seconds of the epoch) its message was handed over, in order."""
        return [(number, at) for number, at in self._get("/handed")]

    def _get(self, path: str) -> Any:
        connection = http.client.HTTPConnection(bench.HOST, self.running.port, timeout=10)
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        finally:
            connection.close()


@contextmanager
def provider(service: Service, hook: str = "") -> Iterator[Provider]:
    command = [sys.executable, "-P", "-m", "benchmarks.provider", "--port", "{port}"]
    command += ["--answer-after", str(ANSWER_AFTER), "--hook", hook]
    environment = {"PYTHONPATH": str(bench.ROOT)}
    with bench.web("provider", command, environment, service.folder, bench.cores()) as running:
        yield Provider(running)


class System:
    """Web, clock, the provider, and a worker once it is wanted, on a database of their own."""

    def __init__(self, service: Service, database: str) -> None:
        self.service, self.database = service, database

    def __enter__(self) -> "System":
        with ExitStack() as stack:
            self.service.copy(self.database)
            with redis.Redis.from_url(self.service.urls.redis) as queue:
                queue.flushall()
                self.redis = psutil.Process(queue.info()["process_id"])
            self.web = stack.enter_context(self.service.web(self.database, on=bench.cores()))
            hook = f"http://{bench.HOST}:{self.web.port}/hooks/africastalking/{bench.SECRET}"
            self.provider = stack.enter_context(provider(self.service, f"{hook}/sms/receipt"))
            self.clock = stack.enter_context(self._program("clock"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_worker(self) -> None:
        self.worker = self._stack.enter_context(self._program("worker"))

    def environment(self) -> dict[str, str]:
        return environment(self.service, self.provider, self.database)

    def processes(self) -> dict[str, psutil.Process]:
        return {
            "worker": self.worker,
            "web": self.web.process,
            "clock": self.clock,
            "PostgreSQL": self.service.postgres,
            "Redis": self.redis,
            "provider": self.provider.running.process,
        }

    def await_handed(self, number: float) -> None:
        self._await("handed", number)

    def await_reported(self, number: float) -> None:
        """Until so many reports were taken. Raises Failed if one was refused."""
        self._await("reported", number)
        if refused := self.provider.counts()["refused"]:
            raise bench.Failed(f"{refused:.0f} delivery reports were refused")

    def _await(self, what: str, number: float) -> None:
        last, since = -1.0, time.monotonic()
        while (reached := self.provider.counts()[what]) < number:
            if reached > last:
                last, since = reached, time.monotonic()
            if time.monotonic() > since + PATIENCE:
                raise bench.Failed(f"{what}: {reached:.0f} of {number:.0f}, and no more came")
            time.sleep(0.1)

    @contextmanager
    def _program(self, name: str) -> Iterator[psutil.Popen]:
        log = self.service.folder / f"{name}-{self.database}.log"
        command = [*bench.CALLCENTRE, name]
        with bench.program(command, self.environment(), log, bench.cores()) as process:
            yield process


def environment(service: Service, sends_to: Provider, database: str) -> dict[str, str]:
    return service.environment(database) | {
        "PYTHONPATH": str(bench.ROOT),
        "AFRICASTALKING_API_URL": f"http://{bench.HOST}:{sends_to.running.port}",
        "LIMITS": str(service.folder / "limits.toml"),
    }


def elsewhere(environment: Mapping[str, str], work: Callable[..., None], *given: Any) -> None:
    """Do something in a process of its own with these settings. Raises Failed if it fails."""
    spawned = multiprocessing.get_context("spawn").Process(
        target=_with, args=(environment, work, given)
    )
    spawned.start()
    spawned.join()
    if spawned.exitcode:
        raise bench.Failed(f"{work.__name__} failed")


def _with(environment: Mapping[str, str], work: Callable[..., None], given: Any) -> None:
    os.environ |= environment
    work(*given)


def number(place: int) -> str:
    return f"+2557{20_000_000 + place:08}"


# -- drain -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drain:
    """One round: messages a second, and milliseconds of processor time for one by process."""

    handed: float
    proven: float  # until the last report was taken
    most: float  # with no database
    cpu: Mapping[str, float]


def drain(service: Service, options: argparse.Namespace) -> Told:
    rounds = [
        _drain(service, f"drain_{place}", options.messages) for place in range(options.rounds)
    ]
    rows = {
        "drain: messages a second": Spread.of(one.handed for one in rounds),
        "drain: the same until all reports are taken": Spread.of(one.proven for one in rounds),
        "drain: the same client with no database": Spread.of(one.most for one in rounds),
        "drain: ratio to that": Spread.of(one.handed / one.most for one in rounds),
    }
    for name in rounds[0].cpu:
        rows[f"drain: ms of {name} for a message"] = Spread.of(one.cpu[name] for one in rounds)
    wanted = "messages a second, drained by one worker"
    return rows, [Figure(wanted, rows["drain: messages a second"], WANTED_RATE)]


def _drain(service: Service, database: str, messages: int) -> Drain:
    with System(service, database) as system:
        elsewhere(system.environment(), fill, messages)
        system.start_worker()
        system.await_handed(1)
        before = {name: bench.cpu_seconds(one) for name, one in system.processes().items()}
        system.await_reported(messages * REPORTS)
        cpu = {
            name: 1000 * (bench.cpu_seconds(one) - before[name]) / messages
            for name, one in system.processes().items()
        }
        handed = system.provider.handed()
        last_report = system.provider.counts()["last_report"]
    _check_all_delivered(service, database, messages, handed)
    first, last = handed[0][1], handed[-1][1]
    most = _most(service, database, messages)
    return Drain(messages / (last - first), messages / (last_report - first), most, cpu)


def _most(service: Service, database: str, messages: int) -> float:
    """Messages a second that the same client hands over with nothing else to do."""
    with provider(service) as alone:
        elsewhere(environment(service, alone, database), send_only, messages)
        handed = alone.handed()
    return len(handed) / (handed[-1][1] - handed[0][1])


def fill(count: int) -> None:
    """Complaints whose acknowledgements may go at once, each to a number of its own."""
    from callcentre import clock, db
    from callcentre.lines import newest
    from callcentre.tickets import intake

    for start in range(0, count, 500):
        with db.session() as session:
            edition, now = newest(session), clock.now()
            for place in range(start, min(start + 500, count)):
                institution = bench.EVERYBODY[place % len(bench.EVERYBODY)]
                line = edition.first("ussd", institution)
                assert line is not None
                said = intake.Opening(
                    kind="complaint",
                    institution=institution,
                    topic=None,
                    identity="secret",
                    words=f"{WORDS} {place}",
                    channel="ussd",
                    line=line,
                    language="sw",
                    number=number(place),
                    received_at=now,
                    confirmed=True,
                )
                intake.open_ticket(session, said, edition, now)
    _analyse()


def _analyse() -> None:
    """What autovacuum would have done by the time that so much is on file."""
    from sqlalchemy import text

    from callcentre import db

    with db.engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def send_only(count: int) -> None:
    """Hand over as many messages as a worker does, with as many threads and the same client."""
    from callcentre.outbox import Outgoing
    from callcentre.providers import AT_ONCE
    from callcentre.sms.providers import africastalking

    def send(place: int) -> None:
        message = Outgoing(
            message_id=place,
            attempt_id=place,
            provider=africastalking.NAME,
            sender="15001",
            to=number(place),
            text=WORDS,
            link=None,
        )
        assert africastalking.send(message).outcome == "accepted"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(send, range(count)):
            pass


def _check_all_delivered(
    service: Service, database: str, messages: int, handed: Sequence[tuple[str, float]]
) -> None:
    """Raises Failed unless each was handed over once, is delivered, and has its promise kept."""
    twice = len(handed) - len({number for number, _ in handed})
    with service.connect(database) as connection:
        delivered = _one(connection, "SELECT count(*) FROM messages WHERE status = 'delivered'")
        kept = _one(connection, "SELECT count(*) FROM promises WHERE kept_by = 'receipt'")
    if (twice, delivered, kept) != (0, messages, messages):
        raise bench.Failed(
            f"of {messages} messages {twice} were handed over twice, {delivered} are delivered"
            f" and {kept} promises kept"
        )


def _one(connection: psycopg.Connection, query: str) -> int:
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return int(found[0])


# -- acknowledgements ------------------------------------------------------------------------


def acks(service: Service, options: argparse.Namespace) -> Told:
    with System(service, "acks") as system:
        system.start_worker()
        return _acks("acks", system, options)


def flood(service: Service, options: argparse.Namespace) -> Told:
    with System(service, "flood") as system:
        elsewhere(system.environment(), post_notices, options.bulk)
        system.start_worker()
        system.await_handed(1)
        rows, figures = _acks("flood", system, options)
        sent = Counter(number >= number_of_notices() for number, _ in system.provider.handed())
        rows["flood: notices handed over meanwhile"] = Spread.of([sent[True]])
    return rows, figures


def number_of_notices() -> str:
    """Numbers from this one on got notices."""
    return number(0)


def post_notices(count: int) -> None:
    """Notices that may go now, at whatever hour it is: they were posted yesterday at noon."""
    from callcentre import clock, db, outbox, vault

    noon = (clock.now() - timedelta(days=1)).replace(hour=9, minute=0)
    drafts = [
        outbox.Draft(
            key=f"bulk:{place}",
            sealed_to=vault.seal(number(place)),
            text=WORDS,
            parts=1,
            institution=bench.EVERYBODY[place % len(bench.EVERYBODY)],
            routes=(outbox.Route("africastalking", "15001"),),
            kind="notice",
        )
        for place in range(count)
    ]
    with db.session() as session:
        outbox.post_many(session, drafts, noon)
    _analyse()


def _acks(name: str, system: System, options: argparse.Namespace) -> Told:
    released = _released(system.web.port, options.rate, options.seconds)
    deadline = time.monotonic() + PATIENCE
    while True:
        handed: dict[str, float] = {}
        for number, at in system.provider.handed():
            handed.setdefault(number, at)
        if released.keys() <= handed.keys():
            break
        if time.monotonic() > deadline:
            raise bench.Failed(f"{len(released.keys() - handed.keys())} acknowledgements are lost")
        time.sleep(0.5)
    waits = sorted(handed[number] - at for number, at in released.items())
    soon = sum(wait <= SOON for wait in waits) / len(waits)
    at95 = statistics.quantiles(waits, n=20)[-1]
    rows = {
        f"{name}: seconds from key to hand-over, median": Spread.of([statistics.median(waits)]),
        f"{name}: seconds, 95 of 100": Spread.of([at95]),
        f"{name}: seconds, the slowest": Spread.of([waits[-1]]),
        f"{name}: acknowledgements": Spread.of([len(waits)]),
    }
    told = f"share of acknowledgements within {SOON:.0f} s ({name})"
    return rows, [Figure(told, Spread.of([soon]), WANTED_SOON)]


def _released(port: int, rate: float, seconds: float) -> dict[str, float]:
    """Let citizens complain at an even pace; when (seconds of the epoch) each pressed 1."""
    citizens, began = Citizens(), time.monotonic()
    with ThreadPoolExecutor(64) as threads:
        told = []
        for place in range(int(rate * seconds)):
            time.sleep(max(0.0, began + place / rate - time.monotonic()))
            told.append(threads.submit(_complain, port, citizens.session(CODE), place))
        return dict(one.result() for one in told)


def _complain(port: int, session: UssdSession, place: int) -> tuple[str, float]:
    """One whole session, and when its citizen said that the phone is his."""
    mark = bench.ask(port, session.hop("")).header(bench.MARK)
    words = f"1*1*1*{WORDS} {place}"
    filed = bench.ask(port, session.hop(words, mark)).body
    if not filed.startswith("CON "):
        raise bench.Failed(f"no complaint was filed: {filed}")
    released = time.time()
    shown = bench.ask(port, session.hop(f"{words}*1", mark)).body
    if not shown.startswith("CON "):
        raise bench.Failed(f"the phone was not taken for his: {shown}")
    bench.ask(port, session.ended(f"{words}*1", mark))
    return session.number, released


# -- idle ------------------------------------------------------------------------------------

_STATEMENT = re.compile(r" LOG:  (?:statement|execute [^:]*): (\w+)")
_FRAME = {"BEGIN", "COMMIT", "ROLLBACK"}


def idle(service: Service, options: argparse.Namespace) -> Told:
    with service.connect() as connection:
        data = connection.execute("SHOW data_directory").fetchone()
    assert data is not None
    log = Path(data[0]).with_suffix(".log")
    with System(service, "idle") as system:
        system.start_worker()
        _log_statements(service, "all")
        time.sleep(SETTLING)
        start = log.stat().st_size
        time.sleep(options.seconds)
        with log.open("rb") as written:
            written.seek(start)
            lines = written.read().decode(errors="replace").splitlines()
        _log_statements(service, "none")
    words = Counter(found[1].upper() for line in lines if (found := _STATEMENT.search(line)))
    frame = sum(words[word] for word in _FRAME)
    queries = (sum(words.values()) - frame) / options.seconds
    if not queries:
        sys.exit("idle: no statement was counted: web, worker and clock are not running")
    rows = {
        "idle: queries a second": Spread.of([queries]),
        "idle: BEGIN, COMMIT and ROLLBACK a second": Spread.of([frame / options.seconds]),
    }
    told = Spread.of([sum(words.values()) / options.seconds])
    return rows, [Figure("statements a second of an idle system", told, WANTED_QUERIES, most=True)]


def _log_statements(service: Service, which: str) -> None:
    with psycopg.connect(service.urls.database, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'".encode())
        connection.execute("SELECT pg_reload_conf()")


MEASURED: dict[str, Callable[[Service, argparse.Namespace], Told]] = {
    "drain": drain,
    "acks": acks,
    "flood": flood,
    "idle": idle,
}

if __name__ == "__main__":
    main()
