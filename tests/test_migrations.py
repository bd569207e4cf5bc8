"""Migrations: numbered, in order, reversible, and what they make is what the models say."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import servers
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from outbox.surroundings import changed, until

from callcentre import db
from callcentre.cli.processes import migrate
from callcentre.migrations import run

FOLDER = Path(run.__file__).parent / "versions"
FILES = sorted(path.name for path in FOLDER.glob("[!_]*.py"))


def revisions() -> list[str]:
    """The revisions from the first to the newest, each one following the one before it."""
    script = ScriptDirectory.from_config(run._config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def tables(url: str) -> set[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query)}


def test_files_are_numbered_without_a_gap_and_say_what_they_do() -> None:
    assert [name[:4] for name in FILES] == [f"{n:04}" for n in range(1, len(FILES) + 1)]
    assert [name for name in FILES if not re.fullmatch(r"[0-9]{4}_[a-z0-9_]+\.py", name)] == []


def test_revisions_follow_each_other_in_the_order_of_their_files() -> None:
    assert revisions() == [name[:4] for name in FILES]


def test_the_head_is_the_newest_file() -> None:
    assert run.head() == FILES[-1][:4]


def test_every_migration_can_be_undone() -> None:
    without = [name for name in FILES if "def downgrade() -> None:\n    pass" in _text(name)]
    assert without == []


def _text(name: str) -> str:
    return (FOLDER / name).read_text()


def test_up_equal_to_the_models_down_and_up_again(schema: None) -> None:
    url = servers.new_database()
    with changed(DATABASE_URL=url):
        assert run.check() == []
        expected = {table.name for table in db.Base.metadata.sorted_tables}
        assert tables(url) == expected | {"alembic_version"}


def test_down_to_nothing_leaves_nothing(schema: None) -> None:
    from alembic import command

    url = servers.new_database()
    with changed(DATABASE_URL=url):
        run.upgrade()
        command.downgrade(run._config(), "base")
    assert tables(url) == {"alembic_version"}
    with psycopg.connect(url) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('S', 'v', 'm')"
            " UNION ALL SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public'"
        ).fetchall()
    assert left == []


def test_a_difference_between_models_and_database_is_named(schema: None) -> None:
    url = servers.new_database()
    with changed(DATABASE_URL=url):
        run.upgrade()
        with psycopg.connect(url) as connection:
            connection.execute("ALTER TABLE tickets ADD COLUMN colour text")
        (difference,) = run.check()
    assert "colour" in difference


def test_migrating_twice_does_nothing_the_second_time(schema: None) -> None:
    run.upgrade()
    with db.engine().connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert [tuple(row) for row in found] == [(run.head(),)]


@pytest.mark.parametrize(
    "index", ["ix_messages_waiting", "ix_promises_open", "ix_attempts_unknown"]
)
def test_what_the_clock_looks_for_has_an_index_of_its_own(schema: None, index: str) -> None:
    with db.engine().connect() as connection:
        query = f"SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'"
        assert " WHERE " in connection.exec_driver_sql(query).scalar_one()


# While the service runs


def version(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def a_reader_of(url: str, table: str) -> Iterator[psycopg.Connection]:
    """Somebody whose transaction has read the table and goes on."""
    with psycopg.connect(url) as reader:
        reader.execute(f"SELECT count(*) FROM {table}")  # type: ignore[arg-type]
        yield reader


@pytest.fixture
def older(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database which migration 0005, that changes the tickets, has not reached."""
    monkeypatch.setattr(run, "PAUSE", 0.01)
    monkeypatch.setattr(run, "TRIES", 3)
    monkeypatch.setitem(run.LIMITS, "lock_timeout", "50ms")
    url = servers.new_database()
    with changed(DATABASE_URL=url):
        run.upgrade("0004")
        yield url


def test_a_migration_that_meets_a_lock_gives_up_and_says_what_to_do(older: str) -> None:
    with a_reader_of(older, "tickets"), pytest.raises(run.GaveUp, match=r"end it .*howto-run"):
        run.upgrade()
    assert version(older) == "0004"


def test_the_command_says_it_in_one_line(older: str) -> None:
    with a_reader_of(older, "tickets"):
        done = CliRunner().invoke(migrate)
    assert done.exit_code == 1
    assert done.output.startswith("Error: another transaction kept a table locked through 3 tries")
    assert done.output.count("\n") == 1


def test_it_tries_again_until_the_lock_is_gone(older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TRIES", 1000)
    migrating = threading.Thread(target=run.upgrade, args=("0005",))
    with a_reader_of(older, "tickets") as reader, psycopg.connect(older, autocommit=True) as other:
        migrating.start()
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'tickets'::regclass"
        until(lambda: other.execute(waiting).fetchone(), "the migration waits")
        until(lambda: not other.execute(waiting).fetchone(), "it gives up")
        reader.rollback()
    migrating.join()
    assert version(older) == "0005"


def test_what_takes_longer_than_a_hop_may_wait_is_for_a_service_that_is_stopped(
    older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.LIMITS, "statement_timeout", "1ms")
    with pytest.raises(run.GaveUp, match="--stopped"):
        run.upgrade()
    run.upgrade(patient=True)
    assert version(older) == run.head()


def test_nothing_of_a_migrations_settings_is_left_to_others(older: str) -> None:
    run.upgrade()
    with db.engine().connect() as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
        here = f"{locks} (SELECT oid FROM pg_database WHERE datname = current_database())"
        assert connection.exec_driver_sql(here).scalar() == 0
