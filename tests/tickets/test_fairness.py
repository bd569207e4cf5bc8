"""No gaming: what could make figures better than the service is is told, limited and counted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callcentre import people
from callcentre.clock import EAT
from callcentre.tickets import (
    appeals,
    commission,
    expects,
    kept,
    kinds,
    ladder,
    merging,
    promises,
    queries,
    sameness,
    work,
)
from callcentre.tickets.fairness import fairness
from callcentre.tickets.model import Ticket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    JUMA,
    NO_SMS,
    NOW,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promise,
    promises_of,
    tasks_of,
)
from tickets.posts import post, whole_line
from tickets.test_ladder import climb_until, told_to

DAY = timedelta(days=1)
BECAUSE = "Hili si lalamiko"


def change(session: Session, ticket: Ticket, by: int, **changes: Any) -> None:
    how = {"kind": "opinion", "reason": BECAUSE, "edition": EDITION, "now": NOW} | changes
    kinds.change(session, ticket, post=people.find(session, by), **how)
    session.flush()


def answer(
    session: Session, ticket: Ticket, words: str = "Bomba limetengenezwa", **how: Any
) -> None:
    said = {"edition": EDITION, "by": "cli:test", "now": NOW} | how
    work.answer(session, ticket, "Bomba limetengenezwa", **said)
    session.flush()
    session.refresh(ticket)


def texts(session: Session, ticket: Ticket) -> list[str]:
    return [one.text for one in messages_of(session, ticket)]


# A change of kind


def test_a_change_of_kind_is_told_and_moves_no_promise(session: Session) -> None:
    ticket = confirmed(session)
    before = [(one.kind, one.due_at) for one in promises_of(session, ticket)]
    change(session, ticket, post(session, "complaints"))
    assert ticket.kind == "opinion"
    assert f"Na. {ticket.ref} limeandikwa upya kama maoni" in texts(session, ticket)[-1]
    assert [(one.kind, one.due_at) for one in promises_of(session, ticket)] == before
    assert expects.questions(session, ASHA, ["kind"], NOW) == [(ticket, "kind")]


@pytest.mark.parametrize("role", ["officer", "head", "executive", "agent", "supervisor"])
def test_only_the_complaints_unit_changes_a_kind(session: Session, role: str) -> None:
    with pytest.raises(WrongStatus, match="only the complaints unit"):
        change(session, confirmed(session), post(session, role))


@pytest.mark.parametrize("kind", ["complaint", "letter"])
def test_a_kind_changes_into_another_that_there_is(session: Session, kind: str) -> None:
    with pytest.raises(WrongStatus, match="cannot become"):
        change(session, confirmed(session), post(session, "complaints"), kind=kind)


def test_a_change_needs_a_reason_in_words(session: Session) -> None:
    with pytest.raises(WrongStatus, match="reason"):
        change(session, confirmed(session), post(session, "complaints"), reason="-")


def test_who_objects_has_a_complaint_again(session: Session) -> None:
    ticket = confirmed(session)
    change(session, ticket, post(session, "complaints"))
    kinds.object_to(session, ticket, NOW)
    assert ticket.kind == "complaint"
    assert expects.questions(session, ASHA, ["kind"], NOW) == []
    assert events_of(session, ticket)[-2:] == ["kind_changed", "kind_objected"]


def test_who_cannot_be_written_to_is_told_by_a_person(session: Session) -> None:
    ticket = open_ticket(session)
    change(session, ticket, post(session, "complaints"), edition=NO_SMS)
    assert "tell_kind_changed" in [one.kind for one in tasks_of(session, ticket)]


# Merging


def merge(session: Session, ticket: Ticket, into: Ticket) -> None:
    merging.merge(
        session, ticket, into, reason="Jambo moja", edition=EDITION, by="cli:test", now=NOW
    )
    session.flush()


def test_who_was_merged_keeps_his_promise_and_gets_the_answer(session: Session) -> None:
    one, other = confirmed(session), confirmed(session, number=JUMA)
    due = promise(session, one, "answer").due_at
    merge(session, one, other)
    assert "linashughulikiwa pamoja" in texts(session, one)[-1]
    assert other.ref not in texts(session, one)[-1]
    answer(session, other)
    session.refresh(one)
    assert (one.status, one.answer) == ("answered", "Bomba limetengenezwa")
    assert "Bomba limetengenezwa" in texts(session, one)[-1]
    assert (promise(session, one, "answer").due_at, one.merged_into) == (due, other.id)


@pytest.mark.parametrize("said", [{"institution": "kilosa"}, {"topic": "corruption"}])
def test_what_is_not_one_matter_of_one_office_is_not_merged(
    session: Session, said: dict[str, Any]
) -> None:
    with pytest.raises(WrongStatus):
        merge(session, confirmed(session, **said), confirmed(session))


def test_a_ticket_is_merged_once_and_not_into_itself(session: Session) -> None:
    one, two, three = (confirmed(session) for _ in range(3))
    with pytest.raises(WrongStatus, match="not two tickets"):
        merge(session, one, one)
    merge(session, one, two)
    for pair in ((one, three), (three, one)):
        with pytest.raises(WrongStatus, match="merged already"):
            merge(session, *pair)


# Identical answers


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("bomba  LIMETENGENEZWA tarehe 9", True),
        ("Ndugu mteja, bomba limetengenezwa tarehe 7", True),
        ("Asante kwa kutuandikia. Bomba limetengenezwa tarehe", True),
        ("Bomba litatengenezwa tarehe 7", False),
    ],
)
def test_an_opening_may_be_alike_and_a_body_may_not(other: str, same: bool) -> None:
    assert (sameness.print_of("Bomba limetengenezwa tarehe 7") == sameness.print_of(other)) is same


def test_the_third_ticket_with_one_answer_is_flagged(session: Session) -> None:
    tickets = [confirmed(session) for _ in range(3)]
    for count, ticket in enumerate(tickets, 1):
        answer(session, ticket)
        assert sameness.alike(session, ticket) == count
    assert queries.whole(session, tickets[0])["flags"] == ["identical_answer"]
    late = confirmed(session)
    answer(session, late, now=NOW + 31 * DAY)
    assert queries.whole(session, late)["flags"] == []


# Was he answered?


def one_in_ten(session: Session) -> Ticket:
    """A ticket that the hash chooses, answered now."""
    while True:
        ticket = confirmed(session)
        kept.plan(ticket, NOW)
        if ticket.kept_check_at is not None:
            answer(session, ticket)
            return ticket


def asked(session: Session) -> Ticket:
    ticket = one_in_ten(session)
    assert kept.ask_due(session, EDITION, NOW + 23 * DAY / 24) == 0
    assert kept.ask_due(session, EDITION, NOW + DAY) == 1
    return ticket


def test_one_in_ten_is_asked_a_day_after_the_answer_and_once(session: Session) -> None:
    ticket = asked(session)
    assert texts(session, ticket)[-1].startswith("Ofisi imesema imekujibu")
    assert expects.questions(session, ASHA, ["kept"], NOW + DAY)[0] == (ticket, "kept")
    assert kept.ask_due(session, EDITION, NOW + 2 * DAY) == 0


def test_about_one_in_ten_is_chosen() -> None:
    def chosen(number: int) -> bool:
        ticket = Ticket(ref=f"26-{number:08}")
        kept.plan(ticket, NOW)
        return ticket.kept_check_at is not None

    assert 60 < sum(map(chosen, range(1000))) < 140


def test_who_was_not_answered_has_it_open_a_level_up(session: Session) -> None:
    ticket = asked(session)
    higher = appeals.not_kept(session, ticket, NOW + DAY)
    session.flush()
    session.refresh(ticket)
    assert higher is not None and higher.level.key == "complaints_unit"
    assert (ticket.status, ticket.level) == ("escalated", 2)
    assert events_of(session, ticket)[-1] == "not_kept"
    assert promise(session, ticket, "appeal").kept_at is None


def test_at_the_highest_level_it_is_open_again_there(session: Session) -> None:
    ticket = asked(session)
    ticket.level = 3
    higher = appeals.not_kept(session, ticket, NOW + DAY)
    session.flush()
    session.refresh(ticket)
    assert higher is not None and higher.level.key == "executive"
    assert (ticket.status, ticket.level) == ("escalated", 3)


def test_who_was_satisfied_is_not_asked(session: Session) -> None:
    ticket = one_in_ten(session)
    appeals.satisfied(session, ticket, edition=EDITION, now=NOW)
    session.flush()
    kept.ask_due(session, EDITION, NOW + DAY)
    assert expects.questions(session, ASHA, ["kept"], NOW + DAY) == []


# Letters of the Commission


def test_a_letter_is_due_in_ninety_days_and_on_the_ladder(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "newest", lambda session: EDITION)
    whole_line(session)
    ticket = confirmed(session)
    for one in promises_of(session, ticket):
        one.next_step_at = None
    due = commission.received(session, ticket, NOW, by="cli:test", now=NOW)
    assert f"{due.astimezone(EAT):%a %-d %b %H:%M}" == "Mon 22 Feb 15:30"  # the 21st is a Sunday
    climb_until(session, due + DAY)
    assert sorted(role for role, _ in told_to(session)) == [
        "complaints",
        "complaints",
        "executive",
        "executive",
    ]
    commission.answered(session, ticket, by="cli:test", now=due)
    letter = promise(session, ticket, commission.KIND, internal=True)
    assert (letter.kept_by, letter.next_step_at) == ("letter", None)
    with pytest.raises(WrongStatus, match="no letter"):
        commission.answered(session, ticket, by="cli:test", now=due)


def test_an_answer_to_the_citizen_is_none_to_the_commission(session: Session) -> None:
    ticket = confirmed(session)
    commission.received(session, ticket, NOW, by="cli:test", now=NOW)
    promises.keep(session, ticket, promises.ANSWERED, by="receipt", now=NOW)
    assert promise(session, ticket, commission.KIND, internal=True).kept_at is None


def test_a_letter_cannot_come_tomorrow(session: Session) -> None:
    with pytest.raises(WrongStatus, match="later than now"):
        commission.received(session, confirmed(session), NOW + DAY, by="cli:test", now=NOW)


# Counted


def test_it_is_counted_for_each_officer_and_unit(session: Session) -> None:
    mine, head = post(session, "complaints"), post(session, "head")
    tickets = [confirmed(session) for _ in range(3)]
    for ticket in tickets:
        answer(session, ticket, by=f"post:{head}")
    changed = confirmed(session)
    change(session, changed, mine)
    kinds.object_to(session, changed, NOW)
    appeals.not_kept(session, tickets[0], NOW)
    found = fairness(session, "sengerema", NOW - DAY, NOW + DAY)
    officers = {one["who"]: one for one in found["officers"]}
    assert officers[f"post:{head}"]["answered"] == 3
    assert officers[f"post:{head}"]["unit"] == "8.8"
    assert officers[f"post:{head}"]["not_ours_percent"] == 0
    assert officers[f"post:{mine}"]["kind_changed"] == 1
    [unit] = found["units"]
    assert {name: unit[name] for name in ("unit", "kind_objected", "not_kept")} == {
        "unit": "8.8",
        "kind_objected": 1,
        "not_kept": 1,
    }
    assert fairness(session, "sengerema", NOW + DAY, NOW + 2 * DAY)["officers"] == []
