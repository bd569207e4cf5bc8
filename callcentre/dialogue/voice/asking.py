"""How the dialogues of a call ask: a menu, something keyed in, something said after a tone."""

from collections.abc import Iterable
from typing import Any

from callcentre.dialogue.engine import PERSON, Dialogue, Option, Question
from callcentre.dialogue.spoken import Part, Phrase, Spoken

NOTHING = "nothing"  # of a recording: nobody said anything
SILENT = "silent"
DONE = "done"


def ask(
    key: str,
    options: Iterable[Option],
    parts: Iterable[Part],
    *,
    silence: str = PERSON,
    after: int = 3,
    seconds: int = 7,
    person: bool = True,
) -> Dialogue[str]:
    """A menu; the code of what was chosen, or of what silence chose. See Spoken."""
    spoken = Spoken(tuple(parts), silence, after, seconds, person)
    answer: str = yield Question(key, options=tuple(options), spoken=spoken)
    return answer


def tell(key: str, *parts: Part, person: bool = True) -> Dialogue[str]:
    """Something to be heard to its end; the finish key or silence goes on."""
    return ask(key, (Option(DONE, "#"),), parts, silence=DONE, after=1, seconds=3, person=person)


def key_in(
    key: str, wants: str, parts: Iterable[Part], *, silence: str = PERSON, person: bool = True
) -> Dialogue[str]:
    """A number, a code or a reference, ended by the finish key."""
    spoken = Spoken(tuple(parts), silence, seconds=10, person=person)
    answer: str = yield Question(key, wants=wants, spoken=spoken)
    return answer


def record(key: str, *lead: str) -> Dialogue[Any]:
    """What is said after the tone, or NOTHING if nobody said anything twice.

    `lead` are the phrases before the tone; where the notice was given already there are none.
    """
    parts = tuple(Phrase(f"voice.{name}") for name in lead)
    spoken = Spoken(parts, NOTHING, after=2, person=False)
    answer = yield Question(key, wants="recording", spoken=spoken)
    return answer
