"""`callcentre agent`: who may be rung for callers, and what their calls were about."""

import click

from callcentre import charters, clock, db, people
from callcentre.calls import agents, connections
from callcentre.cli.show import Fault, as_json, out, table
from callcentre.cli.tickets import faults, me, ticket_with
from callcentre.cli.users import post_argument
from callcentre.phrases import say

CODES = {str(digit): name for digit, name in enumerate(connections.WRAP_UPS, 1)}
_TABLE = "\b\nCodes:\n" + "\n".join(
    f"{digit}  {say(f'wrap_up.{name}', 'sw')} ({say(f'wrap_up.{name}', 'en')})"
    for digit, name in CODES.items()
)


@click.group()
def agent() -> None:
    """Agents: who is there, and the codes of their calls; posts are those of `user list`."""


@agent.command("list")
@click.option("--institution", help="Only this one's.")
@as_json
@faults
def list_(institution: str | None, as_json: bool) -> None:
    """The agents, what each does now, the call that it is about, and the ticket of that."""
    named = [charters.get(institution).id] if institution else list(charters.all_current())
    with db.session() as session:
        rows = agents.listing(session, named, clock.now())
    columns = ("post", "institution", "title", "on_shift", "state", "since", "call", "ticket")
    out(rows) if as_json else table(rows, columns)


@agent.command()
@post_argument
@faults
def available(post_id: int) -> None:
    """The POST may be rung; so may every agent who never said otherwise."""
    _say(post_id, agents.AVAILABLE, "may be rung")


@agent.command()
@post_argument
@faults
def away(post_id: int) -> None:
    """The POST is not rung until it says `available`, or until tomorrow."""
    _say(post_id, agents.AWAY, "is not rung today")


def _say(post_id: int, state: str, told: str) -> None:
    try:
        with db.session() as session:
            post = people.find(session, post_id)
            agents.say(session, post, state, clock.now(), by=me())
    except agents.NotSo as fault:
        raise Fault(str(fault)) from None
    click.echo(f"post {post_id} {told}")


@agent.command("wrap-up", epilog=_TABLE)
@click.argument("call", type=int)
@click.argument("code", type=click.Choice(tuple(CODES)))
@click.option("--ticket", "ref", help="The ticket that it was about, where it shows none.")
@faults
def wrap_up(call: int, code: str, ref: str | None) -> None:
    """Say with a CODE what a CALL of `agent list` was about; its agent may be rung again."""
    try:
        with db.session() as session:
            ticket = ticket_with(session, ref) if ref else None
            connections.wrap_up(session, call, CODES[code], clock.now(), by=me(), ticket=ticket)
    except (connections.Nameless, connections.UnknownConnection) as fault:
        raise Fault(str(fault)) from None
    click.echo(f"call {call}: {say(f'wrap_up.{CODES[code]}', 'sw')}")
