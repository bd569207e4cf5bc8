"""Tests of scripts/: what they say when they cannot start, and what a kill leaves behind."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from scripts.local import processes, servers, settings

ROOT = Path(__file__).parents[2]
STUB = """
import http.server, os, signal, sys
print("stub", *sys.argv[1:], flush=True)
if sys.argv[1] == "web":
    address = ("127.0.0.1", int(sys.argv[-1]))
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    http.server.HTTPServer(address, Handler).serve_forever()
if sys.argv[1] in ("worker", "clock"):
    signal.pause()
if sys.argv[1] == "ticket":
    print(os.environ["DATABASE_URL"], os.environ["PUBLIC_URL"])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder which root's servers can reach too; pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp(prefix="callcentre test "))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def stub(folder: Path) -> dict[str, str]:
    """An environment in which `python -m callcentre` is a stub and nothing else is set."""
    package = folder / "stub" / "callcentre"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STUB)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    python_path = os.pathsep.join([str(folder / "stub"), str(ROOT)])
    return kept | {"PYTHONPATH": python_path, "CALLCENTRE_HOME": str(folder / "data")}


def local(name: str, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run scripts.local.NAME to its end: its exit code and all that it said."""
    command = [sys.executable, "-P", "-m", f"scripts.local.{name}", *arguments]
    out = subprocess.PIPE
    done = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout.strip()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        pause.wait(0.02)


def free_port() -> int:
    with socket.socket() as test:
        test.bind(("127.0.0.1", 0))
        return int(test.getsockname()[1])


# What they say when they cannot start


def test_a_busy_port_is_named_with_a_cure(stub):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        code, said = local("run", stub, "--port", str(port))
    assert code == 1
    assert re.fullmatch(rf"Port {port} cannot be used .*: name a free one, .* --port \d+\.", said)


def test_a_folder_that_cannot_be_written_to_is_named(stub):
    code, said = local("run", stub, "--data", "/proc/callcentre")
    assert code == 1
    assert re.fullmatch(r"/proc/callcentre cannot be written to \(.*\): name another .*", said)


def test_too_little_space_is_said_with_both_figures(stub, folder):
    always_full = "import shutil, sys; from types import SimpleNamespace as N\n" + (
        "shutil.disk_usage = lambda path: N(free=3_000_000)\n"
    )
    (folder / "stub" / "sitecustomize.py").write_text(always_full)
    code, said = local("run", stub, "--port", str(free_port()))
    assert code == 1
    assert re.fullmatch(r".* has 3 MB free and 500 MB are needed: free some space, .*", said)


def test_a_second_run_is_told_where_the_first_one_serves(stub, folder):
    data = folder / "data"
    data.mkdir()
    settings.write_note(data, settings.Note("x", "http://127.0.0.1:8000", {}))
    with servers.locked(data / "run.lock"):
        code, said = local("run", stub)
    assert code == 1
    assert "already running" in said
    assert "http://127.0.0.1:8000" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("script", ["run", "test", "check", "callcentre", "backup", "restore"])
def test_an_old_python_is_named_with_the_one_that_is_needed(tmp_path, script):
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        fake = tmp_path / name
        fake.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\n[ "$1" = -V ]\n')
        fake.chmod(0o755)
    done = subprocess.run(
        [ROOT / "scripts" / script],
        cwd="/",
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and this machine has Python 3.9.2" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_command_says_that_nothing_is_running(stub):
    assert local("command", stub, "ticket", "list") == (
        1,
        "Nothing is running here: start scripts/run first.",
    )


@pytest.mark.parametrize("words", ["due morogoro answer", "charter list", "--help", "outbox -h"])
def test_what_needs_no_servers_works_without(stub, words):
    assert local("command", stub, *words.split()) == (0, f"stub {words}")


# Settings


def test_settings_are_made_up_once_and_readable_by_us_alone(tmp_path):
    made = settings.kept_or_made_up(tmp_path)
    assert settings.kept_or_made_up(tmp_path) == made == settings.kept(tmp_path)
    assert set(made) == set(settings.MADE_UP)
    assert stat.S_IMODE((tmp_path / "settings.env").stat().st_mode) == 0o600


def test_a_setting_that_is_new_joins_those_that_were_kept(tmp_path):
    (tmp_path / "settings.env").write_text("# mine\nSECRET_KEY = keep\nDATA_KEY=\n")
    made = settings.kept_or_made_up(tmp_path)
    assert made["SECRET_KEY"] == "keep"
    assert len(made["DATA_KEY"]) == 44


# Servers


@contextmanager
def both(data: Path) -> Iterator[tuple[servers.Server, servers.Server]]:
    """A pair of servers that is not started yet."""
    sockets = servers.socket_folder(data)
    with ExitStack() as stack:
        pair = (
            servers.postgres(data / "postgres", sockets),
            servers.valkey(data / "redis", sockets, appendfsync="always"),
        )
        for server in pair:
            stack.callback(server.stop)
        yield pair


def write(pair: tuple[servers.Server, servers.Server], value: int) -> None:
    with psycopg.connect(pair[0].url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))
    with redis.Redis.from_url(pair[1].url) as client:
        client.rpush("kept", value)


def written(pair: tuple[servers.Server, servers.Server]) -> tuple[list[int], list[int]]:
    with psycopg.connect(pair[0].url) as connection:
        rows = connection.execute("SELECT value FROM kept ORDER BY value").fetchall()
    with redis.Redis.from_url(pair[1].url) as client:
        return [row[0] for row in rows], [int(value) for value in client.lrange("kept", 0, -1)]


def test_servers_survive_a_kill_and_end_their_left_overs(folder):
    with both(folder) as first, both(folder) as second, both(folder) as third:
        for server in first:
            server.start()
        write(first, 1)
        for server in first:  # killed
            server.process.kill()
            server.process.wait()
        for server in second:
            server.start()
        assert written(second) == ([1], [1])
        write(second, 2)
        for server in third:  # nobody stopped the second pair
            server.start()
        assert [server.running() for server in second] == [False, False]
        assert written(third) == ([1, 2], [1, 2])


def test_a_foreign_process_with_the_same_pid_is_left_alone(folder):
    with subprocess.Popen(["sleep", "60"]) as stranger, both(folder) as pair:
        for server in pair:
            server.pid_file.write_text(f"{stranger.pid}\n")
            assert server.left_over() is None
            server.start()
        assert stranger.poll() is None
        stranger.kill()


def test_a_cluster_half_made_is_made_again(folder):
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").touch()
    with both(folder) as (postgres, _):
        postgres.start()
    assert not half.exists()


def test_deep_folders_keep_their_sockets_in_tmp(folder):
    sockets = servers.socket_folder(folder / ("deep" * 30))
    assert sockets.parent == Path("/tmp")
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    sockets.rmdir()


def test_throwaway_servers_leave_nothing(tmp_path):
    with servers.throwaway() as urls:
        sockets = Path(urls.database.partition("host=")[2])
        assert sockets.exists()
    assert not sockets.parent.exists()


# Processes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '{"at": "2026-11-24T06:30:21.1+00:00", "level": "info", "in": "jobs", "event": "sent"}',
            "06:30:21 jobs: sent",
        ),
        (
            '{"at": "2026-11-24T06:30:21.1+00:00", "level": "error", "in": "jobs", '
            '"event": "lost", "message_id": 7, "error": "Traceback"}',
            "06:30:21 ERROR jobs: lost message_id=7\nTraceback",
        ),
        ("plain", "plain"),
        ("[1]", "[1]"),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_a_line_of_json_is_read_out(line, said):
    assert processes.readable(line) == said


def test_only_processes_with_the_mark_are_left_overs():
    with (
        subprocess.Popen(["sleep", "60"], env={processes.MARK: "mine"}) as mine,
        subprocess.Popen(["sleep", "60"], env={processes.MARK: "other"}) as other,
    ):
        until(lambda: psutil.Process(mine.pid).name() == psutil.Process(other.pid).name())
        assert processes.end_left_overs("mine") == 1
        assert mine.wait() == -signal.SIGTERM
        assert other.poll() is None
        other.kill()


@contextmanager
def a_run(stub: dict[str, str], folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """scripts.local.run with the stub, once it says that it is running; and its log."""
    log = folder / "log"
    command = [sys.executable, "-P", "-m", "scripts.local.run", "--port", str(free_port())]
    with log.open("wb") as out, subprocess.Popen(command, env=stub, stdout=out, stderr=out) as run:
        try:
            until(lambda: "callcentre is running" in log.read_text() or run.poll() is not None)
            assert run.poll() is None, log.read_text()
            yield run, log
        finally:
            run.kill()


def children(run: subprocess.Popen[bytes]) -> dict[str, psutil.Process]:
    """The processes of a run: web, worker, clock, postgres, valkey-server."""
    found = {}
    for process in psutil.Process(run.pid).children():
        command = process.cmdline()
        named = "callcentre" in command
        found[command[command.index("callcentre") + 1] if named else process.name()] = process
    return found


@pytest.mark.processes
def test_a_run_restarts_its_children_and_ends_them_all(stub, folder):
    with a_run(stub, folder) as (run, log):
        before = children(run)
        assert set(before) == {"web", "worker", "clock", "postgres", "valkey-server"}
        for name in ("worker", "valkey-server"):
            before[name].kill()
        until(lambda: "stub worker" in log.read_text().partition("worker ended")[2])
        until(lambda: set(children(run)) == set(before))
        code, said = local("command", stub, "ticket", "list")
        assert code == 0
        assert f"{folder}/data/sockets".replace(" ", "%20") in said
        after = children(run)
        run.send_signal(signal.SIGINT)
        assert run.wait(15) == 0
        assert not servers.await_end(list(after.values()), 0)


@pytest.mark.processes
def test_a_killed_run_takes_its_children_along_and_starts_again(stub, folder):
    with a_run(stub, folder) as (run, _):
        ours = list(children(run).values())
        run.kill()
        run.wait()
        assert not servers.await_end(ours, 10)
    with a_run(stub, folder) as (run, _):
        run.terminate()
        assert run.wait(15) == 0


# Servers that other hosts reach


def test_other_hosts_reach_both_servers_by_the_password_alone(folder):
    listen = servers.Listen("127.213.0.1", "siri")
    sockets = servers.socket_folder(folder)
    with ExitStack() as stack:
        for server in (
            servers.postgres(folder / "postgres", sockets, fsync=False, listen=listen),
            servers.valkey(folder / "redis", sockets, listen=listen),
        ):
            stack.callback(server.stop)
            server.start()
        with psycopg.connect(listen.urls.database) as connection:
            query = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(query).fetchone() == ("callcentre", False)
        with redis.Redis.from_url(listen.urls.redis) as client:
            assert client.ping()
        wrong = servers.Listen(listen.address, "kosa").urls
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(wrong.database)
        with (
            redis.Redis.from_url(wrong.redis) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
