"""Following a ticket by voice: one's own number first, else the reference and its code."""

from datetime import date
from typing import Any

from callcentre import bodies
from callcentre.charters import Period
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, LedOut, Option, do, look
from callcentre.dialogue.rights import period
from callcentre.dialogue.spoken import Part, Phrase, Sound, Value, Words
from callcentre.dialogue.voice.asking import DONE, NOTHING, ask, key_in, record
from callcentre.dialogue.voice.person import person
from callcentre.phrases import Term

NEXT = "next"
_OFFERS = {
    "add": "voice.status_add",
    "unsatisfied": "voice.status_unsatisfied",
    "call_me": "voice.status_call_me",
    "hear": "voice.status_hear",
    "why": "voice.status_why",
    NEXT: "voice.status_next",
}
_LEADS_TO = {
    "higher": "voice.unsatisfied_higher",
    "commission": "voice.unsatisfied_commission",
    "call_me": "voice.unsatisfied_call_me",
}
_YES_NO = (Option("yes", "1"), Option("no", "2"))


def status(context: Context, call: dict[str, Any]) -> Dialogue[End]:
    """Say where the tickets of this number stand, or the one whose reference is keyed in."""
    mine = yield from look("my_tickets")
    for found in mine:
        ended = yield from _one(context, found, others=True)
        if ended is not None:
            return ended
    return (yield from _by_reference(context, known=bool(mine), withheld=not call["number"]))


def _by_reference(context: Context, *, known: bool, withheld: bool) -> Dialogue[End]:
    """The code is asked for whether or not there is such a ticket: nobody learns which exist."""
    said: tuple[Part, ...] = () if known or withheld else (Phrase("voice.no_tickets"),)
    while True:
        parts = (*said, Phrase("voice.status_ask"))
        typed = yield from key_in("st_ask", "reference", parts)
        found = yield from look("ticket", ref=typed, code=None)
        if found is None:
            code = yield from key_in("st_pin", "code", (Phrase("voice.status_code"),))
            found = yield from look("ticket", ref=typed, code=code)
        if found is not None:
            ended = yield from _one(context, found, others=False)
            return ended or End("voice.bye")
        said = (Phrase("voice.not_found"),)


def _one(context: Context, found: dict[str, Any], *, others: bool) -> Dialogue[End | None]:
    """One ticket; None where its caller wants to hear the next."""
    try:
        return (yield from _menu(context, found, others))
    except LedOut:
        return (yield from person(context, found))


def _menu(context: Context, found: dict[str, Any], others: bool) -> Dialogue[End | None]:
    said: tuple[Part, ...] = (_state(found),)
    answered, open_ = found["answered"], found["open"]
    offered = [
        ("add", "1", open_ and not answered),
        ("unsatisfied", "2", answered),
        ("call_me", "3", True),
        ("hear", "4", answered),
        ("why", "5", found["due"] is not None and not answered),
        (NEXT, "6", others),
    ]
    options = [Option(code, digit) for code, digit, there in offered if there]
    menu = tuple(Phrase(_OFFERS[option.code]) for option in options)
    while True:
        chosen = yield from ask("st", options, (*said, *menu), silence=DONE, after=2)
        if chosen == NEXT:
            return None
        if chosen == DONE:
            return End("voice.bye")
        if chosen == "call_me":
            return (yield from person(context, found))
        if chosen == "add":
            return (yield from _add(found))
        if chosen == "unsatisfied":
            return (yield from _unsatisfied(context, found))
        if chosen == "hear":
            heard = yield from _hear(context, found)
            if heard is not None:
                return heard
            said = (Phrase("voice.no_answer"),)
        else:
            said = ((yield from _why(found)),)


def _state(found: dict[str, Any]) -> Phrase:
    values: dict[str, Value] = {
        "leo": date.fromisoformat(found["opened"]),
        "hali": Term(f"status.{found['status']}"),
    }
    if not found["due"]:
        return Phrase("voice.status_plain", values)
    return Phrase("voice.status", values | {"tarehe": date.fromisoformat(found["due"])})


def _why(found: dict[str, Any]) -> Dialogue[Phrase]:
    promised = yield from look("promised", ref=found["ref"])
    values: dict[str, Value] = {
        "leo": date.fromisoformat(found["opened"]),
        "kujibu": period(Period(promised["amount"], promised["unit"])),
        "tarehe": date.fromisoformat(found["due"]),
    }
    days = promised["unit"] == "working_days"
    return Phrase("voice.why" if days else "voice.why_calendar", values)


def _add(found: dict[str, Any]) -> Dialogue[End]:
    said = yield from record("more_words", "add")
    if said == NOTHING:
        return End("voice.bye")
    yield from do("add_recorded", ref=found["ref"], recording=said["id"])
    return End("voice.added")


def _hear(context: Context, found: dict[str, Any]) -> Dialogue[End | None]:
    """The answer, to who calls from the number that its owner confirmed, or knows the code.

    Then whether it is one; None where it did not come to that.
    """
    code = found["code"]
    if code is None and not found["own"]:
        code = yield from key_in("answer_pin", "code", (Phrase("voice.status_code"),))
    answer = yield from look("spoken_answer", ref=found["ref"], code=code)
    if answer is None:
        return None
    spoken = answer["recording"]
    words: Part = Words(answer["words"]) if spoken is None else Sound(recording=spoken)
    parts = (Phrase("voice.recorded_answer"), words, Phrase("voice.satisfied_ask"))
    chosen = yield from ask("satisfied", _YES_NO, parts, silence=DONE, after=2)
    if chosen == "yes":
        yield from do("satisfied", ref=found["ref"])
        return End("voice.satisfied")
    if chosen == "no":
        return (yield from _unsatisfied(context, found))
    return End("voice.bye")


def _unsatisfied(context: Context, found: dict[str, Any]) -> Dialogue[End]:
    """Where to take it now: a level up inside while there is one, or to the Commission."""
    options = [
        *([Option("higher", "1")] if found["higher"] else []),
        Option("commission", "2"),
        Option("call_me", "3"),
    ]
    menu = (Phrase(_LEADS_TO[option.code]) for option in options)
    parts = (Phrase("voice.unsatisfied_ask"), *menu)
    chosen = yield from ask("late_no", options, parts)
    if chosen == "call_me":
        return (yield from person(context, found))
    if chosen == "higher":
        higher = yield from do("unsatisfied", ref=found["ref"])
        if higher["title"] is not None:
            return _gone_up(higher)
    body = bodies.commission()
    return End("voice.commission", {"tume": body.name, "simu": body.phone})


def _gone_up(higher: dict[str, Any]) -> End:
    values: dict[str, Any] = {"cheo": higher["title"]}
    if higher["due"] is None:
        return End("voice.unsatisfied_plain", values)
    return End("voice.unsatisfied", values | {"tarehe": date.fromisoformat(higher["due"])})
