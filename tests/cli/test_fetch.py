"""`callcentre fetch`: what no hook has brought is heard, and nothing twice."""

import json
from collections.abc import Iterator

import pytest
from conversations.phone import ASHA, JUMA, SMS, Phone, everything
from conversations.provider import JSON, Api, serving
from werkzeug.test import Client

from callcentre.tickets.model import Ticket
from cli.command import fault, said

WORDS = "Maji hayatoki mtaa wa Buguruni tangu wiki iliyopita"


@pytest.fixture
def api(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


def held(*messages: tuple[int, str, str]) -> tuple[int, str, str]:
    """The provider's list: a number, who wrote, and what."""
    listed = [
        {"linkId": "", "id": id, "from": sender, "to": SMS, "text": text,
         "date": "2026-11-23T07:00:00.000Z"}
        for id, sender, text in messages
    ]  # fmt: skip
    return 200, json.dumps({"SMSMessageData": {"Messages": listed}}), JSON


def test_what_no_hook_brought_is_a_complaint(api: Api) -> None:
    api.answer = held((7, ASHA, WORDS))
    assert said("fetch", "--after", "6") == "words          1\nlast number    7\n"
    assert api.asked[0].path == "/version1/messaging"
    assert [ticket.words for ticket in everything(Ticket)] == [WORDS]


def test_what_a_hook_brought_is_not_heard_again(api: Api, client: Client) -> None:
    Phone(client).text(WORDS)
    api.answer = held((7, ASHA, WORDS), (8, JUMA, WORDS))
    assert said("fetch") == "heard          1\nwords          1\nlast number    8\n"
    assert len(everything(Ticket)) == 2


def test_fetched_twice_it_is_heard_once(api: Api) -> None:
    api.answer = held((7, ASHA, WORDS))
    said("fetch")
    said("fetch")
    assert len(everything(Ticket)) == 1


def test_the_nameless_are_left_alone(api: Api) -> None:
    api.answer = held((7, ASHA, f"BILA JINA {WORDS}"))
    assert said("fetch").startswith("nameless       1")
    assert everything(Ticket) == []


def test_an_empty_list_leaves_the_number(api: Api) -> None:
    api.answer = held()
    assert said("fetch", "--after", "41") == "last number    41\n"


@pytest.mark.parametrize(
    "answer",
    [(503, "", JSON), (200, "<html>", "text/html"), (200, "{}", JSON), (401, "no", "text/plain")],
    ids=["down", "no JSON", "no list", "wrong key"],
)
def test_without_a_list_it_says_so(api: Api, answer: tuple[int, str, str]) -> None:
    api.answer = answer
    assert fault("fetch").startswith("Africa's Talking gave no list: ")
