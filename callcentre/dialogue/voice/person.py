"""A person, or a call from one: what key `0` leads to, and every way that ends in nothing."""

from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, Option, do
from callcentre.dialogue.rights import period
from callcentre.dialogue.spoken import Phrase
from callcentre.dialogue.voice.asking import DONE, ask, key_in
from callcentre.dialogue.voice.connecting import NOBODY, TALKED, connect


def person(
    context: Context,
    ticket: dict[str, Any] | None = None,
    *,
    lead: str = "voice.connecting",
    said: Phrase | None = None,
) -> Dialogue[End]:
    """Somebody on this call where one can be had, else a call from one.

    `lead` is what is heard before the first phone rings; `said` is as for `call_back`.
    """
    came = yield from connect(context, ticket, lead)
    if came == TALKED:
        return End("voice.bye")
    if came == NOBODY:
        sorry = (_promise(context, _office(context, ticket), "voice.callback"),)
        yield from ask(
            "callback", (Option("yes", "1"),), sorry, silence="yes", after=1, person=False
        )
    return (yield from call_back(context, ticket, said))


def call_back(
    context: Context, ticket: dict[str, Any] | None = None, said: Phrase | None = None
) -> Dialogue[End]:
    """Ask for a call to this phone, or to another where this one's number is withheld.

    `said` is what is said instead of the usual.
    """
    institution = _office(context, ticket)
    ref = ticket["ref"] if ticket else None
    asked = yield from do("ask_call", institution=institution, ref=ref)
    if asked["task"] is None:
        number = yield from _number()
        if number is None:
            return End("voice.bye")
        asked = yield from do("ask_call", institution=institution, ref=ref, number=number)
    said = said or _promise(context, institution if asked["due"] else None, "voice.call_me")
    options = (
        Option("other", "2"),
        Option("cancel", "3"),
        Option("hours", "4"),
        Option(DONE, "#"),
    )
    parts = (said, Phrase("voice.call_hours"), Phrase("voice.call_other"))
    chosen = yield from ask("call_me", options, parts, silence=DONE, after=1, person=False)
    if chosen == "cancel":
        yield from do("cancel_call", task=asked["task"])
        return End("voice.call_cancelled")
    if chosen == "hours":
        yield from _hours(asked["task"])
    if chosen == "other":
        number = yield from _number()
        if number is not None:
            yield from do("move_call", task=asked["task"], number=number)
    return End("voice.bye")


def _office(context: Context, ticket: dict[str, Any] | None) -> str | None:
    """Who owes the call: the ticket's office, or the line's own; None where several share it."""
    if ticket is not None:
        office: str = ticket["institution"]
        return office
    return None if context.shared else context.keeper


def _hours(task: int) -> Dialogue[None]:
    """In which part of the day; silence leaves it at any."""
    options = (Option("morning", "1"), Option("afternoon", "2"))
    parts = (Phrase("voice.call_part"),)
    part = yield from ask("call_hours", options, parts, silence=DONE, after=2, person=False)
    if part != DONE:
        yield from do("choose_part", task=task, part=part)


def _promise(context: Context, institution: str | None, phrase: str) -> Phrase:
    """Within how long, where the charter says so (Kilosa: one working day, 002:250)."""
    rule = context.charters[institution].rule("call_back") if institution else None
    if rule is None:
        return Phrase(f"{phrase}_plain")
    return Phrase(phrase, {"muda": period(rule.period)})


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
