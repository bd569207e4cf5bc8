"""`callcentre task`: what a person must do, and that it was done."""

import click

from callcentre import clock, db, phones, vault
from callcentre.cli.show import Fault, as_json, out, table
from callcentre.cli.tickets import faults, me
from callcentre.tickets import queries, tasks
from callcentre.tickets.model import Task


@click.group()
def task() -> None:
    """Things a person must do: call back, prove an acknowledgement, give an answer."""


@task.command("list")
@click.option("--institution", help="Only this institution's.")
@click.option("--reveal", is_flag=True, help="Show whole numbers; the look is recorded.")
@as_json
@faults
def list_(institution: str | None, reveal: bool, as_json: bool) -> None:
    """Open tasks, those due first."""
    with db.session() as session:
        found = queries.open_tasks(session, institution)
        if reveal:
            queries.record_looks(session, found, by=me(), now=clock.now())
        rows = [_row(one, reveal) for one in found]
    columns = ("id", "kind", "institution", "ticket", "number", "due_at", "made_at")
    out(rows) if as_json else table(rows, columns)


def _row(found: Task, reveal: bool) -> dict[str, object]:
    number = vault.unseal(found.sealed_number) if found.sealed_number else None
    return {
        "id": found.id,
        "kind": found.kind,
        "institution": found.institution,
        "ticket": found.ticket_id,
        "number": number if reveal or number is None else phones.mask(number),
        "due_at": queries.iso(found.due_at),
        "made_at": queries.iso(found.made_at),
    }


@task.command()
@click.argument("id", type=int)
@click.option("--outcome", default="done", show_default=True, help="What came of it, in words.")
@click.option("--by", "way", type=click.Choice(tasks.WAYS), default="call", show_default=True)
@faults
def done(id: int, outcome: str, way: str) -> None:
    """Say that a task is done; a call, a letter or a printed receipt keeps its promise."""
    try:
        with db.session() as session:
            tasks.done(session, id, by=me(), outcome=outcome, now=clock.now(), way=way)
    except tasks.UnknownTask as fault:
        raise Fault(str(fault)) from None
    click.echo(f"task {id} done")
