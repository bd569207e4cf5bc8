"""Apply the migrations, and check that they and the models say the same."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from callcentre import audit, db, lines, outbox, people, watching
from callcentre.conversations import model as conversations
from callcentre.tickets import model as tickets
from callcentre.tickets import notices

MODELS = (
    audit,
    conversations,
    lines,
    notices,
    outbox,
    people,
    tickets,
    watching,
)  # imported so that the metadata is whole


def _config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    return made


def head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or "nothing"


def revisions() -> set[str]:
    """Every revision that this version knows."""
    return {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(to: str = "head", connection: Connection | None = None) -> None:
    """Bring the database up; two hosts may do so at once, one waits for the other.

    With a connection it happens in the transaction that is open there.
    """
    given = _config()
    given.attributes["connection"] = connection
    command.upgrade(given, to)


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
