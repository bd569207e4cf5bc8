"""`callcentre simulate`: dial a code or send an SMS from the terminal, through the real doors."""

import click


@click.group()
def simulate() -> None:
    """Be a citizen, in the terminal."""
