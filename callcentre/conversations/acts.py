"""What a dialogue may have read or done, by name; each in the transaction of its hop."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcentre.charters.model import TicketKind
from callcentre.clock import EAT
from callcentre.conversations import staff
from callcentre.conversations.scene import Scene
from callcentre.dialogue import danger
from callcentre.dialogue.engine import Act, Look
from callcentre.lines import Edition, Line
from callcentre.tickets import appeals, intake, queries, tasks


def carry_out(
    session: Session,
    wanted: Look | Act,
    *,
    line: Line,
    language: str,
    edition: Edition,
    number: str | None,
    nameless: bool,
    now: datetime,
) -> Any:
    """Read or do what is wanted; JSON that answers it. Raises WrongStatus."""
    to = None if nameless else number
    scene = Scene(session, line, language, edition, to, now, channel="ussd")
    return WANTED[wanted.name](scene, **wanted.asked)


def _open_ticket(
    scene: Scene,
    *,
    kind: TicketKind,
    institution: str | None,
    topic: str | None,
    identity: str,
    words: str,
) -> dict[str, Any]:
    said = intake.Opening(
        kind=kind,
        institution=institution,
        topic=topic,
        identity=identity,
        words=words,
        channel=scene.channel,
        line=scene.line,
        language=scene.language,
        number=scene.number,
        received_at=scene.now,
        danger=danger.is_said(words),
    )
    opened = intake.open_ticket(scene.session, said, scene.edition, scene.now)
    return {
        "ref": opened.ticket.ref,
        "due": opened.due.isoformat() if opened.due else None,
        "wording": dict(opened.charter.wording),
        "institution": opened.ticket.institution,
        "danger": said.danger,
    }


def _choose_code(scene: Scene, *, ref: str, code: str) -> None:
    intake.choose_code(scene.session, intake.locked(scene.session, ref), code, scene.now)


def _send_to(scene: Scene, *, ref: str, whose: str, number: str | None) -> None:
    intake.send_to(
        scene.session,
        intake.locked(scene.session, ref),
        whose=whose,
        number=number,
        edition=scene.edition,
        line=scene.line,
        now=scene.now,
    )


def _say_safe(scene: Scene, *, ref: str, safe: str, number: str | None) -> None:
    intake.say_safe(
        scene.session,
        intake.locked(scene.session, ref),
        number={"yes": scene.number, "another": number}.get(safe),
        edition=scene.edition,
        line=scene.line,
        now=scene.now,
    )


def _unsatisfied(scene: Scene, *, ref: str) -> dict[str, Any]:
    """Who has it now; nothing where there is nobody higher inside."""
    higher = appeals.unsatisfied(scene.session, intake.locked(scene.session, ref), scene.now)
    if higher is None:
        return {"title": None}
    return {"title": higher.title, "due": higher.due.isoformat() if higher.due else None}


def _add(scene: Scene, *, ref: str, what: str, words: str) -> None:
    ticket = intake.locked(scene.session, ref)
    intake.add(scene.session, ticket, what=what, words=words, channel=scene.channel, now=scene.now)


def _withdraw(scene: Scene, *, ref: str) -> None:
    intake.withdraw(scene.session, intake.locked(scene.session, ref), scene.now)


def _ask_call(
    scene: Scene,
    *,
    institution: str | None,
    ref: str | None,
    number: str | None = None,
    beep: bool = False,
) -> dict[str, Any]:
    """A call to `number`, or to the phone itself."""
    to = number or scene.number
    if to is None:
        return {"task": None, "due": None}
    asked = tasks.ask_call(
        scene.session,
        institution=institution or scene.line.keeper,
        number=to,
        promised=institution is not None,
        now=scene.now,
        ticket=intake.locked(scene.session, ref) if ref else None,
        line=scene.line.address,
        beep=beep,
    )
    due = asked.due.astimezone(EAT).date().isoformat() if asked.due else None
    return {"task": asked.task, "due": due}


def _move_call(scene: Scene, *, task: int, number: str) -> None:
    tasks.move_call(scene.session, task, number)


def _choose_part(scene: Scene, *, task: int, part: str) -> None:
    tasks.choose_part(scene.session, task, part)


def _cancel_call(scene: Scene, *, task: int) -> None:
    tasks.cancel_call(scene.session, task, scene.now)


def _my_tickets(scene: Scene) -> list[dict[str, Any]]:
    return queries.of_number(scene.session, scene.number, scene.now) if scene.number else []


def _ticket(scene: Scene, *, ref: str, code: str | None) -> dict[str, Any] | None:
    return queries.by_reference(scene.session, ref, number=scene.number, code=code, now=scene.now)


def _answer(scene: Scene, *, ref: str, code: str) -> str | None:
    return queries.answer_for(scene.session, ref, code, scene.now)


def _why(scene: Scene, *, ref: str) -> dict[str, str]:
    return queries.why(scene.session, ref)


WANTED: Mapping[str, Callable[..., Any]] = {
    "open_ticket": _open_ticket,
    "choose_code": _choose_code,
    "send_to": _send_to,
    "say_safe": _say_safe,
    "unsatisfied": _unsatisfied,
    "add": _add,
    "withdraw": _withdraw,
    "ask_call": _ask_call,
    "move_call": _move_call,
    "choose_part": _choose_part,
    "cancel_call": _cancel_call,
    "my_tickets": _my_tickets,
    "ticket": _ticket,
    "answer": _answer,
    "why": _why,
    **staff.WANTED,
}
