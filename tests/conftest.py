"""What tests share: real servers, a clean database for each test, lines, and a citizen's phone."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import servers
from given import NOW, SETTINGS

os.environ.update(SETTINGS)

from local_web import network, office_hours, redis, redis_server  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def schema() -> None:
    """A database with the newest schema, in which tests may do what the processes may."""
    os.environ["DATABASE_URL"] = servers.database_url()
    os.environ["REDIS_URL"] = servers.redis_url()
    from callcentre import db
    from callcentre.migrations import run

    run.upgrade()
    db.engine().dispose()
    servers.as_the_application(servers.database_url())


@pytest.fixture
def database(schema: None) -> Iterator[None]:
    """An empty database. Numbers go on counting, so nothing remembered is ever met again."""
    from sqlalchemy import text

    from callcentre import db

    # Deleting few rows is several times faster than truncating as many tables.
    empty = "; ".join(f"DELETE FROM {table.name}" for table in db.Base.metadata.sorted_tables)
    yield
    if sweeps := sys.modules.get("callcentre.sweeps"):
        sweeps._ran.clear()
    with db.session() as session:
        session.execute(text("SET LOCAL ROLE NONE"))
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.connection().exec_driver_sql(empty)


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
    from callcentre.cli.processes import demo_lines

    with db.session() as session:
        for line in demo_lines():
            module.add(session, line, NOW)


@pytest.fixture(scope="session")
def app(schema: None) -> Any:
    from callcentre.app import create_app

    return create_app()


@pytest.fixture
def client(app: Any, lines: None) -> Any:
    return app.test_client()
