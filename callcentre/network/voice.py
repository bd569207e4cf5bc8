"""What differs between the providers' calls; how a call goes on is the same for all."""

from collections.abc import Mapping
from typing import Protocol

from callcentre.network.calls import Call, Recording
from callcentre.network.hook import Hook
from callcentre.network.verbs import Dial, Record, Verb


class Voice(Protocol):
    name: str  # as in the fault `down_provider`
    apology: str | None  # what a caller hears when the service cannot be understood
    moves_on_sight: bool  # an action is the address of the call as soon as it is come to

    def serves(self, address: str) -> bool:
        """Whether a call from a phone to this number goes through this provider."""

    def call_id(self) -> str:
        """An identifier for a new call."""

    def recording_id(self) -> str:
        """An identifier for a new recording."""

    def recording_url(self, recording_id: str) -> str:
        """Where the service can fetch a recording."""

    def queue(self, line: str, name: str) -> tuple[str, str, str]:
        """Which queue is meant by this name in a call of this line."""

    def start(self) -> str:
        """The address of the service that is asked first when one of its numbers is called."""

    def may_ask(self, url: str) -> bool:
        """Whether an address is the service's own: nothing leaves this machine."""

    def ask(self, call: Call, facts: Mapping[str, str]) -> Hook:
        """The question what comes next in a call, at `call.hook`."""

    def read(self, answer: bytes) -> list[Verb]:
        """What the service answered. Raises Unusable if the provider can make nothing of it."""

    def gathered(self, keys: str, finish: str) -> dict[str, str]:
        """The facts after keys were pressed; `finish` is the key that ended them, if one did."""

    def recorded(self, recording: Recording | None, ended_by: str) -> dict[str, str]:
        """The facts after a recording: ended by a key, `hangup`, or nothing more."""

    def bridged(self, call: Call) -> dict[str, str]:
        """The facts while a call is put through."""

    def dialled(self, call: Call) -> dict[str, str]:
        """The facts after others were rung."""

    def waits(self, call: Call, place: int, of: int) -> dict[str, str]:
        """The facts while a call waits in a queue."""

    def left_queue(self, call: Call, result: str) -> dict[str, str]:
        """The facts after a queue: `bridged`, `leave` or `hangup`."""

    def progress(self, call: Call, event: str) -> list[Hook]:
        """What is told of a call under way: `initiated`, `ringing`, `answered`."""

    def recording_told(self, recording: Recording, verb: Record | Dial) -> list[Hook]:
        """What is told of a finished recording, and where."""

    def finals(self, call: Call, cut: Record | None) -> list[Hook]:
        """What is told of a call that is over, with the recording in which it ended, if in one."""
