"""Rows of services, standards, duties and facts: how they are read, compared and shown.

What the rows of each charter say is tested in `test_services_<charter>.py`; the facts of the
hotline, which has no table, are tested here.
"""

import os
from pathlib import Path

import pytest

from callcentre import charters
from callcentre.charters import BadCharter, load
from callcentre.charters.as_json import charter_json
from callcentre.charters.check import check, quotations, stands_as_row
from callcentre.charters.model import Clause, Service, ServicePeriod
from charters.small import WHOLE, folder_with

MORE = """
[[services]]
unit = "1"
rows = [
  { line = 20, number = "1.1", text = "Kujibu barua", period_raw = "Siku 3", period = "3 days" },
  { line = 21, number = "1.1", text = "Kujibu barua", text_clean = "Kujibu barua zote",\
 period_raw = "Wakati wote", period = "always", note = "Second 1.1" },
]

[[services]]
unit = "2"
rows = [
  { line = 23, number = "2.1", text = "Kusoma hotuba", period_raw = "Siku 3 kabla",\
 period = "event 3 days" },
  { line = 24, number = "2.2", text = "", period_raw = "", period = "none" },
  { line = 25, continued = 27, number = "2.3", text = "Kutoa taarifa za mwaka",\
 period_raw = "Kila robo", period = "recurring 3 months" },
]

[[standards]]
key = "calls"
name = "Simu"
line = 28
text = "tutapiga ndani ya siku moja, au siku saba za kazi"
periods = [
  { period_raw = "siku moja", period = "1 days" },
  { period_raw = "siku saba za kazi", period = "7 working_days" },
]

[[complaints_unit_duties]]
line = 29
text = "Kupokea malalamiko"

[[reporting]]
line = 30
text = "Kuchapisha takwimu"

[[review]]
line = 31
text = "Mapitio kila mwaka"

[[facts]]
key = "channel"
value = "Telephone"
line = 32
text = "kwa simu"
"""

DOCUMENT = {
    1: "2026", 2: "saa 1.30 hadi 9.30", 3: "022 2110607", 4: "Sehemu ya Maji",
    5: "Sehemu ya Afya", 6: "siku 7 za kazi", 7: "siku 30", 8: "siku 3", 9: "siku 3",
    20: "1.1\tKujibu barua\tSiku 3",
    21: "1.1\tKujibu barua\tWakati wote",
    23: "2.1\tKusoma hotuba\tSiku 3 kabla",
    24: "2.2\t\t",
    25: "2.3\tKutoa taarifa\tKila robo",
    27: "\tza mwaka\t",
    28: "- tutapiga ndani ya siku moja, au siku saba za kazi.",
    29: "i. Kupokea malalamiko",
    30: "ii. Kuchapisha takwimu",
    31: "Mapitio kila mwaka",
    32: "Tupate kwa simu",
}  # fmt: skip


def dawa(tmp_path, text=WHOLE + MORE):
    return load(folder_with(tmp_path, dawa_2026=text)).get("dawa")


def documents(tmp_path):
    lines = [DOCUMENT.get(number, "") for number in range(1, max(DOCUMENT) + 1)]
    (tmp_path / "dawa.txt").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_rows_are_counted_within_their_unit(tmp_path):
    services = dawa(tmp_path).services
    assert [s.id for s in services] == [
        "dawa:1:1", "dawa:1:2", "dawa:2:1", "dawa:2:2", "dawa:2:3",
    ]  # fmt: skip
    assert [(s.period.kind, s.period.amount, s.period.unit) for s in services] == [
        ("duration", 3, "days"),
        ("always", None, None),
        ("event", 3, "days"),
        ("none", None, None),
        ("recurring", 3, "months"),
    ]
    assert (services[1].source.text, services[1].source.clean) == (
        "Kujibu barua",
        "Kujibu barua zote",
    )
    assert services[3].source.text == services[3].period_raw == ""
    assert services[4].continued == 27


def test_a_second_table_of_a_unit_is_counted_on(tmp_path):
    services = dawa(tmp_path, WHOLE + MORE.replace('unit = "2"', 'unit = "1"')).services
    assert [s.id for s in services] == [f"dawa:1:{place}" for place in range(1, 6)]


def test_standards_duties_and_facts_are_read(tmp_path):
    charter = dawa(tmp_path)
    (standard,) = charter.standards
    assert [(p.raw, p.period) for p in standard.periods] == [
        ("siku moja", ServicePeriod("duration", 1, "days")),
        ("siku saba za kazi", ServicePeriod("duration", 7, "working_days")),
    ]
    assert [c.line for c in charter.complaints_unit_duties] == [29]
    assert [c.line for c in charter.reporting] == [30]
    assert [c.line for c in charter.review] == [31]
    assert [(f.key, f.value, f.source.line) for f in charter.facts] == [
        ("channel", "Telephone", 32)
    ]


@pytest.mark.parametrize(
    ("written", "damaged", "message"),
    [
        pytest.param('unit = "2"', 'unit = "5"', "services[2].unit: unknown unit '5'",
                     id="unknown unit"),
        pytest.param('unit = "2"', "", "services[2].unit: missing", id="no unit"),
        pytest.param("rows = [", "row = [", "services[1].rows: missing", id="no rows"),
        pytest.param("rows = [", "row = [", "services[1].row: unknown key", id="misspelt rows"),
        pytest.param('"always"', '"alway"', "services[1].rows[2].period: 'alway' is no period",
                     id="unknown kind"),
        pytest.param('"event 3 days"', '"event 0 days"',
                     "services[2].rows[1].period: '0 days' is no period", id="no length"),
        pytest.param('"event 3 days"', '"3 siku"', "rows[1].period: '3 siku' is no period",
                     id="unknown length"),
        pytest.param('period = "3 days"', "period = 3", "rows[1].period: 3 is not a text",
                     id="a number"),
        pytest.param(', period = "3 days"', "", "services[1].rows[1].period: missing",
                     id="no period"),
        pytest.param('period_raw = "Siku 3", ', "", "services[1].rows[1].period_raw: missing",
                     id="no printed period"),
        pytest.param('number = "2.1", ', "", "services[2].rows[1].number: missing",
                     id="no number"),
        pytest.param('text = "Kusoma hotuba", ', "", "services[2].rows[1].text: missing",
                     id="no text"),
        pytest.param("line = 23, ", "", "services[2].rows[1].line: missing", id="no line"),
        pytest.param("line = 23", "line = 0", "rows[1].line: 0 is less than 1", id="line zero"),
        pytest.param("line = 23", 'line = "23"', "rows[1].line: '23' is not a whole number",
                     id="line in quotes"),
        pytest.param("note =", "remark =", "services[1].rows[2].remark: unknown key",
                     id="unknown key"),
        pytest.param('"none"', '"3 days"', "rows[2].period: none is printed; write 'none'",
                     id="a time that is not printed"),
        pytest.param("continued = 27", "continued = 25",
                     "rows[3].continued: 25 is not after line 25", id="goes on before it begins"),
        pytest.param("siku moja, au", "siku mbili, au",
                     "standards[1].periods: 'siku moja' is not in the text", id="another standard"),
        pytest.param('key = "calls"\n', "", "standards[1].key: missing", id="standard"),
        pytest.param('value = "Telephone"\n', "", "facts[1].value: missing", id="fact"),
        pytest.param("line = 31\n", "", "review[1].line: missing", id="review"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(tmp_path, written, damaged, message):
    assert MORE.count(written) >= 1
    with pytest.raises(BadCharter) as error:
        dawa(tmp_path, WHOLE + MORE.replace(written, damaged, 1))
    assert message in str(error.value)
    assert all(fault.startswith("dawa-2026.toml: ") for fault in error.value.faults)


def service(number, text, period_raw, line=1, continued=None):
    return Service(
        "dawa:1:1", "1", number, period_raw, ServicePeriod("none"),
        Clause(text, text, "009", line), continued,
    )  # fmt: skip


PRINTED = [
    "1.1\tKujibu barua\tSiku 14",
    '2\tKujibu  hoja<T>\t<ul style="list-style-type: none"> • Siku 5',
    "3\tKutoa taarifa za\tSiku 7",
    "",
    "Na\tHuduma\tMuda",
    "\tmwaka.\t",
    "8\t\t",
]


@pytest.mark.parametrize(
    ("row", "stands"),
    [
        pytest.param(service("1.1", "Kujibu barua", "Siku 14"), True, id="the whole row"),
        pytest.param(service("1.1", "Kujibu barua", "Siku 1"), False, id="another time"),
        pytest.param(service("1.1", "Kujibu barua", ""), False, id="no time"),
        pytest.param(service("1", "Kujibu barua", "Siku 14"), False, id="another number"),
        pytest.param(service("1.1", "Kujibu", "Siku 14"), False, id="half the text"),
        pytest.param(service("1.1", "Kujibu barua", "Siku 14", 2), False, id="another line"),
        pytest.param(service("1.1", "Kujibu barua", "Siku 14", 99), False, id="after the end"),
        pytest.param(service("2", "Kujibu hoja", "Siku 5", 2), True, id="without the markup"),
        pytest.param(service("3", "Kutoa taarifa za mwaka.", "Siku 7", 3, 6), True, id="split"),
        pytest.param(service("3", "Kutoa taarifa za", "Siku 7", 3, 6), False, id="split, half"),
        pytest.param(service("3", "Kutoa taarifa za mwaka.", "Siku 7", 3), False, id="unsaid"),
        pytest.param(service("3", "Kutoa taarifa za mwaka.", "Siku 7", 3, 5), False, id="header"),
        pytest.param(service("3", "Kutoa taarifa za mwaka.", "Siku 7", 3, 4), False, id="empty"),
        pytest.param(service("8", "", "", 7), True, id="empty cells"),
    ],
)
def test_a_row_is_its_line_or_is_not(row, stands):
    assert stands_as_row(row, PRINTED) is stands


def test_rows_and_all_the_rest_are_compared(tmp_path):
    assert check(dawa(tmp_path), documents(tmp_path)) == []


@pytest.mark.parametrize(
    ("written", "damaged", "fault"),
    [
        ("line = 20", "line = 21",
         "services dawa:1:1: row '1.1' is not 009:21; there stands '1.1 Kujibu barua Wakati wote'"),
        ("taarifa za mwaka", "taarifa za mwezi",
         "services dawa:2:3: row '2.3' is not 009:25 and 009:27;"
         " there stands '2.3 Kutoa taarifa Kila robo' and 'za mwaka'"),
        ("line = 28", "line = 29", "standards calls: "),
        ("line = 29", "line = 30", "complaints_unit_duties[1]: "),
        ("line = 30", "line = 31", "reporting[1]: "),
        ("line = 31", "line = 32", "review[1]: "),
        ('"kwa simu"', '"kwa barua"', "facts[1]: 'kwa barua' is not on 009:32"),
    ],
)  # fmt: skip
def test_a_wrong_quotation_is_found(tmp_path, written, damaged, fault):
    faults = check(dawa(tmp_path, WHOLE + MORE.replace(written, damaged, 1)), documents(tmp_path))
    assert len(faults) == 1
    assert faults[0].startswith(f"dawa-2026.toml: {fault}")


def test_json_has_all_of_it(tmp_path):
    shown = charter_json(dawa(tmp_path))
    assert shown["services"][4] == {
        "id": "dawa:2:3", "unit": "2", "number": "2.3", "text": "Kutoa taarifa za mwaka",
        "text_clean": "Kutoa taarifa za mwaka", "period_raw": "Kila robo",
        "period": {"kind": "recurring", "amount": 3, "unit": "months"},
        "source": {"document": "009", "line": 25},
    }  # fmt: skip
    assert shown["service_notes"] == [
        {"id": "dawa:1:2", "note": "Second 1.1", "continued": None},
        {"id": "dawa:2:3", "note": None, "continued": 27},
    ]
    assert shown["standards"][0]["periods"][1] == {
        "period_raw": "siku saba za kazi",
        "period": {"kind": "duration", "amount": 7, "unit": "working_days"},
    }
    assert shown["facts"][0]["value"] == "Telephone"
    for key, line in (("complaints_unit_duties", 29), ("reporting", 30), ("review", 31)):
        assert [clause["line"] for clause in shown[key]] == [line]
    assert shown["hours_source"]["line"] == 2
    assert shown["in_force"]["source"]["line"] == 1
    assert [unit["source"]["line"] for unit in shown["unit_details"]] == [4, 5]


# ---- The hotline of PO-PSMGG, and its part in the charters of others ----------------------------

HOTLINE = [
    ("number", "0262 160 240", 37, "tumia namba 0262 160 240"),
    ("hours", "Monday to Friday, 08:30 to 16:00", 35,
     "kuanzia jumatatu hadi ijumaa kuanzia saa mbili na nusu hadi saa kumi jioni"),
    ("since", "June 2021", 43, "kiilianza kutoa huduma rasmi mwezi Juni, 2021"),
    ("place", "The offices at the University of Dodoma (UDOM), Dodoma", 9, "UDOM Jijini Dodoma"),
    ("run_by", "Ethics division (Idara ya Ukuzaji Maadili)", 27,
     "Idara yake ya Ukuzaji Maadili iliyoko Chuo Kikuu cha Dodoma (UDOM)"),
    ("callers", "Public servants and citizens who follow up a matter of employment", 25,
     "watumishi wa umma na wananchi"),
    ("about", "Matters of employment in the public service, and explanations of them", 29,
     "wanaohitaji ufafanuzi wa masuala yao ya kiutumishi"),
    ("saves_travel", "Spares callers the cost of a long journey to Dodoma", 25,
     "waliokuwa wakilazimika kusafiri umbali mrefu"),
    ("redirects",
     "Many matters belong to other institutions; callers are told where to take them", 31,
     "nyingine nyingi zinahusu taasisi nyingine za Serikali"),
    ("trends", "The office watches the state of the public service through the calls", 33,
     "kufuatilia mwenendo mzima wa hali na ustawi wa Utumishi wa Umma nchini"),
    ("ethics_training", "All agents are trained in ethics", 39,
     "watoa huduma wote wamepatiwa mafunzo ya maadili"),
]  # fmt: skip

CHARTERS_OF_OTHERS = {
    "role": [274, 212],
    "figure": [185, 190, 191, 198, 199],
    "challenge": [225, 226, 227, 233, 234, 235, 236, 242, 243, 244],
    "measure": [250, 251, 252, 258, 259, 260, 261],
    "component": [*range(156, 164), 169, 170, 171],
}

FIGURES = [
    (185, "12 did not keep their charters well and 6 did", "Taasisi 12 kati ya 18"),
    (190, "33 %", "asilimia 33 waliweka Mikataba yao katika mitandao (Taasisi 8 kati ya 24"),
    (191, "65.6 %", "asilimia 65.6% walitimiza ahadi zao"),
    (198, "36.25 %", "umeeleweka kwa asilimia 36.25 na wameonyesha kuutekeleza kwa asilimia 80%"),
    (199, "38.9 %", "ilikuwa 38.9 %"),
]


def facts(document):
    return [f for f in charters.get("utumishi").facts if f.source.document == document]


@pytest.mark.parametrize(
    ("key", "value", "line", "words"), [pytest.param(*fact, id=fact[0]) for fact in HOTLINE]
)
def test_a_fact_of_the_hotline(key, value, line, words):
    (fact,) = [f for f in facts("004") if f.key == key]
    assert (fact.value, fact.source.line) == (value, line)
    assert words in fact.source.text


def test_the_hotline_has_no_other_facts_and_no_table():
    assert [fact.key for fact in facts("004")] == [typed[0] for typed in HOTLINE]
    utumishi = charters.get("utumishi")
    assert utumishi.services == utumishi.standards == ()


def test_its_part_in_the_charters_of_others():
    found = {}
    for fact in facts("003"):
        found.setdefault(fact.key, []).append(fact.source.line)
    assert found == CHARTERS_OF_OTHERS


@pytest.mark.parametrize(("line", "value", "words"), FIGURES)
def test_a_figure_is_the_printed_one(line, value, words):
    (fact,) = [f for f in facts("003") if f.source.line == line]
    assert value in fact.value
    assert words in fact.source.text


def test_hours_and_number_are_those_that_callers_are_told():
    utumishi = charters.get("utumishi")
    assert utumishi.contacts.phones == ("+255262160240",)
    assert (str(utumishi.hours.open), str(utumishi.hours.close)) == ("08:30:00", "16:00:00")


# ---- Every charter -------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["kilosa", "sengerema", "morogoro", "utumishi"])
def test_every_row_and_quotation_stands_in_the_documents(id):
    folder = os.environ.get("CHARTER_DOCUMENTS")
    if not folder:
        pytest.skip(
            f"THE ROWS OF {id.upper()} WERE NOT COMPARED WITH THE DOCUMENTS:"
            " set CHARTER_DOCUMENTS to the folder of the printed charters"
        )
    charter = charters.get(id)
    assert len(charter.services) + len(list(quotations(charter))) > 0
    assert check(charter, Path(folder)) == []
