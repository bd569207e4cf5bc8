"""Citizens who complain through the local network, and what each of them saw.

One table, `KINDS`, holds what they do; to add a kind is to add a line and the function that plays
it on a `Citizen`. The same seed makes the same citizens at the same moments.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from hashlib import sha256
from random import Random
from typing import Any

import requests

from callcentre import clock
from callcentre.cli.processes import ABROAD, DEMO_CODES
from callcentre.ivr import audio, clips
from callcentre.ivr.catalogue import DIGITS
from callcentre.network.audio import tone
from callcentre.phrases import say
from scripts.kill.compare import REFERENCE
from scripts.kill.facts import Apology, Said, spoken

SHORT_CODE = "15001"
HOTLINE = "0262160240"
MOST_SILENCES = 4  # that lead to the tone
SPOKEN_S = 3.0
AT_ONCE = 64  # citizens with a phone in hand at the same moment
DIALS = 6  # a citizen whom the network failed dials again, so often
REST = (0.5, 3.0)  # seconds before dialling again
THOUGHT = (0.0, 0.3)  # seconds before a key
LOST = "99"  # how the numbers end to which the network brings nothing
MATTERS = (
    "Maji hayatoki mtaa wa Buguruni tangu Juni",
    "Barabara ya Dumila haipitiki wakati wa mvua",
    "Kisima cha shule kimeharibika wiki ya tatu sasa",
    "Taka hazizolewi sokoni kwa muda mrefu",
    "Zahanati ya kijiji haina dawa za malaria",
)


@dataclass(slots=True)
class Heard:
    """What all citizens said and saw, filled from many threads."""

    said: list[Said] = field(default_factory=list)
    apologies: list[Apology] = field(default_factory=list)
    citizens: int = 0
    troubles: int = 0  # hops after which there was no screen of the service


class Citizen:
    """One person with a phone of the network's; `random` is their own."""

    def __init__(self, number: int, kind: "Kind", seed: int, load: "Load") -> None:
        self.number, self.kind, self.load = number, kind.name, load
        self.random = Random(f"{seed}:{number}")
        self.phone = f"+25571{number % 10_000_000:07}"
        self._words = 0

    def words(self) -> str:
        """A matter that nobody else, and this citizen at no other time, puts the same way."""
        self._words += 1
        return f"{self.random.choice(MATTERS)}, habari {self.number}-{self._words}"

    def do(self, what: str, **said: str) -> str:
        """Use the phone; what its screen shows then, nothing if the network had no line free."""
        at = clock.now()
        answer = self.load.session.post(
            f"{self.load.network}/network/phones/{self.phone}/{what}", json=said, timeout=60
        )
        screen = str(answer.json()["screen"]) if answer.ok else ""
        if screen.startswith(_APOLOGY):
            self.load.heard.apologies.append(Apology(at, clock.now()))
        return screen

    def phone_call(self, what: str, **said: object) -> dict[str, Any]:
        """Use the phone for a call; how the call stands then."""
        answer = self.load.session.post(
            f"{self.load.network}/network/phones/{self.phone}/{what}", json=said, timeout=60
        )
        call: dict[str, Any] | None = answer.json().get("call") if answer.ok else None
        return call or {"state": "ended", "waiting_for": "nothing", "played": []}

    def press(self, key: str) -> str:
        self.load.rest(self.random.uniform(*THOUGHT))
        return self.do("type", text=key)

    def say(self, words: str, *, named: bool = True, number: str = "") -> Said:
        said = Said(self.kind, number or self.phone, words, clock.now(), named)
        self.load.heard.said.append(said)
        return said


_APOLOGY = say("end.fault", "sw")[:30]


def ussd(
    citizen: Citizen, *, identity: str = "secret", whose: str = "mine", cut_before: bool = False
) -> None:
    """Dial until the network has carried a whole complaint, or patience ends.

    `whose` phone it is: mine, another, or cut, where the citizen hangs up without a word of it.
    """
    for _ in range(DIALS):
        if _one_session(citizen, identity, whose, cut_before):
            return
        citizen.load.heard.troubles += 1
        citizen.load.rest(citizen.random.uniform(*REST))


def _one_session(citizen: Citizen, identity: str, whose: str, cut_before: bool) -> bool:
    """One session; whether it came to the end that was meant."""
    screen = citizen.do("dial", code=citizen.random.choice(list(DEMO_CODES)))
    keys = ["1", "1", {"secret": "1", "open": "2", "nameless": "3"}[identity]]
    for key in [*keys, *(["1"] if identity == "nameless" else [])]:
        if not _goes_on(screen):
            return False
        screen = citizen.press(key)
    if not _goes_on(screen):
        return False
    if cut_before:
        citizen.do("cancel")
        return True
    said = citizen.say(citizen.words(), named=identity != "nameless")
    screen = citizen.press(said.words)
    said.ref = _reference(screen)
    if said.ref is None:
        return False
    for key in _after(citizen, identity, whose):
        screen = citizen.press(key)
        if not screen:
            break
    if whose == "cut":
        citizen.do("cancel")
    return True


def _after(citizen: Citizen, identity: str, whose: str) -> list[str]:
    """What is typed once the reference is on the screen."""
    if identity == "nameless":
        return [f"{citizen.random.randrange(1000, 10_000)}"]
    another = f"0{citizen.random.randrange(752_000_000, 753_000_000)}"
    return {"mine": ["1", "9"], "another": ["2", another, "9"], "cut": []}[whose]


def _goes_on(screen: str) -> bool:
    """Whether the service itself spoke, and not only the network or its apology."""
    return bool(screen) and not screen.startswith((_APOLOGY, "Tatizo la mtandao"))


def _reference(screen: str) -> str | None:
    found = REFERENCE.search(screen)
    return found[0] if found else None


def sms(citizen: Citizen, *, to: str = SHORT_CODE, nameless: bool = False) -> None:
    """Send one SMS; the network's record tells later whether it was taken."""
    if to == ABROAD:
        citizen.phone = f"+25471{citizen.number % 10_000_000:07}"
    said = citizen.say(citizen.words(), named=not nameless)
    text = f"BILA JINA {said.words}" if nameless else said.words
    citizen.do("sms", to=to, text=text)


def voice(citizen: Citizen, *, to: str = HOTLINE, cut: bool = False) -> None:
    """Call until the network has carried a whole complaint, or patience ends.

    Silence leads to the tone, whether the office is open or not. `cut`: hang up as the last word
    is said; the network brings what was recorded with the end of the call, as often as it must.
    """
    for _ in range(DIALS):
        if _one_call(citizen, to, cut):
            return
        citizen.load.heard.troubles += 1
        citizen.load.rest(citizen.random.uniform(*REST))


def _one_call(citizen: Citizen, to: str, cut: bool) -> bool:
    """One call; whether it came to the end that was meant."""
    call = citizen.phone_call("call", to=to)
    for _ in range(MOST_SILENCES):
        if call["state"] == "in_call" and call["waiting_for"] == "keys":
            call = citizen.phone_call("wait")
    if call["waiting_for"] != "recording":
        return False
    content = tone(SPOKEN_S).content + citizen.words().encode()
    said = citizen.say(spoken(sha256(content).digest()))
    citizen.phone_call("say", file=b64encode(content).decode(), seconds=SPOKEN_S)
    if cut:
        said.taken = citizen.phone_call("hangup")["state"] == "ended"
        return said.taken
    call = citizen.phone_call("press", keys="#")
    said.taken = "sw/confirm" in _clips(call)
    while call["state"] == "in_call" and call["waiting_for"] == "keys":
        call = citizen.phone_call("wait")
    said.ref = _heard_reference(call)
    return said.ref is not None


def _clips(call: Mapping[str, Any]) -> list[str]:
    """The clips heard in a call, in order."""
    addresses = (each["url"] or "" for each in call["played"])
    codes = (url.rpartition("/")[2].removesuffix(".mp3") for url in addresses)
    return [name for each in codes for name in audio.heard(each) or ()]


def _heard_reference(call: Mapping[str, Any]) -> str | None:
    """The first reference that was said digit by digit."""
    words = [clips.manifest()[name].text for name in _clips(call)]
    digits = "".join(str(DIGITS["sw"].index(word)) for word in words if word in DIGITS["sw"])
    return f"{digits[:2]}-{digits[2:10]}" if len(digits) >= 10 else None


@dataclass(frozen=True, slots=True)
class Kind:
    """What some citizens do: how many of a hundred, and how they do it."""

    name: str
    weight: int
    play: Callable[[Citizen], None]


KINDS = (
    Kind("USSD, own phone", 14, ussd),
    Kind("USSD, name open to the office", 10, partial(ussd, identity="open")),
    Kind("USSD, another's phone", 10, partial(ussd, whose="another")),
    Kind("USSD, cut after the words", 8, partial(ussd, whose="cut")),
    Kind("USSD, cut before the words", 3, partial(ussd, cut_before=True)),
    Kind("USSD, nameless", 10, partial(ussd, identity="nameless")),
    Kind("SMS", 15, sms),
    Kind("SMS, nameless", 5, partial(sms, nameless=True)),
    Kind("SMS from abroad", 10, partial(sms, to=ABROAD)),
    Kind("call", 7, voice),
    Kind("call, cut while speaking", 4, partial(voice, cut=True)),
    Kind("call from abroad", 4, partial(voice, to=ABROAD)),
)


class Load:
    """Citizens arriving at random moments, so many a minute, until it is stopped."""

    def __init__(self, network: str, *, seed: int, rate: int) -> None:
        self.network, self.seed, self.rate = network, seed, rate
        self.heard = Heard()
        self._stopped = threading.Event()
        self._local = threading.local()

    @property
    def session(self) -> requests.Session:
        """The connection of this thread."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def rest(self, seconds: float) -> None:
        """A pause of a person's; none once nobody new arrives."""
        self._stopped.wait(seconds)

    def run(self, seconds: float) -> None:
        """Let citizens arrive for so long, and wait until the last has hung up."""
        dice, end = Random(self.seed), time.monotonic() + seconds
        due = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="citizen") as phones:
            while (due := due + dice.expovariate(self.rate / 60)) < end:
                self.rest(max(0.0, due - time.monotonic()))
                kind = dice.choices(KINDS, self._weights)[0]
                self.heard.citizens += 1
                citizen = Citizen(self.heard.citizens, kind, self.seed, self)
                phones.submit(self._play, kind, citizen)
            self._stopped.set()

    @cached_property
    def _weights(self) -> list[int]:
        return [kind.weight for kind in KINDS]

    def _play(self, kind: Kind, citizen: Citizen) -> None:
        try:
            kind.play(citizen)
        except requests.RequestException:
            self.heard.troubles += 1


def moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None


def note_taken(said: list[Said], texts: list[Mapping[str, Any]]) -> None:
    """Note on each SMS what the network's record says became of it."""
    by_words = {each.words: each for each in said}
    for text in texts:
        found = by_words.get(str(text["text"]).removeprefix("BILA JINA "))
        if found is not None:
            found.taken = text["taken_at"] is not None
