"""The short form of the kill test: everything is killed, nothing is lost, nothing is made up."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds; it takes less than a third on a machine that does nothing else


def test_nothing_is_lost_while_everything_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "report.md"
    command = [sys.executable, "-P", "-m", "scripts.kill.run", "--short", "--report", str(told)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told.read_text().startswith("# Kill test: passed")
