"""What happens to promises while an office works: forwarding, progress, a question, a time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callcentre import callers
from callcentre.clock import EAT
from callcentre.tickets import appointments, intake, progress, promises, questions, work
from callcentre.tickets.model import WrongStatus
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
DONE = "Fundi amekagua bomba, vifaa vimeagizwa"


def report(session: Session, ticket: Any, now: datetime = NOW, **how: Any) -> datetime:
    how = {"leave": False, "edition": EDITION, "by": "test"} | how
    return progress.report(session, ticket, how.pop("done", DONE), now=now, **how)


def ask(session: Session, ticket: Any, now: datetime = NOW) -> datetime:
    return questions.ask(session, ticket, "Ni kijiji gani?", edition=EDITION, by="test", now=now)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(EAT):%a %-d %b %H:%M}"


def assign(session: Session, ticket: Any, unit: str, now: datetime = NOW) -> None:
    work.assign(session, ticket, unit=unit, to=None, by="test", now=now)


# Forwarding: Sengerema's legal unit answers in 3 working days, the others in 30 days.


def test_the_target_of_routing_is_kept_by_giving_the_ticket_to_a_unit(session: Session) -> None:
    ticket = confirmed(session, topic=None)
    assign(session, ticket, "8.8")
    assert promise(session, ticket, "route", internal=True).kept_by == "assigned"


@pytest.mark.usefixtures("lines")
def test_the_citizen_hears_who_has_his_complaint_now_and_the_same_date(session: Session) -> None:
    ticket = confirmed(session)
    assign(session, ticket, "8.4")
    message = messages_of(session, ticket)[-1]
    assert message.text.startswith(
        f"Lalamiko lako Na. {ticket.ref} sasa lipo kwa wahusika wa maji."
    )
    assert "mwisho ni Jumatano 23/12" in message.text
    assert message.kind == "notice"


@pytest.mark.usefixtures("lines")
def test_who_has_it_already_is_told_to_nobody_again(session: Session) -> None:
    ticket = confirmed(session)
    assign(session, ticket, ticket.unit or "")
    assert len(messages_of(session, ticket)) == 1


@pytest.mark.usefixtures("lines")
def test_who_wants_no_more_messages_gets_no_notice_but_the_answer(session: Session) -> None:
    ticket = confirmed(session)
    callers.stop(session, ASHA, NOW, by="citizen")
    assign(session, ticket, "8.4")
    assert len(messages_of(session, ticket)) == 1
    work.answer(session, ticket, "Tayari", edition=EDITION, by="test", now=NOW)
    assert "Majibu" in messages_of(session, ticket)[-1].text


def test_a_stricter_clause_of_the_new_unit_becomes_a_target_of_the_office(
    session: Session,
) -> None:
    ticket = confirmed(session)
    assign(session, ticket, "8.4")
    assert local(promise(session, ticket, "answer").due_at) == "Wed 23 Dec 15:30"
    assert local(promise(session, ticket, "answer", internal=True).due_at) == "Thu 26 Nov 15:30"


def test_a_told_date_is_never_made_later_by_forwarding(session: Session) -> None:
    ticket = confirmed(session)
    assign(session, ticket, "8.8", NOW + 5 * DAY)
    assert [local(one.due_at) for one in promises_of(session, ticket)] == [
        "Wed 2 Dec 15:30",
        "Wed 23 Dec 15:30",
    ]


def test_forwarding_twice_adds_nothing_twice(session: Session) -> None:
    ticket = confirmed(session)
    assign(session, ticket, "8.4")
    count = len(promises_of(session, ticket))
    assign(session, ticket, "8.4")
    assert len(promises_of(session, ticket)) == count


# A report on progress may stand for an answer at Sengerema (001:401) and Kilosa (002:254).


def test_a_delivered_report_keeps_the_promise_and_opens_one_of_the_same_length(
    session: Session,
) -> None:
    ticket = confirmed(session)
    renewed = report(session, ticket, NOW + 10 * DAY)
    first, second = [one for one in promises_of(session, ticket) if one.kind == "answer"]
    assert (first.kept_at, local(renewed)) == (None, "Mon 4 Jan 15:30")
    send(session, f"ticket:{ticket.id}:progress:{first.id}", "delivered", now=NOW + 10 * DAY)
    first, second = [one for one in promises_of(session, ticket) if one.kind == "answer"]
    assert (first.kept_by, second.kept_by) == ("progress", None)
    assert promises.told(session, ticket.id).due_at == renewed  # type: ignore[union-attr]


def test_the_citizen_reads_what_was_done_and_the_new_date(session: Session) -> None:
    ticket = confirmed(session)
    report(session, ticket)
    assert messages_of(session, ticket)[-1].text == (
        f"Lalamiko Na. {ticket.ref}: {DONE}. Tunaendelea nalo; mwisho mpya ni Jumatano 23/12."
    )


@pytest.mark.parametrize(
    ("changes", "how", "said"),
    [
        pytest.param({"institution": "morogoro"}, {}, "lets no report", id="not at Morogoro"),
        pytest.param({}, {"done": "Bado tunashughulikia"[:4]}, "what was done", id="says nothing"),
        pytest.param({"number": None}, {}, "no number", id="nobody to write to"),
    ],
)
def test_a_report_that_cannot_stand_is_refused(
    session: Session, changes: dict[str, Any], how: dict[str, Any], said: str
) -> None:
    ticket = confirmed(session, **changes)
    with pytest.raises(WrongStatus, match=said):
        report(session, ticket, **how)


def test_a_second_report_needs_leave(session: Session) -> None:
    ticket = confirmed(session)
    report(session, ticket)
    with pytest.raises(WrongStatus, match="had its one report"):
        report(session, ticket, NOW + DAY)
    report(session, ticket, NOW + DAY, leave=True)


# A question stops the office's own targets, once, and never the promise.


def test_a_question_moves_the_targets_and_not_the_promise(session: Session) -> None:
    ticket = confirmed(session, topic="school")
    ask(session, ticket)
    assert local(promise(session, ticket, "answer").due_at) == "Wed 23 Dec 15:30"
    assert local(promise(session, ticket, "answer", internal=True).due_at) == "Fri 4 Dec 13:00"


def test_an_answer_lets_the_targets_run_on(session: Session) -> None:
    ticket = confirmed(session, topic="school")
    ask(session, ticket)
    later = NOW + DAY
    intake.add(session, ticket, what="words", words="Dumila", channel="sms", now=later)
    assert local(promise(session, ticket, "answer", internal=True).due_at) == "Fri 27 Nov 15:30"
    assert events_of(session, ticket)[-2:] == ["question_answered", "added"]


def test_only_one_question_may_be_asked(session: Session) -> None:
    ticket = confirmed(session)
    ask(session, ticket)
    with pytest.raises(WrongStatus, match="asked once already"):
        ask(session, ticket, NOW + DAY)


def test_nobody_may_ask_in_the_last_fifth_of_the_time(session: Session) -> None:
    ticket = confirmed(session)
    with pytest.raises(WrongStatus, match="last fifth"):
        ask(session, ticket, NOW + 28 * DAY)


# Sengerema's limit on lateness (001:369), and Kilosa's appointments (002:246).


def test_a_broken_promise_at_sengerema_has_a_back_stop_thirty_days_on(session: Session) -> None:
    ticket = confirmed(session)
    promises.mark_broken(session, NOW + 31 * DAY)
    promises.mark_broken(session, NOW + 32 * DAY)
    (stop,) = [one for one in promises_of(session, ticket) if one.kind == "back_stop"]
    assert (local(stop.due_at), stop.internal) == ("Fri 22 Jan 15:30", True)


def test_an_appointment_is_served_within_thirty_minutes(session: Session) -> None:
    ticket = confirmed(session, institution="kilosa")
    at = datetime(2026, 11, 26, 9, 0, tzinfo=EAT)
    appointments.make(session, ticket, at, edition=EDITION, by="test", now=NOW)
    assert local(promise(session, ticket, "appointment").due_at) == "Thu 26 Nov 09:30"
    told, _ = messages_of(session, ticket)[-2:]
    assert "Alhamisi 26/11 saa 3:00 asubuhi" in told.text


def test_the_citizen_is_reminded_a_day_before_his_appointment(session: Session) -> None:
    ticket = confirmed(session, institution="kilosa")
    at = datetime(2026, 11, 27, 9, 0, tzinfo=EAT)
    appointments.make(session, ticket, at, edition=EDITION, by="test", now=NOW)
    *_, told, reminder = messages_of(session, ticket)
    assert (told.status, reminder.status) == ("queued", "held")
    assert local(reminder.next_at) == "Thu 26 Nov 09:00"
    assert reminder.text.startswith(f"Kumbusho: miadi yako ya lalamiko Na. {ticket.ref}")
    assert "Ijumaa 27/11, saa 3:00 asubuhi" in reminder.text


def test_an_appointment_tomorrow_needs_no_reminder(session: Session) -> None:
    ticket = confirmed(session, institution="kilosa")
    at = datetime(2026, 11, 24, 9, 0, tzinfo=EAT)
    appointments.make(session, ticket, at, edition=EDITION, by="test", now=NOW)
    assert "Kumbusho" not in messages_of(session, ticket)[-1].text


def test_who_takes_his_complaint_back_is_not_reminded_nor_expected(session: Session) -> None:
    ticket = confirmed(session, institution="kilosa")
    at = datetime(2026, 11, 27, 9, 0, tzinfo=EAT)
    appointments.make(session, ticket, at, edition=EDITION, by="test", now=NOW)
    intake.withdraw(session, ticket, NOW)
    assert {message.status for message in messages_of(session, ticket)} == {"cancelled"}
    assert [(task.kind, task.outcome) for task in tasks_of(session, ticket)] == [
        ("appointment", "withdrawn")
    ]


@pytest.mark.parametrize(
    ("institution", "at", "said"),
    [
        pytest.param("morogoro", "2026-11-26T09:00", "promises nothing", id="no such promise"),
        pytest.param("kilosa", "2026-11-20T09:00", "past", id="in the past"),
        pytest.param("kilosa", "2026-11-28T09:00", "closed", id="on a Saturday"),
        pytest.param("kilosa", "2026-12-09T09:00", "closed", id="on Independence Day"),
        pytest.param("kilosa", "2026-11-26T16:00", "closed", id="after closing"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(
    session: Session, institution: str, at: str, said: str
) -> None:
    ticket = confirmed(session, institution=institution)
    moment = datetime.fromisoformat(at).replace(tzinfo=EAT)
    with pytest.raises(WrongStatus, match=said):
        appointments.make(session, ticket, moment, edition=EDITION, by="test", now=NOW)


def test_a_ticket_that_nobody_can_be_asked_about_is_refused(session: Session) -> None:
    with pytest.raises(WrongStatus, match="no number"):
        ask(session, open_ticket(session))
