"""The dialogue of a call: the matters of a screen, for somebody who hears and presses keys.

The number that was called says the institution, and nothing is classified by ear. Speaking comes
first: the first recording opens the ticket, and all that follows is done to a ticket already safe.
"""

from datetime import date, time
from typing import Any

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Dialogue, End, LedOut, Option, look
from callcentre.dialogue.spoken import Phrase, Value
from callcentre.dialogue.voice import complaint, outgoing, status
from callcentre.dialogue.voice.asking import SILENT, ask
from callcentre.dialogue.voice.person import person
from callcentre.dialogue.voice.rights import rights
from callcentre.dialogue.voice.staff import staff


def hotline(context: Context) -> Dialogue[End]:
    """A whole call. What is read first: whether the office is open, who calls, who is on duty.

    Who calls from the number of a post may go in at the staff door.
    """
    call = yield from look("call")
    try:
        if call.get("rings") == "danger":
            return (yield from outgoing.duty())
        if call["outbound"]:
            if not (yield from outgoing.greet(call)):
                return End("voice.bye")
        elif call["staff"]:
            done = yield from staff(context, call["staff"])
            if done is not None:
                return done
        return (yield from _main(context, call))
    except LedOut:
        return (yield from person(context))


def _main(context: Context, call: dict[str, Any]) -> Dialogue[End]:
    if call["opens"] is not None and not call["outbound"]:
        opens: dict[str, Value] = {
            "siku": date.fromisoformat(call["opens"][0]),
            "saa": time.fromisoformat(call["opens"][1]),
        }
        return (yield from complaint.complaint(context, call, Phrase("voice.closed", opens)))
    danger = (Phrase("voice.danger"),) if call["duty"] else ()
    options = [
        Option("complain", "1"),
        Option("follow", "2"),
        Option("rights", "3"),
        *([Option("danger", "9")] if call["duty"] else []),
    ]
    menu = "voice.main_called" if call["outbound"] else "voice.main"
    name = Phrase(menu, {"taasisi": name_of(context)})
    chosen = yield from ask("main", options, (name, *danger), silence=SILENT, after=2)
    if chosen == "complain":
        return (yield from complaint.complaint(context, call))
    if chosen == "follow":
        return (yield from status.status(context, call))
    if chosen == "rights":
        return (yield from rights(context))
    if chosen == "danger":
        return (yield from complaint.danger(context, call))
    return (yield from complaint.complaint(context, call, Phrase("voice.silence")))


def name_of(context: Context) -> Value:
    """What the line calls itself: an institution in full, a shared line by its own name."""
    if context.shared:
        return context.line_name
    charter = context.charters[context.keeper]
    return {"sw": charter.title, "en": charter.name_en}
