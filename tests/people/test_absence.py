"""Who is away, and who has confirmed that he holds his post."""

from datetime import timedelta

import pytest
from given import NOW
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit, people
from callcentre.people import BadStaff, PostRow, UnknownPost
from people.staff import complaints, entry, executive, put

WEEK = timedelta(days=7)


def test_who_is_back_answers_again(session: Session) -> None:
    head = put(session, entry())
    people.go_away(session, head, NOW + WEEK, NOW)
    assert people.come_back(session, head, NOW)
    assert people.present(session, head, NOW) == head
    assert not people.come_back(session, head, NOW)


def test_an_absence_to_come_can_be_called_off(session: Session) -> None:
    head = put(session, entry())
    people.go_away(session, head, NOW + 2 * WEEK, NOW, start=NOW + WEEK)
    assert people.come_back(session, head, NOW)
    assert people.present(session, head, NOW + WEEK) == head


@pytest.mark.parametrize("until", [NOW, NOW - WEEK])
def test_an_absence_that_is_over_is_refused(session: Session, until: object) -> None:
    with pytest.raises(BadStaff, match="must come after"):
        people.go_away(session, put(session, entry()), until, NOW)  # type: ignore[arg-type]


def test_nobody_is_away_for_longer_than_a_leave(session: Session) -> None:
    head = put(session, entry())
    people.go_away(session, head, NOW + people.LONGEST, NOW)
    with pytest.raises(BadStaff, match="100 days: hand the post over"):
        people.go_away(session, head, NOW + people.LONGEST + timedelta(seconds=1), NOW)


def test_a_post_that_nobody_holds_has_nobody_to_be_away(session: Session) -> None:
    head = put(session, entry())
    assert head.person is not None
    people.disable(session, head.person, NOW, by="cli:test")
    with pytest.raises(BadStaff, match="nobody holds post"):
        people.go_away(session, head, NOW + WEEK, NOW)


def test_deputies_do_not_overlap(session: Session) -> None:
    head, boss, third = (put(session, one) for one in (entry(), executive(), complaints()))
    people.go_away(session, head, NOW + WEEK, NOW, deputy=boss.id)
    with pytest.raises(BadStaff, match=f"post {boss.id} stands in"):
        people.go_away(session, head, NOW + WEEK, NOW, deputy=third.id)
    people.go_away(session, head, NOW + 2 * WEEK, NOW, deputy=boss.id)
    assert people.present(session, head, NOW + WEEK) == boss


def test_deputies_do_not_go_round(session: Session) -> None:
    head, boss, third = (put(session, one) for one in (entry(), executive(), complaints()))
    people.set_deputy(session, head, boss.id, NOW)
    people.set_deputy(session, boss, third.id, NOW)
    for post, deputy in ((head, head), (boss, head), (third, head)):
        with pytest.raises(BadStaff, match="cannot stand in"):
            people.set_deputy(session, post, deputy.id, NOW)


def test_a_deputy_is_an_open_post_of_the_same_institution(session: Session) -> None:
    head, closed = put(session, entry()), put(session, complaints())
    elsewhere = put(session, executive(institution="kilosa"))
    people.close(session, closed, NOW, by="cli:test")
    for deputy in (closed, elsewhere):
        with pytest.raises(BadStaff, match="an open post of sengerema"):
            people.set_deputy(session, head, deputy.id, NOW)
    with pytest.raises(UnknownPost):
        people.set_deputy(session, head, 999999, NOW)


def test_the_next_holder_is_not_away_but_has_the_same_deputy(session: Session) -> None:
    head, boss = put(session, entry()), put(session, executive())
    people.go_away(session, head, NOW + WEEK, NOW, deputy=boss.id)
    people.hand_over(session, head, "Musa Said", NOW, by="cli:test")
    present = people.present(session, head, NOW)
    assert present is not None and present.id == head.id
    assert session.get_one(PostRow, head.id).deputy_id == boss.id


def test_a_holder_confirms_that_he_holds_his_post(session: Session) -> None:
    head = put(session, entry())
    people.confirm(session, head, NOW + WEEK)
    assert session.get_one(PostRow, head.id).confirmed_at == NOW + WEEK


def test_each_is_on_record_by_the_post_itself(session: Session) -> None:
    head = put(session, entry())
    people.go_away(session, head, NOW + WEEK, NOW)
    people.come_back(session, head, NOW)
    people.confirm(session, head, NOW)
    events = session.scalars(select(audit.Event).order_by(audit.Event.id.desc()).limit(3)).all()
    assert [event.kind for event in events] == ["post_confirmed", "back", "away"]
    assert {event.actor for event in events} == {f"post:{head.id}"}
