"""`callcentre backup` and `callcentre restore`, as typed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers
from outbox.surroundings import changed
from sqlalchemy import text

from callcentre import db
from callcentre.migrations import run as migrations
from cli.command import fault, run, said, ticket
from scripts.local.servers import programs


@pytest.fixture(autouse=True)
def own_database(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    with changed(DATABASE_URL=servers.new_database()):
        migrations.upgrade()
        yield


def test_a_backup_is_said_in_two_lines_and_can_be_checked(tmp_path: Path) -> None:
    ticket()
    done, keys = said("backup", str(tmp_path / "a.backup")).splitlines()
    assert done.startswith(f"{tmp_path}/a.backup: 1 tickets as of 20")
    assert keys.startswith("SECRET_KEY and DATA_KEY are not in it: keep them elsewhere")
    assert said("restore", "--check", str(tmp_path / "a.backup")).startswith(
        f"{tmp_path}/a.backup can be restored: 1 tickets as of 20"
    )


def test_a_restore_says_what_to_do_next(tmp_path: Path) -> None:
    ticket()
    said("backup", str(tmp_path / "a.backup"))
    assert fault("restore", str(tmp_path / "a.backup")).startswith("the database holds 1 tickets")
    done, next_ = said("restore", "--replace", str(tmp_path / "a.backup")).splitlines()
    assert done.startswith("restored 1 tickets as of 20")
    assert next_.startswith("the outbox is held, 0 wait: look at `callcentre outbox list`")


def test_after_a_recovery_it_goes_on_from_the_last_event() -> None:
    ticket()
    done, next_ = said("restore", "--after-recovery").splitlines()
    assert done.startswith("goes on from 2026-11-23T07:00:00+00:00; ")
    assert next_.startswith("the outbox is held, 0 wait")


@pytest.mark.parametrize("words", [(), ("a.backup", "--after-recovery")])
def test_a_file_or_a_recovery_but_not_both(words: tuple[str, ...]) -> None:
    result = run("restore", *words)
    assert result.exit_code == 2
    assert "name a FILE, or --after-recovery without one" in result.stderr


def test_what_cannot_be_read_or_written_is_one_line(tmp_path: Path) -> None:
    assert "No such file or directory" in fault("restore", str(tmp_path / "none"))
    assert fault("backup", "/nowhere/a").startswith("no backup was written: [Errno 2] No such file")


def test_a_database_without_our_tables_is_no_backup(tmp_path: Path) -> None:
    with db.session() as session:
        session.execute(text("DROP TABLE alembic_version"))
    assert fault("backup", str(tmp_path)) == (
        "no backup was written: the database of DATABASE_URL holds no callcentre"
    )
