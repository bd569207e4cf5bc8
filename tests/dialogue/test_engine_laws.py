"""Laws of the engine: what holds whatever is typed, and whatever reading and doing come to."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre.dialogue import engine, hearing
from callcentre.dialogue.engine import Answer, Step
from callcentre.sms import screen
from dialogue.drawn import Drawn, conversations, texts
from dialogue.stubs import CONTEXTS, Talk, World, main_menu, ticket

often = settings(max_examples=2000, deadline=None)


def is_back(typed: str) -> bool:
    return hearing.digits(hearing.clean(typed)) == "0"


def place(step: Step) -> Step:
    """The step without what is only about the last key."""
    return replace(step, invalid=False, remember=None)


@often
@given(conversations)
def test_an_answer_goes_to_the_question_asked_and_moves_nothing_before_it(drawn: Drawn) -> None:
    talk = drawn.talk()
    for typed in drawn.typed:
        before, asks = talk.step.taken, talk.step.asks
        talk.type(typed)
        after = talk.step.taken

        if asks is not None and not talk.step.invalid and not is_back(typed):
            assert after[: len(before)] == before
            given_now, *came_of_it = after[len(before) :]
            assert given_now.key == asks.key
            assert all(answer.kind in ("look", "act") for answer in came_of_it)
        assert talk.step.kept == ()


@often
@given(conversations)
def test_back_undoes_one_answer_or_none_once_something_was_done(drawn: Drawn) -> None:
    talk = drawn.talk()
    path = [(talk.step, 0)]  # each step that an answer led to, and how much was done until then
    for typed in drawn.typed:
        before = talk.step
        talk.type(typed)
        if before.asks is None:
            break
        if is_back(typed) and before.asks.back and len(path) > 1 and path[-1][1] == path[-2][1]:
            path.pop()
        elif not is_back(typed) and not talk.step.invalid:
            path.append((talk.step, len(talk.done)))

        assert place(talk.step) == place(path[-1][0])
        assert talk.step.invalid or not is_back(typed) or before.asks.back


@often
@given(conversations)
def test_what_was_done_stays_done_and_is_never_asked_for_again(drawn: Drawn) -> None:
    talk = drawn.talk()
    for typed in drawn.typed:
        talk.type(typed)

        assert [answer.key for answer in talk.step.taken if answer.kind == "act"] == talk.done


@often
@given(conversations, st.lists(texts, max_size=1))
def test_no_text_brings_a_conversation_down(drawn: Drawn, odd: list[str]) -> None:
    talk = drawn.had()
    for typed in odd:
        talk.type(typed)

    assert (talk.step.asks is None) is (talk.step.ends is not None)
    assert len(screen.text(talk.step)) + screen.PREFIX <= screen.LIMIT


@often
@given(conversations)
def test_what_is_stored_is_json_and_always_leads_to_the_same_step(drawn: Drawn) -> None:
    talk = drawn.had()

    stored = json.dumps([answer.as_json() for answer in talk.step.answers], ensure_ascii=False)

    restored = tuple(Answer(*answer) for answer in json.loads(stored))
    assert restored == talk.step.answers
    assert talk.replay(restored) == replace(talk.step, invalid=False)


@often
@given(conversations)
def test_a_transcript_of_keys_leads_where_the_keys_lead_one_by_one(drawn: Drawn) -> None:
    menu, context = main_menu(drawn.language), CONTEXTS[drawn.code]
    typed = list(drawn.typed)

    step, left = hearing.walk(menu, context, typed, drawn.language)

    heard = engine.replay(menu, context, (), drawn.language)
    for key in typed[: len(typed) - len(left)]:
        answers = hearing.hear(heard, key)
        if answers is None:
            heard = replace(heard, invalid=True, remember=None)
        else:
            heard = engine.replay(menu, context, answers, drawn.language)
    assert step == heard
    assert step.is_pure
    assert not left or step.asks is None or step.asks.wants == "words"


@often
@given(texts)
def test_words_are_kept_as_they_were_typed_whatever_they_are(words: str) -> None:
    talk = at_the_words()
    talk.type(words)

    said = [answer.value.strip() for answer in talk.step.taken if answer.kind == "words"]
    is_said = sum(map(str.isalpha, hearing.clean(words))) >= hearing.FEWEST_LETTERS
    assert said == ([hearing.clean(words)] if is_said else [])
    assert is_said is any(act.startswith("act:open_ticket:") for act in talk.done)


def at_the_words() -> Talk:
    talk = Talk(CONTEXTS["*149*52#"], "sw", World(mine=(ticket(),)))
    for key in ("1", "1", "1"):
        talk.type(key)
    return talk


@pytest.mark.parametrize("word", ["@next", "skip", "call_me", "dont_know", "back"])
def test_no_word_is_mistaken_for_a_key(word: str) -> None:
    talk = at_the_words()
    talk.type(word)

    assert [key.split(":")[1] for key in talk.done] == ["open_ticket"]


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        pytest.param("2", "follow", id="a digit"),
        pytest.param(" 2 ", "follow", id="with blanks"),
        pytest.param("2.", "follow", id="with a full stop"),
        pytest.param("2#", "follow", id="with the key that dials"),
        pytest.param("-2", "follow", id="with a dash"),
        pytest.param("\u200f2", "follow", id="with a mark of direction"),
        pytest.param("\u0662", "follow", id="in Arabic"),
        pytest.param("\uff12", "follow", id="in full width"),
        pytest.param("22", None, id="twice"),
        pytest.param("2a", None, id="with a letter"),
        pytest.param("", None, id="nothing"),
        pytest.param("6", None, id="a digit without option"),
    ],
)
def test_a_key_is_read_in_any_script_and_nothing_else_is_a_key(
    typed: str, chosen: str | None
) -> None:
    talk = Talk(CONTEXTS["*149*52#"], "sw", World())
    talk.type(typed)

    answers = [answer.value for answer in talk.step.taken if answer.kind == "choice"]
    assert answers == ([chosen] if chosen else [])
    assert talk.step.invalid is (chosen is None)
