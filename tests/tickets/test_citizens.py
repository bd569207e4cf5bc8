"""What a citizen does to a ticket already open, and whom it opens itself to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import outbox, vault
from callcentre.tickets import intake, promises, queries, work
from callcentre.tickets.model import Addition, Ticket, UnknownTicket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    JUMA,
    NOW,
    SHARED,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promise,
    promises_of,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def whose(session: Session, ticket: Ticket, choice: str, number: str | None = None) -> None:
    intake.send_to(
        session, ticket, whose=choice, number=number, edition=EDITION, line=SHARED, now=NOW + MINUTE
    )


def seen(
    session: Session, ticket: Ticket, code: str, *, now: datetime = NOW, number: str | None = None
) -> Any:
    return queries.by_reference(session, ticket.ref, number=number, code=code, now=now)


# Whose phone is it?


def test_my_phone_gets_the_whole_acknowledgement(session: Session) -> None:
    ticket = open_ticket(session)
    whose(session, ticket, "mine")
    (message,) = messages_of(session, ticket)
    assert (message.status, message.next_at) == ("queued", NOW + MINUTE)
    assert f"tumepokea lalamiko lako Na. {ticket.ref}" in message.text
    assert vault.unseal(message.sealed_to) == ASHA
    assert ticket.number_confirmed_at == NOW + MINUTE


def test_another_number_gets_the_acknowledgement_and_is_the_tickets_from_then_on(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    whose(session, ticket, "another", JUMA)
    (message,) = messages_of(session, ticket)
    assert vault.unseal(message.sealed_to) == JUMA
    assert [found["ref"] for found in queries.of_number(session, JUMA, NOW)] == [ticket.ref]
    assert queries.of_number(session, ASHA, NOW) == []


def test_who_wants_no_message_gets_none_and_is_not_found_by_the_number(session: Session) -> None:
    ticket = open_ticket(session)
    whose(session, ticket, "none")
    (message,) = messages_of(session, ticket)
    assert (message.status, message.sealed_to) == ("cancelled", None)
    assert (ticket.sealed_number, ticket.number_print) == (None, None)
    assert queries.of_number(session, ASHA, NOW) == []


def test_a_session_that_ends_unanswered_lets_the_neutral_text_go(session: Session) -> None:
    ticket = open_ticket(session)
    intake.let_acknowledgement_go(session, ticket, NOW + MINUTE)
    (message,) = messages_of(session, ticket)
    assert (message.status, message.next_at) == ("queued", NOW + MINUTE)
    assert message.text.startswith("Huduma kwa Mteja: ombi lako")
    assert ticket.number_confirmed_at is None


# Additions


@pytest.mark.parametrize("what", ["words", "place", "when"])
def test_what_is_added_is_kept_with_its_moment(session: Session, what: str) -> None:
    ticket = open_ticket(session)
    intake.add(session, ticket, what=what, words="Busisi", channel="sms", now=NOW + DAY)
    addition = session.scalars(select(Addition).where(Addition.ticket_id == ticket.id)).one()
    assert (addition.what, addition.words, addition.channel, addition.at) == (
        what, "Busisi", "sms", NOW + DAY
    )  # fmt: skip
    assert (ticket.touched_at, ticket.place) == (NOW + DAY, "Busisi" if what == "place" else None)
    assert events_of(session, ticket) == ["opened", "added"]


def test_a_name_is_sealed_and_stands_nowhere_else(session: Session) -> None:
    ticket = open_ticket(session)
    intake.add(session, ticket, what="name", words="Asha Juma", channel="ussd", now=NOW)
    assert vault.unseal(ticket.name) == "Asha Juma"
    assert session.query(Addition).filter_by(ticket_id=ticket.id).count() == 0


def test_additions_move_no_date(session: Session) -> None:
    ticket = open_ticket(session)
    before = [one.due_at for one in promises_of(session, ticket)]
    intake.add(session, ticket, what="words", words="Bado", channel="sms", now=NOW + 9 * DAY)
    assert [one.due_at for one in promises_of(session, ticket)] == before


def test_nothing_can_be_added_to_a_ticket_taken_back(session: Session) -> None:
    ticket = open_ticket(session)
    intake.withdraw(session, ticket, NOW)
    with pytest.raises(WrongStatus, match="was taken back"):
        intake.add(session, ticket, what="words", words="Bado", channel="sms", now=NOW)


# Taking it back


def test_a_ticket_taken_back_owes_nothing_and_sends_nothing(session: Session) -> None:
    ticket = open_ticket(session)
    intake.withdraw(session, ticket, NOW + MINUTE)
    session.flush()
    session.refresh(ticket)
    assert ticket.status == "withdrawn"
    assert {one.dropped_at for one in promises_of(session, ticket)} == {NOW + MINUTE}
    assert promises.mark_broken(session, NOW + 90 * DAY) == 0
    assert [message.status for message in messages_of(session, ticket)] == ["cancelled"]
    assert events_of(session, ticket) == ["opened", "withdrawn"]


def test_what_was_kept_before_stays_kept(session: Session) -> None:
    ticket = open_ticket(session)
    promises.keep(session, ticket, ["acknowledge"], by="receipt", now=NOW)
    intake.withdraw(session, ticket, NOW + DAY)
    acknowledge, answer = promises_of(session, ticket)
    assert (acknowledge.kept_at, acknowledge.dropped_at) == (NOW, None)
    assert (answer.kept_at, answer.dropped_at) == (None, NOW + DAY)


def test_taking_it_back_twice_is_once(session: Session) -> None:
    ticket = open_ticket(session)
    intake.withdraw(session, ticket, NOW)
    intake.withdraw(session, ticket, NOW + DAY)
    assert ticket.withdrawn_at == NOW
    assert events_of(session, ticket) == ["opened", "withdrawn"]


def test_a_closed_ticket_cannot_be_taken_back(session: Session) -> None:
    ticket = confirmed(session)
    work.answer(session, ticket, "Tayari", edition=EDITION, by="o", now=NOW)
    work.close(session, ticket, by="o", reason="answered", now=NOW)
    with pytest.raises(WrongStatus, match="is closed"):
        intake.withdraw(session, ticket, NOW)


# By number


def test_a_number_sees_its_tickets_newest_first_and_no_word_of_them(session: Session) -> None:
    first = open_ticket(session)
    second = open_ticket(session, now=NOW + DAY, institution="utumishi")
    found = queries.of_number(session, ASHA, NOW + DAY)
    assert [one["ref"] for one in found] == [second.ref, first.ref]
    assert found[1] == {
        "ref": first.ref, "institution": "sengerema", "status": "received", "topic": "water",
        "opened": "2026-11-23", "due": "2026-12-23", "open": True, "answered": False,
        "higher": True, "own": False, "code": None,
    }  # fmt: skip
    assert found[0]["due"] is None


def test_a_number_sees_no_ticket_of_another_and_none_taken_back(session: Session) -> None:
    ticket = open_ticket(session)
    assert queries.of_number(session, JUMA, NOW) == []
    intake.withdraw(session, ticket, NOW)
    assert queries.of_number(session, ASHA, NOW) == []


def test_after_180_days_without_contact_a_number_opens_nothing(session: Session) -> None:
    ticket = open_ticket(session)
    assert queries.of_number(session, ASHA, NOW + 180 * DAY - MINUTE) != []
    assert queries.of_number(session, ASHA, NOW + 180 * DAY) == []
    assert (
        queries.by_reference(session, ticket.ref, number=ASHA, code=None, now=NOW + 180 * DAY)
        is None
    )


def test_contact_makes_the_180_days_begin_again(session: Session) -> None:
    ticket = open_ticket(session)
    queries.by_reference(session, ticket.ref, number=ASHA, code=None, now=NOW + 100 * DAY)
    assert queries.of_number(session, ASHA, NOW + 270 * DAY) != []


# By reference


def test_asking_with_the_reference_proves_that_the_citizen_has_it(session: Session) -> None:
    ticket = open_ticket(session)
    found = queries.by_reference(
        session, ticket.ref.replace("-", ""), number=ASHA, code=None, now=NOW + DAY
    )
    assert found["status"] == "acknowledged"
    acknowledge = promise(session, ticket, "acknowledge")
    assert (acknowledge.kept_by, acknowledge.kept_at) == ("asked", NOW + DAY)


def test_a_reference_alone_opens_nothing_and_proves_nothing(session: Session) -> None:
    ticket = open_ticket(session)
    for number in (None, JUMA):
        assert queries.by_reference(session, ticket.ref, number=number, code=None, now=NOW) is None
    assert promise(session, ticket, "acknowledge").kept_at is None


@pytest.mark.parametrize("written", ["26-00000000", "hello", ""])
def test_a_reference_that_is_none_of_ours_opens_nothing(session: Session, written: str) -> None:
    assert queries.by_reference(session, written, number=ASHA, code="1234", now=NOW) is None


def test_locking_a_ticket_that_is_not_there_says_so(session: Session) -> None:
    with pytest.raises(UnknownTicket, match="no ticket 26-00123454"):
        intake.locked(session, "26-00123454")


# By code


def test_the_code_opens_the_ticket_from_any_phone(session: Session) -> None:
    ticket = open_ticket(session)
    intake.choose_code(session, ticket, "0042", NOW)
    assert seen(session, ticket, "0042", number=JUMA)["ref"] == ticket.ref
    assert seen(session, ticket, "42") is None


def test_the_same_code_has_another_print_on_every_ticket(session: Session) -> None:
    one, other = open_ticket(session), open_ticket(session)
    for ticket in (one, other):
        intake.choose_code(session, ticket, "4821", NOW)
    assert one.code_print != other.code_print


def test_five_wrong_codes_lock_the_reference_for_an_hour_whoever_asks(session: Session) -> None:
    ticket = open_ticket(session)
    intake.choose_code(session, ticket, "4821", NOW)
    for wrong in ("0000", "1111", "2222", "3333", "4444"):
        assert seen(session, ticket, wrong, number=JUMA) is None
    assert seen(session, ticket, "4821", now=NOW + HOUR - MINUTE) is None
    assert seen(session, ticket, "4821", now=NOW + HOUR) is not None


def test_four_wrong_codes_lock_nothing_and_the_right_one_begins_the_count_again(
    session: Session,
) -> None:
    ticket = open_ticket(session)
    intake.choose_code(session, ticket, "4821", NOW)
    for _ in range(2):
        for wrong in ("0000", "1111", "2222", "3333"):
            assert seen(session, ticket, wrong) is None
        assert seen(session, ticket, "4821") is not None


def test_the_lock_does_not_keep_the_tickets_own_number_out(session: Session) -> None:
    ticket = open_ticket(session)
    for _ in range(5):
        seen(session, ticket, "0000")
    assert queries.by_reference(session, ticket.ref, number=ASHA, code=None, now=NOW) is not None


def test_a_new_code_ends_the_lock(session: Session) -> None:
    ticket = open_ticket(session)
    for _ in range(5):
        seen(session, ticket, "0000")
    intake.choose_code(session, ticket, "4821", NOW)
    assert seen(session, ticket, "4821") is not None


def test_reading_the_answer_with_the_code_keeps_the_promise_to_answer(session: Session) -> None:
    ticket = open_ticket(session, identity="anonymous", number=None, topic="school")
    intake.choose_code(session, ticket, "4821", NOW)
    assert queries.answer_for(session, ticket.ref, "4821", NOW) is None
    work.answer(session, ticket, "Mwalimu amepatikana", edition=EDITION, by="o", now=NOW + DAY)

    assert queries.answer_for(session, ticket.ref, "0000", NOW + DAY) is None
    assert promise(session, ticket, "answer").kept_at is None
    assert queries.answer_for(session, ticket.ref, "4821", NOW + 2 * DAY) == "Mwalimu amepatikana"
    assert [one.kept_by for one in promises_of(session, ticket)] == ["asked", "read", "read"]


def test_a_drawn_code_is_four_digits() -> None:
    drawn = {intake.draw_code() for _ in range(200)}
    assert all(len(code) == 4 and code.isdigit() for code in drawn)
    assert len(drawn) > 150


def test_nothing_a_citizen_does_sends_a_message_to_another(session: Session) -> None:
    ticket = open_ticket(session)
    seen(session, ticket, "0000", number=JUMA)
    sent = session.scalars(select(outbox.Message)).all()
    assert [vault.unseal(message.sealed_to) for message in sent] == [ASHA]
