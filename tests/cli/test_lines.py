"""`callcentre line ...`, as typed."""

import pytest

from callcentre import db
from callcentre.lines import Line, newest
from cli.command import data, fault, said

pytestmark = pytest.mark.usefixtures("database")


def test_a_line_that_was_added_is_listed() -> None:
    assert said("line", "add", "ussd", "*149*52#", "sengerema").startswith(
        "*149*52# is a line of sengerema (edition "
    )
    assert data("line", "list") == [
        {
            "provider": "africastalking",
            "channel": "ussd",
            "address": "*149*52#",
            "institutions": ["sengerema"],
            "keeper": "sengerema",
            "name": "H/W ya Sengerema",
            "hears": True,
        }
    ]
    assert "*149*52#" in said("line", "list")


def test_everything_about_a_line_can_be_said() -> None:
    said(
        "line", "add", "sms", "TAARIFA", "kilosa", "morogoro", "--keeper", "morogoro",
        "--name", "Huduma", "--provider", "twilio", "--deaf",
    )  # fmt: skip
    with db.session() as session:
        assert newest(session).lines == (
            Line("twilio", "sms", "TAARIFA", ("kilosa", "morogoro"), "morogoro", "Huduma", False),
        )


def test_adding_an_address_again_changes_its_line() -> None:
    said("line", "add", "ussd", "*149*52#", "sengerema")
    said("line", "add", "ussd", "*149*52#", "kilosa")
    assert [row["institutions"] for row in data("line", "list")] == [["kilosa"]]


def test_the_number_of_a_hotline_is_kept_as_e164() -> None:
    said("line", "add", "voice", "0262 160 240", "utumishi")
    assert data("line", "list")[0]["address"] == "+255262160240"


def test_without_lines_the_list_says_so() -> None:
    assert "(none)" in said("line", "list")
    assert data("line", "list") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ussd", "*149*52#", "mwanza"], "no institution 'mwanza'; the known ones are: "),
        (["ussd", "149", "kilosa", "--keeper", "morogoro"], "the keeper morogoro is not among"),
        (["ussd", "0712345678", "kilosa"], "0712345678 is no USSD code; write it as it is dialled"),
        (["ussd", "*149*52", "kilosa"], "*149*52 is no USSD code"),
        (["sms", "15001", "kilosa", "--name", "x" * 17], "the name xxxxxxxxxxxxxxxxx is longer"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_line_that_cannot_be_is_refused_in_one_line(words: list[str], says: str) -> None:
    assert fault("line", "add", *words).startswith(says)
    assert data("line", "list") == []
