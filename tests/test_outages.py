"""When a provider or a network fails: what the citizen gets, and what an operator sees.

Sent and reported over the real local network; each of its fault switches stands in a table here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

import pytest
import requests
from local_web import inbox, set_faults
from outbox.posting import ASHA
from outbox.surroundings import until
from sqlalchemy import select
from tickets.making import confirmed

from callcentre import clock, db, jobs, outbox, sweeps
from callcentre.network.faults import Faults
from callcentre.outbox import Attempt, Message
from callcentre.providers import africastalking
from callcentre.tickets.model import Task, Ticket

VOICE = {
    "call_refusal", "final_only", "double_finals", "replay_hooks", "call_state", "missing_fields",
    "finish_key_in_digits", "caller_name", "voice_deadline_s", "empty_recordings",
    "lose_recordings", "recording_missing_s", "recording_missing_fetches",
}  # fmt: skip
"""Switches of calls."""


@dataclass(frozen=True)
class Row:
    """Faults that are on, and then: how many SMS the phone has, the message's state, by whom."""

    faults: dict[str, Any]
    arrives: bool
    status: str
    by: list[str] = field(default_factory=lambda: ["africastalking"])
    task: str | None = None
    degraded: list[str] = field(default_factory=list)


AT_BOTH = ["africastalking", "twilio"]
ROWS = {
    "down": Row({"down": True}, False, "queued", AT_BOTH),
    "down_provider": Row({"down_provider": "africastalking"}, True, "delivered", AT_BOTH),
    "answer_delay_s": Row({"answer_delay_s": 0.2}, True, "delivered"),
    "error_status": Row({"error_status": 503}, False, "queued", AT_BOTH),
    "recipient_code": Row(
        {"recipient_code": 405}, False, "queued", AT_BOTH,
        degraded=["route africastalking 15001", "route twilio +15005550006"],
    ),
    "twilio_code": Row({"twilio_code": 21610}, True, "delivered"),
    "error_share": Row({"error_status": 503, "error_share": 0.0}, True, "delivered"),
    "nonsense": Row({"nonsense": True}, True, "delivered"),
    "hang": Row({"hang": True}, True, "delivered"),
    "lose_sms": Row({"lose_sms": True}, False, "unproven", task="prove_acknowledgement"),
    "lose_to": Row({"lose_to": ASHA[-3:]}, False, "unproven", task="prove_acknowledgement"),
    "lose_receipts": Row({"lose_receipts": True}, True, "unproven", task="prove_acknowledgement"),
    "duplicate_receipts": Row({"duplicate_receipts": True}, True, "delivered"),
    "disorder_receipts": Row({"disorder_receipts": True}, True, "delivered"),
    "receipt_before_answer": Row({"receipt_before_answer": True}, True, "delivered"),
    "receipt_delay_s": Row({"receipt_delay_s": 0.1}, True, "delivered"),
    "receipt_status": Row(
        {"receipt_status": "Failed"}, False, "failed", AT_BOTH, "prove_acknowledgement"
    ),
    "failure_reason": Row(
        {"receipt_status": "Failed", "failure_reason": "UserDoesNotExist"}, False, "failed",
        task="prove_acknowledgement",
    ),
}  # fmt: skip

DIALS: dict[str, dict[str, Any]] = {
    "end_events": {"end_events": False},
    "end_event_delay_s": {"end_event_delay_s": 0.1},
    "hop_metadata": {"hop_metadata": False},
    "duplicate_hooks": {"duplicate_hooks": True},
    "ussd_deadline_s": {"ussd_deadline_s": 5},
    "session_limit_s": {"session_limit_s": 60},
    "hook_repeat_s": {"hook_repeat_s": 0.1},
    "hook_repeat_limit": {"hook_repeat_limit": 2},
    "seed": {"seed": 7},
}
"""Switches of what comes from phones: a complaint by USSD goes through with each of them."""


def test_each_switch_of_the_network_stands_in_a_table() -> None:
    assert {one.name for one in fields(Faults)} == {*ROWS, *DIALS, *VOICE}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_fault_of_sending(network: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(africastalking, "TIMEOUT", (0.5, 0.5))
    set_faults(network, **row.faults)
    now = clock.now()
    with db.session() as session:
        ticket = confirmed(session, number=ASHA, now=now).id
    settle(row)
    if row.status == "unproven":
        with clock.at(now + timedelta(hours=7)):
            sweeps.doubt()
    assert (bool(inbox(network, ASHA)), status()) == (row.arrives, row.status)
    assert sorted(set(tried_by())) == sorted(row.by)
    with db.session() as session:
        tasks = session.scalars(select(Task).where(Task.ticket_id == ticket)).all()
        assert [task.kind for task in tasks] == ([row.task] if row.task else [])
        acknowledged = session.get_one(Ticket, ticket).acknowledged_at is not None
    assert acknowledged == (row.status == "delivered")
    told = requests.get(f"{network}/readyz", timeout=5).json()["degraded"]
    assert [one for one in told if one.startswith("route")] == row.degraded


def settle(row: Row) -> None:
    """Send until the message is in the state that is expected, or cannot come further now."""
    jobs.send_due()
    if row.status not in ("queued", "unproven"):
        until(_sent_on(row.status), f"it is {row.status}")


def _sent_on(expected: str) -> Callable[[], bool]:
    def done() -> bool:
        jobs.send_due()
        return status() == expected

    return done


def status() -> str:
    with db.session() as session:
        return session.scalars(select(Message.status).where(Message.key.contains("ack"))).one()


def tried_by() -> list[str]:
    """The providers that acknowledgements were given to, one after the other."""
    query = select(Attempt.provider).join(Message, Message.id == Attempt.message_id)
    with db.session() as session:
        return list(session.scalars(query.where(Message.key.contains("ack")).order_by(Attempt.id)))


@pytest.mark.parametrize("faults", DIALS.values(), ids=DIALS)
def test_a_complaint_by_ussd_goes_through(network: str, faults: dict[str, Any]) -> None:
    set_faults(network, **faults)
    phone = f"{network}/network/phones/{ASHA}"
    said = [("dial", {"code": "*149*52#"})]
    said += [("type", {"text": text}) for text in ("1", "1", "1", "Kisima kimeharibika", "1", "9")]
    screens = [
        requests.post(f"{phone}/{what}", json=given, timeout=20).json()["screen"]
        for what, given in said
    ]
    assert "Limepokelewa, Na. " in screens[4]
    with db.session() as session:
        (ticket,) = session.scalars(select(Ticket)).all()
    assert ticket.ref in screens[4]
    with clock.at(clock.now() + timedelta(minutes=2)):  # held, where nobody says that it is over
        jobs.send_due()
    until(lambda: status() == "delivered", "the acknowledgement arrives")
    assert ticket.ref in inbox(network, ASHA)[0]


def test_while_a_provider_is_down_the_other_carries_and_then_it_is_used_again(
    network: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Half an hour of it, in steps of a minute."""
    caplog.set_level("INFO")
    start = clock.now()
    set_faults(network, down_provider="africastalking")
    for minute in range(30):
        _complain(start + timedelta(minutes=minute), minute)
    by = tried_by()
    assert by.count("twilio") == 30
    assert 5 < by.count("africastalking") < 20  # until the breaker opened, and its probes
    assert "a route is down, others are used" in [one.message for one in caplog.records]
    ready = requests.get(f"{network}/readyz", timeout=5).json()
    assert "route africastalking 15001" in ready["degraded"]
    metrics = requests.get(f"{network}/metrics", timeout=5).text
    assert 'callcentre_route_open_seconds{paused="false",provider="africastalking"' in metrics

    set_faults(network, down_provider=None)
    for minute in (36, 37):
        _complain(start + timedelta(minutes=minute), minute)
    assert tried_by()[-1] == "africastalking"
    assert "a route works again" in [one.message for one in caplog.records]
    metrics = requests.get(f"{network}/metrics", timeout=5).text
    for change in ("opened", "closed"):
        assert f'callcentre_route_changes_total{{change="{change}",provider="africastalking"' in (
            metrics
        )


def _complain(moment: Any, number: int) -> None:
    with db.session() as session:
        confirmed(session, number=f"+25571277{number:04}", now=moment)
    with clock.at(moment):
        with db.session() as session:
            claimed = outbox.claim(session, moment)
        while claimed:
            for one in claimed:
                jobs._send(one)
            with db.session() as session:
                claimed = outbox.claim(session, moment)
