"""What only the dialogue of a call may have read or done; the rest is as in acts.py."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from callcentre.calls import duty, outgoing, recordings, register
from callcentre.clock import EAT
from callcentre.conversations import acts, agent_acts, staff
from callcentre.conversations.agent_acts import OnCall, opens
from callcentre.dialogue.context import ANONYMOUS, SECRET
from callcentre.phrases import say
from callcentre.tickets import appeals, intake, letters, promises, queries, tasks, work
from callcentre.tickets.model import Task, Ticket


def _call(scene: OnCall) -> dict[str, Any]:
    """What a call must know before its first word; `opens` is None while the office is open.

    `rings` is for what we placed it (see calls.outgoing), None for one that came in.
    """
    opening = opens(scene, scene.line.keeper)
    local = opening.astimezone(EAT) if opening > scene.now else None
    outbound = scene.call.direction == "outbound"
    return {
        "outbound": outbound,
        "rings": outgoing.why(scene.session, scene.call) if outbound else None,
        "number": scene.number is not None,
        "opens": [local.date().isoformat(), local.time().isoformat()] if local else None,
        "duty": duty.on_duty(scene.session, scene.line.keeper, scene.now) is not None,
        "staff": [one["post"] for one in staff.posts(scene)],
    }


def _open_recorded(
    scene: OnCall, *, institution: str | None, recording: int | None, danger: bool
) -> dict[str, Any]:
    """A ticket whose words are a recording; in danger one that has none yet."""
    said = intake.Opening(
        kind="complaint",
        institution=institution,
        topic=None,
        identity=SECRET,
        words="",
        channel="voice",
        line=scene.line,
        language=scene.language,
        number=scene.number,
        received_at=scene.now,
        danger=danger,
        hold=register.LONGEST,
    )
    opened = intake.open_ticket(scene.session, said, scene.edition, scene.now)
    scene.call.ticket_id = opened.ticket.id
    if recording is not None:
        scene.call.recorded = True
        recordings.place(scene.session, recording, opened.ticket, "words", scene.now)
    return {
        "ref": opened.ticket.ref,
        "due": opened.due.isoformat() if opened.due else None,
        "institution": opened.ticket.institution,
    }


def _record_again(scene: OnCall, *, ref: str, recording: int) -> None:
    ticket = intake.locked(scene.session, ref)
    scene.call.recorded = True
    recordings.drop(scene.session, ticket, scene.now)
    recordings.place(scene.session, recording, ticket, "words", scene.now)


def _add_recorded(scene: OnCall, *, ref: str, recording: int) -> None:
    ticket = intake.locked(scene.session, ref)
    intake.touch(scene.session, ticket, scene.now)
    scene.call.recorded = True
    recordings.place(scene.session, recording, ticket, "addition", scene.now)
    if ticket.identity == ANONYMOUS:
        _forget(scene)
    else:
        scene.call.ticket_id = ticket.id


def _refuse_recording(scene: OnCall) -> None:
    scene.call.recorded = False


def _make_nameless(scene: OnCall, *, ref: str) -> dict[str, str]:
    """Number and call are forgotten; a code is drawn, by which the answer is heard."""
    ticket = intake.locked(scene.session, ref)
    code = intake.draw_code()
    intake.make_nameless(scene.session, ticket, code, scene.now)
    _forget(scene)
    return {"code": code}


def _forget(scene: OnCall) -> None:
    outgoing.forget(scene.session, scene.call)
    register.forget(scene.session, scene.call)


def _ask_call(scene: OnCall, **asked: Any) -> dict[str, Any]:
    """A call; from a person to who was called already, or will not speak to a machine."""
    made: dict[str, Any] = acts.WANTED["ask_call"](scene, **asked)
    if made["task"] is not None and (
        scene.call.direction == "outbound" or scene.call.recorded is False
    ):
        task = scene.session.get_one(Task, made["task"], with_for_update=True)
        tasks.leave_to_a_person(scene.session, task, tasks.BY_A_PERSON, scene.now)
    return made


def _reached(scene: OnCall) -> None:
    outgoing.reached(scene.session, scene.call, scene.now)


def _take_danger(scene: OnCall) -> dict[str, str]:
    return {"ref": outgoing.taken(scene.session, scene.call, scene.now)}


def _reference_heard(scene: OnCall, *, ref: str) -> None:
    ticket = intake.locked(scene.session, ref)
    promises.keep(scene.session, ticket, ["acknowledge"], by="heard", now=scene.now)


def _promised(scene: OnCall, *, ref: str) -> dict[str, Any]:
    ticket = scene.session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
    told = promises.told(scene.session, ticket.id)
    assert told is not None  # the ticket was shown with a date
    return {"amount": told.period_amount, "unit": told.period_unit}


def _spoken_answer(scene: OnCall, *, ref: str, code: str | None) -> dict[str, Any] | None:
    words = queries.answer_for(scene.session, ref, code, scene.now, number=scene.number)
    if words is None:
        return None
    return {"words": words, "recording": recordings.answer_of(scene.session, ref)}


def _staff_answer_spoken(scene: OnCall, *, post: int, ref: str, recording: int) -> dict[str, bool]:
    """The officer's own voice is the answer: an SMS says by which number it is heard."""

    def answer() -> None:
        ticket = staff.ticket_for(scene, post, ref, "answer")
        phone = letters.addresses(scene.edition, ticket.institution).phone
        words = say("word.spoken_answer", ticket.language, {"simu": phone})
        recordings.place(
            scene.session, recording, ticket, "answer", scene.now, by=staff.actor(post)
        )
        work.answer(
            scene.session,
            ticket,
            words,
            edition=scene.edition,
            by=staff.actor(post),
            now=scene.now,
        )

    return staff.attempt(scene, answer)


def _staff_sounds(scene: OnCall, *, post: int, ref: str) -> dict[str, Any]:
    """What was recorded on a ticket, and whether more of it is written; the look is on record."""
    ticket, written = staff.read(scene, post, ref)
    by = staff.actor(post)
    heard = recordings.to_hear(scene.session, ticket, by=by, now=scene.now)
    return {"recordings": heard, "written": bool(written)}


def _satisfied(scene: OnCall, *, ref: str) -> None:
    ticket = intake.locked(scene.session, ref)
    appeals.satisfied(scene.session, ticket, edition=scene.edition, now=scene.now)


WANTED: Mapping[str, Callable[..., Any]] = {
    **acts.WANTED,
    **agent_acts.WANTED,
    "call": _call,
    "ask_call": _ask_call,
    "reached": _reached,
    "take_danger": _take_danger,
    "open_recorded": _open_recorded,
    "record_again": _record_again,
    "add_recorded": _add_recorded,
    "refuse_recording": _refuse_recording,
    "make_nameless": _make_nameless,
    "reference_heard": _reference_heard,
    "promised": _promised,
    "spoken_answer": _spoken_answer,
    "satisfied": _satisfied,
    "staff_answer_spoken": _staff_answer_spoken,
    "staff_sounds": _staff_sounds,
}
