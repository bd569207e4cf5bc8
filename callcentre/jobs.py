"""What workers run. The database decides what is left to do; a job only says "look now".

Flush Redis at any moment and nothing is lost: the clock's next tick finds the same rows. Each job
looks again before it acts, so that running one twice does nothing twice.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from sqlalchemy import delete, update

from callcentre import audit, clock, config, db, metrics, outbox
from callcentre.conversations import texts
from callcentre.conversations.model import Conversation, RawEvent
from callcentre.outbox import Outgoing, Result
from callcentre.sms.providers import PROVIDERS
from callcentre.tickets import appeals, delivery, ladder, moving, promises, referral

logger = logging.getLogger(__name__)

QUEUE = "callcentre"
WAKES = ("wake", "wake-again")  # the second is for a commit that comes while the first runs
AT_ONCE = 48  # sends in the air from one worker: at 200 ms an answer, some 200 a second
BATCH = 100
MOST_STEPS = 10_000  # of the ladder, found in one tick
LONGEST = 30  # seconds that one job goes on sending; the next wake or tick goes on from there
AN_HOUR = 3600
REDIS_REST = 5  # seconds in which a Redis that was away is not asked again
KEPT_RAW = timedelta(days=30)
KEPT_SESSION = timedelta(days=1)
NAMELESS_STATE = timedelta(minutes=10)  # longer than any network holds a session open


@cache
def redis() -> Redis:
    """The connection of this process; it gives up quickly, since nothing depends on it."""
    return Redis.from_url(config.load().redis_url, socket_connect_timeout=0.5, socket_timeout=1)


_quiet_until = 0.0
_silence_heard = 0.0


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
    while clock.monotonic() < until:
        with db.session() as session:
            claimed = outbox.claim(session, clock.now(), BATCH)
        if not claimed:
            break
        sent += len(list(_senders().map(_send, claimed)))
    return sent


@cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send")


def _send(message: Outgoing) -> None:
    """One attempt: sent outside any transaction, its result committed by itself."""
    try:
        result = PROVIDERS[message.provider].send(message)
    except Exception as fault:  # a provider file must not raise; if one does, nobody knows
        logger.exception("a provider failed", extra={"message_id": message.message_id})
        result = Result("unknown", code="fault", detail=type(fault).__name__)
    metrics.SENT.labels(message.provider, result.outcome).inc()
    now = clock.now()
    with db.session() as session:
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
    """What the clock asks for every ten seconds: sweep what was left lying, then send."""
    sweeps = (
        _expire_claims, move_promises, _mark_broken, _climb, _return_referrals, _close_silent,
        _seal, _forget,
    )  # fmt: skip
    for sweep in sweeps:
        _safely(sweep)
    _safely(send_due)


def _safely(sweep: Callable[[], object]) -> None:
    """One sweep's fault must not keep the others from running."""
    try:
        sweep()
    except Exception:
        logger.exception("a sweep failed", extra={"sweep": sweep.__name__})


def _expire_claims() -> None:
    now = clock.now()
    with db.session() as session:
        delivery.settle(session, outbox.expire_claims(session, now), now)
        delivery.settle(session, outbox.expire(session, now), now)
        delivery.settle(session, outbox.settle_parked(session, now), now)


def move_promises() -> int:
    """Move what was dated by an older calendar; how many promises were looked at."""
    looked_at = 0
    while True:
        with db.session() as session:
            done = moving.move_batch(session, clock.now())
        if done == 0:
            return looked_at
        looked_at += done


def _mark_broken() -> None:
    while True:
        with db.session() as session:
            if promises.mark_broken(session, clock.now()) == 0:
                return


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


def _return_referrals() -> None:
    with db.session() as session:
        referral.return_late(session, clock.now())


def _close_silent() -> None:
    """Once an hour: it looks at every answer that nobody has spoken of."""
    global _silence_heard
    if clock.monotonic() < _silence_heard:
        return
    _silence_heard = clock.monotonic() + AN_HOUR
    done = appeals.BATCH
    while done == appeals.BATCH:
        with db.session() as session:
            done = appeals.close_silent(session, clock.now())


def _seal() -> None:
    """Once a minute: nothing is sealed while the last seal is younger than that."""
    with db.session() as session:
        audit.seal(session, clock.now())


def _forget() -> None:
    """Wipe what is kept for a while only: sessions, raw events, numbers of the nameless."""
    now = clock.now()
    with db.session() as session:
        outbox.wipe(session, now)
        session.execute(
            update(Conversation)
            .where(
                Conversation.nameless,
                Conversation.state.is_not(None),
                Conversation.touched_at < now - NAMELESS_STATE,
            )
            .values(state=None)
        )
        session.execute(delete(Conversation).where(Conversation.touched_at < now - KEPT_SESSION))
        session.execute(delete(RawEvent).where(RawEvent.at < now - KEPT_RAW))
