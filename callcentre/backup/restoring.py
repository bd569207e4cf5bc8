"""Bringing a backup back: checked first, then everything in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import db
from callcentre.audit import Event
from callcentre.backup import afterwards, file, programs
from callcentre.backup.afterwards import Begun
from callcentre.backup.file import About, Unfit
from callcentre.migrations import run as migrations


@dataclass(frozen=True, slots=True)
class _Others:
    """Who else is connected to the database."""

    count: int
    names: str


def known(about: About) -> None:
    """Raises Unfit if a backup is of a schema that this version does not know."""
    if about.revision not in migrations.revisions():
        raise Unfit(
            f"the backup has schema {about.revision} and this version knows up to"
            f" {migrations.head()}: install the version that made it, or a newer one"
        )


def restore(path: Path, *, replace: bool, by: str, now: datetime) -> tuple[About, Begun]:
    """Put a backup where the present database is, at the newest schema, its outbox held.

    All or nothing: nothing is touched before the file and the keys are checked, and a fault or a
    kill later leaves the database as it was. Raises Unfit.
    """
    about = file.read(path)
    known(about)
    with db.session() as session:
        session.execute(sql("SET LOCAL statement_timeout = 0"))
        _require_alone(session)
        if not replace and (tickets := _tickets(session)):
            raise Unfit(f"the database holds {tickets} tickets: --replace puts the backup there")
        used = afterwards.used_numbers(session)
        _empty(session)
        try:
            with file.opened(path) as archive:
                programs.load(_psycopg(session), archive)
        except psycopg.Error as fault:
            raise Unfit(f"nothing was changed: {str(fault).splitlines()[0]}") from fault
        session.execute(sql("RESET ALL"))
        session.execute(sql("SET LOCAL statement_timeout = 0"))
        migrations.upgrade(connection=session.connection())
        begun = afterwards.begin_again(session, about.moment, used, by=by, now=now)
        session.execute(sql("ANALYZE"))
    return about, begun


def recovered(*, by: str, now: datetime) -> tuple[datetime, Begun]:
    """The same beginning after PostgreSQL's own recovery to a point in time; to which, and what.

    The point is that of the last event on record. Raises Unfit.
    """
    with db.session() as session:
        _require_alone(session)
        reached = session.scalar(select(func.max(Event.at)))
        if reached is None:
            raise Unfit("the database has no event on record: what was recovered is empty")
        return reached, afterwards.begin_again(session, reached, {}, by=by, now=now)


def _require_alone(session: Session) -> None:
    others = _Others(
        *session.execute(
            sql(
                "SELECT count(*), string_agg(DISTINCT coalesce(nullif(application_name, ''), '?'),"
                " ', ') FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        ).one()
    )
    if others.count:
        raise Unfit(
            f"{others.count} programs are connected to the database ({others.names}):"
            " stop web, worker and clock first"
        )


def _tickets(session: Session) -> int:
    if session.scalar(sql("SELECT to_regclass('public.tickets')")) is None:
        return 0
    return session.scalar(sql("SELECT count(*) FROM tickets")) or 0


def _empty(session: Session) -> None:
    """Drop everything in the schema `public`, which is ours alone."""
    mine = "relnamespace = 'public'::regnamespace AND relkind"
    drops = (
        f"SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class"
        f" WHERE {mine} IN ('r', 'p')",
        f"SELECT format('DROP SEQUENCE IF EXISTS %s', oid::regclass) FROM pg_class"
        f" WHERE {mine} = 'S'",
        "SELECT format('DROP ROUTINE IF EXISTS %s', oid::regprocedure) FROM pg_proc p"
        " WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend d"
        " WHERE d.objid = p.oid AND d.deptype = 'e')",
    )
    for query in drops:
        for drop in session.scalars(sql(query)).all():
            session.execute(sql(drop))


def _psycopg(session: Session) -> psycopg.Connection[tuple[object, ...]]:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
