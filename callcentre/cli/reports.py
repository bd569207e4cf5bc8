"""`callcentre report`: how the promises of a week or a month were kept, and the sheet to print."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, PackageLoader

from callcentre import charters, clock, db
from callcentre.charters import Charter
from callcentre.cli.show import Day, as_json, out, table
from callcentre.cli.tickets import faults
from callcentre.phrases import say
from callcentre.tickets import reports
from callcentre.tickets.fairness import fairness as count
from callcentre.tickets.reports import Days, Overdue, Report

A_MONTH = timedelta(days=30)
MOST_ON_A_SHEET = 26  # so that it stays one page of A4
TITLES = {"weekly": "Taarifa ya malalamiko ya wiki", "monthly": "Taarifa ya malalamiko ya mwezi"}


@click.group()
def report() -> None:
    """Figures of an institution, for its meeting."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    sheet = click.Path(path_type=Path, dir_okay=False)
    for option in (
        click.argument("institution"),
        click.option("--until", type=Day(), help="The last day of the period."),
        click.option("--print", "sheet", type=sheet, help="Write one A4 page (HTML) to print."),
        as_json,
    ):
        command = option(command)
    return command


@report.command()
@_options
@faults
def weekly(institution: str, until: date | None, sheet: Path | None, as_json: bool) -> None:
    """Seven days; last week, Monday to Sunday, if no day is given."""
    _report("weekly", reports.week, institution, until, sheet, as_json)


@report.command()
@_options
@faults
def monthly(institution: str, until: date | None, sheet: Path | None, as_json: bool) -> None:
    """A month up to a day; the whole of last month, if no day is given."""
    _report("monthly", reports.month, institution, until, sheet, as_json)


@report.command()
@click.argument("institution")
@click.option("--since", type=Day(), help="The first day (default: 30 days ago).")
@as_json
@faults
def fairness(institution: str, since: date | None, as_json: bool) -> None:
    """What makes figures look better than the service is, for each officer and unit."""
    now = clock.now()
    begin = datetime.combine(since, time(), clock.EAT) if since else now - A_MONTH
    with db.session() as session:
        found = count(session, institution, begin, now)
    if as_json:
        out(found)
        return
    for rows, first in ((found["officers"], "who"), (found["units"], "unit")):
        table(rows, tuple(rows[0]) if rows else (first,))
        click.echo()


def _report(
    kind: str,
    days_of: Callable[..., Days],
    institution: str,
    until: date | None,
    sheet: Path | None,
    as_json: bool,
) -> None:
    charter, now = charters.get(institution), clock.now()
    with db.session() as session:
        made = reports.make(session, charter.id, days_of(now, until), now)
        cases = reports.overdue(session, charter.id, now, MOST_ON_A_SHEET) if sheet else []
    if sheet is not None:
        today = now.astimezone(clock.EAT).date()
        sheet.write_text(_sheet(TITLES[kind], charter, made, cases, today), encoding="utf-8")
        click.echo(f"written to {sheet}: print it on one A4", err=as_json)
    if as_json:
        out(_data(made))
    elif sheet is None:
        _show(made)


def _show(made: Report) -> None:
    whole = made.whole
    click.echo(
        f"{made.institution} {made.days.first} to {made.days.last}:"
        f" answered in time, by an answer: {whole.answered} of {whole.due}, open ones included"
    )
    rows = [{"unit": unit or "-"} | asdict(figures) for unit, figures in _in_order(made)]
    table([*rows, {"unit": "all"} | asdict(whole)], ("unit", *asdict(whole)))


def _in_order(made: Report) -> list[tuple[str | None, reports.Figures]]:
    return sorted(made.units.items(), key=lambda one: one[0] or "")


def _data(made: Report) -> dict[str, Any]:
    return {
        "institution": made.institution,
        "first": made.days.first.isoformat(),
        "last": made.days.last.isoformat(),
        **asdict(made.whole),
        "worst": [one._asdict() for one in made.worst],
        "units": [{"unit": unit} | asdict(figures) for unit, figures in _in_order(made)],
    }


def _sheet(title: str, charter: Charter, made: Report, cases: list[Overdue], today: date) -> str:
    """The page for the meeting: figures, and each late case with room for what is decided."""
    nobody = say("level.complaints", "sw")
    name = partial(_unit, charter, nobody)
    pages = Environment(loader=PackageLoader("callcentre.cli"), autoescape=True)
    return pages.get_template("report.html").render(
        title=title,
        charter=charter,
        first=f"{made.days.first:%d/%m/%Y}",
        last=f"{made.days.last:%d/%m/%Y}",
        today=f"{today:%d/%m/%Y}",
        whole=made.whole,
        worst=reports.names(charter, made.worst, nobody),
        cases=[each._replace(unit=name(each.unit)) for each in cases],
        left_out=made.whole.overdue - len(cases),
    )


def _unit(charter: Charter, nobody: str, unit: str | None) -> str:
    return charter.unit(unit).short if unit else nobody
