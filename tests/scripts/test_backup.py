"""scripts/backup and scripts/restore on the system of scripts/run."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from outbox.surroundings import until

ROOT = Path(__file__).parents[2]
BEFORE, LOST, AFTER = "+255712000041", "+255712000042", "+255712000043"


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder which root's servers can reach too; pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp(prefix="callcentre-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def local(home: Path, module: str, *words: str) -> tuple[int, str]:
    """Run scripts.local.MODULE to its end: its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"scripts.local.{module}", *words],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout.strip()


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "CALLCENTRE_HOME": str(home)}


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The whole system; the address of its web."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "log"
    command = [sys.executable, "-P", "-m", "scripts.local.run", "--demo", "--port", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=environment(home), stdout=out, stderr=out) as run,
    ):
        try:
            until(lambda: "callcentre is running" in log.read_text() or run.poll(), "a start", 120)
            assert run.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            run.send_signal(signal.SIGINT)
            run.wait(30)


def text(url: str, number: str) -> None:
    """A complaint by SMS."""
    said = {"to": "15001", "text": "Maji hayatoki mtaa wa Buguruni tangu Juni"}
    requests.post(f"{url}/network/phones/{number}/sms", json=said, timeout=20).raise_for_status()


def received(url: str, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{url}/network/phones/{number}", timeout=10).json()[
        "sms"
    ]
    return found


def refs(home: Path) -> set[str]:
    database = json.loads((home / "run.json").read_text())["settings"]["DATABASE_URL"]
    with psycopg.connect(database) as connection:
        return {ref for (ref,) in connection.execute("SELECT ref FROM tickets")}


@pytest.mark.processes
def test_a_system_is_backed_up_while_it_runs_and_goes_on_from_there_when_restored(
    home: Path,
) -> None:
    file = home / "a.backup"
    with running(home) as url:
        text(url, BEFORE)
        until(lambda: received(url, BEFORE), "the acknowledgement")
        code, said = local(home, "backup", "backup", str(file))
        assert (code, said.splitlines()[0].partition(" as of ")[0]) == (0, f"{file}: 1 tickets")
        text(url, LOST)
        (lost,) = until(lambda: received(url, LOST), "the second one's")[:1]
        assert local(home, "backup", "restore", str(file)) == (
            1, f"scripts/run is running on {home}: stop it first (Ctrl-C)."
        )  # fmt: skip
        before = refs(home)

    code, said = local(home, "backup", "restore", "--replace", str(file))
    assert (code, said.partition(" as of ")[0]) == (0, "restored 1 tickets"), said

    with running(home) as url:
        ready = requests.get(f"{url}/readyz", timeout=10).json()
        assert ready == {"status": "degraded", "degraded": ["outbox_held"]}
        text(url, AFTER)
        until(lambda: len(refs(home)) == 2, "the complaint to be taken")
        code, said = local(home, "command", "outbox", "list")
        assert re.match(r"held since \S+ by cli:\w+ \(restored from ", said)
        assert received(url, AFTER) == []
        code, said = local(home, "command", "outbox", "release")
        assert code == 0, said
        (answer, *_) = until(lambda: received(url, AFTER), "what waited")
        assert lost["text"] != answer["text"]
        assert len(before & refs(home)) == 1
        assert len(before | refs(home)) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("backup", "."),
            "There is nothing in {home} to back up: scripts/run has never run there.",
        ),
        (
            ("restore", "a.backup"),
            "{home} has no settings.env: put that of the system which was backed up there first",
        ),
    ],
)
def test_a_folder_without_keys_is_named_with_a_cure(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    assert local(home, "backup", *words) == (1, said.format(home=home))
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_help_needs_no_servers(home: Path, command: str) -> None:
    code, said = local(home, "backup", command, "--help")
    assert (code, said.splitlines()[0].startswith(f"Usage: callcentre {command} ")) == (0, True)
