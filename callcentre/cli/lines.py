"""`callcentre line`: the codes and numbers people use, and whose they are."""

import click

from callcentre import charters, clock, db, lines, phones
from callcentre.cli.show import Fault, as_json, out, table


@click.group()
def line() -> None:
    """Lines: USSD codes, short codes, hotline numbers, sender names."""


@line.command("list")
@as_json
def list_(as_json: bool) -> None:
    """All lines."""
    with db.session() as session:
        rows = [
            {
                "provider": found.provider,
                "channel": found.channel,
                "address": found.address,
                "institutions": list(found.institutions)
                if as_json
                else ", ".join(found.institutions),
                "keeper": found.keeper,
                "name": found.name,
                "hears": found.hears,
            }
            for found in lines.everything(session)
        ]
    columns = ("channel", "address", "name", "institutions", "keeper", "provider", "hears")
    out(rows) if as_json else table(rows, columns)


@line.command()
@click.argument("channel", type=click.Choice(lines.CHANNELS))
@click.argument("address")
@click.argument("institutions", nargs=-1, required=True)
@click.option("--provider", default="africastalking", show_default=True)
@click.option("--keeper", help="Who takes what a citizen cannot place (default: the first).")
@click.option("--name", help="What the line calls itself, at most 16 characters.")
@click.option("--deaf", is_flag=True, help="It sends, but nobody can write to it.")
def add(
    channel: str,
    address: str,
    institutions: tuple[str, ...],
    provider: str,
    keeper: str | None,
    name: str | None,
    deaf: bool,
) -> None:
    """Add a line, or change the one with this address.

    Example: callcentre line add ussd '*149*52#' sengerema

    A further SMS line of an institution is a further route for its messages.
    """
    try:
        found = [charters.get(one) for one in institutions]
    except charters.UnknownCharter as fault:
        raise Fault(str(fault)) from None
    if keeper is not None and keeper not in institutions:
        raise Fault(f"the keeper {keeper} is not among the institutions: {', '.join(institutions)}")
    if channel == "voice":
        address = phones.parse(address) or address
    elif channel == "ussd" and not phones.is_service_code(address):
        raise Fault(f"{address} is no USSD code; write it as it is dialled, like *149*50#")
    made = lines.Line(
        provider=provider,
        channel=channel,
        address=address,
        institutions=institutions,
        keeper=keeper or institutions[0],
        name=name or found[0].short,
        hears=not deaf,
    )
    if len(made.name) > 16:
        raise Fault(f"the name {made.name} is longer than 16 characters; give a shorter --name")
    with db.session() as session:
        edition = lines.add(session, made, clock.now())
    click.echo(f"{address} is a line of {', '.join(institutions)} (edition {edition})")
