"""The ladder: who hears of a promise that nobody has kept yet, step by step.

It runs from the promise, whoever owns the ticket. The clock finds what is due; each step looks
again under the ticket's row lock, is posted once by its key, and the next is counted in the same
commit. Nothing but a kept promise ends it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, defer

from callcentre import audit, bodies, charters, metrics, people
from callcentre.charters import Charter
from callcentre.charters.calendar import due as due_after
from callcentre.charters.calendar import next_opening
from callcentre.charters.ladder import Dates, Next, following
from callcentre.charters.model import ROLES, Ladder, Role, Step
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.people import Post
from callcentre.phrases import Term, Value
from callcentre.tickets import alerts, hearers, holidays, letters, promises, steps, tasks
from callcentre.tickets.alerts import News
from callcentre.tickets.hearers import Accused
from callcentre.tickets.model import Promise, Ticket

logger = logging.getLogger(__name__)

BATCH = 100  # promises looked at in one commit
LEVELS: dict[str, str] = {
    "officer": "unit_head",
    "head": "unit_head",
    "complaints": "complaints_unit",
    "executive": "executive",
}
"""The level of appeal (D26) at which each role stands."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The phrases of a ladder: before the date, on its morning, on it, and after it."""

    before: str
    today: str
    on_date: str
    after: str


_ANSWER = _Words("sms.remind", "sms.remind_today", "sms.breach", "sms.escalate")
_CALL = _Words("sms.remind_call", "sms.remind_call", "sms.breach_call", "sms.breach_call")
_ACKNOWLEDGE = _Words("sms.remind_ack", "sms.remind_ack", "sms.breach_ack", "sms.breach_ack")
_ROUTE = _Words("sms.remind_route", "sms.remind_route", "sms.remind_route", "sms.remind_route")
_TARGET = _Words("sms.remind", "sms.remind_today", "sms.target_passed", "sms.target_passed")
_BACK_STOP = _Words("sms.escalate", "sms.escalate", "sms.escalate", "sms.escalate")
_LETTER = _Words("sms.remind_letter", "sms.remind_letter", "sms.breach_letter", "sms.breach_letter")
_WORDS = {
    "acknowledge": _ACKNOWLEDGE,
    "call_back": _CALL,
    "route": _ROUTE,
    "back_stop": _BACK_STOP,
    "letter_commission": _LETTER,
}


_DUE = sql(  # one row of one array: a fifth of the time that a row for each takes
    "SELECT array_agg(id ORDER BY next_step_at) FROM (SELECT id, next_step_at FROM promises"
    " WHERE next_step_at < :now ORDER BY next_step_at LIMIT :limit) due"
)


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """The ids of promises whose next step is due, the longest due first."""
    return session.scalar(_DUE, {"now": now, "limit": limit}) or []


def climb(session: Session, promise_ids: Sequence[int], now: datetime) -> int:
    """Take the step that each of these promises has reached; how many took one.

    Each looks again: what was kept meanwhile, or moved, takes none. Tickets that somebody else
    holds are left for the next time. One commit for all, by the caller.
    """
    tickets = _lock(session, promise_ids)
    found = session.scalars(
        select(Promise)
        .where(
            Promise.id.in_(promise_ids),
            Promise.ticket_id.in_(tickets),
            Promise.next_step_at < now,
        )
        .order_by(Promise.next_step_at, Promise.id)
        .execution_options(populate_existing=True)
    ).all()
    climbing = _Climbing(
        session=session,
        edition=newest(session),
        number=session.scalar(select(holidays.NEWEST)) or 0,
        bought=alerts.bought(session, [promise.id for promise in found]),
        accused=hearers.accused_of(session, tickets),
        now=now,
    )
    with session.no_autoflush:  # `finish` writes all of it at once
        taken = sum(climbing.take(tickets[promise.ticket_id], promise) for promise in found)
    climbing.finish(tickets)
    return taken


def _lock(session: Session, promise_ids: Sequence[int]) -> dict[int, Ticket]:
    """The promises' tickets under their row locks, without what nobody here reads."""
    theirs = select(Promise.ticket_id).where(Promise.id.in_(promise_ids))
    query = (
        select(Ticket)
        .where(Ticket.id.in_(theirs))
        .order_by(Ticket.id)
        .options(defer(Ticket.words), defer(Ticket.answer), defer(Ticket.name))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return {ticket.id: ticket for ticket in session.scalars(query)}


@dataclass(slots=True)
class _Climbing:
    """One batch: what it knows, and what it has to tell at its end."""

    session: Session
    edition: Edition
    number: int  # of the newest calendar
    bought: set[int]
    accused: Mapping[int, list[Accused]]  # whom each ticket complains of
    now: datetime
    news: list[News] = field(default_factory=list)
    events: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    missing: set[tuple[str, str, str | None]] = field(default_factory=set)
    holders: dict[tuple[str, str, str | None], Post | None] = field(default_factory=dict)

    def take(self, ticket: Ticket, promise: Promise) -> bool:
        """The step that the promise has reached by now; whether there was one."""
        charter = charters.get(ticket.institution, ticket.charter_version)
        ladder = charter.ladder(promise.kind, promise.internal)
        if ladder is None or promise.next_step is None:
            promise.next_step_at = None
            return False
        if promise.broken_at is None and promise.calendar < self.number:
            return False  # a holiday moves it first
        calendar = holidays.calendar_of(self.session, charter, self.number).calendar
        dates = Dates(calendar, promise.received_at, promise.due_at)
        here = self._reached(ladder, promise, dates)
        if here is None or here.at >= self.now:
            promise.next_step_at = here.at if here else None
            return False
        here, ahead = _last_reached(ladder, here, dates, self.now)
        self._post(ticket, promise, charter, ladder, here, ahead, dates)
        promise.next_step = ahead.number if ahead else here.number + 1
        promise.next_step_at = ahead.at if ahead else None
        return True

    def _reached(self, ladder: Ladder, promise: Promise, dates: Dates) -> Next | None:
        """The next step by the newest calendar, a day later where it was bought."""
        found = following(ladder, promise.next_step or 1, dates, dates.received)
        if found is None or promise.id not in self.bought:
            return found
        return found._replace(at=due_after(dates.calendar, found.at, alerts.A_DAY).at)

    def _post(
        self,
        ticket: Ticket,
        promise: Promise,
        charter: Charter,
        ladder: Ladder,
        here: Next,
        ahead: Next | None,
        dates: Dates,
    ) -> None:
        step = ladder.step(here.number)
        if step.after is not None:
            self.broken.append(promise.id)
        receivers = self.receivers(ticket, charter, promise, step)
        key = f"promise:{promise.id}:step:{here.number}"
        phrase = _phrase(promise, ladder, here.number)
        if phrase == "sms.escalate" and promise.id in self.bought:
            phrase = "sms.escalate_seen"
        for post in receivers.values():
            self.news.append(
                News(
                    ticket=ticket,
                    promise=promise,
                    step=here.number,
                    key=f"{key}:{post.id}" if len(receivers) > 1 else key,
                    post=post,
                    phrase=phrase,
                    goes_at=self._goes_at(ticket, post, dates, reminds=step.after is None),
                    until=ahead.at if ahead else None,
                    values=values(ticket, promise, charter, self.now),
                )
            )
        if step.late and here.number <= len(ladder.steps):
            who = next(iter(receivers), None)
            _tell_late(
                self.session, self.edition, ticket, promise, charter, who, here, ahead, self.now
            )
        posts = [post.id for post in receivers.values()]
        self.events.append(
            (ticket.id, {"promise": promise.id, "step": here.number, "posts": posts})
        )
        outcome = "posted" if posts else "nobody"
        metrics.STEPS.labels(step.at, outcome).inc()
        log = logger.info if posts else logger.error
        log(
            "step taken",
            extra={"promise": promise.id, "step": here.number, "posts": posts, "outcome": outcome},
        )

    def _goes_at(self, ticket: Ticket, post: Post, dates: Dates, *, reminds: bool) -> datetime:
        """When it may go: alerts in the post's window, reminders in the office's hours too."""
        if ticket.danger_at is not None:
            return self.now
        morning = self.now.astimezone(EAT).date() == dates.due.astimezone(EAT).date()
        if reminds and not morning:
            return people.window(post, next_opening(dates.calendar, self.now))
        return people.window(post, self.now)

    def receivers(
        self, ticket: Ticket, charter: Charter, promise: Promise, step: Step
    ) -> dict[str, Post]:
        """Who is reached, by the role in which he is; each post once."""
        top: Role = "executive" if "executive" in step.to or not promise.internal else "complaints"
        found: dict[str, Post] = {}
        accused = self.accused.get(ticket.id, [])
        for role in step.to:
            for candidate in hearers.in_line(
                ticket, accused, _at_level(ticket, charter, role), top
            ):
                post = self._holder(ticket, candidate)
                if post is not None and not hearers.is_barred(accused, post):
                    if post.id not in {one.id for one in found.values()}:
                        found[candidate] = post
                    break
        return found

    def _holder(self, ticket: Ticket, role: str) -> Post | None:
        unit = ticket.unit if role in people.OF_A_UNIT else None
        place = (ticket.institution, role, unit)
        if place not in self.holders:
            post = people.holder(self.session, ticket.institution, role, unit, self.now)
            there = post is not None and post.person is not None and post.number is not None
            self.holders[place] = post if there else None
        if self.holders[place] is None:
            self.missing.add(place)
        return self.holders[place]

    def finish(self, tickets: dict[int, Ticket]) -> None:
        """Write what the batch has to tell: in one order, so that batches do not wait in a ring."""
        self.session.flush()
        promises.break_all(self.session, tickets, self.broken, self.now)
        if self.events:
            audit.record_many(self.session, "step", self.events, now=self.now)
        for institution, role, unit in sorted(self.missing, key=str):
            _nobody_holds(self.session, self.edition, institution, role, unit, self.now)
        alerts.tell(self.session, self.edition, self.news, self.now)


def next_receiver(session: Session, ticket: Ticket, promise: Promise, now: datetime) -> Post | None:
    """The post that the next step of a promise would reach now; None if none comes, or nobody."""
    charter = charters.get(ticket.institution, ticket.charter_version)
    ladder = charter.ladder(promise.kind, promise.internal)
    if ladder is None or promise.next_step is None or promise.next_step_at is None:
        return None
    accused = hearers.accused_of(session, {ticket.id: ticket})
    looking = _Climbing(session, newest(session), promise.calendar, set(), accused, now)
    found = looking.receivers(ticket, charter, promise, ladder.step(promise.next_step))
    return next(iter(found.values()), None)


def _last_reached(
    ladder: Ladder, here: Next, dates: Dates, now: datetime
) -> tuple[Next, Next | None]:
    """The step to take now, and the one after it.

    A reminder, or a repeated last step, is passed over when the one after it has come as well.
    """
    ahead = following(ladder, here.number + 1, dates, dates.received)
    while ahead is not None and ahead.at < now and _may_be_passed(ladder, here.number):
        metrics.STEPS.labels(ladder.step(here.number).at, "passed over").inc()
        here, ahead = ahead, following(ladder, ahead.number + 1, dates, dates.received)
    return here, ahead


def _may_be_passed(ladder: Ladder, number: int) -> bool:
    return ladder.step(number).after is None or number > len(ladder.steps)


def _at_level(ticket: Ticket, charter: Charter, role: Role) -> Role:
    """The role itself, or the one that stands where an appeal has come to.

    What no unit has yet is the complaints unit's.
    """
    lowest: Role = "officer" if ticket.unit is not None else "complaints"
    if ticket.level > 1:
        key = next((one.key for one in charter.appeal if one.level == ticket.level), None)
        lowest = next((one for one in ROLES if LEVELS[one] == key), lowest)
    return max(role, lowest, key=ROLES.index)


def _phrase(promise: Promise, ladder: Ladder, number: int) -> str:
    step = ladder.step(number)
    words = _WORDS.get(promise.kind) or (_TARGET if promise.internal else _ANSWER)
    if step.after is None:
        return words.before if step.share is not None else words.today
    return words.on_date if step.after == 0 else words.after


def values(ticket: Ticket, promise: Promise, charter: Charter, now: datetime) -> dict[str, Value]:
    """What an alert says; of the days the one under way counts, so that none is "0 late".

    A back-stop counts from the date that was promised, at which it began (001:369).
    """
    date_ = promise.received_at if promise.kind == "back_stop" else promise.due_at
    day, today = date_.astimezone(EAT).date(), now.astimezone(EAT).date()
    return {
        "ref": ticket.ref,
        "k": charter.unit(ticket.unit).short if ticket.unit else Term("level.complaints"),
        "tarehe": day,
        "n": (day - today).days if now < date_ else max((today - day).days, 1),
    }


def _tell_late(
    session: Session,
    edition: Edition,
    ticket: Ticket,
    promise: Promise,
    charter: Charter,
    role: str | None,
    here: Next,
    ahead: Next | None,
    now: datetime,
) -> None:
    """The citizen hears that his date has passed, who has it now, and by when it moves up.

    Only at a number that its owner confirmed, never where somebody may be in danger, and not
    when an answer is on its way. What is no complaint is not called one.
    """
    number = letters.confirmed_number(ticket)
    if number is None or ahead is None or ticket.danger_at or ticket.answered_at:
        return
    level = next((one for one in charter.appeal if role and one.key == LEVELS.get(role)), None)
    named = level is not None and ticket.kind == "complaint"
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:late:{promise.id}:{here.number}",
        to=number,
        institution=ticket.institution,
        phrase="sms.late" if named else "sms.late_plain",
        language=ticket.language,
        values={
            "ref": ticket.ref,
            "cheo": letters.title(level) if level else "",
            "tarehe": ahead.at.astimezone(EAT).date(),
        },
        now=now,
        ticket_id=ticket.id,
        kind="notice",
    )
    its_own = next((one.key for one in charter.appeal if one.level == ticket.level), None)
    if promise.kind == "appeal" and its_own == "executive":
        _tell_where_next(session, edition, ticket, promise, number, now)


def _tell_where_next(
    session: Session,
    edition: Edition,
    ticket: Ticket,
    promise: Promise,
    number: str,
    now: datetime,
) -> None:
    """The highest level inside is late as well: the Commission's address, once (000:781)."""
    letters.post(
        session,
        edition,
        key=f"ticket:{ticket.id}:next_body:{promise.id}",
        to=number,
        institution=ticket.institution,
        phrase="sms.appeal",
        language=ticket.language,
        values={"tume": bodies.commission().reached},
        now=now,
        ticket_id=ticket.id,
        kind="notice",
    )


def _nobody_holds(
    session: Session,
    edition: Edition,
    institution: str,
    role: str,
    unit: str | None,
    now: datetime,
) -> None:
    """A role that nobody holds, or without a telephone: a task, and once a day an SMS for it."""
    tasks.make_for_office(
        session, institution, "nobody_holds", about=f"{role}:{unit or '-'}", now=now
    )
    keeper = people.holder(session, institution, "administrator", None, now)
    if keeper is None or keeper.number is None:
        return
    letters.post(
        session,
        edition,
        key=f"nobody_holds:{institution}:{now.astimezone(EAT):%Y%m%d}",
        to=keeper.number,
        institution=institution,
        phrase="sms.nobody_holds",
        language=keeper.language,
        values={"t": charters.get(institution).short},
        now=now,
        kind="alert",
        not_before=people.window(keeper, now),
    )


def begin(session: Session, now: datetime, limit: int = 1000) -> int:
    """Count the next step of open promises that have none yet; how many, 0 when all have.

    They are those made before there was a ladder. Steps that lie behind are not taken any more.
    """
    waiting = select(Promise.ticket_id).where(
        Promise.next_step.is_(None), Promise.kept_at.is_(None), Promise.dropped_at.is_(None)
    )
    query = (
        select(Ticket)
        .where(Ticket.id.in_(waiting.limit(limit)))
        .options(defer(Ticket.words), defer(Ticket.answer), defer(Ticket.name))
        .with_for_update(skip_locked=True)
    )
    tickets = {ticket.id: ticket for ticket in session.scalars(query)}
    found = session.scalars(
        select(Promise).where(
            Promise.ticket_id.in_(tickets),
            Promise.next_step.is_(None),
            Promise.kept_at.is_(None),
            Promise.dropped_at.is_(None),
        )
    ).all()
    for promise in found:
        ticket = tickets[promise.ticket_id]
        charter = charters.get(ticket.institution, ticket.charter_version)
        calendar = holidays.calendar_of(session, charter, promise.calendar).calendar
        columns = steps.first(
            charter,
            promise.kind,
            internal=promise.internal,
            dates=Dates(calendar, promise.received_at, promise.due_at),
            now=now,
            all_ahead=True,
        )
        promise.next_step, promise.next_step_at = columns["next_step"], columns["next_step_at"]
    return len(found)
