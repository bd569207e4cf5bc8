"""Opening a ticket: its unit, its dated promises, its acknowledgement, its first event."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from callcentre import audit, outbox, vault
from callcentre.clock import EAT
from callcentre.tickets import intake
from tickets.making import (
    ASHA,
    EDITION,
    NO_SMS,
    NOW,
    SHARED,
    SMS,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promises_of,
    said,
    tasks_of,
)

OFFICE = "internal"


def dates(session: Session, ticket: Any) -> list[str]:
    """Each promise as `answer Wed 23 Dec 15:30`, and whether it is the office's own target."""
    return [
        f"{one.kind} {one.due_at.astimezone(EAT):%a %-d %b %H:%M}"
        + (f" {OFFICE}" if one.internal else "")
        for one in promises_of(session, ticket)
    ]


@pytest.mark.parametrize(
    ("institution", "kind", "topic", "unit", "promised"),
    [
        pytest.param(
            "sengerema", "complaint", "water", "8.8",
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30"],
            id="Sengerema, water",
        ),
        pytest.param(
            "sengerema", "complaint", "school", "8.5",
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30",
             "answer Thu 26 Nov 15:30 internal"],
            id="Sengerema, school",
        ),
        pytest.param(
            "sengerema", "complaint", "health", "8.6",
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30",
             "answer Wed 25 Nov 15:30 internal"],
            id="Sengerema, health",
        ),
        pytest.param(
            "sengerema", "complaint", "staff", "8.1",
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30",
             "answer Mon 30 Nov 15:30 internal"],
            id="Sengerema, staff",
        ),
        pytest.param(
            "sengerema", "complaint", "corruption", None,
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30",
             "investigate Wed 23 Dec 15:30", "route Mon 23 Nov 10:30 internal"],
            id="Sengerema, corruption: the complaints unit, and an investigation in 30 days",
        ),
        pytest.param(
            "sengerema", "complaint", None, None,
            ["acknowledge Wed 2 Dec 15:30", "answer Wed 23 Dec 15:30",
             "route Mon 23 Nov 10:30 internal"],
            id="Sengerema, the citizen does not know the topic",
        ),
        pytest.param(
            "sengerema", "opinion", "road", "8.8",
            ["acknowledge Wed 2 Dec 15:30 internal", "answer Wed 23 Dec 15:30 internal"],
            id="Sengerema, an opinion",
        ),
        pytest.param(
            "sengerema", "compliment", None, None,
            ["acknowledge Wed 2 Dec 15:30 internal",
             "route Mon 23 Nov 10:30 internal"],
            id="Sengerema, a compliment",
        ),
        pytest.param(
            "sengerema", "enquiry", "tax", "8.2",
            ["letter Mon 30 Nov 15:30", "acknowledge Wed 2 Dec 15:30 internal"],
            id="Sengerema, an enquiry about tax",
        ),
        pytest.param(
            "morogoro", "complaint", "road", "9.3",
            ["acknowledge Tue 24 Nov 15:30", "answer Mon 7 Dec 15:30"],
            id="Morogoro",
        ),
        pytest.param(
            "morogoro", "complaint", "school", "9.4",
            ["acknowledge Tue 24 Nov 15:30", "answer Mon 7 Dec 15:30",
             "answer Thu 26 Nov 15:30 internal"],
            id="Morogoro, school",
        ),
        pytest.param(
            "morogoro", "complaint", "corruption", None,
            ["acknowledge Tue 24 Nov 15:30", "answer Mon 7 Dec 15:30",
             "investigate Mon 7 Dec 15:30", "route Mon 23 Nov 10:30 internal"],
            id="Morogoro, corruption: an investigation in 14 days",
        ),
        pytest.param(
            "kilosa", "complaint", "corruption", None,
            ["acknowledge Wed 2 Dec 15:00", "answer Fri 19 Feb 15:00",
             "route Mon 23 Nov 10:30 internal"],
            id="Kilosa has no time of its own for corruption",
        ),
        pytest.param(
            "morogoro", "compliment", None, None,
            ["acknowledge Tue 24 Nov 15:30",
             "route Mon 23 Nov 10:30 internal"],
            id="Morogoro, a compliment",
        ),
        pytest.param(
            "kilosa", "complaint", "land", None,
            ["acknowledge Wed 2 Dec 15:00", "answer Fri 19 Feb 15:00",
             "route Mon 23 Nov 10:30 internal"],
            id="Kilosa",
        ),
        pytest.param(
            "utumishi", "complaint", "pay", None,
            ["acknowledge Tue 24 Nov 16:00 internal", "answer Wed 23 Dec 16:00 internal",
             "route Mon 23 Nov 10:30 internal"],
            id="Utumishi",
        ),
    ],
)  # fmt: skip
def test_a_ticket_has_the_unit_and_the_promises_of_its_charter(
    session: Session,
    institution: str,
    kind: str,
    topic: str | None,
    unit: str | None,
    promised: list[str],
) -> None:
    ticket = open_ticket(session, institution=institution, kind=kind, topic=topic)
    assert (ticket.institution, ticket.unit) == (institution, unit)
    assert dates(session, ticket) == promised


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({}, date(2026, 12, 23), id="Sengerema"),
        pytest.param({"institution": "morogoro"}, date(2026, 12, 7), id="Morogoro"),
        pytest.param({"institution": "kilosa"}, date(2027, 2, 19), id="Kilosa"),
        pytest.param({"institution": "utumishi"}, None, id="Utumishi promises no date"),
        pytest.param({"kind": "enquiry", "topic": None}, date(2026, 12, 2), id="a letter's reply"),
        pytest.param({"kind": "opinion"}, None, id="a target of the office is not told"),
        pytest.param({"institution": None, "topic": None}, None, id="no institution"),
    ],
)
def test_the_date_told_is_the_one_printed_in_the_charter(
    session: Session, changes: dict[str, Any], told: date | None
) -> None:
    opened = intake.open_ticket(session, said(**changes), EDITION, NOW)
    assert opened.due == told


def test_who_does_not_know_the_institution_is_taken_by_the_keeper_and_placed_at_once(
    session: Session,
) -> None:
    ticket = open_ticket(session, institution=None, topic="water")
    assert (ticket.institution, ticket.placed, ticket.unit) == ("morogoro", False, None)
    assert dates(session, ticket) == [
        "acknowledge Tue 24 Nov 15:30 internal",
        "route Mon 23 Nov 10:30 internal",
    ]


def test_each_promise_keeps_the_sentence_that_makes_it(session: Session) -> None:
    answer = promises_of(session, open_ticket(session))[1]
    assert (answer.clause["document"], answer.clause["line"]) == ("001", 401)
    assert answer.clause["clean"].startswith("Kujulishwa majibu")
    assert (answer.period_amount, answer.period_unit) == (30, "days")


def test_promises_run_from_when_the_provider_had_it(session: Session) -> None:
    friday = NOW - timedelta(days=3)
    ticket = open_ticket(session, received_at=friday, now=NOW)
    assert (ticket.opened_at, ticket.touched_at) == (friday, NOW)
    assert dates(session, ticket)[0] == "acknowledge Tue 1 Dec 15:30"


def test_a_ticket_keeps_the_version_of_the_charter_it_was_opened_under(session: Session) -> None:
    assert open_ticket(session).charter_version == "2008-2012"


def test_every_ticket_has_a_reference_of_its_own(session: Session) -> None:
    refs = {open_ticket(session).ref for _ in range(5)}
    assert len(refs) == 5
    assert all(ref.startswith("26-") for ref in refs)


def test_the_acknowledgement_of_a_session_is_held_and_says_nothing_of_the_matter(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    (message,) = messages_of(session, ticket)
    assert (message.status, message.next_at - NOW) == ("held", timedelta(seconds=90))
    assert message.text == (
        f"Huduma kwa Mteja: ombi lako Na. {ticket.ref} limepokelewa. Utapata taarifa; mwisho ni"
        " Jumatano 23/12. Kufuatilia piga *149*50#."
    )


def test_the_acknowledgement_of_an_sms_goes_at_once_and_names_the_office(
    session: Session,
) -> None:
    ticket = confirmed(session, link="L1")
    (message,) = messages_of(session, ticket)
    assert (message.status, message.next_at) == ("queued", NOW)
    assert (message.sender, message.link, message.parts) == ("15001", "L1", 1)
    assert vault.unseal(message.sealed_to) == ASHA
    assert f"tumepokea lalamiko lako Na. {ticket.ref}" in message.text
    assert "23/12" in message.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"kind": "opinion"}, "asante kwa maoni yako", id="opinion"),
        pytest.param({"kind": "compliment"}, "asante kwa pongezi zako", id="compliment"),
        pytest.param({"kind": "enquiry"}, "tumepokea swali lako", id="enquiry"),
        pytest.param({"institution": "utumishi"}, "tutakujulisha", id="no date"),
        pytest.param({"language": "en"}, "complaint", id="English"),
    ],
)
def test_the_acknowledgement_speaks_of_what_was_sent(
    session: Session, changes: dict[str, Any], words: str
) -> None:
    (message,) = messages_of(session, confirmed(session, topic=None, **changes))
    assert words in message.text


def test_the_nameless_leave_no_number_and_get_no_message(session: Session) -> None:
    ticket = open_ticket(session, identity="anonymous", number=None)
    assert (ticket.sealed_number, ticket.number_print, ticket.number_confirmed_at) == (None,) * 3
    assert (messages_of(session, ticket), tasks_of(session, ticket)) == ([], [])


def test_without_a_line_that_sends_a_person_must_prove_the_acknowledgement(
    session: Session,
) -> None:
    ticket = open_ticket(session, edition=NO_SMS)
    (task,) = tasks_of(session, ticket)
    assert (task.kind, task.institution) == ("prove_acknowledgement", "sengerema")
    assert task.due_at == promises_of(session, ticket)[0].due_at
    assert vault.unseal(task.sealed_number) == ASHA


def test_no_column_of_a_ticket_shows_the_number(session: Session) -> None:
    ticket = open_ticket(session)
    session.refresh(ticket)
    values = [getattr(ticket, column.key) for column in inspect(ticket).mapper.column_attrs]
    assert [value for value in values if ASHA[4:] in repr(value)] == []


def test_the_first_event_tells_what_was_decided_and_no_word_of_the_citizen(
    session: Session,
) -> None:
    ticket = open_ticket(session, words="Siri yangu kubwa")
    event = session.query(audit.Event).filter_by(ticket_id=ticket.id).one()
    assert (event.kind, event.seq, event.actor, event.previous) == (
        "opened", 1, "citizen", audit.GENESIS
    )  # fmt: skip
    assert audit.body_of(event) == {
        "kind": "complaint",
        "institution": "sengerema",
        "charter": "2008-2012",
        "unit": "8.8",
        "topic": "water",
        "identity": "secret",
        "channel": "ussd",
        "due": "2026-12-23",
    }


def test_a_ticket_that_is_not_committed_leaves_nothing_behind(session: Session) -> None:
    with session.begin_nested() as half:
        ticket_id = open_ticket(session).id
        half.rollback()
    for table in (audit.Event, outbox.Message):
        assert session.query(table).filter_by(ticket_id=ticket_id).count() == 0


def test_the_line_written_to_is_the_one_that_answers(session: Session) -> None:
    by_ussd, by_sms = open_ticket(session), confirmed(session)
    assert (by_ussd.line, by_sms.line) == (SHARED.address, SMS.address)
    assert [events_of(session, ticket) for ticket in (by_ussd, by_sms)] == [["opened"]] * 2
