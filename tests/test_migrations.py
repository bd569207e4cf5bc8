"""Migrations: numbered, in order, reversible, and what they make is what the models say."""

import re
from pathlib import Path

import psycopg
import pytest
import servers
from alembic.script import ScriptDirectory
from outbox.surroundings import changed

from callcentre import db
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
