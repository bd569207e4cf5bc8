"""An exchange written down by keys, as tests/dialogues/*.txt hold them.

Options stand by their codes, not by the digits pressed, and references as `{ref}`, so that the
transcript goes on being true when a menu is renumbered.
"""

import re

from callcentre import conversations, phones
from callcentre.conversations.walking import Hop
from callcentre.dialogue import engine, hearing
from callcentre.dialogue.engine import Step
from callcentre.tickets import reference

_REFERENCE = re.compile(r"\b\d\d-\d{8}\b")


class Transcript:
    """Grows with each hop; `text` is the file."""

    def __init__(self, code: str, number: str) -> None:
        self._lines = [f"> dial {code} from {phones.national(number)}"]
        self._before: Step | None = None

    def add(self, hop: Hop, typed: str | None, mark: list[str]) -> None:
        """One hop: what was typed (None: it was dialled), and the header it was answered with."""
        language, _, number = (mark[0] if mark else "sw.0").partition(".")
        step = conversations.where(hop, language, int(number))
        if typed is not None and self._before is not None:
            self._lines.append(f"> {_said(self._before, typed)}")
        if step is not None:
            self._lines.append(f"< {_shown(step)}")
        self._before = step

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _said(step: Step, typed: str) -> str:
    """What was typed, by the key of what it means at this step."""
    heard = hearing.hear(step, typed)
    if heard is None:
        return "invalid"
    if len(heard) <= len(step.answers):
        return "back"
    answer = heard[len(step.taken)]
    if answer.kind == "secret":
        return "pin"
    if answer.kind == "choice":
        code = "next" if answer.value == engine.NEXT_PAGE else str(answer.value)
        return _REFERENCE.sub("{ref}", code)
    asks = step.asks
    names_ticket = asks is not None and (asks.wants == "reference" or asks.or_reference)
    return '"{ref}"' if names_ticket and reference.read(typed) else f'"{typed}"'


def _shown(step: Step) -> str:
    if step.ends is not None:
        return step.ends.key
    asks = step.asks
    assert asks is not None
    name = asks.phrase.removeprefix("ask.") or asks.key
    return f"{name} invalid" if step.invalid else name
