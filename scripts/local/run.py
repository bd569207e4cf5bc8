"""scripts/run: the whole service on this machine, in one log, until Ctrl-C ends all of it."""

import argparse
import http.client
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from scripts.local import servers
from scripts.local.processes import MARK, Child, Log, end_left_overs, ending, stop
from scripts.local.servers import Server, ServerError
from scripts.local.settings import Note, kept_or_made_up, read_note, write_note

HOST = "127.0.0.1"
FREE_MEGABYTES = 500
WEB_SECONDS = 60.0
PAGES = {"/": "Citizens", "/console/": "Staff", "/handset/": "A telephone to try it with"}
DEMO = """\
Dial    *149*50#  all institutions    *149*51#  Morogoro    *149*52#  Sengerema
        *149*53#  Kilosa              *149*54#  Utumishi
Text    15001     Call  0262160240"""


class Refused(RuntimeError):
    """One sentence: what is wrong and how to cure it."""


class Stop(BaseException):
    """Somebody asked us to end."""


def main() -> int:
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, on_signal)
    log = Log()
    try:
        with ExitStack() as stack:
            serve(options, log, stack)
    except (Refused, ServerError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except Stop:
        log.line("run", "all ended")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="with lines, people and complaints")
    parser.add_argument("--port", type=int, default=8000, help="of the web pages (8000)")
    home = Path(os.environ["CALLCENTRE_HOME"])
    parser.add_argument("--data", type=Path, default=home, help=f"folder for all data ({home})")
    options = parser.parse_args(arguments)
    if not 0 < options.port < 65536:
        parser.error(f"--port must lie between 1 and 65535, not {options.port}")
    options.data = options.data.absolute()
    return options


def on_signal(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # once is enough
    raise Stop


def serve(options: argparse.Namespace, log: Log, stack: ExitStack) -> None:
    data, address = options.data, f"http://{HOST}:{options.port}"
    occupy(data, stack)
    if (old := read_note(data)) and end_left_overs(old.run):
        log.line("run", "an earlier run was killed: its processes have been ended")
    require_port(options.port)
    require_space(data)

    own = own_servers(data, stack)
    run, settings = secrets.token_hex(16), settings_of(data, address, own)
    write_note(data, Note(run, address, settings))
    environment = {**os.environ, **settings, MARK: run}
    children: list[Child] = []
    stack.callback(stop, children)
    for words in (
        ("migrate", "--stopped"),
        ("charter", "check"),
        *([("demo",)] if options.demo else []),
    ):
        finish(Child(log, environment, *words), children)

    web = ("web", "--host", HOST, "--port", str(options.port))
    for words in (web, ("worker",), ("clock",)):
        children.append(Child(log, environment, *words))
        children[-1].start()
    await_web(options.port, children)
    announce(address, options)
    while True:
        tend(own, children, log)


def occupy(data: Path, stack: ExitStack) -> None:
    """Make the data folder and hold its lock until the end."""
    try:
        servers.make_folder(data)
        stack.enter_context(servers.locked(data / "run.lock"))
    except BlockingIOError:
        note = read_note(data)
        raise Refused(
            f"scripts/run is already running on {data}"
            + (f" and serves {note.address}" if note else "")
            + ": stop that one, or give this one --data and --port of its own."
        ) from None
    except OSError as error:
        raise Refused(
            f"{data} cannot be written to ({error.strerror}): name another folder with --data."
        ) from None


def require_port(port: int) -> None:
    with socket.socket() as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind((HOST, port))
        except OSError as error:
            raise Refused(
                f"Port {port} cannot be used ({error.strerror}): "
                f"name a free one, such as scripts/run --port {port + 1 if port < 9999 else 8001}."
            ) from None


def require_space(data: Path) -> None:
    free = shutil.disk_usage(data).free // 1_000_000
    if free < FREE_MEGABYTES:
        raise Refused(
            f"{data} has {free} MB free and {FREE_MEGABYTES} MB are needed: "
            "free some space, or name another folder with --data."
        )


def own_servers(data: Path, stack: ExitStack) -> dict[str, Server]:
    """Start those servers whose address the environment does not give."""
    sockets = servers.socket_folder(data)
    own = {}
    for setting, make, folder in (
        ("DATABASE_URL", servers.postgres, data / "postgres"),
        ("REDIS_URL", servers.valkey, data / "redis"),
    ):
        if not os.environ.get(setting):
            own[setting] = make(folder, sockets)
            stack.callback(own[setting].stop)
            own[setting].start()
    return own


def settings_of(data: Path, address: str, own: dict[str, Server]) -> dict[str, str]:
    """All settings of this run; values of the environment win."""
    settings = {"PUBLIC_URL": address, "LOCAL_NETWORK": "1"} | kept_or_made_up(data)
    settings |= {setting: server.url for setting, server in own.items()}
    given = {*settings, "DATABASE_URL", "REDIS_URL"}
    return settings | {name: os.environ[name] for name in given if os.environ.get(name)}


def finish(child: Child, children: list[Child]) -> None:
    """Run a command to its end."""
    children.append(child)
    child.start()
    if code := child.process.wait():
        child.reader.join(1)
        raise Refused(f"callcentre {child.name} failed ({ending(code)}): see the lines above.")
    children.remove(child)


def await_web(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while answer(port, "/healthz") != http.client.OK:
        if time.monotonic() > deadline:
            raise Refused(f"The web did not answer within {WEB_SECONDS:.0f} s: see the log above.")
        for child in children:
            child.tend()
        time.sleep(0.1)


def tend(own: dict[str, Server], children: list[Child], log: Log) -> None:
    for server in own.values():
        if not server.running():
            log.line("run", f"{server.name} ended and starts again")
            server.start()
    for child in children:
        child.tend()
    time.sleep(0.2)


def answer(port: int, path: str) -> int | None:
    """The status of a page; None when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def announce(address: str, options: argparse.Namespace) -> None:
    lines = ["callcentre is running; Ctrl-C ends it.", ""]
    for path, name in PAGES.items():
        if (answer(options.port, path) or 500) < 400:
            lines.append(f"{name:28}{address}{path}")
    lines += ["", *DEMO.splitlines()] if options.demo else []
    width = max(map(len, lines))
    box = [f"│ {line:{width}} │" for line in lines]
    edge = "─" * (width + 2)
    print("\n".join(["", f"┌{edge}┐", *box, f"└{edge}┘", ""]))


if __name__ == "__main__":
    sys.exit(main())
