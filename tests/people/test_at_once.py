"""Several at the same moment, each in a transaction of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from given import NOW
from sqlalchemy import func, select

from callcentre import db, people
from callcentre.people import PersonRow, PostRow
from people.staff import entry, put

pytestmark = pytest.mark.usefixtures("database")


def test_two_imports_make_each_post_and_person_once() -> None:
    def imported(_: int) -> None:
        with db.session() as session:
            put(session, entry())

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(imported, range(4)))
    with db.session() as session:
        for table in (PostRow, PersonRow):
            assert session.scalar(select(func.count()).select_from(table)) == 1


def test_wrong_pins_are_all_counted() -> None:
    with db.session() as session:
        post = put(session, entry())
        people.set_pin(session, post, "4071", NOW, by="cli:test")

    def wrong(_: int) -> bool:
        with db.session() as session:
            return people.check_pin(session, post, "4072", NOW)

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(wrong, range(3))) == [False, False, False]
    with db.session() as session:
        assert not people.check_pin(session, post, "4071", NOW)
