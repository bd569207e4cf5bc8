"""What workers run. The database decides what is left to do; a job only says "look now".

Flush Redis at any moment and nothing is lost: the clock's next tick finds the same rows. Each job
looks again before it acts, so that running one twice does nothing twice.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from socket import TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError

from callcentre import clock, config, db, metrics, outbox, sweeps
from callcentre.conversations import texts
from callcentre.outbox import Outgoing, Result
from callcentre.providers import AT_ONCE
from callcentre.sms.providers import PROVIDERS
from callcentre.tickets import delivery, ladder

logger = logging.getLogger(__name__)

QUEUE = "callcentre"
WAKES = ("wake", "wake-again")  # the second is for a commit that comes while the first runs
A_FEW = 24  # places that must be free before more is claimed: a claim costs as much as ten sends
WRITERS = 8  # results written at a time: more only wait for each other
MOST_STEPS = 10_000  # of the ladder, found in one tick
LONGEST = 30  # seconds that one job goes on sending; the next wake or tick goes on from there
REDIS_REST = 5  # seconds in which a Redis that was away is not asked again


@cache
def redis() -> Redis:
    """The connection of this process; it gives up quickly, since nothing depends on it.

    RQ waits for work for minutes: the probes notice a host that is gone without a word.
    """
    url = config.load().redis_url
    alive: dict[str, Any] = {} if url.startswith("unix:") else _KEPT_ALIVE
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1, **alive)


_KEPT_ALIVE = {
    "socket_keepalive": True,
    "socket_keepalive_options": {TCP_KEEPIDLE: 10, TCP_KEEPINTVL: 5, TCP_KEEPCNT: 3},
}


_quiet_until = 0.0


def wake() -> None:
    """Tell a worker that there is something to send; harmless if Redis is away."""
    global _quiet_until
    if clock.monotonic() < _quiet_until:
        return
    try:
        for name in WAKES:
            if _enqueue_once(name):
                return
    except RedisError as fault:
        _quiet_until = clock.monotonic() + REDIS_REST
        logger.warning("no wake, the clock will find it", extra={"fault": type(fault).__name__})


def _enqueue_once(name: str) -> bool:
    try:
        _queue().enqueue(
            send_due, job_id=name, unique=True, result_ttl=0, failure_ttl=5, job_timeout=LONGEST * 2
        )
    except DuplicateJobError:
        return False
    return True


@cache
def _queue() -> Queue:
    return Queue(QUEUE, connection=redis())


def forget_wakes() -> None:
    """Clear wakes left by a worker that was killed, which would keep new ones out."""
    redis().delete(*(f"rq:job:{name}" for name in WAKES))


def send_due() -> int:
    """Send what is due, many at a time; how many were handed over or tried."""
    until, sent = clock.monotonic() + LONGEST, 0
    flying: set[Future[None]] = set()
    while clock.monotonic() < until:
        with db.session() as session:
            claimed = outbox.claim(session, clock.now(), AT_ONCE - len(flying))
        flying |= {_in_the_air(message) for message in claimed}
        sent += len(claimed)
        if not flying and not _wait_for_a_rate():
            return sent
        flying = _until_some_landed(flying, most=AT_ONCE - A_FEW if claimed else len(flying) - 1)
    _until_some_landed(flying, most=0, patience=None)
    return sent


def _in_the_air(message: Outgoing) -> Future[None]:
    """A send in a thread of its own, where the time is what it is here (see clock.at)."""
    return _senders().submit(copy_context().run, _send, message)


def _until_some_landed(
    flying: set[Future[None]], most: int, patience: float | None = 1.0
) -> set[Future[None]]:
    """Wait until at most so many sends are in the air, or for `patience` seconds; those left."""
    while len(flying) > max(most, 0):
        landed, flying = wait(flying, patience, FIRST_COMPLETED)
        for one in landed:
            if fault := one.exception():
                logger.error("a result is not written", extra={"fault": type(fault).__name__})
        if not landed:
            break
    return flying


def _wait_for_a_rate() -> bool:
    """Where a provider takes only so many a second, wait until it takes more; whether one does."""
    with db.session() as session:
        busy_until = outbox.paced_until(session, clock.now())
    if busy_until is None:
        return False
    _PAUSE.wait(min((busy_until - clock.now()).total_seconds(), 1.0))
    return True


_PAUSE = threading.Event()  # never set: waiting on it is a sleep that a signal ends


@cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send")


_WRITING = threading.Semaphore(WRITERS)


def _send(message: Outgoing) -> None:
    """One attempt: sent outside any transaction, its result committed by itself."""
    try:
        result = PROVIDERS[message.provider].send(message)
    except Exception as fault:  # a provider file must not raise; if one does, nobody knows
        logger.exception("a provider failed", extra={"message_id": message.message_id})
        result = Result("unknown", code="fault", detail=type(fault).__name__)
    metrics.SENT.labels(message.provider, result.outcome).inc()
    now = clock.now()
    with _WRITING, db.session() as session:
        delivery.settle(session, outbox.record(session, message, result, now), now)
        if result.opted_out:
            texts.opted_out(session, message.to, now)
    log = logger.error if result.outcome == "ours" else logger.info
    log(
        "message tried",
        extra={
            "message_id": message.message_id,
            "attempt_id": message.attempt_id,
            "provider": message.provider,
            "outcome": result.outcome,
            "code": result.code,
        },
    )


def tick() -> None:
    """What the clock asks for every few seconds: sweep what was left lying, climb, then send."""
    sweeps.run()
    for job in (_climb, send_due):
        _safely(job)


def _safely(job: Callable[[], object]) -> None:
    """One job's fault must not keep the others from running."""
    try:
        job()
    except Exception:
        logger.exception("a job failed", extra={"job": job.__name__})


def _climb() -> None:
    """Take the steps that are due: a batch here, the others by whichever worker is free."""
    while True:
        with db.session() as session:
            if ladder.begin(session, clock.now()) == 0:
                break
    with db.session() as session:
        found = ladder.due(session, clock.now(), MOST_STEPS)
    batches = [found[at : at + ladder.BATCH] for at in range(0, len(found), ladder.BATCH)]
    ours = [batch for place, batch in enumerate(batches) if place == 0 or not _shared(batch)]
    for batch in ours:
        climb(batch)


def _shared(promise_ids: list[int]) -> bool:
    """Whether a worker will climb with these: Redis has the job, or had it already."""
    global _quiet_until
    if clock.monotonic() < _quiet_until:
        return False
    try:
        _queue().enqueue(
            climb, promise_ids, job_id=f"climb-{promise_ids[0]}", unique=True,
            result_ttl=0, failure_ttl=5, job_timeout=LONGEST * 2,
        )  # fmt: skip
    except DuplicateJobError:
        return True
    except RedisError as fault:
        _quiet_until = clock.monotonic() + REDIS_REST
        logger.warning("steps are taken here", extra={"fault": type(fault).__name__})
        return False
    return True


def climb(promise_ids: list[int]) -> None:
    """Take the steps of these promises in one commit; if one cannot be, each by itself."""
    try:
        with db.session() as session:
            ladder.climb(session, promise_ids, clock.now())
    except Exception:
        if len(promise_ids) == 1:
            logger.exception("a step failed", extra={"promise": promise_ids[0]})
            return
        for promise_id in promise_ids:
            climb([promise_id])
