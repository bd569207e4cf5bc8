"""'Call me': the request is made at the key, once, and dated where a charter promises it."""

from datetime import UTC, datetime, timedelta

import pytest

from callcentre.tickets.model import Promise, Task, Ticket
from conversations.phone import (
    ASHA,
    JUMA,
    KILOSA,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    close_task,
    everything,
    number_of,
    the_task,
)

CALL_ME = "3"
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # 15:00, when Kilosa closes
PROMISED = "CON Tutakupigia ndani ya siku moja ya kazi kwa namba hii."
PLAIN = "CON Tutakupigia simu mapema iwezekanavyo, saa za kazi, kwa namba hii."


def test_at_kilosa_the_call_is_due_within_one_working_day(phone: Phone) -> None:
    assert phone.dial(KILOSA, CALL_ME).startswith(PROMISED)
    task = the_task()
    assert (task.kind, task.institution, task.due_at) == ("call_back", "kilosa", TUESDAY)
    assert number_of(task) == ASHA


def test_on_the_shared_line_the_keeper_calls_without_a_date(phone: Phone) -> None:
    assert phone.dial(SHARED, CALL_ME).startswith(PLAIN)
    assert (the_task().institution, the_task().due_at) == ("morogoro", None)


def test_instead_of_words_the_call_is_for_the_office_chosen(phone: Phone) -> None:
    assert phone.dial(SHARED, "1", "1", "1", "1", "1").startswith(PROMISED)
    assert (the_task().institution, the_task().due_at) == ("kilosa", TUESDAY)
    assert everything(Ticket) == []


def test_however_often_it_is_pressed_it_is_one_task(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME)
    phone.hop(phone.transcript)
    phone.dial(KILOSA, CALL_ME)
    phone.at = NOW + timedelta(hours=2)
    phone.dial(KILOSA, *TO_THE_WORDS, "1")
    phone.text("NIPIGIE", to="15001")
    assert [task.institution for task in everything(Task)] == ["kilosa", "morogoro"]
    assert everything(Task)[0].due_at == TUESDAY


def test_once_called_one_may_ask_again(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME)
    close_task(the_task())
    phone.at = NOW + timedelta(days=1)
    phone.dial(KILOSA, CALL_ME)
    assert [task.done_at is None for task in everything(Task)] == [False, True]


def test_another_number_is_called_instead(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME, "2")
    assert phone.type("0754000009") == "END Asante. Tutakupigia kwa namba uliyoandika."
    assert number_of(the_task()) == JUMA


def test_without_another_number_it_stays_this_one(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME, "2")
    assert phone.type("9") == "END Asante. Tutakupigia kwa namba hii."
    assert number_of(the_task()) == ASHA


def test_the_part_of_the_day_may_be_chosen(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME, "4")
    assert phone.type("1") == "END Asante. Tutakupigia kwa namba hii."
    assert the_task().part_of_day == "morning"


def test_the_call_may_be_taken_back(phone: Phone) -> None:
    assert phone.dial(KILOSA, CALL_ME, "3") == "END Sawa, hatutakupigia. Asante."
    assert (the_task().outcome, number_of(the_task())) == ("cancelled", None)


def test_hanging_up_after_the_key_leaves_the_request(phone: Phone) -> None:
    phone.dial(KILOSA, CALL_ME)
    phone.end("Incomplete")
    assert the_task().done_at is None


def test_about_a_ticket_the_call_is_a_promise_on_it(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    phone.dial(KILOSA, "2", "1", "3")
    [promise] = [each for each in everything(Promise) if each.kind == "call_back"]
    assert (promise.due_at, the_task().ticket_id) == (TUESDAY, promise.ticket_id)


@pytest.mark.parametrize("number", ["+254700000001", "+9991234567"])
def test_a_caller_from_abroad_may_ask_too(phone: Phone, number: str) -> None:
    phone.number = number
    phone.dial(KILOSA, CALL_ME)
    assert number_of(the_task()) == number
