"""`callcentre outbox`: what waits to be sent."""

import click

from callcentre import clock, db, jobs
from callcentre import outbox as box
from callcentre.cli.show import Fault, as_json, out, table
from callcentre.cli.tickets import me
from callcentre.lines import newest
from callcentre.outbox import Route, holding, limits
from callcentre.outbox.routes import RouteState
from callcentre.tickets.queries import iso


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
                "kind": found.kind,
                "status": found.status,
                "next_at": found.next_at.isoformat(timespec="seconds"),
                "tries": found.tries,
                "parts": found.parts,
            }
            for found in box.waiting(session, limit)
        ]
        held = holding.current(session)
        waiting = holding.waiting(session) if held else 0
    if held:
        click.echo(
            f"held since {held.since.isoformat(timespec='seconds')} by {held.by} ({held.reason}):"
            f" {waiting} wait for `callcentre outbox release`",
            err=as_json,
        )
    columns = ("id", "key", "kind", "status", "next_at", "tries", "parts")
    out(rows) if as_json else table(rows, columns)


@outbox.command()
@click.argument("id", type=int)
def retry(id: int) -> None:
    """Send a failed or waiting message now."""
    box.on_commit = jobs.wake
    with db.session() as session:
        if not box.retry(session, id, now=clock.now()):
            raise Fault(f"message {id} is with a network, being sent, or not there")
    click.echo(f"message {id} goes now")


@outbox.command()
@as_json
def routes(as_json: bool) -> None:
    """Every way a message may take, each an SMS line: works, down, or paused for you to mend."""
    with db.session() as session:
        states = {(one.provider, one.sender): one for one in box.troubled(session)}
        rows = [
            {
                "provider": line.provider,
                "sender": line.address,
                "institutions": " ".join(line.institutions),
                **_state(states.get((line.provider, line.address))),
            }
            for line in newest(session).lines
            if line.channel == "sms"
        ]
    columns = ("provider", "sender", "institutions", "state", "since", "next_probe", "code")
    out(rows) if as_json else table(rows, columns)


def _state(trouble: RouteState | None) -> dict[str, str | None]:
    if trouble is None or trouble.opened_at is None:
        return {"state": "works", "since": None, "next_probe": None, "code": None}
    return {
        "state": "paused" if trouble.ours else "down",
        "since": iso(trouble.opened_at),
        "next_probe": iso(trouble.probe_at),
        "code": trouble.code,
    }


@outbox.command()
@click.argument("provider")
@click.argument("sender")
def resume(provider: str, sender: str) -> None:
    """Try a route again at once, since account or sender are mended."""
    box.on_commit = jobs.wake
    with db.session() as session:
        if not box.resume(session, Route(provider, sender), now=clock.now()):
            raise Fault(f"{provider} {sender} is not down; see `callcentre outbox routes`")
    click.echo(f"{provider} {sender}: the next message tries it; the others follow in ten minutes")


@outbox.command()
@as_json
def spending(as_json: bool) -> None:
    """What each institution has had sent today (EAT), in messages and shillings."""
    try:
        allowed = limits.load()
    except limits.BadLimits as fault:
        raise Fault(str(fault)) from None
    with db.session() as session:
        rows = [
            {
                "institution": one.institution,
                "messages": one.messages,
                "shillings": one.cost,
                "budget": allowed.of_day(one.institution),
                "left": max(0.0, allowed.of_day(one.institution) - one.cost),
            }
            for one in box.spent_today(session, clock.now())
        ]
    columns = ("institution", "messages", "shillings", "budget", "left")
    out(rows) if as_json else table(rows, columns)


@outbox.command()
@click.option("--reason", default="no reason given", help="Shown by `outbox list`.")
def hold(reason: str) -> None:
    """Send nothing at all, replies neither, until `outbox release`. Complaints are taken."""
    with db.session() as session:
        if not holding.hold(session, reason, by=me(), now=clock.now()):
            raise Fault("the outbox is held already; `callcentre outbox list` says since when")
        waiting = holding.waiting(session)
    click.echo(f"held: {waiting} wait for `callcentre outbox release`")


@outbox.command()
def release() -> None:
    """Send again, what waited too. Each message has its time again, by the length of the hold."""
    box.on_commit = jobs.wake
    with db.session() as session:
        due = holding.release(session, by=me(), now=clock.now())
        if due is None:
            raise Fault("the outbox is not held")
        later = holding.waiting(session) - due
    click.echo(f"released: {due} go now, {later} at their time")
