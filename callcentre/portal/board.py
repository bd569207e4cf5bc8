"""The board of answers to those who gave no name: pages of it, and the sheet to pin up."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from callcentre import bodies, charters, db
from callcentre.charters import Charter
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.portal import words
from callcentre.tickets import letters, notices
from callcentre.tickets.notices import PAGE, Posted

logger = logging.getLogger(__name__)

USUAL_DAYS = 30
MOST_DAYS = 365
MOST_ON_A_SHEET = 100  # so that the page stays light
AWAY = "no notices on the page: the database does not answer"


@dataclass(frozen=True, slots=True)
class Row:
    ref: str
    office: str
    subject: str
    text: str
    day: str


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Row]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The notice of one office: `signer` is empty where its charter names no executive."""

    rows: Sequence[Row]
    left_out: int
    day: str
    signer: str
    if_dissatisfied: str


def page(charter: Charter | None, number: int, now: datetime) -> Page | None:
    """One page of the board, of one office or of all; None while the database is down."""
    institution = charter.id if charter else None
    try:
        with db.session() as session:
            total = notices.how_many(session, institution)
            pages = max(1, -(-total // PAGE))
            number = min(max(number, 1), pages)
            found = notices.on_board(session, institution, PAGE, (number - 1) * PAGE)
    except SQLAlchemyError:
        logger.warning(AWAY)
        return None
    return Page(_rows(found, now), total, number, pages)


def sheet(charter: Charter, edition: Edition, days: int, now: datetime) -> Sheet | None:
    """What one office answered in the last days, newest first; None while the database is down."""
    since = now - timedelta(days=days)
    try:
        with db.session() as session:
            total = notices.how_many(session, charter.id, since=since)
            found = notices.on_board(session, charter.id, MOST_ON_A_SHEET, since=since)
    except SQLAlchemyError:
        logger.warning(AWAY)
        return None
    return Sheet(
        rows=_rows(found, now),
        left_out=total - len(found),
        day=f"{now.astimezone(EAT):%d/%m/%Y}",
        signer=next((level.name for level in charter.appeal if level.key == "executive"), ""),
        if_dissatisfied=_if_dissatisfied(charter, edition),
    )


def days(asked: int) -> int:
    """How many days back a sheet goes: those asked for, or the usual where that is no number."""
    return asked if 1 <= asked <= MOST_DAYS else USUAL_DAYS


def _rows(found: Sequence[Posted], now: datetime) -> list[Row]:
    offices, today = charters.all_current(), now.astimezone(EAT).date()
    return [
        Row(
            ref=each.ref,
            office=offices[each.institution].title if each.institution in offices else "",
            subject=each.subject[0].upper() + each.subject[1:],
            text=each.text,
            day=words.day(each.posted_at.astimezone(EAT).date(), today),
        )
        for each in found
    ]


def _if_dissatisfied(charter: Charter, edition: Edition) -> str:
    """Where to turn next, in one sentence: what the office has no line for is left out."""
    at, commission = letters.addresses(edition, charter.id), bodies.find("commission")
    ways = []
    if at.phone:
        ways.append(f"kuwasiliana nasi kwa simu {at.phone}")
    if at.ussd:
        ways.append(f"kupiga {at.ussd} kwa kutumia namba ya lalamiko na namba ya siri")
    if commission:
        reached = f", {commission.reached}" if commission.reached else ""
        ways.append(f"kukata rufaa kwa {commission.name}{reached}")
    return f"Ambaye hajaridhika na majibu anaweza {', au '.join(ways)}."
