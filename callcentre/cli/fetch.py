"""`callcentre fetch`: the SMS that a provider gave up bringing, after a long outage."""

from collections import Counter

import click
import requests

from callcentre import clock, jobs, outbox
from callcentre.cli.show import Fault
from callcentre.conversations import texts
from callcentre.sms.providers import africastalking


@click.command()
@click.option("--after", default=0, show_default=True, help="The last number fetched before.")
def fetch(after: int) -> None:
    """Ask Africa's Talking for the SMS it holds, and hear those that no hook has brought.

    It repeats a hook for twelve hours. What it then gave up is still in its list, under numbers
    of its own; what came by hook is known again by its sender and words. Who wrote BILA JINA left
    nothing to know it by, and is not heard twice: count those, and look at the list yourself.
    """
    outbox.on_commit = jobs.wake
    try:
        held = africastalking.fetch(after)
    except (requests.RequestException, ValueError) as fault:
        raise Fault(f"Africa's Talking gave no list: {type(fault).__name__}") from None
    outcomes = Counter(texts.receive_late(sms, clock.now()) for sms in held)
    for outcome, count in sorted(outcomes.items()):
        click.echo(f"{outcome:14} {count}")
    click.echo(f"last number    {max((int(sms.id) for sms in held), default=after)}")
