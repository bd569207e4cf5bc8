"""What there is to be reached in the dialogues, found by walking them; and what transcripts reach.

Each thing is a line as a transcript would have it: `what_about > water`, `< done_ask_plain`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from callcentre.dialogue import engine, hearing
from callcentre.dialogue.engine import Question, Step
from callcentre.phrases import everything
from dialogue.drawn import LONG_ANSWER
from dialogue.player import PINS, Line, question_of
from dialogue.stubs import CONTEXTS, DUE, PIN, REF, WORDS, Talk, World, at_desk, judged, ticket

TYPED = {
    "words": WORDS,
    "note": "21/11/2026",
    "number": "0755000009",
    "code": "1234",
    "pin": PIN,
    "reference": REF,
}
_OLD = ticket(due=None, open=False)
POST = {"post": 7, "title": "Mkuu wa Ujenzi"}
_WAITING = (*({"ref": f"26-0012345{n}", "due": DUE} for n in range(6)), {"ref": REF, "due": None})
_WORLDS = [
    World(due=None, call_due=None),
    World(due="2026-12-23", call_due="2026-12-23", found=_OLD),
    World(found=ticket(), mine=(ticket(),)),
    World(found=ticket(answered=True), answer=None),
    World(mine=(ticket(answered=True),), answer=LONG_ANSWER),
    World(mine=(_OLD, ticket(answered=True)), answer=None),
    World(danger=True),
    World(due=None, mine=(ticket(answered=True),)),
    World(mine=(ticket(answered=True, higher=False),), higher=False),
    *(
        World(posts=(POST,), waiting=_WAITING, open_at_desk=found, done=done)
        for found in (at_desk(), at_desk(late=3), at_desk(due=None, unit=None), None)
        for done in (True, False)
    ),
    World(posts=(POST,), away=True),
    World(posts=(POST, {"post": 8, "title": "Mkurugenzi Mtendaji"})),
]


@cache
def all_there_is() -> frozenset[str]:
    """Every question, wording, option, key and end that some line and some world lead to."""
    there = {f"< {key}" for key in everything("sw") if key.startswith("end.")}
    for step in _everywhere():
        if step.ends is not None:
            there.add(f"< {step.ends.key}")
        elif step.asks is not None:
            name = (step.asks.phrase or step.asks.key).removeprefix("ask.")
            there.add(f"< {name}")
            there |= {f"{question_of(name)} > {said}" for said in _answers(step.asks)}
    return frozenset(there)


@cache
def _everywhere() -> tuple[Step, ...]:
    """The steps of a shared line and of each institution's own, in many worlds."""
    starts = product(CONTEXTS, _WORLDS)
    return tuple(
        step for code, world in starts for step in met_once(Talk(CONTEXTS[code], "sw", world))
    )


def met_once(talk: Talk) -> Iterator[Step]:
    """Each step that was not met yet, by what it asks and what led to it."""
    seen: set[object] = set()
    newest = [talk.step]
    while newest:
        met = [step for step in newest if _shape(step) not in seen]
        newest = []
        for step in met:
            if _shape(step) not in seen:
                seen.add(_shape(step))
                yield step
                newest += [talk.settle(answers) for answers in _onward(step)]


def _shape(step: Step) -> object:
    if step.asks is None:
        return step.ends and step.ends.key
    codes = tuple(option.code for option in step.asks.options)
    page = min(step.page, 1) if step.asks.wants == "read" else step.page  # it goes round
    came_by = step.taken[-1].key if step.taken else ""
    if came_by.startswith(("look:", "act:")):
        came_by = came_by.rpartition(":")[0]  # whatever it was asked about
    kinds = ("may_they_know", "which_kind")  # each asks for details of its own
    kind = next((answer.value for answer in step.taken if answer.key in kinds), "")
    return came_by, step.asks.key, step.asks.phrase, codes, page, kind


def _onward(step: Step) -> Iterator[tuple[engine.Answer, ...]]:
    for key in [*"123456789", "99", "1111", *TYPED.values()] if step.asks else ():
        answers = hearing.hear(step, key)
        if answers is not None:
            yield judged(answers, World())


def _answers(asks: Question) -> Iterator[str]:
    yield from (_named(option.code) for option in asks.options if not option.hidden)
    yield "invalid"
    if asks.key != "main":  # there is nothing to go back to
        yield "back"
    if asks.wants == "pin":
        yield from PINS
    elif asks.wants in TYPED or asks.or_reference:
        yield "typed"
    if engine.has_next_page(asks, 0) or asks.wants == "read":
        yield "next"
    for key, is_taken in (
        ("skip", asks.skip),
        ("dont_know", asks.dont_know),
        ("call_me", asks.call_me),
    ):
        if is_taken:
            yield key


def reached(transcripts: Iterable[list[Line]]) -> set[str]:
    """What the lines of transcripts name."""
    met = set()
    for lines in transcripts:
        asked = ""
        for line in lines:
            if line.mark == "<":
                name = line.text.partition(" ")[0]
                asked = question_of(name)
                met.add(f"< {name}")
            elif line.mark == ">" and not line.text.startswith("dial "):
                said = "typed" if line.text.startswith('"') else _named(line.text)
                met.add(f"{asked} > {said}")
    return met


def _named(code: str) -> str:
    """An option's code; of any ticket or post just that it is one."""
    if code.startswith("post:"):
        return "a post"
    return "a ticket" if code.startswith("{ref") or code[:2].isdigit() else code


@cache
def phrases_shown() -> frozenset[str]:
    """The phrases of the questions, options and ends that some line and some world lead to."""
    shown = set()
    for step in _everywhere():
        if step.ends is not None:
            shown.add(step.ends.key)
        elif step.asks is not None:
            shown.add(step.asks.phrase or f"ask.{step.asks.key}")
            shown |= {f"ask.{step.asks.key}"} if step.asks.wants == "read" else set()
            shown |= {
                option.label or f"choice.{step.asks.key}.{option.code}"
                for option in step.asks.options
            }
    return frozenset(shown)
