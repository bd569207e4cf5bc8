"""Dialogues without a database: the demonstration's lines, and made-up answers to looks and acts.

    talk = Talk(CONTEXTS["*149*52#"], "sw", World())
    talk.type("1")
    talk.step.asks.key

It hears as a conversation does: what the dialogue wants is answered until it asks or ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from callcentre import charters
from callcentre.cli.processes import demo_lines
from callcentre.dialogue import engine, hearing
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import Act, Answer, Dialogue, End, Look, Step
from callcentre.dialogue.menu import menu

LANGUAGES = ("sw", "en")
REF = "26-00123454"
WORDS = "Maji hayatoki mtaa wa Buguruni"
WHY = "Lilipokelewa Ijumaa 4/12; siku ya kazi ya 7 = Jumatano 16/12 saa 9:30 alasiri"
PIN = "258036"
LONG_STORY = "Kisima cha Dumila kimeharibika tangu Juni. " * 8
ELSEWHERE = ("kilosa", "morogoro", "utumishi")
LONG_AGO = "2026-10-12"
DUE = "2027-12-23"
EXECUTIVE = {"sw": "Katibu Tawala wa Mkoa", "en": "Regional Administrative Secretary"}
WORDING = dict(charters.get("sengerema").wording)


def _context(line: Any) -> Context:
    return Context(
        address=line.address,
        line_name=line.name,
        charters={name: charters.get(name) for name in line.institutions},
        keeper=line.keeper,
        phone="0262160240",
    )


CONTEXTS = {line.address: _context(line) for line in demo_lines() if line.channel == "ussd"}


def ticket(**differs: Any) -> dict[str, Any]:
    """What a look at a ticket answers, as `tickets.queries` gives it."""
    return {
        "ref": REF,
        "institution": "sengerema",
        "status": "received",
        "topic": "water",
        "opened": LONG_AGO,
        "due": DUE,
        "open": True,
        "answered": False,
        "higher": True,
        "code": None,
        **differs,
    }


@dataclass(frozen=True, eq=False)
class World:
    """What reading and doing come to; the same however often it is asked."""

    due: str | None = DUE
    call_due: str | None = DUE
    mine: tuple[dict[str, Any], ...] = ()
    found: dict[str, Any] | None = None
    code: str = "1234"
    answer: str | None = None
    danger: bool = False
    higher: bool = True
    posts: tuple[dict[str, Any], ...] = ()
    pin: str = PIN
    away: bool = False
    waiting: tuple[dict[str, Any], ...] = ()
    open_at_desk: dict[str, Any] | None = None
    done: bool = True

    def __call__(self, wanted: Look | Act) -> Any:
        asked = wanted.asked
        match wanted.name:
            case "open_ticket":
                return {
                    "ref": REF,
                    "due": self.due,
                    "wording": WORDING,
                    "institution": "sengerema",
                    "danger": self.danger,
                }
            case "unsatisfied":
                return {"title": EXECUTIVE if self.higher else None, "due": self.due}
            case "ask_call":
                return {"task": 7, "due": self.call_due}
            case "my_tickets":
                return list(self.mine)
            case "ticket":
                opens = self.found and asked["code"] in (None, self.code) and asked["ref"] != "1"
                return {**self.found, "code": asked["code"]} if self.found and opens else None
            case "answer":
                return self.answer
            case "staff_posts":
                return list(self.posts)
            case "staff_counts":
                return {"overdue": 12, "today": 3, "all": 140, "away": self.away}
            case "staff_list":
                return list(self.waiting)
            case "staff_ticket":
                return self.open_at_desk
            case "staff_words":
                return LONG_STORY
            case "staff_receivers" | "staff_deputies":
                return [{"post": place, "title": "8.10-kilimo Mkuu wa"} for place in range(7)]
            case "why":
                return {"sw": WHY, "en": WHY}
        return {"done": self.done}


def judged(answers: tuple[Answer, ...], world: Callable[[Look | Act], Any]) -> tuple[Answer, ...]:
    """The answers as a conversation keeps them: of a PIN whether it is the world's."""
    pin = getattr(world, "pin", "")
    return hearing.judged(answers, lambda typed: "right" if typed == pin else "wrong")


def at_desk(**differs: Any) -> dict[str, Any]:
    """What a look at a ticket answers at the staff door, as `tickets.desk` gives it."""
    return {
        "ref": REF,
        "unit": "8.8",
        "due": DUE,
        "late": 0,
        "acts": ["read", "answer", "assign", "ask", "not_mine"],
        "elsewhere": [{"id": one, "label": charters.get(one).label} for one in ELSEWHERE],
        **differs,
    }


def main_menu(language: str) -> Callable[[Context], Dialogue[End]]:
    return partial(menu, language=language)


@dataclass
class Talk:
    """One conversation, and what was done in it."""

    context: Context
    language: str
    world: Callable[[Look | Act], Any]
    dialogue: Callable[[Context], Dialogue[End]] | None = None
    answers: tuple[Answer, ...] = ()
    step: Step = field(init=False)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialogue = self.dialogue or main_menu(self.language)
        self.step = self.settle(self.answers)

    def type(self, typed: str) -> None:
        if self.step.asks is None:
            return
        answers = hearing.hear(self.step, typed)
        if answers is None:
            self.step = replace(self.step, invalid=True)
        else:
            self.step = self.settle(judged(answers, self.world))

    def settle(self, answers: tuple[Answer, ...]) -> Step:
        step = self.replay(answers)
        while step.wants is not None:
            kind = "act" if isinstance(step.wants, Act) else "look"
            if kind == "act":
                self.done.append(step.wants.key)
            told = Answer(step.wants.key, self.world(step.wants), kind)
            step = self.replay((*step.taken, told, *step.kept))
        return step

    def replay(self, answers: tuple[Answer, ...]) -> Step:
        assert self.dialogue is not None
        return engine.replay(self.dialogue, self.context, answers, self.language)
