"""The facts of the four institutions, typed again from the documents and compared."""

import os
import re
from datetime import time
from pathlib import Path

import pytest

from callcentre import charters
from callcentre.charters import TOPIC_PAGES, TOPICS
from callcentre.charters.check import check

INSTITUTIONS = ("kilosa", "sengerema", "morogoro", "utumishi")
TABLES = ("9.1", "9.2", "9.3", "9.4", "9.5", "9.6", "9.7",
          "9.8.1", "9.8.2", "9.8.3", "9.8.4", "9.8.5")  # fmt: skip


def test_the_institutions_stand_in_the_order_of_the_menu():
    assert tuple(charters.all_current()) == INSTITUTIONS


@pytest.mark.parametrize(
    ("id", "version", "short", "label", "title", "hours", "basis"),
    [
        ("kilosa", "2012", "H/W ya Kilosa", "Halmashauri Kilosa", "Halmashauri ya Kilosa",
         (time(8), time(15)), "stated"),
        ("sengerema", "2008-2012", "H/W ya Sengerema", "Halmashauri Sengerema",
         "Halmashauri ya Sengerema", (time(7, 30), time(15, 30)), "assumed"),
        ("morogoro", "2020-2025", "Mkoa wa Morogoro", "Mkoa Morogoro", "Mkoa wa Morogoro",
         (time(7, 30), time(15, 30)), "stated"),
        ("utumishi", "2021", "OR-Utumishi", "Utumishi", "Utumishi",
         (time(8, 30), time(16)), "stated"),
    ],
)  # fmt: skip
def test_names_and_hours(id, version, short, label, title, hours, basis):
    charter = charters.get(id)
    assert (charter.version, charter.short, charter.label) == (version, short, label)
    assert charter.title == title
    assert (charter.hours.open, charter.hours.close) == hours
    assert charter.hours.days == (1, 2, 3, 4, 5)
    assert charter.hours.basis == basis


@pytest.mark.parametrize(
    ("id", "phones", "faxes", "email", "post_box", "alternates"),
    [
        ("kilosa", ("+255232623093",), ("+255232623333",), "kdcded@yahoo.co.uk",
         "S.L.P. 65, Kilosa", ("kdcdded@yahoo.co.uk",)),
        ("sengerema", ("+255282590162",), ("+255282590249",), "dedsengerema@ymail.com",
         "S.L.P. 175, Sengerema", ()),
        ("morogoro", ("+255232934305", "+255232934306"), ("+255232604988",),
         "ras@morogoro.go.tz", "S.L.P. 650, 67117 Morogoro", ("ras.morogoro@tamisemi.go.tz",)),
        ("utumishi", ("+255262160240",), (), None, None, ()),
    ],
)  # fmt: skip
def test_contacts(id, phones, faxes, email, post_box, alternates):
    contacts = charters.get(id).contacts
    assert (contacts.phones, contacts.faxes) == (phones, faxes)
    assert (contacts.email, contacts.post_box) == (email, post_box)
    assert contacts.alternates == alternates


@pytest.mark.parametrize(
    ("id", "kind", "unit", "expected"),
    [
        ("kilosa", "complaint", None,
         ["acknowledge 7 working_days stated 254", "answer 60 working_days stated 254"]),
        ("kilosa", "opinion", None,
         ["acknowledge 7 working_days analogy 254 internal",
          "answer 30 days assumed 284 internal"]),
        ("kilosa", "enquiry", None,
         ["letter 7 working_days stated 238", "acknowledge 7 working_days analogy 254 internal"]),
        ("kilosa", "compliment", None, ["acknowledge 7 working_days analogy 254 internal"]),
        ("sengerema", "complaint", None,
         ["acknowledge 7 working_days stated 400", "answer 30 days stated 401"]),
        ("sengerema", "complaint", "8.4",
         ["acknowledge 7 working_days stated 400", "answer 3 working_days stated 226"]),
        ("sengerema", "complaint", "8.7",
         ["acknowledge 7 working_days stated 400", "answer 30 days stated 401",
          "answer 3 days stated 277 internal"]),
        ("sengerema", "complaint", "8.1",
         ["acknowledge 7 working_days stated 400", "answer 30 days stated 401",
          "answer 7 days stated 144 internal"]),
        ("sengerema", "enquiry", "8.3",
         ["letter 3 working_days stated 199", "acknowledge 7 working_days analogy 400 internal"]),
        ("sengerema", "enquiry", "8.9",
         ["letter 7 working_days assumed 118", "acknowledge 7 working_days analogy 400 internal"]),
        ("morogoro", "complaint", None,
         ["acknowledge 1 days analogy 392", "answer 14 days stated 342"]),
        ("morogoro", "complaint", "malalamiko",
         ["acknowledge 1 days analogy 392", "answer 14 days stated 342"]),
        ("morogoro", "complaint", "9.4",
         ["acknowledge 1 days analogy 437", "answer 14 days stated 447",
          "answer 3 days stated 430 internal"]),
        ("morogoro", "complaint", "maji",
         ["acknowledge 1 days analogy 392", "answer 14 days stated 342"]),
        ("morogoro", "opinion", "9.7",
         ["acknowledge 1 days analogy 554", "answer 14 days analogy 714"]),
        ("morogoro", "enquiry", "9.1",
         ["acknowledge 1 days analogy 392", "letter 3 days stated 365"]),
        ("morogoro", "enquiry", "9.3",
         ["acknowledge 1 days analogy 416", "letter 2 days stated 419"]),
        ("morogoro", "compliment", "9.8.5", ["acknowledge 1 days analogy 666"]),
        ("utumishi", "complaint", None,
         ["acknowledge 1 working_days assumed 35 internal", "answer 30 days assumed 35 internal"]),
    ],
)  # fmt: skip
def test_promises(id, kind, unit, expected):
    promises = charters.get(id).promises(kind, unit)
    assert [
        f"{r.kind} {r.period} {r.basis} {r.clause.line}{' internal' if r.internal else ''}"
        for r in promises
    ] == expected


def test_every_unit_of_morogoro_cites_its_own_row_of_fourteen_days():
    morogoro = charters.get("morogoro")
    lines = [morogoro.rule("answer", code).clause.line for code in TABLES]
    assert lines == [342, 396, 423, 447, 473, 531, 561, 584, 597, 621, 645, 673]


def test_what_the_citizen_is_told_comes_before_a_target_of_the_unit():
    rule = charters.get("sengerema").rule("answer", "8.7")
    assert (str(rule.period), rule.internal) == ("30 days", False)


def test_only_kilosa_promises_to_call_back():
    found = {id: charters.get(id).rule("call_back") for id in INSTITUTIONS}
    kilosa = found.pop("kilosa")
    assert (str(kilosa.period), kilosa.clause.line) == ("1 working_days", 250)
    assert set(found.values()) == {None}


def test_only_the_two_councils_may_report_progress_instead_of_answering():
    allowed = [id for id in INSTITUTIONS if charters.get(id).rule("answer").progress]
    assert allowed == ["kilosa", "sengerema"]
    assert not charters.get("sengerema").rule("answer", "8.4").progress


def test_utumishi_tells_no_citizen_a_date():
    assert all(rule.internal for rule in charters.get("utumishi").rules)


def test_everyone_routes_a_file_in_half_an_hour():
    rules = [charters.get(id).rule("route") for id in INSTITUTIONS]
    assert {(str(rule.period), rule.internal) for rule in rules} == {("30 minutes", True)}


@pytest.mark.parametrize(("id", "unit", "line"), [("morogoro", "9.8.2", 598),
                                                  ("sengerema", "8.4", 227)])  # fmt: skip
def test_embezzlement_has_a_time_of_its_own(id, unit, line):
    assert charters.get(id).rule("investigate", unit).clause.line == line
    assert charters.get(id).rule("investigate") is None


@pytest.mark.parametrize(
    ("id", "codes"),
    [
        ("kilosa", ()),
        ("sengerema", ("8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "8.8", "8.9",
                       "8.10-kilimo", "8.10-mifugo", "8.10-ushirika")),
        ("morogoro", (*TABLES, "maji", "malalamiko", "wilaya-morogoro", "wilaya-mvomero",
                      "wilaya-gairo", "wilaya-kilosa", "wilaya-kilombero", "wilaya-ulanga",
                      "wilaya-malinyi", "tarafa")),
        ("utumishi", ()),
    ],
)  # fmt: skip
def test_units(id, codes):
    assert tuple(unit.code for unit in charters.get(id).units) == codes


@pytest.mark.parametrize(
    ("id", "code", "name", "short"),
    [
        ("morogoro", "9.6", "Sehemu ya Menejimenti ya Serikali za Mitaa", "Serikali za Mitaa"),
        ("morogoro", "9.8.5", "Kitengo cha TEHAMA", "TEHAMA"),
        ("sengerema", "8.8", "Idara za Ujenzi, Maji, Maliasili na Ardhi", "Ujenzi, Maji na Ardhi"),
        ("sengerema", "8.4", "Kitengo cha Sheria", "Sheria"),
    ],
)
def test_names_of_units(id, code, name, short):
    unit = charters.get(id).unit(code)
    assert (unit.name, unit.short) == (name, short)


@pytest.mark.parametrize(
    ("id", "digit", "keyword"),
    [
        ("kilosa", 1, "KILOSA"),
        ("sengerema", 2, "SENGEREMA"),
        ("morogoro", 3, "MOROGORO"),
        ("utumishi", 4, "UTUMISHI"),
    ],
)
def test_digits_and_keywords_are_what_the_posters_print(id, digit, keyword):
    assert (charters.get(id).digit, charters.get(id).keyword) == (digit, keyword)


def test_the_digits_of_topics_are_what_the_posters_print():
    assert TOPIC_PAGES == (
        {"water": 1, "land": 2, "health": 3, "school": 4, "road": 5},
        {"staff": 1, "farming": 2, "tax": 3, "pay": 4, "corruption": 5},
    )


@pytest.mark.parametrize(
    ("id", "details"),
    [
        ("kilosa", [("name", 325)]),
        ("sengerema", [("name", 452), ("place", 452), ("evidence", 382)]),
        (
            "morogoro",
            [("name", 769), ("place", 769), ("when", 770), ("applied", 771), ("officer", 772),
             ("remedy", 774), ("cost", 775)],
        ),
        ("utumishi", []),
    ],
)  # fmt: skip
def test_what_a_complainant_should_tell(id, details):
    assert [(one.key, one.source.line) for one in charters.get(id).details] == details


def test_the_district_offices_have_numbers():
    found = {unit.code: unit.contacts.phones for unit in charters.get("morogoro").units}
    assert found["wilaya-morogoro"] == ("+255232614096",)
    assert found["wilaya-kilosa"] == ("+255232623005",)
    assert found["wilaya-kilombero"] == ("+255232624550",)
    assert found["wilaya-ulanga"] == ("+255232620307",)


@pytest.mark.parametrize(
    ("id", "units"),
    [
        ("kilosa", {}),
        ("sengerema", {"water": "8.8", "land": "8.8", "road": "8.8", "health": "8.6",
                       "school": "8.5", "staff": "8.1", "pay": "8.1", "tax": "8.2"}),
        ("morogoro", {"water": "maji", "health": "9.7", "school": "9.4", "road": "9.3",
                      "farming": "9.5", "staff": "9.1", "pay": "9.1"}),
        ("utumishi", {}),
    ],
)  # fmt: skip
def test_topics_go_to_their_units_and_the_rest_to_the_complaints_unit(id, units):
    charter = charters.get(id)
    assert tuple(topic.key for topic in charter.topics) == TOPICS
    assert {t.key: t.unit for t in charter.topics if t.unit} == units
    assert charter.unit_for("corruption") is None


@pytest.mark.parametrize(
    ("id", "rights", "duties"), [("morogoro", 6, 9), ("sengerema", 7, 5), ("kilosa", 5, 6)]
)
def test_rights_and_duties_are_complete(id, rights, duties):
    charter = charters.get(id)
    assert (len(charter.rights), len(charter.duties)) == (rights, duties)


@pytest.mark.parametrize("id", ["morogoro", "sengerema", "kilosa"])
def test_the_appeal_goes_to_the_commission_in_dar_es_salaam(id):
    levels = {level.key: level for level in charters.get(id).appeal}
    assert [key for key, level in levels.items() if level.level] == [
        "unit_head", "complaints_unit", "executive", "commission", "court",
    ]  # fmt: skip
    commission = levels["commission"].contacts
    assert commission.phones == ("+255222110607", "+255222110141")
    assert commission.post_box == "S.L.P. 2643, Dar es Salaam"


@pytest.mark.parametrize("id", ["sengerema", "kilosa"])
def test_the_councils_say_that_progress_may_be_told_instead_of_an_answer(id):
    assert charters.get(id).wording["sw"] == "Utajibiwa au kuelezwa lilipofikia"


NUMBERS = {"moja": 1, "mbili": 2, "mbiili": 2, "saba": 7}


@pytest.mark.parametrize("id", INSTITUTIONS)
def test_a_stated_period_is_in_its_own_quotation(id):
    for rule in charters.get(id).rules:
        if rule.basis == "stated":
            words = re.findall(r"[0-9]+|\w+", rule.clause.text.rpartition("...")[2])
            numbers = {NUMBERS.get(word) or int(word) for word in words
                       if word in NUMBERS or word.isdigit()}  # fmt: skip
            assert rule.period.amount in numbers, rule


@pytest.mark.parametrize("id", INSTITUTIONS)
def test_every_quotation_stands_on_its_line(id):
    folder = os.environ.get("CHARTER_DOCUMENTS")
    if not folder:
        pytest.skip(
            f"THE QUOTATIONS OF {id.upper()} WERE NOT COMPARED WITH THE DOCUMENTS:"
            " set CHARTER_DOCUMENTS to the folder of the printed charters"
        )
    assert check(charters.get(id), Path(folder)) == []
