"""`callcentre charter ...` and `callcentre due ...`: what is promised, and when it is due.

Both read the charters that come with the program, and need no database; where there is one, `due`
counts with the holidays declared in it. Errors are one line that names the thing and the cure, with
exit status 2.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from callcentre import bodies
from callcentre.charters.as_json import charter_json, due_json, summary_json
from callcentre.charters.calendar import Calendar
from callcentre.charters.calendar import due as due_at
from callcentre.charters.check import check as compare
from callcentre.charters.check import quotations
from callcentre.charters.loader import DATA, BadCharter, default, load
from callcentre.charters.model import Charter, Clause, Rule, Service, Standard
from callcentre.clock import EAT

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_T = TypeVar("_T")


class Refused(click.ClickException):
    """An error of the person at the keyboard."""

    exit_code = 2


_as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group()
def charter() -> None:
    """What the institutions promise, with the line of each promise."""


@charter.command("list")
@_as_json
def list_charters(as_json: bool) -> None:
    """The charters being served."""
    rows = [summary_json(each) for each in _ask(default).current().values()]
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        period = f"{row['in_force']['from']} - {row['in_force']['until'] or ''}"
        click.echo(f"{row['id']:<10} {row['version']:<10} {period:<24} {row['name']}")
        if row["awaiting_review"]:
            click.echo(f"{'':<10} awaiting review: {row['awaiting_review']}")


@charter.command()
@click.argument("institution")
@click.option("--version", help="An older version; the newest is shown without it.")
@_as_json
def show(institution: str, version: str | None, as_json: bool) -> None:
    """Everything the charter of INSTITUTION says."""
    found = _ask(lambda: default().get(institution, version))
    if as_json:
        _print_json(charter_json(found))
    else:
        _print_charter(found)


@charter.command()
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    envvar="CHARTER_DOCUMENTS",
    help="The folder with the printed charters as plain text; also CHARTER_DOCUMENTS.",
)
@click.option(
    "--files",
    type=click.Path(path_type=Path),
    default=DATA,
    help="The folder with the charter files, if not the program's own.",
)
@_as_json
def check(against: Path | None, files: Path, as_json: bool) -> None:
    """Whether the charter files are whole, every quotation stands on its line, and texts fit."""
    from callcentre.cli import fit

    for folder in (against, files):
        if folder is not None and not folder.is_dir():
            raise Refused(f"no folder {folder}; give one that is there")
    quoted = 0
    try:
        loaded = load(files)
        quoted = sum(len(each.services) + len(list(quotations(each))) for each in loaded)
        faults = [*compare(loaded, against), *fit.faults(list(loaded.current().values()))]
    except BadCharter as error:
        faults = error.faults
    if as_json:
        compared = quoted if against else 0
        _print_json({"quotations": quoted, "compared": compared, "faults": faults})
    else:
        click.echo("".join(f"{fault}\n" for fault in faults), nl=False)
    click.echo(_verdict(quoted, len(faults), against), err=True)
    for body in _ask(bodies.every).values():
        if body.confirmed_on is None:
            click.echo(f"{body.key}: nobody has confirmed how it is reached", err=True)
    if faults:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("institution")
@click.argument("promise")
@click.option("--received", required=True, help="When, like 2026-11-23T10:00+03:00.")
@click.option("--unit", help="The code of the unit; without it, the complaints unit.")
@_as_json
def due(institution: str, promise: str, received: str, unit: str | None, as_json: bool) -> None:
    """When INSTITUTION must keep PROMISE (acknowledge, answer, letter, call_back ...)."""
    found = _ask(lambda: default().get(institution))
    rule = _ask(lambda: _rule(found, promise, unit))
    sum_ = _ask(lambda: due_at(_calendar(found), _moment(received), rule.period))
    if as_json:
        _print_json(due_json(sum_, rule))
        return
    told = "internal target, never told to a citizen" if rule.internal else "told to the citizen"
    click.echo(f"{sum_.at.astimezone(EAT):%a %d %b %Y %H:%M}  {rule.kind}, {rule.period} ({told})")
    click.echo(f"  {sum_.explain('sw')}\n  {sum_.explain('en')}")
    click.echo(f"  {_place(rule.clause)} [{rule.basis}] {rule.clause.clean}")


def _verdict(quoted: int, faults: int, against: Path | None) -> str:
    if against is None and not faults:
        return (
            f"The files are whole, but {quoted} quotations were NOT COMPARED with the documents:"
            " give --against DIR or set CHARTER_DOCUMENTS."
        )
    return f"{quoted} quotations compared, {faults} faults." if quoted else f"{faults} faults."


def _ask(question: Callable[[], _T]) -> _T:
    """The answer, or an error that says what is unknown or cannot be read."""
    try:
        return question()
    except (LookupError, ValueError) as error:
        raise Refused(str(error)) from None


def _calendar(charter: Charter) -> Calendar:
    """With the holidays that were declared, where there is a database to ask."""
    from sqlalchemy.exc import SQLAlchemyError

    from callcentre import db
    from callcentre.config import MissingSettings
    from callcentre.tickets import holidays

    try:
        with db.session() as session:
            return holidays.calendar_of(session, charter).calendar
    except (MissingSettings, SQLAlchemyError):
        click.echo("Without the holidays declared late: no database was asked.", err=True)
        return Calendar.of(charter.hours)


def _rule(charter: Charter, promise: str, unit: str | None) -> Rule:
    kinds = sorted({rule.kind for rule in charter.rules})
    kind = next((kind for kind in kinds if kind == promise.replace("-", "_")), None)
    if kind is None:
        raise LookupError(f"{charter.id} has no {promise!r}; it has: {', '.join(kinds)}")
    rule = charter.rule(kind, unit)
    if rule is None:
        units = sorted({code for r in charter.rules if r.kind == kind for code in r.units or ()})
        raise LookupError(f"{kind} holds for some units only; give --unit {' or '.join(units)}")
    return rule


def _moment(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        message = f"{written!r} is not a time; write it like 2026-11-23T10:00+03:00"
        raise ValueError(message) from None


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_charter(charter: Charter) -> None:
    hours = charter.hours
    days = " ".join(DAYS[day - 1] for day in hours.days)
    until = charter.in_force.until or "(no end)"
    click.echo(f"{charter.name} / {charter.name_en}\n{charter.id} {charter.version}")
    click.echo(f"In force  {charter.in_force.start} - {until}")
    if charter.awaiting_review:
        click.echo(f"          awaiting review: {charter.awaiting_review}")
    click.echo(f"Hours     {days} {hours.open:%H:%M}-{hours.close:%H:%M} [{hours.basis}]")
    for contact in charter.contacts.entries:
        other = " (alternate)" if contact.alternate else ""
        click.echo(f"{contact.kind:<9} {contact.value}{other}  {_place(contact.source)}")
    topics = (f"{topic.key} {topic.unit or '-'}" for topic in charter.topics)
    click.echo(f"Topics    {', '.join(topics)}")
    _section("Units", (f"{u.code:<16} {u.name}  {_place(u.source)}" for u in charter.units))
    _section("Rules", (_rule_line(rule) for rule in charter.rules))
    _section("Appeal", (f"{a.level or '-'}  {a.name}  {_place(a.source)}" for a in charter.appeal))
    _section("Standards", (_standard_line(standard) for standard in charter.standards))
    _section("Rights", (_clause_line(right) for right in charter.rights))
    _section("Duties", (_clause_line(duty) for duty in charter.duties))
    _section("Complaints unit", (_clause_line(duty) for duty in charter.complaints_unit_duties))
    _section("Reporting", (_clause_line(duty) for duty in charter.reporting))
    _section("Review", (_clause_line(duty) for duty in charter.review))
    _section("Facts", (f"{f.key:<16} {f.value}  {_place(f.source)}" for f in charter.facts))
    _section("Services", (_service_line(service) for service in charter.services))


def _section(title: str, lines: Iterable[str]) -> None:
    rows = list(lines)
    if rows:
        click.echo("\n".join(["", title, *(f"  {row}" for row in rows)]))


def _rule_line(rule: Rule) -> str:
    where = " ".join(rule.units or ("all",))
    told = "internal" if rule.internal else "told"
    return (
        f"{rule.kind:<12} {rule.for_kind:<10} {where:<8} {rule.period!s:<15} {told:<8}"
        f" {rule.basis:<8} {_place(rule.clause)}"
    )


def _standard_line(standard: Standard) -> str:
    periods = ", ".join(each.raw for each in standard.periods) or "(no time)"
    return f"{standard.name.rstrip('.')}: {periods}  {_place(standard.source)}"


def _service_line(service: Service) -> str:
    promised = service.period_raw or "(no time)"
    line = f"{service.id:<22} {service.source.clean}: {promised}  {_place(service.source)}"
    return f"{line}\n{'':<25}({service.source.note})" if service.source.note else line


def _clause_line(clause: Clause) -> str:
    return f"{clause.clean}  {_place(clause)}"


def _place(clause: Clause) -> str:
    return f"{clause.document}:{clause.line}"
