"""The database's roles: the owner migrates, the application cannot edit the record.

Every other test in which there is a database runs with the application's rights too (conftest.py):
what the processes do, they are allowed to do.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import servers
from outbox.surroundings import changed
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.orm import Session
from tickets.making import open_ticket

from callcentre import db
from callcentre.migrations import run

PACKAGE = Path(run.__file__).parents[1]
DEPLOY = PACKAGE.parent / "deploy"


@pytest.fixture
def owned(schema: None) -> Iterator[str]:
    """A new database of the owner's, to whom nobody has given anything else."""
    url = servers.new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    for statement in (
        f"ALTER DATABASE {name} OWNER TO callcentre_owner",
        f"ALTER DATABASE {name} SET role = callcentre_owner",
    ):
        servers._execute(url, statement)
    with changed(DATABASE_URL=url):
        yield url


def test_the_owner_migrates_up_and_down_without_being_a_superuser(owned: str) -> None:
    assert run.check() == []
    with psycopg.connect(owned) as connection:
        found = connection.execute(
            "SELECT current_user, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
    assert found == ("callcentre_owner", False, False, False)


def test_what_a_later_migration_makes_is_the_applications_to_use_and_not_to_delete(
    owned: str,
) -> None:
    run.upgrade()
    with psycopg.connect(owned, autocommit=True) as connection:
        connection.execute((DEPLOY / "privileges.sql").read_bytes())
        connection.execute("CREATE TABLE later (id bigserial, said text)")
        connection.execute("SET ROLE NONE")
        connection.execute("SET ROLE callcentre")
        connection.execute("INSERT INTO later (said) VALUES ('Habari')")
        connection.execute("UPDATE later SET said = 'Shikamoo'")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("DELETE FROM later")


def test_nobody_else_may_use_the_database(owned: str) -> None:
    run.upgrade()
    with psycopg.connect(owned, autocommit=True) as connection:
        connection.execute((DEPLOY / "privileges.sql").read_bytes())
        others = connection.execute(
            "SELECT 1 FROM pg_database, aclexplode(datacl) WHERE datname = current_database()"
            " AND grantee = 0"
        )
        assert others.fetchall() == []


def test_tests_run_with_the_rights_of_the_application(session: Session) -> None:
    assert session.scalar(text("SELECT current_user")) == "callcentre"
    assert session.scalar(text("SHOW is_superuser")) == "off"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events",
        "UPDATE events SET kind = 'closed'",
        "UPDATE events SET body = NULL, salt = NULL",
        "TRUNCATE events",
        "ALTER TABLE events DISABLE TRIGGER events_are_kept",
        "ALTER TABLE events DISABLE TRIGGER USER",
        "DROP TRIGGER events_are_kept ON events",
        "CREATE OR REPLACE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN OLD; END'",
        "CREATE RULE nothing AS ON INSERT TO events DO INSTEAD NOTHING",
        "SET LOCAL session_replication_role = replica",
        "UPDATE seals SET signature = digest",
        "DELETE FROM seals",
        "UPDATE declarations SET name = 'Sikukuu'",
        "DELETE FROM tickets",
        "TRUNCATE messages",
        "DROP TABLE tickets",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine (id bigint)",
        "CREATE TEMP TABLE tickets (id bigint)",
        "CREATE SCHEMA mine",
        "COPY events TO PROGRAM 'cat'",
    ],
)
def test_the_application_cannot_edit_the_record_or_the_schema(
    session: Session, statement: str
) -> None:
    open_ticket(session)
    before = session.scalar(text("SELECT count(*) FROM events"))
    with pytest.raises(Exception, match="InsufficientPrivilege"), session.begin_nested():
        session.execute(text(statement))
    assert session.scalar(text("SELECT count(*) FROM events")) == before


def deleted_from() -> set[str]:
    """The tables of the models given to a `delete(...)` anywhere in the package."""
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "delete" and node.args
    )
    models: dict[str, Any] = {one.class_.__name__: one.class_ for one in db.Base.registry.mappers}
    return {models[ast.unparse(call.args[0])].__tablename__ for call in calls}


def test_the_application_may_delete_where_the_code_does_and_nowhere_else(session: Session) -> None:
    query = "SELECT has_table_privilege('callcentre', :table, 'DELETE')"
    tables = [table.name for table in db.Base.metadata.sorted_tables]
    allowed = {name for name in tables if session.scalar(text(query), {"table": name})}
    assert allowed == deleted_from()
