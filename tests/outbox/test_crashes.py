"""Workers that die, networks that stay silent: nothing lost, and nothing sent too often.

A machine of Hypothesis plays workers, a network and the clock in any order. The network knows
what it was handed; the database must agree with it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from callcentre import db, outbox
from callcentre.outbox import Attempt, Message, Outgoing, ParkedReceipt, Receipt, Result, Route
from callcentre.outbox.routes import RouteState
from outbox.posting import ASHA, AT, JUMA, NOW, post

TWILIO = "twilio"  # whose reports name our attempt
KNOWN_FOR = timedelta(minutes=50)  # the network reports within the hour, or never
NO_TIES = text(  # of equals the database takes any: a run could not be played once more
    "UPDATE messages SET next_at = next_at - interval '1 microsecond'"
    " * (SELECT count(*) FROM messages older WHERE older.id < messages.id)"
)
FINAL = ("delivered_at", "cancelled_at")


@dataclass
class Report:
    """A delivery report that the network still has to give."""

    receipt: Receipt
    until: datetime


@dataclass
class InTheAir:
    """A claimed message; once handed over, with the answer that its worker has not written."""

    message: Outgoing
    answer: Result | None = None


@dataclass
class Network:
    """What the other side knows: who handed over what, under which id, and what it owes."""

    handed: Counter[int] = field(default_factory=Counter)
    owner: dict[str, int] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # it told that another route may reach the phone

    def take(self, message: Outgoing, final: str, now: datetime) -> Result:
        id = f"ATXid_{len(self.owner)}"
        self.handed[message.message_id] += 1
        self.owner[id] = message.message_id
        ours = message.attempt_id if message.provider == TWILIO else None
        again = final == "failed for now"
        for status in ("sent", final.removesuffix(" for now")):
            receipt = Receipt(
                message.provider, id, status, "", message.to, ours, again and status == "failed"
            )
            self.reports.append(Report(receipt, now + KNOWN_FOR))
        return Result("accepted", provider_id=id)

    def may_take(self, message_id: int) -> int:
        """How often a message may be handed over, but for answers that were lost."""
        return 1 + len({id for id in self.lost if self.owner[id] == message_id})


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.network = Network()
        self.in_the_air: list[InTheAir] = []
        self.unanswered: Counter[int] = Counter()  # handed over, and nobody wrote down the answer
        self.final: dict[int, tuple[str, datetime]] = {}
        with db.session() as session:
            session.execute(text("SET LOCAL ROLE NONE"))
            for table in (ParkedReceipt, Attempt, Message, RouteState):
                session.execute(delete(table))

    # What people and workers do

    @rule(
        to=st.sampled_from([ASHA, ASHA, JUMA]),
        ticket=st.sampled_from([None, None, 1]),
        count=st.integers(1, 2),
    )
    def somebody_posts(self, to: str, ticket: int | None, count: int) -> None:
        with db.session() as session:
            for _ in range(count):
                # Urgent, as no number may get so many others in a day.
                post(
                    session, to=to, ticket_id=ticket, now=self.now, kind="urgent",
                    routes=(Route(AT, "15001"), Route(TWILIO, "HUDUMA")),
                )  # fmt: skip

    @rule(limit=st.integers(1, 3))
    def a_worker_claims(self, limit: int) -> None:
        with db.session() as session:
            down = {Route(one.provider, one.sender) for one in outbox.troubled(session)
                    if one.opened_at is not None}  # fmt: skip
            session.execute(NO_TIES)
            taken = sorted(outbox.claim(session, self.now, limit), key=lambda one: one.message_id)
        probes = [message.route for message in taken if message.route in down]
        assert len(probes) == len(set(probes))
        assert [message.route for message in taken if message.probe] == probes
        self.in_the_air += [InTheAir(message) for message in taken]

    @precondition(lambda self: any(one.answer is None for one in self.in_the_air))
    @rule(
        data=st.data(),
        final=st.sampled_from(["delivered", "delivered", "failed", "failed for now"]),
        early=st.booleans(),
    )
    def the_network_takes_it(self, data: st.DataObject, final: str, early: bool) -> None:
        """Its first report may be faster than its answer."""
        claimed = data.draw(st.sampled_from([x for x in self.in_the_air if x.answer is None]))
        claimed.answer = self.network.take(claimed.message, final, self.now)
        if early:
            with db.session() as session:
                self._hear(session, self.network.reports[-2].receipt)

    @precondition(lambda self: any(one.answer is None for one in self.in_the_air))
    @rule(data=st.data(), outcome=st.sampled_from(["again", "ours", "never"]))
    def the_network_refuses_it(self, data: st.DataObject, outcome: str) -> None:
        claimed = data.draw(st.sampled_from([x for x in self.in_the_air if x.answer is None]))
        claimed.answer = Result(outcome, code="500")

    @precondition(lambda self: any(one.answer for one in self.in_the_air))
    @rule(data=st.data())
    def the_worker_writes_the_answer(self, data: st.DataObject) -> None:
        done = data.draw(st.sampled_from([x for x in self.in_the_air if x.answer]))
        self._record(done, done.answer)

    @precondition(lambda self: any(one.answer for one in self.in_the_air))
    @rule(data=st.data())
    def the_answer_does_not_come_in_time(self, data: st.DataObject) -> None:
        lost = data.draw(st.sampled_from([x for x in self.in_the_air if x.answer]))
        self.unanswered[lost.message.message_id] += lost.answer.outcome == "accepted"
        self._record(lost, Result("unknown"))

    @precondition(lambda self: self.in_the_air)
    @rule(data=st.data())
    def the_worker_is_killed(self, data: st.DataObject) -> None:
        self._kill(data.draw(st.sampled_from(self.in_the_air)))

    # What the network and the clock do

    @precondition(lambda self: self.network.reports)
    @rule(data=st.data(), again=st.booleans())
    def a_receipt_comes(self, data: st.DataObject, again: bool) -> None:
        report = data.draw(st.sampled_from(self.network.reports))
        if not again:
            self.network.reports.remove(report)
        with db.session() as session:
            self._hear(session, report.receipt)

    @precondition(lambda self: self.network.reports)
    @rule(data=st.data())
    def a_receipt_is_lost(self, data: st.DataObject) -> None:
        self.network.reports.remove(data.draw(st.sampled_from(self.network.reports)))

    @rule(seconds=st.sampled_from([5, 70, 70, 650]))
    def time_passes(self, seconds: int) -> None:
        """A worker that has not answered when its claim runs out counts as killed."""
        self.now += timedelta(seconds=seconds)
        if seconds > 60:
            for claimed in list(self.in_the_air):
                self._kill(claimed)
        self.network.reports = [x for x in self.network.reports if x.until > self.now]
        with db.session() as session:
            outbox.expire_claims(session, self.now)
            outbox.settle_parked(session, self.now)

    # What must always hold

    @invariant()
    def nothing_is_handed_over_more_than_once_and_once_for_each_lost_answer(self) -> None:
        """And once for each network that told that it could not deliver."""
        for message, times in self.network.handed.items():
            assert times <= self.network.may_take(message) + self.unanswered[message]

    @invariant()
    def no_message_is_proven_by_the_receipt_of_another(self) -> None:
        with db.session() as session:
            query = select(Attempt.provider_id, Attempt.message_id)
            for id, message in session.execute(query.where(Attempt.provider_id.is_not(None))):
                assert self.network.owner[id] == message

    @invariant()
    def a_final_state_stays(self) -> None:
        with db.session() as session:
            for message in session.scalars(select(Message)):
                for name in FINAL:
                    moment = getattr(message, name)
                    if message.id in self.final:
                        assert getattr(message, self.final[message.id][0]) is not None
                    elif moment is not None:
                        self.final[message.id] = (name, moment)
                known = self.final.get(message.id)
                assert known is None or getattr(message, known[0]) == known[1]

    def teardown(self) -> None:
        """From now on all is well: every message must end with the network, or given up."""
        for claimed in list(self.in_the_air):
            self._kill(claimed)
        for _ in range(40):
            with db.session() as session:
                if not outbox.waiting(session, 1):
                    break
            self.time_passes(650)
            self.a_worker_claims(100)
            for claimed in list(self.in_the_air):
                self._record(claimed, self.network.take(claimed.message, "delivered", self.now))
        with db.session() as session:
            assert outbox.waiting(session, 10) == []
            for message in session.scalars(select(Message)):
                assert message.failed_at or self.network.handed[message.id] > 0
        self.nothing_is_handed_over_more_than_once_and_once_for_each_lost_answer()

    def _hear(self, session: Session, receipt: Receipt) -> None:
        if receipt.again:
            self.network.lost.add(receipt.provider_id)
        outbox.receive(session, receipt, self.now)

    def _record(self, claimed: InTheAir, result: Result | None) -> None:
        assert result is not None
        self.in_the_air.remove(claimed)
        with db.session() as session:
            outbox.record(session, claimed.message, result, self.now)

    def _kill(self, claimed: InTheAir) -> None:
        self.in_the_air.remove(claimed)
        taken = claimed.answer is not None and claimed.answer.outcome == "accepted"
        self.unanswered[claimed.message.message_id] += taken


def test_no_crash_loses_a_message_or_sends_one_too_often(database: None) -> None:
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=18, stateful_step_count=30, deadline=None)
    )
