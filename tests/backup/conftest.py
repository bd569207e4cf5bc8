"""A database of its own for each test, and PostgreSQL's programs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers
from outbox.surroundings import changed

from callcentre.migrations import run
from scripts.local.servers import programs


@pytest.fixture
def system(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database at the newest schema, to which nobody else is connected."""
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    with changed(DATABASE_URL=servers.new_database()):
        run.upgrade()
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.backup"
