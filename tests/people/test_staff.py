"""Making posts, and people coming and going."""

from datetime import date, timedelta
from typing import Any

import pytest
from given import NOW
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcentre import audit, people, vault
from callcentre.people import BadStaff, Entry, Holding, PersonRow, PostRow, UnknownPerson
from people.staff import NUMBER, complaints, entry, executive, put

BY = "cli:test"
TRAINED = date(2026, 2, 1)


def done(session: Session, made: Entry) -> tuple[str, ...]:
    return people.put(session, made, NOW, by=BY).done


def events(session: Session) -> list[str]:
    return list(session.scalars(select(audit.Event.kind).order_by(audit.Event.id)))


def test_the_same_twice_changes_nothing(session: Session) -> None:
    said = entry(ethics_trained_on=TRAINED, opens=6)
    assert done(session, said) == ("made", "held")
    before = events(session)
    assert done(session, said) == ()
    assert done(session, entry(name=" rehema  MUSHI", number=None)) == ()
    assert events(session) == before == ["post_made", "person_made", "person_trained", "post_held"]


def test_what_is_said_otherwise_is_changed_and_the_rest_stays(session: Session) -> None:
    put(session, entry(language="en", closes=22))
    assert done(session, entry(number="+255712001009")) == ("changed",)
    post = put(session, entry(number=None, everyday=True))
    assert (post.number, post.language, post.closes) == ("+255712001009", "en", 22)
    assert post.everyday


def test_a_telephone_can_be_taken_away(session: Session) -> None:
    put(session, entry())
    assert put(session, entry(number=people.NO_PHONE)).number is None
    assert people.posts_with(session, NUMBER) == []


def test_a_post_with_one_holder_is_the_same_under_another_title(session: Session) -> None:
    head = put(session, entry())
    again = put(session, entry(title="Mhandisi wa Wilaya"))
    assert (again.id, again.title) == (head.id, "Mhandisi wa Wilaya")
    assert put(session, entry(title="Mkuu", titled=False)).title == "Mhandisi wa Wilaya"


def test_of_other_roles_each_title_is_a_post(session: Session) -> None:
    first = put(session, complaints(title="Dawati la kwanza"))
    other = put(session, complaints(title="Dawati la pili"))
    assert first.id != other.id
    assert put(session, complaints(title="dawati la Pili")).id == other.id


def test_each_ward_has_its_officer(session: Session) -> None:
    ward = {"role": "ward", "unit": None, "title": "Mtendaji wa Kata"}
    first = put(session, entry(**ward, place="Nyehunge"))
    other = put(session, entry(**ward, place="Buzilasoga"))
    assert (first.place, other.place) == ("Nyehunge", "Buzilasoga")
    assert put(session, entry(**ward, place="nyehunge")).id == first.id


def test_another_name_takes_the_post_over_and_the_history_is_kept(session: Session) -> None:
    head = put(session, entry())
    later = NOW + timedelta(days=90)
    outcome = people.put(session, entry(name="Musa Said"), later, by=BY)
    assert (outcome.done, outcome.left) == (("held",), head.person)
    assert (outcome.post.id, outcome.post.number) == (head.id, NUMBER)
    held = select(Holding.person_id, Holding.since, Holding.until).order_by(Holding.id)
    assert [tuple(row) for row in session.execute(held)] == [
        (head.person, NOW, later),
        (outcome.person, later, None),
    ]
    assert session.get_one(PostRow, head.id).confirmed_at == later


def test_hand_over_keeps_all_but_the_person(session: Session) -> None:
    head = put(session, entry(language="en"))
    outcome = people.hand_over(session, head, "Musa Said", NOW, ethics_trained_on=TRAINED, by=BY)
    assert outcome.post.number == NUMBER and outcome.post.language == "en"
    assert session.get_one(PersonRow, outcome.person).ethics_trained_on == TRAINED


def test_a_closed_post_is_not_handed_over_but_made_anew(session: Session) -> None:
    head = put(session, entry())
    people.close(session, head, NOW, by=BY)
    with pytest.raises(BadStaff, match="is closed: make it anew"):
        people.hand_over(session, head, "Musa Said", NOW, by=BY)
    with pytest.raises(BadStaff, match="is closed already"):
        people.close(session, head, NOW, by=BY)
    assert put(session, entry()).id != head.id


def test_one_person_may_hold_two_posts(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive(name="Rehema Mushi"))
    assert head.person == boss.person


def test_the_same_name_elsewhere_is_another_person(session: Session) -> None:
    head, other = put(session, entry()), put(session, executive(institution="kilosa"))
    assert head.person != other.person


def test_who_is_disabled_holds_no_post_and_has_no_pin(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive(name="Rehema Mushi"))
    people.set_pin(session, head, "4071", NOW, by=BY)
    assert head.person is not None
    left = people.disable(session, head.person, NOW, by=BY)
    assert [(post.id, post.person) for post in left] == [(head.id, None), (boss.id, None)]
    assert session.get_one(PersonRow, head.person).pin_hash is None
    with pytest.raises(UnknownPerson, match="no person"):
        people.disable(session, head.person, NOW, by=BY)


def test_a_name_that_comes_back_is_a_new_person_without_a_pin(session: Session) -> None:
    head = put(session, entry())
    assert head.person is not None
    people.disable(session, head.person, NOW, by=BY)
    again = put(session, entry())
    assert again.person not in (None, head.person)


def test_names_and_numbers_are_sealed_and_are_not_on_record(session: Session) -> None:
    put(session, entry())
    person, post = session.scalars(select(PersonRow)).one(), session.scalars(select(PostRow)).one()
    assert vault.unseal(person.sealed_name) == "Rehema Mushi"
    stored = f"{vars(person)}{vars(post)}{session.scalars(select(audit.Event.body)).all()}"
    assert "Rehema" not in stored and NUMBER[4:] not in stored


@pytest.mark.parametrize(
    ("changes", "field", "fault"),
    [
        ({"role": "boss"}, "role", "write one of agent, officer"),
        ({"role": "executive"}, "unit", "leave the unit out"),
        ({"role": "ward", "unit": None}, "place", "name of the ward"),
        ({"place": "Nyehunge"}, "place", "leave it out"),
        ({"name": "12345"}, "name", "must be words"),
        ({"name": 61 * "a"}, "name", "at most 60"),
        ({"title": ""}, "title", "must be words"),
        ({"number": "+255282590162"}, "phone", "no Tanzanian mobile number"),  # a land line
        ({"number": "+254712001001"}, "phone", "no Tanzanian mobile number"),
        ({"number": "simu"}, "phone", "like 0712345678"),
        ({"language": "fr"}, "language", "sw, en"),
        ({"opens": 20, "closes": 7}, "hours", "like 7-20"),
        ({"opens": 7, "closes": 25}, "hours", "like 7-20"),
        ({"ethics_trained_on": date(2026, 11, 24)}, "ethics", "still to come"),
        ({"charter_trained_on": date(2027, 1, 1)}, "charter", "still to come"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_a_cure(
    session: Session, changes: dict[str, Any], field: str, fault: str
) -> None:
    ((found, said),) = people.faults(entry(**changes), NOW)
    assert found == field and fault in said
    with pytest.raises(BadStaff, match=f"{field}: "):
        put(session, entry(**changes))
    assert session.scalar(select(func.count(PostRow.id))) == 0
