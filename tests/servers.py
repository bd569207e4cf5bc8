"""The PostgreSQL and Redis that tests run against: those of the environment, or throw-away ones.

    database_url()      a new, empty database for this pytest process, made at the first call
    redis_url()         a Redis for this pytest process
    new_database()      one more empty database, for tests of migrations
    as_the_application  gives a database that has its tables the roles of a real server

Nothing needs closing: at the end of the process the databases are dropped and servers stopped.
"""

import atexit
import os
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.local import servers

_at_exit = ExitStack()
atexit.register(_at_exit.close)


@cache
def database_url() -> str:
    return new_database()


@cache
def redis_url() -> str:
    return os.environ.get("REDIS_URL") or _throwaway().redis


def new_database() -> str:
    """The address of a new, empty database, dropped at the end of the process."""
    server, name = _server_url(), f"callcentre_test_{uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    _at_exit.callback(_execute, server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    parts = urlsplit(server)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{name}{query}"


def as_the_application(url: str) -> None:
    """Whoever connects to this database from now on has the rights of the application's role.

    `SET ROLE NONE` gives back those of the role that connected.
    """
    deploy = Path(__file__).parents[1] / "deploy"
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("roles.sql", "privileges.sql"):
            connection.execute((deploy / name).read_bytes())
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET role = callcentre")  # type: ignore[arg-type]


def _server_url() -> str:
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    return given.replace("+psycopg", "", 1) if given else _throwaway().database


@cache
def _throwaway() -> servers.Urls:
    return _at_exit.enter_context(servers.throwaway())


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SET ROLE NONE")
        connection.execute(statement)
