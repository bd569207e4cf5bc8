"""What runs when: RQ's cron scheduler, in a loop that outlives Redis.

While Redis is away the clock runs the ticks itself. Two clocks on two hosts only make more
wakes: the database's claims decide who sends.
"""

import logging
import signal
import threading

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.cron import CronScheduler

from callcentre import jobs

logger = logging.getLogger(__name__)

EVERY = 5  # seconds between ticks: a message waits no longer for one whose wake was lost
PATIENCE = 2 * EVERY  # a tick not run by then is of no use any more: the next one does its work


def run_clock() -> None:
    """Tick until SIGTERM or SIGINT."""
    stopping = threading.Event()
    while not stopping.is_set():
        try:
            scheduler = CronScheduler(jobs.redis(), logging_level=logging.WARNING)
            scheduler.register(
                jobs.tick, jobs.QUEUE, interval=EVERY, ttl=PATIENCE, result_ttl=0, failure_ttl=60
            )
            scheduler.start()  # type: ignore[no-untyped-call]
            return  # it was asked to stop
        except RedisError as fault:
            logger.error("redis is away, ticking here", extra={"fault": type(fault).__name__})
            _stop_on_signal(stopping)
            jobs.tick()
            stopping.wait(EVERY)


def run_worker() -> None:
    """Work until SIGTERM or SIGINT; wait for Redis as long as it takes."""
    stopping = threading.Event()
    while not stopping.is_set():
        try:
            jobs.forget_wakes()
            worker = SimpleWorker([jobs.QUEUE], connection=jobs.redis(), log_job_description=False)
            worker.work(logging_level="WARNING")
            return  # it was asked to stop
        except RedisError as fault:
            logger.error("redis is away, waiting", extra={"fault": type(fault).__name__})
            _stop_on_signal(stopping)
            stopping.wait(1)


def _stop_on_signal(stopping: threading.Event) -> None:
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
