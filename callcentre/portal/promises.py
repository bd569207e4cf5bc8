"""What an office promises a citizen: the rules of its charter, those alike told once.

Internal targets are never among them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from callcentre.charters import Calendar, Charter, Clause, Period, Rule, due
from callcentre.charters.model import TICKET_KINDS, Basis, RuleKind, TicketKind
from callcentre.clock import EAT
from callcentre.phrases import swahili_clock
from callcentre.portal import words

_ORDER: tuple[RuleKind, ...] = get_args(RuleKind)


@dataclass(frozen=True, slots=True)
class Printed:
    """The sentence behind a promise, and the short names of the units it is printed for."""

    clause: Clause
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    kind: RuleKind
    kinds: tuple[TicketKind, ...]  # of tickets
    says: str
    period: Period
    basis: str
    is_stated: bool  # the charter itself names the time
    printed: tuple[Printed, ...]

    @property
    def within(self) -> str:
        return words.length(self.period)

    @property
    def units(self) -> tuple[str, ...]:
        """The short names of the units it holds for, none where it is the whole office's."""
        return tuple(unit for each in self.printed for unit in each.units)


@dataclass(frozen=True, slots=True)
class Example:
    """A promise made today: when it is due, and how that was reckoned."""

    says: str
    day: str
    clock: str
    why: str


def told(charter: Charter) -> list[Promise]:
    """The promises of the whole office, then of the units whose time is another."""
    promises = _grouped(charter, (rule for rule in charter.rules if not rule.internal))
    general = {(each.kind, each.kinds, each.period) for each in promises if not each.units}
    return [
        each
        for each in promises
        if not each.units or (each.kind, each.kinds, each.period) not in general
    ]


def told_by(charter: Charter, unit: str) -> list[Promise]:
    """The promises that hold at a unit: its own win over those of the whole office."""
    holding = sorted(
        (rule for rule in charter.rules if rule.holds_for(unit) and not rule.internal),
        key=lambda rule: rule.units is None,
    )
    won: dict[tuple[RuleKind, TicketKind], Rule] = {}
    for rule in holding:
        won.setdefault((rule.kind, rule.for_kind), rule)
    return _grouped(charter, won.values())


def examples(charter: Charter, calendar: Calendar, now: datetime) -> list[Example]:
    """What a complaint made now would be promised, by the office as a whole."""
    today = now.astimezone(EAT).date()
    found = []
    for rule in charter.promises("complaint"):
        if rule.internal:
            continue
        sum_ = due(calendar, now, rule.period)
        at = sum_.at.astimezone(EAT)
        why = sum_.explain("sw")
        found.append(
            Example(
                says=words.says(charter, rule.kind, ("complaint",)),
                day=words.day(at.date(), today),
                clock=swahili_clock.both(at.time()),
                why=why[0].upper() + why[1:],
            )
        )
    return found


def _grouped(charter: Charter, rules: Iterable[Rule]) -> list[Promise]:
    """Rules alike but for the unit become one promise, and those alike but for the ticket too."""
    same_text: dict[tuple[RuleKind, Clause, tuple[str, ...] | None], list[Rule]] = {}
    for rule in rules:
        same_text.setdefault((rule.kind, rule.clause, rule.units), []).append(rule)
    same_time: dict[tuple[RuleKind, tuple[TicketKind, ...], Period, Basis, bool], list[Rule]] = {}
    for alike in same_text.values():
        first, kinds = alike[0], tuple(r.for_kind for r in alike)
        ordered = tuple(kind for kind in TICKET_KINDS if kind in kinds)
        key = (first.kind, ordered, first.period, first.basis, first.units is not None)
        same_time.setdefault(key, []).append(first)
    promises = [
        Promise(
            kind=kind,
            kinds=kinds,
            says=words.says(charter, kind, kinds),
            period=period,
            basis=words.basis(alike[0]),
            is_stated=basis == "stated",
            printed=tuple(Printed(rule.clause, _names(charter, rule)) for rule in alike),
        )
        for (kind, kinds, period, basis, _), alike in same_time.items()
    ]
    return sorted(promises, key=lambda p: (_ORDER.index(p.kind), p.kinds, bool(p.units)))


def _names(charter: Charter, rule: Rule) -> tuple[str, ...]:
    return tuple(charter.unit(code).short for code in rule.units or ())
