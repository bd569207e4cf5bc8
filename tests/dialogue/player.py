"""Plays a conversation written down by keys (tests/dialogues/*.txt) against the real USSD door.

One line is one thing that happens. Empty lines and those that begin with `#` are for readers.

    > dial *149*52#           a phone dials; `from 0754000002` may follow (else 0712000001), and
                              the code may go deep: *149*52*2*{ref}#, which comes as the first
                              text; after `dial whole` it comes as the code of each hop
    < main                    what is on the screen: the phrase of the question, without its `ask.`
    > complain                the option of this code: what is stored, not the digit pressed for it
    > water                   a topic by its key, an institution by its id, a ticket by {ref}
    > back                    0. Likewise `next` (9, another page), `skip` (9, go on without),
                              `dont_know` (8), `call_me` (1, at a question for words), `pin`
                              (that of every post made here; `wrong pin` is another), `a post`
                              (the last on the screen) and
                              `invalid` (something that answers no question)
    < main invalid            the question once more, with word that this was no answer
    > "Maji hayatoki"         what is typed, as it stands
    < end.done                the last screen: the phrase's whole key
    > hangup                  the person leaves; the network says so
    ! ticket close {ref}      done at the office meanwhile, by the command `callcentre`
    ! wait 61 minutes         time passes
    ! block                   the number is blocked
    ! post head 8.8 0712001002       a post at Sengerema is made, with its number and the PIN; the
                              unit is `-` for those of the whole institution

`{ref}` is the first reference that a screen named, `{ref2}` the second. Played in English, the
first key of a phone is the language; the player presses it by itself.
"""

import re
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from click.testing import CliRunner

from callcentre import charters, clock, db, people, vault
from callcentre.callers import Caller
from callcentre.cli import callcentre
from callcentre.phrases import everything, gsm
from callcentre.phrases import say as phrase

MARK = "at-ussd-hop-metadata"
PHONE = "0712000001"
PINS = {"pin": "258036", "wrong pin": "147258"}
DIGITS = {"back": "0", "next": "9", "skip": "9", "dont_know": "8", "call_me": "1"}
TO_THE_OTHER_LANGUAGE = ("rights", "language")  # from the first screen
OTHER = {"sw": "en", "en": "sw"}
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday, 10:00 in Dar es Salaam

_DIAL = re.compile(r"dial (whole )?(\*\d+\*\d+)((?:\*\d+)*)#(?: from (\d+))?")
_OPTION = re.compile(r"(\d)\. (.+)")
_REFERENCE = re.compile(r"\b\d\d-\d{8}\b")


class Differs(AssertionError):
    """What happened is not what the transcript says; the message names file and line."""


@dataclass(frozen=True)
class Line:
    number: int
    mark: str  # `>`, `<` or `!`
    text: str


def read(path: Path) -> list[Line]:
    """The lines of a transcript, without those for readers."""
    lines = []
    for number, written in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not written.strip() or written.startswith("#"):
            continue
        mark, blank, text = written.partition(" ")
        if mark not in ("<", ">", "!") or not blank:
            raise Differs(f"{path.name}:{number}: begin with `> `, `< `, `! ` or `#`: {written}")
        lines.append(Line(number, mark, text.strip()))
    return lines


def play(client: Any, path: Path, language: str) -> None:
    """Play a transcript. Raises Differs where something else comes than it says."""
    player = Player(client, language)
    for line in read(path):
        try:
            player.do(line)
        except Differs as fault:
            raise Differs(
                f"{path.name}:{line.number} ({language}): {fault}\n{player.screen}"
            ) from None


@dataclass
class Player:
    client: Any
    language: str
    spoken: dict[str, str] = field(default_factory=dict)  # by number, once a language was chosen
    references: list[str] = field(default_factory=list)
    now: datetime = NOW
    number: str = ""
    code: str = ""
    session: str = ""
    inputs: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    screen: str = ""
    ends: bool = False

    def do(self, line: Line) -> None:
        if line.mark == "<":
            self.expect(line.text)
        elif line.mark == "!":
            self.at_the_office(self.filled(line.text))
        elif line.text.startswith("dial "):
            self.dial(line.text)
        elif line.text == "hangup":
            self.hang_up("Incomplete")
        else:
            self.answer(self.filled(line.text))

    def filled(self, text: str) -> str:
        for place, reference in enumerate(self.references, 1):
            text = text.replace("{ref}" if place == 1 else f"{{ref{place}}}", reference)
        return text

    def dial(self, text: str) -> None:
        match = _DIAL.fullmatch(self.filled(text).replace("-", ""))
        if match is None:
            raise Differs("dial a code like *149*52#, from a number like 0712000001")
        whole, code, deep, number = match.groups()
        self.number = number or PHONE
        chooses = self.number not in self.spoken and self.language != "sw"
        if chooses:
            self.begin(code)
            for option in () if self.ends else TO_THE_OTHER_LANGUAGE:
                self.answer(option)
            if not deep or self.ends:
                return
            self.hang_up("Incomplete")
        self.begin(code + deep if whole else code, "" if whole else deep)

    def begin(self, code: str, deep: str = "") -> None:
        self.session, self.marks = f"ATUid_{uuid4().hex}", []
        self.code, self.inputs = f"{code}#", deep.split("*")[1:]
        self.hop()

    def answer(self, said: str) -> None:
        """Turn a key into what is typed for it here."""
        if said.startswith('"'):
            self.press(said[1:].removesuffix('"'))
        elif said in PINS:
            self.press(PINS[said])
        elif said == "a post":
            self.press(max(digit for digit in self.options().values() if digit in "1234567"))
        elif said == "invalid":
            self.press("7" if self.options() else "?")
        elif (digit := self.digit_of(said)) is not None:
            self.press(digit)
            if said == "language":
                self.spoken[self.number] = OTHER[self.speaks()]
        elif said in DIGITS:
            self.press(DIGITS[said])
        else:
            raise Differs(f"there is no option {said} on the screen")

    def speaks(self) -> str:
        return self.spoken.get(self.number, "sw")

    def options(self) -> dict[str, str]:
        """The labels on the screen with their digits."""
        lines = (_OPTION.fullmatch(line) for line in self.screen.split("\n"))
        return {match[2]: match[1] for match in lines if match}

    def digit_of(self, code: str) -> str | None:
        known = everything(self.speaks())
        names = [known.get(f"choice.{question_of(one)}.{code}") for one in self.asked()]
        names.append(known.get(f"topic.{code}.menu"))
        if code in charters.all_current():
            names.append(charters.get(code).label)
        for label, digit in self.options().items():
            if any(name and _fits(label, name) for name in names) or (
                _REFERENCE.fullmatch(code) and code in label
            ):
                return digit
        return None

    def press(self, typed: str) -> None:
        self.inputs.append(typed)
        self.hop()

    def hop(self) -> None:
        answer = self.post("ussd", {"text": "*".join(self.inputs)}, self.marks[-1:])
        if MARK in answer.headers:
            self.marks.append(answer.headers[MARK])
        self.ends, self.screen = answer.text.startswith("END "), answer.text[4:]
        if answer.status_code != 200 or answer.text[:4] not in ("CON ", "END "):
            raise Differs(f"the door answered {answer.status_code}: {answer.text}")
        if (gsm.septets(answer.text) or 999) > 160:
            raise Differs(f"{gsm.septets(answer.text)} septets on one screen")
        for reference in _REFERENCE.findall(self.screen):
            if reference not in self.references:
                self.references.append(reference)
        if self.ends:
            self.hang_up("Success")

    def hang_up(self, status: str) -> None:
        self.post("ussd/ended", {"status": status, "hopsMetadata": "|".join(self.marks)})

    def post(self, hook: str, fields: dict[str, str], mark: list[str] = []) -> Any:  # noqa: B006
        form = {
            "sessionId": self.session,
            "phoneNumber": "+255" + self.number[1:],
            "networkCode": "64004",
            "serviceCode": self.code,
            **fields,
        }
        with clock.at(self.now):
            return self.client.post(
                f"/hooks/africastalking/new-secret/{hook}",
                data=form,
                headers={MARK: mark[0]} if mark else {},
            )

    def expect(self, text: str) -> None:
        name, _, invalid = text.partition(" ")
        if invalid not in ("", "invalid"):
            raise Differs(f"after the name of a screen only `invalid` may stand, not {invalid}")
        if name not in (shown := self.asked()):
            raise Differs(f"expected {name}, but the screen is {' or '.join(shown) or 'unknown'}")
        if (self.screen != self.bare()) is not bool(invalid):
            raise Differs(f"the screen {'does not say' if invalid else 'says'} that a key is wrong")

    def bare(self) -> str:
        """The screen without the word that a key was wrong."""
        long, short = (phrase(f"nav.{key}", self.speaks()) for key in ("invalid", "invalid_short"))
        return self.screen.removeprefix(f"{long}\n").removeprefix(f"{short} ")

    def asked(self) -> list[str]:
        """Which phrase the screen shows: of those that fit, the one (or ones) of most letters."""
        table = "end." if self.ends else "ask."
        fitting = [
            (len(re.sub(r"\{.*?\}", "", text)), key)
            for key, text in everything(self.speaks()).items()
            if key.startswith(table) and _shows(self.bare(), text)
        ]
        most = max(fitting, default=(0, ""))[0]
        return [key.removeprefix("ask.") for length, key in fitting if length == most]

    def at_the_office(self, text: str) -> None:
        command, *words = shlex.split(text)
        with clock.at(self.now):
            if command == "wait":
                self.now += timedelta(**{words[1]: int(words[0])})
            elif command == "block":
                with db.session() as session:
                    print_ = vault.fingerprint("+255" + PHONE[1:])
                    session.add(Caller(number_print=print_, blocked_at=self.now))
            elif command == "post":
                _make_post(*words, now=self.now)
            else:
                done = CliRunner().invoke(callcentre, [command, *words])
                if done.exit_code:
                    raise Differs(f"`callcentre {text}` failed: {done.output}")


def _make_post(role: str, unit: str, number: str, *, now: datetime) -> None:
    entry = people.Entry(
        institution="sengerema",
        role=role,
        unit=None if unit == "-" else unit,
        name=f"{role} {unit}",
        title=phrase(f"role.{role}", "sw"),
        number="+255" + number[1:],
    )
    with db.session() as session:
        post = people.put(session, entry, now, by="test").post
        people.set_pin(session, post, PINS["pin"], now, by="test")


def question_of(wording: str) -> str:
    """The key of the question that a phrase words: `done_ask` of `done_ask_plain`."""
    return re.sub(r"_(plain|nameless|other)$", "", wording)


def _fits(label: str, name: str) -> bool:
    """Whether an option's label is this phrase, whatever was filled in."""
    return re.fullmatch(re.sub(r"\\\{.*?\\\}", ".+?", re.escape(name)), label) is not None


def _shows(screen: str, text: str) -> bool:
    heading = re.sub(r"\\\{.*?\\\}", ".+?", re.escape(text))
    return re.fullmatch(rf"{heading}(\n\d\. .+)*", screen) is not None
