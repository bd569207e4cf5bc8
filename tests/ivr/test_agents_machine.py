"""Three callers, two agents, and whatever the networks tell in whatever order, also twice."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from calls.agents import PHONES, hire
from conversations.phone import ASHA, JUMA, NOW, everything
from ivr.caller import WIRES, Caller, Rung
from werkzeug.test import Client

from callcentre import db
from callcentre.calls import agents, connections
from callcentre.calls.connections import Offer
from callcentre.calls.model import Agent, Connection
from callcentre.tickets.model import Task

NUMBERS = (ASHA, JUMA, "+255712000009")
STEPS = 60


class Machine:
    """Does one thing after the other by lot; after each, what must hold is looked at."""

    def __init__(self, client: Client, wire: str, seed: int) -> None:
        self.lot = random.Random(seed)
        self.client, self.wire, self.now = client, wire, NOW
        self.callers = [Caller(client, wire, number) for number in NUMBERS]
        self.rung: list[Rung] = []

    def step(self) -> None:
        self.now += timedelta(seconds=self.lot.choice((1, 5, 40)))
        caller = self.lot.choice(self.callers)
        caller.at = self.now
        if not caller.id:
            caller.call()
            caller.press("0")
            return
        does: list[Callable[[], object]] = [
            lambda: caller.again(self.lot.randrange(len(caller.steps))),
            lambda: self.sweep(caller),
            lambda: self.answer(caller),
            lambda: self.press(),
            lambda: self.one_hangs_up(),
            lambda: self.hangs_up(caller),
        ]
        if caller.rings:
            outcome = self.lot.choice(("busy", "no-answer", "answered"))
            does += 4 * [lambda: caller.rung(outcome, self.lot.choice((1, 30)))]
        elif caller.waits == "keys":
            does += 4 * [caller.wait, lambda: caller.press(self.lot.choice("123"))]
        self.lot.choice(does)()

    def hangs_up(self, caller: Caller) -> None:
        """And he calls again, the next time that it is his turn."""
        caller.hang_up()
        caller.id = ""

    def sweep(self, caller: Caller) -> None:
        """Whoever is free is rung for the queue, and some of them answer."""
        with db.session() as session:
            offers = connections.offers(session, self.now)
        for offer in offers:
            if self.lot.random() < 0.8:
                self._answers(offer, caller)

    def _answers(self, offer: Offer, caller: Caller) -> None:
        agent = Rung(self.client, self.wire, offer.number, at=self.now, request=offer.request)
        agent.take(caller)
        self.rung.append(agent)

    def answer(self, caller: Caller) -> None:
        """Through Twilio, a phone that was dialled for a call is answered."""
        if self.wire == "twilio" and caller.whispers and caller.rings:
            agent = Rung(self.client, self.wire, caller.rings, at=self.now, parent=caller.id)
            agent.take(caller)
            self.rung.append(agent)

    def press(self) -> None:
        if self.rung:
            agent = self.lot.choice(self.rung)
            agent.at = self.now
            agent.press(self.lot.choice("17"))

    def one_hangs_up(self) -> None:
        called = [one for one in self.rung if one.request]
        if called:
            agent = self.lot.choice(called)
            agent.at = self.now
            agent.hang_up()

    def end_all(self) -> None:
        for one in (*self.callers, *(agent for agent in self.rung if agent.request)):
            one.at = self.now
            if one.id:
                one.hang_up()
        with db.session() as session:
            agents.come_back(session, self.now + agents.REST)


def look() -> None:
    """Nobody talks to two, and who is in a call is so for somebody who is still there."""
    open_ = {one.id: one for one in everything(Connection) if one.ended_at is None}
    with_ = [one.post_id for one in open_.values() if one.post_id is not None]
    assert len(with_) == len(set(with_))
    for agent in everything(Agent):
        if agent.state == agents.IN_CALL and agent.connection_id is not None:
            assert open_[agent.connection_id].post_id == agent.post_id


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_nobody_is_in_two_calls_or_forgotten(
    client: Client, wire: str, seed: int
) -> None:
    hire(2)
    machine = Machine(client, wire, seed)
    for _ in range(STEPS):
        machine.step()
        look()
    machine.end_all()
    assert {one.state for one in everything(Agent)} <= {agents.AVAILABLE}
    asked = everything(Connection)
    assert [one for one in asked if one.ended_at is None] == []
    if any(one.outcome in ("hung_up", "nobody") for one in asked):
        assert {task.kind for task in everything(Task)} == {"call_back"}


def test_the_numbers_are_all_different() -> None:
    assert len({*NUMBERS, *PHONES}) == 6
