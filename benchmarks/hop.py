"""USSD menu hops: the product beside a bare Flask route and Node's ussd-menu-builder on Express.

    python benchmarks/hop.py [--rounds N] [--seconds S] [--connections N] [--threads N] [--json]

What is measured: how many hops one server on one core answers in a second, and the processor time
it spends on one. A hop is a POST as Africa's Talking sends it, each from a number and a session of
its own, with the header echoed that the first hop was given. The hops are those of sessions that
complain: main menu again, offices, both pages of topics, secrecy, the question for the words; one
session in ten presses a wrong key, one in ten goes back. First hops read the database and are
loaded and told apart.

The product is its real web process (logs and metrics on, PostgreSQL and Redis beside it). The bare
route gets the same requests, reads nothing of them and answers a constant, on the same server with
the same settings. Node runs the same menu (told is where a screen differs), built as the README
of ussd-menu-builder builds it; where node or npm is missing it is left out. All three run on the
same core in turn, the client on another.

How to read it: each round loads all of them one after the other, and a ratio is made of one
round's rates; the median of all rounds is the figure. The share of its core that the client used
says whether the client was what limited them; so does the bare route loaded by two clients.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

# A script's own folder comes first on the path, and has files with the names of other modules.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import bench
from benchmarks.bench import Citizens, Figure, Run, Spread, Web

HERE = Path(__file__).resolve().parent
SESSIONS = 2000
STARTS = b"CON "
BUSY = 0.85  # a client that uses more of its core than this limits what it measures


def main() -> None:
    options = parse()
    with bench.ended_by_signals(), ExitStack() as stack:
        os.sched_setaffinity(0, {bench.cores()[1]})
        service = stack.enter_context(bench.service())
        ours = stack.enter_context(service.web(threads=options.threads))
        others = [stack.enter_context(bare(service, options.threads))]
        folder = node_folder()
        if folder is not None:
            others.append(stack.enter_context(node(folder, service)))
        measure(options, ours, others)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load on each in a round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--threads", type=int, default=16, help="of the web process")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# -- what is compared ------------------------------------------------------------------------


@contextmanager
def bare(service: bench.Service, threads: int) -> Iterator[Web]:
    command = [sys.executable, "-P", "-m", "benchmarks.hop_bare", "--host", bench.HOST]
    command += ["--port", "{port}", "--threads", str(threads)]
    environment = service.environment() | {"PYTHONPATH": str(bench.ROOT)}
    with bench.web("bare", command, environment, service.folder) as running:
        yield running


@contextmanager
def node(folder: Path, service: bench.Service) -> Iterator[Web]:
    command = ["node", str(folder / "server.js"), "{port}"]
    environment = {"NODE_ENV": "production"}
    with bench.web("node", command, environment, service.folder) as running:
        yield running


def node_folder() -> Path | None:
    """The Express server with its packages in a cache folder; None where there is no Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    wanted = (HERE / "hop_node" / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "callcentre-benchmarks" / f"node-{hashlib.sha256(wanted).hexdigest()[:12]}"
    if not (folder / "node_modules").exists():
        half = folder.with_name(f"{folder.name}.{os.getpid()}")
        half.mkdir(parents=True)
        (half / "package.json").write_bytes(wanted)
        words = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run([*words, "--ignore-scripts"], cwd=half, capture_output=True)
        if done.returncode:
            shutil.rmtree(half)
            return None
        half.rename(folder)
    shutil.copy(HERE / "hop_node" / "server.js", folder)
    return folder


# -- the hops --------------------------------------------------------------------------------


def hops(seed: int = 1) -> list[tuple[str, str]]:
    """Code and transcript of every menu hop of some complaining sessions, first hops left out."""
    rng = random.Random(seed)
    found: list[tuple[str, str]] = []
    for _ in range(SESSIONS):
        code = rng.choice(["*149*50#", *bench.CODES])  # the shared code is the one on the posters
        found += [(code, transcript) for transcript in _session(rng, len(bench.CODES[code]) > 1)]
    return found


def _session(rng: random.Random, shared: bool) -> list[str]:
    keys, shown = ["1"], ["1"]

    def press(key: str) -> None:
        keys.append(key)
        shown.append("*".join(keys))

    if rng.random() < 0.1:
        press("0")  # back to the main menu, and on
        press("1")
    if shared:
        press(rng.choice("12348"))
    if rng.random() < 0.1:
        press(rng.choice("67"))  # no such key on any page
    if rng.random() < 0.5:
        press("9")
    press(rng.choice("123458"))
    press(rng.choice("12"))
    return shown


def requests(citizens: Citizens, found: Sequence[tuple[str, str]], mark: str) -> Iterator[bytes]:
    rng = random.Random(2)
    while True:
        yield citizens.hop(*rng.choice(found), mark)


def first_hops(citizens: Citizens) -> Iterator[bytes]:
    rng, codes = random.Random(3), list(bench.CODES)
    while True:
        yield citizens.hop(rng.choice(codes), "")


# -- measuring -------------------------------------------------------------------------------


def measure(options: argparse.Namespace, ours: Web, others: list[Web]) -> None:
    citizens, found = Citizens(), hops()
    mark = bench.ask(ours.port, citizens.hop("*149*51#", "")).header(bench.MARK)
    notes = screens_that_differ(ours, others[1:], found, mark)
    runs: dict[str, list[Run]] = {web.name: [] for web in (ours, *others)}
    runs["first"] = []

    def loaded(web: Web, asking: Iterator[bytes]) -> Run:
        return bench.load(
            web.port,
            asking,
            connections=options.connections,
            seconds=options.seconds,
            starts=STARTS,
            watch=[web.process],
        )

    for number in range(options.rounds + 1):  # the first warms them up
        turn = [ours, *others]
        for web in turn if number % 2 else reversed(turn):
            run = loaded(web, requests(citizens, found, mark))
            if number:
                runs[web.name].append(run)
        if number:
            runs["first"].append(loaded(ours, first_hops(citizens)))
    alone, two = clients(others[0].port, mark, options)
    notes.append(f"the bare route answers {alone:,.0f}/s to one client, {two:,.0f}/s to two")
    report(runs, notes, as_json=options.json)


def screens_that_differ(
    ours: Web, same: Sequence[Web], found: Sequence[tuple[str, str]], mark: str
) -> list[str]:
    """A note where Node's menu does not answer every hop with our screen."""
    citizens, hops, differ = Citizens(), list(dict.fromkeys(found)), []
    for web in same:
        for code, transcript in hops:
            screen, other = (
                bench.ask(one.port, citizens.hop(code, transcript, mark)).body
                for one in (ours, web)
            )
            if screen != other:
                differ.append(f"{code} {transcript}")
    return [f"{len(differ)} of Node's {len(hops)} screens differ: {differ[0]}"] if differ else []


def clients(port: int, mark: str, options: argparse.Namespace) -> list[float]:
    """Rates of the bare route under one client process and under two."""
    rates = []
    for processes in (1, 2):
        each = options.connections // processes
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            work = [
                pool.submit(client, port, mark, each, options.seconds) for _ in range(processes)
            ]
            rates.append(sum(one.result().rate for one in work))
    return rates


def client(port: int, mark: str, connections: int, seconds: float) -> Run:
    """A client in a process of its own."""
    asking = requests(Citizens(), hops(), mark)
    return bench.load(port, asking, connections=connections, seconds=seconds, starts=STARTS)


def report(runs: dict[str, list[Run]], notes: list[str], *, as_json: bool) -> None:
    ours, names = runs["callcentre"], [name for name in ("bare", "node") if name in runs]
    rows = {f"{name}: hops/s": Spread.of(run.rate for run in runs[name]) for name in runs}
    rows |= {f"{name}: CPU ms a hop": Spread.of(run.cost() for run in runs[name]) for name in runs}
    rows |= {
        f"{name}: share of the client's core": Spread.of(run.client for run in runs[name])
        for name in runs
    }
    ratios = {
        name: Spread.of(one.rate / other.rate for one, other in zip(ours, runs[name], strict=True))
        for name in names
    }
    rows |= {f"rate, callcentre / {name}": ratios[name] for name in names}
    rows |= {
        f"CPU, {name} / callcentre": Spread.of(
            other.cost() / one.cost() for one, other in zip(ours, runs[name], strict=True)
        )
        for name in names
    }
    figures = [
        Figure("USSD menu hop / bare Flask route", ratios["bare"], 0.7),
        Figure("USSD menu hop / ussd-menu-builder on Express", ratios.get("node"), 1.2),
    ]
    notes += [
        f"the client limits {name}: it uses {100 * rows[row].median:.0f} % of its core"
        for name in runs
        if rows[row := f"{name}: share of the client's core"].median > BUSY
    ]
    if "node" not in runs:
        notes.append("node or npm is missing, or npm could not install: Express is left out")
    bench.tell(rows, figures, notes, as_json=as_json)


if __name__ == "__main__":
    main()
