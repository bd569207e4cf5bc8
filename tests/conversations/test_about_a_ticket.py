"""HALI, ONGEZA and KWANINI: an SMS about a ticket, for its own number or with its code."""

from datetime import timedelta

import pytest

from callcentre.outbox import Message
from callcentre.tickets.model import Addition, Ticket
from conversations.phone import (
    JUMA,
    KILOSA,
    NOW,
    SHARED,
    TO_THE_WORDS,
    Phone,
    everything,
    kept_by,
    number_of,
    the_ticket,
)

REFUSED = "Samahani, hatuna lalamiko lenye namba {}."


@pytest.fixture
def filed(phone: Phone) -> Phone:
    """Asha's phone, after a complaint to Kilosa that 1234 opens."""
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "3", "1234", "9")
    return phone


@pytest.fixture
def ref(filed: Phone) -> str:
    return the_ticket().ref


def last() -> str:
    return everything(Message)[-1].text


def test_hali_tells_status_and_date(filed: Phone, ref: str) -> None:
    filed.text(f"HALI {ref}")
    assert last().startswith(f"Lalamiko Na. {ref}: Limepokelewa. Lipo kwa wahusika wa maji.")
    assert "Mwisho wa kujibiwa Ijumaa 19/2." in last()


def test_hali_proves_that_its_citizen_has_the_reference(filed: Phone, ref: str) -> None:
    filed.text(f"HALI {ref}")
    assert kept_by() == "asked"


def test_kwanini_tells_how_the_days_are_counted(filed: Phone, ref: str) -> None:
    filed.text(f"KWANINI {ref}")
    assert last().startswith(
        f"Na. {ref} lilipokelewa Jumatatu 23/11. Ahadi ni siku 60 za kazi (miezi 3);"
    )


def test_ongeza_adds_the_words(filed: Phone, ref: str) -> None:
    filed.text(f"ONGEZA {ref} Bado maji\nhayatoki")
    [addition] = everything(Addition)
    assert (addition.words, addition.channel) == ("Bado maji\nhayatoki", "sms")
    assert last().startswith(f"Maelezo yako yameongezwa kwenye lalamiko Na. {ref}.")


@pytest.mark.parametrize("keyword", ["HALI", "KWANINI", "ONGEZA"])
def test_an_undated_ticket_is_told_without_a_date(phone: Phone, keyword: str) -> None:
    phone.dial(SHARED, "1", "8", "1", "1", "Maji hayatoki", "1")
    phone.text(f"{keyword} {the_ticket().ref} bado")
    assert the_ticket().ref in last()
    assert "mwisho" not in last().casefold()


@pytest.mark.parametrize("keyword", ["HALI", "KWANINI"])
def test_its_code_opens_it_from_another_phone(filed: Phone, ref: str, keyword: str) -> None:
    filed.text(f"{keyword} {ref} 1234", **{"from": JUMA})
    assert ref in last() and "hatuna" not in last()
    assert number_of(everything(Message)[-1]) == JUMA


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("HALI {ref}", id="no code"),
        pytest.param("HALI {ref} 9999", id="a wrong code"),
        pytest.param("ONGEZA {ref} bado maji", id="words instead of a code"),
        pytest.param("KWANINI {ref}", id="why"),
    ],
)
def test_another_phone_is_told_what_it_is_told_of_an_unknown_one(
    filed: Phone, ref: str, text: str
) -> None:
    filed.text(text.format(ref=ref), **{"from": JUMA})
    assert last().startswith(REFUSED.format(ref))
    filed.text(text.format(ref="26-00000000"), **{"from": JUMA})
    assert last().startswith(REFUSED.format("26-00000000"))
    assert everything(Addition) == []


def test_five_wrong_codes_lock_it_for_an_hour(filed: Phone, ref: str) -> None:
    other = Phone(filed.client, number=JUMA)
    for code in ("9991", "9992", "9993", "9994", "9995", "1234"):
        other.text(f"HALI {ref} {code}")
    assert last().startswith(REFUSED.format(ref))
    other.at = NOW + timedelta(hours=1)
    other.text(f"HALI {ref} 1234")
    assert last().startswith(f"Lalamiko Na. {ref}:")


@pytest.mark.parametrize("text", ["HALI {}", "KWANINI {}", "ONGEZA {} Bado maji hayatoki"])
def test_of_a_ticket_taken_back_it_is_told_that_it_was(phone: Phone, text: str) -> None:
    phone.dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki", "1", "4", "1")
    ref = the_ticket().ref
    assert phone.text(text.format(ref)).status_code == 200
    assert last().startswith(f"Lalamiko Na. {ref}: Limefutwa.")
    assert everything(Addition) == []


def test_nothing_about_a_ticket_opens_another(filed: Phone, ref: str) -> None:
    for text in (f"HALI {ref}", f"ONGEZA {ref} bado maji", f"KWANINI {ref}", f"ONGEZA {ref}"):
        filed.text(text)
    assert len(everything(Ticket)) == 1
