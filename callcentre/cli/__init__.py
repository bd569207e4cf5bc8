"""The `callcentre` command: what an operator, an agent without a console, or a script may do."""

import sys
from importlib import import_module

import click

COMMANDS = {
    "charter": "charters",
    "due": "charters",
    "ticket": "tickets",
    "task": "tasks",
    "line": "lines",
    "holiday": "holidays",
    "user": "users",
    "agent": "agents",
    "outbox": "outbox",
    "report": "reports",
    "fetch": "fetch",
    "simulate": "simulate",
    "web": "processes",
    "worker": "processes",
    "clock": "processes",
    "migrate": "processes",
    "backup": "backup",
    "restore": "backup",
    "demo": "processes",
}
"""Each command and the file here that has it, imported only when it is called."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"callcentre.cli.{COMMANDS[name]}")
        command: click.Command = getattr(module, name)
        return command


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="callcentre")
def callcentre() -> None:
    """Complaints by telephone, USSD and SMS, answered by the date a charter promises."""


def main() -> None:
    """Run the command; a fault of the surroundings is one line that says what to do."""
    from callcentre.config import MissingSettings

    try:
        callcentre(prog_name="callcentre")
    except MissingSettings as fault:
        sys.exit(f"callcentre: {fault}")
    except Exception as fault:
        reason = _database_is_away(fault)
        if reason is None:
            raise
        sys.exit(f"callcentre: the database does not answer ({reason}); see DATABASE_URL")


def _database_is_away(fault: Exception) -> str | None:
    from sqlalchemy.exc import OperationalError

    if not isinstance(fault, OperationalError):
        return None
    return str(fault.orig).strip().splitlines()[0] if fault.orig else "no answer"
