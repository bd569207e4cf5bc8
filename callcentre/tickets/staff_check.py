"""Once a month each post is asked by SMS whether its holder still holds it.

Who says no, or nothing for a week, is a task for the administrator: alerts to last year's head
reach nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from callcentre import audit, charters, people
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.people import Holding, Post, PostRow
from callcentre.tickets import letters, tasks

EVERY = timedelta(days=28)
WAITS = timedelta(days=7)


def ask(session: Session, now: datetime) -> int:
    """Ask the posts whose month is over, one at a time at each number; how many were asked.

    Not whoever is away, nor where no line hears the answer.
    """
    edition, asked = newest(session), 0
    open_at = set(session.scalars(select(PostRow.number_print).where(PostRow.answer_until > now)))
    last = func.greatest(PostRow.confirmed_at, PostRow.asked_at, PostRow.made_at)
    due = _held().where(
        PostRow.number_print.is_not(None), PostRow.answer_until.is_(None), last <= now - EVERY
    )
    for row in session.scalars(due.with_for_update(skip_locked=True)):
        if row.number_print not in open_at and _ask(session, edition, row, now):
            open_at.add(row.number_print)
            asked += 1
    return asked


def _ask(session: Session, edition: Edition, row: PostRow, now: datetime) -> bool:
    post = people.find(session, row.id)
    by = letters.sender(edition, post.institution, to=post.number, hears=True)
    if by is None or not by.hears or post.number is None:
        return False
    if people.present(session, post, now) != post:
        return False
    charter = charters.get(post.institution)
    unit = next((one.short for one in charter.units if one.code == post.unit), None)
    goes_at = people.window(post, now)
    row.asked_at, row.answer_until = now, goes_at + WAITS
    letters.post(
        session,
        edition,
        key=f"staff_check:{post.id}:{now.astimezone(EAT):%Y-%m-%d}",
        to=post.number,
        institution=post.institution,
        phrase="sms.staff_check" if unit else "sms.staff_check_post",
        language=post.language,
        values={"t": charter.short, "k": unit or "", "cheo": post.title},
        now=now,
        kind="alert",
        not_before=goes_at,
        hears=True,
    )
    return True


def waiting(session: Session, post_ids: Sequence[int], now: datetime) -> Post | None:
    """Which of these posts is asked now and has not answered; one at most at a number."""
    asked = _held().where(PostRow.id.in_(post_ids), PostRow.answer_until > now)
    row = session.scalar(asked.limit(1))
    return people.find(session, row.id) if row is not None else None


def answer(session: Session, post: Post, yes: bool, now: datetime) -> None:
    """Its holder says that he still holds the post, or that he does not."""
    row = session.get_one(PostRow, post.id, with_for_update=True)
    row.answer_until = None
    if yes:
        people.confirm(session, post, now)
    else:
        _to_the_administrator(session, row, "no", now)


def give_up(session: Session, now: datetime) -> int:
    """What was not answered for a week goes to the administrator; how many."""
    silent = select(PostRow).where(PostRow.closed_at.is_(None), PostRow.answer_until <= now)
    rows = session.scalars(silent.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.answer_until = None
        _to_the_administrator(session, row, "silence", now)
    return len(rows)


def _to_the_administrator(session: Session, row: PostRow, said: str, now: datetime) -> None:
    tasks.make_for_office(session, row.institution, "staff_check", about=f"post:{row.id}", now=now)
    audit.record(
        session,
        ticket_id=None,
        kind="post_unconfirmed",
        actor=f"post:{row.id}" if said == "no" else "system",
        now=now,
        body={"post": row.id, "said": said},
    )


def _held() -> Select[PostRow]:
    """The open posts that somebody holds, the oldest first."""
    held = select(Holding.post_id).where(Holding.until.is_(None))
    return (
        select(PostRow)
        .where(PostRow.closed_at.is_(None), PostRow.id.in_(held))
        .order_by(PostRow.id)
    )
