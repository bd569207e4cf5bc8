""" "Call me": one key makes the request; another number, hours, or taking it back, come after."""

from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import SKIP, Dialogue, End, Option, choose, do, tell


def call_me(
    context: Context, institution: str | None = None, ref: str | None = None
) -> Dialogue[End]:
    """Ask for a call to this phone, about a ticket or about nothing said yet.

    The charter's promise is named only where the institution is known and has one (Kilosa:
    within one working day, 002:250); on a shared line the keeper calls as soon as it can.
    """
    if institution is None and not context.shared:
        institution = context.keeper
    asked = yield from do("ask_call", institution=institution, ref=ref)
    promised = bool(asked["due"])
    chosen = yield from choose(
        "callme",
        (
            Option("other_number", digit="2"),
            Option("cancel", digit="3"),
            Option("hours", digit="4"),
        ),
        phrase="ask.callme" if promised else "ask.callme_plain",
        back=False,
    )
    if chosen == "cancel":
        yield from do("cancel_call", task=asked["task"])
        return End("end.call_cancelled")
    if chosen == "hours":
        part = yield from choose("callme_hours", ("morning", "afternoon"))
        yield from do("choose_part", task=asked["task"], part=part)
        return End("end.call_this")
    number = yield from tell("number", "number", skip=True)
    if number == SKIP:
        return End("end.call_this")
    yield from do("move_call", task=asked["task"], number=number)
    return End("end.call_other")
