"""Another body's matter: told outside, handed over inside, accepted or returned."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import charters, vault
from callcentre.clock import EAT
from callcentre.tickets import appeals, intake, referral, work
from callcentre.tickets.model import Ticket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    NOW,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promise,
    promises_of,
    send,
    tasks_of,
)

DAY = timedelta(days=1)
TANESCO: dict[str, Any] = {"name": "TANESCO", "phone": "180", "hours": "2:00 asubuhi-10:00 jioni"}
REASON = "Umeme si wetu"


def outside(session: Session, ticket: Ticket, **changes: Any) -> None:
    how = TANESCO | {"reason": REASON, "edition": EDITION, "by": "wakala", "now": NOW} | changes
    referral.outside(session, ticket, **how)
    session.flush()
    session.refresh(ticket)


def inside(session: Session, ticket: Ticket, institution: str = "kilosa") -> Ticket:
    there = referral.inside(
        session, ticket, institution, reason=REASON, edition=EDITION, by="wakala", now=NOW
    )
    session.flush()
    session.refresh(ticket)
    return there


def test_the_citizen_is_told_the_body_its_number_and_its_hours(session: Session) -> None:
    ticket = confirmed(session)
    outside(session, ticket)
    assert (ticket.status, ticket.referred_to) == ("referred", "TANESCO")
    assert messages_of(session, ticket)[-1].text == (
        f"Suala Na. {ticket.ref} ni la TANESCO, simu 180, Jumatatu-Ijumaa saa 2:00 asubuhi-10:00"
        " jioni. Wasipokusaidia tupigie 0282590162."
    )


def test_being_told_where_to_go_is_the_answer_once_it_arrived(session: Session) -> None:
    ticket = confirmed(session)
    outside(session, ticket)
    later = NOW + timedelta(minutes=11)  # it no longer waits for the acknowledgement
    send(session, messages_of(session, ticket)[-1].key, "delivered", now=later)
    assert promise(session, ticket, "answer").kept_by == "receipt"


def test_without_a_confirmed_number_a_person_must_tell_it(session: Session) -> None:
    ticket = open_ticket(session)
    outside(session, ticket)
    assert [task.kind for task in tasks_of(session, ticket)] == ["give_answer"]


def test_who_was_not_helped_there_has_his_matter_here_again(session: Session) -> None:
    ticket = confirmed(session)
    outside(session, ticket)
    appeals.unsatisfied(session, ticket, NOW + DAY)
    session.flush()
    session.refresh(ticket)
    assert (ticket.status, ticket.referred_to) == ("escalated", None)


@pytest.mark.parametrize("empty", ["name", "phone"])
def test_a_body_without_name_or_number_is_no_referral(session: Session, empty: str) -> None:
    with pytest.raises(WrongStatus, match="name and its telephone number"):
        outside(session, confirmed(session), **{empty: " "})


def test_inside_it_is_a_linked_ticket_there_with_its_own_promises(session: Session) -> None:
    ticket = confirmed(session)
    there = inside(session, ticket)
    assert (there.institution, there.referral_of, there.words) == (
        "kilosa",
        ticket.id,
        ticket.words,
    )
    assert there.ref != ticket.ref
    assert vault.unseal(there.sealed_number or b"") == ASHA
    promised = {one.kind: f"{one.due_at.astimezone(EAT):%-d %b %H:%M}"
                for one in promises_of(session, there)}  # fmt: skip
    assert promised == {
        "acknowledge": "2 Dec 15:00", "answer": "19 Feb 15:00", "route": "23 Nov 10:30",
        "accept": "24 Nov 15:00",
    }  # fmt: skip
    assert there.ref in messages_of(session, there)[-1].text
    assert (ticket.status, ticket.referred_to) == ("referred", "kilosa")


def test_whoever_takes_it_there_settles_what_was_promised_here(session: Session) -> None:
    ticket = confirmed(session)
    there = inside(session, ticket)
    work.assign(session, there, unit=None, to="juma", by="kilosa", now=NOW)
    assert promise(session, there, "accept", internal=True).kept_by == "accepted"
    assert promise(session, ticket, "answer").kept_by == "referred"


def test_what_nobody_took_in_one_working_day_is_back(session: Session) -> None:
    ticket = confirmed(session)
    there = inside(session, ticket)
    assert referral.return_late(session, NOW + timedelta(hours=8)) == 0
    assert referral.return_late(session, NOW + 2 * DAY) == 1
    assert referral.return_late(session, NOW + 2 * DAY) == 0
    session.flush()
    session.refresh(ticket)
    session.refresh(there)
    assert (ticket.status, there.status) == ("received", "withdrawn")
    assert events_of(session, ticket)[-1] == "returned"
    assert "referral_returned" in [task.kind for task in tasks_of(session, ticket)]


def test_a_ticket_is_not_handed_to_who_has_it(session: Session) -> None:
    with pytest.raises(WrongStatus, match="is at sengerema already"):
        inside(session, confirmed(session), "sengerema")


def test_an_institution_nobody_knows_is_named(session: Session) -> None:
    with pytest.raises(charters.UnknownCharter, match="no institution 'mbeya'"):
        inside(session, confirmed(session), "mbeya")


def test_what_is_answered_is_not_referred(session: Session) -> None:
    ticket = confirmed(session)
    work.answer(session, ticket, "Tayari", edition=EDITION, by="a", now=NOW)
    session.flush()
    session.refresh(ticket)
    with pytest.raises(WrongStatus, match="cannot refer"):
        inside(session, ticket)


def test_the_nameless_stay_nameless_there(session: Session) -> None:
    ticket = open_ticket(session, identity="anonymous", number=None)
    intake.choose_code(session, ticket, "4821", NOW)
    there = inside(session, ticket)
    assert (there.identity, there.sealed_number, there.code_print) == ("anonymous", None, None)
    assert session.scalars(select(Ticket).where(Ticket.referral_of == ticket.id)).one() is there
