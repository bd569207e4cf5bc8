"""Calls that we place, over the real local network: a phone rings, and what its owner does."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from conversations.phone import ASHA, everything, number_of
from outbox.surroundings import until

from callcentre import charters, clock, db, sweeps
from callcentre.calls.outgoing import Ring
from callcentre.charters.calendar import next_opening
from callcentre.cli.processes import ABROAD
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Task, Ticket

LINES = {"africastalking": "0232623093", "twilio": ABROAD}


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest, network: str) -> Iterator[str]:
    yield LINES[request.param]
    sweeps._ringers().shutdown()
    sweeps._ringers.cache_clear()


@pytest.fixture
def opened(line: str) -> datetime:
    """The office's next opening, seen from the true time: that is what the network lives in."""
    charter = charters.get("kilosa")
    with db.session() as session:
        calendar = calendar_of(session, charter).calendar
        closed = next_opening(calendar, clock.now())
        return next_opening(calendar, closed.replace(hour=20))


def use(network: str, do: str, **said: object) -> dict[str, Any]:
    """Do something with Asha's phone; how its call stands then."""
    answer = requests.post(f"{network}/network/phones/{ASHA}/{do}", json=said, timeout=20)
    assert answer.ok, answer.text
    call: dict[str, Any] = answer.json()["call"]
    return call


def beep(network: str, line: str) -> None:
    use(network, "call", to=line)
    use(network, "hangup")
    until(lambda: everything(Task), "the beep is a task")


def sweep(at: datetime) -> None:
    with clock.at(at):
        sweeps.ring()
    for ringing in list(sweeps._ringing):
        ringing.result()


def state(network: str) -> str:
    phone = requests.get(f"{network}/network/phones/{ASHA}", timeout=5).json()
    found: str = phone["call"]["state"]
    return found


def outcomes() -> list[str | None]:
    return [ring.outcome for ring in everything(Ring)]


def test_who_rang_once_is_rung_presses_one_speaks_and_has_complained(
    network: str, line: str, opened: datetime
) -> None:
    beep(network, line)
    sweep(opened)
    assert state(network) == "ringing"
    use(network, "answer")
    use(network, "press", keys="1")
    use(network, "press", keys="1")
    assert use(network, "wait")["waiting_for"] == "recording"
    use(network, "say", seconds=4)
    use(network, "hangup")
    until(lambda: everything(Ticket), "the ticket")
    (ticket,), (task,) = everything(Ticket), everything(Task)
    assert (ticket.channel, ticket.institution, number_of(ticket)) == ("voice", "kilosa", ASHA)
    assert (task.outcome, task.sealed_number, outcomes()) == ("reached", None, ["reached"])


@pytest.mark.parametrize(
    ("does", "outcome"),
    [(("answer", "wait", "wait"), "not_pressed"), (("refuse",), "busy"), (("wait",), "no_answer")],
    ids=["presses nothing", "does not want it", "does not hear it"],
)
def test_who_presses_nothing_is_rung_again_later(
    network: str, line: str, opened: datetime, does: tuple[str, ...], outcome: str
) -> None:
    beep(network, line)
    sweep(opened)
    for do in does:
        use(network, do)
    until(lambda: outcomes() == [outcome], f"the ring is {outcome}")
    (task,) = everything(Task)
    assert (task.done_at, task.rang) == (None, 1)
    sweep(task.ring_at)
    sweep(opened)
    assert (state(network), outcomes()) == ("ringing", [outcome, None])
    use(network, "answer")
    use(network, "press", keys="1")
    assert everything(Task)[0].outcome == "reached"
