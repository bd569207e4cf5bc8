"""A complaint by voice, and a call from somebody in danger.

The notice comes before the tone, with a key for who will not be recorded. What was said opens the
ticket at once: whoever hangs up has sent it.
"""

from datetime import date
from typing import Any

from callcentre import bodies
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, LedOut, Option, do
from callcentre.dialogue.spoken import Phrase, Sound, Value
from callcentre.dialogue.voice.asking import DONE, NOTHING, ask, key_in, record, tell
from callcentre.dialogue.voice.connecting import connect_to_duty
from callcentre.dialogue.voice.person import call_back, person

SHORT = 4  # seconds of silence after a question that one key answers


def complaint(context: Context, call: dict[str, Any], lead: Phrase | None = None) -> Dialogue[End]:
    """Record what is wrong and open a ticket with it. `lead` is said before the notice.

    Out of hours `closed` is said, which promises a call, so one is asked for; there is no menu
    then, and whoever is in danger presses his key here.
    """
    notice = Phrase("voice.record")
    parts: tuple[Phrase, ...] = (lead, notice) if lead else (notice, Phrase("voice.record_refuse"))
    options = [Option("refuse", "0"), Option("go_on", "#")]
    if lead is not None and call["opens"] is not None and call["duty"]:
        parts = (lead, Phrase("voice.danger"), notice)
        options.append(Option("danger", "9"))
    agreed = yield from ask("record", options, parts, silence="go_on", after=1, seconds=1)
    if agreed == "refuse":
        yield from do("refuse_recording", once=True)
        unrecorded = Phrase("voice.unrecorded_call_me")
        return (yield from person(context, lead="voice.unrecorded", said=unrecorded))
    if agreed == "danger":
        return (yield from danger(context, call))
    said = yield from record("words")
    if said == NOTHING:
        return (yield from call_back(context))
    ticket = yield from _open(context, said)
    try:
        return (yield from _safe_now(context, call, ticket, said))
    except LedOut:
        return (yield from person(context, ticket))


def _open(context: Context, said: dict[str, Any] | None, danger: bool = False) -> Dialogue[Any]:
    return (
        yield from do(
            "open_recorded",
            once=True,
            institution=None if context.shared else context.keeper,
            recording=said["id"] if said else None,
            danger=danger,
        )
    )


def _safe_now(
    context: Context, call: dict[str, Any], ticket: dict[str, Any], said: dict[str, Any]
) -> Dialogue[End]:
    """The ticket is there: hear it again, record it anew, choose to be unknown; the reference."""
    yield from _confirm(ticket, said)
    if not call["number"] or (yield from _wants_no_name()):
        return (yield from _nameless(ticket))
    if call["opens"] is not None and not call["outbound"]:
        yield from do("ask_call", institution=ticket["institution"], ref=ticket["ref"])
    return (yield from _reference(ticket))


def _confirm(ticket: dict[str, Any], said: dict[str, Any]) -> Dialogue[None]:
    again = Phrase("voice.confirm")
    options = (Option("send", "1"), Option("hear", "2"), Option("again", "3"))
    parts: tuple[Phrase | Sound, ...] = (again,)
    while True:
        chosen = yield from ask("confirm", options, parts, silence="send", after=1)
        if chosen == "send":
            return
        parts = (again,)
        if chosen == "again":
            anew = yield from record("words_again", "record_again")
            if anew != NOTHING:
                yield from do("record_again", ref=ticket["ref"], recording=anew["id"])
                said = anew
        else:
            parts = (Sound(said["url"]), again)


def _wants_no_name() -> Dialogue[bool]:
    options = (Option("anonymous", "9"), Option("secret", "#"))
    parts = (Phrase("voice.identity"),)
    chosen = yield from ask("identity", options, parts, silence="secret", after=1, seconds=SHORT)
    return chosen == "anonymous"


def _nameless(ticket: dict[str, Any]) -> Dialogue[End]:
    """He hears a code with the reference: with both the answer is his, from any phone."""
    ref = ticket["ref"]
    drawn = yield from do("make_nameless", once=True, ref=ref)
    said = Phrase("voice.ref_nameless", {"ref": ref, "pin": drawn["code"]})
    yield from tell("ref_nameless", said, person=False)
    yield from do("reference_heard", once=True, ref=ref)
    return End("voice.bye")


def _reference(ticket: dict[str, Any]) -> Dialogue[End]:
    values: dict[str, Value] = {"ref": ticket["ref"]}
    if ticket["due"]:
        values["tarehe"] = date.fromisoformat(ticket["due"])
    key = "voice.ref" if ticket["due"] else "voice.ref_plain"
    yield from tell("ref", Phrase(key, values))
    yield from do("reference_heard", once=True, ref=ticket["ref"])
    return End("voice.bye")


def danger(context: Context, call: dict[str, Any]) -> Dialogue[End]:
    """Somebody is in danger now: a ticket with its tasks before anything else; then a person.

    Nothing is sent to this phone, and it hears of no ticket, unless its caller says it is safe.
    """
    ticket = yield from _open(context, None, danger=True)
    if (yield from connect_to_duty(context, ticket)):
        return End("voice.bye")
    numbers = Phrase("voice.danger_numbers", bodies.emergency_numbers())
    yield from tell("danger", Phrase("voice.danger_nobody"), numbers, person=False)
    said = yield from record("danger_words", "danger_record")
    if said != NOTHING:
        yield from do("record_again", ref=ticket["ref"], recording=said["id"])
    if call["number"]:
        yield from _whether_safe(ticket)
    return End("voice.bye")


def _whether_safe(ticket: dict[str, Any]) -> Dialogue[None]:
    options = (Option("yes", "1"), Option("no", "2"), Option("another", "3"))
    parts = (Phrase("voice.safe"),)
    safe = yield from ask("safe", options, parts, silence=DONE, after=2, person=False)
    number = None
    if safe == "another":
        number = yield from key_in(
            "safe_number", "number", (Phrase("voice.call_number"),), silence=DONE, person=False
        )
        safe, number = ("no", None) if number == DONE else ("another", number)
    if safe != DONE:
        yield from do("say_safe", ref=ticket["ref"], safe=safe, number=number)
