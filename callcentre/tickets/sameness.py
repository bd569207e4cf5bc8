"""Answers that say the same to everybody: an opening may be alike, a body may not."""

import re
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.tickets.model import Ticket

WITHIN = timedelta(days=30)
TOO_MANY = 3  # tickets with one answer
_OPENING = re.compile(
    r"^\s*(?:ndugu|mpendwa|habari|asante|tunakushukuru|samahani|dear|thank)\b[^.,!]*[.,!]",
    re.IGNORECASE,
)


def print_of(words: str) -> bytes:
    """The same for answers whose bodies are the same, whatever their figures, case and blanks."""
    body = _OPENING.sub("", words).casefold()
    letters = " ".join(re.findall(r"[^\W\d_]+", body))
    return vault.fingerprint(letters, "answer")


def alike(session: Session, ticket: Ticket) -> int:
    """How many tickets of the institution got this answer within 30 days of it, this one too.

    Those merged into another do not count: they get its answer by right.
    """
    if ticket.answer_print is None or ticket.answered_at is None:
        return 0
    query = select(func.count()).where(
        Ticket.institution == ticket.institution,
        Ticket.answer_print == ticket.answer_print,
        Ticket.merged_into.is_(None),
        Ticket.answered_at.between(ticket.answered_at - WITHIN, ticket.answered_at + WITHIN),
    )
    return session.scalar(query) or 0
