"""`callcentre outbox`: what waits to be sent."""

import click

from callcentre import clock, db, jobs
from callcentre import outbox as box
from callcentre.cli.show import Fault, as_json, out, table


@click.group()
def outbox() -> None:
    """Messages waiting to be sent."""


@outbox.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def list_(limit: int, as_json: bool) -> None:
    """Messages not yet with a network, oldest first."""
    with db.session() as session:
        rows = [
            {
                "id": found.id,
                "key": found.key,
                "status": found.status,
                "next_at": found.next_at.isoformat(timespec="seconds"),
                "tries": found.tries,
                "parts": found.parts,
            }
            for found in box.waiting(session, limit)
        ]
    out(rows) if as_json else table(rows, ("id", "key", "status", "next_at", "tries", "parts"))


@outbox.command()
@click.argument("id", type=int)
def retry(id: int) -> None:
    """Send a failed or waiting message now."""
    box.on_commit = jobs.wake
    with db.session() as session:
        if not box.retry(session, id, now=clock.now()):
            raise Fault(f"message {id} is with a network, being sent, or not there")
    click.echo(f"message {id} goes now")
