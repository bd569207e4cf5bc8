"""A backup as a file: whole, private, without keys; and what is refused before it is touched."""

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from outbox.surroundings import changed

from backup.keeping import NOW, open_tickets, take, tickets
from callcentre import backup, db
from callcentre.backup import Unfit, file
from callcentre.migrations import run as migrations

pytestmark = pytest.mark.usefixtures("system")


def refusal(path: Path, *, replace: bool = True) -> str:
    """Why a file is not restored, in one line that names no more than it must."""
    with pytest.raises(Unfit) as refused:
        backup.restore(path, replace=replace, by="test", now=NOW)
    (line,) = str(refused.value).splitlines()
    return line.replace(str(path), "FILE")


def test_it_says_when_it_was_taken_and_of_what(path: Path) -> None:
    open_tickets(3)
    take(path)
    about = backup.read(path)
    assert (about.moment, about.tickets, about.revision) == (NOW, 3, migrations.head())


def test_it_is_for_its_owner_alone_and_leaves_nothing_beside_it(path: Path) -> None:
    os.umask(os.umask(0))
    take(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_in_a_folder_it_is_named_by_its_moment(tmp_path: Path) -> None:
    assert take(tmp_path) == tmp_path / "callcentre-20261123T100000Z.backup"


def test_no_key_is_in_it(path: Path) -> None:
    open_tickets(1)
    take(path)
    with zipfile.ZipFile(path) as whole:
        everything = b"".join(whole.read(name) for name in whole.namelist())
    for name in ("SECRET_KEY", "DATA_KEY", "TWILIO_AUTH_TOKEN"):
        assert os.environ[name].encode() not in everything


def test_one_that_fails_leaves_the_older_one_and_nothing_half_made(path: Path) -> None:
    path.write_bytes(b"older")

    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise Unfit("pg_dump failed: the disk is full")

    with pytest.raises(Unfit):
        file.write(path, broken(), revision=migrations.head(), tickets=0, now=NOW)
    assert path.read_bytes() == b"older"
    assert list(path.parent.iterdir()) == [path]


def test_a_machine_without_pg_dump_is_told_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unfit, match="pg_dump is not on this machine: install postgresql-client"):
        take(path)
    assert not path.exists()


# Refusals


def cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def cut_at_the_end(whole: bytes) -> bytes:
    return whole[:-1]


def damaged(whole: bytes) -> bytes:
    return whole[:4000] + bytes([whole[4000] ^ 1]) + whole[4001:]


def foreign(_: bytes) -> bytes:
    return b"PGDMP and so on"


def empty(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("harm", [cut, cut_at_the_end, damaged, foreign, empty])
def test_a_broken_or_foreign_file_is_refused_and_nothing_touched(path: Path, harm: object) -> None:
    before = open_tickets(1)
    take(path)
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))
    assert refusal(path) == "FILE is cut short or damaged, or no backup of callcentre"
    assert tickets() == before


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("about.json", "its signature does not hold"),
        ("database.dump", "its checksum is another"),
    ],
)
def test_a_file_that_somebody_changed_is_refused(path: Path, member: str, said: str) -> None:
    take(path)
    with zipfile.ZipFile(path) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    members[member] = members[member].replace(b"public", b"PUBLIC") + b" "
    with zipfile.ZipFile(path, "w") as other:
        for name, content in members.items():
            other.writestr(name, content)
    assert refusal(path) == f"FILE was changed after it was written: {said}"


def test_other_keys_than_those_it_was_made_with_are_refused(path: Path) -> None:
    before = open_tickets(1)
    take(path)
    with changed(SECRET_KEY="another"):
        assert refusal(path) == "SECRET_KEY is not the one that FILE was made with: set that one"
    with changed(DATA_KEY=Fernet.generate_key().decode()):
        assert refusal(path) == "DATA_KEY lacks a key that FILE was made with: list that one too"
    assert tickets() == before


def test_every_key_of_a_rotation_is_asked_for(path: Path) -> None:
    new, old = Fernet.generate_key().decode(), os.environ["DATA_KEY"]
    with changed(DATA_KEY=f"{new},{old}"):
        take(path)
        assert backup.read(path).tickets == 0
    assert refusal(path).startswith("DATA_KEY lacks a key")


def test_a_newer_schema_than_ours_is_refused(path: Path) -> None:
    file.write(path, [b"dump"], revision="9999", tickets=0, now=NOW)
    assert refusal(path).startswith("the backup has schema 9999 and this version knows up to 0")


def test_a_database_that_holds_tickets_is_replaced_only_when_told(path: Path) -> None:
    take(path)
    before = open_tickets(2)
    assert refusal(path, replace=False) == (
        "the database holds 2 tickets: --replace puts the backup there"
    )
    assert tickets() == before


def test_a_database_in_use_is_refused(path: Path) -> None:
    before = open_tickets(1)
    take(path)
    with db.engine().connect():
        assert refusal(path) == (
            "1 programs are connected to the database (callcentre): stop web, worker and clock"
            " first"
        )
    assert tickets() == before


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(path: Path) -> None:
    before = open_tickets(1)
    file.write(path, [b"no dump"], revision=migrations.head(), tickets=0, now=NOW)
    assert refusal(path).startswith("pg_restore failed: ")
    assert tickets() == before
