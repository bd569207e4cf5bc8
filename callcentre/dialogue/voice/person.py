"""A person, or a call from one: what key `0` leads to, and every way that ends in nothing."""

from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option, do
from callcentre.dialogue.rights import period
from callcentre.dialogue.spoken import Phrase
from callcentre.dialogue.voice.asking import DONE, ask, key_in


def person(
    context: Context, ticket: dict[str, Any] | None = None, said: Phrase | None = None
) -> Dialogue[End]:
    """Ask for a call to this phone, or to another where this one's number is withheld.

    `said` is what is said instead of the usual.
    """
    institution = ticket["institution"] if ticket else None
    if institution is None and not context.shared:
        institution = context.keeper
    ref = ticket["ref"] if ticket else None
    asked = yield from do("ask_call", institution=institution, ref=ref)
    if asked["task"] is None:
        number = yield from _number()
        if number is None:
            return End("voice.bye")
        asked = yield from do("ask_call", institution=institution, ref=ref, number=number)
    said = said or _promise(context, institution if asked["due"] else None)
    options = (Option("other", "2"), Option("cancel", "3"), Option(DONE, "#"))
    parts = (said, Phrase("voice.call_other"))
    chosen = yield from ask("call_me", options, parts, silence=DONE, after=1, person=False)
    if chosen == "cancel":
        yield from do("cancel_call", task=asked["task"])
        return End("voice.call_cancelled")
    if chosen == "other":
        number = yield from _number()
        if number is not None:
            yield from do("move_call", task=asked["task"], number=number)
    return End("voice.bye")


def _promise(context: Context, institution: str | None) -> Phrase:
    """Within how long, where the charter says so (Kilosa: one working day, 002:250)."""
    rule = context.charters[institution].rule("call_back") if institution else None
    if rule is None:
        return Phrase("voice.call_me_plain")
    return Phrase("voice.call_me", {"muda": period(rule.period)})


def _number() -> Dialogue[str | None]:
    """A number, read back; None where none comes."""
    options = (Option("yes", "1"), Option("no", "2"))
    while True:
        number = yield from key_in(
            "call_number", "number", (Phrase("voice.call_number"),), silence=DONE, person=False
        )
        if number == DONE:
            return None
        parts = (Phrase("voice.call_number_read", {"simu": number}),)
        right = yield from ask("is_right", options, parts, silence="yes", after=2, person=False)
        if right == "yes":
            return number
