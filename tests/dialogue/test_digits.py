"""Posters print deep dials: the digit of an office and of a topic is data, never its place."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from callcentre.charters import TOPICS
from callcentre.dialogue.context import Context
from dialogue.stubs import CONTEXTS, Talk, World

SHARED, SENGEREMA = "*149*50#", "*149*52#"
OFFICES = {"kilosa": "1", "sengerema": "2", "morogoro": "3", "utumishi": "4"}
DIGITS = {
    "water": ["1"], "land": ["2"], "health": ["3"], "school": ["4"], "road": ["5"],
    "staff": ["9", "1"], "farming": ["9", "2"], "tax": ["9", "3"], "pay": ["9", "4"],
    "corruption": ["9", "5"],
}  # fmt: skip


def chosen(context: Context, *keys: str) -> str | None:
    """What the last key chose; None if it was no choice."""
    talk = Talk(context, "sw", World())
    for key in keys:
        talk.type(key)
    return None if talk.step.invalid else talk.step.taken[-1].value


def without_office(id: str) -> Context:
    shared = CONTEXTS[SHARED]
    others = {name: one for name, one in shared.charters.items() if name != id}
    return replace(shared, charters=others, keeper=next(iter(others)))


def with_topics(keeps: Callable[[str], bool]) -> Context:
    line = CONTEXTS[SENGEREMA]
    charter = line.charters["sengerema"]
    kept = tuple(topic for topic in charter.topics if keeps(topic.key))
    return replace(line, charters={"sengerema": replace(charter, topics=kept)})


@pytest.mark.parametrize(("office", "digit"), OFFICES.items())
def test_an_office_has_its_digit_in_whatever_order_the_line_names_them(
    office: str, digit: str
) -> None:
    shared = CONTEXTS[SHARED]
    turned = replace(shared, charters=dict(reversed(shared.charters.items())))
    assert chosen(shared, "1", digit) == chosen(turned, "1", digit) == office


@pytest.mark.parametrize("office", OFFICES)
def test_the_others_keep_their_digits_when_an_office_leaves_the_line(office: str) -> None:
    left = without_office(office)
    found = {digit: chosen(left, "1", digit) for digit in OFFICES.values()}
    assert found == {digit: None if name == office else name for name, digit in OFFICES.items()}


def test_the_sixth_and_seventh_office_stand_on_the_second_page() -> None:
    shared = CONTEXTS[SHARED]
    sixth = replace(shared.charters["kilosa"], digit=6, label="Ofisi ya sita")
    more = replace(shared, charters={**shared.charters, "sita": sixth})
    assert chosen(more, "1", "6") is None
    assert chosen(more, "1", "9", "6") == "sita"


@pytest.mark.parametrize(("topic", "keys"), DIGITS.items())
def test_a_topic_has_its_digit_and_its_page(topic: str, keys: list[str]) -> None:
    assert chosen(CONTEXTS[SENGEREMA], "1", *keys) == topic


@pytest.mark.parametrize("topic", TOPICS)
def test_the_others_keep_digit_and_page_when_a_charter_leaves_a_topic_out(topic: str) -> None:
    line = with_topics(lambda key: key != topic)
    found = {other: chosen(line, "1", *keys) for other, keys in DIGITS.items()}
    assert found == {other: None if other == topic else other for other in DIGITS}


def test_a_topic_keeps_its_page_even_alone() -> None:
    line = with_topics(lambda key: key == "corruption")
    assert chosen(line, "1", "9", "5") == "corruption"
    assert chosen(line, "1", "5") is None
