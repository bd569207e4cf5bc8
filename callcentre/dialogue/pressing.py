"""What a caller pressed, said or left unsaid, as the answer to what was asked. Pure.

On calls `*` is always back, `#` done, `0` a person, `9` hear again and `5` the other language,
wherever the question gives the key no meaning of its own.
"""

from dataclasses import dataclass
from typing import Any, Literal

from callcentre.dialogue.engine import PERSON, Answer, Question, Step, back
from callcentre.dialogue.hearing import read

Again = Literal["", "silence", "invalid", "language"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """The answers from here on; without any the same question again, and why.

    `missed` counts the silences and wrong keys at this question.
    """

    answers: tuple[Answer, ...] | None = None
    again: Again = ""
    missed: int = 0


def said(step: Step, recorded: Any) -> Pressed:
    """Something was recorded at a question for a recording; JSON that says what."""
    question = _asked(step)
    return Pressed(_with(step, Answer(question.key, recorded, "words")))


def press(step: Step, keys: str | None, missed: int) -> Pressed:
    """Keys (without the finish key; an empty text is that key alone), or None for silence."""
    question = _asked(step)
    if keys is None or question.wants == "recording":
        return _missed(step, missed + 1, "silence")
    if question.wants == "choice":
        key = keys[:1] or "#"
        for option in question.options:
            if option.digit == key:
                return Pressed(_with(step, Answer(question.key, option.code, "choice")))
    else:
        key = keys if keys in ("0", "5", "9") else keys[:1] if keys.startswith("*") else ""
        if not key and (value := read(question.wants, keys)) is not None:
            kind = "secret" if question.wants == "pin" else "words"
            return Pressed(_with(step, Answer(question.key, value, kind)))
    assert question.spoken is not None
    if key == "*":
        return Pressed(back(step))
    if key == "0" and question.spoken.person:
        return Pressed(_with(step, Answer(question.key, PERSON, "choice")))
    if key == "9":
        return Pressed(missed=missed)
    if key == "5":
        return Pressed(again="language", missed=missed)
    return _missed(step, missed + 1, "invalid")


def _missed(step: Step, missed: int, how: Again) -> Pressed:
    question = _asked(step)
    spoken = question.spoken
    assert spoken is not None
    if missed < spoken.after:
        return Pressed(again=how, missed=missed)
    return Pressed(_with(step, Answer(question.key, spoken.silence, "choice")))


def _asked(step: Step) -> Question:
    assert step.asks is not None
    return step.asks


def _with(step: Step, answer: Answer) -> tuple[Answer, ...]:
    return (*step.taken, answer, *step.kept)
