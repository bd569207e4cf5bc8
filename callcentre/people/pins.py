"""The PIN that a holder gives at the staff door, besides telephoning from the post's number.

A PIN is short, so what is stored is argon2 over a keyed hash: a stolen database alone does not let
anybody try the ten thousand. Three wrong ones lock the person out for a quarter of an hour.
"""

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session

from callcentre import audit, vault
from callcentre.people.model import BadStaff, PersonRow, Post

TRIES = 3
LOCKED = timedelta(minutes=15)
LENGTHS = range(4, 7)
YEARS = ("19", "20")  # four digits that begin so are somebody's year of birth

# 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's setting for argon2id
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    """What the PIN is compared with where there is none."""
    return _HASHER.hash("")


def check_pin(session: Session, post: Post, pin: str, now: datetime) -> bool:
    """Whether this is the PIN of the post's holder; takes as long where there is none.

    Every try counts, so the caller commits whatever the answer; while locked all are wrong.
    """
    person = _holder(session, post)
    stored = person.pin_hash if person is not None else None
    right = _matches(stored or _nobodys(), _keyed(post.person, pin)) and stored is not None
    if person is None or (person.locked_until is not None and now < person.locked_until):
        return False
    if right:
        person.wrong_pins, person.locked_until = 0, None
        return True
    person.wrong_pins += 1
    if person.wrong_pins >= TRIES:
        person.wrong_pins, person.locked_until = 0, now + LOCKED
    _record(session, "locked_out" if person.wrong_pins == 0 else "wrong_pin", post, now)
    return False


def set_pin(session: Session, post: Post, pin: str, now: datetime, *, by: str) -> None:
    """Give the post's holder a PIN, for all posts that he holds. Raises BadStaff."""
    check_new(pin)
    person = _holder(session, post)
    if person is None:
        raise BadStaff(f"nobody holds post {post.id}: put somebody on it first (`user hand-over`)")
    person.pin_hash = _HASHER.hash(_keyed(person.id, pin))
    person.wrong_pins, person.locked_until = 0, None
    _record(session, "pin_set", post, now, by)


def check_new(pin: str) -> None:
    """Raises BadStaff for a PIN that is none, or that is guessed in the first tries."""
    if not (pin.isascii() and pin.isdigit() and len(pin) in LENGTHS):
        raise BadStaff("a PIN has four to six digits")
    steps = {int(later) - int(one) for one, later in pairwise(pin)}
    if len(set(pin)) < 3 or steps in ({1}, {-1}):
        raise BadStaff("this PIN is guessed at once: take digits that differ and do not count on")
    if len(pin) == 4 and pin.startswith(YEARS):
        raise BadStaff("this PIN looks like a year of birth: take another")


def _holder(session: Session, post: Post) -> PersonRow | None:
    """Who holds the post, locked, so that tries at once are counted one after another."""
    if post.person is None:
        return None
    return session.get_one(PersonRow, post.person, with_for_update=True, populate_existing=True)


def _keyed(person_id: int | None, pin: str) -> bytes:
    return vault.sign(f"{person_id}|{pin}".encode(), "pin")


def _matches(stored: str, keyed: bytes) -> bool:
    try:
        return _HASHER.verify(stored, keyed)
    except VerifyMismatchError:
        return False


def _record(session: Session, kind: str, post: Post, now: datetime, by: str = "system") -> None:
    body = {"post": post.id, "person": post.person}
    audit.record(session, ticket_id=None, kind=kind, actor=by, now=now, body=body)
