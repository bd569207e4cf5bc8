"""Notices: the public answer to somebody who gave no name, on the board of the office (001:452).

Nobody can tell from a notice who complained: it holds no telephone number, and none of the
citizen's own sentences. Nothing here commits.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    and_,
    func,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit, phones
from callcentre.db import Base
from callcentre.phrases import say
from callcentre.tickets import promises, tasks
from callcentre.tickets.model import Addition, Ticket, WrongStatus

NAMELESS = "anonymous"  # the identity of who does not want to be known
LONGEST_TEXT = 600  # characters
LONGEST_SUBJECT = 30
MOST_SUBJECT_WORDS = 2
OWN_WORDS = 6  # of the citizen's in a row: from here on he may be known by them
PAGE = 50


class Notice(Base):
    """The one notice of a ticket; posted again, it is the same row with another text."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index(
            "ix_notices_on_board",
            "institution",
            "posted_at",
            postgresql_where=sql("taken_down_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    institution: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(Text)
    taken_down_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice as the public sees it."""

    ref: str
    institution: str
    subject: str
    text: str
    posted_at: datetime


def post(
    session: Session,
    ticket: Ticket,
    text: str,
    *,
    subject: str | None = None,
    by: str,
    now: datetime,
) -> Notice:
    """Put the answer of a nameless ticket on the board, or a better text in the place of the last.

    Where the ticket has no answer yet the text is its answer, to be read by code too. `subject`
    None: the one it had, else the topic's name. The notice keeps the promises to acknowledge and
    to answer. The caller holds the ticket's row lock. Raises WrongStatus.
    """
    notice = of_ticket(session, ticket)
    _check(ticket)
    text = _checked_text(text, _own_words(session, ticket))
    subject = _checked_subject(subject) if subject is not None else _subject(ticket, notice)
    _answer(session, ticket, text, before=notice.text if notice else None, by=by, now=now)
    notice = notice or Notice(ticket_id=ticket.id)
    notice.institution = ticket.institution
    notice.subject, notice.text = subject, text
    notice.posted_at, notice.posted_by, notice.taken_down_at = now, by, None
    session.add(notice)
    session.flush()
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="notice_posted",
        actor=by,
        now=now,
        body={"notice": notice.id},
    )
    promises.keep(session, ticket, promises.ANSWERED, by="notice", now=now)
    tasks.settle(session, ticket, "give_answer", by=by, outcome="notice", now=now)
    return notice


def take_down(session: Session, ticket: Ticket, *, by: str, now: datetime) -> Notice:
    """Take a ticket's notice off the board; what it kept stays kept. Raises WrongStatus."""
    notice = of_ticket(session, ticket)
    if notice is None or notice.taken_down_at is not None:
        raise WrongStatus(f"{ticket.ref} has no notice on the board")
    notice.taken_down_at = now
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="notice_taken_down",
        actor=by,
        now=now,
        body={"notice": notice.id},
    )
    return notice


def of_ticket(session: Session, ticket: Ticket) -> Notice | None:
    """The ticket's notice, on the board or taken down."""
    return session.scalar(select(Notice).where(Notice.ticket_id == ticket.id))


def on_board(
    session: Session,
    institution: str | None = None,
    limit: int = PAGE,
    offset: int = 0,
    *,
    since: datetime | None = None,
) -> Sequence[Posted]:
    """The notices that hang now, newest first; of one institution, of those posted `since`."""
    query = (
        select(Ticket.ref, Notice.institution, Notice.subject, Notice.text, Notice.posted_at)
        .join(Ticket, Ticket.id == Notice.ticket_id)
        .where(_hangs(institution, since))
        .order_by(Notice.posted_at.desc(), Notice.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Posted(*row) for row in session.execute(query)]


def how_many(
    session: Session, institution: str | None = None, *, since: datetime | None = None
) -> int:
    """How many notices `on_board` has in all."""
    query = select(func.count()).select_from(Notice).join(Ticket, Ticket.id == Notice.ticket_id)
    return session.scalar(query.where(_hangs(institution, since))) or 0


def _hangs(institution: str | None, since: datetime | None) -> ColumnElement[bool]:
    """What was taken back by its citizen is no longer shown either."""
    wanted: list[ColumnElement[bool]] = [
        Notice.taken_down_at.is_(None),
        Ticket.withdrawn_at.is_(None),
    ]
    if institution is not None:
        wanted.append(Notice.institution == institution)
    if since is not None:
        wanted.append(Notice.posted_at >= since)
    return and_(*wanted)


def _check(ticket: Ticket) -> None:
    if ticket.identity != NAMELESS:
        raise WrongStatus(
            f"{ticket.ref} is not nameless; its citizen is answered by `callcentre ticket answer`"
        )
    if ticket.withdrawn_at is not None:
        raise WrongStatus(f"{ticket.ref} was taken back; nobody waits for its answer")


def _answer(
    session: Session, ticket: Ticket, text: str, *, before: str | None, by: str, now: datetime
) -> None:
    """The text is the answer where there is none, or where the last notice was the answer."""
    if ticket.answered_at is not None and ticket.answer != before:
        return
    ticket.answer = text
    if ticket.answered_at is None:
        ticket.answered_at = now
        audit.record(
            session,
            ticket_id=ticket.id,
            kind="answered",
            actor=by,
            now=now,
            body={"finding": ticket.finding},
        )


def _subject(ticket: Ticket, notice: Notice | None) -> str:
    return notice.subject if notice else say(f"topic.{ticket.topic or 'other'}.name", "sw")


def _checked_subject(written: str) -> str:
    subject = _plain(written)
    if not subject:
        raise WrongStatus("a subject needs a word, like maji; leave it out for the topic's name")
    if len(subject.split()) > MOST_SUBJECT_WORDS or len(subject) > LONGEST_SUBJECT:
        raise WrongStatus(
            f"a subject has at most {MOST_SUBJECT_WORDS} words and {LONGEST_SUBJECT} letters:"
            " more might let somebody guess who complained"
        )
    _refuse_numbers(subject)
    return subject


def _checked_text(written: str, own_words: Iterable[str]) -> str:
    text = _plain(written)
    if not text:
        raise WrongStatus("a notice needs words")
    if len(text) > LONGEST_TEXT:
        raise WrongStatus(f"too long: {len(text)} characters; shorten it to {LONGEST_TEXT}")
    _refuse_numbers(text)
    runs = _runs(text)
    if any(runs & _runs(said) for said in own_words):
        raise WrongStatus(
            f"the text repeats {OWN_WORDS} words of the citizen's in a row, by which he may be"
            " known; say it in the office's own words"
        )
    return text


def _refuse_numbers(text: str) -> None:
    if phones.stands_in(text):
        raise WrongStatus(
            "a notice holds no telephone number: it might be the citizen's, and the office's own"
            " stands below every notice"
        )


def _own_words(session: Session, ticket: Ticket) -> list[str]:
    """All that the citizen wrote, when he complained and afterwards."""
    added = session.scalars(select(Addition.words).where(Addition.ticket_id == ticket.id))
    return [ticket.words, *added]


def _runs(text: str) -> set[tuple[str, ...]]:
    """Each run of so many words as follow each other, whatever marks stand between them."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    words = re.findall(r"\w+(?:'\w+)*", plain)
    return {tuple(words[at : at + OWN_WORDS]) for at in range(len(words) - OWN_WORDS + 1)}


def _plain(written: str) -> str:
    """On one line, without signs that cannot be seen."""
    return " ".join("".join(c for c in written if c.isprintable() or c.isspace()).split())
