"""The public answer to somebody who gave no name, and what must not stand in it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.tickets import intake, notices, queries, work
from callcentre.tickets.model import Ticket, WrongStatus
from callcentre.tickets.notices import Notice
from tickets.making import EDITION, NOW, events_of, open_ticket, promises_of, tasks_of

LATER = NOW + timedelta(days=2)
SAID = "Muuguzi wa zamu ya usiku kituo cha Nyampande anaomba fedha kabla ya kutibu"
TEXT = "Mtumishi amepewa onyo na fedha zimerudishwa"


def nameless(session: Session, **changes: Any) -> Ticket:
    given = {"identity": "anonymous", "number": None, "words": SAID} | changes
    return open_ticket(session, **given)


def post(session: Session, ticket: Ticket, text: str = TEXT, **more: Any) -> Notice:
    return notices.post(session, ticket, text, **{"by": "mary", "now": LATER} | more)


def refusal(session: Session, ticket: Ticket, text: str = TEXT, **more: Any) -> str:
    with pytest.raises(WrongStatus) as refused:
        post(session, ticket, text, **more)
    return str(refused.value)


# ---- What a notice does ----------------------------------------------------------------------


def test_a_notice_answers_a_ticket_that_had_no_answer(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    session.flush()
    session.refresh(ticket)
    assert (ticket.answer, ticket.answered_at, ticket.status) == (TEXT, LATER, "answered")
    assert events_of(session, ticket) == ["opened", "answered", "notice_posted", "promise_kept"]


def test_the_answer_can_be_read_with_the_code_too(session: Session) -> None:
    ticket = nameless(session)
    intake.choose_code(session, ticket, "4821", NOW)
    post(session, ticket)
    assert queries.answer_for(session, ticket.ref, "4821", LATER) == TEXT


def test_a_notice_keeps_the_promises_to_acknowledge_and_to_answer(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    kept = {one.kind: (one.kept_at, one.kept_by) for one in promises_of(session, ticket)}
    assert kept == {"acknowledge": (LATER, "notice"), "answer": (LATER, "notice")}
    assert ticket.acknowledged_at == LATER


def test_a_notice_after_the_date_keeps_a_promise_that_is_broken_all_the_same(
    session: Session,
) -> None:
    ticket = nameless(session)
    late = NOW + timedelta(days=60)
    post(session, ticket, now=late)
    assert {one.broken_at for one in promises_of(session, ticket)} == {late}


def test_an_answer_given_before_stays_as_it_was(session: Session) -> None:
    ticket = nameless(session)
    work.answer(session, ticket, "Muuguzi amehamishwa", edition=EDITION, by="officer", now=NOW)
    post(session, ticket)
    assert (ticket.answer, ticket.answered_at) == ("Muuguzi amehamishwa", NOW)
    assert events_of(session, ticket).count("answered") == 1


def test_whoever_had_to_give_the_answer_has_nothing_left_to_do(session: Session) -> None:
    ticket = nameless(session)
    work.answer(session, ticket, TEXT, edition=EDITION, by="officer", now=NOW)
    (task,) = tasks_of(session, ticket)
    assert (task.kind, task.done_at) == ("give_answer", None)
    post(session, ticket)
    (task,) = tasks_of(session, ticket)
    assert (task.done_at, task.done_by, task.outcome) == (LATER, "mary", "notice")


def test_posted_again_it_is_the_same_notice_with_another_text(session: Session) -> None:
    ticket = nameless(session)
    first = post(session, ticket, subject="afya")
    again = post(session, ticket, "Mtumishi ameonywa kwa barua", now=LATER + timedelta(days=1))
    assert again.id == first.id
    assert (again.subject, again.text) == ("afya", "Mtumishi ameonywa kwa barua")
    assert again.posted_at == LATER + timedelta(days=1)
    assert events_of(session, ticket).count("notice_posted") == 2


def test_an_answer_that_stood_only_on_the_board_follows_the_notice(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    post(session, ticket, "Mtumishi ameonywa kwa barua")
    assert ticket.answer == "Mtumishi ameonywa kwa barua"
    assert events_of(session, ticket).count("answered") == 1


def test_the_record_holds_ids_and_no_words(session: Session) -> None:
    ticket = nameless(session)
    notice = post(session, ticket)
    notices.take_down(session, ticket, by="mary", now=LATER)
    bodies = {
        event.kind: audit.body_of(event)
        for event in session.query(audit.Event).filter_by(ticket_id=ticket.id)
    }
    assert bodies["notice_posted"] == bodies["notice_taken_down"] == {"notice": notice.id}


# ---- What a notice must not be ---------------------------------------------------------------


@pytest.mark.parametrize("identity", ["secret", "open"])
def test_who_gave_his_number_is_not_answered_in_public(session: Session, identity: str) -> None:
    ticket = open_ticket(session, identity=identity)
    assert refusal(session, ticket) == (
        f"{ticket.ref} is not nameless; its citizen is answered by `callcentre ticket answer`"
    )


def test_what_was_taken_back_is_not_answered(session: Session) -> None:
    ticket = nameless(session)
    intake.withdraw(session, ticket, NOW)
    session.flush()
    session.refresh(ticket)
    assert "was taken back" in refusal(session, ticket)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "a notice needs words", id="nothing"),
        pytest.param(" \n\u200b", "a notice needs words", id="nothing to be seen"),
        pytest.param("a" * 601, "too long: 601 characters; shorten it to 600", id="too long"),
        pytest.param("Tumempigia 0712345678", "no telephone number", id="a number"),
        pytest.param("Tumempigia +255 712 345 678", "no telephone number", id="in groups"),
        pytest.param("Tumempigia 0 7 1 2 3 4 5 6 7 8", "no telephone number", id="digits apart"),
        pytest.param(
            "Ni kweli, kituo cha Nyampande anaomba fedha kabla", "6 words", id="six of his words"
        ),
        pytest.param(
            "ZAMU ya-usiku: kituo, cha 'Nyampande'!", "6 words", id="with other marks and case"
        ),
    ],
)
def test_a_text_by_which_somebody_may_be_known_is_refused(
    session: Session, text: str, reason: str
) -> None:
    ticket = nameless(session)
    assert reason in refusal(session, ticket, text)
    assert ticket.answer is None
    assert notices.of_ticket(session, ticket) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 600, id="as long as may be"),
        pytest.param("Malalamiko ya kituo cha Nyampande anaomba fedha", id="five of his words"),
        pytest.param("Lalamiko Na. 26-00123454 la 23/11/2026: Tsh 12,500,000", id="other figures"),
        pytest.param("Kwa hatari piga 112 au 113", id="short numbers"),
    ],
)
def test_a_text_that_nobody_is_known_by_is_posted(session: Session, text: str) -> None:
    assert post(session, nameless(session), text).text == text


def test_what_the_citizen_added_is_his_own_too(session: Session) -> None:
    ticket = nameless(session, words="Rushwa")
    intake.add(session, ticket, what="words", words=SAID, channel="ussd", now=NOW)
    assert "6 words" in refusal(session, ticket, SAID)


def test_a_text_is_kept_on_one_line_without_hidden_signs(session: Session) -> None:
    notice = post(session, nameless(session), " Mtumishi\n\n ameonywa\0 \u202ekwa barua ")
    assert notice.text == "Mtumishi ameonywa kwa barua"


@pytest.mark.parametrize(
    ("topic", "shown"), [("health", "afya"), ("tax", "kodi, leseni"), (None, "malalamiko")]
)
def test_the_subject_is_the_topics_name(session: Session, topic: str | None, shown: str) -> None:
    assert post(session, nameless(session, topic=topic)).subject == shown


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        (" ", "a subject needs a word"),
        ("muuguzi wa Nyampande", "at most 2 words and 30 letters"),
        ("a" * 31, "at most 2 words and 30 letters"),
        ("0712345678", "no telephone number"),
    ],
)
def test_a_subject_is_a_word_or_two(session: Session, subject: str, reason: str) -> None:
    assert reason in refusal(session, nameless(session), subject=subject)


# ---- The board -------------------------------------------------------------------------------


def refs(session: Session, *given: Any, **named: Any) -> list[str]:
    return [one.ref for one in notices.on_board(session, *given, **named)]


def test_the_newest_hangs_first(session: Session) -> None:
    first, second = nameless(session), nameless(session)
    post(session, second, now=LATER)
    post(session, first, now=LATER + timedelta(hours=1))
    assert refs(session) == [first.ref, second.ref]
    assert refs(session, limit=1, offset=1) == [second.ref]
    assert notices.how_many(session) == 2


def test_an_office_has_its_own_board(session: Session) -> None:
    here, there = nameless(session), nameless(session, institution="kilosa")
    post(session, here)
    post(session, there)
    assert refs(session, "kilosa") == [there.ref]
    assert notices.how_many(session, "kilosa") == 1
    assert refs(session, "morogoro") == []


def test_what_is_older_than_asked_is_left_out(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    assert refs(session, since=LATER) == [ticket.ref]
    assert refs(session, since=LATER + timedelta(seconds=1)) == []


def test_what_is_taken_down_hangs_no_more_until_it_is_posted_again(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    notices.take_down(session, ticket, by="mary", now=LATER)
    assert refs(session) == []
    post(session, ticket)
    assert refs(session) == [ticket.ref]


def test_what_its_citizen_took_back_hangs_no_more(session: Session) -> None:
    ticket = nameless(session)
    post(session, ticket)
    intake.withdraw(session, ticket, LATER)
    assert refs(session) == []


def test_only_what_hangs_can_be_taken_down(session: Session) -> None:
    ticket = nameless(session)
    with pytest.raises(WrongStatus, match="has no notice on the board"):
        notices.take_down(session, ticket, by="mary", now=LATER)
    post(session, ticket)
    notices.take_down(session, ticket, by="mary", now=LATER)
    with pytest.raises(WrongStatus, match="has no notice on the board"):
        notices.take_down(session, ticket, by="mary", now=LATER)
