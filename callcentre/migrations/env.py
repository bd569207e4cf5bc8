"""How Alembic reaches the database: our engine, one transaction, one host at a time."""

from contextlib import nullcontext

from alembic import context
from sqlalchemy import text

from callcentre import db

given = context.config.attributes.get("connection")
with nullcontext(given) if given is not None else db.engine().connect() as connection:
    context.configure(connection=connection, target_metadata=db.Base.metadata)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrations'))"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        context.run_migrations()
