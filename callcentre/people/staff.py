"""Making posts, putting people on them, and taking them off again."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from callcentre import audit, phones, vault
from callcentre.clock import EAT
from callcentre.people.model import (
    HELD_ONCE,
    OF_A_UNIT,
    ROLES,
    BadStaff,
    Holding,
    PersonRow,
    Post,
    PostRow,
    UnknownPerson,
)
from callcentre.people.reading import find

LANGUAGES = ("sw", "en")
OPENS, CLOSES = 7, 20
"""The hours (EAT) in which a post may be alerted if it names no others."""

LONGEST_TEXT = 60  # of a name, a title or a place: they stand in messages and tables

NO_PHONE = "-"
"""Written for a number: the post has none any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A post and who is to hold it.

    What is None stays as the post or the person has it: a new post then has no telephone, Swahili,
    and the usual hours. `number` is E.164, or NO_PHONE to take away the one it has. Not `titled`,
    the title is the usual one of the role, and a post of HELD_ONCE that is there keeps its own.
    """

    institution: str
    role: str
    name: str
    title: str
    unit: str | None = None
    place: str | None = None
    number: str | None = None
    language: str | None = None
    opens: int | None = None
    closes: int | None = None
    everyday: bool | None = None
    ethics_trained_on: date | None = None
    charter_trained_on: date | None = None
    titled: bool = True

    @property
    def identity(self) -> tuple[str, str, str | None, str | None, str | None]:
        """What tells this post from all others of the institution."""
        title = None if self.role in HELD_ONCE else _folded(self.title)
        return self.institution, self.role, self.unit, _folded(self.place), title

    @property
    def person(self) -> tuple[str, str]:
        """What tells this person from all others of the institution: there the name alone does."""
        return self.institution, _spaced(self.name).casefold()

    @property
    def trained(self) -> dict[str, date | None]:
        """The days of the person's last trainings."""
        return {
            "ethics_trained_on": self.ethics_trained_on,
            "charter_trained_on": self.charter_trained_on,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an entry: the post and its holder's id, and what was done, nothing if empty.

    `done` has some of: made, changed (post or trainings), held. `left` is who held it before.
    """

    post: Post
    person: int
    done: tuple[str, ...]
    left: int | None = None


def faults(entry: Entry, now: datetime) -> list[tuple[str, str]]:
    """What cannot be so of an entry, each the name of the field and a sentence with the cure."""
    found = []
    if entry.role not in ROLES:
        found.append(("role", f"{entry.role} is no role; write one of {', '.join(ROLES)}"))
    elif entry.unit is not None and entry.role not in OF_A_UNIT:
        found.append(("unit", f"{entry.role} serves the whole institution; leave the unit out"))
    if entry.role == "ward" and not entry.place:
        found.append(("place", "a ward officer needs the name of the ward"))
    if entry.place and entry.role != "ward":
        found.append(("place", "only a ward officer has a place; leave it out"))
    for name, written in (("name", entry.name), ("title", entry.title), ("place", entry.place)):
        if written is not None and not _is_a_name(written):
            found.append((name, f"must be words, of at most {LONGEST_TEXT} characters"))
    if entry.number not in (None, NO_PHONE) and not _is_mobile(entry.number or ""):
        found.append(("phone", "is no Tanzanian mobile number; write it like 0712345678"))
    if entry.language not in (None, *LANGUAGES):
        found.append(("language", f"must be one of {', '.join(LANGUAGES)}"))
    opens = OPENS if entry.opens is None else entry.opens
    closes = CLOSES if entry.closes is None else entry.closes
    if not 0 <= opens < closes <= 24:
        found.append(("hours", "must be two hours of one day, like 7-20"))
    today = now.astimezone(EAT).date()
    for name, day in (("ethics", entry.ethics_trained_on), ("charter", entry.charter_trained_on)):
        if day is not None and day > today:
            found.append((name, f"{day} is still to come; give the day of the last training"))
    return found


def put(session: Session, entry: Entry, now: datetime, *, by: str) -> Outcome:
    """Make the post if it is not there, and put the person on it; twice is the same as once.

    Who held it holds it no longer. Raises BadStaff for what `faults` finds.
    """
    wrong = faults(entry, now)
    if wrong:
        raise BadStaff("; ".join(f"{name}: {fault}" for name, fault in wrong))
    _one_at_a_time(session)
    done = []
    row = _post_of(session, entry)
    if row is None:
        row = PostRow(
            institution=entry.institution,
            unit=entry.unit,
            role=entry.role,
            title=entry.title,
            place=entry.place,
            language=LANGUAGES[0],
            opens=OPENS,
            closes=CLOSES,
            everyday=False,
            made_at=now,
        )
        _change_post(row, entry)
        session.add(row)
        session.flush()
        done.append("made")
        _record(session, "post_made", row.id, None, now, by)
    elif changed := _change_post(row, entry):
        done.append("changed")
        _record(session, "post_changed", row.id, None, now, by, fields=changed)
    person, trained = _person(session, entry, now, by)
    left = _hold(session, row, person, now, by)
    if left != person.id:
        done.append("held")
    elif trained and "changed" not in done:
        done.append("changed")
    session.flush()
    before = left if left != person.id else None
    return Outcome(find(session, row.id), person.id, tuple(done), before)


def hand_over(
    session: Session,
    post: Post,
    name: str,
    now: datetime,
    *,
    ethics_trained_on: date | None = None,
    charter_trained_on: date | None = None,
    by: str,
) -> Outcome:
    """Another person takes the post, with its number and hours. Raises BadStaff, UnknownPost."""
    row = session.get_one(PostRow, post.id)
    if row.closed_at is not None:
        raise BadStaff(f"post {post.id} is closed: make it anew with `user add`")
    entry = Entry(
        institution=post.institution,
        role=post.role,
        name=name,
        title=post.title,
        unit=post.unit,
        place=post.place,
        ethics_trained_on=ethics_trained_on,
        charter_trained_on=charter_trained_on,
    )
    return put(session, entry, now, by=by)


def disable(session: Session, person_id: int, now: datetime, *, by: str) -> list[Post]:
    """The person works here no longer: his posts, that nobody holds now. Raises UnknownPerson."""
    _one_at_a_time(session)
    person = session.get(PersonRow, person_id, with_for_update=True)
    if person is None or person.disabled_at is not None:
        raise UnknownPerson(
            f"no person {person_id} at work here; `callcentre user list` has the numbers"
        )
    person.disabled_at, person.pin_hash = now, None
    _record(session, "person_disabled", None, person.id, now, by)
    left = list(session.scalars(_end(Holding.person_id == person.id, now)))
    for post_id in left:
        _record(session, "post_left", post_id, person.id, now, by)
    return [find(session, post_id) for post_id in sorted(left)]


def close(session: Session, post: Post, now: datetime, *, by: str) -> None:
    """There is no such post any more: nobody holds it, nobody is alerted by it."""
    _one_at_a_time(session)
    row = session.get_one(PostRow, post.id, with_for_update=True)
    if row.closed_at is not None:
        raise BadStaff(f"post {post.id} is closed already")
    row.closed_at = now
    session.execute(_end(Holding.post_id == post.id, now))
    _record(session, "post_closed", post.id, post.person, now, by)


def _post_of(session: Session, entry: Entry) -> PostRow | None:
    """The open post that an entry means."""
    query = select(PostRow).where(
        PostRow.institution == entry.institution,
        PostRow.role == entry.role,
        PostRow.unit == entry.unit,
        PostRow.closed_at.is_(None),
    )
    for row in session.scalars(query.order_by(PostRow.id)):
        same_title = entry.role in HELD_ONCE or _folded(row.title) == _folded(entry.title)
        if same_title and _folded(row.place) == _folded(entry.place):
            return row
    return None


def _change_post(row: PostRow, entry: Entry) -> list[str]:
    """Write what the entry says otherwise than the post; the names of those fields."""
    said: dict[str, object] = {
        "title": entry.title if entry.titled else None,
        "language": entry.language,
        "opens": entry.opens,
        "closes": entry.closes,
        "everyday": entry.everyday,
    }
    changed = [
        name for name, value in said.items() if value is not None and getattr(row, name) != value
    ]
    for name in changed:
        setattr(row, name, said[name])
    if entry.number is not None:
        number = None if entry.number == NO_PHONE else entry.number
        mark = vault.fingerprint(number) if number else None
        if mark != row.number_print:
            row.sealed_number, row.number_print = vault.seal(number) if number else None, mark
            changed.append("number")
    return changed


def _person(session: Session, entry: Entry, now: datetime, by: str) -> tuple[PersonRow, bool]:
    """The person of that name at the institution, made if need be; whether trainings changed."""
    mark = vault.fingerprint("|".join(entry.person), "staff")
    person = session.scalar(
        select(PersonRow).where(
            PersonRow.institution == entry.institution,
            PersonRow.name_print == mark,
            PersonRow.disabled_at.is_(None),
        )
    )
    if person is None:
        person = PersonRow(
            institution=entry.institution,
            sealed_name=vault.seal(_spaced(entry.name)),
            name_print=mark,
            made_at=now,
        )
        session.add(person)
        session.flush()
        _record(session, "person_made", None, person.id, now, by)
    said = entry.trained
    changed = [day for day in said if said[day] is not None and getattr(person, day) != said[day]]
    for day in changed:
        setattr(person, day, said[day])
    if changed:
        _record(session, "person_trained", None, person.id, now, by, **said)
    return person, bool(changed)


def _hold(session: Session, row: PostRow, person: PersonRow, now: datetime, by: str) -> int | None:
    """Let the person hold the post from now on; who held it before, if anybody did."""
    holds = session.scalar(
        select(Holding.person_id).where(Holding.post_id == row.id, Holding.until.is_(None))
    )
    if holds == person.id:
        return holds
    if holds is not None:
        session.execute(_end(Holding.post_id == row.id, now))
        _record(session, "post_left", row.id, holds, now, by)
    session.add(Holding(post_id=row.id, person_id=person.id, since=now))
    row.confirmed_at, row.answer_until = now, None
    _record(session, "post_held", row.id, person.id, now, by)
    return holds


def _end(which: ColumnElement[bool], now: datetime) -> ReturningUpdate[int]:
    """End the holdings that are meant; gives the ids of their posts."""
    return (
        update(Holding)
        .where(which, Holding.until.is_(None))
        .values(until=now)
        .returning(Holding.post_id)
    )


def _one_at_a_time(session: Session) -> None:
    """Two imports at once make each post once."""
    session.execute(sql("SELECT pg_advisory_xact_lock(hashtext('people'))"))


def _is_mobile(number: str) -> bool:
    return phones.is_e164(number) and phones.takes_sms(number)


def _is_a_name(written: str) -> bool:
    return len(written) <= LONGEST_TEXT and any(character.isalpha() for character in written)


def _spaced(written: str) -> str:
    return " ".join(written.split())


def _folded(written: str | None) -> str | None:
    return _spaced(written).casefold() if written is not None else None


def _record(
    session: Session,
    kind: str,
    post_id: int | None,
    person_id: int | None,
    now: datetime,
    by: str,
    **more: object,
) -> None:
    body = {"post": post_id, "person": person_id, **more}
    audit.record(session, ticket_id=None, kind=kind, actor=by, now=now, body=body)
