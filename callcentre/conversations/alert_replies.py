"""Replies to alerts: `1 417` seen, `2 417 Maji` assign, `3 417 words` answer, `4 417` I take it.

An alert belongs to a post, not to a telephone: the number that the post has now may answer it. Of
several open alerts the code decides; to a single one the bare digit is enough. Every other text
from such a number is a citizen's, as from any number.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from callcentre import charters, people
from callcentre.clock import EAT
from callcentre.conversations.heard import Heard
from callcentre.dialogue.hearing import ascii_digits
from callcentre.dialogue.texts import readable
from callcentre.people import OF_A_UNIT, Post
from callcentre.phrases import Term, Value
from callcentre.tickets import alerts, desk, expects, intake, ladder, letters, staff_check, work
from callcentre.tickets.alerts import Alert
from callcentre.tickets.model import Promise, Ticket, WrongStatus

_CODED = re.compile(r"([1-4])[\s.,:*#-]*(\d{3})(?!\d)[\s.,:*#-]*(.*)", re.DOTALL)
_UNCODED = re.compile(r"([23])[\s.,:*#-]+(.*)", re.DOTALL)
_BARE = re.compile(r"([1-4]|ndiyo|ndio|yes|hapana|no)[\s.,:*#!-]*", re.IGNORECASE)
_DIGITS = {"ndiyo": "1", "ndio": "1", "yes": "1", "hapana": "2", "no": "2"}

_DOES = {"1": "seen", "2": "assign", "3": "answer", "4": "take"}


@dataclass(frozen=True, slots=True)
class _Said:
    digit: str
    code: str | None
    words: str
    joined: bool = False  # digit and code in one, as a year or a sum could be written


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply whose alert was found: its ticket is under the row lock."""

    heard: Heard
    said: _Said
    post: Post
    alert: Alert
    ticket: Ticket

    @property
    def by(self) -> str:
        return f"post:{self.post.id}"

    def say(self, phrase: str, values: Mapping[str, Value] | None = None) -> None:
        door = alerts.door(self.heard.edition, self.ticket.institution)
        self.heard.reply(phrase, {"ref": self.ticket.ref, "ussd": door, **(values or {})})


def hear(heard: Heard) -> bool:
    """Whether an SMS is a reply of the staff; what it asks for is done then, and answered."""
    said = _read(readable(heard.sms.text))
    if said is None:
        return False
    posts = {post.id: post for post in people.posts_with(heard.session, heard.number)}
    if not posts:
        return _is_stranger(heard, said)
    heard = replace(heard, language=next(iter(posts.values())).language)
    if said.code is None:
        return _hear_uncoded(heard, said, posts)
    alert = alerts.find(heard.session, list(posts), said.code)
    if alert is None and said.joined:
        return False
    _do(heard, said, posts, alert)
    return True


def _hear_uncoded(heard: Heard, said: _Said, posts: Mapping[int, Post]) -> bool:
    if not said.words:
        return _hear_bare(heard, said, posts)
    opened = alerts.open_to(heard.session, list(posts))
    if opened:  # for the code he forgot he is asked: words may go to no citizen but his
        _bad(heard, opened[0].code if len(opened) == 1 else None)
    return bool(opened)


def _hear_bare(heard: Heard, said: _Said, posts: Mapping[int, Post]) -> bool:
    """A digit alone: to a question without a code, or else to the only alert."""
    if _is_asked(heard):
        return False
    checked = staff_check.waiting(heard.session, list(posts), heard.now)
    if checked is not None and said.digit in "12":
        _hold(heard, said, checked)
        return True
    opened = alerts.open_to(heard.session, list(posts))
    if opened:
        _do(heard, said, posts, opened[0] if len(opened) == 1 else None)
    return bool(opened)


def _read(words: str) -> _Said | None:
    plain = ascii_digits(words)  # of other scripts each digit is one character too
    if bare := _BARE.fullmatch(plain):
        digit = bare[1].casefold()
        return _Said(_DIGITS.get(digit, digit), None, "")
    if coded := _CODED.match(plain):
        return _Said(
            coded[1], coded[2], words[coded.start(3) :].strip(), coded.end(1) == coded.start(2)
        )
    if uncoded := _UNCODED.fullmatch(plain):
        return _Said(uncoded[1], None, words[uncoded.start(2) :].strip())
    return None


def _is_stranger(heard: Heard, said: _Said) -> bool:
    """Nobody's post: told so, if what he sends was asked of this number, or can be nothing else.

    That is a code that an alert to this number had, or a digit and a code with a gap between them.
    """
    if said.code is None or _is_asked(heard):
        return False
    was_his = alerts.were_sent(heard.session, heard.number, said.code)
    if not was_his and (said.words or said.joined):
        return False
    heard.once_an_hour("sms.sup_stranger")
    return True


def _is_asked(heard: Heard) -> bool:
    """Whether a question about a complaint of his own waits for this number's answer."""
    return any(
        expects.waiting(heard.session, heard.number, kind, heard.now) for kind in expects.WINDOW
    )


def _bad(heard: Heard, code: str | None) -> None:
    heard.reply("sms.sup_bad", {"msimbo": code or Term("word.code")})


def _hold(heard: Heard, said: _Said, post: Post) -> None:
    """The monthly question: whether he still holds the post."""
    yes = said.digit == "1"
    staff_check.answer(heard.session, post, yes, heard.now)
    heard = replace(heard, language=post.language)
    short = charters.get(post.institution).short
    heard.reply("sms.staff_yes" if yes else "sms.staff_no", {"t": short})


def _do(heard: Heard, said: _Said, posts: Mapping[int, Post], alert: Alert | None) -> None:
    """Do what was asked for, looking again at ticket and alert once the ticket is locked."""
    if alert is None:
        _bad(heard, said.code)
        return
    post = posts[alert.post_id]
    ref = heard.session.get_one(Ticket, alert.ticket_id).ref
    ticket = intake.locked(heard.session, ref)
    heard.session.refresh(alert)
    reply = _Reply(replace(heard, language=post.language), said, post, alert, ticket)
    if _is_over(reply):
        reply.say("sms.sup_late", {"hali": Term(f"status.{ticket.status}")})
    elif not desk.may(heard.session, post, _DOES[said.digit], heard.now):
        reply.say("sms.sup_may_not")
    else:
        _ACTS[said.digit](reply)


def _is_over(reply: _Reply) -> bool:
    """Whether it was answered, ended, or went to another unit after the alert was written."""
    alert, ticket, post = reply.alert, reply.ticket, reply.post
    return (
        alert.ended_at is not None
        or ticket.status in ("closed", "withdrawn", "referred")
        or (ticket.answered_at is not None and ticket.answered_at > alert.at)
        or (post.role in OF_A_UNIT and ticket.unit not in (None, post.unit))
    )


def _seen(reply: _Reply) -> None:
    heard = reply.heard
    moves_up = alerts.seen(heard.session, reply.alert, heard.now)
    promise = heard.session.get_one(Promise, reply.alert.promise_id)
    above = ladder.next_receiver(heard.session, reply.ticket, promise, heard.now)
    if moves_up is None or above is None or above.id == reply.post.id:
        reply.say("sms.sup_seen_again")
    else:
        day = moves_up.astimezone(EAT).date()
        reply.say("sms.sup_seen", {"tarehe": day, "cheo": above.title})


def _assign(reply: _Reply) -> None:
    heard, ticket = reply.heard, reply.ticket
    code = reply.alert.code or ""
    found = _named(reply)
    if len(found) != 1:
        reply.say("sms.sup_name" if reply.said.words else "sms.sup_bad", {"msimbo": code})
        return
    (target,) = found
    to = f"post:{target.post}" if target.post is not None else None
    work.assign(heard.session, ticket, unit=target.unit, to=to, by=reply.by, now=heard.now)
    alerts.act(heard.session, reply.alert, "assign", heard.now)
    told = _tell(reply, target)
    reply.say(
        "sms.sup_assigned" if told else "sms.sup_assigned_untold",
        {"cheo": target.name, "tarehe": _date(reply)},
    )


def _answer(reply: _Reply) -> None:
    heard = reply.heard
    if not reply.said.words:
        _bad(heard, reply.said.code)
        return
    try:
        with heard.session.begin_nested():
            way = work.answer(
                heard.session,
                reply.ticket,
                reply.said.words,
                edition=heard.edition,
                by=reply.by,
                now=heard.now,
            )
            alerts.act(heard.session, reply.alert, "answer", heard.now)
    except WrongStatus:  # an SMS of so many parts is not sent
        reply.say("sms.sup_long", {"msimbo": reply.alert.code or ""})
        return
    reply.say("sms.sup_answered" if way == "sms" else "sms.sup_answer_kept")


def _take(reply: _Reply) -> None:
    heard, post = reply.heard, reply.post
    work.assign(
        heard.session, reply.ticket, unit=post.unit, to=reply.by, by=reply.by, now=heard.now
    )
    alerts.act(heard.session, reply.alert, "take", heard.now)
    reply.say("sms.sup_taken", {"tarehe": _date(reply)})


_ACTS: Mapping[str, Callable[[_Reply], None]] = {
    "1": _seen,
    "2": _assign,
    "3": _answer,
    "4": _take,
}


def _date(reply: _Reply) -> date:
    """By when the citizen is to be answered: once late, before it moves up again."""
    promise = reply.heard.session.get_one(Promise, reply.alert.promise_id)
    late = promise.due_at < reply.heard.now
    by = promise.next_step_at if late and promise.next_step_at is not None else promise.due_at
    return by.astimezone(EAT).date()


# -- to whom ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """A unit, or a post (of a unit, or of the whole institution), and what it is called."""

    unit: str | None
    post: int | None
    name: str


def _named(reply: _Reply) -> set[_Target]:
    """Who or what is meant by a name: those called just so, else those that have all its words."""
    wanted = _folded(reply.said.words)
    if not wanted:
        return set()
    targets = _targets(reply)
    same = {target for name, target in targets if _folded(name) == wanted}
    words = set(wanted.split())
    return same or {target for name, target in targets if words <= set(_folded(name).split())}


def _targets(reply: _Reply) -> list[tuple[str, _Target]]:
    """All the names in an institution by which a complaint may be given to somebody."""
    ticket, heard = reply.ticket, reply.heard
    charter = charters.get(ticket.institution, ticket.charter_version)
    units = {unit.code: unit.short for unit in charter.units}
    found = [(short, _Target(code, None, short)) for code, short in units.items()]
    for one in people.listing(heard.session, heard.now, ticket.institution):
        if "take" not in desk.ACTS.get(one["role"], ()) or (one["unit"] or "") not in {"", *units}:
            continue
        target = _Target(one["unit"], one["post"], one["title"])
        found += [(name, target) for name in (one["name"], one["title"]) if name]
    return found


def _folded(name: str) -> str:
    """A name in small letters without accents and marks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def _tell(reply: _Reply, target: _Target) -> bool:
    """Write to who has it now: the post, or the officer or head of the unit; whether one could."""
    heard, ticket = reply.heard, reply.ticket
    post = _reached(reply, target)
    if post is None or post.person is None or post.number is None:
        return False
    charter = charters.get(ticket.institution, ticket.charter_version)
    letters.post(
        heard.session,
        heard.edition,
        key=f"ticket:{ticket.id}:given:{post.id}:{heard.now.timestamp():.6f}",
        to=post.number,
        institution=ticket.institution,
        phrase="sms.sup_given",
        language=post.language,
        values={
            "ref": ticket.ref,
            "k": charter.unit(ticket.unit).short if ticket.unit else Term("level.complaints"),
            "tarehe": _date(reply),
            "ussd": alerts.door(heard.edition, ticket.institution),
        },
        now=heard.now,
        kind="alert",
        not_before=people.window(post, heard.now),
    )
    return True


def _reached(reply: _Reply, target: _Target) -> Post | None:
    session, now = reply.heard.session, reply.heard.now
    if target.post is not None:
        return people.present(session, people.find(session, target.post), now)
    for role in OF_A_UNIT:
        post = people.holder(session, reply.ticket.institution, role, target.unit, now)
        if post is not None and post.person is not None and post.number is not None:
            return post
    return None
