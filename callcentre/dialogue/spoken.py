"""How a question is put on a call: what is heard, and what silence means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from callcentre.phrases import Term

Value = str | int | date | time | Term | Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with its values."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a charter or of an office, by the clip that says them where there is one."""

    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What somebody recorded: where it lies at the provider, or the `recording` that is kept."""

    url: str = ""
    recording: int | None = None


Part = Phrase | Words | Sound


@dataclass(frozen=True, slots=True)
class Ring:
    """A number is rung for the caller and shown ours; who takes it hears what it is about first."""

    number: str
    shows: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The caller waits in the queue of this name until an agent takes the first of it."""

    name: str


@dataclass(frozen=True, slots=True)
class Take:
    """An agent's call takes the first of a queue, into which its callers came by this line."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What is heard in a queue, again and again, where the provider asks for it."""


Leads = Ring | Queue | Take | Hold


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is heard, and how long an answer is waited for (seconds).

    `silence` is the answer that the silence (or wrong key) number `after` gives; the ones before
    let the question be heard again. With `person` key 0 asks for one. Where it `leads` to somebody
    else, what came of that is the answer.
    """

    parts: tuple[Part, ...]
    silence: str
    after: int = 3
    seconds: int = 7
    person: bool = True
    leads: Leads | None = None
