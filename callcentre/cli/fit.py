"""Whether what a charter puts on screens and into messages fits, with the longest values."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from callcentre import phrases
from callcentre.charters import Charter
from callcentre.dialogue import engine
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Answer, Step
from callcentre.dialogue.menu import menu
from callcentre.phrases import LANGUAGES, gsm
from callcentre.sms import screen

LONGEST: dict[str, Any] = {
    "ref": "26-00123454",
    "tarehe": date(2027, 12, 23),  # a Thursday: the longest name of a day, and another year
    "leo": date(2026, 11, 26),
    "ussd": "*149*52#",
    "sms": "15001",
    "simu": "0262160240",
}
TODAY = date(2026, 11, 26)
MESSAGES = ("sms.ack", "sms.ack_plain", "sms.ack_enquiry", "sms.ack_opinion", "sms.ack_praise")


def faults(charters: Sequence[Charter]) -> list[str]:
    """What does not fit, a line each: the institution, the text, and by how much."""
    found = [fault for charter in charters for fault in _of_one(charter)]
    if len(charters) > 1:
        everyone = {charter.id: charter for charter in charters}
        shared = Context("*149*50#", "Huduma kwa Mteja", everyone, charters[0].id, "0262160240")
        found += _screens("a shared line", shared, [Answer("main", "complain", "choice")])
    return found


def _of_one(charter: Charter) -> Iterator[str]:
    for language in LANGUAGES:
        values = LONGEST | {"t": charter.short, "ahadi": charter.wording}
        for key in MESSAGES:
            _, parts = phrases.message(key, language, values, today=TODAY)
            if parts > 1:
                yield f"{charter.id}: {key} takes {parts} SMS in {language}; shorten `short`"
    line = Context("*149*52#", charter.short, {charter.id: charter}, charter.id, "0262160240")
    yield from _screens(charter.id, line, [])
    rights = [Answer("main", "rights", "choice"), Answer("rights", "promises", "choice")]
    yield from _screens(charter.id, line, rights)


def _screens(whose: str, line: Context, answers: list[Answer]) -> Iterator[str]:
    for language in LANGUAGES:
        step: Step = engine.replay(menu, line, answers, language)
        shown = screen.text(step, TODAY)
        over = (gsm.septets(shown) or 999) + screen.PREFIX - screen.LIMIT
        if over > 0:
            name = step.asks.key if step.asks else "the end"
            yield f"{whose}: the screen {name} is {over} characters too long in {language}"
