"""What a citizen reads on `/`, `/ahadi` and `/ahadi/<institution>`."""

from datetime import date
from typing import Any

import pytest
from given import NOW
from reading import Page

from callcentre import charters, db
from callcentre.charters import Clause
from callcentre.tickets import holidays

OFFICES = ("morogoro", "sengerema", "kilosa", "utumishi")
HOURS = {
    "morogoro": "saa 1:30 asubuhi - 9:30 alasiri (07:30-15:30)",
    "sengerema": "saa 1:30 asubuhi - 9:30 alasiri (07:30-15:30) (inakadiriwa)",
    "kilosa": "saa 2:00 asubuhi - 9:00 alasiri (08:00-15:00)",
    "utumishi": "saa 2:30 asubuhi - 10:00 jioni (08:30-16:00)",
}
CODES = dict(zip(OFFICES, ("*149*51#", "*149*52#", "*149*53#", "*149*54#"), strict=True))
REVIEW = "Mkataba huu unasubiri mapitio"


def printed(clause: Clause) -> str:
    return " ".join(clause.text.split())


def test_the_front_page_leads_to_every_office(visit: Any) -> None:
    page = visit("/")

    assert "Piga *149*50#" in page.text
    assert "Jumatatu hadi Ijumaa" in page.text
    for office in OFFICES:
        assert f"/ahadi/{office}" in page.links
        assert CODES[office] in page.text
        assert HOURS[office].removesuffix(" (inakadiriwa)") in page.text


def test_all_offices_stand_on_one_page_with_promises_hours_and_codes(visit: Any) -> None:
    page = visit("/ahadi")

    for office in OFFICES:
        assert charters.get(office).title in page.text
        assert HOURS[office] in page.text
        assert CODES[office] in page.text
        assert f"/ahadi/{office}" in page.links
    assert "Utajibiwa au kuelezwa lilipofikia ndani ya siku 60 za kazi (kama miezi 3)" in page.text
    assert "Ukipiga simu usipate mtu, utapigiwa ndani ya siku 1 ya kazi" in page.text
    assert page.text.count(REVIEW) == 3


@pytest.mark.parametrize("office", OFFICES)
def test_every_promise_has_the_sentence_behind_it_and_no_target_is_told(
    visit: Any, office: str
) -> None:
    charter, page = charters.get(office), visit(f"/ahadi/{office}")

    told = [rule.clause for rule in charter.rules if not rule.internal]
    for rule in charter.rules:
        if rule.units is None and not rule.internal:
            assert printed(rule.clause) in page.text
            assert rule.clause.clean in page.text
            assert f"Hati {rule.clause.document}, mstari wa {rule.clause.line}" in page.text
    targets = {rule.clause.text for rule in charter.rules if rule.internal}
    others = [*charter.appeal, *charter.standards, charter.hours]
    elsewhere = " ".join(
        clause.text for clause in (*told, *(each.source for each in others)) if clause
    )
    for text in targets:
        assert text in elsewhere or text not in page.text


@pytest.mark.parametrize(
    ("office", "promises"),
    [
        (
            "morogoro",
            [
                "Utajulishwa ulichotuma kimefika (lalamiko, maoni, pongezi au swali)"
                " ndani ya siku 1 Kwa mfano wa barua: mkataba hautaji siku ngapi",
                "Utajibiwa ndani ya siku 14 Imeandikwa kwenye mkataba",
                "Ukitoa maoni au ushauri, utajibiwa ndani ya siku 14 Kwa mfano wa malalamiko",
                "Ukiandika barua, utajibiwa ndani ya siku 3",
                "Ukiandika barua, utajibiwa ndani ya siku 2 Mipango na Uratibu, Miundombinu",
                "Tuhuma za ubadhirifu zitachunguzwa ndani ya siku 14 Ukaguzi wa Ndani",
            ],
        ),
        (
            "sengerema",
            [
                "Utajulishwa lalamiko limefika ndani ya siku 7 za kazi",
                "Utajibiwa au kuelezwa lilipofikia ndani ya siku 30 Imeandikwa",
                "Utajibiwa au kuelezwa lilipofikia ndani ya siku 3 za kazi Sheria",
                "Ukiandika barua, utajibiwa ndani ya siku 7 za kazi Inakadiriwa",
            ],
        ),
        (
            "kilosa",
            [
                "Utajulishwa lalamiko limefika ndani ya siku 7 za kazi Imeandikwa",
                "Ukipiga simu usipate mtu, utapigiwa ndani ya siku 1 ya kazi",
            ],
        ),
    ],
)
def test_the_promises_in_plain_words(visit: Any, office: str, promises: list[str]) -> None:
    page = visit(f"/ahadi/{office}")

    for promise in promises:
        assert promise in page.text
    assert "kuhesabu kunaanza siku inayofuata" in page.text
    assert REVIEW in page.text


def test_an_office_without_a_charter_promises_nothing(visit: Any) -> None:
    page = visit("/ahadi/utumishi")

    assert "Hakuna tarehe iliyoahidiwa kwa maandishi" in page.text
    assert "ndani ya" not in page.text
    assert "Mwisho ni" not in page.text
    assert "Mkataba wa ofisi hii unasubiriwa" in page.text


@pytest.mark.parametrize(
    ("office", "acknowledged", "answered", "why"),
    [
        ("morogoro", "Jumanne 24/11", "Jumatatu 7/12", "siku ya 14 = Jumatatu 7 Desemba 15:30"),
        ("sengerema", "Jumatano 2/12", "Jumatano 23/12", "siku ya 7 ya kazi = Jumatano 2 Desemba"),
        ("kilosa", "Jumatano 2/12", "Ijumaa 19/2", "25 Desemba"),
    ],
)
def test_a_complaint_of_today_has_its_dates_and_their_sums(
    visit: Any, office: str, acknowledged: str, answered: str, why: str
) -> None:
    page = visit(f"/ahadi/{office}")

    assert "Ukilalamika leo, Jumatatu 23/11" in page.text
    clock = "saa 9:00 alasiri (15:00)" if office == "kilosa" else "saa 9:30 alasiri (15:30)"
    assert f"Mwisho ni {acknowledged}, {clock}" in page.text
    assert f"Mwisho ni {answered}, {clock}" in page.text
    assert why in page.text


def test_a_declared_holiday_moves_the_date(visit: Any) -> None:
    assert "Mwisho ni Jumatano 2/12" in visit("/ahadi/sengerema").text
    with db.session() as session:
        holidays.declare(session, date(2026, 11, 30), "Uchaguzi", by="test", now=NOW)

    page = visit("/ahadi/sengerema")
    assert "Mwisho ni Alhamisi 3/12" in page.text
    assert "30 Novemba Uchaguzi haihesabiwi" in page.text


@pytest.mark.parametrize("office", ["morogoro", "sengerema", "kilosa"])
def test_rights_duties_and_the_ladder_stand_as_printed(visit: Any, office: str) -> None:
    charter, page = charters.get(office), visit(f"/ahadi/{office}")

    for clause in (*charter.rights, *charter.duties, *charter.reporting):
        assert printed(clause) in page.text
        assert f"Hati {clause.document}, mstari wa {clause.line}" in page.text
    for level in charter.appeal:
        assert level.name in page.text
    assert "S.L.P. 2643, Dar es Salaam" in page.text
    assert "tel:+255222110607" in page.links
    assert ("TAKUKURU" in page.text) == (office == "sengerema")


def test_contacts_leave_out_what_the_documents_contradict(visit: Any) -> None:
    page = visit("/ahadi/morogoro")

    assert "mailto:ras@morogoro.go.tz" in page.links
    assert "0232934306" in page.text
    assert "tamisemi" not in " ".join(page.links)


@pytest.mark.parametrize("office", OFFICES)
def test_every_row_can_be_read_with_its_print(visit: Any, office: str) -> None:
    charter = charters.get(office)

    for unit in charter.units:
        page: Page = visit(f"/ahadi/{office}", unit=unit.code)
        services = [service for service in charter.services if service.unit == unit.code]
        assert (f"Huduma {len(services)}" if services else "Hakuna huduma") in page.text
        for service in services:
            assert printed(service.source) in page.text
            assert " ".join(service.source.clean.split()) in page.text
            assert service.period_raw in page.text
            assert f"mstari wa {service.source.line}" in page.text


def test_a_units_own_promise_wins(visit: Any) -> None:
    page = visit("/ahadi/sengerema", unit="8.4")

    assert "Utajibiwa au kuelezwa lilipofikia ndani ya siku 3 za kazi" in page.text
    assert "Kujibu barua, malalamiko,hoja na majalada Siku 3 za kazi" in page.text
    assert "mstari wa 226" in page.text
    assert "siku 30 Imeandikwa" not in page.text.replace("zitachunguzwa ndani ya siku 30", "")


def test_a_row_split_over_two_pages_names_both_lines(visit: Any) -> None:
    assert "Hati 000, mstari wa 407 na 410" in visit("/ahadi/morogoro", q="9.3.7").text
