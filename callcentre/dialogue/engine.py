"""Replays a dialogue over the answers given so far. Pure: no clock, no database, no network.

A dialogue is a generator. It yields questions, looks (reads), acts (things to be done) and the
language to speak; the list of answers, and nothing else, is the state of a conversation. Running
the generator from the start over that list gives the next question, whatever was restarted,
deployed or repeated meanwhile. "Back" is dropping an answer.

Reads and acts are answered too: the conversation carries each out once, stores what came of it
as an answer, and a replay never reads or does anything twice.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from callcentre.dialogue.spoken import Spoken
from callcentre.phrases import Value

T = TypeVar("T")

DONT_KNOW = "dont_know"
SKIP = "skip"
CALL_ME = "call_me"
NEXT_PAGE = "@next"
PERSON = "@person"  # on a call: key 0, or silence where nothing better can be done

OPTIONS_ON_A_PAGE = 5


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `code` is what is stored, `digit` what is pressed (default: its place).

    `page` is the page it stands on, counted from 0 (default: by its place, too).

    Its label is the phrase `label`, or `text` where the name is the same in every language.
    One that is `hidden` is heard and not shown: who may press it knows it.
    """

    code: str
    digit: str = ""
    label: str = ""
    text: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    page: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `wants` says what an answer looks like:

    choice (one of the options), words, note (words, or figures such as a date or a sum), number
    (a telephone number), code (four digits), reference (a ticket's number), read (nothing: a text
    to page through), recording (what a caller says), pin (four to six digits that nobody keeps:
    what becomes the answer is the verdict on them, "right" or "wrong"), connect (what came of
    leading the call to somebody else). `spoken` is how it is put on a call.
    """

    key: str
    wants: str = "choice"
    options: tuple[Option, ...] = ()
    phrase: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    dont_know: bool = False
    skip: bool = False
    back: bool = True
    call_me: bool = False
    or_reference: bool = False
    spoken: Spoken | None = None


class LedOut(Exception):
    """Raised inside a dialogue where its caller asked for a person instead of answering."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something to read, by name; the answer is JSON."""

    name: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"look:{self.name}:{_digest(self.asked)}"


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do, by name; the answer is JSON. Its key tells it from every other act.

    What is done `once` in a conversation has one key, whatever was asked: a changed dialogue
    that asks otherwise does not do it again.
    """

    name: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False

    @property
    def key(self) -> str:
        return f"act:{self.name}:{'once' if self.once else _digest(self.asked)}"


@dataclass(frozen=True, slots=True)
class Speak:
    """From here on in this language, which the number keeps."""

    language: str


@dataclass(frozen=True, slots=True)
class End:
    """The last thing said; the conversation is over."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


Yielded = Question | Look | Act | Speak
Dialogue = Generator[Yielded, Any, T]


@dataclass(frozen=True, slots=True)
class Answer:
    key: str
    value: Any
    kind: str  # choice | words | look | act | verdict; secret: what a verdict is due on

    def as_json(self) -> list[Any]:
        return [self.key, self.value, self.kind]


@dataclass(frozen=True, slots=True)
class Step:
    """Where a conversation stands.

    Exactly one of `asks`, `wants` and `ends` is set. `taken` are the answers that led here,
    `kept` those that no question has taken (yet): words and acts, never choices. `remember` is
    a language chosen by the last answer.
    """

    language: str
    taken: tuple[Answer, ...]
    kept: tuple[Answer, ...] = ()
    asks: Question | None = None
    wants: Look | Act | None = None
    ends: End | None = None
    page: int = 0
    invalid: bool = False
    remember: str | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All that has to be stored to stand here again."""
        return self.taken + self.kept

    @property
    def is_pure(self) -> bool:
        """Whether only keys were pressed so far: nothing read, done or written."""
        return all(answer.kind == "choice" for answer in self.taken)


def replay(
    dialogue: Callable[[Any], Dialogue[End]],
    context: Any,
    answers: Iterable[Answer],
    language: str = "sw",
) -> Step:
    """Run the dialogue over the answers; where it stands then.

    An answer is taken only by the question it was given to. Where the dialogue asks something
    else (it was changed meanwhile), the replay stops and asks afresh: later choices are dropped,
    words and acts are kept for the question that asks for them.
    """
    rest, taken, page = list(answers), [], 0
    remember: str | None = None
    run = dialogue(context)
    try:
        asked = next(run)
        while True:
            if isinstance(asked, Speak):
                language = remember = asked.language
                asked = run.send(None)
                continue
            at = _place(asked, rest)
            if at is None:
                break
            if at > 0:
                rest = [*_kept(rest[:at]), *rest[at:]]
                at = _place(asked, rest) or 0
            answer = rest.pop(at)
            taken.append(answer)
            if answer.value == NEXT_PAGE and isinstance(asked, Question):
                page += asked.wants == "read" or has_next_page(asked, page)
                continue
            page, remember = 0, None
            out = answer.value == PERSON and answer.kind == "choice"
            asked = run.throw(LedOut()) if out else run.send(answer.value)
    except StopIteration as stop:
        return Step(language, tuple(taken), _kept(rest), ends=stop.value, remember=remember)
    finally:
        run.close()
    step = Step(language, tuple(taken), _kept(rest), page=page, remember=remember)
    if isinstance(asked, Question):
        return replace(step, asks=asked)
    return replace(step, wants=asked)


def _kept(rest: list[Answer]) -> tuple[Answer, ...]:
    return tuple(answer for answer in rest if answer.kind != "choice")


def _place(asked: Question | Look | Act, rest: list[Answer]) -> int | None:
    """Which of the answers not yet taken answers this; choices only when it is the next."""
    if rest and _answers(rest[0], asked):
        return 0
    for place, answer in enumerate(rest):
        if answer.kind != "choice" and _answers(answer, asked):
            return place
    return None


def _answers(answer: Answer, asked: Question | Look | Act) -> bool:
    if answer.key != asked.key:
        return False
    if not isinstance(asked, Question) or answer.kind != "choice":
        return True
    if answer.value == NEXT_PAGE:
        return has_next_page(asked, 0) or asked.wants == "read"
    allowed = {option.code for option in asked.options}
    allowed |= {DONT_KNOW} if asked.dont_know else set()
    allowed |= {SKIP} if asked.skip else set()
    allowed |= {CALL_ME} if asked.call_me else set()
    allowed |= {PERSON, asked.spoken.silence} if asked.spoken else set()
    return answer.value in allowed


def page_of(question: Question, page: int) -> tuple[Option, ...]:
    """The options on one page, each with the digit that is pressed for it."""
    return tuple(
        option if option.digit else replace(option, digit=str(place % OPTIONS_ON_A_PAGE + 1))
        for place, option in enumerate(question.options)
        if _page(option, place) == page
    )


def has_next_page(question: Question, page: int) -> bool:
    return any(_page(option, place) > page for place, option in enumerate(question.options))


def _page(option: Option, place: int) -> int:
    return place // OPTIONS_ON_A_PAGE if option.page is None else option.page


def back(step: Step) -> tuple[Answer, ...]:
    """The answers without the last one given; what was done cannot be taken back this way."""
    taken = list(step.taken)
    while taken and taken[-1].kind == "look":
        taken.pop()
    if taken and taken[-1].kind in ("choice", "words"):
        taken.pop()
    return (*taken, *step.kept)


def _digest(asked: Mapping[str, Any]) -> str:
    told = json.dumps(asked, sort_keys=True, default=str).encode()
    return hashlib.blake2b(told, digest_size=6).hexdigest()


def choose(
    key: str,
    options: Iterable[Option | str],
    *,
    phrase: str = "",
    dont_know: bool = False,
    skip: bool = False,
    back: bool = True,
    or_reference: bool = False,
    **values: Value,
) -> Dialogue[str]:
    """Ask for one of the options; the code of the one chosen (or DONT_KNOW, or SKIP)."""
    answer: str = yield Question(
        key,
        options=tuple(Option(one) if isinstance(one, str) else one for one in options),
        phrase=phrase,
        values=values,
        dont_know=dont_know,
        skip=skip,
        back=back,
        or_reference=or_reference,
    )
    return answer


def tell(
    key: str,
    wants: str = "words",
    *,
    phrase: str = "",
    call_me: bool = False,
    skip: bool = False,
    back: bool = True,
    **values: Value,
) -> Dialogue[str]:
    """Ask for something typed: words, a number, a code, a reference (or CALL_ME, or SKIP)."""
    answer: str = yield Question(
        key, wants=wants, phrase=phrase, values=values, call_me=call_me, skip=skip, back=back
    )
    return answer


def look(name: str, **asked: Any) -> Dialogue[Any]:
    """Read something, once; a replay is given the same answer."""
    answer = yield Look(name, asked)
    return answer


def do(name: str, *, once: bool = False, **asked: Any) -> Dialogue[Any]:
    """Have something done; what came of it. See Act for `once`."""
    answer = yield Act(name, asked, once)
    return answer


def speak(language: str) -> Dialogue[None]:
    """Go on in this language."""
    yield Speak(language)
