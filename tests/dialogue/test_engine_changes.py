"""Laws for a dialogue that changed while a conversation was under way: a deploy, another menu.

The answers given so far are replayed in the changed one. What was chosen there counts only where
the same question still has that option; what was said and done is kept whatever became of it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre.charters import Charter
from callcentre.dialogue import engine
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import (
    CALL_ME,
    DONT_KNOW,
    NEXT_PAGE,
    SKIP,
    Answer,
    Dialogue,
    End,
    Option,
    Question,
)
from dialogue.drawn import TYPED, Drawn, conversations
from dialogue.stubs import CONTEXTS, Talk, World, main_menu

often = settings(max_examples=2000, deadline=None)
EXTRA = Question("are_you_sure", options=(Option("yes"), Option("no")), phrase="ask.withdraw_sure")

Menu = Callable[[Context], Dialogue[End]]


@dataclass(frozen=True)
class Change:
    """Another menu, or the same with one more question before the question `before`."""

    name: str
    of_context: Callable[[Context], Context] = lambda context: context
    before: str = ""

    def __repr__(self) -> str:
        return self.name

    def made_to(self, drawn: Drawn) -> tuple[Menu, Context]:
        menu, context = main_menu(drawn.language), CONTEXTS[drawn.code]
        return asking_more(menu, self.before), self.of_context(context)


def asking_more(menu: Menu, before: str) -> Menu:
    def changed(context: Context) -> Dialogue[End]:
        run = menu(context)
        try:
            asked = next(run)
            while True:
                if isinstance(asked, Question) and asked.key == before:
                    yield EXTRA
                asked = run.send((yield asked))
        except StopIteration as stop:
            end: End = stop.value
            return end

    return changed


def with_topics(context: Context, order: Callable[[Any], Any]) -> Context:
    charters = {
        name: replace(charter, topics=tuple(order(charter.topics)))
        for name, charter in context.charters.items()
    }
    return replace(context, charters=charters)


def other_institutions(context: Context) -> Context:
    """A shared line with fewer, an institution's own line shared with more than a page holds."""
    everybody = dict(CONTEXTS["*149*50#"].charters)
    if context.shared:
        return replace(context, charters={"kilosa": everybody["kilosa"]}, keeper="kilosa")
    return replace(context, charters={**everybody, **districts(5, 6, 7)})


def districts(*digits: int) -> dict[str, Charter]:
    """Institutions like Kilosa, each with its digit on the menu."""
    kilosa = CONTEXTS["*149*53#"].charters["kilosa"]
    return {f"wilaya{digit}": replace(kilosa, digit=digit) for digit in digits}


CHANGES = [
    Change("none"),
    Change("topics in another order", lambda context: with_topics(context, reversed)),
    Change("fewer topics", lambda context: with_topics(context, lambda topics: topics[2:5])),
    Change("other institutions", other_institutions),
    Change("another line", lambda context: CONTEXTS["*149*53#"]),
    *(
        Change(f"a question before {key}", before=key)
        for key in ("main", "what_about", "may_they_know", "what_happened", "done_ask", "more")
    ),
]
changes = st.sampled_from(CHANGES)
more_typed = st.binary(max_size=8).map(lambda drawn: [TYPED[one % len(TYPED)] for one in drawn])


@often
@given(conversations, changes)
def test_an_answer_is_taken_only_by_the_question_it_was_given_to(
    drawn: Drawn, change: Change
) -> None:
    menu, context = change.made_to(drawn)
    given_before = drawn.had().step.answers

    step = engine.replay(menu, context, given_before, drawn.language)

    asked = questions_of(menu, context, step.taken)
    assert [key for key, _ in asked] == [answer.key for answer in step.taken]
    for answer, (_, allowed) in zip(step.taken, asked, strict=True):
        assert answer.kind != "choice" or answer.value in allowed
    assert not _counted(step.taken) - _counted(given_before)


def questions_of(
    menu: Menu, context: Context, taken: tuple[Answer, ...]
) -> list[tuple[str, set[str]]]:
    """What was asked before each of the answers, and which choices it leaves."""
    run, asked = menu(context), []
    current: Any = next(run)
    for answer in taken:
        while isinstance(current, engine.Speak):
            current = run.send(None)
        asked.append((current.key, _choices(current)))
        if answer.value != NEXT_PAGE:
            try:
                current = run.send(answer.value)
            except StopIteration:
                break
    run.close()
    return asked


def _choices(asked: Any) -> set[str]:
    if not isinstance(asked, Question):
        return set()
    extra = {DONT_KNOW: asked.dont_know, SKIP: asked.skip, CALL_ME: asked.call_me}
    pages = engine.has_next_page(asked, 0) or asked.wants == "read"
    return {
        *(option.code for option in asked.options),
        *(code for code, is_offered in {**extra, NEXT_PAGE: pages}.items() if is_offered),
    }


def _counted(answers: tuple[Answer, ...]) -> Counter[str]:
    return Counter(str(answer.as_json()) for answer in answers)


@often
@given(conversations, changes)
def test_words_and_what_was_done_are_kept_and_choices_that_fit_no_more_are_dropped(
    drawn: Drawn, change: Change
) -> None:
    menu, context = change.made_to(drawn)
    given_before = drawn.had().step.answers

    step = engine.replay(menu, context, given_before, drawn.language)

    lost = _counted(given_before) - _counted(step.answers)
    assert all("'choice'" in answer for answer in lost)
    assert all(answer.kind != "choice" for answer in step.kept)


@often
@given(conversations, changes, more_typed)
def test_nothing_done_before_a_change_is_done_again_whatever_is_typed_after_it(
    drawn: Drawn, change: Change, typed: list[str]
) -> None:
    menu, context = change.made_to(drawn)
    before = drawn.had()

    after = Talk(context, drawn.language, drawn.world, menu, answers=before.step.answers)
    for key in typed:
        after.type(key)

    once = [act for act in before.done + after.done if act.startswith("act:open_ticket:")]
    assert len(once) <= 1
    kept = [answer.key for answer in after.step.answers if answer.kind == "act"]
    assert Counter(kept) == Counter(before.done + after.done)


def test_a_page_that_is_there_no_more_is_not_shown() -> None:
    six = replace(CONTEXTS["*149*50#"], charters=districts(*range(1, 7)))
    on_page_three = [Answer("main", "complain", "choice")]
    on_page_three += [Answer("which_institution", NEXT_PAGE, "choice")] * 2

    step = engine.replay(main_menu("sw"), six, on_page_three)

    assert step.asks is not None
    assert [option.code for option in engine.page_of(step.asks, step.page)] == ["wilaya6"]


def test_one_more_question_before_the_words_takes_the_words_and_asks_only_itself() -> None:
    talk = Talk(CONTEXTS["*149*52#"], "sw", World())
    for key in ("1", "1", "1", "Maji hayatoki"):
        talk.type(key)

    menu = asking_more(main_menu("sw"), "what_happened")
    changed = Talk(talk.context, "sw", talk.world, menu, answers=talk.step.answers)
    asked_first = changed.step.asks
    changed.type("1")

    assert asked_first == EXTRA
    assert changed.step.asks is not None and changed.step.asks.key == "done_ask"
    assert changed.done == []


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        pytest.param([("main", "vote")], "main", id="an option taken off the menu"),
        pytest.param([("mian", "complain")], "main", id="a question renamed"),
        pytest.param([("main", "complain"), ("what_about", "jam")], "what_about", id="a topic"),
        pytest.param([("main", "complain"), ("main", "follow")], "what_about", id="out of turn"),
        pytest.param([("main", "@next")], "main", id="a page of a menu that has one"),
    ],
)
def test_a_choice_that_fits_no_question_is_asked_for_afresh(
    stored: list[tuple[str, str]], key: str
) -> None:
    answers = tuple(Answer(question, value, "choice") for question, value in stored)

    step = engine.replay(main_menu("sw"), CONTEXTS["*149*52#"], answers)

    assert step.asks is not None and step.asks.key == key
    assert step.kept == ()
