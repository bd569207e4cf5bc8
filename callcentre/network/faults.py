"""What can go wrong in this network when somebody asks for it, so that it can be tried.

Every field of `Faults` is a key of `/network/faults`; its check says what may be set.
"""

import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from callcentre.network.refusals import Refused

PROVIDERS = ("africastalking", "twilio")
CALL_REFUSALS = (
    "InvalidPhoneNumber",
    "DestinationNotSupported",
    "InsufficientCredit",
    "InvalidCallerId",
)
CALLER_NAMES = ("withheld", "sip", "client")
LONGEST_S = 3600
HANG_S = 30  # longer than any client waits; the official SDK gives up after 9.05 s

Check = Callable[[Any], bool]


def _fault(default: Any, check: Check, must_be: str) -> Any:
    return field(default=default, metadata={"check": check, "must_be": must_be})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _yes_no(default: bool = False) -> Any:
    return _fault(default, lambda value: isinstance(value, bool), "true or false")


def _share(default: float = 0.0) -> Any:
    """How often: a share of all cases, or simply always (true) and never (false)."""
    return _fault(
        default,
        lambda value: isinstance(value, bool) or (_is_number(value) and 0 <= value <= 1),
        "a share from 0 to 1, or true or false",
    )


def _seconds(default: float = 0.0, least: float = 0, most: int = LONGEST_S) -> Any:
    return _fault(
        default,
        lambda value: _is_number(value) and least <= value <= most,
        f"a number of seconds from {least} to {most}",
    )


def _whole(default: int | None, least: int, most: int) -> Any:
    return _fault(
        default,
        lambda value: _is_number(value) and isinstance(value, int) and least <= value <= most,
        f"a whole number from {least} to {most}",
    )


def _word() -> Any:
    return _fault(
        None,
        lambda value: isinstance(value, str) and 0 < len(value) <= 40 and value.isalnum(),
        "a word of at most 40 letters",
    )


def _digits() -> Any:
    return _fault(
        None,
        lambda value: isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value) is not None,
        "a string of at most 15 digits",
    )


def _one_of(words: Sequence[str]) -> Any:
    return _fault(None, lambda value: value in words, f"one of {', '.join(words)}")


@dataclass(frozen=True, slots=True)
class Faults:
    # The providers' APIs that send messages. A `recipient_code` is one of Africa's Talking's, and
    # Twilio refuses with its own code of the same meaning. `error_share` is how often a message
    # meets the status and the codes; the other messages are taken.
    down: bool = _yes_no()
    down_provider: str | None = _one_of(PROVIDERS)
    answer_delay_s: float = _seconds(most=60)
    error_status: int | None = _whole(None, 400, 599)
    recipient_code: int | None = _whole(None, 100, 599)
    twilio_code: int | None = _whole(None, 10_000, 70_000)
    error_share: float = _share(1.0)
    nonsense: bool = _yes_no()
    hang: bool = _yes_no()
    # What becomes of an accepted message, and what the service hears of it; the words of receipts
    # are Africa's Talking's, and Twilio says the same in its own. `lose_to` is how the numbers end
    # to which nothing arrives.
    lose_sms: float = _share()
    lose_to: str | None = _digits()
    lose_receipts: float = _share()
    duplicate_receipts: float = _share()
    disorder_receipts: float = _share()
    receipt_before_answer: float = _share()
    receipt_delay_s: float = _seconds()
    receipt_status: str | None = _word()
    failure_reason: str | None = _word()
    # Calls. A `call_state` and a `caller_name` are sent in the place of the true ones.
    call_refusal: str | None = _one_of(CALL_REFUSALS)
    final_only: bool = _yes_no()
    double_finals: bool = _yes_no()
    replay_hooks: bool = _yes_no()
    call_state: str | None = _word()
    missing_fields: bool = _yes_no()
    finish_key_in_digits: bool = _yes_no()
    caller_name: str | None = _one_of(CALLER_NAMES)
    voice_deadline_s: float = _seconds(10.0, least=0.1, most=60)
    empty_recordings: bool = _yes_no()
    lose_recordings: float = _share()
    recording_missing_s: float = _seconds()
    recording_missing_fetches: int = _whole(0, 0, 1000)
    # What comes from the phones.
    end_events: bool = _yes_no(True)
    end_event_delay_s: float = _seconds()
    hop_metadata: bool = _yes_no(True)
    duplicate_hooks: float = _share()
    ussd_deadline_s: float = _seconds(10.0, least=0.1, most=60)
    session_limit_s: float = _seconds()  # 0: a session lasts until somebody ends it
    hook_repeat_s: float = _seconds(5.0)
    hook_repeat_limit: int = _whole(720, 0, 100_000)
    seed: int = _whole(0, 0, 2**32)


KNOWN = {each.name: each for each in fields(Faults)}


class Switchboard:
    """The faults that are on, and the dice for those that strike only sometimes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._switched = threading.Event()
        self.reset()

    def reset(self) -> Faults:
        with self._lock:
            return self._switch(Faults(), roll_again=True)

    def set(self, changes: Mapping[str, Any]) -> Faults:
        """Change the faults named; null puts one back. All are changed or, if one is wrong, none.

        Naming the seed starts the dice again.
        """
        values = {name: _checked(name, value) for name, value in changes.items()}
        with self._lock:
            return self._switch(replace(self.faults, **values), roll_again="seed" in values)

    def happens(self, share: float) -> bool:
        with self._lock:
            return self._dice.random() < share

    def of_a_message(self) -> Faults:
        """The faults as one message meets them: errors strike only their share."""
        faults = self.faults
        if self.happens(faults.error_share):
            return faults
        return replace(faults, error_status=None, recipient_code=None, twilio_code=None)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the faults are changed."""
        self._switched.wait(seconds)

    def _switch(self, faults: Faults, *, roll_again: bool) -> Faults:
        self.faults = faults
        if roll_again:
            self._dice = random.Random(faults.seed)
        self._switched.set()
        self._switched = threading.Event()
        return faults


def as_json(faults: Faults) -> dict[str, Any]:
    return asdict(faults)


def _checked(name: str, value: Any) -> Any:
    if name not in KNOWN:
        raise Refused(f"There is no fault {name!r}; known are {', '.join(KNOWN)}")
    if value is None:
        return KNOWN[name].default
    if not KNOWN[name].metadata["check"](value):
        raise Refused(f"{name} must be {KNOWN[name].metadata['must_be']}")
    return value
