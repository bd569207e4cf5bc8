"""References: wrong ones are noticed, and right ones say nothing but the year."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcentre.tickets import reference
from tickets.making import NOW

pytestmark = pytest.mark.usefixtures("schema")  # its settings: references hang on a key

sequences = st.integers(0, reference.SPACE - 1)
DIGITS = "0123456789"


@given(sequences)
def test_what_is_made_can_be_read(sequence: int) -> None:
    ref = reference.make(sequence, NOW)
    assert reference.read(ref) == ref


@given(sequences)
def test_any_one_wrong_digit_is_noticed(sequence: int) -> None:
    digits = reference.make(sequence, NOW).replace("-", "")
    wrong = [
        digits[:place] + other + digits[place + 1 :]
        for place in range(len(digits))
        for other in DIGITS
        if other != digits[place]
    ]
    assert len(wrong) == 90
    assert [one for one in wrong if reference.read(one)] == []


@given(sequences)
def test_any_two_neighbours_exchanged_are_noticed(sequence: int) -> None:
    digits = reference.make(sequence, NOW).replace("-", "")
    exchanged = [
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        for place in range(len(digits) - 1)
        if digits[place] != digits[place + 1]
    ]
    assert [one for one in exchanged if reference.read(one)] == []


def test_no_two_of_a_sequence_are_alike() -> None:
    made = {reference.make(number, NOW) for number in range(20_000)}
    assert len(made) == 20_000


@given(sequences, sequences)
def test_different_numbers_have_different_references(one: int, other: int) -> None:
    made = reference.make(one, NOW), reference.make(other, NOW)
    assert (made[0] == made[1]) == (one == other)


@given(st.integers(0, 2**40))
def test_a_reference_has_two_digits_eight_digits_and_its_own_check_digit(sequence: int) -> None:
    year, hyphen, rest = reference.make(sequence, NOW).partition("-")
    assert (year, hyphen, len(rest), rest.isdigit()) == ("26", "-", 8, True)
    assert reference.check_digit(year + rest[:-1]) == rest[-1]


def test_neighbours_of_the_sequence_are_no_neighbours_as_references() -> None:
    bodies = [int(reference.make(number, NOW)[3:-1]) for number in range(1000)]
    steps = {after - before for before, after in pairwise(bodies)}
    assert len(steps) > 990


def test_the_year_is_the_one_in_tanzania() -> None:
    new_year = datetime(2026, 12, 31, 21, 0, tzinfo=UTC)  # midnight in Dar es Salaam
    assert reference.make(1, new_year).startswith("27-")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("26-00123454", id="as printed"),
        pytest.param("2600123454", id="no hyphen"),
        pytest.param(" 26 0012 3454 ", id="blanks"),
        pytest.param("26 - 00123454", id="blanks around the hyphen"),
        pytest.param("26-00123454.", id="end of a sentence"),
    ],
)
def test_a_reference_is_read_as_people_write_it(written: str) -> None:
    assert reference.read(written) == "26-00123454"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("26-00123455", id="another check digit"),
        pytest.param("26-0012345", id="a digit short"),
        pytest.param("26-001234540", id="a digit too many"),
        pytest.param("26-OO123454", id="the letter O"),
        pytest.param("٢٦٠٠١٢٣٤٥٤", id="Arabic-Indic digits"),
        pytest.param("26-0012345²", id="a raised digit"),
        pytest.param("+2600123454", id="a plus"),
        pytest.param("lalamiko", id="a word"),
    ],
)
def test_what_is_no_reference_is_not_read(written: str) -> None:
    assert reference.read(written) is None


@given(st.integers(0, 10 * reference.SPACE))
def test_who_has_the_key_finds_the_number_again(sequence: int) -> None:
    assert reference.number(reference.make(sequence, NOW)) == sequence % reference.SPACE
