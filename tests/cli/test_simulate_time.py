"""`callcentre simulate time`: the ladder happens, on the phones of the local network."""

from datetime import timedelta

import pytest
from local_web import inbox
from sqlalchemy import select, update
from tickets.making import ASHA, NOW
from tickets.posts import PHONES, post, whole_line

from callcentre import clock, config, db
from callcentre.cli import forward
from callcentre.tickets.model import Promise, Ticket
from cli.command import fault, said, ticket


@pytest.fixture
def made(network: str) -> Ticket:
    """A complaint at a unit with a target of two days, and all its posts."""
    with db.session() as session:
        whole_line(session)
        for role in ("officer", "head"):
            post(session, role, unit="8.6", number=PHONES[role])
    return ticket(by_sms=True, topic="health")


def told_to(network: str, number: str) -> list[str]:
    """What a phone has received, but for the monthly question to its post."""
    return [text for text in inbox(network, number) if not text.startswith("Bado wewe")]


def run_to(moment: str) -> list[str]:
    """What is told of the time from NOW until a moment of that week, a line for each thing."""
    with clock.at(NOW):
        return said("simulate", "time", "--to", f"2026-11-{moment}+03:00").splitlines()


def test_every_step_up_to_the_moment_happens_and_is_a_line(made: Ticket) -> None:
    lines = run_to("25T15:31")
    assert [line for line in lines if "  step " in line] == [
        f"Tue 2026-11-24 12:45  {made.ref}  step 1 of answer to officer",
        f"Wed 2026-11-25 11:12  {made.ref}  step 2 of answer to officer, head",
        f"Wed 2026-11-25 15:30  {made.ref}  step 3 of answer to head",
    ]
    assert f"Wed 2026-11-25 15:30  {made.ref}  promise_broken" in lines


def test_messages_go_to_the_network_and_are_told_without_numbers(
    network: str, made: Ticket
) -> None:
    told = "\n".join(run_to("24T13:00"))
    assert [text.split(":")[0] for text in told_to(network, PHONES["officer"])] == ["KUMBUSHO"]
    assert made.ref in told_to(network, ASHA)[0]
    assert f"reply ticket:{made.id}:acknowledge to +2557*****678: delivered" in told
    assert not [number for number in (ASHA, *PHONES.values()) if number in told]


def test_receipts_are_waited_for_so_that_nothing_is_chased_that_arrived(made: Ticket) -> None:
    run_to("23T10:05")
    with db.session() as session:
        query = select(Promise.kept_by).where(
            Promise.ticket_id == made.id, Promise.kind == "acknowledge"
        )
        assert session.scalars(query).all() == ["receipt"]


def test_run_again_it_goes_on_and_repeats_nothing(network: str, made: Ticket) -> None:
    run_to("24T13:00")
    assert not [line for line in run_to("24T16:00") if made.ref in line or "alert" in line]
    assert len(told_to(network, PHONES["officer"])) == 1


def test_the_past_is_refused(lines: None) -> None:
    assert fault("simulate", "time", "--to", "2020-01-01T08:00+03:00").endswith(
        "has passed; the clock runs forward only"
    )


def test_real_lines_are_not_run_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_NETWORK", "0")
    config.load.cache_clear()
    try:
        assert "open real tickets" in fault("simulate", "time", "--to", "2099-01-01T08:00+03:00")
    finally:
        monkeypatch.undo()
        config.load.cache_clear()


def test_a_step_that_is_due_at_the_very_moment_looked_into_is_taken_right_after(
    lines: None,
) -> None:
    ticket(by_sms=True)
    noon = NOW.replace(hour=12)
    with db.session() as session:
        session.execute(update(Promise).values(next_step_at=noon))
    assert forward._next(noon - timedelta(minutes=1)) == noon
    assert forward._next(noon) == noon + timedelta(seconds=1)
