"""The rows of Sengerema's tables, typed again from the printed charter and compared."""

import os
import random
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from callcentre import charters
from callcentre.charters.model import ServicePeriod

# On which lines of the document each table has its rows; the gaps are the ends of pages.
LINES = {
    "8.1": [*range(133, 149), *range(151, 155)],
    "8.2": [*range(159, 170), *range(172, 184)],
    "8.3": [188, 189, *range(194, 211), *range(213, 220)],
    "8.4": [*range(224, 229), *range(231, 236)],
    "8.5": [*range(240, 252), *range(254, 257)],
    "8.6": [*range(261, 272)],
    "8.7": [*range(276, 285)],
    "8.8": [*range(289, 307), 309, 310],
    "8.9": [*range(315, 322)],
    "8.10-kilimo": [328, 329, *range(332, 340)],
    "8.10-mifugo": [344, 345, 346, *range(351, 359)],
    "8.10-ushirika": [363, 364, 365],
}
COUNTS = {"8.1": 20, "8.2": 23, "8.3": 26, "8.4": 10, "8.5": 15, "8.6": 11, "8.7": 9, "8.8": 20,
          "8.9": 7, "8.10-kilimo": 10, "8.10-mifugo": 11, "8.10-ushirika": 3}  # fmt: skip

ALL_YEAR = ServicePeriod("always")
WHEN_IT_HAPPENS = ServicePeriod("event")
BY_DATE = ServicePeriod("fixed_date")
UNSAID = ServicePeriod("none")


def days(amount):
    return ServicePeriod("duration", amount, "days")


def working_days(amount):
    return ServicePeriod("duration", amount, "working_days")


def around(amount, unit="days"):
    return ServicePeriod("event", amount, unit)


def every(amount, unit):
    return ServicePeriod("recurring", amount, unit)


# Twenty rows drawn by lot: id, line, number, text, the same corrected (None: the print has no
# fault), time as printed, time as data.
DRAWN = [
    ("sengerema:8.1:1", 133, "1",
     "Kushughulikia barua ziingazio na zinazotoka",
     "Kushughulikia barua zinazoingia na zinazotoka",
     "Siku 7 tangu kupokelewa barua", days(7)),
    ("sengerema:8.2:1", 159, "1",
     "Kutayarisha malipo kutoka katika mafungu ya matumizi ya kawaida", None,
     "Siku 2", days(2)),
    ("sengerema:8.2:7", 165, "7",
     "Kuandaa Hati za malipo na Hundi za Wateja", None,
     "Siku 2", days(2)),
    ("sengerema:8.2:9", 167, "9",
     "Kutayarisha fedha kwa Wadau", None,
     "Siku 5", days(5)),
    ("sengerema:8.2:11", 169, "11",
     "Kutayarisha mahesabu ya mwisho.", None,
     "Kabla ya tarehe 30 ya Septemba mwaka ufuatao", BY_DATE),
    ("sengerema:8.3:15", 206, "15",
     "Kuichambua, Kutoa maoni na kushauri juu ya taarifa za utekelezaji za Idara",
     "Kuchambua, kutoa maoni na kushauri juu ya taarifa za utekelezaji za Idara",
     "Siku 2 kabla ya mwisho wa kila robo mwaka", around(2)),
    ("sengerema:8.3:19", 210, "19",
     "Kuhudhuria vikao vya mapitio ya Miradi na Bajeti", None,
     "Kwa wakati", UNSAID),
    ("sengerema:8.5:3", 242, "3",
     "Kujenga mazingira bora ya kufanikisha watumishi kuridhika kazini kwa kupanua upeo wa kazi"
     " kwa kila mtumishi na kumwongezea ujuzi wa aina mbalimbali.", None,
     "Pindi inapotokea kutegemea na mahitaji ya mwalimu", WHEN_IT_HAPPENS),
    ("sengerema:8.7:3", 278, "3",
     "Kutayarisha, kuunganisha na kuratibu taarifa mbalimbali za mikutano na kuzitolea"
     " mapendekezo/maagizo.", None,
     "Mwezi mmoja tangu kupokelewa", ServicePeriod("duration", 1, "months")),
    ("sengerema:8.7:8", 283, "8",
     "Kuendesha Warsha na Semina za vikundi vyakijamii vinavyojihusisha na mapambano dhidi ya"
     " UKIMWI ili viweze kupatiwa fedha za kuhamasisha jamii.",
     "Kuendesha Warsha na Semina za vikundi vya kijamii vinavyojihusisha na mapambano dhidi ya"
     " UKIMWI ili viweze kupatiwa fedha za kuhamasisha jamii.",
     "Siku 365", ALL_YEAR),
    ("sengerema:8.8:12", 300, "12",
     "Kutengeneza Mikataba kwa ajili ya Wazabuni walioteuliwa kutoa huduma.", None,
     "Siku 10 baada ya Bodi ya Zabuni kuketi", around(10)),
    ("sengerema:8.8:15", 303, "15",
     "Elimu ya nyumba kwa nyumba kwa wakulima/wafugaji juu ya matumizi mazuri ya teknolojia"
     " pamoja na utunzaji wa mazingira", None,
     "Siku 365", ALL_YEAR),
    ("sengerema:8.8:18", 306, "18",
     "Kufundisha wadau namna ya kupambana na majanga kwa wepesi na ufanisi", None,
     "Siku 365", ALL_YEAR),
    ("sengerema:8.9:7", 321, "7",
     "Kufanya ukaguzi wa dharura wa vitabu vya kukusanya mapato na Hati za Malipo na kutoa"
     " taarifa", None,
     "Siku 7 za kazi tangu kupokea agizo", working_days(7)),
    ("sengerema:8.10-kilimo:2", 329, "2",
     "Kuhamasisha na kusimamia matumizi ya pembejeo bora za kilimo mfano mbegu, mbolea na"
     " madawa.", None,
     "Siku 365", ALL_YEAR),
    ("sengerema:8.10-kilimo:6", 335, "6",
     "Kuelimisha matumizi sahihi ya viuatilifu.", None,
     "Siku 365", ALL_YEAR),
    ("sengerema:8.10-kilimo:10", 339, "10",
     "Kuandaa na kufanya maonesho ya Nane Nane na kutoa zawadi kwa wakulima waliofanya vizuri"
     " kwenye kilimo.", None,
     "Siku 180", days(180)),
    ("sengerema:8.10-mifugo:3", 346, "3",
     "Kuelimisha vikundi vinavyoendesha majosho na kusimamia uogeshaji kwenye majosho"
     " yanayofanyakazi, kukarabati na kujenga majosho mapya.",
     "Kuelimisha vikundi vinavyoendesha majosho na kusimamia uogeshaji kwenye majosho"
     " yanayofanya kazi, kukarabati na kujenga majosho mapya.",
     "Siku 365", ALL_YEAR),
    ("sengerema:8.10-mifugo:7", 354, "7",
     "Kudhibiti ubora na kusimamia matumizi ya madawa na vyakula vya mifugo", None,
     "Siku 365", ALL_YEAR),
    ("sengerema:8.10-mifugo:9", 356, "9",
     "Kuhamasisha wafugaji kuhifadhi malisho", None,
     "Siku 240", days(240)),
]  # fmt: skip


def services():
    return charters.get("sengerema").services


def at(line):
    (found,) = [s for s in services() if s.source.line == line]
    return found


def test_every_table_has_all_its_rows():
    found = {unit: [s.source.line for s in services() if s.unit == unit] for unit in LINES}
    assert found == LINES
    assert {unit: len(lines) for unit, lines in found.items()} == COUNTS
    assert len(services()) == 165


def test_the_id_counts_the_rows_of_a_unit_whatever_number_they_bear():
    expected = [
        f"sengerema:{unit}:{n}" for unit, most in COUNTS.items() for n in range(1, most + 1)
    ]
    assert [s.id for s in services()] == expected


def test_the_rows_below_are_the_ones_that_the_lot_fell_on():
    every_line = sorted(line for lines in LINES.values() for line in lines)
    drawn = random.Random(2026).sample(every_line, 20)
    assert [line for _, line, *_ in DRAWN] == sorted(drawn)


@pytest.mark.parametrize("row", DRAWN, ids=lambda row: row[0])
def test_a_row_drawn_by_lot(row):
    id, line, number, text, clean, period_raw, period = row
    service = at(line)
    assert (service.id, service.number) == (id, number)
    assert service.source.text == text
    assert service.source.clean == (clean or text)
    assert (service.period_raw, service.period) == (period_raw, period)
    assert service.source.document == "001"


@pytest.mark.parametrize(
    ("line", "period_raw", "period"),
    [
        (134, "Siku 14 za kazi tangu kupokelewa maombi", working_days(14)),
        (135, "Siku 60 tangu maombi kupokelewa", days(60)),
        (137, "Siku 7 tangu Kikao kilipofanyika", around(7)),
        (143, "Mwezi mmoja baada ya kumalizika kwa kipindi cha majaribio (Probation).",
         around(1, "months")),
        (152, "Siku 365", ALL_YEAR),
        (162, "Kabla ya tarehe 29 ya kila mwezi", BY_DATE),
        (163, "Siku 7 baada ya kupata makato kutoka Hazina", days(7)),
        (164, "Siku ya 30 ya kila mwezi", BY_DATE),
        (168, "Siku ya 21 baada ya hoja kupokelewa", days(21)),
        (188, "Siku 15 za kazi baada ya kupokelewa", working_days(15)),
        (194, "Siku za kazi 15", working_days(15)),
        (195, "Siku 30 kwa kila Waraka", days(30)),
        (199, "Siku 3 za kazi baada ya kupokelewa", working_days(3)),
        (200, "Siku 30 baada ya mwongozo kupokelewa", days(30)),
        (201, "Siku 3 kabla ya kusomwa kwenye Baraza", around(3)),
        (204, "Siku 2 katika mwezi Aprili kila mwaka", BY_DATE),
        (207, "Agosti – Septemba kila mwaka", BY_DATE),
        (208, "Kila terehe 15 ya Juni na Desemba kila mwaka", BY_DATE),
        (209, "Ifike Ofisi ya Rais - TAMISEMI kila tarehe 31 ya mwezi Januari na Julai", BY_DATE),
        (213, "Julai, Septemba na Februari kila mwaka", BY_DATE),
        (214, "Mara moja", WHEN_IT_HAPPENS),
        (215, "Januari kila mwaka", BY_DATE),
        (216, "Wiki 2 tangu kupokelewa", ServicePeriod("duration", 2, "weeks")),
        (228, "Siku 5 kwa kila wiki", every(1, "weeks")),
        (231, "Siku 5 kila wiki", every(1, "weeks")),
        (241, "Pindi fedha zinapopatikana za ujenzi wa miundombinu", WHEN_IT_HAPPENS),
        (251, "Siku 7 kila baada ya muhula kuanza", around(7)),
        (256, "Pindi inapotokea", WHEN_IT_HAPPENS),
        (262, "Wakati wote", ALL_YEAR),
        (263, "Siku mbiili", days(2)),
        (264, "Siku mbiili", days(2)),
        (276, "Kila robo mwaka", every(3, "months")),
        (289, "Kila wiki", every(1, "weeks")),
        (290, "Miezi miwili", ServicePeriod("duration", 2, "months")),
        (293, "Siku 180 za kazi", working_days(180)),
        (298, "Siku 14 za mwezi Aprili", BY_DATE),
        (299, "Siku 40 tangu Tangazo lilipotolewa", around(40)),
        (315, "Kila baada ya Miezi 3 kumalizika", every(3, "months")),
        (316, "Siku 365 za kazi", ALL_YEAR),
        (317, "Siku 7 baada ya robo mwaka kumalizika", around(7)),
        (318, "Siku 7 baada ya kukamilika", around(7)),
        (319, "Siku 14 tangu Hoja kupokelewa", days(14)),
    ],
)  # fmt: skip
def test_a_time_that_is_not_a_plain_number_of_days(line, period_raw, period):
    assert (at(line).period_raw, at(line).period) == (period_raw, period)


def test_a_plain_number_of_days_is_that_number_and_365_is_the_whole_year():
    plain = [s for s in services() if s.period_raw.removeprefix("Siku ").isdigit()]
    whole_year = [s for s in plain if s.period_raw == "Siku 365"]
    assert (len(plain), len(whole_year)) == (96, 52)
    for service in plain:
        amount = int(service.period_raw.removeprefix("Siku "))
        assert service.period == (ALL_YEAR if amount == 365 else days(amount)), service.id


def test_the_empty_row_stays_a_row():
    empty = at(166)
    assert (empty.id, empty.number) == ("sengerema:8.2:8", "8")
    assert (empty.source.text, empty.period_raw, empty.period) == ("", "", UNSAID)


def test_one_row_has_a_text_and_no_time():
    assert at(337).source.text == (
        "Kuhamasisha Sekta binafsi kuwekeza kwenye usindikaji wa mazao mbalimbali."
    )
    assert (at(337).number, at(337).period_raw, at(337).period) == ("8", "", UNSAID)


@pytest.mark.parametrize(
    ("unit", "number", "lines"),
    [("8.1", "16", [148, 151]), ("8.5", "7", [246, 254]), ("8.5", "8", [247, 255]),
     ("8.5", "9", [248, 256])],
)  # fmt: skip
def test_numbers_that_are_printed_twice(unit, number, lines):
    rows = [s for s in services() if (s.unit, s.number) == (unit, number)]
    assert [s.source.line for s in rows] == lines
    assert all(f"Two rows are numbered {number}" in (s.source.note or "") for s in rows)


@pytest.mark.parametrize(
    ("line", "other"),
    [(162, 164), (164, 162), (168, 319), (199, 217), (217, 199), (226, 232), (232, 226),
     (243, 246), (246, 243), (319, 168),
     (144, 401), (247, 401), (264, 401), (277, 401)],
)  # fmt: skip
def test_a_row_that_another_place_contradicts_names_the_place(line, other):
    assert str(other) in at(line).source.note


def test_a_correction_changes_letters_and_not_the_sense():
    corrected = [s for s in services() if s.source.clean != s.source.text]
    assert len(corrected) == 31
    for service in corrected:
        likeness = SequenceMatcher(None, service.source.text, service.source.clean).ratio()
        assert likeness > 0.9, service.id


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        (202, "Kuandaa utekelezaji wa Ahadi za Serikali Bungeni"),
        (226, "Kujibu barua, malalamiko, hoja na majalada"),
        (290, "Kutoa ushauri na kuandaa maagizo na miongozo kuhusu uanzishwaji wa maeneo mapya"
              " ya Utawala (Kata na Vijiji)"),
        (336, "Ukarabati na ujenzi wa miundombinu ya umwagiliaji."),
    ],
)  # fmt: skip
def test_what_a_faulty_print_should_read(line, clean):
    assert at(line).source.clean == clean
    assert at(line).source.text != clean


def test_what_the_council_records_and_publishes():
    reporting = {clause.line: clause.clean for clause in charters.get("sengerema").reporting}
    assert list(reporting) == [9, 421, 442, 444, 445, 446, 447, 448]
    assert reporting[421].startswith("Tutaweka kumbukumbu ya malalamiko yote, pongezi na maoni")
    assert reporting[444] == (
        "Kuchapisha matokeo ya utendaji dhidi ya Mkataba kila mwaka katika taarifa ya bajeti"
    )
    assert reporting[447] == (
        "Kuchapisha kwa kifupi takwimu za malalamiko na jinsi Ofisi ya Mkurugenzi Mtendaji"
        " Halmashauri ya Wilaya ya Sengerema ilivyoweza kuyashughulikia katika kila ripoti ya"
        " mwaka."
    )


def test_the_charter_is_to_be_reviewed_regularly():
    review = charters.get("sengerema").review
    assert [c.line for c in review] == [11, 425, 427, 428, 429, 430, 431, 432, 436, 438]
    assert review[1].text == "tutakuwa tunafanya mapitio ya mara kwa mara"


def test_standards_outside_the_tables():
    standards = {s.key: s for s in charters.get("sengerema").standards}
    assert {key: s.source.line for key, s in standards.items()} == {
        "relations": 106, "advice": 110, "conduct": 114, "answering": 118, "quality": 122,
        "accuracy": 126, "appointments": 369, "telephone": 373,
    }  # fmt: skip
    assert {key: [p.period for p in s.periods] for key, s in standards.items() if s.periods} == {
        "appointments": [around(30)]
    }
    assert "002:238" in standards["answering"].source.note


def test_facts():
    facts = [(fact.key, fact.source.line) for fact in charters.get("sengerema").facts]
    assert facts == [
        ("details", 452), ("details", 382), ("anonymous", 452), ("channels", 403),
        ("channels", 452), ("confidentiality", 421), ("at_once", 452),
    ]  # fmt: skip


def test_rights_and_duties():
    charter = charters.get("sengerema")
    assert [right.line for right in charter.rights] == [379, 380, 381, 382, 383, 384, 385]
    assert [duty.line for duty in charter.duties] == [387, 391, 392, 393, 394]


def test_no_row_of_the_document_is_left_out():
    folder = os.environ.get("CHARTER_DOCUMENTS")
    if not folder:
        pytest.skip(
            "THE ROWS OF SENGEREMA WERE NOT COMPARED WITH THE DOCUMENT:"
            " set CHARTER_DOCUMENTS to the folder of the printed charters"
        )
    printed = (Path(folder) / "sengerema.txt").read_text(encoding="utf-8").split("\n")
    cells = [(n, line.split("\t")) for n, line in enumerate(printed[:366], start=1) if n > 130]
    rows = [(n, row[0], row[1]) for n, row in cells if len(row) == 3 and row[0].isdigit()]
    assert [(s.source.line, s.number, s.source.text) for s in services()] == rows
