"""The first screen of every USSD session, and the way to the other dialogues."""

from callcentre.dialogue import call_me, complaint, rights, staff, status
from callcentre.dialogue.context import KINDS, Context
from callcentre.dialogue.engine import Dialogue, End, Option, choose, speak

ENTRIES = (
    Option("complain", digit="1"),
    Option("follow", digit="2"),
    Option("call_me", digit="3"),
    Option("other_kind", digit="4"),
    Option("rights", digit="5"),
    Option("staff", digit="99", page=0, hidden=True),
)
_OTHER = {"sw": "en", "en": "sw"}


def menu(context: Context, language: str = "sw") -> Dialogue[End]:
    """The dialogue of a USSD session, in the language it begins in."""
    while True:
        entry = yield from choose("main", ENTRIES, t=context.name)
        if entry == "complain":
            return (yield from complaint.complaint(context))
        if entry == "follow":
            return (yield from status.status(context))
        if entry == "call_me":
            return (yield from call_me.call_me(context))
        if entry == "staff":
            return (yield from staff.staff(context))
        if entry == "other_kind":
            kind = yield from choose("which_kind", KINDS)
            return (yield from complaint.complaint(context, kind))
        yield from rights.rights(context)
        language = _OTHER[language]
        yield from speak(language)
