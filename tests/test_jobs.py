"""Jobs: the database decides, Redis only wakes. Sent over the real local network."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from local_web import inbox, set_faults
from outbox.posting import ASHA, JUMA
from outbox.surroundings import changed, until
from rq import SimpleWorker
from sqlalchemy import select
from tickets.making import SMS, confirmed, open_ticket, promises_of

from callcentre import audit, clock, config, db, jobs, outbox, vault
from callcentre.app import create_app
from callcentre.conversations.model import Conversation, RawEvent
from callcentre.outbox import Message
from callcentre.tickets.model import Task, Ticket

NOBODY = "unix:///nowhere/redis.sock"
REFUSED = "http://127.0.0.1:9"
DAY = timedelta(days=1)


USUAL = outbox.Route("africastalking", "15001")


def post(key: str, **changes: Any) -> None:
    usual = {"text": "Habari", "parts": 1, "institution": "morogoro", "routes": (USUAL,)}
    sealed_to = vault.seal(changes.pop("to", ASHA))
    now = changes.pop("now", None) or clock.now()
    with db.session() as session:
        draft = outbox.Draft(key=key, sealed_to=sealed_to, **usual | changes)
        outbox.post(session, draft, now)


def status(key: str) -> str | None:
    with db.session() as session:
        return session.scalar(select(Message.status).where(Message.key == key))


def queued() -> list[str]:
    return jobs._queue().get_job_ids()


def work_off() -> None:
    """What a worker does with the jobs that wait."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        worker = SimpleWorker([jobs.QUEUE], connection=jobs.redis(), log_job_description=False)
        worker.work(burst=True, logging_level="WARNING")
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


# Sending


def test_what_is_due_reaches_the_phone(network: str) -> None:
    post("one", text="Ya kwanza")
    post("two", text="Ya pili", to=JUMA)
    assert jobs.send_due() == 2
    assert (inbox(network, ASHA), inbox(network, JUMA)) == (["Ya kwanza"], ["Ya pili"])
    until(lambda: status("one") == status("two") == "delivered", "receipts come back")
    assert jobs.send_due() == 0


def test_the_promise_to_acknowledge_is_kept_when_the_receipt_comes(network: str) -> None:
    with db.session() as session:
        ticket = confirmed(session, now=clock.now())
    jobs.send_due()

    def kept() -> str | None:
        with db.session() as session:
            return promises_of(session, session.merge(ticket, load=False))[0].kept_by

    assert until(kept, "the promise is kept") == "receipt"
    with db.session() as session:
        assert session.get_one(Ticket, ticket.id).status == "acknowledged"
    assert ticket.ref in inbox(network, ASHA)[0]


def test_more_than_a_batch_is_sent_each_once(network: str) -> None:
    numbers = [f"+2557120{number:05}" for number in range(130)]
    for number in numbers:
        post(f"bulk:{number}", to=number)
    assert jobs.send_due() == 130
    assert [inbox(network, number) for number in numbers] == [["Habari"]] * 130


def test_a_receipt_that_is_faster_than_the_answer_counts(network: str) -> None:
    set_faults(network, receipt_before_answer=True)
    post("one")
    jobs.send_due()
    assert status("one") == "delivered"


def test_an_answer_nobody_understands_is_made_good_by_the_receipt(network: str) -> None:
    set_faults(network, nonsense=True)
    post("one")
    jobs.send_due()
    until(lambda: status("one") == "delivered", "the receipt finds its message")
    assert inbox(network, ASHA) == ["Habari"]


@pytest.mark.parametrize(
    ("faults", "then"),
    [
        pytest.param({"down": True}, "queued", id="the provider is down"),
        pytest.param({"error_status": 401}, "queued", id="our key is wrong"),
        pytest.param({"recipient_code": 403}, "failed", id="the number is refused"),
    ],
)
def test_a_provider_in_trouble_loses_nothing(
    network: str, faults: dict[str, Any], then: str
) -> None:
    set_faults(network, **faults)
    post("one")
    jobs.send_due()
    assert status("one") == then


def test_an_acknowledgement_the_provider_refuses_becomes_a_task(network: str) -> None:
    set_faults(network, recipient_code=403)
    with db.session() as session:
        ticket = confirmed(session, now=clock.now())
    jobs.send_due()
    with db.session() as session:
        task = session.scalars(select(Task).where(Task.ticket_id == ticket.id)).one()
    assert task.kind == "prove_acknowledgement"


def test_a_provider_nobody_knows_stops_only_its_own_message(network: str) -> None:
    post("lost", routes=(outbox.Route("pigeon", "15001"),))
    post("one")
    jobs.send_due()
    assert (status("lost"), inbox(network, ASHA)) == ("queued", ["Habari"])


def test_nobody_at_the_address_means_again_later(redis: Any) -> None:
    post("one")
    with changed(PUBLIC_URL=REFUSED):
        jobs.send_due()
    with db.session() as session:
        message = session.scalars(select(Message)).one()
    assert (message.status, message.tries) == ("queued", 1)


def test_a_provider_that_fails_at_another_moment_is_tried_again_after_that_moment(
    redis: Any,
) -> None:
    later = clock.now() + 30 * DAY
    post("one", now=later)
    with changed(PUBLIC_URL=REFUSED), clock.at(later):
        assert jobs.send_due() == 1
    with db.session() as session:
        message = session.scalars(select(Message)).one()
    assert (message.tries, message.next_at > later) == (1, True)


# Waking


def test_a_commit_puts_one_wake_into_the_queue_however_often_it_is_asked(redis: Any) -> None:
    for _ in range(5):
        jobs.wake()
    assert queued() == ["wake", "wake-again"]


def test_a_worker_that_is_woken_sends_and_may_be_woken_again(network: str) -> None:
    post("one")
    jobs.wake()
    work_off()
    assert inbox(network, ASHA) == ["Habari"]
    assert queued() == []
    jobs.wake()
    assert queued() == ["wake"]


def test_a_wake_left_by_a_worker_that_was_killed_is_forgotten(redis: Any) -> None:
    for _ in range(2):
        jobs.wake()
        redis.delete("rq:queue:callcentre")  # taken by a worker that never came back
    jobs.wake()
    assert queued() == []
    jobs.forget_wakes()
    jobs.wake()
    assert queued() == ["wake"]


def test_without_redis_a_wake_is_harmless_and_the_next_ones_do_not_even_ask(
    database: None, caplog: pytest.LogCaptureFixture
) -> None:
    with changed(REDIS_URL=NOBODY):
        for _ in range(5):
            jobs.wake()
        assert [record.message for record in caplog.records] == ["no wake, the clock will find it"]


def test_a_wake_gives_up_soon_on_a_redis_that_never_answers(database: None) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with silent, changed(REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}"):
        started = clock.monotonic()
        jobs.wake()
        assert clock.monotonic() - started < 3


def test_citizens_are_served_while_redis_is_away(lines: None) -> None:
    with changed(REDIS_URL=NOBODY):
        client = create_app().test_client()
        secret = config.load().africastalking_hook_secrets[0]
        form = {"from": ASHA, "to": SMS.address, "text": "Hakuna maji kijijini", "id": "m1"}
        answer = client.post(f"/hooks/africastalking/{secret}/sms", data=form)
    assert answer.status_code == 200
    with db.session() as session:
        assert session.scalars(select(Message.status)).all() == ["queued"]


def test_a_flushed_redis_loses_nothing(network: str) -> None:
    post("one")
    jobs.wake()
    jobs.redis().flushall()
    jobs.tick()
    assert inbox(network, ASHA) == ["Habari"]


# Ticking


def test_a_tick_breaks_what_is_overdue_and_seals_what_happened(redis: Any) -> None:
    long_ago = clock.now() - 100 * DAY
    with db.session() as session:
        ticket = open_ticket(session, number=None, now=long_ago)
    jobs.tick()
    with db.session() as session:
        assert {one.broken_at is not None for one in promises_of(session, ticket)} == {True}
        assert session.scalars(select(audit.Seal)).one().events > 1
        assert audit.faults(session) == []


def test_a_tick_forgets_sessions_after_a_day_and_raw_events_after_thirty(redis: Any) -> None:
    now = clock.now()
    with db.session() as session:
        for hours in (23, 25):
            moment = now - timedelta(hours=hours)
            session.add(
                Conversation(
                    key=bytes([hours]), who=b"", edition=1, language="sw", nameless=False,
                    state=b"x", started_at=moment, touched_at=moment,
                )
            )  # fmt: skip
        for days in (29, 31):
            session.add(RawEvent(provider="a", kind="sms", key=str(days), at=now - days * DAY))
    jobs.tick()
    with db.session() as session:
        assert session.scalars(select(Conversation.key)).all() == [bytes([23])]
        assert session.scalars(select(RawEvent.key)).all() == ["29"]


def test_a_tick_forgets_what_a_nameless_citizen_typed_after_ten_minutes(redis: Any) -> None:
    with db.session() as session:
        for minutes in (9, 11):
            moment = clock.now() - timedelta(minutes=minutes)
            session.add(
                Conversation(
                    key=bytes([minutes]), who=b"", edition=1, language="sw", nameless=True,
                    state=b"x", started_at=moment, touched_at=moment,
                )
            )  # fmt: skip
    jobs.tick()
    with db.session() as session:
        query = select(Conversation.state).order_by(Conversation.key)
        assert session.scalars(query).all() == [b"x", None]


def test_a_tick_makes_unknown_what_a_dead_worker_had_claimed(redis: Any) -> None:
    before = clock.now() - timedelta(minutes=2)
    post("one", now=before)
    with db.session() as session:
        outbox.claim(session, before)
    jobs.tick()
    with db.session() as session:
        assert session.scalars(select(outbox.Attempt)).one().unknown_at is not None


def test_a_sweep_that_fails_does_not_keep_the_others_from_running(
    network: str, caplog: pytest.LogCaptureFixture
) -> None:
    with db.session() as session:
        overdue = open_ticket(session, number=None, now=clock.now() - 100 * DAY)
    post("one")
    with _without("seals"):
        jobs.tick()
    failed = [record for record in caplog.records if record.message == "a sweep failed"]
    assert [getattr(record, "sweep", "") for record in failed] == ["seal"]
    assert inbox(network, ASHA) == ["Habari"]
    with db.session() as session:
        assert promises_of(session, overdue)[0].broken_at is not None


@contextmanager
def _without(table: str) -> Iterator[None]:
    """A database in which one table is not to be found."""
    with db.engine().begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE NONE")
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        with db.engine().begin() as connection:
            connection.exec_driver_sql("SET LOCAL ROLE NONE")
            connection.exec_driver_sql(f"ALTER TABLE {table}_away RENAME TO {table}")
