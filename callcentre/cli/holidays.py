"""`callcentre holiday`: days on which offices are closed, and what that does to open dates."""

from datetime import date

import click

from callcentre import charters, clock, db, jobs, outbox, sweeps
from callcentre.cli.show import Day, Fault, as_json, out, table
from callcentre.cli.tickets import me
from callcentre.tickets import holidays
from callcentre.tickets.holidays import BadHoliday

institution_option = click.option("--institution", help="Only there (default: everywhere).")
source_option = click.option("--source", help="Where it was declared, like GN 486 of 2022.")


@click.group()
def holiday() -> None:
    """Holidays: list, declare, withdraw."""


@holiday.command("list")
@click.option("--year", type=click.IntRange(2000, 2050), help="Default: this year.")
@click.option("--institution", default="morogoro", show_default=True)
@as_json
def list_(year: int | None, institution: str, as_json: bool) -> None:
    """The holidays of a year, declared ones included."""
    shown = year or clock.now().astimezone(clock.EAT).year
    try:
        charter = charters.get(institution)
    except charters.UnknownCharter as fault:
        raise Fault(str(fault)) from None
    with db.session() as session:
        days = holidays.calendar_of(session, charter).calendar.holidays
        declared = {row.day: row for row in holidays.declared(session)}
    rows = [
        {
            "day": str(day),
            "name": name,
            "declared_by": declared[day].declared_by if day in declared else None,
            "source": declared[day].source if day in declared else None,
        }
        for day, name in sorted(days.items())
        if day.year == shown
    ]
    out(rows) if as_json else table(rows, ("day", "name", "declared_by", "source"))


@holiday.command()
@click.argument("day", type=Day())
@click.argument("name")
@institution_option
@source_option
def declare(day: date, name: str, institution: str | None, source: str | None) -> None:
    """Declare a holiday and move the open dates that it touches.

    Example: callcentre holiday declare 2026-10-29 'Siku ya uchaguzi' --source 'GN 123 of 2026'
    """
    try:
        with db.session() as session:
            holidays.declare(
                session,
                day,
                name,
                institution=institution,
                source=source,
                by=me(),
                now=clock.now(),
            )
    except (BadHoliday, charters.UnknownCharter) as fault:
        raise Fault(str(fault)) from None
    _move(f"{day} is a holiday")


@holiday.command()
@click.argument("day", type=Day())
@institution_option
@source_option
def withdraw(day: date, institution: str | None, source: str | None) -> None:
    """Say that a day is no holiday after all, and move the dates back."""
    try:
        with db.session() as session:
            holidays.withdraw(
                session, day, institution=institution, source=source, by=me(), now=clock.now()
            )
    except (BadHoliday, charters.UnknownCharter) as fault:
        raise Fault(str(fault)) from None
    _move(f"{day} is no holiday")


def _move(said: str) -> None:
    outbox.on_commit = jobs.wake
    click.echo(f"{said}; {sweeps.move_promises()} open promises looked at")
