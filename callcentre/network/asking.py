"""What the network asks of the service in a call: what comes next, and the clips to be played."""

from collections.abc import Mapping

from callcentre import clock
from callcentre.network import audio
from callcentre.network.calls import Asked, Call, Heard
from callcentre.network.door import Door
from callcentre.network.faults import Switchboard
from callcentre.network.phones import Phones
from callcentre.network.verbs import Pause, Play, Prompt, Say, Unusable, Verb
from callcentre.network.voice import Voice

MOST_QUESTIONS = 50  # without anybody doing anything: it would go round and round


class Asker:
    def __init__(self, phones: Phones, switchboard: Switchboard, door: Door) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._door = door

    def ask(self, voice: Voice, call: Call, facts: Mapping[str, str]) -> list[Verb]:
        """What the service wants next, asked at `call.hook`. Raises Unusable."""
        call.asked_since += 1
        if call.asked_since > MOST_QUESTIONS:
            raise Unusable("The service leads round and round")
        hook = voice.ask(call, facts)
        faults = self._switchboard.faults
        for _ in range(2 if self._switchboard.happens(faults.duplicate_hooks) else 1):
            at, asked = clock.now(), clock.monotonic()
            response = self._door.post(hook, timeout=faults.voice_deadline_s)
            if clock.monotonic() - asked > faults.voice_deadline_s:
                response = None
            status = None if response is None else response.status_code
            content = b"" if response is None else response.content
            self._note(call, Asked(hook, at, status, content.decode("utf-8", "replace")))
        if status is None:
            raise Unusable("No response from the application")
        if not 200 <= status < 300:
            raise Unusable(f"The application answered HTTP {status}")
        return voice.read(content)

    def hear(self, voice: Voice, call: Call, prompt: Prompt) -> None:
        """Play a clip, or say words, to the one who is on the line."""
        match prompt:
            case Play(url, times):
                heard = self._fetch(voice, url)
                for _ in range(times):
                    self._add(call, heard)
            case Say(words):
                self._add(call, Heard(None, None, clock.now(), words))
            case Pause(seconds):
                call.virtual_s += seconds

    def _fetch(self, voice: Voice, url: str) -> Heard:
        response = self._door.get(url) if voice.may_ask(url) else None
        if response is None or response.status_code != 200:
            return Heard(url, None, clock.now())
        content = response.content
        return Heard(url, audio.length(content), clock.now(), size=len(content))

    def _add(self, call: Call, heard: Heard) -> None:
        with self._phones.lock:
            call.played.append(heard)
            call.virtual_s += heard.seconds or 0

    def _note(self, call: Call, asked: Asked) -> None:
        with self._phones.lock:
            call.asked.append(asked)
