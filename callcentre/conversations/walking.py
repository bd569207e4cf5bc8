"""A USSD hop, and where its keys lead: from its transcript alone, with nothing read or done.

That answers a hop that is nothing but keys; a deep dial is understood here, however it came.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

from callcentre import charters
from callcentre.dialogue import hearing
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Step
from callcentre.dialogue.menu import menu
from callcentre.lines import Line, UnknownLine, edition
from callcentre.tickets import letters

MOST_KEYS = 100  # in one session; a longer transcript is nobody's thumb
_DEEP = re.compile(r"(?:\*[0-9]{0,20}){2,40}#")  # a code and keys, dialled at once


@dataclass(frozen=True, slots=True)
class Hop:
    """One USSD request, as any provider tells it: the whole transcript, joined by `*`.

    The first `dialled` answers of it came in the code; see `on_line`.
    """

    provider: str
    session: str
    number: str
    address: str
    transcript: str
    dialled: int = 0

    @property
    def answers(self) -> list[str]:
        return self.transcript.split("*", MOST_KEYS) if self.transcript else []

    @property
    def typed_after(self) -> int:
        """How many answers were typed after the code was dialled."""
        return len(self.answers) - self.dialled


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """The event after a session.

    `shown`: the citizen saw our last screen. `mark` is the one that we gave with the first screen,
    `ended_at` the provider's time; each only if it told.
    """

    hop: Hop
    shown: bool
    mark: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a transcript leads by its keys alone, and what of it was then left untaken."""

    step: Step
    left: list[str]

    @property
    def is_whole(self) -> bool:
        """Whether that was all: nothing has to be read, done or kept."""
        return not self.left and self.step.wants is None


def walk(hop: Hop, language: str, number: int) -> Walk:
    """Press the keys of a hop's transcript, from the start. Pure.

    Raises UnknownLine if the code dialled is none of ours.
    """
    hop = on_line(hop, number)
    context = context_of(hop.provider, hop.address, number)
    return Walk(*hearing.walk(dialogue_in(language), context, hop.answers, language, hop.dialled))


def on_line(hop: Hop, number: int) -> Hop:
    """The hop with its line's own code, and with what was dialled after that as first answers.

    A deep dial, `*149*50*2*2600123454#`, may come as the first transcript, or whole as the code
    with each hop, whose transcript is then only what was typed after it (as Airtel has done:
    praekeltfoundation/vumi, pull request 550). A hop that fits no line is left as it is.
    """
    if not number or edition(number).find(hop.provider, "ussd", hop.address):
        return hop
    groups = hop.address.removesuffix("#").split("*") if _DEEP.fullmatch(hop.address) else []
    for length in range(len(groups) - 1, 1, -1):
        address = "*".join(groups[:length]) + "#"
        if edition(number).find(hop.provider, "ussd", address):
            dialled = groups[length:]
            answers = [*dialled, hop.transcript] if hop.transcript else dialled
            transcript = "*".join(answers)
            return replace(hop, address=address, transcript=transcript, dialled=len(dialled))
    return hop


def dialogue_in(language: str) -> Callable[[Context], Dialogue[End]]:
    """The dialogue of a session that begins in this language."""
    return partial(menu, language=language)


@lru_cache(maxsize=1024)
def context_of(provider: str, address: str, number: int) -> Context:
    """What the dialogue knows of this line in this edition. Raises UnknownLine."""
    line = line_at(provider, address, number)
    return Context(
        address=line.address,
        line_name=line.name,
        keeper=line.keeper,
        charters={name: charters.get(name) for name in line.institutions},
        phone=letters.addresses(edition(number), line.keeper, line).phone,
    )


def line_at(provider: str, address: str, number: int) -> Line:
    """The USSD line of this code in this edition. Raises UnknownLine."""
    line = edition(number).find(provider, "ussd", address) if number else None
    if line is None:
        raise UnknownLine(f"{address} is no line of ours at {provider}")
    return line
