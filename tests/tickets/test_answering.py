"""How an answer reaches its citizen, and what a message's fate means for the ticket."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callcentre import outbox, vault
from callcentre.cli.processes import ABROAD
from callcentre.tickets import intake, promises, queries, tasks, work
from callcentre.tickets.model import Ticket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    NO_SMS,
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

LATER = NOW + timedelta(days=2)


def answer(
    session: Session, ticket: Ticket, words: str = "Bomba limetengenezwa", **more: Any
) -> str:
    given = {"edition": EDITION, "by": "officer", "now": LATER} | more
    return work.answer(session, ticket, words, **given)


def with_code(session: Session, ticket: Ticket) -> Ticket:
    intake.choose_code(session, ticket, "4821", NOW)
    return ticket


def kept(session: Session, ticket: Ticket) -> dict[str, str | None]:
    """Each promise to the citizen, and what kept it."""
    return {one.kind: one.kept_by for one in promises_of(session, ticket) if not one.internal}


def test_an_answer_goes_by_sms_to_a_number_that_is_confirmed(session: Session) -> None:
    ticket = confirmed(session)
    assert answer(session, ticket) == "sms"
    message = messages_of(session, ticket)[-1]
    assert vault.unseal(message.sealed_to) == ASHA
    assert message.text == (
        f"Majibu, lalamiko Na. {ticket.ref}: Bomba limetengenezwa. Umeridhika? Tuma 1 Ndiyo au 2"
        " Hapana kwenda 15001, au piga 0282590162."
    )


@pytest.mark.parametrize("finding", work.FINDINGS)
def test_what_was_found_is_on_record_with_the_answer(session: Session, finding: str) -> None:
    ticket = confirmed(session)
    answer(session, ticket, finding=finding)
    assert queries.whole(session, ticket)["outcome"] == finding
    assert queries.whole(session, ticket)["events"][-1]["body"] == {"finding": finding}


def test_who_hears_that_his_complaint_was_not_proved_hears_his_right_of_appeal(
    session: Session,
) -> None:
    ticket = confirmed(session)
    answer(session, ticket, "Kisima kinafanya kazi.", finding="not_proved")
    assert messages_of(session, ticket)[-1].text == (
        f"Lalamiko Na. {ticket.ref} halikuthibitika: Kisima kinafanya kazi. Hukubaliani?"
        " Tuma 2 kwenda 15001 au piga 0282590162. Una haki ya rufaa."
    )


def test_only_a_complaint_is_proved_or_not(session: Session) -> None:
    with pytest.raises(WrongStatus, match="is a compliment"):
        answer(session, confirmed(session, kind="compliment", topic=None), finding="proved")


def test_the_outcome_of_what_was_taken_back_is_that(session: Session) -> None:
    ticket = confirmed(session)
    intake.withdraw(session, ticket, NOW)
    assert queries.whole(session, ticket)["outcome"] == "withdrawn"


def test_who_is_abroad_is_asked_by_a_line_that_he_can_answer(session: Session) -> None:
    ticket = confirmed(session, number="+4915112345678")
    answer(session, ticket)
    message = messages_of(session, ticket)[-1]
    assert (message.provider, message.sender) == ("twilio", ABROAD)
    assert f"kwenda {ABROAD}, au piga" in message.text


def test_an_answer_that_ends_its_own_sentence_gets_no_second_stop(session: Session) -> None:
    ticket = confirmed(session)
    answer(session, ticket, "Tunakuja kesho!")
    assert "Tunakuja kesho! Umeridhika?" in messages_of(session, ticket)[-1].text


def test_a_number_nobody_confirmed_is_told_that_there_is_news_and_not_what(
    session: Session,
) -> None:
    ticket = with_code(session, open_ticket(session))
    assert answer(session, ticket) == "code"
    message = messages_of(session, ticket)[-1]
    assert message.key.startswith(f"ticket:{ticket.id}:answer:")
    assert "kuna taarifa mpya" in message.text
    assert "Bomba" not in message.text


def test_without_code_or_confirmed_number_a_person_must_give_the_answer(session: Session) -> None:
    ticket = open_ticket(session)
    assert answer(session, ticket) == "task"
    assert [task.kind for task in tasks_of(session, ticket)] == ["give_answer"]
    assert len(messages_of(session, ticket)) == 1


def test_the_nameless_read_it_with_their_code(session: Session) -> None:
    ticket = with_code(session, open_ticket(session, identity="anonymous", number=None))
    assert answer(session, ticket) == "code"
    assert messages_of(session, ticket) == []


def test_without_a_line_that_sends_a_person_must_give_the_answer(session: Session) -> None:
    ticket = confirmed(session)
    assert answer(session, ticket, edition=NO_SMS) == "task"
    assert [task.kind for task in tasks_of(session, ticket)] == ["give_answer"]


@pytest.mark.parametrize("words", ["", "  ", "\n"])
def test_an_answer_needs_words(session: Session, words: str) -> None:
    ticket = confirmed(session)
    with pytest.raises(WrongStatus, match="needs words"):
        answer(session, ticket, words)
    assert ticket.answered_at is None


def test_an_answer_is_an_event_without_its_words(session: Session) -> None:
    ticket = confirmed(session)
    answer(session, ticket)
    assert (ticket.answer, ticket.answered_at) == ("Bomba limetengenezwa", LATER)
    assert events_of(session, ticket) == ["opened", "answered"]


def test_an_answer_that_is_only_sent_keeps_nothing(session: Session) -> None:
    ticket = confirmed(session)
    answer(session, ticket)
    assert kept(session, ticket) == {"acknowledge": None, "answer": None}


def test_a_delivered_acknowledgement_keeps_the_promise_by_its_receipt(session: Session) -> None:
    ticket = confirmed(session)
    send(session, f"ticket:{ticket.id}:acknowledge", "delivered", now=NOW)
    acknowledge = promise(session, ticket, "acknowledge")
    assert (acknowledge.kept_by, acknowledge.kept_at) == ("receipt", NOW + timedelta(seconds=5))
    session.refresh(ticket)
    assert (ticket.status, kept(session, ticket)["answer"]) == ("acknowledged", None)
    assert events_of(session, ticket) == ["opened", "promise_kept"]


def test_a_delivered_answer_keeps_the_answer_and_the_acknowledgement(session: Session) -> None:
    ticket = confirmed(session, topic="school")
    answer(session, ticket)
    outbox.claim(session, NOW)  # the acknowledgement is away, and nothing is heard of it
    send(session, messages_of(session, ticket)[-1].key, "delivered", now=LATER)
    assert [one.kept_by for one in promises_of(session, ticket)] == ["receipt"] * 3


def test_news_that_is_delivered_is_not_yet_the_answer(session: Session) -> None:
    ticket = with_code(session, open_ticket(session))
    answer(session, ticket)
    send(session, messages_of(session, ticket)[-1].key, "delivered", now=LATER)
    assert kept(session, ticket) == {"acknowledge": "receipt", "answer": None}


@pytest.mark.parametrize("fate", ["failed", "never"])
def test_an_acknowledgement_that_will_never_arrive_is_a_task(session: Session, fate: str) -> None:
    ticket = confirmed(session)
    send(session, f"ticket:{ticket.id}:acknowledge", fate, now=NOW)
    (task,) = tasks_of(session, ticket)
    assert (task.kind, task.due_at) == (
        "prove_acknowledgement",
        promise(session, ticket, "acknowledge").due_at,
    )
    assert kept(session, ticket) == {"acknowledge": None, "answer": None}


def test_an_acknowledgement_that_fails_after_another_proof_is_no_task(session: Session) -> None:
    ticket = confirmed(session)
    promises.keep(session, ticket, ["acknowledge"], by="session_end", now=NOW)
    send(session, f"ticket:{ticket.id}:acknowledge", "failed", now=NOW)
    assert tasks_of(session, ticket) == []


def test_an_answer_longer_than_three_parts_is_refused_with_the_cure(session: Session) -> None:
    ticket = confirmed(session)
    with pytest.raises(WrongStatus, match="4 parts of an SMS; shorten it to 3"):
        answer(session, ticket, "Bomba limetengenezwa " * 22)


@pytest.mark.parametrize("fate", ["failed", "never"])
def test_an_answer_that_will_never_arrive_is_a_task(session: Session, fate: str) -> None:
    ticket = confirmed(session)
    answer(session, ticket)
    outbox.claim(session, NOW)
    send(session, messages_of(session, ticket)[-1].key, fate, now=LATER)
    assert [task.kind for task in tasks_of(session, ticket)] == ["give_answer"]


def test_a_second_answer_that_fails_is_a_task_again(session: Session) -> None:
    ticket = confirmed(session)
    outbox.claim(session, NOW)
    answer(session, ticket)
    send(session, messages_of(session, ticket)[-1].key, "failed", now=LATER)
    tasks.done(session, tasks_of(session, ticket)[0].id, by="officer", outcome="read", now=LATER)

    much_later = LATER + timedelta(days=1)
    answer(session, ticket, "Tumekosea: kesho", now=much_later)
    send(session, messages_of(session, ticket)[-1].key, "failed", now=much_later)

    (task,) = tasks_of(session, ticket)
    assert (task.kind, task.done_at) == ("give_answer", None)
    assert vault.unseal(task.sealed_number) == ASHA


def test_a_message_about_no_ticket_settles_nothing(session: Session) -> None:
    draft = outbox.Draft(
        key="reply:1", sealed_to=vault.seal(ASHA), text="Karibu", parts=1, institution="morogoro",
        routes=(outbox.Route("africastalking", "15001"),),
    )  # fmt: skip
    outbox.post(session, draft, NOW)
    send(session, "reply:1", "delivered", now=NOW)
    assert session.query(Ticket).count() == 0
