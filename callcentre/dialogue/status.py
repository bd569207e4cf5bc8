"""Following a ticket: one's own number first, else the reference; words only by the code."""

from datetime import date
from typing import Any

from callcentre import bodies
from callcentre.dialogue import call_me
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import SKIP, Dialogue, End, Option, Question, choose, do, look, tell
from callcentre.phrases import Term, Value

SHOWN = 3  # newest tickets of one's own number; older ones open by their reference


def status(context: Context) -> Dialogue[End]:
    """Show the tickets of this number, or the one whose reference is typed."""
    mine = yield from look("my_tickets")
    if mine:
        options = [
            *(_own(found) for found in mine[:SHOWN]),
            Option("other", digit="9", label="choice.own_list.other"),
        ]
        chosen = yield from choose("own_list", options, or_reference=True)
        for found in mine:
            if found["ref"] == chosen:
                return (yield from _show(context, found))
        if chosen != "other":
            return (yield from _by_reference(context, chosen))
    return (yield from _by_reference(context))


def _own(found: dict[str, Any]) -> Option:
    values: dict[str, Value] = {
        "ref": found["ref"],
        "tarehe": date.fromisoformat(found["opened"]),
    }
    return Option(found["ref"], label="choice.own_list.ticket", values=values)


def _by_reference(context: Context, typed: str | None = None) -> Dialogue[End]:
    """A reference opens nothing by itself: it needs its own number, or the code.

    The code is asked for whether or not there is such a ticket, so that nobody learns which
    references exist.
    """
    while True:
        if typed is None:
            typed = yield from tell("st_ask", "reference")
        found = yield from look("ticket", ref=typed, code=None)
        if found is None:
            code = yield from tell("st_pin", "code")
            found = yield from look("ticket", ref=typed, code=code)
        if found is not None:
            return (yield from _show(context, found))
        chosen = yield from choose("st_no", ("again", "call_me"))
        if chosen == "call_me":
            return (yield from call_me.call_me(context))
        typed = None


def _show(context: Context, found: dict[str, Any]) -> Dialogue[End]:
    """Status and date; then words may be added, the answer read, or a call asked for."""
    values: dict[str, Value] = {
        "ref": found["ref"],
        "hali": Term(f"status.{found['status']}"),
        "mada": Term(f"topic.{found['topic'] or 'other'}.name"),
    }
    if found["due"]:
        values["tarehe"] = date.fromisoformat(found["due"])
    while True:
        answered, open_ = found["answered"], found["open"]
        options = [
            *([Option("add", digit="1")] if open_ and not answered else []),
            *([Option("unsatisfied", digit="2")] if answered else []),
            Option("call_me", digit="3"),
            *([Option("read", digit="4")] if answered else []),
            *([Option("why", digit="5")] if found["due"] and not answered else []),
        ]
        phrase = "ask.st" if found["due"] else "ask.st_plain"
        chosen: str = yield Question("st", options=tuple(options), phrase=phrase, values=values)
        if chosen == "call_me":
            return (yield from call_me.call_me(context, found["institution"], found["ref"]))
        if chosen == "add":
            words = yield from tell("more_words", skip=True)
            if words != SKIP:
                yield from do("add", ref=found["ref"], what="words", words=words)
                return End("end.added", {"ref": found["ref"]})
        elif chosen == "unsatisfied":
            return (yield from _unsatisfied(context, found))
        elif chosen == "why":
            why = yield from look("why", ref=found["ref"])
            yield from tell("why", "read", phrase="ask.answer", majibu=why)
        else:
            yield from _read(found)


def _unsatisfied(context: Context, found: dict[str, Any]) -> Dialogue[End]:
    """Where to take it now: a level up inside while there is one, or to the Commission."""
    options = [
        *([Option("higher", digit="1")] if found.get("higher") else []),
        Option("commission", digit="2"),
        Option("call_me", digit="3"),
    ]
    chosen = yield from choose("late_no", options)
    if chosen == "call_me":
        return (yield from call_me.call_me(context, found["institution"], found["ref"]))
    if chosen == "higher":
        higher = yield from do("unsatisfied", ref=found["ref"])
        if higher["title"] is not None:
            return _gone_up(found["ref"], higher)
    return End("end.commission", {"tume": bodies.commission().reached})


def _gone_up(ref: str, higher: dict[str, Any]) -> End:
    values: dict[str, Value] = {"ref": ref, "cheo": higher["title"]}
    if higher["due"] is None:
        return End("end.escalated_plain", values)
    return End("end.escalated", values | {"tarehe": date.fromisoformat(higher["due"])})


def _read(found: dict[str, Any]) -> Dialogue[None]:
    """The answer's words, to who knows the code."""
    code = found["code"]
    if code is None:
        code = yield from tell("st_pin", "code")
    answer = yield from look("answer", ref=found["ref"], code=code)
    if answer is None:
        yield from choose("no_answer", ("go_on",))
    else:
        yield from tell("answer", "read", majibu=answer)
