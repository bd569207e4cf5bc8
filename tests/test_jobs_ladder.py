"""Steps of the ladder as the clock and the workers take them, over a real Redis or without one."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from outbox.surroundings import changed, own_redis
from rq import SimpleWorker
from sqlalchemy import select, update
from tickets.making import NOW, confirmed
from tickets.posts import whole_line

from callcentre import clock, db, jobs
from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.tickets import ladder, promises
from callcentre.tickets.model import Promise

NOBODY = "unix:///nowhere/redis.sock"
LATE = datetime(2026, 12, 23, 15, 31, tzinfo=EAT)  # a minute past the date of an answer


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Any]:
    with own_redis() as server:
        yield server


@pytest.fixture
def redis(lines: None, redis_server: Any) -> Iterator[Any]:
    with changed(REDIS_URL=redis_server.url):
        jobs.redis().flushall()
        yield jobs.redis()


@pytest.fixture
def no_redis(lines: None) -> Iterator[None]:
    with changed(REDIS_URL=NOBODY):
        yield


def late_complaints(count: int) -> list[int]:
    """Acknowledged complaints of one unit, and who must answer them; the answers' promises."""
    with db.session() as session:
        whole_line(session)
        for place in range(count):
            ticket = confirmed(session, number=f"+25571201{place:04}")
            promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
        session.execute(
            update(Promise)
            .where(Promise.kind == "answer")
            .values(next_step=4, next_step_at=Promise.due_at)
        )
        return list(session.scalars(select(Promise.id).where(Promise.kind == "answer")))


def left(now: datetime = LATE) -> int:
    with db.session() as session:
        return len(ladder.due(session, now, 1000))


def alerts_posted() -> list[str]:
    with db.session() as session:
        query = select(Message.key).where(Message.key.startswith("promise:")).order_by(Message.id)
        return list(session.scalars(query))


def work_off() -> None:
    """What a worker does with the jobs that wait."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        worker = SimpleWorker([jobs.QUEUE], connection=jobs.redis(), log_job_description=False)
        worker.work(burst=True, logging_level="WARNING")
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def queued() -> list[str]:
    return [one for one in jobs._queue().get_job_ids() if one.startswith("climb-")]


def test_the_clock_takes_what_is_due(no_redis: None) -> None:
    (promise_id,) = late_complaints(1)
    with clock.at(LATE):
        jobs._climb()
        jobs._climb()
    assert alerts_posted() == [f"promise:{promise_id}:step:4"]
    assert left() == 0


def test_a_tick_marks_what_is_broken_and_posts_its_step(no_redis: None) -> None:
    late_complaints(1)
    with clock.at(LATE):
        jobs.tick()
    assert len(alerts_posted()) == 1
    assert left() == 0


def test_many_are_shared_out_in_batches(redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "BATCH", 2)
    late_complaints(5)
    with clock.at(LATE):
        jobs._climb()
        assert left() == 3  # one batch was taken here
        assert len(queued()) == 2
        jobs._climb()
        assert len(queued()) <= 2  # what waits in Redis is not queued twice
        work_off()
    assert left() == 0


def test_without_redis_the_clock_takes_all(no_redis: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "BATCH", 2)
    late_complaints(5)
    with clock.at(LATE):
        jobs._climb()
    assert left() == 0


def test_what_redis_has_forgotten_is_found_by_the_next_tick(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "BATCH", 1)
    late_complaints(3)
    with clock.at(LATE):
        jobs._climb()
        redis.flushall()
        while left():
            jobs._climb()
            redis.flushall()
    assert len(alerts_posted()) == 3


def test_one_step_that_cannot_be_taken_does_not_keep_the_others(
    no_redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    first, *others = late_complaints(3)
    with db.session() as session:
        session.execute(
            update(Promise).where(Promise.id == first).values(due_at=NOW.replace(year=1990))
        )
    with clock.at(LATE):
        jobs.climb([first, *others])
        assert left() == 1
    assert [one.promise for one in caplog.records if one.message == "a step failed"] == [first]  # type: ignore[attr-defined]


def test_promises_from_before_the_ladder_get_their_step_with_the_first_tick(
    no_redis: None,
) -> None:
    late_complaints(1)
    with db.session() as session:
        session.execute(update(Promise).values(next_step=None, next_step_at=None))
    with clock.at(LATE + timedelta(minutes=1)):
        jobs._climb()
    with db.session() as session:
        (answer,) = session.scalars(select(Promise).where(Promise.kind == "answer"))
        assert answer.next_step == 5
