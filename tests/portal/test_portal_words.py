from datetime import date, time

import pytest

from callcentre.charters import Hours, Period
from callcentre.charters.model import PeriodUnit, ServicePeriod
from callcentre.portal import words

WEEK = Hours(time(7, 30), time(15, 30), (1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (1, "days", "siku 1"),
        (30, "days", "siku 30"),
        (1, "working_days", "siku 1 ya kazi"),
        (7, "working_days", "siku 7 za kazi"),
        (60, "working_days", "siku 60 za kazi (kama miezi 3)"),
        (30, "minutes", "dakika 30"),
        (1, "hours", "saa 1 (dakika 60)"),
        (2, "weeks", "wiki 2"),
        (1, "months", "mwezi 1"),
        (4, "months", "miezi 4"),
    ],
)
def test_a_length_of_time(amount: int, unit: PeriodUnit, shown: str) -> None:
    assert words.length(Period(amount, unit)) == shown


@pytest.mark.parametrize(
    ("period", "printed", "shown"),
    [
        (ServicePeriod("duration", 2, "days"), "Siku mbiili", "Siku 2"),
        (ServicePeriod("always"), "Siku 365", "Mwaka mzima"),
        (ServicePeriod("recurring", 3, "months"), "Kila robo mwaka", "Kila robo mwaka"),
        (ServicePeriod("event", 7, "days"), "siku 7 kila muhula", "Siku 7 kila muhula"),
        (ServicePeriod("none"), "", "Muda hautajwi"),
    ],
)  # fmt: skip
def test_the_time_of_a_row(period: ServicePeriod, printed: str, shown: str) -> None:
    assert words.service_length(period, printed) == shown


def test_only_the_kinds_of_days_on_the_page_are_explained() -> None:
    assert words.counting(["working_days"], WEEK) == [
        "Siku za kazi: Jumamosi, Jumapili na sikukuu hazihesabiwi.",
        "Siku ya kupokelewa haihesabiwi; kuhesabu kunaanza siku inayofuata.",
    ]
    assert "hata Jumamosi, Jumapili na sikukuu" in words.counting(["days"], WEEK)[0]
    assert words.counting([], WEEK) == []


@pytest.mark.parametrize(
    ("days", "shown", "closed"),
    [
        ((1, 2, 3, 4, 5), "Jumatatu hadi Ijumaa", "Jumamosi, Jumapili na sikukuu"),
        ((1, 2, 3, 4, 5, 6), "Jumatatu hadi Jumamosi", "Jumapili na sikukuu"),
        ((1, 2, 3, 4, 5, 6, 7), "Jumatatu hadi Jumapili", "sikukuu"),
        ((2, 4), "Jumanne na Alhamisi", "Ijumaa, Jumamosi, Jumapili na sikukuu"),
    ],
)
def test_the_days_of_an_office(days: tuple[int, ...], shown: str, closed: str) -> None:
    assert words.office_days(days) == shown
    sentence = words.counting(["working_days"], Hours(WEEK.open, WEEK.close, days))[0]
    assert sentence.endswith(f"{closed} hazihesabiwi.")


def test_a_far_day_has_its_year() -> None:
    today = date(2026, 11, 23)

    assert words.day(date(2026, 12, 7), today) == "Jumatatu 7/12"
    assert words.day(date(2027, 11, 22), today) == "Jumatatu 22/11/2027"
