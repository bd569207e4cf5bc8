"""Voice hooks: how soon they are answered with 50 calls going on at once, and the keys it takes.

    python benchmarks/voice.py [--calls N] [--rounds N] [--json]

Each of 50 callers makes whole calls one after the other, as Africa's Talking tells of them: the
menu, one key, the notice, what was said, two silences, the reference, the end. Every call is a
ticket, stored durably. The web process is the product's own (logs and metrics on) beside its
PostgreSQL and Redis; the callers run on another core. They begin within three seconds, and between
two requests each listens for one to three, where a real one listens for ten. What is measured is
the time from a request to its answer, all steps together. The keys pressed before the tone are
counted on the way.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

# A script's own folder comes first on the path, and has files with the names of other modules.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import requests

from benchmarks import bench
from callcentre.clock import now

LINE = "+255232623093"
P99 = 0.050  # seconds
LISTENS = (1.0, 3.0)  # seconds


def main() -> None:
    options = parse()
    with bench.ended_by_signals(), ExitStack() as stack:
        os.sched_setaffinity(0, {bench.cores()[1]})
        service = stack.enter_context(bench.service())
        web = stack.enter_context(service.web(threads=options.threads))
        address = f"http://{bench.HOST}:{web.port}"
        rounds = [one_round(address, options.calls, number) for number in range(options.rounds)]
    report(rounds[1:] or rounds, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=50, help="at once")
    parser.add_argument("--rounds", type=int, default=4, help="calls each; the first warms up")
    parser.add_argument("--threads", type=int, default=16, help="of the web process")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def one_round(address: str, calls: int, number: int) -> list[float]:
    with ThreadPoolExecutor(calls) as pool:
        took = pool.map(lambda one: call(address, number * calls + one), range(calls))
        return [seconds for each in took for seconds in each]


def call(address: str, number: int) -> list[float]:
    """One whole call; the seconds that each of its answers took."""
    phone, took, dice = f"+2557121{number:05}", [], random.Random(number)
    base = {
        "sessionId": f"ATVId_{number:032x}",
        "isActive": "1",
        "direction": "Inbound",
        "callerNumber": phone,
        "destinationNumber": LINE,
        "callStartTime": f"{now():%Y-%m-%d+%H:%M:%S}",
    }
    url = f"/hooks/africastalking/{bench.SECRET}/voice"
    words = {"recordingUrl": f"http://192.0.2.1/{number:032x}.mp3"}
    end = {"isActive": "0", "durationInSeconds": "90"}
    time.sleep(dice.uniform(0, LISTENS[1]))  # people do not dial in the same millisecond
    with requests.Session() as session:
        for facts in ({}, {"dtmfDigits": "1"}, {}, words, {}, {}, {}, end):
            started = time.perf_counter()
            answer = session.post(address + url, data=base | facts, timeout=30)
            took.append(time.perf_counter() - started)
            time.sleep(dice.uniform(*LISTENS))
            answer.raise_for_status()
            url = next_url(answer.content) or url
    return took


def next_url(body: bytes) -> str | None:
    for element in ElementTree.fromstring(body).iter():
        if given := element.get("callbackUrl"):
            parts = urlsplit(given)
            return f"{parts.path}?{parts.query}"
    return None


def report(rounds: Sequence[Sequence[float]], options: argparse.Namespace) -> None:
    each = [statistics.quantiles(took, n=100)[98] for took in rounds]
    every = sorted(seconds for took in rounds for seconds in took)
    found = {
        "calls_at_once": options.calls,
        "answers": len(every),
        "median_ms": round(statistics.median(every) * 1000, 1),
        "p99_ms": round(statistics.median(each) * 1000, 1),
        "goal_ms": P99 * 1000,
        "keys_to_the_tone": 1,
    }
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value}")


if __name__ == "__main__":
    main()
