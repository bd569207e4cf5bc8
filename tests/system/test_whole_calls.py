"""Whole calls through real processes and the local network: ticket, sound and SMS."""

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from system_under_test import System, until

from callcentre.ivr import audio, clips

pytestmark = pytest.mark.processes

LINES = {"africastalking": "0262160240", "twilio": "+15005550006"}


def names(call: dict[str, Any]) -> list[str]:
    """The clips of a call as the network's record has them, with their real durations."""
    heard: list[str] = []
    for each in call["played"]:
        found = audio.heard(urlsplit(each["url"]).path.rpartition("/")[2].removesuffix(".mp3"))
        assert found is not None, each
        assert each["seconds"] == pytest.approx(
            sum(clips.manifest()[one].seconds for one in found), abs=0.3
        )
        heard += [name for name in found if not name.startswith("pause")]
    return heard


def to_the_tone(system: System, phone: str, line: str) -> None:
    """Call and say nothing until the tone: that leads there, whether the office is open or not."""
    shown = system.phone(phone, "call", to=line)
    for _ in range(4):
        if shown["call"]["waiting_for"] != "recording":
            shown = system.phone(phone, "wait")
    assert shown["call"]["waiting_for"] == "recording", shown


def recorded(system: System, ref: str) -> dict[str, Any]:
    """The ticket's one recording, once it is here."""
    return until(
        lambda: (found := system.ticket(ref)["recordings"]) and found[0]["fetched_at"] and found[0],
        f"the recording of {ref}",
    )


@pytest.mark.parametrize("wire", LINES)
def test_a_complaint_by_voice_is_a_ticket_with_its_sound_and_an_sms(
    system: System, wire: str, tmp_path: Path
) -> None:
    system.faults()
    phone = f"+25571200003{list(LINES).index(wire)}"
    to_the_tone(system, phone, LINES[wire])
    system.phone(phone, "say", seconds=4)
    system.phone(phone, "hangup")
    message, *_ = until(lambda: system.sms(phone), "an SMS")
    ref = re.search(r"\d\d-\d{8}", message["text"])
    assert ref, message
    found = recorded(system, ref[0])
    saved = tmp_path / "words.mp3"
    system.run("ticket", "recording", ref[0], "--save", str(saved))
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == found["sha256"]
    [call] = requests.get(f"{system.url}/network/calls?phone={phone}", timeout=10).json()
    assert call["provider"] == wire
    assert "sw/record" in names(call)
    assert found["bytes"] == call["recordings"][0]["bytes"]


def test_a_recording_that_is_not_there_for_a_while_is_brought_later(system: System) -> None:
    system.faults(recording_missing_fetches=1)
    phone = "+255712000039"
    to_the_tone(system, phone, "0262160240")
    system.phone(phone, "say", seconds=4)
    system.phone(phone, "hangup")
    message, *_ = until(lambda: system.sms(phone), "an SMS")
    ref = re.search(r"\d\d-\d{8}", message["text"])
    assert ref
    assert recorded(system, ref[0])["bytes"] > 0


FAULTS: tuple[dict[str, object], ...] = (
    {"final_only": True},
    {"double_finals": True},
    {"duplicate_hooks": True},
    {"replay_hooks": True},
    {"missing_fields": True},
    {"call_state": "Levitating"},
    {"finish_key_in_digits": True},
    {"caller_name": "withheld"},
    {"caller_name": "sip"},
    {"empty_recordings": True},
)


@pytest.mark.parametrize(
    "number",
    range(len(FAULTS)),
    ids=[" ".join(map(str, *one.items())) for one in FAULTS],
)
@pytest.mark.parametrize("wire", LINES)
def test_no_fault_of_a_network_breaks_a_call(system: System, wire: str, number: int) -> None:
    system.faults(**FAULTS[number])
    phone = f"+2557120{list(LINES).index(wire)}01{number:02}"
    shown = system.phone(phone, "call", to=LINES[wire])
    for _ in range(4):
        if shown["call"]["state"] == "in_call" and shown["call"]["waiting_for"] == "keys":
            shown = system.phone(phone, "wait")
    if shown["call"]["state"] == "in_call":
        system.phone(phone, "say", seconds=3)
        system.phone(phone, "hangup")
    calls = requests.get(f"{system.url}/network/calls?phone={phone}", timeout=10).json()
    until(
        lambda: requests.get(f"{system.url}/network/hooks", timeout=10).json()["waiting"] == 0,
        "the network to be quiet",
    )
    for call in calls:
        assert {hook["status"] for hook in call["hooks"]} <= {200}, call["hooks"]
        assert call["error"] is None
    system.faults()
