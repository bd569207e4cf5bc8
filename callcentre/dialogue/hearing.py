"""What a citizen typed, as the answer to what was asked. Pure, as the engine is."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

from callcentre import phones
from callcentre.dialogue.engine import (
    CALL_ME,
    DONT_KNOW,
    NEXT_PAGE,
    SKIP,
    Answer,
    Dialogue,
    End,
    Question,
    Step,
    back,
    has_next_page,
    page_of,
    replay,
)

_KEYS = (DONT_KNOW, SKIP, CALL_ME, NEXT_PAGE)

FEWEST_LETTERS = 3  # fewer are a slip of the finger, not what happened
PIN_LENGTHS = range(4, 7)
_AROUND_DIGITS = str.maketrans("", "", " .-/)#")


def hear(step: Step, typed: str) -> tuple[Answer, ...] | None:
    """The answers after something was typed at this step's question; None if it is invalid.

    In text `0` is always back, `9` always on (the next page, or skip what may be skipped), `8`
    "I do not know", and to a question for words `1` alone means "call me".
    """
    question = step.asks
    assert question is not None
    typed = clean(typed)
    if digits(typed) == "0":
        return back(step) if question.back else None
    answer = _understand(question, step.page, typed)
    return None if answer is None else (*step.taken, answer, *step.kept)


def _understand(question: Question, page: int, typed: str) -> Answer | None:
    key = digits(typed)
    if question.wants == "choice":
        for option in page_of(question, page):
            if option.digit == key:
                return Answer(question.key, option.code, "choice")
        if question.or_reference and len(key) >= 8:
            return Answer(question.key, key, "words")
    if key == "9" and (has_next_page(question, page) or question.wants == "read"):
        return Answer(question.key, NEXT_PAGE, "choice")
    if key == "9" and question.skip:
        return Answer(question.key, SKIP, "choice")
    if key == "8" and question.dont_know:
        return Answer(question.key, DONT_KNOW, "choice")
    if key == "1" and question.call_me:
        return Answer(question.key, CALL_ME, "choice")
    value = _READS[question.wants](typed)
    if value in _KEYS:
        value = f"{value} "  # said, not pressed: the blank keeps it from being taken for the key
    kind = "secret" if question.wants == "pin" else "words"
    return None if value is None else Answer(question.key, value, kind)


def judged(answers: tuple[Answer, ...], judge: Callable[[str], str]) -> tuple[Answer, ...]:
    """The answers, with the verdict in the place of a secret; only so may they be kept."""
    return tuple(
        Answer(one.key, judge(one.value), "verdict") if one.kind == "secret" else one
        for one in answers
    )


def _words(typed: str) -> str | None:
    return typed if sum(map(str.isalpha, typed)) >= FEWEST_LETTERS else None


def _note(typed: str) -> str | None:
    return typed if any(map(str.isalnum, typed)) else None


def _number(typed: str) -> str | None:
    number = phones.parse(ascii_digits(typed))
    return number if number and phones.takes_sms(number) else None


def _code(typed: str) -> str | None:
    code = digits(typed)
    return code if len(code) == 4 and len(typed) <= 7 else None


def _pin(typed: str) -> str | None:
    pin = digits(typed)
    return pin if len(pin) in PIN_LENGTHS else None


def _reference(typed: str) -> str | None:
    return digits(typed) or None


def _nothing(typed: str) -> None:
    return None


_READS: Mapping[str, Callable[[str], str | None]] = {
    "choice": _nothing,
    "read": _nothing,
    "words": _words,
    "note": _note,
    "number": _number,
    "code": _code,
    "pin": _pin,
    "reference": _reference,
}


def read(wants: str, typed: str) -> str | None:
    """What was typed or keyed in as such an answer (number, code, reference ...), or None."""
    return _READS[wants](typed)


def walk(
    dialogue: Callable[[Any], Dialogue[End]],
    context: Any,
    typed: list[str],
    language: str = "sw",
    dialled: int = 0,
) -> tuple[Step, list[str]]:
    """Press keys from the start; where that leads, and what is left of what was typed.

    Only keys are taken: the walk stops where something has to be read, done or kept. A key
    that is no answer leaves the step marked invalid, as it would have on the screen. A `*` in
    words cannot be told from the one between two answers: the whole rest is left as the words.

    Of the first `dialled`, which were dialled at once with the code, all that follow a wrong one
    are dropped: nobody saw the screens that they were meant for.
    """
    step = replay(dialogue, context, (), language)
    left, after = list(typed), len(typed) - dialled
    while left and step.asks is not None:
        heard = hear(step, left[0])
        if heard and heard[-1].kind in ("words", "secret"):
            break
        if len(left) <= after and _are_words(step, left):
            break
        left.pop(0)
        if heard is None:
            step = replace(step, invalid=True, remember=None)
            left = last(after, left)
        else:
            step = replay(dialogue, context, heard, language)
    return step, left


def last(after: int, left: list[str]) -> list[str]:
    """At most this many of what is left: what was typed after the code that was dialled."""
    return left[max(len(left) - after, 0) :]


def _are_words(step: Step, left: list[str]) -> bool:
    """Whether all that is left was one answer in words, with `*` in it.

    What begins like a key ("1*4 watu wamefariki") was words too: pressed alone the key would have
    been heard in a hop of its own. Only `0` was, with whatever was asked again before it: going
    back leaves nothing to tell it by.
    """
    asks = step.asks
    if asks is None or asks.wants != "words" or len(left) < 2:
        return False
    slips = list(takewhile(lambda one: digits(clean(one)) != "0", left))
    if asks.back and len(slips) < len(left):
        said = any(hear(step, one) is not None for one in slips)
        if not said and _words(clean("*".join(slips))) is None:
            return False
    return _words(clean("*".join(left))) is not None


def clean(typed: str) -> str:
    """What was typed without control characters, marks of direction and outer blanks."""
    if typed.isascii() and typed.isprintable():  # most are, and this takes a tenth of the time
        return " ".join(typed.split())
    kept = (
        character if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co") else " "
        for character in typed
    )
    return " ".join("".join(kept).split())


def ascii_digits(typed: str) -> str:
    """The same text with the digits of any script written 0-9."""
    if typed.isascii():
        return typed
    return "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in typed
    )


def digits(typed: str) -> str:
    """The digits of a key, code or reference, without the blanks, dots and dashes around them.

    Anything else among them makes it no number: the result is empty.
    """
    bare = ascii_digits(typed).translate(_AROUND_DIGITS)
    return bare if bare.isascii() and bare.isdigit() else ""
