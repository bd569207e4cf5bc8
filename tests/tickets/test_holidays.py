"""Holidays declared late move open dates, once, with a line on record and one SMS."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from callcentre import audit, clock, db, lines, sweeps
from callcentre.outbox import Message
from callcentre.tickets import appointments, holidays, intake, moving, promises, questions
from callcentre.tickets.holidays import BadHoliday
from callcentre.tickets.model import Promise, Ticket

TODAY = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)  # Tuesday 20 October, 10:00 in Dar es Salaam
ELECTION = date(2026, 10, 29)


def open_at(institution: str, *, number: str | None = "+255712000001", words: str = "Maji") -> int:
    """A complaint received at TODAY from a confirmed phone; its ticket's id."""
    with db.session() as session:
        edition = lines.newest(session)
        line = edition.first("ussd", institution)
        assert line is not None
        said = intake.Opening(
            kind="complaint",
            institution=institution,
            topic=None,
            identity="secret",
            words=words,
            channel="ussd",
            line=line,
            language="sw",
            number=number,
            received_at=TODAY,
            confirmed=True,
        )
        return intake.open_ticket(session, said, edition, TODAY).ticket.id


def dates(ticket_id: int) -> dict[str, str]:
    with db.session() as session:
        found = session.scalars(select(Promise).where(Promise.ticket_id == ticket_id)).all()
    return {
        one.kind: f"{one.due_at.astimezone(clock.EAT):%a %d %b %H:%M}"
        for one in found
        if one.kind != "route"
    }


def declare(day: date = ELECTION, **where: str) -> None:
    with db.session() as session:
        holidays.declare(session, day, "Uchaguzi", by="test", now=TODAY, **where)


def withdraw(day: date = ELECTION, now: datetime = TODAY) -> None:
    with db.session() as session:
        holidays.withdraw(session, day, by="test", now=now)


@pytest.fixture(autouse=True)
def at_today(lines: None) -> None:
    pass


def move(now: datetime = TODAY) -> int:
    with clock.at(now):
        return sweeps.move_promises()


def moved_messages() -> list[str]:
    with db.session() as session:
        query = select(Message.text).where(Message.key.contains("date_moved"))
        return list(session.scalars(query.order_by(Message.id)))


def test_working_days_over_the_holiday_move_and_days_of_the_calendar_do_not() -> None:
    sengerema = open_at("sengerema")
    assert dates(sengerema) == {"acknowledge": "Thu 29 Oct 15:30", "answer": "Thu 19 Nov 15:30"}
    declare()
    move()
    assert dates(sengerema) == {"acknowledge": "Fri 30 Oct 15:30", "answer": "Thu 19 Nov 15:30"}


def test_a_day_of_the_calendar_that_falls_on_the_holiday_rolls_on() -> None:
    morogoro = open_at("morogoro")
    assert dates(morogoro)["answer"] == "Tue 03 Nov 15:30"
    declare(date(2026, 11, 3))
    move()
    assert dates(morogoro)["answer"] == "Wed 04 Nov 15:30"


def test_only_the_institution_named_is_moved() -> None:
    kilosa, sengerema = open_at("kilosa"), open_at("sengerema")
    before = dates(sengerema)
    declare(institution="kilosa")
    move()
    assert dates(kilosa)["acknowledge"] == "Fri 30 Oct 15:00"
    assert dates(sengerema) == before


def test_a_withdrawal_moves_the_dates_back() -> None:
    kilosa = open_at("kilosa")
    before = dates(kilosa)
    declare()
    move()
    assert dates(kilosa) != before
    withdraw()
    move()
    assert dates(kilosa) == before


def test_a_withdrawal_never_moves_a_date_before_the_next_closing_time() -> None:
    kilosa = open_at("kilosa")
    declare()
    move()
    late = datetime(2026, 10, 29, 13, 0, tzinfo=UTC)  # 16:00, an hour after it would have closed
    withdraw(now=late)
    move(late)
    assert dates(kilosa)["acknowledge"] == "Fri 30 Oct 15:00"


def test_the_citizen_who_was_told_another_day_gets_one_sms() -> None:
    open_at("kilosa")  # 60 working days: the told date moves
    open_at("sengerema", number="+255712000002")  # 30 days of the calendar: it does not
    declare()
    move()
    move()
    (text,) = moved_messages()
    assert "(Uchaguzi 29/10)" in text


def test_the_sms_names_the_holiday_that_moved_the_date_not_the_last_declared() -> None:
    open_at("kilosa")
    declare()
    with db.session() as session:
        holidays.declare(session, date(2027, 6, 1), "Mbali", by="test", now=TODAY)
    move()
    (text,) = moved_messages()
    assert "(Uchaguzi 29/10)" in text


def test_a_holiday_taken_back_is_told_as_that() -> None:
    open_at("kilosa")
    declare()
    move()
    withdraw()
    move()
    (_, text) = moved_messages()
    assert text.startswith("Sikukuu ya Uchaguzi 29/10 imefutwa")


def test_a_target_that_stood_still_goes_on_standing_where_it_was() -> None:
    ticket_id = open_at("sengerema")
    with db.session() as session:
        ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
        ticket.number_confirmed_at = TODAY
        until = questions.ask(
            session, ticket, "Kijiji gani?", edition=lines.newest(session), by="test", now=TODAY
        )
    assert until.astimezone(clock.EAT).date() == date(2026, 10, 27)
    asked = target_of(ticket_id)
    declare(date(2026, 12, 1))  # after it: nothing of its own changes
    move()
    assert target_of(ticket_id) == asked


def target_of(ticket_id: int) -> datetime:
    with db.session() as session:
        query = select(Promise.due_at).where(Promise.ticket_id == ticket_id, Promise.internal)
        return session.scalars(query).one()


def test_an_appointment_stays_at_its_time() -> None:
    ticket_id = open_at("kilosa")
    at = datetime(2026, 11, 5, 14, 50, tzinfo=clock.EAT)  # 30 minutes from then it is closed
    with db.session() as session:
        ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
        appointments.make(session, ticket, at, edition=lines.newest(session), by="test", now=TODAY)
    before = dates(ticket_id)["appointment"]
    declare()
    move()
    assert dates(ticket_id)["appointment"] == before == "Thu 05 Nov 15:20"


def test_nobody_without_a_number_is_written_to() -> None:
    open_at("kilosa", number=None)
    declare()
    move()
    assert moved_messages() == []


def test_a_kept_promise_stays_where_it_was() -> None:
    kilosa = open_at("kilosa")
    with db.session() as session:
        ticket = session.get_one(Ticket, kilosa, with_for_update=True)
        promises.keep(session, ticket, ["acknowledge"], by="call", now=TODAY)
    declare()
    move()
    assert dates(kilosa)["acknowledge"] == "Thu 29 Oct 15:00"


def test_a_run_that_was_killed_is_finished_by_the_next() -> None:
    tickets = [open_at("kilosa") for _ in range(5)]
    declare()
    with db.session() as session:
        assert moving.move_batch(session, TODAY, limit=2) > 0
    assert len({dates(ticket)["acknowledge"] for ticket in tickets}) == 2
    move()
    assert {dates(ticket)["acknowledge"] for ticket in tickets} == {"Fri 30 Oct 15:00"}


def test_a_ticket_that_somebody_holds_does_not_hold_up_the_others() -> None:
    held, free = open_at("kilosa"), open_at("kilosa")
    declare()
    with db.session() as session:
        session.get_one(Ticket, held, with_for_update=True)
        move()
        assert dates(free)["acknowledge"] == "Fri 30 Oct 15:00"
        assert dates(held)["acknowledge"] == "Thu 29 Oct 15:00"
    move()
    assert dates(held)["acknowledge"] == "Fri 30 Oct 15:00"


def test_a_new_ticket_is_dated_by_what_was_declared() -> None:
    declare()
    assert dates(open_at("kilosa"))["acknowledge"] == "Fri 30 Oct 15:00"
    assert move() == 0


def test_each_move_is_on_record() -> None:
    kilosa = open_at("kilosa")
    declare()
    move()
    with db.session() as session:
        query = select(audit.Event).where(audit.Event.ticket_id == kilosa)
        events = [event.kind for event in session.scalars(query.order_by(audit.Event.seq))]
        assert audit.faults(session, kilosa) == []
    assert events == ["opened", "date_moved", "date_moved"]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        pytest.param(date(2026, 10, 19), "is past", id="yesterday"),
        pytest.param(date(2026, 12, 9), "is a holiday already at", id="known to the package"),
    ],
)
def test_a_declaration_that_cannot_be_says_why(day: date, said: str) -> None:
    with pytest.raises(BadHoliday, match=said):
        declare(day)


def test_a_holiday_is_not_declared_twice() -> None:
    declare()
    with pytest.raises(BadHoliday, match="is a holiday already"):
        declare()


def test_what_is_no_holiday_cannot_be_withdrawn() -> None:
    with pytest.raises(BadHoliday, match="is no holiday"):
        withdraw()
