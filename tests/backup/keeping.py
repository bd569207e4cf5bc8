"""What the tests of backups share: tickets, a backup, and bringing it back."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from tickets.making import NOW, confirmed

from callcentre import backup, db
from callcentre.backup import Begun
from callcentre.tickets.model import Ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_tickets(count: int, now: datetime = NOW) -> set[str]:
    """References of new tickets, each with an acknowledgement that may go at once."""
    with db.session() as session:
        return {confirmed(session, now=now).ref for _ in range(count)}


def tickets() -> set[str]:
    with db.session() as session:
        return set(session.scalars(select(Ticket.ref)))


def take(path: Path, now: datetime = NOW) -> Path:
    return backup.take(path, now)[0]


def restore(path: Path, now: datetime = NOW + HOUR) -> Begun:
    return backup.restore(path, replace=True, by="test", now=now)[1]
