"""A call heard: each request in one commit, answered from what was heard so far.

A call has one row, read and written under its lock. An answer carries a number, its turn; what is
heard with that turn is heard once, and a request with any other gets the question again that
stands. So repeats, replays and doubled ends change nothing, whichever process hears them.

The calls of those who are rung for a caller go the same way, with dialogues of their own.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy.orm import Session

from callcentre import callers, charters, db, vault
from callcentre.calls import connections, outgoing, recordings, register
from callcentre.calls.events import CallEvent
from callcentre.calls.model import Call, RecordingRow
from callcentre.clock import EAT
from callcentre.conversations import over, staff
from callcentre.conversations.agent_acts import OnCall
from callcentre.conversations.heard import received_at
from callcentre.conversations.spoken_acts import WANTED
from callcentre.dialogue import engine, hearing, pressing
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Answer, Dialogue, End, Step
from callcentre.dialogue.pressing import Again
from callcentre.dialogue.spoken import Leads, Ring
from callcentre.dialogue.voice import connecting, hotline
from callcentre.dialogue.voice.staff import WORK
from callcentre.lines import Line, UnknownLine, edition
from callcentre.tickets import intake, promises, tasks
from callcentre.tickets.model import Ticket, WrongStatus

logger = logging.getLogger(__name__)

OTHER_LANGUAGE = {"sw": "en", "en": "sw"}
HEARD_AFTER = timedelta(seconds=45)
"""How long it takes to say a reference and its date, whatever they are."""
MOST_ROUNDS = 5
"""How often a call may ask anew how to go on while it is led to somebody: then it is led on, as
if nobody had come. A request made twice asks once more; what comes round for ever would ring."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said next, and with which turn its answer is heard.

    `again` says why the same is asked once more; `today` (EAT) is the day the call began.
    """

    step: Step
    turn: int
    again: Again
    today: date


@dataclass(slots=True)
class _State:
    """How a call stands. `asked_at` is when what it is asked now was first said."""

    answers: list[Answer] = field(default_factory=list)
    again: Again = ""
    missed: int = 0
    pressed: bool = False  # a key or a word was heard
    asked_at: datetime | None = None


def hear(event: CallEvent, turn: int | None, now: datetime) -> Reply | None:
    """Take one request about a call; None where nothing is to be said any more.

    Raises UnknownLine for a call on a line that is none of ours.
    """
    with db.session() as session:
        call = register.locked(session, event.provider, event.call_id)
        if call is None:
            call = _begin(session, event, now)
        talk = _Talk(session, call, now)
        if event.ended or event.state is None:
            talk.end(event)
            return None
        if call.ended_at is not None:
            return None
        register.touch(call, event, now)
        return talk.go_on(event, turn)


def bridged(event: CallEvent, now: datetime) -> None:
    """Note that whoever was rung for a caller has taken his call."""
    with db.session() as session:
        call = register.locked(session, event.provider, event.call_id)
        if call is not None and call.ended_at is None:
            register.touch(call, event, now)
            connections.reached(session, call.id, now)


def hold(event: CallEvent, now: datetime) -> Reply | None:
    """What is heard in the queue, or how it is left: by a key, or after so long a time."""
    with db.session() as session:
        call = register.locked(session, event.provider, event.call_id)
        waiting = connections.open_of(session, call.id) if call is not None else None
        if call is None or waiting is None or waiting.taken_at is not None:
            return None
        register.touch(call, event, now)
        place = connections.position(session, waiting)
        step = Step(call.language, (), asks=connecting.hold(place))
        if event.digits == "1" or connections.waited_too_long(waiting, now):
            step = Step(call.language, (), ends=connecting.LEAVE)
        return Reply(step, call.turn, "", _day(call.started_at))


def _begin(session: Session, event: CallEvent, now: datetime) -> Call:
    greeting = callers.greet(session, event.number or "")
    line = line_at(event.provider, event.address or "", greeting.edition)
    began = replace(event, started_at=received_at(event.started_at, now))
    if event.parent is not None:
        parent = register.locked(session, event.provider, event.parent)
        if parent is None:
            raise UnknownLine("a phone was rung for a call that is none of ours")
        began = replace(began, request=connections.request_of_leg(parent))
    return register.begin(
        session,
        began,
        line=line.address,
        edition=greeting.edition,
        language=greeting.language,
        now=now,
    )


def end_silent(session: Session, now: datetime) -> int:
    """End the calls of which nobody told the end; how many."""
    found = register.silent(session, now)
    for call in found:
        ended = CallEvent(call.provider, call.call_id, state="ended")
        _Talk(session, call, now).end(ended)
    return len(found)


class _Talk:
    """One request inside its transaction: hears, carries out, and stores where it led."""

    def __init__(self, session: Session, call: Call, now: datetime) -> None:
        self.session, self.call, self.now = session, call, now
        self.line = line_at(call.provider, call.line, call.edition)
        self.context = context_of(call.provider, call.line, call.edition)
        self.dialogue = _dialogue_of(call)
        self.state = _stored(call)

    def go_on(self, event: CallEvent, turn: int | None) -> Reply | None:
        if self.call.turn == 1 and self.call.direction == "outbound":
            outgoing.answered(self.session, self.call, self.now)
        if self.call.turn == 1 and self._is_blocked():
            return self._reply(over("voice.blocked", self.call.language))
        step = self._stands()
        leads = _leads(step)
        if step.asks is not None and (turn == self.call.turn or _tells_of(leads, event)):
            step = self._hear(step, event)
            self.call.turn += 1
            self._keep(step)
        elif leads is not None:
            if event.state == "ringing":  # of whoever is rung: no question how to go on
                return None
            step = self._come_round(step)
            self._keep(step)
        elif self.call.state is None:
            self._keep(step)
        return self._reply(step)

    def _reply(self, step: Step) -> Reply:
        return Reply(step, self.call.turn, self.state.again, _day(self.call.started_at))

    def _is_blocked(self) -> bool:
        """Asked at the first request and the last; whoever was let in is heard to the end."""
        number = register.number_of(self.call)
        return number is not None and callers.greet(self.session, number).blocked

    def _stands(self) -> Step:
        """Where the call stands; what is wanted to be read or done is, before that."""
        return self._settle(self._replay(tuple(self.state.answers)))

    def _replay(self, answers: tuple[Answer, ...]) -> Step:
        return engine.replay(self.dialogue, self.context, answers, self.call.language)

    def _hear(self, step: Step, event: CallEvent) -> Step:
        assert step.asks is not None
        if _leads(step) is not None:
            return self._take(step, pressing.said(step, _came_of(event)), heard=False)
        said = event.recording
        if step.asks.wants == "recording" and said is not None and said.seconds != 0:
            row = recordings.note(self.session, self.call, said, self.now)
            pressed = pressing.said(step, {"id": row.id, "url": said.url})
        else:
            pressed = self._judged(step, pressing.press(step, event.digits, self.state.missed))
        return self._take(step, pressed, heard=event.digits is not None or said is not None)

    def _come_round(self, step: Step) -> Step:
        """How to go on is asked anew while the call is led to somebody: the same, a few times."""
        self.state.missed += 1
        if self.state.missed <= MOST_ROUNDS:
            return step
        logger.error("a call comes round and round", extra={"call": self.call.call_id})
        self.call.turn += 1
        nobody = {"outcome": "failed", "seconds": None}
        return self._take(step, pressing.said(step, nobody), heard=False)

    def _judged(self, step: Step, pressed: pressing.Pressed) -> pressing.Pressed:
        """What was pressed, with the verdict in the place of a PIN."""
        if pressed.answers is None or step.asks is None:
            return pressed
        number = register.number_of(self.call)
        judge = partial(staff.judge, self.session, step.asks, number=number, now=self.now)
        return replace(pressed, answers=hearing.judged(pressed.answers, judge))

    def _take(self, step: Step, pressed: pressing.Pressed, *, heard: bool) -> Step:
        self.state.pressed = self.state.pressed or heard
        self.state.again, self.state.missed = pressed.again, pressed.missed
        if pressed.again == "language":
            self._speak(OTHER_LANGUAGE[self.call.language])
        if pressed.answers is None:
            return self._replay(step.answers)
        return self._settle(self._replay(pressed.answers))

    def _speak(self, language: str) -> None:
        self.call.language = language
        number = register.number_of(self.call)
        if number is not None:
            callers.remember_language(self.session, number, language)

    def _settle(self, step: Step) -> Step:
        """Carry out what the dialogue wants until it asks or ends."""
        while step.wants is not None:
            try:
                value = self._carry_out(step)
            except WrongStatus:
                fault = over("voice.fault", self.call.language)
                return replace(fault, taken=step.taken, kept=step.kept)
            kind = "act" if isinstance(step.wants, engine.Act) else "look"
            done = Answer(step.wants.key, value, kind)
            step = self._replay((*step.taken, done, *step.kept))
        return step

    def _carry_out(self, step: Step) -> Any:
        assert step.wants is not None
        return WANTED[step.wants.name](self._scene(), **step.wants.asked)

    def _keep(self, step: Step) -> None:
        self.state.answers = list(step.answers)
        self.state.asked_at = self.now
        self.call.state = _sealed(self.state)

    # The end

    def end(self, event: CallEvent) -> None:
        """The call is over, or something recorded in it is told of after that.

        What was recorded and is on no ticket yet becomes one; who was cut off is written to; who
        said nothing and pressed nothing is called back.
        """
        said = event.recording
        if said is not None and said.seconds != 0:
            recordings.note(self.session, self.call, said, self.now)
        news = event.ended and register.end(self.call, event, self.now)
        if self.call.ended_at is None:
            return
        self.session.flush()
        if self.call.direction == "outbound":
            outgoing.over(self.session, self.call, self.now)
        step = self._take_what_was_recorded(self._stands())
        if news:
            self._part(event)
        if self.call.ticket_id is not None:
            found = self.call.ticket_id
            self._tell(step, self.session.get_one(Ticket, found, with_for_update=True))
        elif news and self._wants_a_call(step):
            shared = self.context.shared
            keeper = None if shared else self.line.keeper
            self._do("ask_call", institution=keeper, ref=None, beep=True)
        self._keep(step)

    def _part(self, event: CallEvent) -> None:
        """Whoever was led to somebody and hung up before he was there is called instead."""
        if (post := connections.post_of(self.call)) is not None:
            connections.talk_over(self.session, post, None, self.now)
        connections.end_legs(self.session, self.call, self.now)
        waiting = connections.open_of(self.session, self.call.id)
        if waiting is None or not connections.hung_up(self.session, waiting, event.dial, self.now):
            return
        if waiting.danger:
            return
        ticket = self.session.get(Ticket, waiting.ticket_id) if waiting.ticket_id else None
        own = ticket is not None or not self.context.shared
        self._do(
            "ask_call",
            institution=waiting.institution if own else None,
            ref=ticket.ref if ticket is not None else None,
        )

    def _take_what_was_recorded(self, step: Step) -> Step:
        """As the answer to what was asked, else as words of a ticket or something added to it."""
        for row in recordings.unplaced(self.session, self.call):
            if step.asks is not None and step.asks.wants == "recording":
                told = {"id": row.id, "url": ""}
                step = self._take(step, pressing.said(step, told), heard=True)
            self.session.flush()
            if row.ticket_id is None:
                self._rescue(row)
        return step

    def _rescue(self, row: RecordingRow) -> None:
        """A recording told of where none was asked for: the request that brought it was lost."""
        logger.error("recorded where nothing was asked", extra={"recording": row.id})
        if self.call.ticket_id is None:
            institution = None if self.context.shared else self.line.keeper
            self._do("open_recorded", institution=institution, recording=row.id, danger=False)
            return
        ticket = self.session.get_one(Ticket, self.call.ticket_id, with_for_update=True)
        recordings.place(self.session, row.id, ticket, "addition", self.now)

    def _tell(self, step: Step, ticket: Ticket) -> None:
        """Let the acknowledgement go; to who was cut off, in the words for that.

        Who heard the reference to its end has shown by it that he has it.
        """
        heard = any(answer.key.startswith("act:reference_heard") for answer in step.taken)
        if not heard and self._had_time_to_hear(step):
            promises.keep(self.session, ticket, ["acknowledge"], by="heard", now=self.now)
            heard = True
        if ticket.withdrawn_at is not None or ticket.danger_at is not None:
            return
        if not heard:
            self._call_in_office_hours(step, ticket)
            intake.tell_cut(
                self.session,
                ticket,
                edition=edition(self.call.edition),
                line=self.line,
                now=self.now,
            )
        self._is_served()
        intake.let_acknowledgement_go(self.session, ticket, self.now)

    def _is_served(self) -> None:
        """Who waited for a call and rang himself is not called too: his matter is taken."""
        number = register.number_of(self.call)
        if self.call.direction == "inbound" and number is not None:
            keeper = self.line.keeper
            tasks.served(self.session, institution=keeper, number=number, now=self.now)

    def _had_time_to_hear(self, step: Step) -> bool:
        asked_at = self.state.asked_at
        named = step.asks is not None and step.asks.key in ("ref", "ref_nameless")
        return named and asked_at is not None and self.now - asked_at >= HEARD_AFTER

    def _call_in_office_hours(self, step: Step, ticket: Ticket) -> None:
        """Out of hours a call was promised before the tone; it is asked for where he stayed on."""
        began = next((one.value for one in step.taken if one.key.startswith("look:call:")), None)
        asked = any(one.key.startswith("act:ask_call:") for one in step.taken)
        if began is None or began["opens"] is None or began["outbound"] or asked:
            return
        if ticket.sealed_number is not None:
            self._do("ask_call", institution=ticket.institution, ref=ticket.ref)

    def _wants_a_call(self, step: Step) -> bool:
        """A beep, or words that were begun and never came; not one who was asked already."""
        asked = any(one.key.startswith("act:ask_call:") for one in step.taken)
        at_work = any(answer.value == WORK for answer in step.taken)
        cut = step.asks is not None and step.asks.wants == "recording" and not at_work
        silent = cut or not self.state.pressed
        came_in = self.call.direction == "inbound" and self.call.request is None
        return came_in and silent and not asked and not self._is_blocked()

    def _do(self, name: str, **asked: Any) -> Any:
        """Something besides what the dialogue wants."""
        return WANTED[name](self._scene(), **asked)

    def _scene(self) -> OnCall:
        return OnCall(
            session=self.session,
            line=self.line,
            language=self.call.language,
            edition=edition(self.call.edition),
            number=register.number_of(self.call),
            now=self.now,
            channel="voice",
            call=self.call,
        )


def _dialogue_of(call: Call) -> Callable[[Context], Dialogue[End]]:
    """What is said depends on whose phone it is: a caller's, or one that was rung for him."""
    if connections.parent_of(call) is not None:
        return connecting.whispered
    return hotline if connections.post_of(call) is None else connecting.next_caller


def _leads(step: Step) -> Leads | None:
    """To whom the call is led now, if it is."""
    return step.asks.spoken.leads if step.asks is not None and step.asks.spoken else None


def _tells_of(leads: Leads | None, event: CallEvent) -> bool:
    """Whether a request says what came of a ring, whichever step it was brought to."""
    number = event.dial.number if event.dial is not None else None
    return isinstance(leads, Ring) and number == leads.number


def _came_of(event: CallEvent) -> dict[str, Any]:
    """What came of leading a call to somebody; nothing told is nobody."""
    if event.dial is not None:
        return {"outcome": event.dial.outcome, "seconds": event.dial.seconds}
    if event.queue is not None:
        return {"outcome": event.queue.outcome, "seconds": None}
    return {"outcome": "no_answer", "seconds": None}


def _stored(call: Call) -> _State:
    """How a call stood after what was heard last; from the start where that was wiped."""
    if call.state is None:
        return _State()
    kept = json.loads(vault.unseal(call.state))
    asked_at = kept["asked_at"] and datetime.fromisoformat(kept["asked_at"])
    answers = [Answer(*answer) for answer in kept["answers"]]
    return _State(answers, kept["again"], kept["missed"], kept["pressed"], asked_at)


def _sealed(state: _State) -> bytes:
    kept = {
        "answers": [answer.as_json() for answer in state.answers],
        "again": state.again,
        "missed": state.missed,
        "pressed": state.pressed,
        "asked_at": state.asked_at and state.asked_at.isoformat(),
    }
    return vault.seal(json.dumps(kept, ensure_ascii=False))


@lru_cache(maxsize=256)
def context_of(provider: str, address: str, number: int) -> Context:
    """What the dialogue knows of this line in this edition. Raises UnknownLine."""
    line = line_at(provider, address, number)
    return Context(
        address=line.address,
        line_name=line.name,
        keeper=line.keeper,
        charters={name: charters.get(name) for name in line.institutions},
        phone=line.address,
    )


def line_at(provider: str, address: str, number: int) -> Line:
    """The line of this number in this edition. Raises UnknownLine."""
    line = edition(number).find(provider, "voice", address) if number else None
    if line is None:
        raise UnknownLine(f"{address} is no hotline of ours at {provider}")
    return line


def _day(moment: datetime) -> date:
    return moment.astimezone(EAT).date()
