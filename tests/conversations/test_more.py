"""After filing: more words, a place, a name, a code; or the whole is taken back."""

import pytest

from callcentre import vault
from callcentre.outbox import Message
from callcentre.tickets.intake import code_print
from callcentre.tickets.model import Addition, Promise
from conversations.phone import KILOSA, TO_THE_WORDS, Phone, everything, the_ticket

MORE = "CON Unaweza kuongeza:"
WORDS, DETAILS, CODE, WITHDRAW, FINISHED = "1", "2", "3", "4", "9"


@pytest.fixture
def filed(phone: Phone) -> Phone:
    """A phone on whose screen stands what may be added."""
    assert phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1").startswith(MORE)
    return phone


def added() -> list[tuple[str, str]]:
    return [(addition.what, addition.words) for addition in everything(Addition)]


def test_words_are_added_and_more_is_offered(filed: Phone) -> None:
    assert filed.type(WORDS, "Tangu Juni").startswith(MORE)
    assert filed.type(WORDS, "Kisima kimoja").startswith(MORE)
    assert added() == [("words", "Tangu Juni"), ("words", "Kisima kimoja")]
    assert the_ticket().words == "Maji hayatoki"


def test_place_name_and_date_are_asked_one_by_one(filed: Phone) -> None:
    assert filed.type(DETAILS).startswith("CON Andika kijiji")
    assert filed.type("Dumila").startswith("CON Andika majina")
    assert filed.type("Asha Juma").startswith("CON Ilitokea lini?")
    assert filed.type("Jumatatu").startswith(MORE)
    assert the_ticket().place == "Dumila"
    assert vault.unseal(the_ticket().name) == "Asha Juma"
    assert added() == [("place", "Dumila"), ("when_it_was", "Jumatatu")]


def test_a_name_stands_nowhere_but_sealed_on_the_ticket(filed: Phone) -> None:
    filed.type(DETAILS, "Dumila", "Asha Juma")
    assert not [words for _, words in added() if "Asha" in words]


@pytest.mark.parametrize("answers", [(), ("Dumila",), ("Dumila", "Asha Juma")])
def test_one_skip_ends_the_asking_and_it_is_not_offered_again(
    filed: Phone, answers: tuple[str, ...]
) -> None:
    shown = filed.type(DETAILS, *answers, "9")
    assert shown.startswith(MORE)
    assert "2. " not in shown
    assert filed.type(DETAILS).startswith("CON Ch")  # no choice any more


def test_the_first_skip_adds_nothing(filed: Phone) -> None:
    filed.type(WORDS, "9")
    assert added() == []


@pytest.mark.parametrize("typed", ["1234", " 12 34 ", "1-2-3-4", "١٢٣٤"])
def test_four_digits_are_a_code(filed: Phone, typed: str) -> None:
    assert filed.type(CODE, typed).startswith(MORE)
    ticket = the_ticket()
    assert ticket.code_print == code_print(ticket.ref, "1234")


@pytest.mark.parametrize("typed", ["123", "12345", "abcd", "", "1 2 3 4 5"])
def test_anything_else_is_no_code(filed: Phone, typed: str) -> None:
    assert "Chagua namba nne" in filed.type(CODE, typed)
    assert the_ticket().code_print is None


def test_taking_it_back_is_asked_once_more(filed: Phone) -> None:
    assert filed.type(WITHDRAW).startswith("CON Futa lalamiko hili?")
    assert filed.type("2").startswith(MORE)
    assert the_ticket().withdrawn_at is None


def test_taken_back_nothing_is_owed_any_more(filed: Phone) -> None:
    assert filed.type(WITHDRAW, "1").startswith(f"END Lalamiko Na. {the_ticket().ref} limefutwa")
    assert the_ticket().status == "withdrawn"
    assert all(promise.dropped_at for promise in everything(Promise))


def test_finished_names_reference_and_date(filed: Phone) -> None:
    shown = filed.type(FINISHED)
    assert shown.startswith(f"END Asante. Lalamiko lako Na. {the_ticket().ref} limepokelewa.")
    assert shown.endswith("mwisho ni Ijumaa 19/2.")
    assert len(everything(Message)) == 1
