"""How the commands print: JSON for programs, a plain table for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def out(data: Any) -> None:
    """Print JSON."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows under their columns; "-" where there is nothing."""
    shown = [[str(row.get(name) if row.get(name) is not None else "-") for name in columns]
             for row in rows]  # fmt: skip
    widths = [max(len(cell) for cell in column) for column in zip(columns, *shown, strict=True)]
    for cells in (columns, *shown):
        click.echo("  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
                   .rstrip())  # fmt: skip
    if not shown:
        click.echo("(none)")


class Fault(click.ClickException):
    """One line naming the thing and the cure; exit status 2."""

    exit_code = 2


class Moment(click.ParamType[datetime]):
    name = "ISO"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value} needs date, time and zone, like 2026-11-23T10:00+03:00")
        return moment


class Day(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: object, param: object, ctx: object) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no day; write it like 2026-10-29")
