"""A complaint through HTTP, durable, beside the same rows written by nothing but psycopg.

    python benchmarks/intake.py [--rounds N] [--seconds S] [--tickets N ...] [--json]

What is measured: how many complaints a second eight citizens file through the product's real web
process on one core (logs and metrics on), PostgreSQL with fsync and synchronous commit on another.
Each request is the whole last hop: the transcript with the words, from a number and a session of
its own, the header of the first hop echoed. It opens the ticket with its promises, its
acknowledgement in the outbox, its event and its conversation in one commit.

The baseline writes the same rows (taken from what one real hop wrote; that both write as many rows
of each table is checked at the end) on one connection with prepared statements, one commit for each
complaint, from the core on which the web process runs otherwise. Its values are drawn beforehand.

How to read it: each round runs both one after the other, and the ratio is made of one round's
rates; the median of all rounds is the figure. With `--tickets 10000 1000000` each size is a
database of its own with that many tickets on file, all of them loaded in every round, so that
growth is a ratio of one round too. A million takes some minutes and 4 GB to fill.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

# A script's own folder comes first on the path, and has files with the names of other modules.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from benchmarks import bench
from benchmarks.bench import Citizens, Figure, Run, Service, Spread, Web

CODE = "*149*51#"
WORDS = "Kisima cha Dumila kimeharibika tangu Juni, tunachota maji mtoni. Tumeshatoa taarifa mara 2"
TABLES = ("tickets", "promises", "messages", "events", "conversations")
CLIENTS = 8
WANTED_RATIO, WANTED_RATE = 0.25, 200
SPREAD = 7_368_787  # prime to ten million: the references of a series lie as far apart as real ones

Row = dict[str, Any]


def main() -> None:
    options = parse()
    with bench.ended_by_signals(), ExitStack() as stack:
        os.sched_setaffinity(0, {bench.cores()[1]})
        service = stack.enter_context(bench.service())
        sizes = [
            stack.enter_context(_Size(service, number, options.threads))
            for number in options.tickets
        ]
        for number in range(options.rounds + 1):  # the first warms them up
            for size in sizes if number % 2 else reversed(sizes):
                size.round(options.seconds, counts=number > 0)
        for size in sizes:
            size.compare_rows()
        report(sizes, as_json=options.json)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load on each in a round")
    parser.add_argument("--tickets", type=int, nargs="+", default=[10_000], help="on file before")
    parser.add_argument("--threads", type=int, default=16, help="of the web process")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


class _Size:
    """A database with so many tickets on file, the web process on it, and the baseline."""

    def __init__(self, service: Service, tickets: int, threads: int) -> None:
        self.service, self.tickets, self.threads = service, tickets, threads
        self.database = f"tickets_{tickets}"
        self.product: list[Run] = []
        self.plain: list[Run] = []
        self.citizens = Citizens()
        self.filed = 0

    def __enter__(self) -> "_Size":
        self._stack = ExitStack()
        with self._stack:
            self.service.copy(self.database)
            self.web: Web = self._stack.enter_context(self.service.web(self.database, self.threads))
            self.mark = bench.ask(self.web.port, self.citizens.hop(CODE, "")).header(bench.MARK)
            self.sample = self._what_a_hop_writes()
            if self.tickets:
                fill(self.service, self.database, self.sample, self.tickets)
            bench.pin_all(self.service.postgres, bench.cores()[1])
            self.before = self._counts()
            self.baseline = self._stack.enter_context(_Baseline(self.service, self))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def hops(self) -> Iterator[bytes]:
        for number in count():
            yield self.citizens.hop(CODE, f"1*1*1*{WORDS} {number}", self.mark)

    def round(self, seconds: float, *, counts: bool) -> None:
        product = bench.load(
            self.web.port,
            self.hops(),
            connections=CLIENTS,
            seconds=seconds,
            starts=b"CON ",
            watch=[self.web.process, self.service.postgres],
        )
        plain = self.baseline.run(seconds)
        self.filed += product.answers
        if counts:
            self.product.append(product)
            self.plain.append(plain)

    def _what_a_hop_writes(self) -> dict[str, list[Row]]:
        """The rows of one real hop, by table; the database holds no other ticket yet."""
        with self.service.connect(self.database) as connection:
            before = {table: _newest(connection, table) for table in TABLES}
            bench.ask(self.web.port, next(self.hops()))
            rows = {
                table: connection.cursor(row_factory=dict_row)
                .execute(
                    sql.SQL("SELECT * FROM {} WHERE id > %s ORDER BY id").format(
                        sql.Identifier(table)
                    ),
                    (before[table],),
                )
                .fetchall()
                for table in TABLES
            }
            others = _written_elsewhere(connection)
        for table, found in rows.items():
            if not found:
                raise bench.Failed(f"the last hop wrote nothing to {table}")
        if others:
            raise bench.Failed(f"the last hop writes to {others} too: add it to TABLES")
        return rows

    def _counts(self) -> dict[str, int]:
        with self.service.connect(self.database) as connection:
            return {table: _count(connection, table) for table in TABLES}

    def compare_rows(self) -> None:
        """Raises Failed unless both wrote as many rows of each table for a complaint."""
        written = {table: after - self.before[table] for table, after in self._counts().items()}
        complaints = self.filed + self.baseline.filed
        for table in TABLES:
            if written[table] != complaints * len(self.sample[table]):
                raise bench.Failed(
                    f"{complaints} complaints, but {written[table]} rows in {table} where one"
                    f" complaint has {len(self.sample[table])}"
                )


def _newest(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def _count(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def _written_elsewhere(connection: psycopg.Connection) -> list[str]:
    """Tables outside TABLES with rows in them, but for those that the set-up filled."""
    known = {*TABLES, "lines", "editions", "alembic_version"}
    names = connection.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).fetchall()
    return [name for (name,) in names if name not in known and _count(connection, name)]


# -- the baseline ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Insert:
    """One prepared INSERT of the columns that the product itself gives."""

    query: sql.Composed
    columns: tuple[str, ...]

    @classmethod
    def into(cls, connection: psycopg.Connection, table: str, returning: str = "") -> "_Insert":
        columns = tuple(
            name
            for (name,) in connection.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_identity = 'NO'"
                " AND is_generated = 'NEVER' AND column_name <> 'txid' ORDER BY ordinal_position",
                (table,),
            )
        )
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        )
        return cls(query + sql.SQL(returning), columns)

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        return [
            Jsonb(row[name]) if isinstance(row[name], dict) else row[name] for name in self.columns
        ]


class _Baseline:
    """A process of its own that writes a hop's rows with psycopg, on the web process's core."""

    def __init__(self, service: Service, size: "_Size") -> None:
        self.service, self.size, self.filed = service, size, 0

    def __enter__(self) -> "_Baseline":
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        url = self.service.environment(self.size.database)["DATABASE_URL"]
        self._process = spawn.Process(
            target=_write, args=(url, self.size.sample, bench.cores()[0], theirs), daemon=True
        )
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def run(self, seconds: float) -> Run:
        postgres = bench.cpu_seconds(self.service.postgres)
        self._pipe.send(seconds)
        if not self._pipe.poll(seconds + 60):
            raise bench.Failed("the baseline gave no answer")
        answers, took, mine = self._pipe.recv()
        self.filed += answers
        return Run(answers, took, (mine, bench.cpu_seconds(self.service.postgres) - postgres), 0)


def _write(url: str, sample: dict[str, list[Row]], core: int, pipe: Pipe) -> None:
    """File complaints for as long as is asked through the pipe; tell how many."""
    os.sched_setaffinity(0, {core})
    with psycopg.connect(url) as connection:
        connection.prepare_threshold = 0
        into = {table: _Insert.into(connection, table) for table in TABLES}
        into["tickets"] = _Insert.into(connection, "tickets", " RETURNING id")
        connection.commit()
        numbers = count(1)
        while True:
            try:
                seconds = pipe.recv()
            except EOFError:
                return
            drawn = [
                _Complaint.drawn(into, sample, next(numbers)) for _ in range(int(3000 * seconds))
            ]
            cpu, began = time.process_time(), time.monotonic()
            answers, until = 0, began + seconds
            for complaint in drawn:
                complaint.file(connection, into)
                answers += 1
                if time.monotonic() >= until:
                    break
            pipe.send((answers, time.monotonic() - began, time.process_time() - cpu))


@dataclass(frozen=True, slots=True)
class _Complaint:
    """The values of one complaint's rows; where it says so the ticket's id is still missing."""

    values: dict[str, list[list[Any]]]
    of_ticket: dict[str, int | None] = field(default_factory=dict)  # the place of ticket_id

    @classmethod
    def drawn(
        cls, into: Mapping[str, _Insert], sample: Mapping[str, list[Row]], number: int
    ) -> "_Complaint":
        fresh: dict[str, Row] = {
            "tickets": {"ref": _reference(number, "b"), "number_print": os.urandom(16)},
            "messages": {"key": f"ticket:b{number}:acknowledge"},
            "events": {"salt": os.urandom(16), "hash": os.urandom(32)},
            "conversations": {"key": os.urandom(16), "who": os.urandom(16)},
        }
        values = {
            table: [into[table].values(row | fresh.get(table, {})) for row in sample[table]]
            for table in TABLES
        }
        places = {
            table: one.columns.index("ticket_id") if "ticket_id" in one.columns else None
            for table, one in into.items()
        }
        return cls(values, places)

    def file(self, connection: psycopg.Connection, into: Mapping[str, _Insert]) -> None:
        cursor = connection.cursor()
        (ticket,) = self.values["tickets"]
        found = cursor.execute(into["tickets"].query, ticket).fetchone()
        assert found is not None
        for table in TABLES[1:]:
            rows, place = self.values[table], self.of_ticket[table]
            for row in rows:
                if place is not None:
                    row[place] = found[0]
            if len(rows) == 1:
                cursor.execute(into[table].query, rows[0])
            else:
                cursor.executemany(into[table].query, rows)
        connection.commit()


def _reference(number: int, letter: str) -> str:
    """As long and as scattered as a real one, which has a digit where this has its letter."""
    year = time.strftime("%y")
    return f"{year}-{number * SPREAD % 10_000_000:07}{letter}"


# -- tickets on file -------------------------------------------------------------------------

# Nine in ten are closed, their promises kept and their message delivered; the rest are open.
# Conversations are kept for a day: one ticket in a hundred has one.
FILLED = {
    "tickets": {
        "id": "n",
        "ref": "to_char(now(), 'YY-') || lpad((n * {spread} % 10000000)::text, 7, '0') || 'f'",
        "words": "'Kero ya ' || md5(n::text) || ' ' || words",
        "number_print": "decode(md5('number' || n * 2 / 3), 'hex')",
        "opened_at": "{opened}",
        "touched_at": "{opened}",
        "acknowledged_at": "CASE WHEN {closed} THEN {opened} + interval '1 hour' END",
        "assigned_at": "CASE WHEN {closed} THEN {opened} + interval '2 hours' END",
        "answered_at": "CASE WHEN {closed} THEN {opened} + interval '9 days' END",
        "closed_at": "CASE WHEN {closed} THEN {opened} + interval '12 days' END",
    },
    "promises": {
        "ticket_id": "n",
        "received_at": "{opened}",
        "due_at": "due_at - (now() - {opened})",
        "kept_at": "CASE WHEN {closed} THEN {opened} + interval '9 days' END",
        "kept_by": "CASE WHEN {closed} THEN 'answer' END",
    },
    "messages": {
        "key": "'ticket:' || n || ':acknowledge'",
        "ticket_id": "n",
        "posted_at": "{opened}",
        "next_at": "{opened}",
        "expires_at": "{opened} + interval '3 days'",
        "held": "NOT {closed}",
        "accepted_at": "CASE WHEN {closed} THEN {opened} + interval '2 minutes' END",
        "delivered_at": "CASE WHEN {closed} THEN {opened} + interval '3 minutes' END",
    },
    "events": {
        "ticket_id": "n",
        "at": "{opened}",
        "hash": "sha256(n::text::bytea)",
        "txid": "n / 10",
    },
    "conversations": {
        "key": "decode(md5('session' || n), 'hex')",
        "who": "decode(md5('who' || n), 'hex')",
    },
}
OPENED = "(now() - interval '1 year' * (1 - n::float8 / {tickets}))"
CLOSED = "(n % 10 <> 0)"


def fill(service: Service, database: str, sample: dict[str, list[Row]], tickets: int) -> None:
    """Put tickets on file like the one that a real hop wrote, over the last year."""
    values = {
        "spread": str(SPREAD),
        "opened": OPENED.format(tickets=tickets),
        "closed": CLOSED,
    }
    with service.connect(database) as connection:
        connection.execute("SET synchronous_commit = off")
        for table in TABLES:
            wanted = {name: text.format(**values) for name, text in FILLED[table].items()}
            columns = [
                name for name in _Insert.into(connection, table).columns if name not in wanted
            ]
            last = max(1, tickets // 100) if table == "conversations" else tickets
            for row in sample[table]:
                query = sql.SQL(
                    "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
                    " SELECT {values} FROM {table} one, generate_series({first}::bigint, {last}) n"
                    " WHERE one.id = {id}"
                ).format(
                    table=sql.Identifier(table),
                    columns=sql.SQL(", ").join(map(sql.Identifier, [*wanted, *columns])),
                    values=sql.SQL(", ").join(
                        [*map(sql.SQL, wanted.values()), *map(sql.Identifier, columns)]
                    ),
                    first=sql.Literal(FIRST),
                    last=sql.Literal(FIRST + last - 1),
                    id=sql.Literal(row["id"]),
                )
                connection.execute(query)
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('tickets', 'id'), max(id)) FROM tickets"
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


FIRST = 1000  # the ids before are those of the sample


# -- what is told ----------------------------------------------------------------------------


def report(sizes: list[_Size], *, as_json: bool) -> None:
    rows: dict[str, Spread] = {}
    figures = []
    for size in sizes:
        name = f"{size.tickets:,} tickets"
        both = list(zip(size.product, size.plain, strict=True))
        rates = Spread.of(one.rate for one in size.product)
        ratio = Spread.of(one.rate / other.rate for one, other in both)
        rows |= {
            f"{name}: complaints/s through HTTP": rates,
            f"{name}: complaints/s by psycopg": Spread.of(one.rate for one in size.plain),
            f"{name}: ratio": ratio,
            f"{name}: CPU ms of the web process": Spread.of(one.cost() for one in size.product),
            f"{name}: CPU ms of PostgreSQL": Spread.of(one.cost(1) for one in size.product),
            f"{name}: CPU ms of PostgreSQL, psycopg": Spread.of(one.cost(1) for one in size.plain),
            f"{name}: complaints/s a core of the web": Spread.of(
                1000 / one.cost() for one in size.product
            ),
        }
        figures += [
            Figure(f"last hop / prepared psycopg, {name} on file", ratio, WANTED_RATIO),
            Figure(f"last hop a second on one core, {name} on file", rates, WANTED_RATE),
        ]
    for size in sizes[1:]:
        grown = list(zip(size.product, sizes[0].product, strict=True))
        names = f"{size.tickets:,} / {sizes[0].tickets:,} tickets"
        rows[f"growth, rate at {names}"] = Spread.of(one.rate / other.rate for one, other in grown)
    bench.tell(rows, figures, [], as_json=as_json)


if __name__ == "__main__":
    main()
