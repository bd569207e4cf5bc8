"""Every way through the menus, six answers deep, on every line of the demonstration.

What the same answers lead to is looked at once, so "every key at every step" is a few thousand
screens, not millions.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from callcentre.dialogue import engine, hearing
from callcentre.dialogue.engine import CALL_ME, DONT_KNOW, NEXT_PAGE, SKIP, Answer, Question, Step
from callcentre.phrases import gsm
from callcentre.sms import screen
from dialogue.drawn import LONG_ANSWER
from dialogue.stubs import CONTEXTS, LANGUAGES, REF, WORDS, Talk, World, ticket

DEPTH = 6
KEYS = [*"0123456789", "", WORDS, "0712345678", "1234", REF]
RICH = World(
    mine=(ticket(answered=True), ticket(ref="26-00198745"), ticket(ref="26-00777775")),
    found=ticket(topic="tax", status="assigned"),
    answer=LONG_ANSWER,
)
POOR = World(due=None, call_due=None)
WALKS = [
    pytest.param(code, language, world, id=f"{code} {language} {name}")
    for code in CONTEXTS
    for language in LANGUAGES
    for name, world in (("rich", RICH), ("poor", POOR))
    if world is RICH or code in ("*149*50#", "*149*54#")  # the shared line, and one's own
]
every_walk = pytest.mark.parametrize(("code", "language", "world"), WALKS)


@cache
def steps(code: str, language: str, world: World) -> tuple[Step, ...]:
    """Every step that some keys lead to."""
    first = Talk(CONTEXTS[code], language, world)
    found, newest = {_told(first.step.answers): first.step}, [first.step]
    for _ in range(DEPTH):
        newest = [step for before in newest for step in _after(before, first, found)]
    return tuple(found.values())


def _after(before: Step, talk: Talk, found: dict[str, Step]) -> Iterator[Step]:
    """The steps one key further that were not found yet."""
    told_before = _told(before.taken)
    for key in KEYS if before.asks else ():
        answers = hearing.hear(before, key)
        if answers is None or len(answers) <= len(before.taken):
            continue  # invalid, or back to where we come from
        if f"{told_before}{_told(answers[-1:])}" in found:
            continue
        step = talk.settle(answers)
        if _told(step.answers) not in found:
            found[_told(step.answers)] = step
            yield step


def _told(answers: tuple[Answer, ...]) -> str:
    return "".join(f"{answer.key}={answer.value}|" for answer in answers)


def questions(code: str, language: str, world: World) -> Iterator[tuple[Question, Step]]:
    for step in steps(code, language, world):
        if step.asks is not None:
            yield step.asks, step


@every_walk
def test_every_screen_fits_with_and_without_word_of_a_wrong_key(
    code: str, language: str, world: World
) -> None:
    for step in steps(code, language, world):
        for shown in (screen.text(step), screen.text(_invalid(step))):
            septets = gsm.septets(shown)
            assert septets is not None and septets + screen.PREFIX <= screen.LIMIT, shown


def _invalid(step: Step) -> Step:
    return replace(step, invalid=step.asks is not None)


@every_walk
def test_every_option_has_a_digit_of_its_own_and_8_and_0_are_never_options(
    code: str, language: str, world: World
) -> None:
    for asks, step in questions(code, language, world):
        shown = engine.page_of(asks, step.page)
        digits = [option.digit for option in shown]
        assert len(set(digits)) == len(digits)
        assert sum(not option.hidden for option in shown) <= engine.OPTIONS_ON_A_PAGE
        assert not {"0", "8"} & set(digits)
        is_on = asks.skip or engine.has_next_page(asks, step.page)
        assert not (is_on and "9" in digits)
        for option in shown:
            assert _heard(step, option.digit) == option.code


@every_walk
def test_0_goes_back_9_on_8_does_not_know_and_1_asks_for_a_call(
    code: str, language: str, world: World
) -> None:
    for asks, step in questions(code, language, world):
        on_page = {option.digit: option.code for option in engine.page_of(asks, step.page)}
        goes_on = asks.wants == "read" or engine.has_next_page(asks, step.page)
        assert _heard(step, "8") == (DONT_KNOW if asks.dont_know else None)
        assert _heard(step, "9") == (
            NEXT_PAGE if goes_on else SKIP if asks.skip else on_page.get("9")
        )
        assert _heard(step, "1") == (CALL_ME if asks.call_me else on_page.get("1"))
        back = hearing.hear(step, "0")
        assert back == (engine.back(step) if asks.back else None)
        assert back is None or len(back) <= len(step.answers)


def _heard(step: Step, key: str) -> str | None:
    """What a key says here, if it is taken as a choice."""
    answers = hearing.hear(step, key)
    given = answers and answers[len(step.taken)]
    return given.value if given and given.kind == "choice" else None


@every_walk
def test_what_is_shown_is_what_is_heard(code: str, language: str, world: World) -> None:
    for asks, step in questions(code, language, world):
        shown = {line[0] for line in screen.text(step).split("\n") if line[1:3] == ". "}
        keys = {key for key in "123456789" if asks.options and _heard(step, key) is not None}
        keys |= {"0"} if asks.options and asks.back and step.taken else set()
        assert asks.wants == "read" or shown == keys
