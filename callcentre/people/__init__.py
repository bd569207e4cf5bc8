"""Staff: the posts of an institution, the people who hold them, and who is to be reached.

A telephone number, the hours in which it may ring and a language belong to the post; a name, a PIN
and trainings to the person. Posts change hands every few months: who held one, and since when, is
kept. While a holder is away his deputy's post stands in for him.
"""

from callcentre.people.absence import LONGEST, come_back, confirm, go_away, set_deputy
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
    UnknownPost,
)
from callcentre.people.pins import check_pin, set_pin
from callcentre.people.reading import (
    all_of,
    find,
    holder,
    listing,
    posts_with,
    present,
    stands_in_for,
    window,
)
from callcentre.people.staff import (
    NO_PHONE,
    Entry,
    Outcome,
    close,
    disable,
    faults,
    hand_over,
    put,
)

__all__ = [
    "HELD_ONCE",
    "LONGEST",
    "NO_PHONE",
    "OF_A_UNIT",
    "ROLES",
    "BadStaff",
    "Entry",
    "Holding",
    "Outcome",
    "PersonRow",
    "Post",
    "PostRow",
    "UnknownPerson",
    "UnknownPost",
    "all_of",
    "check_pin",
    "close",
    "come_back",
    "confirm",
    "disable",
    "faults",
    "find",
    "go_away",
    "hand_over",
    "holder",
    "listing",
    "posts_with",
    "present",
    "put",
    "set_deputy",
    "set_pin",
    "stands_in_for",
    "window",
]
