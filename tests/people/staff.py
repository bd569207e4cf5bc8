"""Staff to try things on: Sengerema's section for water, and those above it."""

from typing import Any

from given import NOW
from sqlalchemy.orm import Session

from callcentre import people
from callcentre.people import Entry, Post

UNIT = "8.8"
NUMBER = "+255712001001"


def entry(**changes: Any) -> Entry:
    said = {
        "institution": "sengerema",
        "role": "head",
        "unit": UNIT,
        "name": "Rehema Mushi",
        "title": "Mkuu wa Ujenzi",
        "number": NUMBER,
    }
    return Entry(**said | changes)


def executive(**changes: Any) -> Entry:
    said = {"role": "executive", "unit": None, "name": "Juma Ali", "title": "Mkurugenzi"}
    return entry(**said | {"number": "+255712001002"} | changes)


def complaints(**changes: Any) -> Entry:
    said = {"role": "complaints", "unit": None, "name": "Neema Paulo", "title": "Malalamiko"}
    return entry(**said | {"number": "+255712001003"} | changes)


def put(session: Session, made: Entry) -> Post:
    return people.put(session, made, NOW, by="cli:test").post
