"""Screens with the longest values that are deployed: all of them fit, and long texts have pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from dialogue.reach import met_once
from dialogue.stubs import CONTEXTS, LANGUAGES, Talk, World, ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre.dialogue.engine import End, Option, Question, Step
from callcentre.phrases import everything, gsm, say
from callcentre.sms import screen
from callcentre.tickets.model import STATUSES

TODAY = date(2026, 11, 23)
NEAR = "2026-12-24"  # a Thursday: "Alhamisi" is the longest day
FAR = "2027-12-23"  # another; a date over nine months away is written with its year
LINE_NAME = "Mkoa wa Morogoro"  # sixteen letters, the most a line's name may have
LONG_ANSWER = "Bomba jipya litawekwa mwezi Julai, kisha maji yatatoka kila siku. " * 6

MENUS = 140
LONGER_MENUS = {"main sw", "main en", "st sw", "st en", "prom sw", "prom en"}
"""Screens with options between 140 and 160, which some phones show on two pages."""
SILENT = {"main sw", "st sw", "prom sw", "prom en"}
"""Screens with no room for the word that a key was wrong: they are only shown again.

Of `main` it is the one after a change of language, which has "0. Rudi" besides.
"""


@cache
def longest(table: str, last: str, language: str) -> str:
    """Of the phrases `table.<x>.last`, the x of the longest."""
    keys = [
        key for key in everything(language) if key.startswith(f"{table}.") and key.endswith(last)
    ]
    return max(keys, key=lambda key: len(everything(language)[key])).split(".")[1]


def worlds(language: str) -> Iterator[World]:
    topic, status = longest("topic", ".name", language), longest("status", "", language)
    seen = ticket(due=FAR, topic=topic, status=status)
    answered = {**seen, "status": "answered", "answered": True}
    mine = tuple(replace_ref(seen, number) for number in range(5))
    yield World(due=NEAR, call_due=NEAR, mine=mine, found=answered, answer=LONG_ANSWER)
    yield World(due=NEAR, found=seen)
    yield World(due=None, call_due=None, found={**answered, "due": None, "open": False})
    yield World(due=NEAR)


def replace_ref(seen: dict[str, object], number: int) -> dict[str, object]:
    return {**seen, "ref": f"26-8888888{number}", "opened": "2026-10-28"}


@cache
def steps(language: str) -> tuple[Step, ...]:
    found = []
    for context in CONTEXTS.values():
        widest = replace(context, line_name=LINE_NAME)
        for world in worlds(language):
            found += [step for step in met_once(Talk(widest, language, world))]
    doors = [Step(language, (), ends=End(key)) for key in ("end.fault", "end.over", "end.blocked")]
    return (*found, *doors, Step(language, (), ends=End("end.unknown_code")))


def shown(step: Step) -> str:
    return screen.text(step, TODAY)


def name_of(step: Step) -> str:
    asks = step.asks
    name = (asks.phrase or asks.key).removeprefix("ask.") if asks else step.ends and step.ends.key
    return f"{name} {step.language}"


each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
def test_every_screen_holds_160_with_its_prefix_and_is_plain_gsm(language: str) -> None:
    for step in steps(language):
        for one in (step, replace(step, invalid=step.asks is not None)):
            septets = gsm.septets(shown(one))
            assert septets is not None and septets + screen.PREFIX <= 160, shown(one)


@each_language
def test_a_menu_holds_140(language: str) -> None:
    over = {
        name_of(step)
        for step in steps(language)
        if step.asks and step.asks.options and len(shown(step)) + screen.PREFIX > MENUS
    }
    assert over <= LONGER_MENUS


@each_language
def test_a_wrong_key_is_named_where_there_is_room(language: str) -> None:
    silent = {
        name_of(step)
        for step in steps(language)
        if step.asks
        and step.asks.wants != "read"
        and shown(replace(step, invalid=True)) == shown(step)
    }
    assert silent <= SILENT


@each_language
def test_every_name_in_braces_is_filled_in(language: str) -> None:
    for step in steps(language):
        assert "{" not in shown(step) and "None" not in shown(step)


@each_language
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_words(language: str, status: str) -> None:
    assert say(f"status.{status}", language)


def test_the_name_of_a_day_goes_where_it_would_not_fit_and_the_date_stays() -> None:
    asked = {"ref": "26-00123454", "tarehe": date(2027, 12, 23)}
    options = tuple(Option(code) for code in ("mine", "another", "none"))
    step = Step("sw", (), asks=Question("done_ask", options=options, values=asked))

    assert "Mwisho wa kujibu: Alhamisi 23/12. " in screen.text(step)
    assert "Mwisho wa kujibu: Alhamisi 23/12/2027. " in screen.text(step, TODAY)
    roomless = replace(
        step, asks=replace(step.asks, options=(*options, Option("mine", text="x" * 12)))
    )
    assert "Mwisho wa kujibu: 23/12/2027. " in screen.text(roomless, TODAY)


def page(text: str, number: int = 0, language: str = "sw") -> str:
    asks = Question("answer", wants="read", values={"majibu": text})
    return screen.text(Step(language, (), asks=asks, page=number), TODAY)


def pages(text: str) -> list[str]:
    """The text's pages without the keys below them, until the first comes again."""
    shown_so_far = [page(text)]
    while len(shown_so_far) < 20 and (following := page(text, len(shown_so_far))) != page(text):
        shown_so_far.append(following)
    return [one.removesuffix("\n0. Rudi").removesuffix("\n9. Endelea") for one in shown_so_far]


def test_a_short_answer_is_one_page_that_leads_only_back() -> None:
    assert page("Kisima kimetengenezwa.") == "Kisima kimetengenezwa.\n0. Rudi"
    assert page("Kisima kimetengenezwa.", 3) == page("Kisima kimetengenezwa.")


def test_a_long_answer_goes_on_page_by_page_and_then_from_the_first_again() -> None:
    parts = pages(LONG_ANSWER)

    assert len(parts) == 3
    assert page(LONG_ANSWER, 3) == page(LONG_ANSWER, 0)
    assert all("\n9. Endelea\n0. Rudi" in page(LONG_ANSWER, number) for number in range(3))


def test_pages_cut_no_word_and_lose_none() -> None:
    assert " ".join(pages(LONG_ANSWER)).split() == LONG_ANSWER.split()


def test_only_a_word_longer_than_a_page_is_cut() -> None:
    endless = "https://mfano.go.tz/" + "a" * 300
    parts = pages(f"Soma {endless} hapa")

    assert parts[0] == "Soma"
    assert "".join(parts[1:]) == f"{endless} hapa"


def test_signs_that_take_two_septets_leave_room_for_fewer_words() -> None:
    bracketed = " ".join(f"[maji {number}]" for number in range(40))

    assert " ".join(pages(bracketed)).split() == bracketed.split()
    assert max(gsm.septets(page(bracketed, number)) or 0 for number in range(3)) <= 156


def test_what_a_phone_cannot_show_is_a_question_mark_and_the_rest_stays() -> None:
    assert page("“Maji” yametoka 🚰 – asante…") == '"Maji" yametoka ? - asante...\n0. Rudi'


_signs = st.text(st.sampled_from("ab €[]{}|\n é🚰“"), max_size=60)


@settings(max_examples=300, deadline=None)
@given(_signs.map(lambda some: some * 9), st.integers(0, 5))
def test_every_page_of_any_text_fits(text: str, number: int) -> None:
    for language in LANGUAGES:
        septets = gsm.septets(page(text, number, language))
        assert septets is not None and septets + screen.PREFIX <= 160
