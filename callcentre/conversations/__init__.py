"""Where doors and the heart meet: hear one answer, give one reply, carry out what was decided.

`walking.walk` presses the keys of a USSD hop: that answers a hop that is nothing else. `go_on`
answers every other: from the first word, look or act on, the session has one row that is read and
written under its lock. `ended` takes the event after it. `texts.receive` takes an SMS.
"""

import json
import logging
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcentre import callers, db, phones, vault
from callcentre.clock import EAT
from callcentre.conversations import acts, staff
from callcentre.conversations.model import Conversation
from callcentre.conversations.walking import (
    Hop,
    SessionEnd,
    Walk,
    context_of,
    dialogue_in,
    line_at,
    on_line,
    walk,
)
from callcentre.dialogue import engine, hearing
from callcentre.dialogue.context import ANONYMOUS, Context
from callcentre.dialogue.engine import Answer, End, Step
from callcentre.lines import edition
from callcentre.tickets import intake, letters, promises
from callcentre.tickets.model import WrongStatus

logger = logging.getLogger(__name__)

_TABLE = Conversation.metadata.tables["conversations"]
_LOCK = select(_TABLE.c.id).where(_TABLE.c.key == bindparam("key")).with_for_update()
_INSERT = insert(_TABLE).inline()
_GIVEN = [column.name for column in _TABLE.c if column.name != "id"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A step and the day (EAT) on which its conversation began, by which dates are written."""

    step: Step
    today: date


def over(key: str, language: str = "sw") -> Step:
    """A step that says one last thing."""
    return Step(language, (), ends=End(key))


def _fault(language: str) -> Step:
    return over("end.fault", language)


def go_on(hop: Hop, language: str, number: int, now: datetime, walked: Walk | None = None) -> Reply:
    """Answer a hop that reads, does or says something, in one commit.

    A repeated hop gets the answer it got before, a stale one the last answer; nothing is done
    twice, whichever process hears it. `walked` is the hop's walk, where that was made already.
    """
    hop = on_line(hop, number)
    try:
        return _in_one_commit(hop, language, number, now, walked)
    except IntegrityError:  # the same first hop was just heard elsewhere: this one is a repeat
        return _in_one_commit(hop, language, number, now, walked)


def _in_one_commit(
    hop: Hop, language: str, number: int, now: datetime, walked: Walk | None
) -> Reply:
    with db.session() as session:
        row = _locked(session, hop)
        if row is not None and (row.state is not None or row.nameless):
            return _next(session, row, hop, now)
        walked = walked or walk(hop, language, number)
        row = row or Conversation(
            key=key_of(hop),
            who=_who(hop),
            edition=number,
            language=language,
            nameless=False,
            started_at=now,
        )
        talk = _Talk(session, row, context_of(hop.provider, hop.address, number), hop, now)
        step, left = talk.settle(walked.step), walked.left
        while left and step.asks is not None:
            takes_all = step.asks.wants == "words"
            typed = "*".join(left).lstrip("*") if takes_all else left[0]
            left = [] if takes_all else left[1:]
            step = talk.hear(step, typed)
            if step.invalid:
                left = hearing.last(hop.typed_after, left)
        return talk.keep(step, hop.transcript)


def _locked(session: Session, hop: Hop) -> Conversation | None:
    """The session's row under its lock. The lock alone is asked for first: most have no row yet."""
    found = session.scalar(_LOCK, {"key": key_of(hop)})
    return None if found is None else session.get_one(Conversation, found)


def _next(session: Session, row: Conversation, hop: Hop, now: datetime) -> Reply:
    if not vault.same(row.who, _who(hop)):
        logger.warning("session of another number or code", extra={"conversation": row.id})
        return Reply(over("end.over", row.language), _day(row.started_at))
    context = context_of(hop.provider, hop.address, row.edition)
    step, before = _stood(row, context)
    if step.wants is not None:  # what could not be done then is not tried again
        step = _fault(row.language)
    if not before.goes_on(hop.transcript):
        return Reply(step, _day(row.started_at))  # a repeat, or stale: the last answer again
    if step.asks is None:
        return Reply(over("end.over", step.language), _day(row.started_at))
    talk = _Talk(session, row, context, hop, now)
    step = talk.hear(step, hop.transcript[before.length + 1 :])
    return talk.keep(step, hop.transcript)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is kept of a transcript: enough to know it again, and no PIN that was typed in it."""

    length: int
    mark: str

    @classmethod
    def of(cls, transcript: str) -> "_Said":
        return cls(len(transcript), vault.fingerprint(transcript, "transcript").hex())

    def goes_on(self, transcript: str) -> bool:
        """Whether this transcript is that one and something more."""
        before, more = transcript[: self.length], transcript[self.length :]
        return more.startswith("*") and vault.same(_Said.of(before).mark, self.mark)


def _stood(row: Conversation, context: Context) -> tuple[Step, _Said]:
    """Where a stored session stood after its last hop, and what had been said up to there.

    Of one whose answers were wiped nothing is known but that it is over.
    """
    if row.state is None:
        return over("end.over", row.language), _Said.of("")
    state = json.loads(vault.unseal(row.state))
    answers = [Answer(*answer) for answer in state["answers"]]
    step = engine.replay(dialogue_in(row.language), context, answers, row.language)
    said = state.get("said")  # a session that began in an older version has none
    return replace(step, invalid=state["invalid"]), _Said(*said) if said else _Said.of("")


class _Talk:
    """One hop inside its transaction: hears, carries out, and stores where it led."""

    def __init__(
        self, session: Session, row: Conversation, context: Context, hop: Hop, now: datetime
    ) -> None:
        self.session, self.row, self.context, self.hop, self.now = session, row, context, hop, now

    def hear(self, step: Step, typed: str) -> Step:
        answers = hearing.hear(step, typed)
        if answers is None:
            return replace(step, invalid=True)
        return self.settle(self._replay(hearing.judged(answers, partial(self._verdict, step))))

    def _verdict(self, step: Step, typed: str) -> str:
        assert step.asks is not None
        number = _number(self.hop)
        return staff.judge(self.session, step.asks, typed, number=number, now=self.now)

    def settle(self, step: Step) -> Step:
        """Carry out what the dialogue wants until it asks or ends."""
        while step.wants is not None:
            try:
                value = acts.carry_out(
                    self.session,
                    step.wants,
                    line=line_at(self.hop.provider, self.hop.address, self.row.edition),
                    language=step.language,
                    edition=edition(self.row.edition),
                    number=_number(self.hop),
                    nameless=_is_nameless(step),
                    now=self.now,
                )
            except WrongStatus:
                return replace(_fault(step.language), taken=step.taken, kept=step.kept)
            kind = "act" if isinstance(step.wants, engine.Act) else "look"
            done = Answer(step.wants.key, value, kind)
            step = self._replay((*step.taken, done, *step.kept))
        if step.remember and not _is_nameless(step):
            number = _number(self.hop)
            if number:
                callers.remember_language(self.session, number, step.remember)
        return step

    def _replay(self, answers: tuple[Answer, ...]) -> Step:
        return engine.replay(
            dialogue_in(self.row.language), self.context, answers, self.row.language
        )

    def keep(self, step: Step, transcript: str) -> Reply:
        """Store the answers, once something was read, done or written.

        Of a session that only chose its language no more is kept than how it began.
        """
        self.row.nameless = _is_nameless(step)
        self.row.touched_at = self.now
        self.row.ended_at = self.now if step.ends is not None else None
        if self.row.state is not None or not step.is_pure:
            state = {
                "said": astuple(_Said.of(transcript)),
                "answers": [answer.as_json() for answer in step.answers],
                "invalid": step.invalid,
            }
            self.row.state = vault.seal(json.dumps(state, ensure_ascii=False))
        if self.row.state is not None or step.remember:
            self._store()
        return Reply(step, _day(self.row.started_at))

    def _store(self) -> None:
        """A row that is new is inserted by one statement: a flush takes three times as long."""
        if self.row not in self.session:
            self.session.execute(_INSERT, {name: getattr(self.row, name) for name in _GIVEN})


def _is_nameless(step: Step) -> bool:
    return any(answer.key == "may_they_know" and answer.value == ANONYMOUS for answer in step.taken)


def where(hop: Hop, language: str, number: int) -> Step | None:
    """Where a session stands after this hop, read only; None if it was not heard. For tools."""
    hop = on_line(hop, number)
    walked = walk(hop, language, number)
    if walked.is_whole:
        return walked.step
    with db.session() as session:
        row = session.scalar(select(Conversation).where(Conversation.key == key_of(hop)))
    if row is None or row.state is None:
        return None
    return _stood(row, context_of(hop.provider, hop.address, row.edition))[0]


def ended(end: SessionEnd, language: str, number: int, now: datetime) -> None:
    """Take the event that a session is over; it proves, releases, or asks to come back.

    A last screen that was shown proves that the citizen has the reference. An acknowledgement
    still held goes out neutral. A session left at the words gets one SMS, once a day. Nothing
    of a nameless session is stored or sent.
    """
    hop = on_line(end.hop, number)
    with db.session() as session:
        row = _locked(session, hop)
        if row is not None and (row.nameless or not vault.same(row.who, _who(hop))):
            return
        if row is None or row.state is None:  # nothing more than keys, or a language, was heard
            _call_back_to_the_words(session, hop, language, number, now)
            return
        step, _ = _stood(row, context_of(hop.provider, hop.address, row.edition))
        row.ended_at = row.ended_at or now
        ref = _ticket_in(step.answers)
        if ref is None:
            return
        ticket = intake.locked(session, ref)
        intake.let_acknowledgement_go(session, ticket, now)
        said_done = step.ends is not None and step.ends.key.startswith(("end.done", "end.danger"))
        if end.shown and said_done and ticket.withdrawn_at is None:
            promises.keep(session, ticket, ["acknowledge"], by="session_end", now=now)


def _ticket_in(answers: tuple[Answer, ...]) -> str | None:
    for answer in answers:
        if answer.key.startswith("act:open_ticket:"):
            return str(answer.value["ref"])
    return None


def _call_back_to_the_words(
    session: Session, hop: Hop, language: str, number: int, now: datetime
) -> None:
    """The session ended before it was stored: if at the words, say that it can be taken up."""
    to = phones.parse(hop.number)
    walked = walk(hop, language, number)
    step = walked.step
    if not walked.is_whole or step.asks is None or step.asks.key != "what_happened" or not to:
        return
    if _is_nameless(step) or not phones.takes_sms(to):
        return
    line = line_at(hop.provider, hop.address, number)
    letters.post(
        session,
        edition(number),
        key=f"draft:{vault.fingerprint(to).hex()}:{_day(now)}",
        to=to,
        institution=line.keeper,
        phrase="sms.draft_unknown",
        language=step.language,
        values={"t": line.name, "ussd": hop.address},
        now=now,
        kind="notice",
    )


def _number(hop: Hop) -> str | None:
    return callers.number_of(hop.number)


def key_of(hop: Hop) -> bytes:
    return vault.fingerprint(f"{hop.provider}:{hop.session}", "session")


def _who(hop: Hop) -> bytes:
    return vault.fingerprint(f"{hop.session}|{hop.number}|{hop.address}", "session")


def _day(moment: datetime) -> date:
    return moment.astimezone(EAT).date()
