"""What a tick does besides sending: it finds what was left lying, and puts it right.

Each sweep has its own pace; one that fails does not keep the others from running. The database
alone tells each what is left to do, so that several workers, or none for a day, do no harm.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from callcentre import audit, clock, db, outbox, watching
from callcentre.calls import agents, connections, outgoing, recordings, register
from callcentre.calls.connections import Offer
from callcentre.conversations import calling
from callcentre.conversations.model import Conversation, RawEvent
from callcentre.ivr.providers import PROVIDERS
from callcentre.ivr.providers.contract import NotAllowed, NotFetched
from callcentre.lines import newest
from callcentre.outbox import Result
from callcentre.tickets import (
    appeals,
    delivery,
    digests,
    kept,
    moving,
    promises,
    referral,
    staff_check,
    tasks,
    today,
    unacknowledged,
    unreached,
)

logger = logging.getLogger(__name__)

SECONDS, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
AT_ONCE = 4  # recordings brought, and phones rung, at the same time
KEPT_RAW = timedelta(days=30)
KEPT_SESSION = timedelta(days=1)
NAMELESS_STATE = timedelta(minutes=10)  # longer than any network holds a session open


def expire_claims() -> None:
    """Sends whose worker died are unknown; receipts that were parked for them are heard."""
    now = clock.now()
    with db.session() as session:
        settled, expired = outbox.expire_claims(session, now)
        watching.found(session, "expired_claims", expired, now)
        delivery.settle(session, settled, now)
        delivery.settle(session, outbox.settle_parked(session, now), now)


def expire() -> None:
    """What waited longer than it is good for has failed."""
    now = clock.now()
    with db.session() as session:
        delivery.settle(session, outbox.expire(session, now), now)


def doubt() -> None:
    """What a network took and never told of is unproven: a person must see to it."""
    now = clock.now()
    with db.session() as session:
        unproven = outbox.doubt(session, now)
        watching.found(session, "unproven", len(unproven), now)
        delivery.settle(session, unproven, now)


def acknowledge_all() -> None:
    """A ticket that should be acknowledged and has nothing that will do it goes to a person."""
    now = clock.now()
    with db.session() as session:
        lost = unacknowledged.find(session, now)
        watching.found(session, "promises_without_message", lost, now)


def move_promises() -> int:
    """Move what was dated by an older calendar; how many promises were looked at."""
    looked_at = 0
    while True:
        with db.session() as session:
            done = moving.move_batch(session, clock.now())
        if done == 0:
            return looked_at
        looked_at += done


def mark_broken() -> None:
    while True:
        with db.session() as session:
            if promises.mark_broken(session, clock.now()) == 0:
                return


def return_referrals() -> None:
    with db.session() as session:
        referral.return_late(session, clock.now())


def close_silent() -> None:
    done = appeals.BATCH
    while done == appeals.BATCH:
        with db.session() as session:
            done = appeals.close_silent(session, clock.now())


def post_digests() -> None:
    with db.session() as session:
        digests.post_due(session, newest(session), clock.now())


def ask_whether_kept() -> None:
    """One citizen in ten is asked whether he was answered, a day after an office says so."""
    now = clock.now()
    with db.session() as session:
        kept.ask_due(session, newest(session), now)


def tell_administrators() -> None:
    """A route that waits for somebody to mend account or sender is a task, once."""
    now = clock.now()
    with db.session() as session:
        for route in outbox.paused_untold(session, now):
            line = newest(session).find(route.provider, "sms", route.sender)
            if line is not None:
                tasks.make_for_office(session, line.keeper, "mend_route", about=str(route), now=now)


def tell_today() -> None:
    """On the morning of a working day each post hears once what it owes."""
    with db.session() as session:
        today.tell(session, clock.now())


def find_silent_posts() -> None:
    """A post that lets alerts move up one after the other goes to the administrator."""
    with db.session() as session:
        unreached.find_silent(session, clock.now())


def check_staff() -> None:
    """Ask who still holds his post, and give those who are silent to the administrator."""
    now = clock.now()
    with db.session() as session:
        staff_check.give_up(session, now)
        staff_check.ask(session, now)


def seal() -> None:
    with db.session() as session:
        audit.seal(session, clock.now())


def forget() -> None:
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
        register.forget_old(session, now, nameless=NAMELESS_STATE)
        session.execute(delete(RawEvent).where(RawEvent.at < now - KEPT_RAW))


def end_silent_calls() -> None:
    """A call of whose end nobody told is over; what was recorded in it is heard."""
    with db.session() as session:
        calling.end_silent(session, clock.now())


def ring() -> None:
    """Ring whoever is to be rung now, each by a thread of its own: a provider may be slow."""
    now = clock.now()
    with db.session() as session:
        outgoing.expire(session, now)
        placings = outgoing.claim(session, now, max(AT_ONCE - _ringing_now(), 0))
    _ringing.update(_ringers().submit(copy_context().run, _place, one) for one in placings)


def ring_agents() -> None:
    """Agents who are free are rung for those who wait in a queue."""
    with db.session() as session:
        offers = connections.offers(session, clock.now())
    _ringing.update(_ringers().submit(copy_context().run, _offer, one) for one in offers)


_ringing: set[Future[None]] = set()


def _ringing_now() -> int:
    """How many calls are being placed; those to agents are not limited, so it may be more."""
    _ringing.difference_update([one for one in _ringing if one.done()])
    return len(_ringing)


@cache
def _ringers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ring")


def _place(one: outgoing.Placing) -> None:
    """Outside any transaction; what came of it is committed by itself."""
    result = _call(one.provider, one.to, one.sender, one.request)
    with db.session() as session:
        outgoing.placed(session, one.ring, result, clock.now())


def _offer(one: Offer) -> None:
    """A call that a provider refuses is another agent's; one of which nothing is known may ring."""
    result = _call(one.provider, one.number, one.line, one.request)
    told = {"post": one.post, "outcome": result.outcome, "code": result.code}
    logger.info("an agent is rung for the queue", extra=told)
    if result.outcome not in ("accepted", "unknown"):
        with db.session() as session:
            agents.rest(session, one.post, clock.now())


def _call(provider: str, to: str, sender: str, request: str) -> Result:
    try:
        return PROVIDERS[provider].call(to, sender, request)
    except Exception as fault:  # a provider file must not raise; if one does, nobody knows
        logger.exception("a provider failed", extra={"request": request})
        return Result("unknown", code="fault", detail=type(fault).__name__)


def fetch_recordings() -> None:
    """Set some threads to bring here what was recorded, until nothing more is due.

    In threads of their own: a host that answers slowly holds up no message and no other sweep.
    """
    _fetching.difference_update([one for one in _fetching if one.done()])
    for _ in range(AT_ONCE - len(_fetching)):
        if (waiting := _next_recording()) is None:
            return
        _fetching.add(_fetchers().submit(copy_context().run, _fetch_from, waiting))


_fetching: set[Future[None]] = set()


@cache
def _fetchers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")


def _fetch_from(first: recordings.Waiting) -> None:
    """Outside any transaction; what came of each is committed by itself."""
    waiting: recordings.Waiting | None = first
    while waiting is not None:
        came = _bring(waiting)
        with db.session() as session:
            _note(session, waiting, came)
        waiting = _next_recording()


def _next_recording() -> recordings.Waiting | None:
    with db.session() as session:
        return next(iter(recordings.claim(session, clock.now(), 1)), None)


def _bring(waiting: recordings.Waiting) -> bytes | Result | Exception:
    provider = PROVIDERS[waiting.provider]
    try:
        if waiting.fetched:
            return provider.delete_recording(waiting.source)
        return provider.fetch_recording(waiting.source)
    except Exception as fault:
        return fault


def _note(session: Session, waiting: recordings.Waiting, came: bytes | Result | Exception) -> None:
    now = clock.now()
    if isinstance(came, bytes):
        recordings.fetched(session, waiting.id, came, now)
    elif isinstance(came, Result):
        gone, again = came.outcome == "accepted", came.outcome not in ("accepted", "never")
        recordings.deleted(session, waiting.id, now, gone=gone, again=again)
    else:
        reason = str(came) if isinstance(came, NotFetched) else None  # others' may hold an address
        told = {"recording": waiting.id, "fault": type(came).__name__, "reason": reason}
        logger.warning("a recording did not come", extra=told)
        lost = isinstance(came, NotAllowed)
        recordings.missed(session, waiting.id, now, for_good=lost)


def look() -> None:
    with db.session() as session:
        watching.look(session, clock.now())


SWEEPS: tuple[tuple[Callable[[], object], timedelta], ...] = (
    (expire_claims, 10 * SECONDS),
    (move_promises, 20 * SECONDS),
    (mark_broken, 20 * SECONDS),
    (expire, MINUTE),
    (doubt, MINUTE),
    (acknowledge_all, MINUTE),
    (ring, 5 * SECONDS),
    (ring_agents, 5 * SECONDS),
    (fetch_recordings, 10 * SECONDS),
    (end_silent_calls, MINUTE),
    (return_referrals, MINUTE),
    (tell_administrators, MINUTE),
    (tell_today, MINUTE),
    (check_staff, MINUTE),
    (find_silent_posts, HOUR),
    (ask_whether_kept, MINUTE),
    (seal, audit.SEAL_EVERY),
    (forget, 15 * SECONDS),
    (look, watching.EVERY),
    (post_digests, HOUR),
    (close_silent, HOUR),  # it looks at every answer that nobody has spoken of
)
"""Each sweep and how long a process waits before it runs it again."""

_ran: dict[str, datetime] = {}


def run() -> None:
    """Run every sweep whose time has come in this process."""
    now = clock.now()
    for sweep, pause in SWEEPS:
        last = _ran.get(sweep.__name__)
        if last is None or not last <= now < last + pause:
            _ran[sweep.__name__] = now
            _safely(sweep)


def _safely(sweep: Callable[[], object]) -> None:
    try:
        sweep()
    except Exception:
        logger.exception("a sweep failed", extra={"sweep": sweep.__name__})
