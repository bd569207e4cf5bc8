"""The network forgets what is oldest instead of growing without end."""

import threading
from datetime import UTC, datetime

import pytest

from callcentre.network.audio import Sound
from callcentre.network.calls import Call, Calls, Recording
from callcentre.network.later import Later, Room
from callcentre.network.phones import MOST_TEXTS, Phone, Phones, Text
from callcentre.network.record import Message, Record
from callcentre.network.refusals import Busy

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_the_phone_that_was_idle_longest_is_forgotten() -> None:
    phones = Phones(most=2)
    phones.get("+1").screen = "one"
    phones.get("+2").screen = "two"
    phones.get("+1")
    phones.get("+3")
    assert [phones.get(number).screen for number in ("+1", "+2")] == ["one", ""]


def test_an_inbox_keeps_the_newest_texts_and_counts_all() -> None:
    phone = Phone("+1")
    for index in range(MOST_TEXTS + 1):
        phone.receive(Text("15001", str(index), NOW))
    assert (phone.inbox[0].text, phone.received) == ("1", MOST_TEXTS + 1)


def test_the_record_keeps_the_newest_messages_and_counts_all() -> None:
    record = Record(most=2)
    for index in range(3):
        record.add(Message(str(index), "+1", "15001", "a", NOW, delivered_at=NOW))
    assert [message.id for message in record.all()] == ["1", "2"]
    assert record.counts() == {"accepted": 3, "delivered": 3}


def a_call(call_id: str) -> Call:
    return Call(call_id, "twilio", "+1", "+2", False, "http://localhost/", NOW)


def a_recording(recording_id: str, call: Call) -> Recording:
    sound = Sound(b"words", 1.0)
    return Recording(recording_id, call, "http://localhost/", sound, NOW, size=5)


def test_the_oldest_calls_are_forgotten() -> None:
    calls = Calls(most=2)
    for call_id in "abc":
        calls.add(a_call(call_id))
    assert [call.id for call in calls.all()] == ["b", "c"]


def test_the_oldest_recordings_are_forgotten_and_their_sound_let_go() -> None:
    calls = Calls(most_bytes=10)
    kept = [a_recording(recording_id, a_call(recording_id)) for recording_id in "abc"]
    for recording in kept:
        calls.keep(recording)
    assert [calls.recording(each.id) for each in kept] == [None, kept[1], kept[2]]
    assert [each.sound.content for each in kept] == [b"", b"words", b"words"]


def test_a_deleted_recording_makes_room() -> None:
    calls = Calls(most_bytes=10)
    first, second, third = (a_recording(each, a_call(each)) for each in "abc")
    calls.keep(first)
    calls.keep(second)
    calls.delete(second)
    calls.keep(third)
    assert calls.recording("a") is first and second.sound.content == b""


def test_jobs_run_when_they_are_due_whatever_was_asked_first() -> None:
    done: list[str] = []
    finished = threading.Event()
    later = Later(threads=1)
    later.after(0.1, finished.set)
    later.after(0.05, lambda: done.append("second"))
    later.after(0, lambda: done.append("first"))
    assert finished.wait(5)
    assert done == ["first", "second"]


def test_a_job_that_fails_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    finished = threading.Event()
    later = Later(threads=1)
    later.after(0, lambda: [].pop())
    later.after(0, finished.set)
    assert finished.wait(5)
    assert "network job failed" in caplog.text


def test_more_waiting_jobs_than_the_bound_are_turned_away() -> None:
    later = Later(threads=1, most=1)
    later.after(60, lambda: None)
    with pytest.raises(Busy):
        later.after(60, lambda: None)


def test_a_full_room_turns_away_and_has_room_again() -> None:
    room = Room(inside=1, waiting=0)
    with room.enter(), pytest.raises(Busy), room.enter():
        pass
    with room.enter():
        pass
