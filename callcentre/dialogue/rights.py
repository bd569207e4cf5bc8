"""What an institution promises, what a citizen may ask of it, and where else he may go.

All of it is the charter's own; the outside bodies can be asked for at any time, not only after an
answer that did not satisfy (the Commission for Human Rights and Good Governance, 002:329).
"""

from callcentre import bodies
from callcentre.charters import AppealLevel, Charter, Period
from callcentre.dialogue.context import Context
from callcentre.dialogue.engine import DONT_KNOW, Dialogue, Option, choose, tell
from callcentre.phrases import Term, Value

SECTIONS = ("promises", "rights", "duties", "unsatisfied")
LANGUAGE = "language"
WORKING_DAYS_OF_A_MONTH = 20


def rights(context: Context) -> Dialogue[None]:
    """Show what is asked for until the citizen goes back, or asks for the other language."""
    while True:
        section = yield from choose("rights", (*SECTIONS, Option(LANGUAGE, digit="5")))
        if section == LANGUAGE:
            return
        charter = yield from _charter(context)
        if section == "promises":
            yield from _promises(charter)
        else:
            yield from tell("read", "read", phrase="ask.answer", majibu=_lines(charter, section))


def _charter(context: Context) -> Dialogue[Charter]:
    if not context.shared:
        return context.charters[context.keeper]
    chosen = yield from choose("whose_rights", context.institutions(), dont_know=True)
    return context.charters[context.keeper if chosen == DONT_KNOW else chosen]


def _promises(charter: Charter) -> Dialogue[None]:
    told = {rule.kind: rule for rule in charter.promises() if not rule.internal}
    if "answer" not in told or "acknowledge" not in told:
        yield from choose("prom_none", ("go_on",), t=charter.title)
        return
    yield from choose(
        "prom",
        ("go_on",),
        t=charter.title,
        ahadi=charter.wording,
        kupokea=period(told["acknowledge"].period),
        kujibu=period(told["answer"].period),
    )


def period(promised: Period) -> Value:
    """The period in words; many working days also in months, which people can picture."""
    amount, unit = promised.amount, promised.unit
    if unit == "working_days" and amount >= 2 * WORKING_DAYS_OF_A_MONTH:
        months = round(amount / WORKING_DAYS_OF_A_MONTH)
        return Term("period.working_days_and_months", {"n": amount, "m": months})
    return Term(f"period.{unit}", {"n": amount})


def _level(level: AppealLevel) -> str:
    body = bodies.find(level.key)
    return f"{body.name}, {body.reached}".rstrip(", ") if body else level.name


def _lines(charter: Charter, section: str) -> str:
    """The charter's own sentences, one after the other."""
    if section == "unsatisfied":
        return " ".join(
            f"{place}. {_level(level)}." for place, level in enumerate(charter.appeal, 1)
        )
    clauses = charter.rights if section == "rights" else charter.duties
    return " ".join(f"{place}. {one.clean}" for place, one in enumerate(clauses, 1))
