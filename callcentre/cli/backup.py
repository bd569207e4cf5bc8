"""`callcentre backup` and `callcentre restore`: the database as a file, and back."""

from datetime import datetime
from pathlib import Path

import click

from callcentre import backup as keeping
from callcentre import clock
from callcentre.backup import Begun, Unfit
from callcentre.cli.show import Fault
from callcentre.cli.tickets import me


@click.command()
@click.argument("target", metavar="FILE|DIR", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write the database as it is now to a new file, while everything goes on.

    In a folder the file is named by the moment. SECRET_KEY and DATA_KEY are not in it.
    """
    try:
        path, about = keeping.take(target, clock.now())
    except (Unfit, OSError) as fault:
        raise Fault(f"no backup was written: {fault}") from None
    click.echo(
        f"{path}: {about.tickets} tickets as of {about.taken_at}, schema {about.revision},"
        f" {path.stat().st_size / 1_000_000:.1f} MB, read back"
    )
    click.echo("SECRET_KEY and DATA_KEY are not in it: keep them elsewhere, it is useless without")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only say whether it could be restored with our keys.")
@click.option("--replace", is_flag=True, help="Though the present database holds tickets.")
@click.option("--after-recovery", is_flag=True, help="PostgreSQL itself has recovered: no FILE.")
def restore(file: Path | None, check: bool, replace: bool, after_recovery: bool) -> None:
    """Put a backup in the place of the present database, and hold the outbox.

    Web, worker and clock must be stopped. Nothing is sent until `callcentre outbox release`.
    """
    if (file is None) is not after_recovery:
        raise click.UsageError("name a FILE, or --after-recovery without one")
    try:
        if file is None:
            reached, begun = keeping.recovered(by=me(), now=clock.now())
            _say("goes on from", reached, begun)
        elif check:
            about = keeping.read(file)
            keeping.known(about)
            click.echo(f"{file} can be restored: {about.tickets} tickets as of {about.taken_at}")
        else:
            about, begun = keeping.restore(file, replace=replace, by=me(), now=clock.now())
            _say(f"restored {about.tickets} tickets as of", about.moment, begun)
    except (Unfit, OSError) as fault:
        raise Fault(str(fault)) from None


def _say(done: str, state: datetime, begun: Begun) -> None:
    click.echo(
        f"{done} {state.isoformat(timespec='seconds')}; {begun.left_out} ticket numbers left out"
    )
    click.echo(
        f"the outbox is held, {begun.waiting} wait: look at `callcentre outbox list`, and when all"
        " is well let them go with `callcentre outbox release`"
    )
