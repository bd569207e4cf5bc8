"""How the processes start: what is wrong is told in a line before anything runs."""

import socket
from pathlib import Path

import pytest
import requests

from callcentre import schedule
from callcentre.outbox import limits
from cli.command import fault, said


@pytest.mark.parametrize("process", ["web", "worker", "clock"])
def test_limits_that_cannot_be_used_stop_it_at_once(
    process: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS", str(tmp_path / "none.toml"))
    limits.load.cache_clear()
    try:
        assert "none.toml: cannot be read" in fault(process)
    finally:
        limits.load.cache_clear()


@pytest.mark.parametrize("process", ["worker", "clock"])
def test_it_shows_what_it_counts_to_this_machine(
    process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shown = []

    def run() -> None:
        shown.append(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text)

    monkeypatch.setattr(schedule, f"run_{process}", run)
    said(process, "--metrics-port", str(port))
    assert "callcentre_route_changes" in shown[0]


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert fault("clock", "--metrics-port", str(port)).startswith(f"--metrics-port {port}: ")
