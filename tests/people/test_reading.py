"""Who is to be reached."""

from datetime import timedelta

import pytest
from given import NOW
from sqlalchemy.orm import Session

from callcentre import people
from callcentre.people import UnknownPost
from people.staff import NUMBER, UNIT, complaints, entry, executive, put

WEEK = timedelta(days=7)


def test_a_head_is_that_of_the_very_unit(session: Session) -> None:
    post = put(session, entry())
    assert people.holder(session, "sengerema", "head", UNIT, NOW) == post
    assert people.holder(session, "sengerema", "head", "8.7", NOW) is None
    assert people.holder(session, "sengerema", "head", None, NOW) is None
    assert people.holder(session, "kilosa", "head", UNIT, NOW) is None


def test_an_executive_serves_every_unit(session: Session) -> None:
    post = put(session, executive())
    assert people.holder(session, "sengerema", "executive", UNIT, NOW) == post
    assert people.holder(session, "sengerema", "executive", None, NOW) == post


def test_what_is_read_is_what_was_written(session: Session) -> None:
    post = put(session, entry(language="en", opens=6, closes=22, everyday=True))
    assert (post.number, post.language, post.title) == (NUMBER, "en", "Mkuu wa Ujenzi")
    assert (post.opens, post.closes, post.everyday) == (6, 22, True)


def test_a_post_says_nothing_else_until_told_so(session: Session) -> None:
    post = put(session, entry(number=None))
    assert (post.number, post.language) == (None, "sw")
    assert (post.opens, post.closes, post.everyday) == (7, 20, False)
    assert people.holder(session, "sengerema", "head", UNIT, NOW) == post


def test_a_closed_post_does_not_count(session: Session) -> None:
    post = put(session, entry())
    people.close(session, post, NOW, by="cli:test")
    assert people.holder(session, "sengerema", "head", UNIT, NOW) is None
    assert people.posts_with(session, NUMBER) == []
    assert people.all_of(session, "sengerema", "head") == []
    assert people.find(session, post.id).person is None


def test_a_post_that_nobody_holds_is_given_without_a_person(session: Session) -> None:
    post = put(session, entry())
    assert post.person is not None
    people.disable(session, post.person, NOW, by="cli:test")
    found = people.holder(session, "sengerema", "head", UNIT, NOW)
    assert found is not None and (found.id, found.person) == (post.id, None)


def test_among_several_it_is_one_that_is_held_and_has_a_telephone(session: Session) -> None:
    put(session, complaints(title="Kwanza", number=None))
    left = put(session, complaints(title="Pili", name="Musa Said"))
    third = put(session, complaints(title="Tatu", name="Asha Omari", number="+255712001009"))
    assert left.person is not None
    people.disable(session, left.person, NOW, by="cli:test")
    assert people.holder(session, "sengerema", "complaints", None, NOW) == third


def test_one_who_is_there_comes_before_one_who_is_away(session: Session) -> None:
    first = put(session, complaints(title="Kwanza"))
    other = put(session, complaints(title="Pili", name="Musa Said"))
    people.go_away(session, first, NOW + WEEK, NOW)
    assert people.holder(session, "sengerema", "complaints", None, NOW) == other


def test_a_deputy_comes_before_a_post_that_nobody_holds(session: Session) -> None:
    left = put(session, complaints(title="Kwanza", name="Musa Said"))
    away, boss = put(session, complaints(title="Pili")), put(session, executive())
    assert left.person is not None
    people.disable(session, left.person, NOW, by="cli:test")
    people.go_away(session, away, NOW + WEEK, NOW, deputy=boss.id)
    assert people.holder(session, "sengerema", "complaints", None, NOW) == boss


def test_the_deputy_stands_in_while_the_holder_is_away_and_no_longer(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive())
    people.go_away(session, head, NOW + WEEK, NOW, start=NOW + WEEK / 7, deputy=boss.id)

    def answers(days: int) -> object:
        moment = NOW + timedelta(days=days)
        return people.holder(session, "sengerema", "head", UNIT, moment)

    assert [answers(days) for days in (0, 1, 6, 7)] == [head, boss, boss, head]


def test_a_deputy_who_is_away_has_his_own_deputy_stand_in(session: Session) -> None:
    head, boss, third = (put(session, one) for one in (entry(), executive(), complaints()))
    people.go_away(session, head, NOW + WEEK, NOW, deputy=boss.id)
    people.go_away(session, boss, NOW + WEEK, NOW, deputy=third.id)
    assert people.holder(session, "sengerema", "head", UNIT, NOW) == third


def test_without_a_deputy_nobody_answers_while_the_holder_is_away(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive())
    people.go_away(session, head, NOW + WEEK, NOW)
    assert people.holder(session, "sengerema", "head", UNIT, NOW) is None
    people.go_away(session, head, NOW + WEEK, NOW, deputy=boss.id)
    people.close(session, boss, NOW, by="cli:test")
    assert people.present(session, head, NOW) is None


def test_deputies_in_a_ring_end_the_search(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive())
    people.go_away(session, head, NOW + WEEK, NOW, deputy=boss.id)
    people.go_away(session, boss, NOW + WEEK, NOW)
    session.get_one(people.PostRow, boss.id).deputy_id = head.id  # as two writers at once could
    assert people.holder(session, "sengerema", "head", UNIT, NOW) is None


def test_posts_may_share_a_number(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive(number=NUMBER))
    put(session, complaints())
    assert people.posts_with(session, NUMBER) == [head, boss]
    assert people.posts_with(session, "+255712001099") == []


def test_all_of_a_role_are_given_the_oldest_first(session: Session) -> None:
    made = [put(session, complaints(title=title)) for title in ("Kwanza", "Pili")]
    put(session, executive())
    assert people.all_of(session, "sengerema", "complaints") == made


def test_a_post_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(UnknownPost, match="no post 999999"):
        people.find(session, 999999)
