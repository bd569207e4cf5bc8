"""How an office is reached: the lines in force, and the contacts that its charter prints."""

import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from callcentre import bodies, db, phones
from callcentre.charters import AppealLevel, Calendar, Charter, Contacts
from callcentre.lines import Edition, newest
from callcentre.portal import words
from callcentre.tickets import holidays

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody: `link` is empty where a telephone can do nothing with it."""

    name: str
    value: str
    link: str = ""


def edition() -> Edition:
    """The lines in force; none while the database is down: promises can be read all the same."""
    try:
        with db.session() as session:
            return newest(session)
    except SQLAlchemyError:
        logger.warning("no lines on the page: the database does not answer")
        return Edition(0, ())


def calendar(charter: Charter) -> Calendar | None:
    """The calendar with every declared holiday; None while nobody can say which those are."""
    try:
        with db.session() as session:
            return holidays.calendar_of(session, charter).calendar
    except SQLAlchemyError:
        logger.warning("no dates on the page: the database does not answer")
        return None


def lines(edition: Edition, institution: str) -> list[Way]:
    """The code, short code and hotline of an office."""
    found = []
    if code := edition.first("ussd", institution):
        found.append(Way("Piga", code.address, dial(code.address)))
    if short := edition.first("sms", institution):
        found.append(Way("SMS", short.address, f"sms:{short.address}"))
    if hotline := edition.first("voice", institution):
        number = hotline.address
        found.append(Way("Simu", phones.national(number), f"tel:{number}"))
    return found


def of_level(level: AppealLevel) -> list[Way]:
    """How a step of the appeal is reached: as configured, else as the charter prints it."""
    body = bodies.find(level.key)
    if body is None:
        return contacts(level.contacts)
    found = [Way(words.CONTACTS["address"], body.address)] if body.address else []
    found += [_contact(words.CONTACTS["phone"], "phone", number) for number in body.phones]
    if body.confirmed_on:
        found.append(Way("Ilithibitishwa", f"{body.confirmed_on:%d/%m/%Y}"))
    return found


def contacts(contacts: Contacts) -> list[Way]:
    """What the charter prints, without what it contradicts elsewhere."""
    return [
        _contact(words.CONTACTS[each.kind], each.kind, each.value)
        for each in contacts.entries
        if not each.alternate
    ]


def dial(code: str) -> str:
    """The link that puts a service code on the dial pad."""
    return f"tel:{code.replace('#', '%23')}"


def _contact(name: str, kind: str, value: str) -> Way:
    if kind in ("phone", "fax"):
        return Way(name, phones.national(value), f"tel:{value}" if kind == "phone" else "")
    return Way(name, value, f"mailto:{value}" if kind == "email" else "")
