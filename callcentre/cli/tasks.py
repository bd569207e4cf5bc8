"""`callcentre task`: what a person must do, and that it was done."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from callcentre import clock, db, phones, vault
from callcentre.calls import outgoing
from callcentre.calls.outgoing import Ring
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
        rings = outgoing.of_tasks(session, [one.id for one in found])
        rows = [_row(one, rings.get(one.id, ()), reveal) for one in found]
    if as_json:
        out(rows)
        return
    columns = ("id", "kind", "institution", "ticket", "number", "due_at", "made_at", "calls")
    table([row | {"calls": _calls(row)} for row in rows], columns)


def _calls(row: dict[str, Any]) -> str | None:
    """What came of the calls placed for a task, when the next is, and why none is any more."""
    counted = Counter(one["outcome"] or "under way" for one in row["calls"])
    said = [f"{times} {outcome}" for outcome, times in counted.items()]
    if row["call_at"] is not None:
        said.append(f"next {row['call_at']}")
    return ", ".join([*said, *row["notes"]]) or None


def _row(found: Task, rings: Sequence[Ring], reveal: bool) -> dict[str, Any]:
    number = vault.unseal(found.sealed_number) if found.sealed_number else None
    return {
        "id": found.id,
        "kind": found.kind,
        "institution": found.institution,
        "ticket": found.ticket_id,
        "number": number if reveal or number is None else phones.mask(number),
        "due_at": queries.iso(found.due_at),
        "made_at": queries.iso(found.made_at),
        "notes": found.notes,
        "call_at": queries.iso(found.ring_at),
        "calls": [
            {"at": queries.iso(one.placed_at), "outcome": one.outcome, "post": one.post_id}
            for one in rings
        ],
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
