"""How a call goes on: what the service answered is carried out, until the call waits for somebody.

A call does one thing at a time. What happens in one can lead on others: who was rung, who waits in
a queue, who was put through.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urljoin

from callcentre import clock
from callcentre.network import audio
from callcentre.network.asking import Asker
from callcentre.network.audio import Sound
from callcentre.network.calls import (
    ANSWERED,
    BUSY,
    CANCELED,
    FAILED,
    NOT_ANSWERED,
    REJECTED,
    Call,
    Calls,
    Dialled,
    Recording,
    Waiting,
)
from callcentre.network.courier import Courier
from callcentre.network.faults import Switchboard
from callcentre.network.hook import Hook
from callcentre.network.later import Later
from callcentre.network.phones import Phones
from callcentre.network.refusals import Refused
from callcentre.network.verbs import (
    Callee,
    Dequeue,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Unusable,
    Verb,
)
from callcentre.network.voice import Voice
from callcentre.phones import parse

MOST_KEYS = 100  # kept of one call, and pressed at once
AGAIN_S = 0.05  # until a call that is busy is looked at again


class Course:
    """Carries out what the service wants, in one call or in several that have to do with others."""

    def __init__(
        self,
        phones: Phones,
        switchboard: Switchboard,
        *,
        voices: Sequence[Voice],
        asker: Asker,
        courier: Courier,
        later: Later,
        calls: Calls,
    ) -> None:
        self._phones = phones
        self._switchboard = switchboard
        self._voices = voices
        self._asker = asker
        self._courier = courier
        self._later = later
        self._calls = calls

    def new(self, voice: Voice, number: str, line: str, *, to_phone: bool, hook: str) -> Call:
        call = Call(
            voice.call_id(), voice.name, number, line, to_phone, hook, started_at=clock.now()
        )
        with self._phones.lock:
            self._phones.get(number).calls.append(call)
            self._calls.add(call)
        return call

    def voice(self, call: Call) -> Voice:
        return next(each for each in self._voices if each.name == call.provider)

    def go(self, call: Call, step: Callable[[], None]) -> None:
        """Do one thing in a call and carry out what follows from it; one at a time."""
        with self._phones.lock:
            if call.busy:
                raise Refused(f"The call of {call.phone} is still waiting for an answer")
            call.busy = True
            call.asked_since = 0
        try:
            step()
            self._run(call)
        except Unusable as wrong:
            call.error = str(wrong)
            if apology := self.voice(call).apology:
                self._asker.hear(self.voice(call), call, Say(apology))
            self.end(call, ANSWERED if call.answered_at else FAILED)
        finally:
            call.busy = False

    def _follow(self, call: Call, step: Callable[[], None]) -> None:
        """The same for a call that another one leads on."""
        if call.busy:
            self.soon(call, step)
        elif call.live:
            self.go(call, step)

    def soon(self, call: Call, step: Callable[[], None]) -> None:
        """The same as soon as the call is not busy, without holding anybody up."""

        def attempt() -> None:
            if call.busy:
                self._later.after(AGAIN_S, attempt)
            elif call.live:
                self.go(call, step)

        self._later.after(0, attempt)

    def _run(self, call: Call) -> None:
        """Carry out the script until the call waits for somebody, or is over."""
        while call.live and call.pending is None:
            if call.script:
                self._do(call, call.script.popleft())
            elif call.waiting and call.state == "queued":
                call.pending = call.waiting.verb
            elif call.parent is not None and call.peer is None:
                self._put_through(call)
            else:
                self._pick_up(call)
                self.end(call, ANSWERED)

    def _do(self, call: Call, verb: Verb) -> None:
        if not isinstance(verb, Reject | Redirect):
            self._pick_up(call)
        match verb:
            case Play() | Say() | Pause():
                self._asker.hear(self.voice(call), call, self._absolute(call, verb))
            case Gather():
                self._prompt(call, verb)
                call.keys, call.pending = "", verb
            case Record():
                self._prompt(call, verb)
                call.said, call.pending = [], verb
            case Dial():
                self._dial(call, verb)
            case Enqueue():
                self._enqueue(call, verb)
            case Dequeue():
                self._dequeue(call, verb)
            case Redirect(url):
                self.ask(call, {}, url)
            case Reject(busy):
                self.end(call, ANSWERED if call.answered_at else BUSY if busy else REJECTED)
            case Leave():
                self._leave_queue(call, "leave")
            case Hangup():
                self.end(call, ANSWERED)

    def ask(self, call: Call, facts: Mapping[str, str], url: str = "") -> None:
        """Ask the service what comes next; it becomes the script."""
        call.pending = None
        self._move(call, url)
        verbs = self._asker.ask(self.voice(call), call, facts)
        call.script = deque(verbs)

    def turn(self, call: Call, hook: str, script: Sequence[Verb]) -> None:
        """Leave whatever the call is in, for another address or a script."""
        self._close_dial(call, call.pending, ANSWERED if call.peer else CANCELED)
        self._store(call)
        with self._phones.lock:
            self._calls.leave_queue(call)
            call.state, call.pending = "in_call", None
        self._leave_others(call)
        if script:
            call.script = deque(script)
        else:
            self.ask(call, {}, hook)

    def _move(self, call: Call, url: str) -> None:
        """What is asked next is at this address, if it is one of the service's own."""
        hook = urljoin(call.hook, url)
        if not self.voice(call).may_ask(hook):
            raise Unusable("The address is none of the service's")
        call.hook = hook

    def _prompt(self, call: Call, verb: Gather | Record) -> None:
        if verb.action and self.voice(call).moves_on_sight:
            self._move(call, verb.action)
        for prompt in verb.prompts:
            self._asker.hear(self.voice(call), call, self._absolute(call, prompt))

    def _absolute(self, call: Call, prompt: Play | Say | Pause) -> Play | Say | Pause:
        if isinstance(prompt, Play):
            return Play(urljoin(call.hook, prompt.url), prompt.times)
        return prompt

    def _pick_up(self, call: Call) -> None:
        """The call is taken, by whomever it was for."""
        with self._phones.lock:
            if call.state != "ringing":
                return
            call.state, call.answered_at = "in_call", clock.now()
        self.tell(self.voice(call).progress(call, "answered"))

    def answered(self, call: Call) -> None:
        self._pick_up(call)
        if call.parent is not None:
            for other in call.parent.legs:
                if other is not call:
                    self.end(other, CANCELED)
        if call.parent is None and not call.script:
            self.ask(call, {})
        elif call.whisper:
            self.ask(call, {}, call.whisper)

    def pressed(self, call: Call, key: str) -> None:
        call.heard_keys = (call.heard_keys + key)[-MOST_KEYS:]
        match call.pending:
            case Gather(finish=finish, most=most) as verb:
                if key and key == finish:
                    self._gathered(call, verb, finish=key)
                    return
                call.keys += key
                if most is not None and len(call.keys) >= most:
                    self._gathered(call, verb)
            case Record(finish=finish, to_the_end=False) as verb if key in finish:
                self._recorded(call, verb, ended_by=key)

    def _gathered(self, call: Call, verb: Gather, finish: str = "") -> None:
        """Keys were pressed, or not: without any the call goes on with what stands next."""
        call.pending = None
        if not call.keys and not verb.even_empty:
            return
        sent = call.keys + finish * self._switchboard.faults.finish_key_in_digits
        self.ask(call, self.voice(call).gathered(sent, finish), verb.action)

    def spoken(self, call: Call, sound: Sound) -> None:
        call.virtual_s += sound.seconds
        said = call.said
        if call.peer is not None:
            call.peer.virtual_s += sound.seconds
            said = call.peer.said if said is None else said
        if said is None:
            return
        said.append(sound)
        verb = call.pending
        if isinstance(verb, Record) and sum(each.seconds for each in said) >= verb.longest:
            self._recorded(call, verb)

    def _recorded(self, call: Call, verb: Record, ended_by: str = "") -> None:
        voice = self.voice(call)
        call.pending = None
        recording = self._store(call)
        if recording is None and not verb.even_empty:
            return
        if recording is not None:
            self.tell(voice.recording_told(recording, verb))
        self.ask(call, voice.recorded(recording, ended_by), verb.action)

    def _store(self, call: Call) -> Recording | None:
        """Keep what was said into the recording that ran; None if nobody said anything."""
        with self._phones.lock:
            said, call.said = call.said, None
            if not said:
                return None
            faults = self._switchboard.faults
            sound = audio.joined([] if faults.empty_recordings else said)
            voice = self.voice(call)
            recording_id = voice.recording_id()
            recording = Recording(
                recording_id,
                call,
                voice.recording_url(recording_id),
                sound,
                clock.now(),
                size=len(sound.content),
                lost=self._switchboard.happens(faults.lose_recordings),
            )
            call.recordings.append(recording)
            self._calls.keep(recording)
            return recording

    def timed_out(self, call: Call) -> None:
        if call.timeout is not None:
            call.virtual_s += call.timeout
        match call.pending:
            case Gather() as verb:
                self._gathered(call, verb)
            case Record(to_the_end=False) as verb:
                self._recorded(call, verb)
            case Dial() as verb if call.peer is None:
                ringing, call.legs = call.legs, []
                for leg in ringing:
                    self.end(leg, NOT_ANSWERED)
                self._ring(call, verb, NOT_ANSWERED)
            case Enqueue() as verb if call.state == "queued":
                self._hold(call, verb)

    # Ringing others.

    def _dial(self, call: Call, verb: Dial) -> None:
        call.pending, call.legs, call.to_ring = verb, [], deque(verb.callees)
        call.dialled = Dialled("")
        if verb.tone:
            self._asker.hear(self.voice(call), call, Play(urljoin(call.hook, verb.tone)))
        self._ring(call, verb, FAILED)

    def _ring(self, call: Call, verb: Dial, outcome: str) -> None:
        """Ring whoever is still to be rung; if nobody is left, it is over with that outcome."""
        while call.to_ring and not (verb.in_turn and self._rings(call)):
            callee = call.to_ring.popleft()
            outcome = self._ring_one(call, verb, callee) or outcome
        if not self._rings(call):
            self._dial_over(call, verb, outcome)

    def _rings(self, call: Call) -> bool:
        return any(leg.state == "ringing" for leg in call.legs)

    def _ring_one(self, call: Call, verb: Dial, callee: Callee) -> str | None:
        """Let a phone ring; or the reason why it does not."""
        number = parse(callee.address)
        call.dialled = Dialled(number or callee.address)
        if number is None:
            return FAILED
        if self._phones.get(number).engaged:
            return BUSY
        voice = self.voice(call)
        line = verb.caller or call.line
        leg = self.new(voice, number, line, to_phone=True, hook=call.hook)
        leg.parent, leg.whisper = call, callee.whisper
        call.legs.append(leg)
        call.dialled.leg = leg.id
        return None

    def _put_through(self, leg: Call) -> None:
        """Connect one who was rung with the call for which he was."""
        call = leg.parent
        if call is None or not call.live or not isinstance(call.pending, Dial):
            self.end(leg, CANCELED)
            return
        verb = call.pending
        with self._phones.lock:
            call.dialled = Dialled(leg.phone, leg.id, clock.now(), virtual_s=call.virtual_s)
            self._connect(call, leg, leg_waits=Hangup())
            call.said = [] if verb.record else None
        if verb.tell_bridge:
            self._follow(call, lambda: self._tell_bridge(call, leg, verb))

    def _tell_bridge(self, call: Call, leg: Call, verb: Dial) -> None:
        """An answer that does nothing leaves the bridge as it is; another cuts it."""
        facts = self.voice(call).bridged(call)
        verbs = self._asker.ask(self.voice(call), call, facts)
        if verbs:
            call.legs = []
            self._disconnect(call, leg)
            self.end(leg, ANSWERED)
            self._close_dial(call, verb, ANSWERED)
            call.pending, call.script = None, deque(verbs)

    def _connect(self, call: Call, other: Call, leg_waits: Verb) -> None:
        call.peer, other.peer = other, call
        call.state = other.state = "bridged"
        other.pending = leg_waits

    def _disconnect(self, call: Call, other: Call) -> None:
        with self._phones.lock:
            for each in (call, other):
                each.peer = None
                if each.live:
                    each.state = "in_call"

    def _dial_over(self, call: Call, verb: Dial, outcome: str) -> None:
        """Ask what comes next now that the others have gone, or nobody came."""
        self._close_dial(call, verb, outcome)
        call.pending = None
        if verb.action is None:
            return
        rest = call.script
        self.ask(call, self.voice(call).dialled(call), verb.action)
        if not call.script and verb.falls_through and outcome != ANSWERED:
            call.script = rest

    def _close_dial(self, call: Call, verb: Verb | None, outcome: str) -> None:
        """Note what became of a ring of others, and keep what was recorded of it."""
        dialled = call.dialled
        if dialled is None or dialled.outcome is not None:
            return
        dialled.outcome = outcome
        if dialled.started_at is not None:
            real = (clock.now() - dialled.started_at).total_seconds()
            dialled.seconds = round(max(real, call.virtual_s - dialled.virtual_s))
        if call.said is None:
            return
        call.last_recording = self._store(call)
        if isinstance(verb, Dial) and call.last_recording is not None:
            self.tell(self.voice(call).recording_told(call.last_recording, verb))

    # Queues.

    def _enqueue(self, call: Call, verb: Enqueue) -> None:
        voice = self.voice(call)
        queue = voice.queue(call.line, verb.name)
        with self._phones.lock:
            call.state = "queued"
            call.waiting = Waiting(queue, verb, call.script, call.hook, clock.now())
            call.script = deque()
            self._calls.enter_queue(call)
        if verb.music:
            self._asker.hear(voice, call, Play(urljoin(call.hook, verb.music)))
        self._hold(call, verb)

    def _hold(self, call: Call, verb: Enqueue) -> None:
        """Ask what is heard while waiting, if somebody wants to be asked."""
        call.pending = None
        if verb.wait is None or call.waiting is None:
            return
        with self._phones.lock:
            queue = self._calls.waiting(call.waiting.queue)
        place = queue.index(call) + 1 if call in queue else 1
        facts = self.voice(call).waits(call, place, len(queue))
        call.hook = call.waiting.hook
        self.ask(call, facts, verb.wait)

    def _dequeue(self, call: Call, verb: Dequeue) -> None:
        """Connect with the first who waits; with nobody there it is over."""
        queue = self.voice(call).queue(verb.line or call.line, verb.name)
        with self._phones.lock:
            first = next((each for each in self._calls.waiting(queue) if not each.busy), None)
            if first is not None and first.waiting is not None:
                self._calls.leave_queue(first)
                first.waiting.taken_by, first.waiting.taken_at = call.phone, clock.now()
                first.script.clear()
                first.pending = first.waiting.verb
                call.dialled = Dialled(
                    first.phone, first.id, clock.now(), from_queue=True, virtual_s=call.virtual_s
                )
                self._connect(first, call, leg_waits=verb)
                return
        call.dialled = Dialled(verb.name, from_queue=True)
        self._dequeue_over(call, verb, NOT_ANSWERED)

    def _dequeue_over(self, call: Call, verb: Dequeue, outcome: str) -> None:
        self._close_dial(call, verb, outcome)
        call.pending = None
        if verb.action is not None:
            self.ask(call, self.voice(call).dialled(call), verb.action)

    def _leave_queue(self, call: Call, result: str) -> None:
        """Out of the queue, and on with what the service wants then."""
        waiting = call.waiting
        if waiting is None or waiting.result is not None:
            return
        waiting.result = result
        with self._phones.lock:
            self._calls.leave_queue(call)
            call.state = "in_call"
        call.pending, call.hook, call.script = None, waiting.hook, waiting.rest
        if waiting.verb.action is not None:
            self.ask(call, self.voice(call).left_queue(call, result), waiting.verb.action)

    # The end.

    def end(self, call: Call, outcome: str) -> None:
        """A call is over: whoever was in it with others hears of it, and so does the service."""
        with self._phones.lock:
            if not call.live:
                return
            pending = call.pending
            self._calls.leave_queue(call)
            if call.waiting is not None and call.waiting.result is None:
                call.waiting.result = "hangup" if call.state == "queued" else "bridged"
            call.state, call.outcome, call.ended_at = "ended", outcome, clock.now()
            call.pending = None
            call.script.clear()
        self._close_dial(call, pending, outcome if call.peer is None else ANSWERED)
        if call.said is not None:
            call.last_recording = self._store(call)
        self._leave_others(call)
        if call.parent is None:
            self._tell_end(call, pending if isinstance(pending, Record) else None)
        else:
            self._leg_over(call, call.parent, outcome)

    def _leave_others(self, call: Call) -> None:
        """Part from whoever is rung for a call, or talks in it."""
        for leg in call.legs:
            if leg.state == "ringing":
                self.end(leg, CANCELED)
        peer = call.peer
        if peer is None:
            return
        self._disconnect(call, peer)
        if peer.parent is call:
            self.end(peer, ANSWERED)
        elif call.parent is not peer:
            self._follow(peer, lambda: self._left_alone(peer))

    def _left_alone(self, call: Call) -> None:
        """The one with whom a call from a queue was connected has gone."""
        match call.pending:
            case Enqueue():
                self._leave_queue(call, "bridged")
            case Dequeue() as verb:
                self._dequeue_over(call, verb, ANSWERED)

    def _leg_over(self, leg: Call, call: Call, outcome: str) -> None:
        """One who was rung is gone: the next is rung, or it is over."""
        verb = call.pending
        if leg not in call.legs or outcome == CANCELED or not isinstance(verb, Dial):
            return
        over = self._dial_over if outcome == ANSWERED else self._ring

        def step() -> None:
            if call.pending is verb:  # nothing else has led the call on meanwhile
                over(call, verb, outcome)

        self._follow(call, step)

    def _tell_end(self, call: Call, cut: Record | None) -> None:
        voice, faults = self.voice(call), self._switchboard.faults
        hooks = voice.finals(call, cut)
        if hooks:
            call.final = dict(hooks[-1].form)
        if faults.double_finals:
            hooks = [*hooks, *hooks[-1:]]
        if faults.replay_hooks:
            hooks = [*hooks, *(each.hook for each in call.asked)]
        self.tell(hooks)

    def tell(self, hooks: Sequence[Hook]) -> None:
        self._courier.send(hooks, lambda response: 200 <= response.status_code < 300)
