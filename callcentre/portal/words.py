"""A charter's figures in the plain Swahili that a citizen reads on a page."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from callcentre.charters import Charter, Hours, Period, Rule
from callcentre.charters.model import (
    ContactKind,
    PeriodUnit,
    RuleKind,
    Service,
    ServicePeriod,
    TicketKind,
)
from callcentre.phrases import NINE_MONTHS

_DAYS = ("Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili")
_MANY_WORKING_DAYS = 42  # from here on a citizen is told the months too
_WORKING_DAYS_OF_A_MONTH = 21

KINDS: Final[dict[TicketKind, str]] = {
    "complaint": "lalamiko",
    "opinion": "maoni",
    "compliment": "pongezi",
    "enquiry": "swali",
}
CONTACTS: Final[dict[ContactKind, str]] = {
    "phone": "Simu",
    "fax": "Nukushi (faksi)",
    "email": "Barua pepe",
    "website": "Tovuti",
    "post_box": "Posta",
    "address": "Mahali",
}
_SAYS: Final[dict[RuleKind, str]] = {
    "acknowledge": "Utajulishwa lalamiko limefika",
    "letter": "Ukiandika barua, utajibiwa",
    "call_back": "Ukipiga simu usipate mtu, utapigiwa",
    "appointment": "Muda wa miadi ukifika, utahudumiwa",
    "route": "Lalamiko litafikishwa kwa wahusika",
    "appeal": "Usiporidhika utajibiwa upya",
    "investigate": "Tuhuma za ubadhirifu zitachunguzwa",
    "back_stop": "Ahadi iliyochelewa itapelekwa kwa kiongozi wa juu",
}
_ANSWERS: Final[dict[TicketKind, str]] = {
    "opinion": "Ukitoa maoni au ushauri, utajibiwa",
    "compliment": "Ukitoa pongezi, utajibiwa",
    "enquiry": "Ukiuliza swali, utajibiwa",
}


def says(charter: Charter, kind: RuleKind, kinds: Sequence[TicketKind]) -> str:
    """What a promise is, before its time: `Utajibiwa`."""
    if kind == "answer":
        return _ANSWERS.get(kinds[0], charter.wording["sw"])
    if kind == "acknowledge" and len(kinds) > 1:
        return f"Utajulishwa ulichotuma kimefika ({joined((KINDS[k] for k in kinds), 'au')})"
    return _SAYS[kind]


def length(period: Period) -> str:
    """`siku 7 za kazi`; an hour is told in minutes too, as "saa 1" is also seven o'clock."""
    amount, one = period.amount, period.amount == 1
    if period.unit == "working_days":
        months = round(amount / _WORKING_DAYS_OF_A_MONTH)
        more = f" (kama miezi {months})" if amount >= _MANY_WORKING_DAYS else ""
        return f"siku {amount} {'ya' if one else 'za'} kazi{more}"
    return {
        "minutes": f"dakika {amount}",
        "hours": f"saa {amount} (dakika {60 * amount})",
        "days": f"siku {amount}",
        "weeks": f"wiki {amount}",
        "months": f"mwezi {amount}" if one else f"miezi {amount}",
    }[period.unit]


def service_length(period: ServicePeriod, printed: str) -> str:
    """The time of a row: reckoned where it is a length, else in the words that are printed."""
    told = printed or "muda hautajwi"
    if period.kind == "duration" and period.amount and period.unit:
        told = length(Period(period.amount, period.unit))
    elif period.kind == "always":
        told = "mwaka mzima"
    return told[0].upper() + told[1:]


def service_text(service: Service) -> str:
    return service.source.clean or "Mkataba hauna maneno kwenye mstari huu"


def counting(units: Iterable[PeriodUnit], hours: Hours) -> list[str]:
    """How each kind of day on the page is counted, a sentence each."""
    closed = [_DAYS[day - 1] for day in range(1, 8) if day not in hours.days]
    not_worked = joined([*closed, "sikukuu"])
    sentences: dict[PeriodUnit, str] = {
        "working_days": f"Siku za kazi: {not_worked} hazihesabiwi.",
        "days": f'Siku bila neno "kazi": zote zinahesabiwa, hata {not_worked}.'
        " Ofisi ikiwa imefungwa siku ya mwisho, mwisho ni siku ya kazi inayofuata.",
        "weeks": "Wiki zinahesabiwa kwa kalenda.",
        "months": "Miezi inahesabiwa kwa kalenda.",
        "hours": "Saa zinahesabiwa ofisi ikiwa wazi tu.",
        "minutes": "Dakika zinahesabiwa ofisi ikiwa wazi tu.",
    }
    present = set(units)
    found = [sentence for unit, sentence in sentences.items() if unit in present]
    if present & {"working_days", "days", "weeks", "months"}:
        found.append("Siku ya kupokelewa haihesabiwi; kuhesabu kunaanza siku inayofuata.")
    return found


def basis(rule: Rule) -> str:
    """Where the time of a promise comes from."""
    if rule.basis == "stated":
        return "Imeandikwa kwenye mkataba"
    if rule.basis == "assumed":
        return "Inakadiriwa: mkataba hautaji siku ngapi"
    words = rule.clause.clean.casefold()
    like = next((word for word in ("barua", "malalamiko") if word in words), "jambo linalofanana")
    return f"Kwa mfano wa {like}: mkataba hautaji siku ngapi"


def office_days(days: Sequence[int]) -> str:
    """`Jumatatu hadi Ijumaa`, or the days one by one where they do not follow each other."""
    names = [_DAYS[day - 1] for day in sorted(days)]
    if len(names) > 2 and max(days) - min(days) == len(names) - 1:
        return f"{names[0]} hadi {names[-1]}"
    return joined(names)


def day(day: date, today: date) -> str:
    """`Jumatano 23/12`, with the year where that is more than nine months away."""
    far = abs((day - today).days) > NINE_MONTHS
    return f"{_DAYS[day.weekday()]} {day.day}/{day.month}" + (f"/{day.year}" if far else "")


def joined(words: Iterable[str], last: str = "na") -> str:
    """`a, b na c`."""
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final
