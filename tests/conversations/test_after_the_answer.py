"""What a citizen's SMS means after the first: 1 or 2, the place asked for, not mine, danger."""

from datetime import datetime, timedelta

import pytest
from werkzeug.test import Client

from callcentre import db, lines, people
from callcentre.conversations.model import RawEvent
from callcentre.outbox import Message, Result
from callcentre.tickets import appeals, intake, kept, kinds, queries, work
from callcentre.tickets.model import Addition, Task, Ticket
from conversations.phone import (
    ASHA,
    JUMA,
    KILOSA,
    NOW,
    TO_THE_WORDS,
    Phone,
    block,
    everything,
    kept_by,
    number_of,
    sent,
    the_ticket,
)

WORDS = "Maji hayatoki Buguruni tangu wiki iliyopita"
DAY = timedelta(days=1)


@pytest.fixture
def phone(client: Client) -> Phone:
    return Phone(client)


def answer(ticket: Ticket, at: datetime = NOW) -> None:
    words = "Bomba limetengenezwa"
    with db.session() as session:
        found = intake.locked(session, ticket.ref)
        work.answer(session, found, words, edition=lines.newest(session), by="afisa", now=at)


def last(number: str = ASHA) -> str:
    """The text of the newest message to a number."""
    return [one.text for one in everything(Message) if number_of(one) == number][-1]


def statuses() -> list[str]:
    return [ticket.status for ticket in everything(Ticket)]


# Satisfied or not


@pytest.mark.parametrize("text", ["1", "Ndiyo", " 1. "])
def test_yes_closes_the_ticket_with_thanks(phone: Phone, text: str) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    phone.text(text)
    assert statuses() == ["closed"]
    assert last().startswith("Asante. Maoni yako yatatusaidia")


@pytest.mark.parametrize("text", ["1", "2"])
def test_who_judges_an_answer_has_it_whatever_the_network_reports(phone: Phone, text: str) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, WORDS, "1")
    answer(the_ticket())
    assert kept_by("answer") is None
    phone.text(text)
    assert kept_by("answer") == "reply"


@pytest.mark.parametrize("text", ["2", "HAPANA", "2!"])
def test_no_takes_it_a_level_up_and_tells_by_when(client: Client, text: str) -> None:
    phone = Phone(client)
    phone.dial(KILOSA, *TO_THE_WORDS, WORDS, "1")
    answer(the_ticket())
    phone.text(text)
    assert statuses() == ["escalated"]
    assert "sasa lipo kwa mkuu wa malalamiko. Utajulishwa; mwisho ni Ijumaa 19/2" in last()


def test_where_there_is_no_higher_level_the_commission_is_named(client: Client) -> None:
    phone = Phone(client)
    phone.dial(KILOSA, *TO_THE_WORDS, WORDS, "1")
    for minutes in range(3):
        phone.at = NOW + timedelta(minutes=minutes)
        answer(the_ticket(), phone.at)
        phone.text("2")
    assert "Tume ya Haki za Binadamu na Utawala Bora: S.L.P. 2643" in last()


def test_thanks_reopen_nothing(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    phone.text("1")
    phone.text("Asante sana")
    assert statuses() == ["closed"]


def test_a_digit_that_answers_nothing_opens_nothing(phone: Phone) -> None:
    phone.text("2")
    assert everything(Ticket) == []
    assert last().startswith("Karibu")


def test_a_digit_after_the_window_answers_nothing(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    phone.at = NOW + 7 * DAY
    phone.text("2")
    assert statuses() == ["answered"]


def test_of_two_questions_the_answer_must_say_which(phone: Phone) -> None:
    phone.text(WORDS)
    phone.text("Umeme umekatika kabisa mtaani kwetu jana")
    first, second = everything(Ticket)
    answer(first)
    answer(second)
    phone.text("2")
    assert statuses() == ["answered", "answered"]
    assert last() == (
        f"Kuhusu lalamiko gani? Tuma 2 na namba yake kwenda 15001: 2 {second.ref} au 2 {first.ref}."
    )
    phone.text(f"2 {first.ref}")
    assert statuses() == ["escalated", "answered"]


def test_nobody_else_answers_for_him(phone: Phone, client: Client) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    Phone(client, number=JUMA).text("1")
    Phone(client, number=JUMA).text(f"2 {the_ticket().ref}")
    assert statuses() == ["answered"]


def test_a_blocked_number_answers_nothing(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    block(ASHA)
    phone.text("1")
    assert statuses() == ["answered"]


# The one question back


def acknowledged(phone: Phone) -> Ticket:
    phone.text(WORDS)
    sent(Result("accepted", "ATXid_1", "101"))
    phone.receipt("ATXid_1")
    return the_ticket()


def test_once_the_acknowledgement_arrived_the_place_is_asked_for(phone: Phone) -> None:
    ticket = acknowledged(phone)
    assert last() == (
        f"Lalamiko Na. {ticket.ref}: tafadhali tuambie ni kijiji au mtaa gani, kata gani."
        " Tuma jibu kwenda 15001. Asante."
    )


def test_a_few_words_are_the_place(phone: Phone) -> None:
    acknowledged(phone)
    phone.text("Mtaa wa Buguruni, kata Ilala")
    assert the_ticket().place == "Mtaa wa Buguruni, kata Ilala"
    assert last().startswith("Maelezo yako yameongezwa")


def test_many_words_are_another_complaint(phone: Phone) -> None:
    acknowledged(phone)
    phone.text("Umeme umekatika kabisa mtaani kwetu tangu jana usiku")
    assert len(everything(Ticket)) == 2


def test_a_few_words_nobody_asked_for_are_a_complaint(phone: Phone) -> None:
    phone.text("Umeme umekatika kabisa")
    phone.text("Maji hayatoki Buguruni")
    assert len(everything(Ticket)) == 2


def test_the_place_is_asked_for_once_a_day(phone: Phone) -> None:
    acknowledged(phone)
    phone.text("Umeme umekatika kabisa mtaani kwetu tangu jana usiku")
    asked = [one for one in everything(Message) if one.key.startswith("place:")]
    assert len(asked) == 1


# Not mine


def test_whose_number_it_is_not_is_written_to_no_more(phone: Phone, client: Client) -> None:
    phone.text(WORDS)
    phone.text("Si yangu")
    ticket = the_ticket()
    assert (ticket.sealed_number, ticket.number_print) == (None, None)
    assert last().startswith("Samahani kwa usumbufu. Hatutatuma tena SMS")
    assert [task.kind for task in everything(Task)] == ["prove_acknowledgement"]
    assert everything(Message)[0].status == "cancelled"


def test_who_never_complained_and_says_so_is_greeted(phone: Phone) -> None:
    phone.text("Si yangu")
    assert last().startswith("Karibu")


# Danger


DANGER = "Mume wangu ananipiga kila siku"


def test_words_of_danger_by_sms_are_answered_at_once_with_whom_to_call(phone: Phone) -> None:
    phone.text(DANGER)
    (message,) = everything(Message)
    assert message.kind == "urgent"
    assert message.text.startswith("Kama mtu yupo hatarini sasa piga Polisi 112; mtoto piga 116")
    assert the_ticket().ref not in message.text


def test_a_ticket_of_danger_is_for_a_person_now_and_again_tomorrow(phone: Phone) -> None:
    phone.text(DANGER)
    due = {task.kind: task.due_at for task in everything(Task)}
    assert due == {"danger": NOW, "danger_next_day": NOW + DAY}


def test_a_ticket_of_danger_is_not_shown_to_its_number_unless_it_is_safe(client: Client) -> None:
    phone = Phone(client)
    phone.dial(KILOSA, *TO_THE_WORDS, DANGER, "1")  # and cut before "is it safe?"
    phone.end("Incomplete")
    assert everything(Message) == []
    with db.session() as session:
        assert queries.of_number(session, ASHA, NOW) == []


def test_who_says_that_it_is_safe_gets_a_neutral_word(client: Client) -> None:
    phone = Phone(client)
    shown = phone.dial(KILOSA, *TO_THE_WORDS, DANGER, "1", "1")
    assert shown.startswith("END Limepokelewa kwa siri")
    assert last().startswith("Huduma kwa Mteja: ombi lako")
    with db.session() as session:
        assert len(queries.of_number(session, ASHA, NOW)) == 1


def test_who_says_that_it_is_not_leaves_no_number(client: Client) -> None:
    phone = Phone(client)
    phone.dial(KILOSA, *TO_THE_WORDS, DANGER, "1", "2")
    assert the_ticket().sealed_number is None
    assert everything(Message) == []


def test_who_is_in_danger_is_called_only_where_it_is_safe(client: Client) -> None:
    Phone(client).dial(KILOSA, *TO_THE_WORDS, DANGER, "2", "3", "0755000009")
    (call,) = [task for task in everything(Task) if task.kind == "call_back"]
    assert number_of(call) == "+255755000009"


def test_who_is_in_danger_and_not_safe_is_not_called(client: Client) -> None:
    Phone(client).dial(KILOSA, *TO_THE_WORDS, DANGER, "2", "2")
    assert [task.kind for task in everything(Task)] == ["danger", "danger_next_day"]


@pytest.mark.parametrize(
    ("keys", "rest"),
    [
        pytest.param(("4", "3", "1", WORDS), ("1", "9"), id="a question"),
        pytest.param(("4", "1", "1", WORDS), ("1", "9"), id="an opinion"),
        pytest.param(("4", "2", WORDS), ("1", "9"), id="a compliment"),
        pytest.param((*TO_THE_WORDS, DANGER), ("1", "1"), id="danger"),
    ],
)
def test_every_last_screen_with_the_reference_proves_that_he_has_it(
    client: Client, keys: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    phone = Phone(client)
    phone.dial(KILOSA, *keys, *rest)
    phone.end("Success")
    assert the_ticket().acknowledged_at == NOW


def test_words_of_danger_are_shown_to_few(client: Client) -> None:
    Phone(client).text(DANGER)
    with db.session() as session:
        ticket = intake.locked(session, the_ticket().ref)
        assert queries.whole(session, ticket)["words"] is None
        assert queries.whole(session, ticket, reveal=True)["words"] == DANGER


# The nameless who come back by SMS


@pytest.mark.parametrize("text", ["HALI {ref} {code}", "KWANINI {ref} {code}"])
def test_a_nameless_one_who_asks_by_sms_leaves_no_number_once_he_is_answered(
    phone: Phone, text: str
) -> None:
    phone.dial(KILOSA, "1", "1", "3", "1", WORDS, "2580")
    phone.text(text.format(ref=the_ticket().ref, code="2580"))
    (event,) = everything(RawEvent)
    assert (event.number_print, event.body) == (None, None)
    (message,) = everything(Message)
    assert message.wipe


def test_additions_by_the_nameless_keep_their_words(phone: Phone) -> None:
    phone.dial(KILOSA, "1", "1", "3", "1", WORDS, "2580")
    ticket = the_ticket()
    phone.text(f"ONGEZA {ticket.ref} Bado hayatoki leo")
    assert everything(Addition) == []  # a nameless ticket opens by its code alone


# Was he answered at all, and may it be called an opinion?


def ask_whether_kept(ticket: Ticket) -> None:
    """He is the one in ten; his day has come."""
    with db.session() as session:
        found = intake.locked(session, ticket.ref)
        found.kept_check_at = NOW + DAY
        session.flush()
        kept.ask_due(session, lines.newest(session), NOW + DAY)


def test_no_to_the_check_opens_it_a_level_up(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    ask_whether_kept(the_ticket())
    phone.at = NOW + DAY
    phone.text("2")
    assert statuses() == ["escalated"]
    assert last().startswith("Samahani hatukukuridhisha.")


def test_yes_to_the_check_leaves_the_first_question_open(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    ask_whether_kept(the_ticket())
    phone.at = NOW + DAY
    phone.text("1")
    assert statuses() == ["answered"]
    phone.text("1")
    assert statuses() == ["closed"]


def test_no_to_another_kind_makes_it_a_complaint_again(phone: Phone) -> None:
    phone.text(f"SENGEREMA {WORDS}")
    with db.session() as session:
        found = intake.locked(session, the_ticket().ref)
        entry = people.Entry(found.institution, "complaints", "Neema Paulo", "Malalamiko")
        post = people.put(session, entry, NOW, by="test").post
        how = {"reason": "Ni maoni tu", "edition": lines.newest(session), "now": NOW}
        kinds.change(session, found, "opinion", post=post, **how)
    phone.text("2")
    assert the_ticket().kind == "complaint"
    assert "ni lalamiko tena" in last()


def test_who_went_a_level_up_already_has_no_answer_to_be_asked_about(phone: Phone) -> None:
    phone.text(WORDS)
    answer(the_ticket())
    ask_whether_kept(the_ticket())
    with db.session() as session:
        appeals.unsatisfied(session, intake.locked(session, the_ticket().ref), NOW + DAY)
    phone.at = NOW + DAY
    assert phone.text("2").status_code == 200
    assert (the_ticket().level, statuses()) == (2, ["escalated"])


def test_where_the_charter_has_no_levels_it_is_open_again(phone: Phone) -> None:
    phone.text(f"UTUMISHI {WORDS}")
    answer(the_ticket())
    ask_whether_kept(the_ticket())
    phone.at = NOW + DAY
    phone.text("2")
    assert statuses() == ["escalated"]
    assert "limefunguliwa upya" in last()
