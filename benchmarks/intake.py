"""The last hop of a complaint through HTTP, beside the same rows by prepared psycopg.

    python benchmarks/intake.py [--rounds N] [--seconds S] [--tickets N] [--json]

What is measured: how many complaints one web process on one core files in a second for 8 clients.
The hop is the one that carries the words: it opens the ticket with its promises, posts the
acknowledgement, writes the first event and stores the session, in one commit that is on the disk
(fsync and synchronous_commit on) before it is answered. Each comes from a number and a session of
its own, with the header echoed; logs and metrics are on.

The baseline writes the same rows, as one real hop left them in the tables, on ONE connection with
prepared statements and nothing else: no HTTP, no parsing, no reading, no sealing. Both run in turn
on the same core against the same PostgreSQL, which has the other core. `--tickets` fills the tables
first, to see how the rate goes with what is on file.

How to read it: a ratio is made of the two rates of one round, the median of all rounds is the
figure. "A core" is what one web process files that has a core to itself; the processor time for one
complaint is told beside it, since PostgreSQL and the client share the other core.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A script's own folder comes first on the path, and has files with the names of other modules.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import psutil
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks import bench
from benchmarks.bench import Citizens, Figure, Run, Service, Spread, Web

CODE, WORDS = "*149*52#", "1*1*1*Maji hayatoki mtaa wa Buguruni tangu Juni"
STARTS = b"CON Limepokelewa"
CLIENTS = 8
TABLES = ("tickets", "promises", "messages", "events", "conversations")
GIVEN_BY_THE_DATABASE = {"id", "status", "txid"}

FILL = """
INSERT INTO tickets (ref, kind, institution, charter_version, placed, unit, topic, identity,
                     channel, line, language, words, sealed_number, number_print, wrong_codes,
                     opened_at, touched_at, acknowledged_at)
SELECT 'f-' || n, 'complaint', 'sengerema', '2008-2012', true, '8.8', 'water', 'secret', 'ussd',
       '*149*52#', 'sw', 'Maji hayatoki mtaa wa Buguruni tangu Juni ' || n,
       decode(repeat(md5(n::text), 4), 'hex'), decode(md5(n::text), 'hex'), 0,
       now() - n * interval '1 minute', now(), now()
FROM generate_series(1, %(count)s) n;
INSERT INTO promises (ticket_id, kind, internal, received_at, due_at, period_amount, period_unit,
                      clause, kept_at)
SELECT t.id, k.kind, false, t.opened_at, now() + interval '20 days', 7, 'working_days', '{}',
       CASE WHEN k.kind = 'acknowledge' THEN now() END
FROM tickets t, (VALUES ('acknowledge'), ('answer')) k (kind);
INSERT INTO messages (key, ticket_id, institution, sender, provider, text, parts, kind, priority,
                      posted_at, next_at, expires_at, held, tries, accepted_at, delivered_at, wipe)
SELECT 'fill:' || id, id, 'sengerema', '15001', 'africastalking', 'tumepokea', 1, 'reply', 1,
       opened_at, opened_at, now(), false, 1, now(), now(), false FROM tickets;
INSERT INTO events (ticket_id, seq, at, kind, actor, body, salt, body_hash, previous, hash)
SELECT id, 1, opened_at, 'opened', 'citizen', '{}', '\\x00', '\\x00', '\\x00', '\\x00' FROM tickets;
"""


def main() -> None:
    options = parse()
    with bench.ended_by_signals(), bench.service() as service:
        if options.tickets:
            fill(service, options.tickets)
        with service.web() as web:
            measure(service, web, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each in a round")
    parser.add_argument("--tickets", type=int, default=0, help="on file before it begins")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def fill(service: Service, count: int) -> None:
    """So many tickets with their rows, and what the planner should know of them."""
    with service.connect() as connection:
        connection.autocommit = True
        for statement in FILL.split(";\n"):
            if statement.strip():
                connection.execute(statement, {"count": count} if "%(" in statement else None)
        connection.execute("VACUUM ANALYZE")


# -- the same rows, by hand ------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """What one real hop wrote: for each table its columns and the rows' values."""

    tables: Mapping[str, tuple[list[str], list[dict[str, Any]]]]

    @classmethod
    def of_one_hop(cls, service: Service, web: Web, citizens: Citizens, mark: str) -> "Rows":
        with service.connect() as connection:
            newest = {name: _newest(connection, name) for name in TABLES}
            bench.ask(web.port, citizens.hop(CODE, WORDS, mark))
            connection.rollback()
            return cls({name: _since(connection, name, newest[name]) for name in TABLES})


def _newest(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    assert row is not None
    found: int = row[0]
    return found


def _since(
    connection: psycopg.Connection, table: str, newest: int
) -> tuple[list[str], list[dict[str, Any]]]:
    query = sql.SQL("SELECT * FROM {} WHERE id > %s ORDER BY id").format(sql.Identifier(table))
    cursor = connection.execute(query, [newest])
    assert cursor.description is not None
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [name for name in names if name not in GIVEN_BY_THE_DATABASE], rows


def by_hand(connection: psycopg.Connection, rows: Rows, seconds: float) -> Run:
    """Write the rows again and again, a commit for each complaint, for so many seconds."""
    statements = {name: _insert(name, columns) for name, (columns, _) in rows.tables.items()}
    me, complaints = psutil.Process(), 0
    began, cpu = time.monotonic(), bench.cpu_seconds(me)
    while time.monotonic() - began < seconds:
        ticket_id = 0
        for name, values in _fresh(rows):
            given = values | ({"ticket_id": ticket_id} if "ticket_id" in values else {})
            written = connection.execute(statements[name], given, prepare=True).fetchone()
            if name == "tickets" and written is not None:
                ticket_id = written[0]
        connection.commit()
        complaints += 1
    took = time.monotonic() - began
    return Run(complaints, took, (bench.cpu_seconds(me) - cpu,), 0.0)


def _insert(table: str, columns: list[str]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )


def _fresh(rows: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows with new values where a table wants no two alike."""
    unique = secrets.token_hex(8)
    for name, (columns, found) in rows.tables.items():
        for row in found:
            values = {column: _value(row[column]) for column in columns}
            if name == "tickets":
                values["ref"] = unique
            elif name == "messages":
                values["key"] = f"ticket:{unique}:acknowledge"
            elif name == "conversations":
                values["key"] = unique.encode()
            yield name, values


def _value(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


# -- rounds ----------------------------------------------------------------------------------


def measure(service: Service, web: Web, options: argparse.Namespace) -> None:
    citizens = Citizens()
    mark = bench.ask(web.port, citizens.hop(CODE, "")).header(bench.MARK)
    rows = Rows.of_one_hop(service, web, citizens, mark)
    ours: list[Run] = []
    hand: list[Run] = []
    with service.connect() as connection:
        for _ in range(options.rounds + 1):
            os.sched_setaffinity(0, {bench.cores()[1]})
            ours.append(through_http(service, web, citizens, mark, options.seconds))
            os.sched_setaffinity(0, {bench.cores()[0]})
            hand.append(by_hand(connection, rows, options.seconds))
    report(ours[1:], hand[1:], rows, options)  # the first round warms both up


def through_http(service: Service, web: Web, citizens: Citizens, mark: str, seconds: float) -> Run:
    hops = (citizens.hop(CODE, WORDS, mark) for _ in iter(int, 1))
    return bench.load(
        web.port,
        hops,
        connections=CLIENTS,
        seconds=seconds,
        starts=STARTS,
        watch=(web.process, service.postgres),
    )


def report(ours: list[Run], hand: list[Run], rows: Rows, options: argparse.Namespace) -> None:
    ratios = [one.rate / other.rate for one, other in zip(ours, hand, strict=True)]
    told = {
        "through HTTP: complaints/s": Spread.of(run.rate for run in ours),
        "through HTTP: CPU ms of the web": Spread.of(run.cost(0) for run in ours),
        "through HTTP: CPU ms of PostgreSQL": Spread.of(run.cost(1) for run in ours),
        "through HTTP: share of the client's core": Spread.of(run.client for run in ours),
        "by hand: complaints/s": Spread.of(run.rate for run in hand),
        "by hand: CPU ms of the writer": Spread.of(run.cost() for run in hand),
    }
    figures = [
        Figure("last hop / the same rows by prepared psycopg", Spread.of(ratios), 0.25),
        Figure("last hops a second and core", Spread.of(run.rate for run in ours), 200),
    ]
    written = ", ".join(f"{len(found)} {name}" for name, (_, found) in rows.tables.items())
    notes = [
        f"one hop writes {written}",
        f"{options.tickets:,} tickets on file, {CLIENTS} clients, fsync and synchronous_commit on",
    ]
    bench.tell(told, figures, notes, as_json=options.json)


if __name__ == "__main__":
    main()
