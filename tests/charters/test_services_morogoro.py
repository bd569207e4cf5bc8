"""The service rows of Morogoro, typed again from the document and compared."""

import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from callcentre import charters
from callcentre.charters.check import stands_as_row
from callcentre.cli.charters import charter

SEED = 2026
DRAWN = 20

ROWS_PER_UNIT = {
    "9.1": 28, "9.2": 20, "9.3": 20, "9.4": 18, "9.5": 37, "9.6": 31, "9.7": 18,
    "9.8.1": 15, "9.8.2": 11, "9.8.3": 14, "9.8.4": 16, "9.8.5": 19,
}  # fmt: skip


def rows():
    return {service.source.line: service for service in charters.get("morogoro").services}


def row(id):
    return next(s for s in charters.get("morogoro").services if s.id == f"morogoro:{id}")


def meaning(service):
    return (service.period.kind, service.period.amount, service.period.unit)


@pytest.fixture(scope="module")
def document():
    """The lines of the printed charter, or a skip that says loudly what was left undone."""
    folder = os.environ.get("CHARTER_DOCUMENTS")
    if not folder:
        pytest.skip(
            "THE ROWS OF MOROGORO WERE NOT COMPARED WITH THE DOCUMENT:"
            " set CHARTER_DOCUMENTS to the folder of the printed charters"
        )
    return (Path(folder) / "morogoro.txt").read_text(encoding="utf-8").split("\n")


def lines_of_rows(document):
    """The numbers of the lines that begin with the number of a row, read from the print alone."""
    return [
        number
        for number, line in enumerate(document, start=1)
        if re.match(r"9\.[0-9.]+\t[^\t]+\t", line) and number > 335  # after the table of contents
    ]


def test_each_table_has_all_its_rows():
    services = charters.get("morogoro").services
    assert Counter(service.unit for service in services) == ROWS_PER_UNIT
    assert len(services) == 247


def test_the_rows_stand_in_the_order_of_the_document():
    services = charters.get("morogoro").services
    lines = [service.source.line for service in services]
    assert lines == sorted(lines)
    for unit, count in ROWS_PER_UNIT.items():
        ids = [service.id for service in services if service.unit == unit]
        assert ids == [f"morogoro:{unit}:{place}" for place in range(1, count + 1)]


def test_units_without_a_table_have_no_rows():
    codes = {unit.code for unit in charters.get("morogoro").units}
    assert codes - set(ROWS_PER_UNIT) == {
        "maji", "malalamiko", "wilaya-morogoro", "wilaya-mvomero", "wilaya-gairo",
        "wilaya-kilosa", "wilaya-kilombero", "wilaya-ulanga", "wilaya-malinyi", "tarafa",
    }  # fmt: skip


# Drawn by chance, so that nobody chose the easy ones, and typed from the document.
TYPED = [
    (369, "9.1:27", "9.1.27", "Makatibu Tawala Wilaya kusajili Vizazi",
     "Siku 7", ("duration", 7, "days")),
    (377, "9.2:3", "9.2.3", "Kujibu hoja za ukaguzi.",
     "Siku 3", ("duration", 3, "days")),
    (413, "9.3:10", "9.3.10",
     "Kuandaa nyaraka (Makisio) kwa ajili ya kutafuta Wakandarasi wa shughuli za ujenzi.",
     "Siku 14", ("duration", 14, "days")),
    (443, "9.4:14", "9.4.14", "Usimamizi na ufuatiliaji.",
     "Siku 14", ("duration", 14, "days")),
    (475, "9.5:22", "9.5.22",
     "Kuidhinisha Makisio ya Mapato na Matumizi ya Chama cha Ushirika",
     "Siku 1", ("duration", 1, "days")),
    (504, "9.6:6", "9.6.6",
     "Kufanya Mapitio ya Utekelezaji wa Maagizo ya Viongozi wa Serikali"
     " kwa Mamlaka za Serikali za Mitaa",
     "Siku 15", ("duration", 15, "days")),
    (509, "9.6:9", "9.6.9",
     "Kufanya maandalizi ya Halmashauri kuwasilisha taarifa mbele ya Kamati ya Bunge ya Hesabu"
     " za Serikali za Mitaa (LAAC) baada ya hesabu kuwasilishwa kwa Mkaguzi wa nje.",
     "Siku 5", ("duration", 5, "days")),
    (520, "9.6:18", "9.6.18",
     "Kufanya mapitio ya utekelezaji wa Mikataba ya Huduma kwa Wateja na kutoa mrejesho"
     " kwa wakurugenzi baada ya mwaka kuisha.",
     "Siku 7", ("duration", 7, "days")),
    (522, "9.6:20", "9.6.20",
     "Kufanya vikao vya idara vya tathimi ya kazi na kuwasilisha muhtasari"
     " kwa Katibu Tawala wa Mkoa baada ya mwezi kuisha.",
     "Siku 2", ("duration", 2, "days")),
    (526, "9.6:24", "9.6.24",
     "Kuandaa na kuwasilisha taarifa za robo mwaka, nusu mwaka na mwaka.",
     "Siku 7", ("duration", 7, "days")),
    (535, "9.6:31", "9.6.31",
     "Kuwasilisha Maagizo ya Serikali Kuu na Wizara za Kisekta"
     " kwenye Mamlaka za Serikali za Mitaa",
     "Siku 7", ("duration", 7, "days")),
    (547, "9.7:6", "9.7.6", "Usimamizi na ufuatiliaji.",
     "Siku 14", ("duration", 14, "days")),
    (553, "9.7:12", "9.7.12", "Kuwasilisha taarifa za robo mwaka, nusu mwaka na mwaka.",
     "Siku 7", ("duration", 7, "days")),
    (589, "9.8.2:1", "9.8.2.1",
     "Kuandaa mpango kazi wa mwaka wa ukaguzi unaozingatia vihatarishi na kuwasilisha"
     " kwenye Kamati ya Ukaguzi na Mamlaka nyingine zinazohusika.",
     "Siku 7", ("duration", 7, "days")),
    (607, "9.8.3:3", "9.8.3.3",
     "Kutoa ushauri wa kitalaam kuhusu mambo ya Kisheria kutoka Mamlaka ya Serikali za Mitaa.",
     "Siku 5", ("duration", 5, "days")),
    (631, "9.8.4:4", "9.8.4.4",
     "Kuangalia mara kwa mara hesabu za vifaa kujua kama vinajitosheleza.",
     "Siku 1", ("duration", 1, "days")),
    (636, "9.8.4:9", "9.8.4.9", "Kumhudumia Mteja.",
     "Dakika 30", ("duration", 30, "minutes")),
    (644, "9.8.4:15", "9.8.4.15", "Usimamizi na ufuatiliaji.",
     "Siku 14", ("duration", 14, "days")),
    (651, "9.8.5:2", "9.8.5.2",
     "Kusimamia mifumo ya Mtandao na kuweka kanzidata katika Ofisi ya Mkoa.",
     "Kila siku", ("recurring", 1, "days")),
    (668, "9.8.5:16", "9.8.5.16", "Kujibu barua tangu kupokelewa Ofisini.",
     "Siku 2", ("duration", 2, "days")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "id", "number", "text", "period_raw", "period"),
    [pytest.param(*typed, id=typed[1]) for typed in TYPED],
)
def test_a_row_drawn_by_chance(line, id, number, text, period_raw, period):
    found = rows()[line]
    assert (found.id, found.unit) == (f"morogoro:{id}", id.rpartition(":")[0])
    assert (found.number, found.source.text) == (number, text)
    assert (found.source.document, found.source.line) == ("000", line)
    assert (found.period_raw, meaning(found)) == (period_raw, period)


def test_the_rows_were_drawn_from_the_document(document):
    drawn = random.Random(SEED).sample(lines_of_rows(document), DRAWN)
    assert sorted(drawn) == [typed[0] for typed in TYPED]


def test_every_row_of_the_document_is_there_and_no_other(document):
    assert list(rows()) == lines_of_rows(document)


def test_every_row_is_what_its_line_says(document):
    wrong = [s.id for s in rows().values() if not stands_as_row(s, document)]
    assert wrong == []


@pytest.mark.parametrize(
    ("id", "number", "line", "continued", "text", "period"),
    [
        ("9.3:7", "9.3.7", 407, 410,
         "Kuandaa Bajeti ya kawaida (OC) na Bajeti ya miradi ya maendeleo ya sekta ya"
         " Miundombinu.", ("duration", 3, "days")),
        ("9.8.3:3", "9.8.3.3", 607, 610,
         "Kutoa ushauri wa kitaalam kuhusu mambo ya Kisheria kutoka Mamlaka ya Serikali za"
         " Mitaa.", ("duration", 5, "days")),
        ("9.8.5:7", "9.8.5.7", 656, 659,
         "Kutathmini ufanisi wa mfumo wa kudhibiti hatari katika miundombinu ya TEHAMA na mifumo"
         " ya usimamizi wa taarifa.", ("recurring", 1, "days")),
    ],
)  # fmt: skip
def test_a_row_split_over_a_page_is_one_row(id, number, line, continued, text, period):
    found = row(id)
    assert (found.number, found.source.line, found.continued) == (number, line, continued)
    assert (found.source.clean, meaning(found)) == (text, period)


def test_no_other_row_is_split():
    split = [s.number for s in charters.get("morogoro").services if s.continued]
    assert split == ["9.3.7", "9.8.3.3", "9.8.5.7"]


@pytest.mark.parametrize(
    ("id", "line", "period_raw", "period"),
    [
        ("9.1:1", 339, "Dakika 30", ("duration", 30, "minutes")),
        ("9.1:8", 346, "Kila robo mwaka", ("recurring", 3, "months")),
        ("9.1:20", 360, "Siku 90", ("duration", 90, "days")),
        ("9.2:1", 375, "Siku 7 baada ya kupokelewa", ("duration", 7, "days")),
        ("9.2:2", 376, "Siku 2 baada ya kuwasili", ("duration", 2, "days")),
        ("9.2:7", 381, "siku 14", ("duration", 14, "days")),
        ("9.2:10", 384, "Machi - Aprili kila mwaka", ("fixed_date", None, None)),
        ("9.4:6", 433, "Kila tarehe 30 Aprili", ("fixed_date", None, None)),
        ("9.4:7", 434, "Kila tarehe 15 Desemba", ("fixed_date", None, None)),
        ("9.4:15", 444, "Mei – Julai Kila mwaka", ("fixed_date", None, None)),
        ("9.6:23", 525, "Dakika 45", ("duration", 45, "minutes")),
        ("9.8.1:13", 582, "Kila Siku", ("recurring", 1, "days")),
        ("9.8.3:5", 612, "Sik 1", ("duration", 1, "days")),
        ("9.8.5:11", 663, "Mara mbili kwa mwaka", ("recurring", 6, "months")),
        ("9.8.5:12", 664, "Saa 1", ("duration", 1, "hours")),
    ],
)
def test_a_time_that_is_written_otherwise(id, line, period_raw, period):
    found = row(id)
    assert (found.source.line, found.period_raw, meaning(found)) == (line, period_raw, period)


def test_plain_days_are_days_of_the_calendar():
    units = {service.period.unit for service in charters.get("morogoro").services}
    assert units == {"minutes", "hours", "days", "months", None}


@pytest.mark.parametrize(
    ("printed", "period"),
    [("Siku", "days"), ("Sik", "days"), ("Dakika", "minutes"), ("Saa", "hours")],
)
def test_the_number_printed_is_the_number_meant(printed, period):
    for service in charters.get("morogoro").services:
        found = re.match(rf"{printed} ([0-9]+)\b", service.period_raw)
        if found:
            assert meaning(service) == ("duration", int(found[1]), period), service.id


def test_a_number_that_skips_and_one_that_repeats():
    assert (row("9.2:10").number, row("9.2:11").number) == ("9.2.10", "9.2.12")
    repeated = [row(f"9.5:{place}") for place in (25, 26)]
    assert [(s.number, s.source.line) for s in repeated] == [("9.5.25", 480), ("9.5.25", 481)]
    assert row("9.5:37").number == "9.5.36"


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("9.2:11", "No row is numbered 9.2.11"),
        ("9.3:6", "Line 419 gives letters 2 days"),
        ("9.3:16", "Line 406 has 5 days"),
        ("9.4:3", "Line 447 gives complaints of citizens 14 days"),
        ("9.4:18", "Line 430 gives complaints 3 days"),
        ("9.5:11", "Line 486 has the same words with 7 days"),
        ("9.5:26", "Two rows are numbered 9.5.25"),
        ("9.5:31", "Line 464 has the same words with 5 days"),
        ("9.6:14", "the column is the standard"),
        ("9.8.3:5", "Printed 'Sik 1'"),
    ],
)
def test_what_is_odd_is_noted_beside_the_row(id, says):
    assert says in row(id).source.note


def test_where_text_and_column_differ_the_column_holds():
    found = row("9.6:14")
    assert "ndani ya siku 30" in found.source.text
    assert meaning(found) == ("duration", 5, "days")


@pytest.mark.parametrize(
    ("id", "printed", "clean"),
    [
        ("9.1:6", "Waatumishi", "Watumishi"),
        ("9.2:10", "na wakati wa", "na wa kati wa"),
        ("9.3:15", "mihutasari", "mihtasari"),
        ("9.5:15", "Misit.", "Misitu."),
        ("9.5:19", "tangua", "tangu"),
        ("9.5:32", "Wanyamaporikuhusu", "Wanyamapori kuhusu"),
        ("9.6:15", "Viatarishi", "Vihatarishi"),
        ("9.6:20", "tathimi ", "tathmini "),
        ("9.8.2:6", "tangun", "tangu"),
        ("9.8.2:8", "malalamiko wa", "malalamiko ya"),
        ("9.8.4:7", "vilivyooombwa", "vilivyoombwa"),
        ("9.8.5:5", "TEHEMA", "TEHAMA"),
    ],
)
def test_the_print_is_kept_and_corrected_beside_it(id, printed, clean):
    source = row(id).source
    assert (printed in source.text, printed in source.clean) == (True, False)
    assert clean in source.clean


def test_a_rule_and_the_row_it_comes_from_say_the_same():
    morogoro = charters.get("morogoro")
    by_line = rows()
    for rule in morogoro.rules:
        source = by_line.get(rule.clause.line)
        if source is not None:
            assert meaning(source) == ("duration", rule.period.amount, rule.period.unit), rule


def test_the_duties_of_the_complaints_unit():
    duties = charters.get("morogoro").complaints_unit_duties
    assert [(duty.line, duty.text) for duty in duties] == [
        (800, "Kuweka utaratibu na vyombo ili wateja waweze kuwasilisha malalamiko yao."),
        (801, "Kuweka kitabu cha kuorodhesha malalamiko ya wateja"),
        (802, "Kupokea na kujumuisha malalamiko mbalimbali ya wateja."),
        (803, "Kushughulikia malalamiko ya utaalumu wa hali ya juu."),
        (804, "Kufanyia tafiti taratibu za kazi za maeneo yenye malalamiko ya mara kwa mara."),
        (805, "Kufanyia uchunguzi yale malalamiko"),
        (806, "Kuchambua malalamiko na kuwasiliana na sehemu au kitengo husika"),
        (807, "Kutoa mapendekezo ya kuyapatia ufumbuzi malalamiko katika kila hatua"
              " yanayopitia"),
        (808, "Kufuatilia hatua zinazochukuliwa kuyapatia ufumbuzi malalamiko."),
    ]  # fmt: skip
    assert duties[3].clean == "Kushughulikia malalamiko kwa utaalamu wa hali ya juu."


def test_what_is_recorded_published_and_reviewed():
    morogoro = charters.get("morogoro")
    assert [c.line for c in morogoro.reporting] == [713, 714, 717, 765, 794, 812]
    assert morogoro.reporting[0].text.startswith("Tutaweka katika kumbukumbu zetu malalamiko yote")
    assert [c.line for c in morogoro.review] == [721, *range(725, 731)]
    assert "kila itakapobidi" in morogoro.review[0].text


def test_what_a_complaint_should_tell():
    details = [f for f in charters.get("morogoro").facts if f.key == "details"]
    assert [f.source.line for f in details] == list(range(769, 776))
    assert details[0].value == "Name, address and telephone number"


def test_the_standards_of_section_8_name_no_time():
    standards = charters.get("morogoro").standards
    assert [(s.source.line, s.periods) for s in standards] == [(n, ()) for n in range(327, 333)]
    assert standards[3].name == "Muda wa kujibu hoja na mawasiliano."


def test_show_gives_each_row_as_json():
    result = CliRunner().invoke(charter, ["show", "morogoro", "--json"])
    shown = json.loads(result.stdout)
    assert len(shown["services"]) == 247
    assert shown["services"][3] == {
        "id": "morogoro:9.1:4",
        "unit": "9.1",
        "number": "9.1.4",
        "text": "Kusikiliza na kushughulikia malalamiko.",
        "text_clean": "Kusikiliza na kushughulikia malalamiko.",
        "period_raw": "Siku 14",
        "period": {"kind": "duration", "amount": 14, "unit": "days"},
        "source": {"document": "000", "line": 342},
    }
    assert {tuple(service) for service in shown["services"]} == {tuple(shown["services"][3])}
    notes = {note["id"]: note for note in shown["service_notes"]}
    assert notes["morogoro:9.3:7"] == {"id": "morogoro:9.3:7", "note": None, "continued": 410}
    assert "column" in notes["morogoro:9.6:14"]["note"]
    assert len(shown["complaints_unit_duties"]) == 9
