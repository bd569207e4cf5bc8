"""How Alembic reaches the database: a connection of its own, one host at a time.

Each migration is a transaction of its own there, so that its locks last no longer than itself.
Given a connection, all of it happens in the transaction that is open there.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from alembic import context
from sqlalchemy import Connection, text

from callcentre import db

LOCK = "hashtext('migrations')"


@contextmanager
def own_connection() -> Iterator[Connection]:
    with db.engine().connect() as connection:
        connection.detach()  # closed at the end: nobody else gets these settings, or the lock
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        for name, limit in context.config.attributes["limits"].items():
            connection.execute(text(f"SET {name} = '{limit}'"))
        connection.commit()
        yield connection


given = context.config.attributes.get("connection")
with nullcontext(given) if given is not None else own_connection() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.Base.metadata,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        if given is not None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        context.run_migrations()
