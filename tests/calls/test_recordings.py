"""What was recorded: fetched until it is there, kept sealed, deleted where it came from."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conversations.phone import NOW, everything, the_ticket
from conversations.provider import Api, serving
from ivr.caller import Caller
from werkzeug.test import Client

from callcentre import clock, db, sweeps, vault
from callcentre.calls import recordings
from callcentre.calls.model import Call, RecordingRow
from callcentre.tickets import intake
from callcentre.tickets.model import Task

SOUND = "ID3 sauti ya Asha"
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        api.answer = (200, SOUND, "audio/mpeg")
        yield api


@pytest.fixture
def caller(api: Api, client: Client) -> Caller:
    """Somebody who has just complained, through Twilio."""
    caller = Caller(client, "twilio")
    caller.call()
    caller.press("1")
    caller.wait()
    caller.say()
    return caller


def sweep(after: timedelta = timedelta()) -> None:
    with clock.at(NOW + after):
        sweeps.fetch_recordings()
        for fetching in list(sweeps._fetching):
            fetching.result()


def the_recording() -> RecordingRow:
    [found] = everything(RecordingRow)
    return found


def heard() -> bytes | None:
    with db.session() as session:
        ticket = intake.locked(session, the_ticket().ref)
        return recordings.sound(session, ticket, None, by="wakala", now=NOW)


def test_it_is_brought_here_and_kept_sealed_with_its_hash(caller: Caller) -> None:
    sweep()
    row = the_recording()
    assert heard() == SOUND.encode()
    assert (row.fetched_at, row.bytes) == (NOW, len(SOUND))
    assert row.sha256 == hashlib.sha256(SOUND.encode()).digest()
    with db.session() as session:
        sealed = session.get_one(RecordingRow, row.id).sound
    assert sealed is not None
    assert SOUND.encode() not in sealed
    assert vault.unseal_bytes(sealed) == SOUND.encode()


def test_it_is_fetched_once_and_then_deleted_at_the_provider(caller: Caller, api: Api) -> None:
    sweep()
    sweep(MINUTE)
    row = the_recording()
    assert (len(api.asked), row.deleted_at, row.source, row.next_at) == (2, NOW, None, None)


def test_one_that_is_not_there_yet_is_tried_again_later(caller: Caller, api: Api) -> None:
    api.answer = (404, "", "text/plain")
    sweep()
    sweep(5 * SECOND)
    assert (the_recording().tries, len(api.asked)) == (1, 1)
    api.answer = (200, SOUND, "audio/mpeg")
    sweep(11 * SECOND)
    assert heard() == SOUND.encode()


def test_one_that_never_comes_is_a_persons_to_see_to(caller: Caller, api: Api) -> None:
    api.answer = (404, "", "text/plain")
    sweep()
    sweep(DAY + MINUTE)
    [task] = everything(Task)
    assert (task.kind, task.ticket_id) == ("lost_recording", the_ticket().id)
    assert the_recording().next_at is None


def test_one_said_anew_is_not_fetched_but_deleted(caller: Caller, api: Api) -> None:
    caller.press("3")
    caller.say()
    api.answer = (204, "", "text/plain")
    first, _ = everything(RecordingRow)
    with db.session() as session:
        session.get_one(RecordingRow, first.id).next_at = NOW - SECOND
    with db.session() as session:
        [waiting] = recordings.claim(session, NOW - SECOND, 5)
    assert (waiting.id, waiting.fetched) == (first.id, True)


def test_a_worker_that_dies_leaves_it_to_the_next(caller: Caller) -> None:
    with db.session() as session:
        assert len(recordings.claim(session, NOW, 5)) == 1
    with db.session() as session:
        assert recordings.claim(session, NOW + MINUTE, 5) == []
        assert len(recordings.claim(session, NOW + recordings.CLAIM, 5)) == 1


def test_a_call_of_whose_end_nobody_told_is_over_after_hours(client: Client) -> None:
    caller = Caller(client)
    caller.call()
    with clock.at(NOW + timedelta(hours=4)):
        sweeps.end_silent_calls()
    [call] = everything(Call)
    [task] = everything(Task)
    assert (call.ended_at, task.kind) == (NOW + timedelta(hours=4), "call_back")


def test_what_was_answered_is_wiped_and_the_nameless_call_with_it(client: Client) -> None:
    for key in ("9", "#"):
        caller = Caller(client)
        caller.call()
        caller.press("1")
        caller.wait()
        caller.say()
        caller.wait()
        caller.press(key)
        caller.hang_up()
    with clock.at(NOW + timedelta(minutes=20)):
        sweeps.forget()
    assert [call.state is None for call in everything(Call)] == [True, False]
    with clock.at(NOW + DAY + MINUTE):
        sweeps.forget()
    assert [call.state is None for call in everything(Call)] == [True]
