"""What Hypothesis draws: conversations and texts.

A conversation is drawn as a few bytes, which is ten times faster than piece by piece: one for
line and language, two for the world, one for each key.
"""

from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from dialogue.stubs import CONTEXTS, DUE, LANGUAGES, REF, WORDS, Talk, World, ticket

LONG_ANSWER = "Bomba jipya litawekwa mwezi Julai, kisha maji yatatoka kila siku. " * 6
_OLD = ticket(ref="26-00198745", status="closed", due=None, topic=None, open=False, answered=True)
_NEW = ticket(ref="26-00777775", status="assigned", topic="tax")
_MINE = ((), (ticket(),), (_OLD,), (_NEW, _OLD), (_NEW, ticket(), _OLD, ticket(ref="26-00555559")))
_FOUND = (None, ticket(), _OLD, ticket(status="answered", answered=True))
_ANSWERS = (None, "Kisima kimetengenezwa.", LONG_ANSWER)
_DUES = (DUE, None)

STARTS = tuple(product(CONTEXTS, LANGUAGES))
WORLDS = tuple(
    World(due=due, call_due=call_due, mine=mine, found=found, answer=answer)
    for due, call_due, mine, found, answer in product(_DUES, _DUES, _MINE, _FOUND, _ANSWERS)
)
TYPED = [
    *"11112222333344459999006789",
    *(WORDS, WORDS, "Mtaa wa Buguruni", "0712345678", "1234", REF, "2600123454", "", "77"),
]
"""Mostly keys that mean something, so that a conversation gets far."""


@dataclass(frozen=True)
class Drawn:
    """A conversation to be had: where, in which world, and what is typed."""

    code: str
    language: str
    world: World
    typed: tuple[str, ...]

    def talk(self) -> Talk:
        return Talk(CONTEXTS[self.code], self.language, self.world)

    def had(self) -> Talk:
        """The talk after all was typed."""
        talk = self.talk()
        for key in self.typed:
            talk.type(key)
        return talk


def _drawn(drawn: bytes) -> Drawn:
    start, high, low, *typed = drawn
    code, language = STARTS[start % len(STARTS)]
    world = WORLDS[(high << 8 | low) % len(WORLDS)]
    return Drawn(code, language, world, tuple(TYPED[one % len(TYPED)] for one in typed))


conversations = st.binary(min_size=3, max_size=12).map(_drawn)

_ODD = [
    "\0", "\x1b[2J", "\ud800", "\u200f\u200e", "\ufeff", "\u0661", "\uff19", "\U0001f6b0" * 3,
    "*", "**1", "#", "1*2", "@next", "skip", "call_me", "{ref}", "%s", "x" * 10_000, "9" * 10_000,
    "\u0645\u0627\u0621 \u0645\u0642\u0637\u0648\u0639", "a\u0301bc", "\ufdfd\ufdfd\ufdfd",
]  # fmt: skip
texts = st.sampled_from(_ODD) | st.text(max_size=30) | st.text("0123456789 *#.-", max_size=12)
"""Anything: control characters, emoji, other scripts and their digits, marks, 10,000 letters."""
