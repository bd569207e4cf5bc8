"""A complaint, and with the same few questions an opinion, a compliment or an enquiry.

Words come last: what stands before them is keys, so a session that is cut has lost no word. The
moment they are typed the ticket is opened; all that follows is added to a ticket already safe.
"""

from datetime import date
from typing import Any

from callcentre import bodies
from callcentre.dialogue import call_me
from callcentre.dialogue.context import ANONYMOUS, OPEN, SECRET, Context
from callcentre.dialogue.engine import (
    CALL_ME,
    DONT_KNOW,
    SKIP,
    Dialogue,
    End,
    Option,
    choose,
    do,
    tell,
)
from callcentre.phrases import say

_THANKS = {"opinion": "end.done_opinion", "compliment": "end.done_praise"}

FIRST = ("place", "before")
"""Asked of every complaint before what its charter asks for: where it is, and who was told."""
OTHERWISE = ("place", "name")  # of what is no complaint, as charters ask for nothing there
OF_A_LETTER = ("letter", "applied")  # of a question about a paper already sent (D29)
WHEN = ("this_week", "this_month", "earlier")
NOTES = ("applied", "officer", "cost", "letter")  # a date, a number or a sum is an answer to these


def complaint(context: Context, kind: str = "complaint") -> Dialogue[End]:
    """Ask what is needed to open a ticket of this kind, and open it."""
    institution = yield from _institution(context)
    topic = None
    if kind != "compliment":
        topic = yield from choose("what_about", context.topics(institution), dont_know=True)
    identity = SECRET
    if kind == "complaint":
        identity = yield from _may_they_know(topic)
    if identity == ANONYMOUS:
        yield from choose("anon", ("go_on",))
    words = yield from tell(
        "what_happened",
        phrase=_asking(kind, identity),
        call_me=identity != ANONYMOUS,
    )
    if words == CALL_ME:
        return (yield from call_me.call_me(context, institution))
    ticket = yield from do(
        "open_ticket",
        once=True,
        kind=kind,
        institution=institution,
        topic=None if topic == DONT_KNOW else topic,
        identity=identity,
        words=words,
    )
    if ticket.get("danger"):  # not in a session that began before there was such a thing
        return (yield from _danger(context, ticket, identity))
    if identity == ANONYMOUS:
        return (yield from _nameless(context, ticket))
    yield from _whose_phone(ticket)
    return (yield from _more(ticket, kind, _details_of(context, kind, institution)))


def _institution(context: Context) -> Dialogue[str | None]:
    """The institution complained of; None where a shared line's citizen does not know."""
    if not context.shared:
        return context.keeper
    chosen = yield from choose("which_institution", context.institutions(), dont_know=True)
    return None if chosen == DONT_KNOW else chosen


def _may_they_know(topic: str | None) -> Dialogue[str]:
    """Whether the office may know the name; of corruption TAKUKURU is another way (001:436)."""
    identities = (SECRET, OPEN, ANONYMOUS)
    if topic != "corruption":
        return (yield from choose("may_they_know", identities))
    takukuru = bodies.every()["takukuru"].phone
    return (
        yield from choose(
            "may_they_know", identities, phrase="ask.may_they_know_other", takukuru=takukuru
        )
    )


def _asking(kind: str, identity: str) -> str:
    if identity == ANONYMOUS:
        return "ask.what_happened_nameless"
    return "ask.what_happened" if kind == "complaint" else "ask.what_happened_other"


def _nameless(context: Context, ticket: dict[str, Any]) -> Dialogue[End]:
    """The nameless choose four digits to hear the answer by; nothing else leads back to it."""
    code = yield from tell("pin_choose", "code", back=False, ref=ticket["ref"])
    yield from do("choose_code", ref=ticket["ref"], code=code)
    return End(
        "end.nameless",
        {"ref": ticket["ref"], "pin": code, "ussd": context.address, "simu": context.phone},
    )


def _danger(context: Context, ticket: dict[str, Any], identity: str) -> Dialogue[End]:
    """Whom to call at once; then whether this phone is safe. Nothing is sent to it unless it is.

    The nameless have no number to ask about: they go on to choose their code.
    """
    ref, nameless = ticket["ref"], identity == ANONYMOUS
    options = [Option("go_on"), *([] if nameless else [Option("call_me")])]
    chosen = yield from choose("danger", options, back=False, **bodies.emergency_numbers())
    if nameless:
        return (yield from _nameless(context, ticket))
    safe = yield from choose("safe", (Option("yes"), Option("no"), Option("another")), back=False)
    number = None
    if safe == "another":
        typed = yield from tell("number", "number", skip=True)
        safe, number = ("no", None) if typed == SKIP else ("another", typed)
    yield from do("say_safe", ref=ref, safe=safe, number=number)
    if chosen == "call_me" and safe != "no":
        asked = yield from do("ask_call", institution=ticket["institution"], ref=ref)
        if number is not None:
            yield from do("move_call", task=asked["task"], number=number)
    return End("end.danger", {"ref": ref, "simu": context.phone})


def _whose_phone(ticket: dict[str, Any]) -> Dialogue[None]:
    """Where the acknowledgement may go: this phone, another, or nowhere."""
    values: dict[str, Any] = {"ref": ticket["ref"]}
    if ticket["due"]:
        values["tarehe"] = date.fromisoformat(ticket["due"])
    whose = yield from choose(
        "done_ask",
        (Option("mine"), Option("another"), Option("none")),
        phrase="ask.done_ask" if ticket["due"] else "ask.done_ask_plain",
        back=False,
        **values,
    )
    number = None
    if whose == "another":
        typed = yield from tell("number", "number", skip=True)
        whose, number = ("none", None) if typed == SKIP else ("another", typed)
    yield from do("send_to", ref=ticket["ref"], whose=whose, number=number)


def _more(ticket: dict[str, Any], kind: str, details: tuple[str, ...]) -> Dialogue[End]:
    """What may be added now; "done" ends it. `details` are asked for once, if they are wanted."""
    ref, asks_details = ticket["ref"], True
    while True:
        options = [
            Option("words", digit="1"),
            *([Option("details", digit="2")] if asks_details else []),
            Option("code", digit="3"),
            Option("withdraw", digit="4"),
            Option("finish", digit="9"),
        ]
        chosen = yield from choose("more", options, back=False)
        if chosen == "words":
            words = yield from tell("more_words", skip=True)
            if words != SKIP:
                yield from do("add", ref=ref, what="words", words=words)
        elif chosen == "details":
            asks_details = yield from _details(ref, details)
        elif chosen == "code":
            code = yield from tell("code", "code")
            yield from do("choose_code", ref=ref, code=code)
        elif chosen == "withdraw":
            if (yield from choose("withdraw_sure", ("yes", "no"))) == "yes":
                yield from do("withdraw", ref=ref)
                return End("end.withdrawn", {"ref": ref})
        else:
            return _done(ticket, kind)


def _details_of(context: Context, kind: str, institution: str | None) -> tuple[str, ...]:
    """The details to ask for; of an institution not known yet, none that a charter names."""
    if kind == "enquiry":
        return OF_A_LETTER
    if kind != "complaint":
        return OTHERWISE
    asked = context.charters[institution].details if institution else ()
    return (*FIRST, *(detail.key for detail in asked if detail.key not in FIRST))


def _details(ref: str, details: tuple[str, ...]) -> Dialogue[bool]:
    """Ask the details one by one until one is skipped; whether they may be offered again."""
    for detail in details:
        words = yield from _detail(detail)
        if words == SKIP:
            return False
        yield from do("add", ref=ref, what=detail, words=words)
    return False


def _detail(detail: str) -> Dialogue[str]:
    """One detail in words, or SKIP. The time is chosen, and kept in the words staff read."""
    if detail != "when":
        return (yield from tell(detail, "note" if detail in NOTES else "words", skip=True))
    chosen = yield from choose("when", WHEN, skip=True)
    return chosen if chosen == SKIP else say(f"choice.when.{chosen}", "sw")


def _done(ticket: dict[str, Any], kind: str) -> End:
    if kind in _THANKS or not ticket["due"]:
        return End(_THANKS.get(kind, "end.done_plain"), {"ref": ticket["ref"]})
    return End(
        "end.done_enquiry" if kind == "enquiry" else "end.done",
        {
            "ref": ticket["ref"],
            "ahadi": ticket["wording"],
            "tarehe": date.fromisoformat(ticket["due"]),
        },
    )
