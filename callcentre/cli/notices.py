"""`callcentre ticket notice`: the public answer to somebody who gave no name."""

import click

from callcentre import clock, db
from callcentre.cli.show import Fault
from callcentre.cli.tickets import faults, me, ref_of, ticket
from callcentre.tickets import intake, notices


@ticket.command()
@click.argument("ref")
@click.argument("text", required=False)
@click.option("--subject", help="One word or two, like maji; the topic's name if left out.")
@click.option("--take-down", is_flag=True, help="Take the notice off the board.")
@faults
def notice(ref: str, text: str | None, subject: str | None, take_down: bool) -> None:
    """Answer a nameless citizen on the board, with TEXT that nobody can know him by."""
    if take_down == (text is not None):
        raise Fault("give the text of the notice, or --take-down")
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        if text is None:
            notices.take_down(session, found, by=me(), now=clock.now())
            done = "taken off the board"
        else:
            posted = notices.post(session, found, text, subject=subject, by=me(), now=clock.now())
            done = f"on the board of {posted.institution}, as {posted.subject}"
    click.echo(f"{found.ref}: {done}")
