"""Where the parts run: all on this machine, or web and worker on hosts of their own.

A host is a network namespace with one cable to a bridge, at which PostgreSQL, Redis and the local
network listen. To cut it off is to take the cable's end down. Needs root and `ip` (iproute2).
"""

import os
import secrets
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.kill.system import Failed, Part, answers, until
from scripts.local.servers import Listen

HERE = "127.0.0.1"
WEB_HOST, WORKER_HOST = "web's host", "worker's host"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part runs: its address, and the command that runs others there."""

    address: str
    within: Sequence[str] = ()


class OneHost:
    """Everything on this machine, over Unix sockets and loopback; the processes are killed."""

    victims: Sequence[str] = ("web", "worker", "clock", "PostgreSQL", "Redis")
    listen: Listen | None = None

    def __enter__(self) -> "OneHost":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def place(self, part: str) -> Place:
        return Place(HERE)

    def links(self, web: str) -> Sequence[Part]:
        return ()


class TwoHosts(OneHost):
    """Web and worker on hosts of their own, the rest here; the hosts are cut off."""

    victims = (WEB_HOST, WORKER_HOST)

    def __init__(self, cut_seconds: float) -> None:
        self.cut_seconds = cut_seconds
        if os.geteuid() != 0:
            raise Failed("Only root can make hosts: start scripts/kill_test --two-hosts as root.")
        self.name = f"cc{os.getpid()}"  # of the bridge; a name of an interface has 15 letters
        self.net = f"10.213.{os.getpid() % 250}"
        self.listen = Listen(f"{self.net}.1", secrets.token_urlsafe(24))
        self.hosts = {"web": 11, "worker": 12}

    def __enter__(self) -> "TwoHosts":
        try:
            ip(f"link add {self.name} type bridge")
            ip(f"addr add {self.net}.1/24 dev {self.name}")
            ip(f"link set {self.name} up")
            for host, number in self.hosts.items():
                space, end = self._space(host), self._end(host)
                ip(f"netns add {space}")
                ip(f"link add {end} type veth peer name eth0 netns {space}")
                ip(f"link set {end} master {self.name} up")
                ip(f"-n {space} addr add {self.net}.{number}/24 dev eth0")
                ip(f"-n {space} link set eth0 up")
                ip(f"-n {space} link set lo up")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def place(self, part: str) -> Place:
        if part in self.hosts:
            within = ("ip", "netns", "exec", self._space(part))
            return Place(f"{self.net}.{self.hosts[part]}", within)
        return Place(f"{self.net}.1")

    def links(self, web: str) -> Sequence[Part]:
        return (
            Link(WEB_HOST, self._end("web"), self.cut_seconds, web),
            Link(WORKER_HOST, self._end("worker"), self.cut_seconds),
        )

    def _space(self, host: str) -> str:
        return f"{self.name}-{host}"

    def _end(self, host: str) -> str:
        return f"{self.name}-{self.hosts[host]}"

    def _remove(self) -> None:
        for host in self.hosts:
            ip(f"netns del {self._space(host)}", check=False)
        ip(f"link del {self.name}", check=False)


class Link:
    """The cable of a host. `url` answers when the host can be reached again."""

    def __init__(self, name: str, end: str, cut_seconds: float, url: str = "") -> None:
        self.name, self.end, self.cut_seconds, self.url = name, end, cut_seconds, url
        self.stopped = threading.Event()

    def start(self) -> None:
        ip(f"link set {self.end} up")
        until(self._carries, f"the cable of {self.name}")
        if self.url:
            until(lambda: answers(self.url), f"{self.name} to answer")

    def kill(self) -> str:
        """Take the cable out, for a while."""
        ip(f"link set {self.end} down")
        self.stopped.wait(self.cut_seconds)
        return f"cut off for {self.cut_seconds:g} s"

    def alive(self) -> bool:
        return True

    def stop(self) -> None:
        self.stopped.set()

    def _carries(self) -> bool:
        return Path(f"/sys/class/net/{self.end}/operstate").read_text().strip() == "up"


def ip(words: str, *, check: bool = True) -> None:
    """Run `ip` with these words. Raises Failed with what it said."""
    try:
        done = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
    except FileNotFoundError:
        raise Failed("There is no `ip` on this machine: apt-get install iproute2.") from None
    if check and done.returncode:
        raise Failed(f"`ip {words}` failed: {done.stderr.strip()}")
