"""How a date was reckoned, in one line that a person can check with a wall calendar."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from callcentre.charters.model import Language, Period

_DAYS: Final[dict[Language, tuple[str, ...]]] = {
    "sw": ("Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "sw": (
        "Januari", "Februari", "Machi", "Aprili", "Mei", "Juni",
        "Julai", "Agosti", "Septemba", "Oktoba", "Novemba", "Desemba",
    ),
    "en": (
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ),
}  # fmt: skip

# What people call the holidays whose names in the Act fill a line.
_SHORT_NAMES = {
    "Siku ya kumbukumbu ya Rais wa Kwanza wa Serikali ya Mapinduzi Zanzibar"
    " Sheikh Abeid Amani Karume": "Karume",
    "Kumbukumbu ya Mwalimu Nyerere na Kilele cha mbio za Mwenge": "Nyerere",
    "Mapinduzi ya Zanzibar": "Mapinduzi",
    "Muungano wa Tanzania": "Muungano",
    "Sikukuu ya Wafanyakazi Ulimwenguni": "Wafanyakazi",
    "Sikukuu ya Wakulima": "Nanenane",
    "Siku ya Kupeana Zawadi": "Kupeana Zawadi",
    "Uhuru na Jamhuri": "Uhuru",
}


def explain(
    language: Language,
    period: Period,
    *,
    received: datetime,
    nominal: datetime | None,
    skipped: Sequence[tuple[date, str]],
    at: datetime,
) -> str:
    """One line of ASCII; the datetimes are in the time of the office.

    `nominal` is the closed day that gave way to the next working day, if one did.
    """
    timed = period.unit in ("minutes", "hours")
    start = _moment(received, language) if timed else _date(received, language)
    parts = [f"received {start}" if language == "en" else f"tumepokea {start}"]
    length = _length(period, language)
    if nominal is not None:
        closed = "office closed" if language == "en" else "ofisi imefungwa"
        parts.append(f"{length} = {_date(nominal, language, received.year)}, {closed}")
        length = "next working day" if language == "en" else "siku ya kazi inayofuata"
    if skipped:
        parts.append(_holidays(skipped, language))
    parts.append(f"{length} = {_moment(at, language, received.year)}")
    return "; ".join(parts).encode("ascii", "ignore").decode()


def _holidays(skipped: Sequence[tuple[date, str]], language: Language) -> str:
    names = ", ".join(
        f"{day.day} {_MONTHS[language][day.month - 1]} {_SHORT_NAMES.get(name, name)}"
        for day, name in skipped
    )
    if language == "en":
        return f"{names} skipped"
    return f"{names} {'haihesabiwi' if len(skipped) == 1 else 'hazihesabiwi'}"


def _length(period: Period, language: Language) -> str:
    """The period in words, a single day as the last of a count: "7th working day"."""
    amount, one = period.amount, period.amount == 1
    if language == "en":
        if period.unit in ("days", "working_days"):
            return f"{_ordinal(amount)} {'working ' * (period.unit == 'working_days')}day"
        work = "working " * (period.unit in ("minutes", "hours"))
        return f"{amount} {work}{period.unit.removesuffix('s') if one else period.unit}"
    return {
        "minutes": f"dakika {amount} za kazi",
        "hours": f"saa {amount} za kazi",
        "days": f"siku ya {amount}",
        "working_days": f"siku ya {amount} ya kazi",
        "weeks": f"wiki {amount}",
        "months": f"mwezi {amount}" if one else f"miezi {amount}",
    }[period.unit]


def _ordinal(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _date(day: datetime, language: Language, in_year: int | None = None) -> str:
    """The day with its name, and with its year where that is not `in_year`."""
    name, month = _DAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    year = "" if in_year in (None, day.year) else f" {day.year}"
    return f"{name} {day.day} {month}{year}"


def _moment(moment: datetime, language: Language, in_year: int | None = None) -> str:
    return f"{_date(moment, language, in_year)} {moment:%H:%M}"
