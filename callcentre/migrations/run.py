"""Apply the migrations, and check that they and the models say the same."""

import threading
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from callcentre import audit, db, lines, outbox, people, watching
from callcentre.calls import model as calls
from callcentre.calls import outgoing
from callcentre.conversations import model as conversations
from callcentre.tickets import model as tickets
from callcentre.tickets import notices

MODELS = (
    audit,
    calls,
    conversations,
    lines,
    notices,
    outbox,
    outgoing,
    people,
    tickets,
    watching,
)  # imported so that the metadata is whole


LIMITS = {"lock_timeout": "1s", "statement_timeout": "4s"}
"""While the service runs: together what a hop waits for a table before it gives up (db.engine)."""
TRIES = 20
PAUSE = 3.0  # seconds between them, in which those who queued behind a try go on


class GaveUp(RuntimeError):
    """A migration would have kept citizens waiting; says what to do. Nothing is half done."""


def _config(*, patient: bool = False) -> Config:
    made = Config(attributes={"limits": {} if patient else LIMITS})
    made.set_main_option("script_location", str(Path(__file__).parent))
    return made


def head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or "nothing"


def revisions() -> set[str]:
    """Every revision that this version knows."""
    return {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(
    to: str = "head", *, patient: bool = False, connection: Connection | None = None
) -> None:
    """Bring the database up; two hosts may do so at once, one waits for the other.

    A migration that waits for a table longer than LIMITS say tries again later, since every hop
    that needs the table queues behind it; a statement that takes longer ends it. `patient` knows
    no limits, for a service that is stopped; nor does a connection that is given, in whose open
    transaction all of it happens. Raises GaveUp.
    """
    given = _config(patient=patient)
    given.attributes["connection"] = connection
    for left in reversed(range(TRIES)):
        try:
            command.upgrade(given, to)
            return
        except OperationalError as fault:
            if connection is not None:
                raise
            _give_up(fault, left)
        threading.Event().wait(PAUSE)


def _give_up(fault: OperationalError, left: int) -> None:
    """Raises what ends a migration; nothing when it met a lock and may try again."""
    if isinstance(fault.orig, QueryCanceled):
        raise GaveUp(
            "a migration takes longer than citizens can be kept waiting: stop the service,"
            " run `callcentre migrate --stopped`, and start it again"
        ) from fault
    if not isinstance(fault.orig, LockNotAvailable):
        raise fault
    if not left:
        raise GaveUp(
            f"another transaction kept a table locked through {TRIES} tries: end it"
            ' (docs/howto-run.md, "When a migration gives up"), then migrate again'
        ) from fault


def check() -> list[str]:
    """Upgrade, compare, downgrade, upgrade; what differs, a line each. For an empty database."""
    upgrade()
    with db.engine().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = [str(one) for one in compare_metadata(context, db.Base.metadata)]
    command.downgrade(_config(), "base")
    upgrade()
    return differences
