"""`callcentre user`: posts, who holds them, who is away and who stands in."""

import functools
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from callcentre import charters, clock, db, people
from callcentre.cli import staff_file
from callcentre.cli.show import Day, Fault, as_json, out, table
from callcentre.cli.tickets import me
from callcentre.people import BadStaff, Outcome, Post, UnknownPerson, UnknownPost
from callcentre.tickets import queries


def faults(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what may go wrong into one line."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (BadStaff, UnknownPerson, UnknownPost, charters.UnknownCharter) as fault:
            raise Fault(str(fault)) from None

    return run


post_argument = click.argument("post_id", metavar="POST", type=int)
MOMENTS = ("away_from", "away_until", "confirmed_at")
ETHICS = "Day of the last training in ethics."
CHARTER = "Day of the last training on the charter."


@click.group()
def user() -> None:
    """Staff: posts and the people who hold them; numbers are those of `user list`."""


@user.command()
@click.option("--institution", required=True, help="As `callcentre charter list` has it.")
@click.option("--role", required=True, help=f"One of {', '.join(people.ROLES)}.")
@click.option("--name", required=True, help="Of the person; one name is one person.")
@click.option("--unit", help="Of an officer or a head: a code of `callcentre charter show`.")
@click.option("--place", help="Of a ward officer: the ward.")
@click.option("--phone", help="The post's mobile number; - takes it away.")
@click.option("--title", help="As it is printed (default: the role's in Swahili).")
@click.option("--language", help="In which it is written to: sw (default) or en.")
@click.option("--hours", help="When its telephone may ring (default: 7-20).")
@click.option("--days", help="On which: Mon-Fri (default) or all.")
@click.option("--ethics", help=ETHICS)
@click.option("--charter", help=CHARTER)
@click.option("--deputy", type=int, metavar="POST", help="The post that stands in for it.")
@faults
def add(deputy: int | None, **written: str | None) -> None:
    """Make a post and put a person on it; or put him on the post that is there.

    Example: callcentre user add --institution sengerema --role head --unit 8.8
    --name 'Rehema Mushi' --phone 0712001002
    """
    now = clock.now()
    entry, wrong = staff_file.entry_of(written, now)
    if wrong:
        raise Fault("; ".join(f"--{name}: {fault}" for name, fault in wrong))
    with db.session() as session:
        outcome = people.put(session, entry, now, by=me())
        if deputy is not None:
            people.set_deputy(session, outcome.post, deputy, now, by=me())
        warnings = _warnings(session, [outcome.post])
    click.echo(_told(outcome))
    _warn(warnings)


@user.command("list")
@click.option("--institution", help="Only this one's.")
@as_json
@faults
def list_(institution: str | None, as_json: bool) -> None:
    """The posts, with their holders."""
    if institution is not None:
        charters.get(institution)
    with db.session() as session:
        found = people.listing(session, clock.now(), institution)
    rows = [row | {name: queries.iso(row[name]) for name in MOMENTS} for row in found]
    columns = ("post", "institution", "role", "unit", "place", "title", "phone", "person", "name",
               "away_until", "deputy", "has_pin")  # fmt: skip
    out(rows) if as_json else table(rows, columns)


@user.command("import")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--check", is_flag=True, help="Only say what is wrong in it.")
@faults
def import_(path: Path, check: bool) -> None:
    """Take posts and people from a CSV file, all of it or nothing; docs/howto-people.md."""
    now = clock.now()
    read = staff_file.read(path, now)
    if read.faults:
        raise Fault("\n".join(f"{path.name}: {fault}" for fault in read.faults))
    with db.session() as session:
        outcomes = [people.put(session, entry, now, by=me()) for entry in read.entries.values()]
        warnings = _warnings(session, [outcome.post for outcome in outcomes])
        if check:
            session.rollback()
    click.echo(("nothing written, but it can be: " if check else "") + _summary(outcomes))
    _warn(warnings)


@user.command()
@click.argument("person", type=int)
@faults
def disable(person: int) -> None:
    """The PERSON works there no longer: takes away PIN and posts."""
    with db.session() as session:
        left = people.disable(session, person, clock.now(), by=me())
    click.echo(
        f"person {person} disabled" + "".join(f"; nobody holds {_name(one)}" for one in left)
    )


@user.command()
@post_argument
@faults
def close(post_id: int) -> None:
    """There is no such POST any more."""
    with db.session() as session:
        post = people.find(session, post_id)
        people.close(session, post, clock.now(), by=me())
    click.echo(f"{_name(post)} closed")


@user.command("hand-over")
@post_argument
@click.argument("name")
@click.option("--ethics", type=Day(), help=ETHICS)
@click.option("--charter", type=Day(), help=CHARTER)
@faults
def hand_over(post_id: int, name: str, ethics: date | None, charter: date | None) -> None:
    """Another person, called NAME, takes the POST with its number and hours."""
    with db.session() as session:
        post = people.find(session, post_id)
        outcome = people.hand_over(
            session,
            post,
            name,
            clock.now(),
            ethics_trained_on=ethics,
            charter_trained_on=charter,
            by=me(),
        )
    click.echo(_told(outcome))


@user.command()
@post_argument
@click.option("--until", required=True, type=Day(), help="The last day on which he is away.")
@click.option("--from", "first", type=Day(), help="The first one (default: from now on).")
@click.option("--deputy", type=int, metavar="POST", help="The post that stands in for it.")
@faults
def away(post_id: int, until: date, first: date | None, deputy: int | None) -> None:
    """The holder of the POST is away; the deputy named now or before stands in."""
    now = clock.now()
    begins = _midnight(first) if first is not None else now
    ends = _midnight(until + timedelta(days=1))
    with db.session() as session:
        post = people.find(session, post_id)
        people.go_away(session, post, ends, now, start=begins, deputy=deputy, by=me())
        instead = people.present(session, post, max(begins, now))
    click.echo(f"the holder of {_name(post)} is away until the end of {until}")
    if instead is None:
        _warn(["nobody stands in: alerts go to the next in line; name one with --deputy"])
    else:
        click.echo(f"{_name(instead)} stands in")


@user.command()
@post_argument
@faults
def back(post_id: int) -> None:
    """The holder of the POST is there again."""
    with db.session() as session:
        post = people.find(session, post_id)
        was = people.come_back(session, post, clock.now(), by=me())
    click.echo(f"the holder of {_name(post)} " + ("is back" if was else "was not away"))


@user.command()
@post_argument
@faults
def pin(post_id: int) -> None:
    """Give the holder of the POST a PIN: four to six digits, typed twice and not shown."""
    typed = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
    with db.session() as session:
        post = people.find(session, post_id)
        people.set_pin(session, post, typed, clock.now(), by=me())
    click.echo(f"person {post.person} has a new PIN")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.EAT)


def _name(post: Post) -> str:
    where = "".join(f", {part}" for part in (post.unit, post.place) if part)
    return f"post {post.id} ({post.role}, {post.institution}{where})"


def _told(outcome: Outcome) -> str:
    if not outcome.done:
        return f"{_name(outcome.post)}: nothing to change"
    said = [word for word in outcome.done if word != "held"]
    if "held" in outcome.done:
        said.append(f"held by person {outcome.person}")
    if outcome.left is not None:
        said.append(f"no longer by person {outcome.left}")
    return f"{_name(outcome.post)}: {', '.join(said)}"


def _summary(outcomes: list[Outcome]) -> str:
    made = sum("made" in one.done for one in outcomes)
    handed = sum("held" in one.done and "made" not in one.done for one in outcomes)
    changed = sum(one.done == ("changed",) for one in outcomes)
    same = len(outcomes) - made - handed - changed
    return (
        f"of {len(outcomes)} posts {made} made, {handed} with another holder,"
        f" {changed} changed, {same} as they were"
    )


def _warnings(session: Session, posts: Iterable[Post]) -> list[str]:
    """What is allowed of these posts but seldom meant."""
    found = []
    for post in posts:
        if post.number is None:
            found.append(f"{_name(post)} has no telephone: its alerts go to the next in line")
            continue
        sharing = [one for one in people.posts_with(session, post.number) if one.id != post.id]
        found += [f"{_name(post)} shares its telephone with {_name(one)}" for one in sharing]
    return found


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
