"""The clock and the worker as processes, beside a Redis that comes and goes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from outbox.posting import ASHA
from outbox.surroundings import changed, own_redis, until
from sqlalchemy import func, select

from callcentre import clock, db, jobs, outbox, vault
from callcentre.outbox import Attempt

pytestmark = pytest.mark.processes

EVERY_SECOND = "from callcentre import schedule; schedule.EVERY = 1; schedule.{run}()"


@contextmanager
def process(run: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ticking every second; asked to stop at the end, it must do so in peace."""
    command = [sys.executable, "-c", EVERY_SECOND.format(run=run)]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as started:
        try:
            yield started
            started.send_signal(signal.SIGTERM)
            assert started.wait(20) == 0
        finally:
            started.kill()


def post(key: str) -> None:
    """A message that the provider, whom nobody answers for, will have to be asked again for."""
    with db.session() as session:
        draft = outbox.Draft(
            key=key, sealed_to=vault.seal(ASHA), text="Habari", parts=1, institution="morogoro",
            routes=(outbox.Route("africastalking", "15001"),),
        )  # fmt: skip
        outbox.post(session, draft, clock.now() - timedelta(seconds=1))


def attempts() -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(Attempt)) or 0


def test_the_clock_asks_redis_for_ticks_and_ticks_by_itself_while_redis_is_away(
    database: None,
) -> None:
    with own_redis() as server, changed(REDIS_URL=server.url), process("run_clock") as clock_:
        until(lambda: jobs.redis().llen("rq:queue:callcentre"), "a tick waits for a worker")
        assert attempts() == 0

        server.stop()
        post("one")
        until(lambda: attempts() == 1, "the clock ticks by itself")
        assert clock_.poll() is None

        server.start()
        jobs.redis().flushall()
        until(lambda: jobs.redis().llen("rq:queue:callcentre"), "a tick waits for a worker again")


def test_the_clock_stops_when_it_is_asked_to_even_while_redis_is_away(database: None) -> None:
    with changed(REDIS_URL="unix:///nowhere/redis.sock"), process("run_clock"):
        post("one")
        until(lambda: attempts() == 1, "the clock ticks by itself")


def test_a_worker_waits_for_redis_and_forgets_the_wakes_of_a_dead_one(database: None) -> None:
    with own_redis() as server, changed(REDIS_URL=server.url):
        for _ in range(2):
            jobs.wake()
            jobs.redis().delete("rq:queue:callcentre")  # taken, and never done
        server.stop()
        with process("run_worker") as worker:
            post("one")
            server.start()
            until(
                lambda: jobs.redis().smembers("rq:workers:callcentre"),
                "the worker is at its queue",
            )
            until(lambda: jobs.wake() or attempts() == 1, "the worker was woken and sent")
            assert worker.poll() is None
