"""What becomes of an SMS, by what it asks for; each in the transaction in which it was heard."""

from collections.abc import Callable, Mapping

from callcentre import bodies, callers, charters, outbox, phrases, vault
from callcentre.clock import EAT
from callcentre.conversations.heard import Heard, received_at
from callcentre.dialogue import danger
from callcentre.dialogue.context import ANONYMOUS, SECRET
from callcentre.dialogue.rights import period
from callcentre.phrases import Term, Value
from callcentre.tickets import (
    appeals,
    expects,
    intake,
    kept,
    kinds,
    letters,
    promises,
    queries,
    reference,
    tasks,
)
from callcentre.tickets.model import Ticket

MOST_WORDS_OF_A_PLACE = 5


def _words(heard: Heard) -> None:
    """Open a ticket; on a shared line without a keyword with its keeper, who places it.

    A few words from a number that was asked for the place are the place.
    """
    said, nameless = heard.said, heard.said.nameless
    if not said.marked and len(said.words.split()) <= MOST_WORDS_OF_A_PLACE:
        asked = expects.waiting(heard.session, heard.number, "place", heard.now)
        if asked:
            _place(heard, asked[0])
            return
    in_danger = danger.is_said(said.words)
    opening = intake.Opening(
        kind=said.kind,
        institution=said.institution or (None if heard.line.shared else heard.line.keeper),
        topic=None,
        identity=ANONYMOUS if nameless else SECRET,
        words=said.words,
        channel="sms",
        line=heard.line,
        language=heard.language,
        number=None if nameless else heard.number,
        received_at=received_at(heard.sms.sent_at, heard.now),
        confirmed=not nameless and not in_danger,
        danger=in_danger,
        link=heard.sms.link,
    )
    opened = intake.open_ticket(heard.session, opening, heard.edition, heard.now)
    if in_danger:
        heard.reply("sms.danger", bodies.emergency_numbers(), kind="urgent")
    if nameless:
        code = intake.draw_code()
        intake.choose_code(heard.session, opened.ticket, code, heard.now)
        _tell_the_nameless(heard, opened.ticket.ref, code)


def _place(heard: Heard, found: Ticket) -> None:
    ticket = intake.locked(heard.session, found.ref)
    intake.add(
        heard.session, ticket, what="place", words=heard.said.words, channel="sms", now=heard.now
    )
    expects.answered(heard.session, ticket, "place", heard.now)
    day = promises.told_day(heard.session, ticket)
    if day is None:
        heard.reply("sms.added_plain", {"ref": ticket.ref})
    else:
        heard.reply("sms.added", {"ref": ticket.ref, "tarehe": day})


def _judge(heard: Heard) -> None:
    """1 or 2 to the last question about a ticket; with several tickets it must say which."""
    asked = expects.questions(heard.session, heard.number, tuple(_JUDGED), heard.now)
    named = reference.read(heard.said.reference)
    found: dict[str, str] = {}  # the last question about each
    for one, kind in asked:
        if named in (None, one.ref):
            found.setdefault(one.ref, kind)
    if not found:
        heard.once_an_hour("sms.greeting")
        return
    ref, *others = found
    if others:
        heard.reply("sms.which", {"jibu": heard.said.digit, "ref": ref, "ref2": others[0]})
        return
    _JUDGED[found[ref]](heard, intake.locked(heard.session, ref))


def _satisfied(heard: Heard, ticket: Ticket) -> None:
    promises.keep(heard.session, ticket, promises.ANSWERED, by="reply", now=heard.now)
    if heard.said.digit == "1":
        appeals.satisfied(heard.session, ticket, edition=heard.edition, now=heard.now)
        heard.reply("sms.feedback_thanks")
        return
    higher = appeals.unsatisfied(heard.session, ticket, heard.now)
    if higher is None:
        heard.reply("sms.appeal", {"tume": bodies.commission().reached})
        return
    _gone_up(heard, ticket, higher)


def _kind(heard: Heard, ticket: Ticket) -> None:
    """Whether it may be called something else than a complaint."""
    if heard.said.digit == "1":
        expects.answered(heard.session, ticket, "kind", heard.now)
        heard.reply("sms.feedback_thanks")
        return
    kinds.object_to(heard.session, ticket, heard.now)
    heard.reply("sms.kind_back", {"ref": ticket.ref})


def _kept(heard: Heard, ticket: Ticket) -> None:
    """Whether the office answered, as it says."""
    if heard.said.digit == "1":
        kept.confirmed(heard.session, ticket, heard.now)
        heard.reply("sms.feedback_thanks")
        return
    higher = appeals.not_kept(heard.session, ticket, heard.now)
    if higher is None:
        heard.reply("sms.reopened", {"ref": ticket.ref})
        return
    _gone_up(heard, ticket, higher)


_JUDGED: Mapping[str, Callable[[Heard, Ticket], None]] = {
    "satisfied": _satisfied,
    "kind": _kind,
    "kept": _kept,
}


def _gone_up(heard: Heard, ticket: Ticket, higher: appeals.Higher) -> None:
    values: dict[str, Value] = {"ref": ticket.ref, "cheo": higher.title}
    if higher.due is None:
        heard.reply("sms.unsatisfied_plain", values)
    else:
        heard.reply("sms.unsatisfied", values | {"tarehe": higher.due})


def _not_mine(heard: Heard) -> None:
    if intake.disown(heard.session, heard.number, heard.now):
        heard.reply("sms.not_mine")
    else:
        heard.once_an_hour("sms.greeting")


def _tell_the_nameless(heard: Heard, ref: str, code: str) -> None:
    """The one SMS to a citizen without a name; number and words of it are wiped once it is gone."""
    at = letters.addresses(heard.edition, heard.line.keeper, heard.line)
    text, parts = phrases.message(
        "sms.ack_nameless",
        heard.language,
        {**at.values(), "ref": ref, "pin": code},
        today=heard.now.astimezone(EAT).date(),
    )
    letter = outbox.Draft(
        key=f"nameless:{vault.fingerprint(ref, 'nameless').hex()}",
        sealed_to=vault.seal(heard.number),
        text=text,
        parts=parts,
        institution=heard.line.keeper,
        routes=letters.routes(heard.edition.senders(heard.line.keeper, heard.line, heard.number)),
        link=heard.sms.link,
        wipe=True,
    )
    outbox.post(heard.session, letter, heard.now)


def _about(heard: Heard) -> None:
    """HALI, ONGEZA or KWANINI with a reference: for its own number, or with its code."""
    said = heard.said
    found = queries.by_reference(
        heard.session,
        said.reference,
        number=heard.number,
        code=said.code or None,
        now=heard.now,
    )
    if found is None:
        heard.reply("sms.not_found", {"ref": said.reference})
        return
    ticket = intake.locked(heard.session, found["ref"])
    if ticket.identity == ANONYMOUS:
        heard.forget()
    promise = promises.told(heard.session, ticket.id)
    values: dict[str, Value] = {
        "ref": ticket.ref,
        "hali": Term(f"status.{ticket.status}"),
        "mada": Term(f"topic.{ticket.topic or 'other'}.name"),
        "leo": ticket.opened_at.astimezone(EAT).date(),
    }
    if promise is not None:
        values["tarehe"] = promise.due_at.astimezone(EAT).date()
        values["kujibu"] = period(promises.period_of(promise))
    asks = "status" if ticket.withdrawn_at is not None else said.asks
    if asks == "add":
        intake.add(
            heard.session, ticket, what="words", words=said.words, channel="sms", now=heard.now
        )
    phrase = {"status": "sms.status", "add": "sms.added", "why": "sms.why"}[asks]
    if promise is None:
        phrase += "_plain"
    elif asks == "why" and promise.period_unit != "working_days":
        phrase += "_calendar"
    heard.reply(phrase, values, wipe=ticket.identity == ANONYMOUS)


def _call(heard: Heard) -> None:
    asked = tasks.ask_call(
        heard.session,
        institution=heard.line.keeper,
        number=heard.number,
        promised=not heard.line.shared,
        now=heard.now,
        line=heard.line.address,
    )
    if asked.due is None:
        heard.reply("sms.callback_plain")
    else:
        heard.reply("sms.callback", {"tarehe": asked.due.astimezone(EAT).date()})


def _rights(heard: Heard) -> None:
    """HAKI or AHADI: what the line's institution promises; of a shared one, where to hear it."""
    charter = charters.get(heard.line.keeper)
    told = {rule.kind: rule for rule in charter.promises() if not rule.internal}
    if heard.line.shared or not {"acknowledge", "answer"} <= told.keys():
        heard.reply("sms.rights_dial")
        return
    heard.reply(
        "sms.rights",
        {
            "t": charter.short,
            "ahadi": charter.wording,
            "kupokea": period(told["acknowledge"].period),
            "kujibu": period(told["answer"].period),
        },
    )


def _stop(heard: Heard) -> None:
    callers.stop(heard.session, heard.number, heard.now, by="citizen")
    heard.reply("sms.stopped")


def _start(heard: Heard) -> None:
    callers.start(heard.session, heard.number, heard.now, by="citizen")
    heard.reply("sms.started")


def _help(heard: Heard) -> None:
    heard.once_an_hour("sms.help")


def _greet(heard: Heard) -> None:
    heard.once_an_hour("sms.greeting")


ANSWERS: Mapping[str, Callable[[Heard], None]] = {
    "words": _words,
    "status": _about,
    "add": _about,
    "why": _about,
    "rights": _rights,
    "call": _call,
    "stop": _stop,
    "start": _start,
    "help": _help,
    "greeting": _greet,
    "empty": _greet,
    "judge": _judge,
    "not_mine": _not_mine,
}
