"""Processes that are asked to stop end what they have in hand, and a session outlives them."""

import errno
import re
import signal
import socket
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from given import HOOK_SECRET
from system_under_test import PATIENCE, System, until

pytestmark = pytest.mark.processes

WORDS = "Maji hayatoki mtaa wa Buguruni tangu Juni"
_ids = count(1)


class Session:
    """A USSD session as the provider brings it: its own memory, not that of our local network."""

    def __init__(self, system: System, number: str) -> None:
        self.system, self.typed = system, ""
        self.form = {
            "sessionId": f"ATUid_restart_{next(_ids)}",
            "phoneNumber": number,
            "networkCode": "64004",
            "serviceCode": "*149*52#",
        }
        self.hop()

    def hop(self) -> str:
        answer = requests.post(
            f"{self.system.url}/hooks/africastalking/{HOOK_SECRET}/ussd",
            data={**self.form, "text": self.typed},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.text

    def type(self, *answers: str) -> str:
        shown = ""
        for answer in answers:
            self.typed = f"{self.typed}*{answer}" if self.typed else answer
            shown = self.hop()
        return shown


def rows(system: System, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(system.environment["DATABASE_URL"]) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def refuses(port: int) -> bool:
    """Whether nobody listens at this port of this machine any more."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def restart_web(system: System) -> None:
    system.kill("web", signal.SIGTERM)
    system.start("web", "--port", str(system.port))
    until(system.is_ready, "the web to be ready again")


def test_a_session_begun_before_the_web_is_restarted_is_finished_after_it(system: System) -> None:
    system.faults()
    session = Session(system, "+255712000041")
    session.type("1", "1", "1")
    restart_web(system)
    received = session.type(WORDS)
    ref = re.search(r"\d\d-\d{8}", received)
    assert ref
    restart_web(system)
    session.type("1")
    shown = session.type("9")
    assert shown.startswith("END")
    assert ref[0] in shown
    assert system.ticket(ref[0])["words"] == WORDS


def test_a_hop_in_hand_is_answered_before_the_web_ends(system: System) -> None:
    system.faults()
    session = Session(system, "+255712000042")
    session.type("1", "1", "1")
    shown: list[str] = []
    last = threading.Thread(target=lambda: shown.append(session.type(WORDS)))
    with psycopg.connect(system.environment["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE tickets IN SHARE MODE")
        last.start()
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'tickets'::regclass"
        until(lambda: rows(system, waiting), "the hop to wait for the tickets")
        web = system.running["web"]
        web.send_signal(signal.SIGTERM)
        until(lambda: refuses(system.port), "the web to take no more")
        assert web.poll() is None
    last.join()
    assert web.wait(PATIENCE) == 0
    assert re.search(r"Limepokelewa, Na\. \d\d-\d{8}", shown[0])
    restart_web(system)


def test_a_worker_asked_to_stop_in_the_act_of_sending_writes_down_what_came_of_it(
    system: System,
) -> None:
    system.faults(answer_delay_s=2, end_events=False)
    numbers = [f"+25571200005{one}" for one in range(4)]
    for number in numbers:
        system.phone(number, "sms", to="15001", text=WORDS)
    sending = "SELECT count(*) FROM messages WHERE claimed_until IS NOT NULL"
    until(lambda: rows(system, sending)[0][0], "a message to be on its way")
    worker = system.running["worker"]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert rows(system, sending) == [(0,)]
    unfinished = (
        "SELECT count(*) FROM attempts WHERE unknown_at IS NOT NULL"
        " OR (accepted_at IS NULL AND failed_at IS NULL)"
    )
    assert rows(system, unfinished) == [(0,)]
    system.faults()
    system.start("worker")
    for number in numbers:
        until(lambda number=number: system.sms(number), f"the reply to {number[-4:]}")
        references = {re.search(r"\d\d-\d{8}", one["text"]) for one in system.sms(number)}
        assert len(references) == len(system.sms(number))


@pytest.fixture
def two_webs(system: System, tmp_path: Path) -> Iterator[System]:
    """A web of two processes on the same database, without the local network."""
    with (tmp_path / "log").open("wb") as log:
        other = System(log)
        other.environment |= {
            "DATABASE_URL": system.environment["DATABASE_URL"],
            "LOCAL_NETWORK": "",
        }
        other.start("web", "--port", str(other.port), "--workers", "2")
        try:
            until(other.is_ready, "two processes to be ready")
            yield other
        finally:
            other.stop()


def test_two_processes_of_a_web_share_a_session_and_end_together(two_webs: System) -> None:
    session = Session(two_webs, "+255712000043")
    session.type("1", "1", "1", WORDS, "1")
    assert session.type("9").startswith("END")
    assert requests.get(f"{two_webs.url}/handset/", timeout=10).status_code == 404
    web = two_webs.running["web"]
    web.send_signal(signal.SIGTERM)
    assert web.wait(PATIENCE) == 0
    assert not two_webs.is_ready()
