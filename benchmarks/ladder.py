"""The ladder among many open promises: finding what is due, and ten thousand steps in one minute.

    python benchmarks/ladder.py [--promises 10000 1000000] [--rounds 99] [--json]

Three things, on tickets of one council whose citizens have confirmed numbers, PostgreSQL with fsync
and synchronous commit:

- Finding 1,000 due: the product's look beside the one indexed statement, prepared, on a bare
  psycopg connection, in alternation; told is the median ratio of a round, the growth from the first
  size to the last, and the pages which the statement touches.
- One breach: from the moment at which it is due to the alert in the outbox. The clock looks every
  ten seconds; told is that and the time which the step takes.
- 10,000 dates broken in the same minute, every citizen told besides: the whole time of one process
  that takes all of them, as the clock does while Redis is away. With Redis, workers share it.
"""

import argparse
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import psycopg

from scripts.local import servers

RECEIVED = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DUE = datetime(2026, 12, 23, 12, 30, tzinfo=UTC)  # 30 days later, as Sengerema promises
NOW = DUE + timedelta(seconds=10)
FOUND, BURST = 1_000, 10_000
UNITS = ["8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "8.8", "8.9", "8.10-kilimo"]
WANTED_RATIO, WANTED_SECONDS, WANTED_ALERT = 3.0, 300.0, 60.0

TICKETS = """
INSERT INTO tickets (ref, kind, institution, charter_version, placed, unit, identity, channel,
                     line, language, words, sealed_number, number_confirmed_at, wrong_codes,
                     opened_at, touched_at)
SELECT 'fill-' || :name || n, 'complaint', 'sengerema', '2008-2012', true,
       (CAST(:units AS text[]))[1 + n % 10], 'secret', 'ussd', '*149*52#', 'sw',
       'Barabara haipitiki tangu Juni', :number, :received, 0, :received, :received
FROM generate_series(1, :count) n
"""
PROMISES = """
INSERT INTO promises (ticket_id, kind, internal, received_at, due_at, period_amount, period_unit,
                      clause, next_step, next_step_at)
SELECT id, 'answer', false, :received, :due, 30, 'days', '{}', :step,
       CAST(:step_at AS timestamptz) + CAST(:apart AS interval) * row_number() OVER ()
FROM tickets WHERE ref LIKE 'fill-' || :name || '%'
"""
FIND = "SELECT id FROM promises WHERE next_step_at < %(now)s ORDER BY next_step_at LIMIT %(limit)s"


def fill(name: str, count: int, *, step: int, step_at: datetime, apart: str = "0 s") -> None:
    """Tickets whose answer is owed, all waiting for the same step of the ladder."""
    from sqlalchemy import text

    from callcentre import audit, db, vault

    values = {"name": name, "count": count, "units": UNITS, "received": RECEIVED, "due": DUE,
              "step": step, "step_at": step_at, "apart": apart,
              "number": vault.seal("+255712000001")}  # fmt: skip
    with db.session() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(TICKETS), values)
        session.execute(text(PROMISES), values)
        if count <= BURST:
            like = f"fill-{name}%"
            query = text("SELECT id FROM tickets WHERE ref LIKE :like")
            ids = session.scalars(query, {"like": like}).all()
            audit.record_many(session, "opened", [(one, {}) for one in ids], now=RECEIVED)
    with db.engine().connect() as connection:
        settled = connection.execution_options(isolation_level="AUTOCOMMIT")
        settled.execute(text("VACUUM ANALYZE"))
        settled.execute(text("CHECKPOINT"))


def people() -> None:
    """A post with a telephone for each role, and for each unit's head."""
    from callcentre import db, vault
    from callcentre.people import Holding, PersonRow, PostRow

    wanted = [("head", unit) for unit in UNITS] + [("complaints", None), ("executive", None)]
    with db.session() as session:
        for place, (role, unit) in enumerate(wanted):
            number = f"+2557120009{place:02}"
            post = PostRow(
                institution="sengerema", unit=unit, role=role, title=role, language="sw",
                sealed_number=vault.seal(number), number_print=vault.fingerprint(number),
                opens=7, closes=20, everyday=True, made_at=RECEIVED,
            )  # fmt: skip
            person = PersonRow(
                institution="sengerema", sealed_name=vault.seal(number),
                name_print=vault.fingerprint(number, "name"), made_at=RECEIVED,
            )  # fmt: skip
            session.add_all([post, person])
            session.flush()
            session.add(Holding(post_id=post.id, person_id=person.id, since=RECEIVED))


def find(url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of the product's look and of the bare statement, in alternation."""
    from callcentre import db
    from callcentre.tickets import ladder

    ours, bare = [], []
    plain = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    with plain, plain.cursor() as cursor:
        for _ in range(rounds + 3):
            started = time.perf_counter()
            with db.session() as session:
                found = ladder.due(session, NOW, FOUND)
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            rows = cursor.execute(FIND, {"now": NOW, "limit": FOUND}).fetchall()
            bare.append(time.perf_counter() - started)
            assert len(found) == len(rows) == FOUND, (len(found), len(rows))
    return ours[3:], bare[3:]


def pages(url: str) -> int:
    """How many pages of the database the statement touches: what no busy machine can change."""
    query = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {FIND}"
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(query, {"now": NOW, "limit": FOUND})
        found = cursor.fetchone()
    assert found is not None
    plan = found[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def breach() -> float:
    """Seconds from the look that finds one broken promise to its alert in the outbox."""
    from callcentre import clock, db, jobs
    from callcentre.tickets import ladder

    with clock.at(NOW):
        started = time.perf_counter()
        with db.session() as session:
            (found,) = ladder.due(session, NOW, 1)
        jobs.climb([found])
        return time.perf_counter() - started


def burst() -> tuple[int, float, dict[str, int]]:
    """All steps that are due taken by this process: how many, the seconds, and what was posted."""
    from sqlalchemy import func, select

    from callcentre import clock, db, jobs
    from callcentre.outbox import Message
    from callcentre.tickets import ladder

    with clock.at(NOW):
        with db.session() as session:
            before = len(ladder.due(session, NOW, 10 * BURST))
        started = time.perf_counter()
        jobs._climb()
        seconds = time.perf_counter() - started
        with db.session() as session:
            left = len(ladder.due(session, NOW, 10 * BURST))
            counted = session.execute(
                select(Message.kind, func.count()).group_by(Message.kind)
            ).all()
    return before - left, seconds, {str(kind): count for kind, count in counted}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--promises", type=int, nargs="+", default=[10_000])
    options.add_argument("--rounds", type=int, default=99)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    with servers.throwaway(fsync=True) as urls:
        os.environ |= urls.environment() | {
            "SECRET_KEY": "only for benchmarks",
            "DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "PUBLIC_URL": "http://127.0.0.1:9",
            "AFRICASTALKING_USERNAME": "benchmark",
            "AFRICASTALKING_API_KEY": "benchmark",
            "AFRICASTALKING_HOOK_SECRET": "benchmark",
            "REDIS_URL": "unix:///nowhere/redis.sock",  # this process does all of it
        }
        return measure(urls.database, sorted(chosen.promises), chosen.rounds, chosen.json)


def measure(url: str, sizes: list[int], rounds: int, as_json: bool) -> int:
    from callcentre import db, lines
    from callcentre.cli.processes import demo_lines
    from callcentre.migrations import run
    from callcentre.schedule import EVERY

    run.upgrade()
    with db.session() as session:
        for line in demo_lines():
            lines.add(session, line, RECEIVED)
    people()
    fill("due", FOUND, step=4, step_at=DUE - timedelta(seconds=1))
    figures: dict[str, Any] = {}
    looks, plain, there = {}, {}, FOUND
    for size in sizes:
        far = DUE + timedelta(days=1)
        fill(f"open{size}-", size - there, step=5, step_at=far, apart="1 s")
        there = size
        ours, bare = find(url, rounds)
        looks[size], plain[size] = statistics.median(ours), statistics.median(bare)
        figures[f"find_{size}_pages"] = pages(url)
        ratios = [one / other for one, other in zip(ours, bare, strict=True)]
        figures[f"find_{size}_ms"] = round(looks[size] * 1000, 2)
        figures[f"find_{size}_bare_ms"] = round(plain[size] * 1000, 2)
        figures[f"find_{size}_ratio"] = _spread(ratios)
    figures["growth"] = round(looks[sizes[-1]] / looks[sizes[0]], 2)
    figures["growth_bare"] = round(plain[sizes[-1]] / plain[sizes[0]], 2)
    taken = sorted(breach() for _ in range(50))
    figures["breach_ms"] = round(statistics.median(taken) * 1000, 1)
    figures["breach_to_alert_s"] = round(EVERY + taken[-1], 1)
    fill("burst", BURST - FOUND + 50, step=4, step_at=DUE)
    count, seconds, posted = burst()
    figures |= {"burst": count, "burst_seconds": round(seconds, 1), "posted": posted}
    worst = max(float(figures[f"find_{size}_ratio"].split()[0]) for size in sizes)
    reached = {
        f"1,000 due found in at most {WANTED_RATIO} times the statement": worst <= WANTED_RATIO,
        f"a breach is an alert in {WANTED_ALERT:.0f} s": EVERY + taken[-1] < WANTED_ALERT,
        f"{BURST:,} steps in {WANTED_SECONDS:.0f} s": count == BURST and seconds < WANTED_SECONDS,
    }
    if as_json:
        print(json.dumps(figures | {"reached": reached}))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")
        for name, done in reached.items():
            print(f"{name}: {'reached' if done else 'MISSED'}")
    return 0 if all(reached.values()) else 1


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    sys.exit(main())
