"""Taking a backup: one moment of the database, while everything goes on."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import text as sql
from sqlalchemy.exc import ProgrammingError

from callcentre import db
from callcentre.backup import file, programs
from callcentre.backup.file import About, Unfit


def take(target: Path, now: datetime) -> tuple[Path, About]:
    """Write a backup to a file, or to one named by its moment in a folder; where, and of what.

    Raises Unfit if there is no database of ours or pg_dump fails; OSError.
    """
    if target.is_dir():
        target = target / f"callcentre-{now:%Y%m%dT%H%M%SZ}.backup"
    with db.engine().connect() as opened:
        connection = opened.execution_options(isolation_level="REPEATABLE READ")
        connection.execute(sql("SET LOCAL statement_timeout = 0"))
        connection.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0"))
        try:
            revision = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar()
            tickets = connection.execute(sql("SELECT count(*) FROM tickets")).scalar_one()
        except ProgrammingError:
            raise Unfit("the database of DATABASE_URL holds no callcentre") from None
        snapshot = connection.execute(sql("SELECT pg_export_snapshot()")).scalar_one()
        dump = programs.dump(snapshot)
        about = file.write(target, dump, revision=str(revision), tickets=tickets, now=now)
    return target, about
