"""Who may hear of a ticket, and who of it never does."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import people, vault
from callcentre.outbox import Message
from callcentre.tickets import alerts, conflicts, hearers, intake, ladder, promises
from callcentre.tickets.model import Ticket, WrongStatus
from tickets.making import EDITION, NOW, confirmed, events_of
from tickets.posts import PHONES, leave, post, whole_line
from tickets.test_ladder import DAY, DUE, MINUTE, climb, climb_until, told_to

BY = "cli:test"
EVERY_ROLE = people.ROLES


@pytest.fixture(autouse=True)
def our_lines(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ladder, alerts):
        monkeypatch.setattr(module, "newest", lambda session: EDITION)


def everybody(session: Session) -> dict[str, int]:
    """A post in each role, at the unit for water where it belongs to one."""
    return {
        role: post(session, role, number=f"+2557120002{place:02}")
        for place, role in enumerate(EVERY_ROLE)
    }


def who_sees(session: Session, ticket: Ticket) -> set[str]:
    posts = {
        one.id: one.role for role in EVERY_ROLE for one in people.all_of(session, "sengerema", role)
    }
    return {
        role
        for id_, role in posts.items()
        if hearers.may_hear(session, ticket, people.find(session, id_), NOW)
    }


OFFICE = {"officer", "head", "complaints", "executive", "supervisor", "agent", "auditor"}
FEW = {"head", "complaints", "executive", "supervisor"}


@pytest.mark.parametrize(
    ("said", "seen_by"),
    [
        pytest.param({}, OFFICE, id="of the unit"),
        pytest.param({"topic": "health"}, OFFICE - {"officer", "head"}, id="of another unit"),
        pytest.param({"topic": None}, OFFICE - {"officer", "head"}, id="of no unit yet"),
        pytest.param({"topic": "corruption"}, {"integrity", "executive"}, id="corruption"),
        pytest.param({"danger": True}, FEW, id="danger"),
        pytest.param({"institution": "kilosa"}, set(), id="of another institution"),
    ],
)
def test_a_role_sees_what_it_must(
    session: Session, said: dict[str, Any], seen_by: set[str]
) -> None:
    everybody(session)
    assert who_sees(session, confirmed(session, **said)) == seen_by


def test_who_is_accused_sees_it_no_more(session: Session) -> None:
    posts = everybody(session)
    ticket = confirmed(session)
    conflicts.accuse(session, ticket, people.find(session, posts["head"]), by=BY, now=NOW)
    assert who_sees(session, ticket) == OFFICE - {"head"}


@pytest.mark.parametrize("same", ["person_id", "number_print"])
def test_the_same_person_or_telephone_is_barred_in_another_post(
    session: Session, same: str
) -> None:
    posts = everybody(session)
    ticket = confirmed(session)
    head, other = (people.find(session, posts[role]) for role in ("head", "complaints"))
    conflicts.accuse(session, ticket, head, by=BY, now=NOW)
    [accused] = hearers.accused_of(session, [ticket.id])[ticket.id]
    assert not hearers.is_barred([accused], other)
    accused.post_id = posts["ward"]
    theirs = {
        "person_id": other.person,
        "number_print": vault.fingerprint(other.number or ""),
    }
    accused.person_id = accused.number_print = None
    setattr(accused, same, theirs[same])
    session.flush()
    assert hearers.is_barred([accused], other)
    assert not hearers.may_hear(session, ticket, other, NOW)


def test_a_deputy_sees_what_who_is_away_would(session: Session) -> None:
    posts = everybody(session)
    ticket = confirmed(session, topic="corruption")
    deputy = people.find(session, posts["complaints"])
    assert not hearers.may_hear(session, ticket, deputy, NOW)
    executive = people.find(session, posts["executive"])
    people.go_away(session, executive, NOW + DAY, NOW, deputy=deputy.id)
    assert hearers.may_hear(session, ticket, deputy, NOW)
    conflicts.accuse(session, ticket, deputy, by=BY, now=NOW)
    assert not hearers.may_hear(session, ticket, deputy, NOW)


def told_of(session: Session, ticket: Ticket) -> list[str]:
    promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=ticket.opened_at)
    climb_until(session, DUE + 7 * DAY)
    return [role for role, _ in told_to(session)]


@pytest.mark.parametrize(
    ("accused", "told"),
    [
        ("officer", ["head", "head", "head", "head", "complaints", "executive"]),
        ("head", ["complaints"] * 5 + ["executive"]),
        ("complaints", ["executive"] * 6),
    ],
)
def test_the_ladder_begins_one_level_above_who_is_accused(
    session: Session, accused: str, told: list[str]
) -> None:
    posts = whole_line(session)
    ticket = confirmed(session)
    conflicts.accuse(session, ticket, people.find(session, posts[accused]), by=BY, now=NOW)
    assert told_of(session, ticket) == told


def test_an_officer_of_another_unit_changes_nothing(session: Session) -> None:
    whole_line(session)
    elsewhere = post(session, "officer", unit="8.6", number="+255712000031")
    ticket = confirmed(session)
    conflicts.accuse(session, ticket, people.find(session, elsewhere), by=BY, now=NOW)
    assert told_of(session, ticket)[0] == "officer"


@pytest.mark.parametrize("how", ["topic", "detail"])
def test_a_complaint_about_staff_goes_past_the_officers(session: Session, how: str) -> None:
    whole_line(session, unit="8.1") if how == "topic" else whole_line(session)
    ticket = confirmed(session, topic="staff" if how == "topic" else "water")
    if how == "detail":
        intake.add(session, ticket, what="officer", words="Bw. Juma", channel="ussd", now=NOW)
    assert "officer" not in told_of(session, ticket)


def test_a_complaint_about_the_centre_goes_past_its_agents_to_the_supervisor(
    session: Session,
) -> None:
    everybody(session)
    ticket = confirmed(session)
    conflicts.about_centre(session, ticket, by=BY, now=NOW)
    assert who_sees(session, ticket) == {"supervisor", "executive"}
    assert hearers.in_line(ticket, [], "complaints", "executive") == ["supervisor", "executive"]


def test_corruption_goes_to_the_integrity_contact_and_else_to_the_executive(
    session: Session,
) -> None:
    whole_line(session)
    integrity = post(session, "integrity", number=PHONES["administrator"])
    ticket = confirmed(session, topic="corruption")
    promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=ticket.opened_at)
    climb_until(session, NOW + 20 * DAY)
    told = set(told_to(session))
    assert {role for role, _ in told} == {"administrator"}  # the integrity contact's telephone
    leave(session, integrity, NOW)
    climb_until(session, DUE + MINUTE)
    assert told_to(session)[-1][0] == "executive"


def test_what_waits_for_who_is_accused_is_taken_back(session: Session) -> None:
    posts = whole_line(session, opens=19)
    ticket = confirmed(session)
    promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=ticket.opened_at)
    climb_until(session, NOW + 16 * DAY)
    [alert] = alerts.of(session, ticket.id)
    conflicts.accuse(session, ticket, people.find(session, posts["officer"]), by=BY, now=NOW)
    query = select(Message.cancelled_at).where(Message.key.startswith("promise:"))
    assert (session.scalars(query).all(), alert.ended_at) == ([NOW], NOW)
    assert events_of(session, ticket)[-1] == "accused"


def test_a_digest_that_waits_says_nothing_of_it_any_more(session: Session) -> None:
    posts = whole_line(session, opens=19)
    tickets = [confirmed(session, number=f"+2557120001{number:02}") for number in range(5)]
    for ticket in tickets:
        promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=NOW)
    climb(session, NOW + 15 * DAY + 8 * MINUTE)
    officer = people.find(session, posts["officer"])
    conflicts.accuse(session, tickets[0], officer, by=BY, now=NOW)
    query = select(Message.text).where(Message.key.startswith("digest:"))
    [text] = session.scalars(query.execution_options(populate_existing=True))
    assert "malalamiko 4" in text and tickets[0].ref not in text


def test_only_a_complaint_and_only_of_its_own_office_accuses(session: Session) -> None:
    elsewhere = people.find(session, post(session, "head", institution="kilosa", unit=None))
    with pytest.raises(WrongStatus, match="is of kilosa"):
        conflicts.accuse(session, confirmed(session), elsewhere, by=BY, now=NOW)
    with pytest.raises(WrongStatus, match="only a complaint"):
        conflicts.about_centre(session, confirmed(session, kind="enquiry"), by=BY, now=NOW)
