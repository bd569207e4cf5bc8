"""One complaint through real processes: from a phone to a delivered acknowledgement."""

import re
from typing import Any

import pytest
from system_under_test import System, until

pytestmark = pytest.mark.processes

COMPLAINT = ("1", "1", "1", "Maji hayatoki mtaa wa Buguruni tangu Juni")


def complain(system: System, number: str, *answers: str, code: str = "*149*52#") -> str:
    """Dial and answer; the reference that was shown."""
    system.phone(number, "dial", code=code)
    shown: dict[str, Any] = {}
    ref = ""
    for answer in answers:
        shown = system.phone(number, "type", text=answer)
        found = re.search(r"\d\d-\d{8}", shown["screen"])
        ref = found[0] if found else ref
    assert ref, shown
    return ref


def promise(ticket: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(found for found in ticket["promises"] if found["kind"] == kind)


def kept(system: System, ref: str, kind: str = "acknowledge") -> dict[str, Any]:
    return until(
        lambda: (found := promise(system.ticket(ref), kind))["kept_at"] and found,
        f"the promise {kind} of {ref} to be kept",
    )


def test_the_acknowledgement_is_kept_by_its_receipt(system: System) -> None:
    system.faults(end_events=False)
    ref = complain(system, "+255712000011", *COMPLAINT, "1", "9")
    assert kept(system, ref)["kept_by"] == "receipt"
    (message,) = system.sms("+255712000011")
    assert message["from"] == "15001"
    assert ref in message["text"]


def test_the_last_screen_shown_keeps_it_too(system: System) -> None:
    system.faults(lose_sms=True)
    ref = complain(system, "+255712000012", *COMPLAINT, "1", "9")
    assert kept(system, ref)["kept_by"] == "session_end"


def test_an_answer_keeps_its_promise_once_it_is_delivered(system: System) -> None:
    system.faults()
    ref = complain(system, "+255712000013", *COMPLAINT, "1", "9")
    system.run("ticket", "assign", ref, "--unit", "8.8")
    system.run("ticket", "answer", ref, "Bomba limetengenezwa")
    assert kept(system, ref, "answer")["kept_by"] == "receipt"
    assert "Bomba limetengenezwa" in system.sms("+255712000013")[-1]["text"]
    system.run("ticket", "close", ref)
    assert system.ticket(ref)["status"] == "closed"


def test_a_provider_that_is_down_is_tried_again_until_it_is_up(system: System) -> None:
    system.faults(down=True, end_events=False)
    ref = complain(system, "+255712000014", *COMPLAINT, "1", "9")
    until(lambda: system.ticket(ref)["messages"][0]["attempts"], "a try")
    assert not system.sms("+255712000014")
    system.faults(end_events=False)
    assert kept(system, ref)["kept_by"] == "receipt"
    assert len(system.sms("+255712000014")) == 1


def test_a_complaint_by_sms_is_acknowledged(system: System) -> None:
    system.faults()
    system.phone("+255712000015", "sms", to="15001", text="Barabara ya Dumila haipitiki")
    message, *_ = until(lambda: system.sms("+255712000015"), "an answer")  # then: where?
    ref = re.search(r"\d\d-\d{8}", message["text"])
    assert ref
    acknowledge = kept(system, ref[0])
    assert acknowledge["kept_by"] == "receipt"
    assert acknowledge["internal"], "a line of four institutions promises nothing by itself"


def test_nothing_is_lost_when_worker_and_clock_are_killed_and_redis_is_emptied(
    system: System,
) -> None:
    system.faults(end_events=False)
    system.kill("worker")
    system.kill("clock")
    refs = [complain(system, f"+25571200002{one}", *COMPLAINT, "1", "9") for one in range(5)]
    system.flush_redis()
    system.start("worker")
    system.start("clock")
    for one, ref in enumerate(refs):
        assert kept(system, ref)["kept_by"] == "receipt"
        assert len(system.sms(f"+25571200002{one}")) == 1
