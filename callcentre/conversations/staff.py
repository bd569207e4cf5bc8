"""What the staff door reads and does, for a post whose PIN was given in this session."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from callcentre import people
from callcentre.clock import EAT
from callcentre.conversations.scene import Scene
from callcentre.dialogue.engine import Question
from callcentre.people import BadStaff, Post, UnknownPost
from callcentre.tickets import desk, questions, reasons, referral, work
from callcentre.tickets.model import Ticket, UnknownTicket, WrongStatus

DAYS = {"day": 0, "days": 2, "week": 6, "weeks": 13, "month": 29}
"""How many days after today an absence lasts, by what is chosen."""


def judge(
    session: Session, question: Question, typed: str, *, number: str | None, now: datetime
) -> str:
    """Whether what was typed is the PIN of the post: "right" or "wrong", and never the PIN."""
    post = _held(session, number, question.values["post"])
    return "right" if post and people.check_pin(session, post, typed, now) else "wrong"


def _held(session: Session, number: str | None, post_id: Any) -> Post | None:
    """The post of that id, if somebody holds it and this number is its."""
    posts = people.posts_with(session, number) if number else []
    return next((one for one in posts if one.id == post_id and one.person is not None), None)


def _mine(scene: Scene, post_id: int) -> Post:
    """Raises WrongStatus where the post is not this number's any more."""
    post = _held(scene.session, scene.number, post_id)
    if post is None:
        raise WrongStatus(f"post {post_id} is not of this number any more")
    return post


def posts(scene: Scene) -> list[dict[str, Any]]:
    """The posts that somebody holds whose telephone this is."""
    found = people.posts_with(scene.session, scene.number) if scene.number else []
    held = [one for one in found if one.person is not None]
    return [{"post": one.id, "title": one.title[: desk.LABEL].strip()} for one in held[:5]]


def _counts(scene: Scene, *, post: int) -> dict[str, Any]:
    mine = _mine(scene, post)
    away = people.present(scene.session, mine, scene.now)
    return {
        **desk.counts(scene.session, mine, scene.now),
        "away": away is None or away.id != mine.id,
    }


def _list(scene: Scene, *, post: int, which: str) -> list[dict[str, Any]]:
    return desk.listing(scene.session, _mine(scene, post), which, scene.now)


def _ticket(scene: Scene, *, post: int, ref: str) -> dict[str, Any] | None:
    mine = _mine(scene, post)
    found = desk.find(scene.session, mine, ref, scene.now)
    return desk.summary(scene.session, mine, found, scene.now) if found is not None else None


def read(scene: Scene, post: int, ref: str) -> tuple[Ticket, str]:
    """A ticket under its row lock, and what is written on it; the look is on record."""
    mine = _mine(scene, post)
    ticket = desk.locked(scene.session, mine, ref, scene.now)
    return ticket, desk.words(scene.session, mine, ticket, scene.now)


def _words(scene: Scene, *, post: int, ref: str) -> str:
    return read(scene, post, ref)[1]


def _receivers(scene: Scene, *, post: int, ref: str) -> list[dict[str, Any]]:
    mine = _mine(scene, post)
    ticket = desk.locked(scene.session, mine, ref, scene.now)
    return desk.receivers(scene.session, mine, ticket, scene.now)


def _deputies(scene: Scene, *, post: int) -> list[dict[str, Any]]:
    return desk.deputies(scene.session, _mine(scene, post))


def _answer(scene: Scene, *, post: int, ref: str, words: str) -> dict[str, bool]:
    def answer() -> None:
        ticket = ticket_for(scene, post, ref, "answer")
        work.answer(
            scene.session, ticket, words, edition=scene.edition, by=actor(post), now=scene.now
        )

    return attempt(scene, answer)


def _ask(scene: Scene, *, post: int, ref: str, words: str) -> dict[str, bool]:
    def ask() -> None:
        ticket = ticket_for(scene, post, ref, "ask")
        questions.ask(
            scene.session, ticket, words, edition=scene.edition, by=actor(post), now=scene.now
        )

    return attempt(scene, ask)


def _assign(scene: Scene, *, post: int, ref: str, to: int) -> dict[str, bool]:
    def assign() -> None:
        ticket = ticket_for(scene, post, ref, "assign")
        mine = _mine(scene, post)
        offered = desk.receivers(scene.session, mine, ticket, scene.now)
        if to not in {one["post"] for one in offered}:
            raise WrongStatus(f"post {post} may not give {ref} to post {to}")
        unit = people.find(scene.session, to).unit
        work.assign(scene.session, ticket, unit=unit, to=actor(to), by=actor(post), now=scene.now)

    return attempt(scene, assign)


def _take(scene: Scene, *, post: int, ref: str) -> dict[str, bool]:
    def take() -> None:
        ticket, by = ticket_for(scene, post, ref, "take"), actor(post)
        unit = people.find(scene.session, post).unit
        work.assign(scene.session, ticket, unit=unit, to=by, by=by, now=scene.now)

    return attempt(scene, take)


def _not_mine(scene: Scene, *, post: int, ref: str, to: str | None, reason: str) -> dict[str, bool]:
    def refuse() -> None:
        ticket, by = ticket_for(scene, post, ref, "not_mine"), actor(post)
        if to is None:
            reasons.give_back(scene.session, ticket, reason, by=by, now=scene.now)
        else:
            referral.inside(
                scene.session,
                ticket,
                to,
                reason=reason,
                edition=scene.edition,
                by=by,
                now=scene.now,
            )

    return attempt(scene, refuse)


def _away(scene: Scene, *, post: int, until: str, deputy: int | None) -> dict[str, bool]:
    def go() -> None:
        day = scene.now.astimezone(EAT).date() + timedelta(days=DAYS[until] + 1)
        back = datetime.combine(day, time(), EAT)
        mine = _mine(scene, post)
        people.go_away(scene.session, mine, back, scene.now, deputy=deputy, by=actor(post))

    return attempt(scene, go)


def _return(scene: Scene, *, post: int) -> None:
    people.come_back(scene.session, _mine(scene, post), scene.now, by=actor(post))


def actor(post: int) -> str:
    """How a post is named on record."""
    return f"post:{post}"


def ticket_for(scene: Scene, post: int, ref: str, act: str) -> Ticket:
    """The ticket under its lock. Raises WrongStatus for what this post may not do with it."""
    mine = _mine(scene, post)
    ticket = desk.locked(scene.session, mine, ref, scene.now)
    if not desk.may(scene.session, mine, act, scene.now):
        raise WrongStatus(f"a post of {mine.role} may not {act}")
    return ticket


def attempt(scene: Scene, act: Callable[[], None]) -> dict[str, bool]:
    """Do it whole or not at all; whether it was done."""
    try:
        with scene.session.begin_nested():
            act()
    except (WrongStatus, UnknownTicket, BadStaff, UnknownPost):
        return {"done": False}
    return {"done": True}


WANTED: Mapping[str, Callable[..., Any]] = {
    "staff_posts": posts,
    "staff_counts": _counts,
    "staff_list": _list,
    "staff_ticket": _ticket,
    "staff_words": _words,
    "staff_receivers": _receivers,
    "staff_deputies": _deputies,
    "staff_answer": _answer,
    "staff_ask": _ask,
    "staff_assign": _assign,
    "staff_take": _take,
    "staff_not_mine": _not_mine,
    "staff_away": _away,
    "staff_return": _return,
}
