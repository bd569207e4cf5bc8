"""What a charter says, as plain values: promises, hours, units, contacts, each with its source.

Nothing here reads a file, a clock or a database. `callcentre.charters.loader` builds these
values from the TOML files; `callcentre.charters.calendar` turns a `Period` into a date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal, get_args

Basis = Literal["stated", "analogy", "assumed"]
"""stated: the document says so; analogy: it says so of a like case; assumed: it is silent."""

PeriodUnit = Literal["minutes", "hours", "days", "working_days", "weeks", "months"]
PeriodKind = Literal["duration", "recurring", "fixed_date", "event", "always", "none"]
RuleKind = Literal[
    "acknowledge",
    "answer",
    "letter",
    "call_back",
    "appointment",
    "route",
    "investigate",
    "back_stop",
    "appeal",
    "letter_commission",
]
TicketKind = Literal["complaint", "opinion", "compliment", "enquiry"]
UnitKind = Literal["section", "unit", "department", "office"]  # sehemu, kitengo, idara, ofisi
Role = Literal["officer", "head", "complaints", "executive"]
ContactKind = Literal["phone", "fax", "email", "website", "post_box", "address"]
Language = Literal["sw", "en"]

PERIOD_UNITS: tuple[PeriodUnit, ...] = get_args(PeriodUnit)
TICKET_KINDS: tuple[TicketKind, ...] = get_args(TicketKind)

ROLES: tuple[Role, ...] = get_args(Role)
"""Who may be reminded of a promise, the next in line after each: D26, 000:779-793."""

OPENING: tuple[RuleKind, ...] = ("acknowledge", "answer", "letter")
"""The kinds of rule that start to run when a ticket is opened, in the order they are listed."""

TOPIC_PAGES = (
    {"water": 1, "land": 2, "health": 3, "school": 4, "road": 5},
    {"staff": 1, "farming": 2, "tax": 3, "pay": 4, "corruption": 5},
)
"""The digit of each topic on each page of its menu. Posters print them: they never change."""

TOPICS = tuple(topic for page in TOPIC_PAGES for topic in page)
"""What a citizen may say the matter is, in the order of the menu."""

INSTITUTION_DIGITS = range(1, 8)  # 8, 9 and 0 mean the same on every screen

COMMANDS = (
    "acha", "stop", "ondoa", "sitaki", "simama", "anza", "start", "haki", "ahadi", "msaada",
    "help", "nipigie", "simu", "tafadhali", "lalamiko", "malalamiko", "maoni", "pongezi", "swali",
    "hali", "status", "ongeza", "kwanini", "kwa", "nini", "bila", "jina",
)  # fmt: skip
"""Words that mean something else in an SMS (callcentre/dialogue/texts.py): no keyword."""

DetailKey = Literal["name", "place", "when", "applied", "officer", "remedy", "cost", "evidence"]
DETAILS: tuple[DetailKey, ...] = get_args(DetailKey)
"""What a charter may ask for besides the words: each has its question in the dialogue."""


class UnknownUnit(LookupError):
    """The institution has no such unit; the message names those it has."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A quotation: `text` as printed (`[...]` where words are left out), `clean` as it should read.

    `document` is the number of the source ("001"), `line` counts from 1 in its plain text,
    `note` says what is odd about it.
    """

    text: str
    clean: str
    document: str
    line: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    file: str
    title: str


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time. `days` are days of the calendar, `working_days` those an office is open."""

    amount: int
    unit: PeriodUnit

    def __post_init__(self) -> None:
        if self.unit not in PERIOD_UNITS:
            raise ValueError(f"unknown unit {self.unit!r}; write one of {', '.join(PERIOD_UNITS)}")
        if self.amount <= 0:
            raise ValueError(f"a period must be longer than {self.amount} {self.unit}")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a charter, or (`internal`) a target of the office that no citizen is told.

    `units` are the codes it holds for, None for the whole institution. `progress` is true
    where the charter lets a report on progress stand for an answer.
    """

    kind: RuleKind
    period: Period
    basis: Basis
    internal: bool
    clause: Clause
    units: tuple[str, ...] | None = None
    for_kind: TicketKind = "complaint"
    progress: bool = False

    def holds_for(self, unit: str | None) -> bool:
        return self.units is None or unit in self.units


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach an office; telephone and fax numbers are E.164.

    `alternate` marks what the documents print besides, and contradict elsewhere.
    """

    kind: ContactKind
    value: str
    source: Clause
    alternate: bool = False


@dataclass(frozen=True, slots=True)
class Contacts:
    entries: tuple[Contact, ...] = ()

    def of(self, kind: ContactKind) -> tuple[str, ...]:
        """The values of one kind, without the alternates, in the order of the file."""
        return tuple(c.value for c in self.entries if c.kind == kind and not c.alternate)

    @property
    def phones(self) -> tuple[str, ...]:
        return self.of("phone")

    @property
    def faxes(self) -> tuple[str, ...]:
        return self.of("fax")

    @property
    def email(self) -> str | None:
        return next(iter(self.of("email")), None)

    @property
    def post_box(self) -> str | None:
        return next(iter(self.of("post_box")), None)

    @property
    def address(self) -> str | None:
        return next(iter(self.of("address")), None)

    @property
    def alternates(self) -> tuple[str, ...]:
        return tuple(c.value for c in self.entries if c.alternate)


@dataclass(frozen=True, slots=True)
class Hours:
    """When an office is open: local time in Africa/Dar_es_Salaam, ISO days (1 is Monday).

    Two `Hours` are equal when they open alike, whatever their source.
    """

    open: time
    close: time
    days: tuple[int, ...]
    basis: Basis = field(default="stated", compare=False)
    source: Clause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str
    short: str
    kind: UnitKind
    source: Clause
    contacts: Contacts = Contacts()


@dataclass(frozen=True, slots=True)
class Topic:
    """The citizen's word for a matter; `unit` None sends it to the complaints unit."""

    key: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """What a charter asks a complainant to give besides the words."""

    key: DetailKey
    source: Clause


@dataclass(frozen=True, slots=True)
class AppealLevel:
    """Where to go next. `level` counts from 1; None is a body that gives advice only."""

    level: int | None
    key: str
    name: str
    name_en: str
    inside: bool
    source: Clause
    contacts: Contacts = Contacts()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: when it comes, and to whom it goes.

    Before the date it comes when a `share` of the working time is over, or (neither `share` nor
    `after`) on the morning of the day; else so many working days `after` the date, 0 being the
    date itself. `late`: the citizen hears too that the date has passed, and who has it now.
    """

    at: str  # as the file has it
    to: tuple[Role, ...]
    share: float | None = None
    after: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps that run from promises of these kinds to people, in order, numbered from 1.

    With `again` the last one comes again after so many working days, as often as it takes.
    """

    kinds: tuple[RuleKind, ...]
    internal: bool
    steps: tuple[Step, ...]
    again: int | None = None
    source: Clause | None = None

    def step(self, number: int) -> Step:
        """The step of a number, the last one for those beyond it."""
        return self.steps[min(number, len(self.steps)) - 1]


@dataclass(frozen=True, slots=True)
class ServicePeriod:
    """The time of a service row; amount and unit are None where the row names no length."""

    kind: PeriodKind
    amount: int | None = None
    unit: PeriodUnit | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One row of a table of services. `id` is institution:unit:sequence, since numbers repeat.

    `source.text` and `period_raw` are the cells as printed, empty where the print is.
    `continued` is the line on which the text of a row goes on that is split over two pages.
    """

    id: str
    unit: str
    number: str
    period_raw: str
    period: ServicePeriod
    source: Clause
    continued: int | None = None


@dataclass(frozen=True, slots=True)
class StandardPeriod:
    """One of the times that a standard names: the words as printed, and what they mean."""

    raw: str
    period: ServicePeriod


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard of service that stands in the text of a charter, not in a table of a unit.

    `name` is the heading it stands under.
    """

    key: str
    name: str
    periods: tuple[StandardPeriod, ...]
    source: Clause


@dataclass(frozen=True, slots=True)
class Fact:
    """What a document says that fits nowhere else; several facts may have the same key."""

    key: str
    value: str
    source: Clause


@dataclass(frozen=True, slots=True)
class InForce:
    """From the first to the last day a charter was made for; `until` None where it has no end."""

    start: date
    until: date | None
    source: Clause


@dataclass(frozen=True, slots=True)
class Charter:
    id: str
    version: str
    name: str
    name_en: str
    short: str  # in SMS, at most 16 characters
    label: str  # in menus
    title: str  # spoken, and on screens
    digit: int  # pressed for it on the menu of a shared line
    keyword: str  # names it in an SMS to a shared line, in capitals
    wording: Mapping[Language, str] = field(hash=False)  # what is promised, before the date
    in_force: InForce
    hours: Hours
    contacts: Contacts
    units: tuple[Unit, ...]
    topics: tuple[Topic, ...]
    details: tuple[Detail, ...]  # in the order in which they are asked
    rules: tuple[Rule, ...]
    appeal: tuple[AppealLevel, ...]
    rights: tuple[Clause, ...]
    duties: tuple[Clause, ...]
    services: tuple[Service, ...]
    standards: tuple[Standard, ...]
    complaints_unit_duties: tuple[Clause, ...]
    reporting: tuple[Clause, ...]  # what the office promises to record and to publish
    review: tuple[Clause, ...]  # when and for what the charter is to be looked at again
    facts: tuple[Fact, ...]
    documents: tuple[Document, ...]
    complaints_unit: str | None  # its code, where the institution has such a unit
    awaiting_review: str | None  # why the charter should be renewed
    ladders: tuple[Ladder, ...]  # its own before those that hold where it is silent

    def unit(self, code: str) -> Unit:
        """The unit of that code. Raises UnknownUnit."""
        for unit in self.units:
            if unit.code == code:
                return unit
        codes = ", ".join(unit.code for unit in self.units) or "none"
        raise UnknownUnit(f"{self.id} has no unit {code!r}; it has: {codes}")

    def unit_for(self, topic: str) -> str | None:
        """The code of the unit that answers for a topic, None for the complaints unit.

        Raises LookupError for a topic that is not one of TOPICS.
        """
        for known in self.topics:
            if known.key == topic:
                return known.unit
        raise LookupError(f"unknown topic {topic!r}; the topics are: {', '.join(TOPICS)}")

    def promises(self, kind: TicketKind = "complaint", unit: str | None = None) -> tuple[Rule, ...]:
        """The rules that start to run with a new ticket of that kind at that unit.

        `unit` None is the complaints unit. Of each (kind, internal) the rule that names the
        unit wins over the one for all. What the citizen is told comes before what is internal.
        Raises UnknownUnit.
        """
        found: dict[tuple[bool, RuleKind], Rule] = {}
        for rule in self._rules_at(unit):
            if rule.for_kind == kind and rule.kind in OPENING:
                found.setdefault((rule.internal, rule.kind), rule)
        return tuple(found[key] for key in sorted(found))

    def investigations(self, topic: str | None) -> tuple[Rule, ...]:
        """What a complaint about this topic also sets going, at whichever unit it is.

        An allegation of corruption is investigated in the time that the unit which does so has
        for it (000:598, 001:227; D35).
        """
        if topic != "corruption":
            return ()
        return tuple(rule for rule in self.rules if rule.kind == "investigate")

    def rule(self, kind: RuleKind, unit: str | None = None) -> Rule | None:
        """The one rule of a kind at a unit, or None if the charter has none there.

        A rule for complaints wins over one for other tickets, then a promise told to the
        citizen over an internal one, then a rule that names the unit over the one for all.
        Raises UnknownUnit.
        """
        rules = (rule for rule in self._rules_at(unit) if rule.kind == kind)
        return min(rules, key=lambda r: (r.for_kind != "complaint", r.internal), default=None)

    def ladder(self, kind: str, internal: bool) -> Ladder | None:
        """The ladder of promises of a kind; None for a kind that nobody is reminded of."""
        for ladder in self.ladders:
            if kind in ladder.kinds and ladder.internal == internal:
                return ladder
        return None

    def _rules_at(self, unit: str | None) -> Iterator[Rule]:
        """The rules that hold at a unit, those that name it first."""
        if unit is not None:
            self.unit(unit)
            yield from (rule for rule in self.rules if rule.units and unit in rule.units)
        yield from (rule for rule in self.rules if rule.units is None)
