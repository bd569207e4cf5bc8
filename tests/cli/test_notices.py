"""`callcentre ticket notice`, as typed."""

import pytest

from callcentre import db
from callcentre.tickets import notices
from cli.command import data, fault, said, ticket

pytestmark = pytest.mark.usefixtures("lines")

TEXT = "Mtumishi ameonywa kwa barua"


def nameless() -> str:
    return ticket(identity="anonymous", number=None, topic="health").ref


def board() -> list[tuple[str, str, str]]:
    with db.session() as session:
        return [(one.ref, one.subject, one.text) for one in notices.on_board(session)]


def test_notice_answers_on_the_board() -> None:
    ref = nameless()
    assert said("ticket", "notice", ref, TEXT) == f"{ref}: on the board of sengerema, as afya\n"
    assert board() == [(ref, "afya", TEXT)]
    shown = data("ticket", "show", ref)
    assert shown["status"] == "answered"
    assert {one["kept_by"] for one in shown["promises"]} == {"notice"}


def test_notice_takes_a_subject() -> None:
    ref = nameless()
    assert "as zahanati" in said("ticket", "notice", ref, TEXT, "--subject", "zahanati")
    assert board() == [(ref, "zahanati", TEXT)]


def test_notice_is_taken_down() -> None:
    ref = nameless()
    said("ticket", "notice", ref, TEXT)
    assert said("ticket", "notice", ref, "--take-down") == f"{ref}: taken off the board\n"
    assert board() == []


@pytest.mark.parametrize("words", [[], [TEXT, "--take-down"]], ids=["neither", "both"])
def test_notice_needs_a_text_or_to_be_taken_down(words: list[str]) -> None:
    assert fault("ticket", "notice", nameless(), *words) == (
        "give the text of the notice, or --take-down"
    )


def test_notice_of_who_gave_his_number_is_refused() -> None:
    ref = ticket().ref
    assert fault("ticket", "notice", ref, TEXT).startswith(f"{ref} is not nameless; ")
    assert board() == []


def test_notice_of_nothing_is_refused() -> None:
    ref = nameless()
    assert fault("ticket", "notice", ref, "--take-down") == f"{ref} has no notice on the board"
    assert "is no reference" in fault("ticket", "notice", "26-1", TEXT)
