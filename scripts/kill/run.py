"""scripts/kill_test: the whole system under load while its parts are killed; then the count."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests

from callcentre import clock, db
from scripts.kill import compare, report, stored
from scripts.kill.facts import Call, Facts, Outage, Sent
from scripts.kill.hosts import HERE, OneHost, TwoHosts
from scripts.kill.load import LOST, Load, moment, note_taken
from scripts.kill.system import (
    Blow,
    Failed,
    FileLog,
    Keeper,
    Part,
    ProcessPart,
    ServerPart,
    end_all,
    until,
)
from scripts.local import servers
from scripts.local.processes import Child
from scripts.local.servers import ServerError, Urls
from scripts.local.settings import MADE_UP

SHORT_SECONDS, SHORT_KILLS, SHORT_RATE = 30.0, 2, 300
LONG_MINUTES, LONG_KILLS, LONG_RATE = 10.0, 20, 600
LONG_CUTS = 5  # of each host in ten minutes
SHORT_AHEAD = (2, 15, 30, 60, 120)  # minutes by which the clock is moved, until all is sent
DRAIN_SECONDS = 120.0
LONG_DRAIN_SECONDS = 1500.0  # a message of unknown fate waits ten minutes, perhaps twice
ACT_SECONDS = 0.4  # seconds within which a kill in the act falls after the hand-over began
SENDING_PATIENCE = 5.0

FAULTS: dict[str, object] = {
    "answer_delay_s": 0.25,
    "error_share": 0.04,
    "duplicate_hooks": 0.05,
    "duplicate_receipts": 0.1,
    "disorder_receipts": 0.1,
    "receipt_before_answer": 0.1,
    "receipt_delay_s": 0.5,
    "lose_receipts": 0.01,
    "lose_to": LOST,
    "hook_repeat_s": 2,
}
ERRORS: tuple[dict[str, object], ...] = (
    {"error_status": 503, "recipient_code": None},
    {"error_status": None, "recipient_code": 500},
)
"""What a message in its share meets; the second half of the run has the second."""


def main() -> int:
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    data = Path(tempfile.mkdtemp(prefix="callcentre-kill-"))
    data.chmod(0o711)  # root's servers run as another user
    try:
        with TwoHosts(options.cut) if options.two_hosts else OneHost() as hosts:
            passed = Test(options, data, hosts).run()
    except (Failed, ServerError) as error:
        print(error, file=sys.stderr)
        passed = False
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        passed = False
    if passed:
        shutil.rmtree(data, ignore_errors=True)
    else:
        print(f"Data and log are kept in {data}", file=sys.stderr)
    return 0 if passed else 1


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/kill_test", description=__doc__)
    parser.add_argument("--minutes", type=float, help=f"of load ({LONG_MINUTES:g})")
    parser.add_argument("--rate", type=int, help=f"citizens a minute ({LONG_RATE})")
    parser.add_argument("--kills", type=int, help=f"of each part ({LONG_KILLS})")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random (0)")
    parser.add_argument("--report", type=Path, help="file for the report, in Markdown")
    parser.add_argument("--short", action="store_true", help="under a minute, two kills of each")
    parser.add_argument(
        "--two-hosts",
        action="store_true",
        help="web and worker on hosts of their own, which are cut off (root only)",
    )
    parser.add_argument("--cut", type=float, default=15, help="seconds that a host is cut off (15)")
    options = parser.parse_args(arguments)
    usual = (SHORT_SECONDS / 60, SHORT_KILLS, SHORT_RATE)
    if not options.short:
        usual = (LONG_MINUTES, LONG_CUTS if options.two_hosts else LONG_KILLS, LONG_RATE)
    for name, value in zip(("minutes", "kills", "rate"), usual, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    if min(options.minutes, options.rate) <= 0 or options.kills < 0:
        parser.error("--minutes and --rate must be above 0, and --kills not below")
    return options


class Test:
    """One run, from empty servers to the report."""

    def __init__(self, options: argparse.Namespace, data: Path, hosts: OneHost) -> None:
        self.options, self.data, self.hosts = options, data, hosts
        self.seconds = options.minutes * 60
        self.log = FileLog(data / "log")
        self.outages: list[Outage] = []
        self.keepers: dict[str, Keeper] = {}

    def run(self) -> bool:
        """Whether every claim held."""
        begun = time.monotonic()
        try:
            self._start()
            load = Load(self.network, seed=self.options.seed, rate=self.options.rate)
            self._under_fire(load)
            self._wait_until_quiet()
            facts, hooks = self._gather(load)
        finally:
            end_all(list(self.keepers.values()))
        found = compare.checks(facts)
        found.append(compare.enough_kills(facts.outages, self.hosts.victims, self.options.kills))
        ran = report.Run(
            "Kill test on two hosts" if self.options.two_hosts else "Kill test",
            self.options.seed,
            self.options.minutes,
            self.options.rate,
            load.heard.citizens,
            load.heard.troubles,
            time.monotonic() - begun,
        )
        text = report.write(ran, facts, found, hooks)
        print(text)
        if self.options.report:
            self.options.report.write_text(text)
        return all(not check.wrong for check in found)

    def _start(self) -> None:
        urls = self._start_servers()
        places = {name: self.hosts.place(name) for name in ("web", "network")}
        ports = {name: free_port() for name in places}
        web, self.network = (f"http://{places[name].address}:{ports[name]}" for name in places)
        settings = settings_of(web, self.network) | urls.environment()
        os.environ.update(settings)  # what is read at the end is read from here
        until(lambda: self._are_up("PostgreSQL"), "PostgreSQL")
        self._finish("migrate")
        at, port = places["network"].address, str(ports["network"])
        self._keep_running("network", at, port, url=self.network, module="scripts.kill.network")
        at, port = places["web"].address, str(ports["web"])
        self._keep_running("web", "--host", at, "--port", port, url=web)
        self._keep_running("worker")
        self._keep_running("clock")
        for link in self.hosts.links(f"{web}/readyz"):
            self._keep(link)
        self._finish("demo")
        until(lambda: self._are_up(*self.keepers), "everything to be up")

    def _start_servers(self) -> Urls:
        """The addresses of PostgreSQL and Redis, as their users reach them."""
        sockets, listen = servers.socket_folder(self.data), self.hosts.listen
        database = servers.postgres(self.data / "postgres", sockets, listen=listen)
        queue = servers.valkey(self.data / "redis", sockets, listen=listen)
        self._keep(ServerPart(database))
        self._keep(ServerPart(queue, forgets=queue.folder / "appendonlydir"))
        return listen.urls if listen else Urls(database.url, queue.url)

    def _keep_running(self, *arguments: str, url: str = "", module: str = "callcentre") -> None:
        """Keep a process running, at its place; `url` answers when it is up."""
        local = "1" if module != "callcentre" else ""  # only the network is one
        child = Child(
            self.log,
            {**os.environ, "LOCAL_NETWORK": local},
            *arguments,
            module=module,
            within=self.hosts.place(arguments[0]).within,
        )
        self._keep(ProcessPart(child, f"{url}/healthz" if url else ""))

    def _keep(self, part: Part) -> None:
        self.keepers[part.name] = Keeper(part, self.outages, self._sees_sending)
        self.keepers[part.name].start()

    def _are_up(self, *names: str) -> bool:
        self._raise_faults()
        return all(self.keepers[name].up.is_set() for name in names)

    def _raise_faults(self) -> None:
        for keeper in self.keepers.values():
            if keeper.fault is not None:
                raise Failed(f"{keeper.part.name} could not be kept up: {keeper.fault}")

    def _finish(self, *words: str) -> None:
        child = Child(self.log, dict(os.environ), *words)
        child.start()
        if child.process.wait():
            raise Failed(f"callcentre {child.name} failed: see the log.")

    def _sees_sending(self) -> bool:
        """Whether a message is being handed over now, or is before patience ends."""
        answer = requests.get(
            f"{self.network}/sending",
            params={"patience": SENDING_PATIENCE},
            timeout=2 * SENDING_PATIENCE,
        )
        return bool(answer.json()["sending"])

    def _under_fire(self, load: Load) -> None:
        dice = Random(self.options.seed)
        self._faults(FAULTS | ERRORS[0] | {"seed": self.options.seed})
        for victim in self.hosts.victims:
            self.keepers[victim].let_loose(
                blows(self.options.kills, self.seconds, dice, victim in compare.SENDING)
            )
        change = threading.Timer(self.seconds / 2, self._faults, [ERRORS[1]])
        change.start()
        try:
            load.run(self.seconds)
        finally:
            change.cancel()
        until(self._all_have_struck, "the last kills", DRAIN_SECONDS)
        self._raise_faults()

    def _all_have_struck(self) -> bool:
        self._raise_faults()
        struck = [outage for outage in self.outages if not outage.by_itself]
        wanted: int = len(self.hosts.victims) * self.options.kills
        return len(struck) >= wanted

    def _faults(self, faults: dict[str, object]) -> None:
        answer = requests.post(f"{self.network}/network/faults", json=faults, timeout=10)
        answer.raise_for_status()

    def _wait_until_quiet(self) -> None:
        """Until every text is taken, every message sent, and every receipt heard."""
        self._faults(dict.fromkeys((*FAULTS, *ERRORS[0])) | {"lose_to": LOST})
        self._await_quiet_network()
        if not self.options.short:
            until(
                lambda: not unfinished(), "the last message to be sent", LONG_DRAIN_SECONDS, every=2
            )
        else:
            self._move_the_clock()
        self._await_quiet_network()

    def _move_the_clock(self) -> None:
        """Worker and clock end in good order; then ticks with the clock moved send the rest."""
        until(lambda: not due(), "what is due to be sent", DRAIN_SECONDS)
        end_all([self.keepers["worker"], self.keepers["clock"]])
        for minutes in SHORT_AHEAD:
            command = [sys.executable, "-P", "-m", "scripts.kill.later", str(minutes)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=DRAIN_SECONDS)
            self.log.line("later", done.stderr.strip())
            self._await_quiet_network()
            if not unfinished():
                return

    def _await_quiet_network(self) -> None:
        """Until each text of a phone is taken, and nothing is left that the network would bring."""

        def is_quiet() -> bool:
            texts, hooks = self._ask("texts"), self._ask("hooks")
            return not (hooks["waiting"] or any(text["taken_at"] is None for text in texts))

        until(is_quiet, "the network to bring texts and receipts", DRAIN_SECONDS, every=0.5)

    def _ask(self, what: str) -> Any:
        return requests.get(f"{self.network}/network/{what}", timeout=60).json()

    def _gather(self, load: Load) -> tuple[Facts, dict[str, dict[str, int]]]:
        note_taken(load.heard.said, self._ask("texts"))
        hooks = self._ask("hooks")
        facts = Facts(
            said=load.heard.said,
            apologies=load.heard.apologies,
            sent=[sent_of(each) for each in self._ask("sent")],
            failed_calls=[call_of(each) for each in hooks["failed"]],
            outages=self.outages,
        )
        with db.session() as session:
            stored.read(session, facts, clock.now())
        return facts, hooks["counts"]


def settings_of(web: str, network: str) -> dict[str, str]:
    return {
        **{name: make() for name, make in MADE_UP.items()},
        "PUBLIC_URL": web,
        "AFRICASTALKING_API_URL": f"{network}/network/africastalking",
        "AFRICASTALKING_VOICE_URL": f"{network}/network/africastalking/voice",
        "TWILIO_API_URL": f"{network}/network/twilio",
        "RECORDING_HOSTS": urlsplit(network).netloc,
    }


def blows(kills: int, seconds: float, dice: Random, sending: bool) -> Sequence[Blow]:
    """So many kills at random moments, one in each part of the time; every second in the act."""
    each = seconds / max(kills, 1)
    return [
        Blow(
            at=number * each + dice.uniform(0.1, 0.8) * each,
            in_the_act=sending and number % 2 == 0,
            aside=dice.uniform(0, ACT_SECONDS),
        )
        for number in range(kills)
    ]


def unfinished() -> int:
    return counted(stored.unfinished)


def due() -> int:
    return counted(stored.due)


def counted(count: Callable[..., int]) -> int:
    with db.session() as session:
        return count(session, clock.now())


def sent_of(told: dict[str, Any]) -> Sent:
    at = moment(told["at"])
    assert at is not None
    return Sent(
        id=told["id"],
        to=told["to"],
        text=told["text"],
        at=at,
        answered_at=moment(told["answered_at"]),
        delivered_at=moment(told["delivered_at"]),
        receipts=told["receipts"],
    )


def call_of(told: dict[str, Any]) -> Call:
    at, end = moment(told["at"]), moment(told["until"])
    assert at is not None and end is not None
    return Call(told["hook"], at, end, told["status"])


def free_port() -> int:
    with socket.socket() as test:
        test.bind((HERE, 0))
        return int(test.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
