"""The telephone exchange: calls between phones and the service, led by the service's answers.

Time here is the calls' own: clips, silence and time-outs take none. Whoever does something with a
phone is answered when the call waits again, for a key, for words, or for somebody else.
"""

from collections.abc import Sequence
from functools import partial

from callcentre.network.audio import Sound
from callcentre.network.calls import ANSWERED, BUSY, CANCELED, NOT_ANSWERED, REJECTED, Call
from callcentre.network.course import MOST_KEYS, Course
from callcentre.network.faults import Switchboard
from callcentre.network.later import Later, Room
from callcentre.network.phones import Phone, Phones
from callcentre.network.refusals import Refused
from callcentre.network.verbs import Verb
from callcentre.network.voice import Voice
from callcentre.phones import parse

KEYS = "0123456789*#"


class Exchange:
    """The calls of all providers. The first of `voices` that serves a number has it."""

    def __init__(
        self,
        phones: Phones,
        switchboard: Switchboard,
        *,
        voices: Sequence[Voice],
        course: Course,
        later: Later,
        room: Room,
    ) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._voices = voices
        self._course = course
        self._later = later
        self._room = room

    # What the owner of a phone does.

    def call(self, number: str, to: str) -> Phone:
        """Call a number of the service; a call that goes on already waits meanwhile."""
        line = parse(to)
        if line is None:
            raise Refused(f"{to[:40]!r} is not a telephone number")
        voice = next(each for each in self._voices if each.serves(line))
        with self._room.enter():
            call = self._course.new(voice, number, line, to_phone=False, hook=voice.start())
            if self._switchboard.faults.final_only:
                self._course.end(call, CANCELED)
            else:
                self._course.go(call, lambda: self._course.ask(call, {}))
            return self._phones.get(number)

    def answer(self, number: str) -> Phone:
        """Take the call for which the phone rings."""
        with self._room.enter():
            call = self._ringing(number)
            self._course.go(call, lambda: self._course.answered(call))
            return self._phones.get(number)

    def refuse(self, number: str) -> Phone:
        """Do not take the call for which the phone rings."""
        with self._room.enter():
            self._course.end(self._ringing(number), REJECTED)
            return self._phones.get(number)

    def hang_up(self, number: str) -> Phone:
        """Put the phone down; one that is not in a call stays as it is."""
        with self._room.enter():
            call = self._phones.get(number).call
            if call is not None and call.live:
                refused = REJECTED if call.to_phone else CANCELED
                self._course.end(call, ANSWERED if call.answered_at else refused)
            return self._phones.get(number)

    def press(self, number: str, keys: str) -> Phone:
        """Press keys one after the other; none at all is silence until the time is up."""
        if set(keys) - set(KEYS) or len(keys) > MOST_KEYS:
            raise Refused(f"'keys' must be at most {MOST_KEYS} of {KEYS}")
        if not keys:
            return self.wait(number)
        with self._room.enter():
            call = self._current(number)
            for key in keys:
                if call.live:
                    self._course.go(call, partial(self._course.pressed, call, key))
            return self._phones.get(number)

    def say(self, number: str, sound: Sound) -> Phone:
        """Say something, into the recording that runs if one does."""
        with self._room.enter():
            call = self._current(number)
            self._course.go(call, lambda: self._course.spoken(call, sound))
            return self._phones.get(number)

    def wait(self, number: str) -> Phone:
        """Do nothing until what the call waits for has waited too long."""
        with self._room.enter():
            call = self._phones.get(number).call
            if call is None or not call.live:
                raise Refused(f"{number} is in no call")
            if call.state == "ringing" and call.to_phone:
                self._course.end(call, NOT_ANSWERED)
            else:
                self._course.go(call, lambda: self._course.timed_out(call))
            return self._phones.get(number)

    # What the service does through a provider's API.

    def place(
        self,
        voice: Voice,
        line: str,
        number: str,
        *,
        hook: str = "",
        script: Sequence[Verb] = (),
        request_id: str = "",
        status_url: str = "",
        status_events: frozenset[str] = frozenset({"completed"}),
    ) -> Call:
        """Ring a phone; what it hears is asked at `hook`, unless a script is given."""
        free = not self._phones.get(number).engaged
        call = self._course.new(voice, number, line, to_phone=True, hook=hook or voice.start())
        call.script.extend(script)
        call.request_id, call.status_url, call.status_events = request_id, status_url, status_events
        events = ("initiated", "ringing") if free else ("initiated",)
        self._course.tell([hook for event in events for hook in voice.progress(call, event)])
        if not free or self._switchboard.faults.final_only:
            self._course.end(call, NOT_ANSWERED if free else BUSY)
        return call

    def redirect(self, call: Call, hook: str, script: Sequence[Verb] = ()) -> None:
        """Let the call go on elsewhere, soon: at another address, or as a script says."""
        self._course.soon(call, partial(self._course.turn, call, hook, script))

    def complete(self, call: Call) -> None:
        """End a call from the service's side."""
        outcome = ANSWERED if call.answered_at else CANCELED
        self._later.after(0, lambda: self._course.end(call, outcome))

    def _ringing(self, number: str) -> Call:
        call = self._phones.get(number).call
        if call is None or call.state != "ringing" or not call.to_phone:
            raise Refused(f"{number} is not ringing")
        return call

    def _current(self, number: str) -> Call:
        call = self._phones.get(number).call
        if call is None or call.state in ("ringing", "ended"):
            raise Refused(f"{number} is in no call; call a number first")
        return call
