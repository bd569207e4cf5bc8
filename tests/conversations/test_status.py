"""Following a ticket: by one's own number, or by its reference with the code."""

from datetime import timedelta

import pytest

from callcentre import db, lines
from callcentre.tickets import intake, work
from callcentre.tickets.model import Addition, Ticket
from conversations.phone import (
    ASHA,
    JUMA,
    KILOSA,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    everything,
    kept_by,
    the_ticket,
)

FOLLOW, READ = "2", "4"
ASK_REFERENCE = "CON Andika namba ya lalamiko"
ASK_CODE = "CON Andika namba ya siri"
NOT_FOUND = "CON Hatuna namba hiyo."
UNKNOWN = "26-00000000"


@pytest.fixture
def filed(phone: Phone) -> Phone:
    """Asha's phone, after a complaint that 1234 opens."""
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "3", "1234", "9")
    return phone


@pytest.fixture
def other(filed: Phone) -> Phone:
    """Juma's phone, from which Asha's ticket is asked for."""
    return Phone(filed.client, number=JUMA)


# ---- One's own number ------------------------------------------------------------------------


def test_ones_own_tickets_are_listed_newest_first(filed: Phone) -> None:
    first = the_ticket().ref
    filed.at = NOW + timedelta(days=1)
    filed.dial(KILOSA, *TO_THE_WORDS, "Umeme umekatika")
    second = everything(Ticket)[1].ref
    shown = filed.dial(SHARED, FOLLOW)
    assert shown.startswith(
        f"CON Malalamiko ya namba hii:\n1. Na. {second}, 24 Nov\n2. Na. {first}"
    )


def test_ones_own_ticket_opens_with_status_and_date_by_one_key(filed: Phone) -> None:
    shown = filed.dial(KILOSA, FOLLOW, "1")
    assert shown.startswith(f"CON Na. {the_ticket().ref}\nLimepokelewa\nKwa wahusika wa maji")
    assert "Mwisho: Ijumaa 19/2" in shown


def test_at_most_three_are_listed(filed: Phone) -> None:
    for _ in range(4):
        filed.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki")
    shown = filed.dial(KILOSA, FOLLOW)
    assert shown.count("Na. 26-") == 3 and "4. " not in shown


def test_a_ticket_taken_back_is_not_listed(phone: Phone) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "4", "1")
    assert phone.dial(KILOSA, FOLLOW).startswith(ASK_REFERENCE)


def test_after_180_days_without_contact_a_number_opens_nothing(filed: Phone) -> None:
    filed.at = NOW + timedelta(days=180)
    assert filed.dial(KILOSA, FOLLOW).startswith(ASK_REFERENCE)
    assert filed.type(the_ticket().ref).startswith(ASK_CODE)


def test_another_number_has_no_list(other: Phone) -> None:
    assert other.dial(KILOSA, FOLLOW).startswith(ASK_REFERENCE)


# ---- Reference and code ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["{0}-{1}{2}", "{0}{1}{2}", " {0} {1} {2} ", "{0}.{1}{2}", "{0}-{1}-{2}#"]
)
def test_a_reference_is_read_however_it_is_typed(other: Phone, written: str) -> None:
    ref = the_ticket().ref
    typed = written.format(ref[:2], ref[3:7], ref[7:])
    assert ref in other.dial(KILOSA, FOLLOW, typed, "1234")


@pytest.mark.parametrize("typed", ["Sijui", "", "Na. 5"])
def test_what_is_no_reference_is_asked_for_again(other: Phone, typed: str) -> None:
    assert "Andika namba ya lalamiko" in other.dial(KILOSA, FOLLOW, typed)


def test_reference_and_code_open_it_from_another_phone(other: Phone) -> None:
    shown = other.dial(KILOSA, FOLLOW, the_ticket().ref, "1234")
    assert shown.startswith(f"CON Na. {the_ticket().ref}\nLimepokelewa")


def test_asking_with_the_reference_proves_that_its_citizen_has_it(other: Phone) -> None:
    assert kept_by() is None
    other.dial(KILOSA, FOLLOW, the_ticket().ref, "1234")
    assert kept_by() == "asked"


def test_a_deep_dial_goes_straight_to_the_reference(other: Phone) -> None:
    other.code, other.session = SHARED, "ATUid_deep"
    ref = the_ticket().ref.replace("-", "")
    assert other.hop(f"2*{ref}").text.startswith(ASK_CODE)
    assert the_ticket().ref in other.hop(f"2*{ref}*1234").text


def test_a_deep_dial_to_ones_own_ticket_needs_no_code(filed: Phone) -> None:
    filed.code, filed.session = SHARED, "ATUid_deep"
    ref = the_ticket().ref
    assert filed.hop(f"2*{ref}").text.startswith(f"CON Na. {ref}\n")


def test_a_wrong_code_and_an_unknown_reference_are_told_the_same_words(other: Phone) -> None:
    known = other.dial(KILOSA, FOLLOW, the_ticket().ref)
    wrong = other.type("9999")
    assert [known, wrong] == [other.dial(KILOSA, FOLLOW, UNKNOWN), other.type("1234")]
    assert wrong.startswith(NOT_FOUND)


def test_a_wrong_code_proves_nothing(other: Phone) -> None:
    other.dial(KILOSA, FOLLOW, the_ticket().ref, "9999")
    assert kept_by() is None


def test_five_wrong_codes_lock_the_reference_for_an_hour(other: Phone) -> None:
    ref = the_ticket().ref
    for _ in range(5):
        other.dial(KILOSA, FOLLOW, ref, "9999")
    assert other.dial(KILOSA, FOLLOW, ref, "1234").startswith(NOT_FOUND)

    other.at = NOW + timedelta(minutes=59, seconds=59)
    assert other.dial(KILOSA, FOLLOW, ref, "1234").startswith(NOT_FOUND)
    other.at = NOW + timedelta(hours=1)
    assert other.dial(KILOSA, FOLLOW, ref, "1234").startswith(f"CON Na. {ref}\n")


def test_wrong_codes_count_whoever_asks_and_however(other: Phone, filed: Phone) -> None:
    ref = the_ticket().ref
    for number in ("+255754000011", "+255754000012", "+255754000013"):
        Phone(filed.client, number=number).dial(KILOSA, FOLLOW, ref, "9999")
    for code in ("9998", "9997"):
        other.text(f"HALI {ref} {code}")
    assert other.dial(KILOSA, FOLLOW, ref, "1234").startswith(NOT_FOUND)


def test_its_own_number_is_not_locked_out(other: Phone, filed: Phone) -> None:
    ref = the_ticket().ref
    for _ in range(5):
        other.dial(KILOSA, FOLLOW, ref, "9999")
    assert filed.dial(KILOSA, FOLLOW, "1").startswith(f"CON Na. {ref}\n")


def test_the_right_code_clears_the_wrong_ones(other: Phone) -> None:
    ref = the_ticket().ref
    for code in ("9999", "9999", "9999", "9999", "1234", "9999", "9999"):
        other.dial(KILOSA, FOLLOW, ref, code)
    assert other.dial(KILOSA, FOLLOW, ref, "1234").startswith(f"CON Na. {ref}\n")


def test_a_repeated_hop_is_one_wrong_code(other: Phone) -> None:
    other.dial(KILOSA, FOLLOW, the_ticket().ref, "9999")
    for _ in range(4):
        other.hop(other.transcript)
    assert the_ticket().wrong_codes == 1


def test_one_may_try_again_or_ask_for_a_call(other: Phone) -> None:
    other.dial(KILOSA, FOLLOW, UNKNOWN, "1234")
    assert other.type("1").startswith(ASK_REFERENCE)
    other.dial(KILOSA, FOLLOW, UNKNOWN, "1234")
    assert other.type("2").startswith("CON Tutakupigia")


# ---- The answer ------------------------------------------------------------------------------


@pytest.fixture
def answered(filed: Phone) -> Phone:
    with db.session() as session:
        ticket = intake.locked(session, the_ticket().ref)
        edition = lines.newest(session)
        work.answer(session, ticket, "Bomba limekarabatiwa.", edition=edition, by="afisa", now=NOW)
    return filed


def test_the_answer_is_read_with_the_code_only(answered: Phone) -> None:
    assert answered.dial(KILOSA, FOLLOW, "1", READ).startswith(ASK_CODE)
    assert answered.type("9999").startswith("CON Namba ya siri si sahihi")
    answered.dial(KILOSA, FOLLOW, "1", READ)
    assert answered.type("1234").startswith("CON Bomba limekarabatiwa.")
    assert kept_by("answer") == "read"


def test_who_came_by_the_code_is_not_asked_for_it_again(answered: Phone) -> None:
    other = Phone(answered.client, number=JUMA)
    shown = other.dial(KILOSA, FOLLOW, the_ticket().ref, "1234", READ)
    assert shown.startswith("CON Bomba limekarabatiwa.")


# ---- Adding ----------------------------------------------------------------------------------


def test_words_are_added_to_a_ticket_followed_later(filed: Phone) -> None:
    shown = filed.dial(KILOSA, FOLLOW, "1", "1", "Bado maji hayatoki")
    assert shown.startswith(f"END Maelezo yako yameongezwa kwenye lalamiko Na. {the_ticket().ref}")
    assert [(added.what, added.words) for added in everything(Addition)] == [
        ("words", "Bado maji hayatoki")
    ]


def test_a_call_about_a_ticket_is_asked_for_from_it(filed: Phone) -> None:
    assert filed.dial(KILOSA, FOLLOW, "1", "3").startswith("CON Tutakupigia")


def test_a_caller_who_has_a_ticket_may_follow_another(filed: Phone) -> None:
    assert filed.dial(KILOSA, FOLLOW, "9").startswith(ASK_REFERENCE)
    assert filed.number == ASHA
