"""The first words of a call that we placed. It may be anybody's phone, and anybody who takes it.

Before key 1 is pressed no office and no matter is named, and silence ends the call.
"""

from typing import Any

from callcentre.dialogue.engine import Dialogue, End, Option, do
from callcentre.dialogue.spoken import Phrase
from callcentre.dialogue.voice.asking import ask, tell

NOBODY = "nobody"


def greet(call: dict[str, Any]) -> Dialogue[bool]:
    """Whether somebody wants to speak: who only rang hears that, who asked for a call does not."""
    asked = call.get("rings") == "asked"
    parts = (Phrase("voice.outbound_asked" if asked else "voice.outbound"),)
    options = (Option("speak", "1"),)
    chosen = yield from ask("outbound", options, parts, silence=NOBODY, after=2, person=False)
    if chosen == NOBODY:
        return False
    yield from do("reached", once=True)
    return True


def duty() -> Dialogue[End]:
    """Who is on duty takes an emergency: he hears its reference, and nothing of the citizen."""
    options = (Option("take", "1"),)
    parts = (Phrase("voice.whisper_danger"),)
    chosen = yield from ask("duty", options, parts, silence=NOBODY, after=3, person=False)
    if chosen == "take":
        taken = yield from do("take_danger", once=True)
        yield from tell("taken", Phrase("voice.danger_taken", {"ref": taken["ref"]}), person=False)
    return End("voice.bye")
