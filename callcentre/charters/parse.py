"""From the tables of one TOML file to a `Charter`; docs/howto-charter.md describes the file.

Every fault is written down by the `Table` it stands in. Nothing here stops at one: where a
value cannot be used a stand-in takes its place, and the loader refuses the whole file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple, get_args

from callcentre.charters.model import (
    COMMANDS,
    DETAILS,
    INSTITUTION_DIGITS,
    ROLES,
    TICKET_KINDS,
    TOPICS,
    AppealLevel,
    Basis,
    Charter,
    Clause,
    Contact,
    ContactKind,
    Contacts,
    Detail,
    Document,
    Fact,
    Hours,
    InForce,
    Ladder,
    PeriodKind,
    Rule,
    RuleKind,
    Service,
    ServicePeriod,
    Standard,
    StandardPeriod,
    Step,
    Topic,
    Unit,
    UnitKind,
)
from callcentre.charters.table import Table

BASES: tuple[Basis, ...] = get_args(Basis)
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
UNIT_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
CONTACT_KINDS: tuple[ContactKind, ...] = get_args(ContactKind)
PERIOD_KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)

SHORT_NAME = 16  # characters of an institution's name in an SMS
SHORT_UNIT = 21  # characters of a unit's name in a message to staff
_KEYWORD = re.compile(r"[A-Z]+")
_SHARE = re.compile(r"([0-9]+) %")
_AFTER = re.compile(r"([0-9]+) working_days")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class _Known(NamedTuple):
    """What the rest of a file may refer to."""

    document: str  # the one meant where a clause names none
    documents: frozenset[str]
    units: frozenset[str] = frozenset()


def parse(file: Table) -> Charter:
    """The charter in a file. What is wrong with it is in the faults of `file`."""
    documents = tuple(_document(table) for table in file.tables("documents"))
    known = _Known(file.text("document"), frozenset(d.id for d in documents))
    units = tuple(_unit(table, known) for table in file.tables("units"))
    known = known._replace(units=frozenset(unit.code for unit in units))
    _check_once(file, "units", "code", (unit.code for unit in units))
    institution = file.text("id")
    wording = file.table("wording")
    charter = Charter(
        id=institution,
        version=file.text("version"),
        name=file.text("name"),
        name_en=file.text("name_en"),
        short=_short(file, "short", SHORT_NAME),
        label=file.text("label"),
        title=file.text("title"),
        digit=_digit(file),
        keyword=_keyword(file),
        wording={"sw": wording.text("sw"), "en": wording.text("en")},
        in_force=_in_force(file.table("in_force"), known),
        hours=_hours(file.table("hours"), known),
        contacts=_contacts(file, known),
        units=units,
        topics=_topics(file.table("topics"), known),
        details=_details(file, known),
        rules=_rules(file, known),
        appeal=tuple(_level(table, known) for table in file.tables("appeal")),
        rights=_statements(file, "rights", known),
        duties=_statements(file, "duties", known),
        services=tuple(_services(institution, file.tables("services"), known)),
        standards=tuple(_standard(table, known) for table in file.tables("standards")),
        complaints_unit_duties=_statements(file, "complaints_unit_duties", known),
        reporting=_statements(file, "reporting", known),
        review=_statements(file, "review", known),
        facts=tuple(_fact(table, known) for table in file.tables("facts")),
        documents=documents,
        complaints_unit=_maybe_unit(file, "complaints_unit", known),
        awaiting_review=file.maybe_text("awaiting_review"),
        ladders=ladders(file, known),
    )
    wording.done()
    file.done()
    return charter


def _document(table: Table) -> Document:
    document = Document(table.text("id"), table.text("file"), table.text("title"))
    table.done()
    return document


def _clause(
    table: Table,
    known: _Known,
    *,
    text: str | None = None,
    line: int | None = None,
    clean: str = "clean",
) -> Clause:
    """The quotation in a table: `text` stands in where none is written, `line` replaces its
    line, and `clean` is the key of the corrected text.
    """
    printed = table.text("text") if text is None else table.maybe_text("text") or text
    document = table.maybe_text("document") or known.document
    if document not in known.documents:
        table.fault("document", f"unknown {document!r}; it is not in [[documents]]")
    return Clause(
        text=printed,
        clean=table.maybe_text(clean) or printed,
        document=document,
        line=table.number("line") if line is None else line,
        note=table.maybe_text("note"),
    )


def _statements(file: Table, key: str, known: _Known) -> tuple[Clause, ...]:
    return tuple(_statement(table, known) for table in file.tables(key))


def _statement(table: Table, known: _Known) -> Clause:
    clause = _clause(table, known)
    table.done()
    return clause


def _fact(table: Table, known: _Known) -> Fact:
    fact = Fact(table.text("key"), table.text("value"), _clause(table, known))
    table.done()
    return fact


def _in_force(table: Table, known: _Known) -> InForce:
    in_force = InForce(table.day("from"), table.maybe_day("until"), _clause(table, known))
    if in_force.until is not None and in_force.until < in_force.start:
        table.fault("until", f"{in_force.until} is before {in_force.start}")
    table.done()
    return in_force


def _hours(table: Table, known: _Known) -> Hours:
    hours = Hours(
        open=table.clock("open"),
        close=table.clock("close"),
        days=tuple(table.numbers("days")),
        basis=table.word("basis", BASES),
        source=_clause(table, known),
    )
    if hours.close <= hours.open:
        table.fault("close", f"closes at {hours.close}, before it opens at {hours.open}")
    if not hours.days or set(hours.days) - set(range(1, 8)):
        table.fault("days", "write the days as numbers, 1 (Monday) to 7 (Sunday)")
    table.done()
    return hours


def _contacts(table: Table, known: _Known) -> Contacts:
    return Contacts(tuple(_contact(entry, known) for entry in table.tables("contacts")))


def _contact(table: Table, known: _Known) -> Contact:
    kind = table.word("kind", CONTACT_KINDS)
    value = table.text("value")
    if value and kind in ("phone", "fax") and not _E164.fullmatch(value):
        table.fault("value", f"{value!r} is not a number like +255232934305")
    contact = Contact(kind, value, _clause(table, known), table.flag("alternate"))
    table.done()
    return contact


def _unit(table: Table, known: _Known) -> Unit:
    name = table.text("name")
    unit = Unit(
        code=table.text("code"),
        name=name,
        short=_short(table, "short", SHORT_UNIT),
        kind=table.word("kind", UNIT_KINDS),
        source=_clause(table, known, text=name),
        contacts=_contacts(table, known),
    )
    table.done()
    return unit


def _topics(table: Table, known: _Known) -> tuple[Topic, ...]:
    topics = tuple(Topic(key, _maybe_unit(table, key, known)) for key in TOPICS)
    table.done()
    return topics


def _digit(file: Table) -> int:
    digit = file.number("digit")
    if digit not in INSTITUTION_DIGITS:
        file.fault("digit", f"{digit} is not one of 1 to {INSTITUTION_DIGITS[-1]}")
    return digit


def _keyword(file: Table) -> str:
    keyword = file.text("keyword")
    if keyword and not _KEYWORD.fullmatch(keyword):
        file.fault("keyword", f"{keyword!r} is not one word in capital letters, A to Z")
    if keyword.casefold() in COMMANDS:
        file.fault("keyword", f"{keyword!r} means something else in an SMS")
    return keyword


def _details(file: Table, known: _Known) -> tuple[Detail, ...]:
    details = tuple(_detail(table, known) for table in file.tables("details"))
    _check_once(file, "details", "key", (detail.key for detail in details))
    return details


def _detail(table: Table, known: _Known) -> Detail:
    detail = Detail(table.word("key", DETAILS), _clause(table, known))
    table.done()
    return detail


def _rules(file: Table, known: _Known) -> tuple[Rule, ...]:
    rules = tuple(rule for table in file.tables("rules") for rule in _rule(table, known))
    places = Counter(
        (rule.kind, rule.for_kind, "internal" if rule.internal else "told", unit or "all units")
        for rule in rules
        for unit in rule.units or (None,)
    )
    for place, times in places.items():
        if times > 1:
            file.fault("rules", f"{times} rules for one case: {', '.join(place)}")
    for kind in ("acknowledge", "answer"):
        if not any(r.kind == kind and r.for_kind == "complaint" and not r.units for r in rules):
            file.fault("rules", f"none says for all units when to {kind} a complaint")
    return rules


def _rule(table: Table, known: _Known) -> Iterator[Rule]:
    """The rules of a table: one for each kind of ticket, and for each unit with its own line."""
    kind = table.word("kind", RULE_KINDS)
    for_kinds = table.words("for", TICKET_KINDS, ("complaint",))
    period = table.period("period")
    basis = table.word("basis", BASES)
    internal = table.flag("internal")
    progress = table.flag("progress")
    for clause, units in _places(table, known):
        for for_kind in for_kinds:
            yield Rule(kind, period, basis, internal, clause, units, for_kind, progress)
    table.done()


def _places(table: Table, known: _Known) -> list[tuple[Clause, tuple[str, ...] | None]]:
    """Where a rule stands, and for which units: `lines` gives each unit a line of its own."""
    if "lines" in table:
        lines = table.table("lines")
        by_unit = {code: lines.number(code) for code in lines.unread()}
        _check_units(table, "lines", by_unit, known)
        first = _clause(table, known, line=1)
        return [
            (Clause(first.text, first.clean, first.document, line, first.note), (code,))
            for code, line in by_unit.items()
        ]
    units = tuple(table.texts("units")) if "units" in table else None
    _check_units(table, "units", units or (), known)
    return [(_clause(table, known), units)]


def ladders(file: Table, known: _Known | None = None) -> tuple[Ladder, ...]:
    """The ladders in a file: a charter's own quote it, those for all charters quote nothing."""
    found = tuple(_ladder(table, known) for table in file.tables("ladder"))
    places = ((kind, ladder.internal) for ladder in found for kind in ladder.kinds)
    for (kind, internal), times in Counter(places).items():
        if times > 1:
            case = f"{kind}, {'internal' if internal else 'told'}"
            file.fault("ladder", f"{times} ladders for one case: {case}")
    return found


def _ladder(table: Table, known: _Known | None) -> Ladder:
    ladder = Ladder(
        kinds=table.words("for", RULE_KINDS, ()),
        internal=table.flag("internal"),
        steps=tuple(_step(entry) for entry in table.tables("steps")),
        again=_working_days(table, "again") if "again" in table else None,
        source=_clause(table, known) if known else None,
    )
    if not ladder.kinds:
        table.fault("for", "names no kind of promise")
    if not ladder.steps:
        table.fault("steps", "a ladder needs at least one step")
    for place, (step, later) in enumerate(pairwise(ladder.steps), start=2):
        if _place(later) <= _place(step):
            table.fault(f"steps[{place}].at", f"{later.at!r} does not come after {step.at!r}")
    if not ladder.internal and ladder.again is None:
        table.fault("again", "missing: nobody would hear of it any more after the last step")
    if ladder.internal and any(step.late for step in ladder.steps):
        table.fault("steps", "no citizen was told the date of an internal target: no step is late")
    if ladder.again is not None and ladder.steps and ladder.steps[-1].after is None:
        table.fault("again", "only a step after the date comes again")
    table.done()
    return ladder


def _place(step: Step) -> tuple[int, float]:
    """Where a step comes among others: shares, then the morning, then what follows the date."""
    if step.share is not None:
        return 0, step.share
    return (1, 0) if step.after is None else (2, step.after)


def _step(table: Table) -> Step:
    at = table.text("at")
    share, after = _SHARE.fullmatch(at), _AFTER.fullmatch(at)
    if share and not 0 < int(share[1]) < 100:
        table.fault("at", f"{at!r} is not between 0 % and 100 %")
    if at and not share and not after and at not in ("today", "due"):
        table.fault("at", f"{at!r} is none of '50 %', 'today', 'due', '3 working_days'")
    step = Step(
        at=at,
        to=table.words("to", ROLES, ()),
        share=int(share[1]) / 100 if share else None,
        after=int(after[1]) if after else 0 if at == "due" else None,
        late=table.flag("late"),
    )
    if not step.to:
        table.fault("to", f"names nobody; write one of {', '.join(ROLES)}")
    if step.late and step.after is None:
        table.fault("late", "the date has not passed yet at this step")
    table.done()
    return step


def _working_days(table: Table, key: str) -> int:
    period = table.period(key)
    if period.unit != "working_days":
        table.fault(key, f"'{period}' are no working days; write it like '5 working_days'")
    return period.amount


def _level(table: Table, known: _Known) -> AppealLevel:
    level = AppealLevel(
        level=table.number("level") if "level" in table else None,
        key=table.text("key"),
        name=table.text("name"),
        name_en=table.text("name_en"),
        inside=table.flag("inside"),
        source=_clause(table, known),
        contacts=_contacts(table, known),
    )
    table.done()
    return level


def _services(institution: str, tables: list[Table], known: _Known) -> Iterator[Service]:
    """The rows of all tables of services, counted within each unit."""
    counted: Counter[str] = Counter()
    for table in tables:
        unit = table.text("unit")
        _check_units(table, "unit", [unit], known)
        if "rows" not in table:
            table.fault("rows", "missing")
        for row in table.tables("rows"):
            counted[unit] += 1
            yield _service(row, f"{institution}:{unit}:{counted[unit]}", unit, known)
        table.done()


def _service(row: Table, id: str, unit: str, known: _Known) -> Service:
    line = row.number("line")
    service = Service(
        id=id,
        unit=unit,
        number=row.text("number"),
        period_raw=row.cell("period_raw"),
        period=_service_period(row),
        source=_clause(row, known, text=row.cell("text"), line=line, clean="text_clean"),
        continued=row.number("continued") if "continued" in row else None,
    )
    if not service.period_raw and service.period.kind != "none":
        row.fault("period", "none is printed; write 'none'")
    if service.continued is not None and service.continued <= line:
        row.fault("continued", f"{service.continued} is not after line {line}")
    row.done()
    return service


def _standard(table: Table, known: _Known) -> Standard:
    standard = Standard(
        key=table.text("key"),
        name=table.text("name"),
        periods=tuple(_standard_period(entry) for entry in table.tables("periods")),
        source=_clause(table, known),
    )
    for period in standard.periods:
        if period.raw not in standard.source.text:
            table.fault("periods", f"{period.raw!r} is not in the text")
    table.done()
    return standard


def _standard_period(table: Table) -> StandardPeriod:
    period = StandardPeriod(table.text("period_raw"), _service_period(table))
    table.done()
    return period


def _service_period(table: Table) -> ServicePeriod:
    """`3 days` is a duration; a kind may come first (`event 3 days`) or alone (`always`)."""
    written = table.text("period")
    kind, _, length = written.partition(" ")
    known = next((word for word in PERIOD_KINDS if word == kind), None)
    if known is not None and not length:
        return ServicePeriod(known)
    period = table.as_period("period", length if known else written) if written else None
    if period is None:
        return ServicePeriod("none")
    return ServicePeriod(known or "duration", period.amount, period.unit)


def _maybe_unit(table: Table, key: str, known: _Known) -> str | None:
    code = table.maybe_text(key)
    _check_units(table, key, [code] if code else [], known)
    return code


def _check_units(table: Table, key: str, codes: Iterable[str], known: _Known) -> None:
    for code in codes:
        if code not in known.units:
            table.fault(key, f"unknown unit {code!r}; it is not in [[units]]")


def _check_once(file: Table, key: str, name: str, written: Iterable[str]) -> None:
    for value, times in Counter(written).items():
        if times > 1:
            file.fault(key, f"the {name} {value!r} stands {times} times")


def _short(table: Table, key: str, most: int) -> str:
    text = table.text(key)
    if len(text) > most:
        table.fault(key, f"{text!r} is longer than {most} characters")
    return text
