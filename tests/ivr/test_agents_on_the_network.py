"""Whole calls on the local network in which agents' phones ring, on both providers' wires."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from calls.agents import PHONES, hire, state
from conversations.phone import ASHA, JUMA, everything, number_of
from ivr.caller import KILOSA, WIRES
from local_web import Moment, set_faults
from outbox.surroundings import until

from callcentre import clock, sweeps
from callcentre.calls import agents
from callcentre.calls.model import Connection
from callcentre.cli.processes import ABROAD
from callcentre.ivr import audio
from callcentre.tickets.model import Task

FIRST, SECOND, _ = PHONES
SAME_END = "sw/queue.2"  # of what is heard before the queue and in it
LINES = {"africastalking": KILOSA, "twilio": ABROAD}


@dataclass
class Telephones:
    """The phones of the network, and Kilosa's number on one wire."""

    moment: Moment
    wire: str

    def do(self, number: str, what: str, **said: Any) -> dict[str, Any]:
        """Do something with a phone; what its call is like then."""
        path = f"{self.moment.address}/network/phones/{number}/{what}"
        answer = requests.post(path, json=said, timeout=10)
        assert answer.status_code == 200, answer.text
        call: dict[str, Any] = answer.json()["call"]
        return call

    def ask_for_a_person(self, number: str = ASHA) -> dict[str, Any]:
        self.do(number, "call", to=LINES[self.wire])
        return self.do(number, "press", keys="0")

    def take(self, number: str, key: str = "1") -> None:
        """Answer; through Twilio, and for the queue, by a key."""
        if self.do(number, "answer")["waiting_for"] == "keys":
            self.do(number, "press", keys=key)

    def state(self, number: str) -> str | None:
        call = self._call(number)
        return call["state"] if call else None

    def _call(self, number: str) -> dict[str, Any] | None:
        path = f"{self.moment.address}/network/phones/{number}"
        call: dict[str, Any] | None = requests.get(path, timeout=10).json()["call"]
        return call

    def heard(self, number: str) -> list[str]:
        """The clips of a phone's last call, without pauses."""
        call = self._call(number)
        assert call is not None
        found: list[str] = []
        for each in call["played"]:
            names = audio.heard(urlsplit(each["url"]).path.rpartition("/")[2].removesuffix(".mp3"))
            found += [name for name in names or () if not name.startswith("pause")]
        return found

    def rings(self, number: str) -> int:
        """How often a phone was rung."""
        path = f"{self.moment.address}/network/calls?phone={number}"
        found = requests.get(path, timeout=10).json()
        return sum(call["direction"] == "outbound" for call in found)

    def be_quiet(self) -> None:
        """Wait for what is still being told; nothing of all was refused."""
        at = f"{self.moment.address}/network"
        until(
            lambda: requests.get(f"{at}/hooks", timeout=10).json()["waiting"] == 0,
            "the network to be quiet",
        )
        for call in requests.get(f"{at}/calls", timeout=10).json():
            assert {hook["status"] for hook in call["hooks"]} <= {200}, call["hooks"]
            assert call["error"] is None

    def sweep(self, **later: float) -> None:
        self.moment.later(**later)
        with clock.at(self.moment.now):
            sweeps.ring_agents()
            for ringing in list(sweeps._ringing):
                ringing.result()


@pytest.fixture(params=WIRES)
def phones(request: pytest.FixtureRequest, office_hours: Moment) -> Iterator[Telephones]:
    yield Telephones(office_hours, request.param)
    requests.delete(f"{office_hours.address}/network/faults", timeout=5)


def the_connection() -> Connection:
    found: list[Connection] = list(everything(Connection))
    assert len(found) == 1
    return found[0]


def test_an_agent_takes_the_call(phones: Telephones) -> None:
    [post] = hire()
    phones.ask_for_a_person()
    assert phones.heard(ASHA)[-1] == "sw/connecting"
    phones.take(FIRST)
    assert (phones.state(ASHA), phones.state(FIRST)) == ("bridged", "bridged")
    phones.do(ASHA, "say", seconds=40)
    phones.do(FIRST, "hangup")
    phones.be_quiet()
    assert phones.heard(ASHA)[-1] == "sw/bye"
    connection = the_connection()
    assert (connection.outcome, connection.post_id) == ("talked", post.id)
    assert connection.seconds in (40, 41)
    assert state(post) == agents.AFTER_CALL
    assert everything(Task) == []


def test_of_two_who_part_the_caller_may_be_the_first(phones: Telephones) -> None:
    [post] = hire()
    phones.ask_for_a_person()
    phones.take(FIRST)
    phones.do(ASHA, "say", seconds=40)
    phones.moment.later(seconds=40)
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    assert the_connection().outcome == "talked"
    assert (state(post), everything(Task)) == (agents.AFTER_CALL, [])


def test_the_first_is_busy_and_the_second_takes_it(phones: Telephones) -> None:
    one, other = hire(2)
    phones.do(FIRST, "call", to=LINES[phones.wire])
    phones.ask_for_a_person()
    phones.take(SECOND)
    assert phones.state(ASHA) == "bridged"
    phones.do(ASHA, "say", seconds=9)
    phones.do(SECOND, "hangup")
    phones.be_quiet()
    assert the_connection().post_id == other.id
    assert state(one) == agents.AFTER_CALL


@pytest.mark.parametrize("what", ["refuse", "wait"])
def test_where_nobody_answers_the_caller_is_called_back(phones: Telephones, what: str) -> None:
    hire(2)
    phones.ask_for_a_person()
    phones.do(FIRST, what)
    phones.do(SECOND, what)
    assert phones.heard(ASHA)[-1].startswith("sw/callback")
    phones.do(ASHA, "press", keys="1")
    assert "sw/call_me.1" in phones.heard(ASHA)
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    [task] = everything(Task)
    assert (task.kind, number_of(task)) == ("call_back", ASHA)
    assert (phones.rings(FIRST), phones.rings(SECOND)) == (1, 1)


def wait_in_the_queue(phones: Telephones) -> None:
    """Asha, while Juma has the only agent."""
    phones.ask_for_a_person(JUMA)
    phones.take(FIRST)
    phones.ask_for_a_person(ASHA)
    assert phones.heard(ASHA)[-3:] == ["sw/queue.1", "sw/ordinal.1", SAME_END]
    phones.do(ASHA, "wait")
    assert phones.state(ASHA) == "queued"


def part(phones: Telephones) -> None:
    """Juma and the agent have talked, and his notes are written."""
    phones.do(JUMA, "say", seconds=60)
    phones.do(FIRST, "hangup")
    phones.be_quiet()


def test_who_waits_is_taken_as_soon_as_an_agent_is_free(phones: Telephones) -> None:
    [post] = hire()
    wait_in_the_queue(phones)
    phones.sweep(seconds=30)
    assert phones.rings(FIRST) == 1
    part(phones)
    phones.sweep(minutes=4)
    phones.sweep(seconds=5)
    assert (phones.state(FIRST), phones.rings(FIRST)) == ("ringing", 2)
    phones.take(FIRST)
    assert (phones.state(ASHA), phones.state(FIRST)) == ("bridged", "bridged")
    assert phones.heard(FIRST)[0] == "sw/whisper_new"
    phones.do(ASHA, "say", seconds=20)
    phones.moment.later(seconds=20)
    phones.do(FIRST, "hangup")
    phones.be_quiet()
    _, second = everything(Connection)
    assert (second.outcome, second.post_id) == ("talked", post.id)
    assert second.taken_at is not None
    assert (second.taken_at - second.asked_at).seconds == 275
    assert (state(post), everything(Task)) == (agents.AFTER_CALL, [])


def test_what_came_of_a_ring_before_the_queue_is_forgotten_in_it(phones: Telephones) -> None:
    hire(2)
    phones.ask_for_a_person(JUMA)
    phones.take(FIRST)
    phones.ask_for_a_person(ASHA)
    phones.do(SECOND, "refuse")
    phones.do(ASHA, "wait")
    part(phones)
    phones.sweep(minutes=4)
    phones.take(FIRST)
    phones.do(ASHA, "say", seconds=20)
    phones.moment.later(seconds=20)
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    assert [one.outcome for one in everything(Connection)] == ["talked", "talked"]
    assert everything(Task) == []


def test_an_agent_who_does_not_come_is_no_caller_even_if_little_is_told(
    phones: Telephones,
) -> None:
    hire()
    wait_in_the_queue(phones)
    part(phones)
    set_faults(phones.moment.address, missing_fields=True)
    phones.sweep(minutes=4)
    phones.do(FIRST, "refuse")
    phones.be_quiet()
    assert everything(Task) == []


def test_who_hangs_up_in_the_queue_is_called_back(phones: Telephones) -> None:
    hire()
    wait_in_the_queue(phones)
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    [task] = everything(Task)
    assert (task.kind, number_of(task)) == ("call_back", ASHA)
    part(phones)
    phones.sweep(minutes=4)
    assert phones.rings(FIRST) == 1


def test_an_agent_whose_caller_has_gone_hears_that(phones: Telephones) -> None:
    [post] = hire()
    wait_in_the_queue(phones)
    part(phones)
    phones.sweep(minutes=4)
    phones.do(FIRST, "answer")
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    phones.do(FIRST, "press", keys="1")
    assert phones.heard(FIRST)[-1] == "sw/client_gone"
    phones.be_quiet()
    assert (len(everything(Task)), state(post)) == (1, agents.AFTER_CALL)


def test_who_does_not_come_for_the_queue_is_left_alone_for_a_while(phones: Telephones) -> None:
    [post] = hire()
    wait_in_the_queue(phones)
    part(phones)
    phones.sweep(minutes=4)
    phones.do(FIRST, "refuse")
    phones.be_quiet()
    assert state(post) == agents.AFTER_CALL
    phones.sweep(seconds=5)
    assert phones.rings(FIRST) == 2
    phones.sweep(minutes=4)
    assert phones.rings(FIRST) == 3


def test_through_twilio_the_place_is_heard_while_waiting_and_a_key_leads_out(
    office_hours: Moment,
) -> None:
    phones = Telephones(office_hours, "twilio")
    hire()
    wait_in_the_queue(phones)
    assert phones.heard(ASHA)[-3:] == ["sw/hold.1", "sw/ordinal.1", SAME_END]
    phones.do(ASHA, "wait")
    assert phones.heard(ASHA)[-6:-3] == phones.heard(ASHA)[-3:]
    phones.do(ASHA, "press", keys="1")
    assert phones.heard(ASHA)[-1] == "sw/call_other"
    phones.do(ASHA, "hangup")
    phones.be_quiet()
    assert len(everything(Task)) == 1


def test_through_twilio_nobody_waits_for_ever(office_hours: Moment) -> None:
    phones = Telephones(office_hours, "twilio")
    hire()
    wait_in_the_queue(phones)
    phones.moment.later(minutes=11)
    phones.do(ASHA, "wait")
    assert phones.heard(ASHA)[-1] == "sw/callback.2"


def test_through_twilio_an_agent_who_does_not_press_the_key_has_not_taken_it(
    office_hours: Moment,
) -> None:
    phones = Telephones(office_hours, "twilio")
    hire(2)
    phones.ask_for_a_person()
    phones.do(FIRST, "answer")
    assert phones.heard(FIRST) == ["sw/whisper_new"]
    phones.do(FIRST, "wait")
    phones.do(FIRST, "wait")
    phones.take(SECOND)
    assert phones.state(ASHA) == "bridged"


FAULTS: tuple[dict[str, object], ...] = (
    {"double_finals": True},
    {"duplicate_hooks": True},
    {"replay_hooks": True},
    {"missing_fields": True},
    {"call_state": "Levitating"},
    {"caller_name": "withheld"},
)


@pytest.mark.parametrize("faults", FAULTS, ids=lambda one: " ".join(map(str, one)))
def test_whatever_is_repeated_or_missing_nobody_is_rung_twice(
    phones: Telephones, faults: dict[str, object]
) -> None:
    one, other = hire(2)
    set_faults(phones.moment.address, **faults)
    phones.ask_for_a_person()
    phones.do(FIRST, "refuse")
    phones.take(SECOND)
    assert phones.state(ASHA) == "bridged"
    phones.do(ASHA, "say", seconds=30)
    phones.moment.later(seconds=30)
    phones.do(SECOND, "hangup")
    phones.be_quiet()
    phones.sweep(minutes=1)
    assert (phones.rings(FIRST), phones.rings(SECOND)) == (1, 1)
    assert (the_connection().outcome, the_connection().post_id) == ("talked", other.id)
    assert (state(one), state(other)) == (agents.AFTER_CALL, agents.AFTER_CALL)
    assert everything(Task) == []
