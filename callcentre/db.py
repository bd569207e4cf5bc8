"""The database: PostgreSQL through SQLAlchemy 2.1 and psycopg 3; all times are aware UTC."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Engine, LargeBinary, MetaData, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from callcentre import config

Json = dict[str, Any] | list[Any]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        int: BigInteger,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


@cache
def engine() -> Engine:
    """The connection pool of this process.

    A statement that waits for a lock gives up after 5 s, and a connection after 3 s: a hook
    must be answered while the provider still listens. A database host that is gone without a word
    is noticed in less than half a minute: by itself TCP waits a quarter of an hour, and who only
    waits for an answer two hours.
    """
    return create_engine(
        config.load().database_url,
        pool_size=16,
        max_overflow=16,
        pool_timeout=3,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 25_000,
            "options": "-c TimeZone=UTC -c lock_timeout=5s -c statement_timeout=30s -c jit=off",
            "prepare_threshold": 1,
            "application_name": "callcentre",
        },
    )


@cache
def _sessions() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@contextmanager
def session() -> Iterator[Session]:
    """A transaction: committed at the end of the block, rolled back if it raises."""
    with _sessions()() as opened, opened.begin():
        yield opened


def insert_many(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], *, unless: str = ""
) -> None:
    """Insert rows of the same columns in one statement, an array for each column.

    Several times cheaper than a statement for each row. `unless` names a unique column: rows whose
    value is there already are left out.
    """
    table, names = model.__table__, list(rows[0])
    arrays = ", ".join(
        f"CAST(:{name} AS {table.c[name].type.compile(dialect=_POSTGRESQL)}[])" for name in names
    )
    conflict = f" ON CONFLICT ({unless}) DO NOTHING" if unless else ""
    session.execute(
        text(
            f"INSERT INTO {table.description} ({', '.join(names)})"
            f" SELECT * FROM unnest({arrays}){conflict}"
        ),
        {name: [row[name] for row in rows] for name in names},
    )


_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def is_up() -> bool:
    """Whether the database answers now."""
    try:
        with engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception:
        return False
    return True
