"""Recordings as the service fetches them: there, not yet there, or never."""

from flask import Response

from callcentre import clock
from callcentre.network.calls import Calls, Recording
from callcentre.network.faults import Switchboard


def fetch(calls: Calls, switchboard: Switchboard, recording_id: str) -> Response | None:
    """The sound itself, or None if it cannot be had now."""
    recording = calls.recording(recording_id)
    if recording is None:
        return None
    recording.asked_for += 1
    if not _is_there(recording, switchboard):
        return None
    return Response(recording.sound.content, mimetype=recording.sound.kind)


def _is_there(recording: Recording, switchboard: Switchboard) -> bool:
    faults = switchboard.faults
    age = (clock.now() - recording.at).total_seconds()
    return (
        not recording.lost
        and age >= faults.recording_missing_s
        and recording.asked_for > faults.recording_missing_fetches
    )
