"""After filing: more words, the details, a code; or the whole is taken back."""

import pytest

from callcentre import vault
from callcentre.outbox import Message
from callcentre.tickets.intake import code_print
from callcentre.tickets.model import Addition, Promise
from conversations.phone import (
    KILOSA,
    MOROGORO,
    SENGEREMA,
    SHARED,
    TO_THE_WORDS,
    UTUMISHI,
    Phone,
    everything,
    the_ticket,
)

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


def test_the_details_of_a_charter_are_asked_one_by_one_after_ours(filed: Phone) -> None:
    assert filed.type(DETAILS).startswith("CON Andika kijiji")
    assert filed.type("Dumila").startswith("CON Umelipeleka wapi kabla?")
    assert filed.type("Kwa mtendaji").startswith("CON Andika majina")
    assert filed.type("Asha Juma").startswith(MORE)
    assert the_ticket().place == "Dumila"
    assert vault.unseal(the_ticket().name) == "Asha Juma"
    assert added() == [("place", "Dumila"), ("before", "Kwa mtendaji")]


def test_morogoro_asks_for_what_its_charter_lists(phone: Phone) -> None:
    phone.dial(MOROGORO, *TO_THE_WORDS, "Maji hayatoki", "1", DETAILS)
    shown = phone.type(
        "Dumila", "Kwa mtendaji", "Asha Juma", "2", "21/11/2026", "77", "Litengenezwe"
    )
    assert shown.startswith("CON Kucheleweshwa kumekugharimu")
    assert phone.type("50,000").startswith(MORE)
    assert added() == [
        ("place", "Dumila"),
        ("before", "Kwa mtendaji"),
        ("when", "Mwezi huu"),
        ("applied", "21/11/2026"),
        ("officer", "77"),
        ("remedy", "Litengenezwe"),
        ("cost", "50,000"),
    ]


def test_when_it_happened_is_chosen_and_9_goes_on(phone: Phone) -> None:
    phone.dial(MOROGORO, *TO_THE_WORDS, "Maji hayatoki", "1", DETAILS)
    assert phone.type("Dumila", "Kwa mtendaji", "Asha Juma") == (
        "CON Ilitokea lini?\n1. Wiki hii\n2. Mwezi huu\n3. Zamani zaidi\n9. Endelea\n0. Rudi"
    )
    assert phone.type("9").startswith(MORE)
    assert [what for what, _ in added()] == ["place", "before"]


@pytest.mark.parametrize(
    ("line", "screens"),
    [
        pytest.param(SENGEREMA, ["kabla?", "majina", "ushahidi", "kuongeza:"], id="sengerema"),
        pytest.param(UTUMISHI, ["kabla?", "kuongeza:"], id="utumishi"),
    ],
)
def test_each_charter_asks_for_its_own_and_for_no_place_twice(
    phone: Phone, line: str, screens: list[str]
) -> None:
    phone.dial(line, *TO_THE_WORDS, "Maji hayatoki", "1", DETAILS)
    for screen in screens:
        assert screen in phone.type("Jibu fulani")


def test_where_no_office_is_known_no_charter_asks(phone: Phone) -> None:
    phone.dial(SHARED, "1", "8", "1", "1", "Maji hayatoki", "1", DETAILS)
    assert phone.type("Dumila", "Kwa mtendaji").startswith(MORE)


def test_an_opinion_is_asked_for_place_and_name_only(phone: Phone) -> None:
    phone.dial(MOROGORO, "4", "1", "1", "Fungueni mapema", "1", DETAILS)
    assert phone.type("Dumila").startswith("CON Andika majina")
    assert phone.type("Asha Juma").startswith(MORE)


def test_the_time_stands_on_record_in_swahili_whatever_was_spoken(phone: Phone) -> None:
    phone.dial(MOROGORO, "5", "5")
    phone.type("1", "1", "1", "No water", "1", DETAILS, "Dumila", "Nowhere", "Asha Juma", "1")
    assert added()[-1] == ("when", "Wiki hii")


def test_a_name_stands_nowhere_but_sealed_on_the_ticket(filed: Phone) -> None:
    filed.type(DETAILS, "Dumila", "Kwa mtendaji", "Asha Juma")
    assert not [words for _, words in added() if "Asha" in words]


@pytest.mark.parametrize("answers", [(), ("Dumila",), ("Dumila", "Kwa mtendaji")])
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
