"""Staff: the posts of an institution, the people who hold them, and who is to be reached.

A telephone number, the hours in which it may ring and a language belong to the post; a name, a PIN
and trainings to the person. Posts change hands every few months: who held one, and since when, is
kept. While a holder is away his deputy's post stands in for him.
"""

from callcentre.people.absence import LONGEST, come_back, confirm, go_away
from callcentre.people.model import (
    HELD_ONCE,
    OF_A_UNIT,
    ROLES,
    BadStaff,
    Holding,
    PersonRow,
    Post,
    PostRow,
    UnknownPost,
)
from callcentre.people.pins import check_pin, set_pin
from callcentre.people.reading import all_of, find, holder, posts_with, window

__all__ = [
    "HELD_ONCE",
    "LONGEST",
    "OF_A_UNIT",
    "ROLES",
    "BadStaff",
    "Holding",
    "PersonRow",
    "Post",
    "PostRow",
    "UnknownPost",
    "all_of",
    "check_pin",
    "come_back",
    "confirm",
    "find",
    "go_away",
    "holder",
    "posts_with",
    "set_pin",
    "window",
]
