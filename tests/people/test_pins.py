"""The PIN of the staff door."""

from datetime import timedelta

import pytest
from given import NOW
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, people
from callcentre.people import BadStaff, PersonRow, Post
from people.staff import entry, executive, put

PIN, WRONG = "4071", "4072"
QUARTER = timedelta(minutes=15)


@pytest.fixture
def post(session: Session) -> Post:
    made = put(session, entry())
    people.set_pin(session, made, PIN, NOW, by="cli:test")
    return made


def test_the_right_pin_opens_and_a_wrong_one_does_not(session: Session, post: Post) -> None:
    assert people.check_pin(session, post, PIN, NOW)
    assert not people.check_pin(session, post, WRONG, NOW)
    assert not people.check_pin(session, post, "", NOW)


def test_after_three_wrong_ones_the_right_one_waits_a_quarter_of_an_hour(
    session: Session, post: Post
) -> None:
    for _ in range(3):
        assert not people.check_pin(session, post, WRONG, NOW)
    assert not people.check_pin(session, post, PIN, NOW + QUARTER - timedelta(seconds=1))
    assert people.check_pin(session, post, PIN, NOW + QUARTER)


def test_a_right_one_begins_the_count_afresh(session: Session, post: Post) -> None:
    for tried in (WRONG, WRONG, PIN, WRONG, WRONG):
        people.check_pin(session, post, tried, NOW)
    assert people.check_pin(session, post, PIN, NOW)


def test_tries_while_locked_do_not_lock_for_longer(session: Session, post: Post) -> None:
    for minute in range(10):
        people.check_pin(session, post, WRONG, NOW + timedelta(minutes=minute * 1))
    assert people.check_pin(session, post, PIN, NOW + timedelta(minutes=2) + QUARTER)


def test_wrong_tries_are_on_record_without_the_pin(session: Session, post: Post) -> None:
    for _ in range(3):
        people.check_pin(session, post, WRONG, NOW)
    found = session.scalars(select(audit.Event).order_by(audit.Event.id.desc()).limit(3)).all()
    assert [event.kind for event in found] == ["locked_out", "wrong_pin", "wrong_pin"]
    assert audit.body_of(found[0]) == {"post": post.id, "person": post.person}


def test_a_pin_opens_every_post_of_its_person(session: Session, post: Post) -> None:
    other = put(session, executive(name="Rehema Mushi"))
    assert people.check_pin(session, other, PIN, NOW)


def test_the_next_holder_does_not_have_the_pin_of_the_last(session: Session, post: Post) -> None:
    next_one = people.hand_over(session, post, "Juma Ali", NOW, by="cli:test").post
    assert not people.check_pin(session, next_one, PIN, NOW)


def test_a_post_that_nobody_holds_has_no_pin(session: Session, post: Post) -> None:
    assert post.person is not None
    people.disable(session, post.person, NOW, by="cli:test")
    left = people.find(session, post.id)
    assert not people.check_pin(session, left, PIN, NOW)
    with pytest.raises(BadStaff, match="nobody holds post"):
        people.set_pin(session, left, PIN, NOW, by="cli:test")


def test_what_is_stored_does_not_tell_that_two_have_the_same(session: Session, post: Post) -> None:
    other = put(session, executive())
    people.set_pin(session, other, PIN, NOW, by="cli:test")
    one, two = session.scalars(select(PersonRow.pin_hash)).all()
    assert one != two and PIN not in f"{one}{two}"


@pytest.mark.parametrize("pin", ["", "407", "4071234", "40a1", "٤٠٧١", "-407", "4 71"])
def test_a_pin_has_four_to_six_digits(session: Session, post: Post, pin: str) -> None:
    with pytest.raises(BadStaff, match="four to six digits"):
        people.set_pin(session, post, pin, NOW, by="cli:test")


@pytest.mark.parametrize("pin", ["0000", "1212", "1234", "4321", "123456", "55555", "9998"])
def test_a_pin_that_is_guessed_at_once_is_refused(session: Session, post: Post, pin: str) -> None:
    with pytest.raises(BadStaff, match="guessed at once"):
        people.set_pin(session, post, pin, NOW, by="cli:test")


@pytest.mark.parametrize("pin", ["1985", "2003"])
def test_a_pin_that_looks_like_a_year_of_birth_is_refused(
    session: Session, post: Post, pin: str
) -> None:
    with pytest.raises(BadStaff, match="year of birth"):
        people.set_pin(session, post, pin, NOW, by="cli:test")
