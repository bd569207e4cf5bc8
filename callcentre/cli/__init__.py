"""The `callcentre` command: what an operator, an agent without a console, or a script may do."""

import sys

import click
from sqlalchemy.exc import OperationalError

from callcentre import config
from callcentre.cli import charters, holidays, lines, outbox, processes, simulate, tasks, tickets


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="callcentre")
def callcentre() -> None:
    """Complaints by telephone, USSD and SMS, answered by the date a charter promises."""


for command in (
    charters.charter,
    charters.due,
    tickets.ticket,
    tasks.task,
    lines.line,
    holidays.holiday,
    outbox.outbox,
    simulate.simulate,
    processes.web,
    processes.worker,
    processes.clock,
    processes.migrate,
    processes.demo,
):
    callcentre.add_command(command)


def main() -> None:
    """Run the command; a fault of the surroundings is one line that says what to do."""
    try:
        callcentre(prog_name="callcentre")
    except config.MissingSettings as fault:
        sys.exit(f"callcentre: {fault}")
    except OperationalError as fault:
        reason = str(fault.orig).strip().splitlines()[0] if fault.orig else "no answer"
        sys.exit(f"callcentre: the database does not answer ({reason}); see DATABASE_URL")
