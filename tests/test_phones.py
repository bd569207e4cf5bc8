"""Telephone numbers, as citizens and providers write them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcentre import phones

ASHA = "+255712345678"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        # PROTOCOLS: what a provider's form or a keypad may hold
        pytest.param("+255712345678", ASHA, id="E.164"),
        pytest.param(" 255712345678", ASHA, id="the plus arrived as a blank"),
        pytest.param("255712345678", ASHA, id="no plus"),
        pytest.param("0712345678", ASHA, id="national"),
        pytest.param("712345678", ASHA, id="without the nought"),
        pytest.param("+2550712345678", ASHA, id="plus and nought"),
        pytest.param("00255712345678", ASHA, id="00 for the plus"),
        pytest.param("000255712345678", ASHA, id="Tanzania's own 000"),
        pytest.param(" 254712345678", "+254712345678", id="foreign, the plus lost"),
        pytest.param("+254712345678", "+254712345678", id="foreign"),
        pytest.param("+255 712 345 678 ", ASHA, id="in groups"),
        pytest.param("0712-345-678", ASHA, id="hyphens"),
        pytest.param("(0712) 345.678", ASHA, id="brackets and stops"),
        # the numbering plan
        pytest.param("0262 160 240", "+255262160240", id="fixed, Dodoma"),
        pytest.param("023 2934305", "+255232934305", id="fixed, Morogoro"),
        pytest.param("0754 123456", "+255754123456", id="mobile"),
        pytest.param("754123456", "+255754123456", id="mobile, without the nought"),
        pytest.param("0800 110 066", "+255800110066", id="toll-free"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_and_providers_write_it(written: str, number: str) -> None:
    assert phones.parse(written) == number


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("023293430", id="a digit short"),
        pytest.param("07123456789", id="a digit too many"),
        pytest.param("0641234567", id="a range nobody has"),
        pytest.param("MPESA", id="a sender's name"),
        pytest.param("0712ABC678", id="letters inside"),
        pytest.param("whatsapp:+255712345678", id="another network's address"),
        pytest.param("tel:0712345678", id="a scheme"),
        pytest.param("+255712345678;ext=1", id="an extension"),
        pytest.param("٠٧١٢٣٤٥٦٧٨", id="Arabic-Indic digits"),
        pytest.param("0712345678\x00", id="a NUL"),
        pytest.param("+", id="a plus alone"),
        pytest.param("0712345678 0754123456", id="two numbers"),
    ],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert phones.parse(written) is None


@pytest.mark.parametrize(
    "code",
    ["*149*50#", "*152*00#", "*149*50*2*2600123454#", "15001", "15200", "112", "199", "46400"],
)
def test_a_service_code_is_never_a_number(code: str) -> None:
    assert phones.is_service_code(code)
    assert phones.parse(code) is None


@pytest.mark.parametrize("text", ["", "#", "*149*50", "149*50#", "0712345678", "*1#", "*149**50#"])
def test_what_cannot_be_dialled_is_no_service_code(text: str) -> None:
    assert not phones.is_service_code(text)


written = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789+ -()./", max_size=20),
    st.from_regex(r"(\+|00|000| )?255 ?0?[67][0-9]{8}", fullmatch=True),
    st.from_regex(r"\*[0-9]{2,6}(\*[0-9]{1,10}){0,3}#", fullmatch=True),
)


@given(written)
@example("00")
@example(" ")
def test_whatever_is_written_reading_it_never_fails_and_gives_e164_or_nothing(text: str) -> None:
    number = phones.parse(text)
    assert number is None or phones.is_e164(number)


@given(written)
def test_a_number_that_was_read_is_read_as_itself(text: str) -> None:
    number = phones.parse(text)
    assert number is None or phones.parse(number) == number


@given(written)
def test_a_mask_never_shows_more_than_five_characters_and_three(text: str) -> None:
    masked = phones.mask(text)
    shown = masked.split("*")
    assert "*" in masked or not text
    assert (len(shown[0]) <= 5, len(shown[-1]) <= 3) == (True, True)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_number_hides_some_of_its_digits(number: str) -> None:
    masked = phones.mask(number)
    assert masked != number
    assert len(re.findall("[0-9]", masked)) <= 7


@pytest.mark.parametrize(
    ("number", "masked"),
    [(ASHA, "+2557*****678"), ("15001", "***"), ("0712345678", "07123**678"), ("", "***")],
)
def test_a_number_is_masked_in_its_middle(number: str, masked: str) -> None:
    assert phones.mask(number) == masked


@pytest.mark.parametrize(
    ("number", "dialled"),
    [(ASHA, "0712345678"), ("+254712345678", "+254712345678"), ("", ""), ("15001", "15001")],
)
def test_a_number_is_shown_as_a_tanzanian_dials_it(number: str, dialled: str) -> None:
    assert phones.national(number) == dialled


@pytest.mark.parametrize(
    ("number", "takes"),
    [
        pytest.param(ASHA, True, id="mobile"),
        pytest.param("+255732345678", True, id="mobile, TTCL"),
        pytest.param("+255262160240", False, id="fixed"),
        pytest.param("+255800110066", False, id="toll-free"),
        pytest.param("+255900123456", False, id="premium"),
        pytest.param("+254712345678", False, id="foreign"),
    ],
)
def test_only_tanzanian_mobiles_are_written_to_unasked(number: str, takes: bool) -> None:
    assert phones.takes_sms(number) is takes


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(ASHA, True), ("+2557123456789012", False), ("255712345678", False), (ASHA + "\n", False),
     ("+0712345678", False)],
)  # fmt: skip
def test_the_shape_of_e164(text: str, is_one: bool) -> None:
    assert phones.is_e164(text) is is_one


@pytest.mark.parametrize(
    "text",
    [
        "Piga 0712345678 leo",
        "namba ni +255 712 345 678.",
        "(0712) 345-678",
        "0 7 1 2 3 4 5 6 7 8",
        "mwaka 2026 07-12-34-56-78",
        "\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    ],
)
def test_a_number_that_stands_in_a_text_is_found(text: str) -> None:
    assert phones.stands_in(text)


@pytest.mark.parametrize(
    "text",
    ["", "Na. 26-00123454", "23/11/2026 hadi 25/12/2026", "Tsh 12,500,000", "piga *149*50# au 112"],
)
def test_other_figures_in_a_text_are_no_number(text: str) -> None:
    assert not phones.stands_in(text)
