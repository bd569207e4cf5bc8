"""`callcentre ticket`: see tickets, give them to units, answer and close them."""

import functools
import getpass
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from callcentre import bodies, clock, db, jobs, outbox, people
from callcentre.calls import connections, recordings
from callcentre.charters import UnknownCharter, UnknownUnit
from callcentre.charters.model import TICKET_KINDS
from callcentre.cli.show import Day, Fault, Moment, as_json, out, table
from callcentre.lines import newest
from callcentre.people import UnknownPost
from callcentre.phrases import say
from callcentre.tickets import (
    appeals,
    appointments,
    commission,
    conflicts,
    intake,
    kinds,
    merging,
    notices,
    queries,
    questions,
    reference,
    referral,
    work,
)
from callcentre.tickets import progress as reports
from callcentre.tickets.model import STATUSES, Ticket, UnknownTicket, WrongStatus


def faults(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what may go wrong into one line, and wake the workers after what was posted."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        outbox.on_commit = jobs.wake
        try:
            command(*args, **kwargs)
        except (WrongStatus, UnknownTicket, UnknownUnit, UnknownCharter, UnknownPost) as fault:
            raise Fault(str(fault)) from None

    return run


def ref_of(written: str) -> str:
    ref = reference.read(written)
    if ref is None:
        raise Fault(
            f"{written} is no reference: ten digits like 26-00123454, the last a check digit"
        )
    return ref


def me() -> str:
    """Who acts: the account that runs the command."""
    return f"cli:{getpass.getuser()}"


@click.group()
def ticket() -> None:
    """Tickets: list, show, assign, answer, close."""


@ticket.command("list")
@click.option("--institution", help="Only this institution's.")
@click.option("--status", type=click.Choice(STATUSES), help="Only where they stand there.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@faults
def list_(institution: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """The tickets whose next promise is due first."""
    with db.session() as session:
        rows = queries.listing(session, institution=institution, status=status, limit=limit)
    columns = ("ref", "kind", "institution", "unit", "status", "opened_at", "next_due_at")
    out(rows) if as_json else table(rows, columns)


@ticket.command()
@click.argument("ref")
@click.option("--reveal", is_flag=True, help="Show whole numbers; the look is recorded.")
@as_json
@faults
def show(ref: str, reveal: bool, as_json: bool) -> None:
    """Everything about one ticket."""
    with db.session() as session:
        if reveal:
            found = intake.locked(session, ref_of(ref))
            queries.record_look(session, found, by=me(), now=clock.now())
        else:
            found = ticket_with(session, ref)
        data = queries.whole(session, found, reveal=reveal)
        data["recordings"] = recordings.of_ticket(session, found)
        data["calls"] = connections.of_ticket(session, found)
    out(data) if as_json else _print(data)


def ticket_with(session: Any, ref: str) -> Ticket:
    """The ticket of a reference as it is typed. Raises UnknownTicket."""
    found: Ticket | None = session.scalar(select(Ticket).where(Ticket.ref == ref_of(ref)))
    if found is None:
        raise UnknownTicket(f"no ticket {ref_of(ref)}; see `callcentre ticket list`")
    return found


def _print(data: dict[str, Any]) -> None:
    for name in ("ref", "kind", "institution", "unit", "topic", "place", "identity", "channel",
                 "status", "outcome", "opened_at", "words"):  # fmt: skip
        value = say("words.recorded", "sw") if data[name] == "" else data[name]
        click.echo(f"{name:12} {value if value is not None else '-'}")
    click.echo("\npromises")
    table(data["promises"], ("kind", "due_at", "kept_at", "kept_by", "broken_at", "internal"))
    click.echo("\nmessages")
    table(data["messages"], ("key", "to", "status", "parts", "text"))
    if data["recordings"]:
        click.echo("\nrecordings")
        table(data["recordings"], ("id", "kind", "seconds", "bytes", "fetched_at", "failed_at"))
    if data["calls"]:
        click.echo("\ncalls")
        columns = ("id", "asked_at", "outcome", "post", "waited", "seconds", "wrap_up")
        table(data["calls"], columns)


@ticket.command()
@click.argument("ref")
@click.option("--id", "which", type=int, help="Which one; the first if left out.")
@click.option("--save", type=click.Path(path_type=Path), required=True, help="The file to write.")
@faults
def recording(ref: str, which: int | None, save: Path) -> None:
    """Save what a citizen said, to hear it; the look is recorded."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        sound = recordings.sound(session, found, which, by=me(), now=clock.now())
    if sound is None:
        raise Fault(f"{found.ref} has no such recording yet; see `callcentre ticket show {ref}`")
    save.write_bytes(sound)
    click.echo(f"{found.ref}: saved to {save}")


@ticket.command()
@click.argument("ref")
@click.argument("words")
@faults
def summarize(ref: str, words: str) -> None:
    """Write down in WORDS what a citizen said in a recording."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        work.summarize(session, found, words, by=me(), now=clock.now())
    click.echo(f"{found.ref}: its words are written down")


@ticket.command()
@click.argument("ref")
@click.option("--unit", help="Code of the unit, as `callcentre charter show` lists them.")
@click.option("--to", help="Who in the unit has it.")
@faults
def assign(ref: str, unit: str | None, to: str | None) -> None:
    """Give a ticket to a unit."""
    if unit is None and to is None:
        raise Fault("name a unit (--unit) or a person (--to)")
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        work.assign(session, found, unit=unit, to=to, by=me(), now=clock.now())
    click.echo(f"{found.ref} assigned")


@ticket.command()
@click.argument("ref")
@click.argument("words")
@faults
def answer(ref: str, words: str) -> None:
    """Answer the citizen; the promise is kept when the answer arrives."""
    _answer(ref, words)


@ticket.command()
@click.argument("ref")
@click.argument("finding", type=click.Choice(work.FINDINGS))
@click.argument("words")
@faults
def resolve(ref: str, finding: str, words: str) -> None:
    """Answer a complaint with what was found of it, and WORDS on what was done."""
    _answer(ref, words, finding)


def _answer(ref: str, words: str, finding: str | None = None) -> None:
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        way = work.answer(
            session,
            found,
            words,
            finding=finding,
            edition=newest(session),
            by=me(),
            now=clock.now(),
        )
    told = {
        "sms": "goes out by SMS",
        "code": "waits to be read with the citizen's code",
        "task": "must be given by a person: see `callcentre task list`",
    }
    click.echo(f"{found.ref} answered: it {told[way]}")


@ticket.command()
@click.argument("ref")
@click.argument("done")
@click.option("--leave", is_flag=True, help="A supervisor allows one more than the first.")
@faults
def progress(ref: str, done: str, leave: bool) -> None:
    """Report what was DONE so far, where the charter lets that stand for an answer."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        until = reports.report(
            session, found, done, leave=leave, edition=newest(session), by=me(), now=clock.now()
        )
    click.echo(f"{found.ref}: reported; the answer is now due {queries.iso(until)}")


@ticket.command()
@click.argument("ref")
@click.argument("question")
@faults
def ask(ref: str, question: str) -> None:
    """Ask the citizen something, once; the promised date does not move."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        until = questions.ask(
            session, found, question, edition=newest(session), by=me(), now=clock.now()
        )
    click.echo(f"{found.ref}: asked; the office's own targets wait until {queries.iso(until)}")


@ticket.command()
@click.argument("ref")
@click.argument("at", type=Moment())
@faults
def appoint(ref: str, at: datetime) -> None:
    """Give the citizen a time at the office, like 2026-11-30T09:00+03:00."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        appointments.make(session, found, at, edition=newest(session), by=me(), now=clock.now())
    click.echo(f"{found.ref}: expected {queries.iso(at)}")


@ticket.command()
@click.argument("ref")
@click.argument("to")
@click.option("--phone", help="Of a body outside, as it is dialled.")
@click.option("--hours", default="1:30 asubuhi-9:30 alasiri", show_default=True)
@click.option("--reason", required=True, help="Why it is not this office's; it stays on record.")
@faults
def refer(ref: str, to: str, phone: str | None, hours: str, reason: str) -> None:
    """Refer a ticket TO another institution of this system, or to a body outside (--phone).

    Inside, a linked ticket is opened there with its own promises; outside, the citizen is told the
    body's name, number and hours.
    """
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        how: dict[str, Any] = {
            "reason": reason,
            "edition": newest(session),
            "by": me(),
            "now": clock.now(),
        }
        if phone is None:
            there = referral.inside(session, found, to, **how)
            click.echo(f"{found.ref} referred: {there.ref} at {to}")
        else:
            referral.outside(session, found, name=to, phone=phone, hours=hours, **how)
            click.echo(f"{found.ref} referred: the citizen is told {to}, {phone}")


@ticket.command()
@click.argument("ref")
@click.argument("kind", type=click.Choice(TICKET_KINDS))
@click.option("--reason", required=True, help="Why; it stays with the ticket.")
@click.option("--post", "post_id", required=True, type=int, help="Who decides: complaints unit.")
@faults
def kind(ref: str, kind: str, reason: str, post_id: int) -> None:
    """Write a ticket anew as another KIND; the citizen is told, and may object."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        post = people.find(session, post_id)
        kinds.change(
            session,
            found,
            kind,
            reason=reason,
            post=post,
            edition=newest(session),
            now=clock.now(),
        )
    click.echo(f"{found.ref} is now: {kind}; what was promised stays")


@ticket.command()
@click.argument("ref")
@click.argument("into", metavar="INTO", type=click.Choice(["into"], case_sensitive=False))
@click.argument("other", metavar="REF")
@click.option("--reason", required=True, help="Why; it stays with the ticket.")
@faults
def merge(ref: str, into: str, other: str, reason: str) -> None:
    """Work on a ticket as on another; its citizen keeps his date and gets the answer."""
    with db.session() as session:
        refs = {ref_of(ref), ref_of(other)}
        found = {one: intake.locked(session, one) for one in sorted(refs)}
        merging.merge(
            session,
            found[ref_of(ref)],
            found[ref_of(other)],
            reason=reason,
            edition=newest(session),
            by=me(),
            now=clock.now(),
        )
    click.echo(f"{ref_of(ref)} is worked on with {ref_of(other)}")


@ticket.command()
@click.argument("ref")
@click.option("--from", "sender", type=click.Choice(["commission"]), required=True)
@click.option("--received", type=Day(), help="The day of its stamp.")
@click.option("--answered", is_flag=True, help="The reply has gone.")
@faults
def letter(ref: str, sender: str, received: date | None, answered: bool) -> None:
    """A letter from the Commission about a ticket, to be answered in 90 days."""
    if answered == (received is not None):
        raise Fault("give the day on which it was --received, or say that it is --answered")
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        if received is None:
            commission.answered(session, found, by=me(), now=clock.now())
            done = "answered"
        else:
            at = datetime.combine(received, time(), clock.EAT)
            due = commission.received(session, found, at, by=me(), now=clock.now())
            done = f"due {queries.iso(due)}"
    click.echo(f"{found.ref}: letter from the {sender} {done}")


@ticket.command()
@click.argument("ref")
@faults
def appeal(ref: str) -> None:
    """The citizen says at the office that he is not satisfied: a level up."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        higher = appeals.unsatisfied(session, found, clock.now())
    if higher is None:
        click.echo(f"{found.ref}: no level above; the Commission: {bodies.commission().reached}")
    else:
        due = f", due {higher.due}" if higher.due else ""
        click.echo(f"{found.ref} is now at: {higher.title['en']}{due}")


@ticket.command()
@click.argument("ref")
@click.argument("post", type=int, required=False)
@click.option("--centre", is_flag=True, help="It is about the call centre itself.")
@faults
def accuse(ref: str, post: int | None, centre: bool) -> None:
    """Say of which POST a complaint is, or that it is about the --centre.

    It is hidden from those it complains of, and its ladder begins one level up.
    """
    if centre == (post is not None):
        raise Fault("name the post, as `callcentre user list` has it, or --centre")
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        if post is None:
            conflicts.about_centre(session, found, by=me(), now=clock.now())
        else:
            accused = people.find(session, post)
            conflicts.accuse(session, found, accused, by=me(), now=clock.now())
    click.echo(f"{found.ref}: hidden from {'the agents' if post is None else f'post {post}'}")


@ticket.command()
@click.argument("ref")
@click.option("--reason", default="answered", show_default=True)
@faults
def close(ref: str, reason: str) -> None:
    """Close an answered ticket."""
    with db.session() as session:
        found = intake.locked(session, ref_of(ref))
        work.close(session, found, by=me(), reason=reason, now=clock.now())
    click.echo(f"{found.ref} closed")


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
