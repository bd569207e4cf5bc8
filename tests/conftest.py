"""What tests share: real servers, a clean database for each test, lines, and a citizen's phone."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import servers

DATA_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
HOOK_SECRET = "old-secret-still-valid"
SETTINGS = {
    "SECRET_KEY": "only for tests",
    "DATA_KEY": DATA_KEY,
    "PUBLIC_URL": "http://127.0.0.1:9",  # nobody listens: what is sent in these tests waits
    "AFRICASTALKING_USERNAME": "sandbox",
    "AFRICASTALKING_API_KEY": "test-key",
    "AFRICASTALKING_HOOK_SECRET": f"new-secret,{HOOK_SECRET}",
    "LOCAL_NETWORK": "1",
}
os.environ.update(SETTINGS)

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday, 10:00 in Dar es Salaam


@pytest.fixture(scope="session")
def schema() -> None:
    """A database with the newest schema."""
    os.environ["DATABASE_URL"] = servers.database_url()
    os.environ["REDIS_URL"] = servers.redis_url()
    from callcentre.migrations import run

    run.upgrade()


@pytest.fixture
def database(schema: None) -> Iterator[None]:
    """An empty database. Numbers go on counting, so nothing remembered is ever met again."""
    from sqlalchemy import text

    from callcentre import db

    tables = ", ".join(table.name for table in db.Base.metadata.sorted_tables)
    yield
    with db.session() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"TRUNCATE {tables}"))


@pytest.fixture
def session(database: None) -> Iterator[Any]:
    """A transaction, rolled back."""
    from callcentre import db

    with db._sessions()() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def lines(database: None) -> None:
    """The demonstration's lines."""
    from callcentre import db
    from callcentre import lines as module
    from callcentre.cli.processes import _demo_lines

    with db.session() as session:
        for line in _demo_lines():
            module.add(session, line, NOW)


@pytest.fixture
def app(schema: None) -> Any:
    from callcentre.app import create_app

    return create_app()


@pytest.fixture
def client(app: Any, lines: None) -> Any:
    return app.test_client()
