"""After a restore: the same record, nothing sent, and no number given out a second time."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import servers
from outbox.posting import claim_one, post
from outbox.surroundings import changed
from sqlalchemy import select
from sqlalchemy import text as sql

from backup.keeping import DAY, HOUR, NOW, open_tickets, restore, take, tickets
from callcentre import audit, backup, db, outbox, vault
from callcentre.backup import Unfit, afterwards
from callcentre.backup.afterwards import used_numbers
from callcentre.clock import EAT
from callcentre.migrations import run
from callcentre.outbox import Attempt, Message, Receipt, Result, Route, holding
from callcentre.tickets import reference
from callcentre.tickets.model import Ticket

pytestmark = pytest.mark.usefixtures("system")

THEN = NOW + HOUR


def test_the_database_is_as_it_was_at_that_moment(path: Path) -> None:
    before = open_tickets(3)
    take(path)
    after = open_tickets(2)
    with db.session() as session:
        sealed = set(session.scalars(select(Ticket.sealed_number)))
    restore(path)
    assert tickets() == before
    assert not before & after
    with db.session() as session:
        kept = set(session.scalars(select(Ticket.sealed_number)))
        assert {vault.unseal(number) for number in kept if number} == {"+255712345678"}
        assert kept < sealed


def test_it_goes_into_an_empty_database_without_being_told_to_replace(path: Path) -> None:
    before = open_tickets(1)
    take(path)
    with changed(DATABASE_URL=servers.new_database()):
        backup.restore(path, replace=False, by="test", now=THEN)
        assert tickets() == before


def test_an_older_schema_is_brought_up(path: Path) -> None:
    with changed(DATABASE_URL=servers.new_database()):
        run.upgrade("0005")
        take(path)
    restore(path)
    with db.engine().connect() as connection:
        query = sql("SELECT version_num FROM alembic_version")
        assert connection.execute(query).scalar() == run.head()
    assert open_tickets(1)


def test_what_was_there_besides_is_gone(path: Path) -> None:
    take(path)
    with db.session() as session:
        session.execute(sql("CREATE TABLE left_over AS SELECT 1 AS one"))
    restore(path)
    with db.session() as session:
        assert session.scalar(sql("SELECT to_regclass('left_over')")) is None


# The outbox


def test_the_outbox_is_held_and_goes_on_after_its_release(path: Path) -> None:
    open_tickets(2)
    take(path)
    assert restore(path).waiting == 2
    with db.session() as session:
        found = holding.current(session)
        assert found is not None
        assert (found.reason, found.since) == (f"restored from {NOW.isoformat()}", THEN)
        assert outbox.claim(session, THEN) == []
        assert holding.release(session, by="test", now=THEN) == 2
        assert len(outbox.claim(session, THEN)) == 2


def test_what_waits_has_the_days_again_for_which_the_backup_lay(path: Path) -> None:
    open_tickets(1)
    take(path)
    late = NOW + 30 * DAY
    restore(path, late)
    with db.session() as session:
        assert outbox.expire(session, late) == []
        holding.release(session, by="test", now=late)
        assert len(outbox.claim(session, late)) == 1


def test_a_backup_of_a_held_outbox_is_held_for_the_newer_reason(path: Path) -> None:
    with db.session() as session:
        holding.hold(session, "a drill", by="test", now=NOW - DAY)
    take(path)
    restore(path)
    with db.session() as session:
        found = holding.current(session)
        assert found is not None
        assert found.reason.startswith("restored from ")


def test_what_was_being_sent_is_unknown_and_goes_once_more_after_the_release(path: Path) -> None:
    with db.session() as session:
        post(session)
        claim_one(session)
    take(path)
    restore(path)
    with db.session() as session:
        (attempt,) = session.scalars(select(Attempt)).all()
        assert (attempt.unknown_at, attempt.to_print) == (THEN, None)
        assert holding.release(session, by="test", now=THEN) == 1
        assert len(outbox.claim(session, THEN)) == 1


def test_a_late_receipt_for_what_is_forgotten_settles_no_other_message(path: Path) -> None:
    with db.session() as session:
        post(session, routes=(Route("twilio", "15001"),))
        claim_one(session)
    take(path)
    with db.session() as session:  # sent after the backup, and forgotten by the restore
        post(session, routes=(Route("twilio", "15001"),), now=NOW)
        lost = claim_one(session)
        outbox.record(session, lost, Result("accepted", "SMlost"), NOW)
    restore(path)
    late = Receipt("twilio", "SMlost", "delivered", to=lost.to, attempt_id=lost.attempt_id)
    with db.session() as session:
        assert outbox.receive(session, late, THEN) == []
        holding.release(session, by="test", now=THEN)
        post(session, routes=(Route("twilio", "15001"),), now=THEN)
        again = [sent.attempt_id for sent in outbox.claim(session, THEN)]
        assert lost.attempt_id not in again
        assert outbox.settle_parked(session, THEN) == []
        assert session.scalars(select(Message.delivered_at)).all() == [None, None]


# Numbers


def test_no_reference_of_the_lost_time_is_given_out_again(path: Path) -> None:
    before = open_tickets(5)
    take(path)
    lost = open_tickets(40)
    restore(path)
    new = open_tickets(40)
    assert len(before | lost | new) == 85


def test_nor_by_restoring_the_same_backup_twice(path: Path) -> None:
    given = open_tickets(5)
    take(path)
    for hours in (1, 2):
        given |= open_tickets(20)
        restore(path, NOW + hours * HOUR)
    assert len(given | open_tickets(20)) == 65


def test_a_second_restore_elsewhere_goes_on_further_ahead(path: Path) -> None:
    """Nothing tells it of the first one but the time that has passed."""
    open_tickets(1)
    take(path)
    restore(path, NOW + HOUR)
    first = last_number()
    with changed(DATABASE_URL=servers.new_database()):
        restore(path, NOW + 2 * HOUR)
        assert last_number() == first + 3600


def last_number() -> int:
    with db.session() as session:
        return used_numbers(session)["ticket_numbers"]


def test_every_other_number_goes_on_far_ahead_too(path: Path) -> None:
    open_tickets(1)
    take(path)
    open_tickets(30)
    with db.session() as session:
        lost = used_numbers(session)
    restore(path)
    with db.session() as session:
        used = used_numbers(session)
    ahead = {name: used[name] - lost[name] for name in used}
    assert ahead.pop("editions_number_seq") == 10_000  # a menu's number has nine digits at most
    assert {name for name in ahead if ahead[name] < 1_000_000} == set()


@pytest.mark.parametrize(
    ("used", "left_out"),
    [
        pytest.param(1, 1_003_600, id="the usual million and a number for each second"),
        pytest.param(9_000_000, 499_999, id="half of what is left of the year"),
        pytest.param(9_999_990, 4, id="which never ends"),
    ],
)
def test_the_numbers_of_a_year_are_never_used_up_by_restores(used: int, left_out: int) -> None:
    open_tickets(1)
    with db.session() as session:
        session.execute(sql("SELECT setval('ticket_numbers', :used)"), {"used": used})
        begun = afterwards.begin_again(session, NOW, {}, by="test", now=THEN)
    assert begun.left_out == pytest.approx(left_out, abs=1)


def test_another_year_has_all_its_numbers(path: Path) -> None:
    open_tickets(1)
    new_year = datetime(2027, 1, 1, 0, 30, tzinfo=EAT)
    with db.session() as session:
        session.execute(sql("SELECT setval('ticket_numbers', 9000000)"))
        begun = afterwards.begin_again(session, new_year - HOUR, {}, by="test", now=new_year)
    assert begun.left_out == 1_003_600
    (ref,) = open_tickets(1, new_year)
    assert reference.number(ref) == 3_601


# The record


def test_the_record_holds_and_says_what_was_done(path: Path) -> None:
    open_tickets(3)
    seal(NOW)
    open_tickets(1)
    take(path)
    restore(path)
    seal(THEN)
    with db.session() as session:
        assert audit.faults(session) == []
        last = session.scalars(select(audit.Event).order_by(audit.Event.id.desc())).first()
        assert last is not None
        assert (last.kind, last.actor) == ("restored", "test")
        assert audit.body_of(last) == {"state": str(NOW), "numbers_left_out": 1_003_600}


def test_sealing_goes_on_where_another_server_counts_transactions_from_the_start(
    path: Path,
) -> None:
    """As after a move to a new server: its ids lie below those which are sealed already."""
    count_from(10**12)
    open_tickets(3)
    seal(NOW)
    count_from(0)
    take(path)
    restore(path)
    open_tickets(2)
    assert seal(THEN) > 2
    assert seal(THEN + HOUR) == 0
    take(path, THEN)  # and what it adds travels with the next backup
    restore(path, THEN + HOUR)
    assert seal(THEN + 2 * HOUR) > 0
    with db.session() as session:
        assert audit.faults(session) == []


def count_from(start: int) -> None:
    with db.session() as session:
        session.execute(
            sql(
                "CREATE OR REPLACE FUNCTION record_txid(id xid8) RETURNS bigint LANGUAGE sql STABLE"
                f" RETURN id::text::bigint + {start}"
            )
        )


def seal(now: datetime) -> int:
    with db.session() as session:
        return audit.seal(session, now)


# After PostgreSQL's own recovery


def test_after_a_recovery_the_same_is_done_from_the_last_event_on(path: Path) -> None:
    given = open_tickets(3)
    before = last_number()
    reached, begun = backup.recovered(by="test", now=NOW + timedelta(minutes=10))
    assert (reached, begun.waiting, begun.left_out) == (NOW, 3, 1_000_600)
    assert last_number() == before + 1_000_600
    assert tickets() == given
    with db.session() as session:
        assert holding.current(session) is not None


def test_a_recovery_to_nothing_is_refused() -> None:
    with pytest.raises(Unfit, match="what was recovered is empty"):
        backup.recovered(by="test", now=NOW)
