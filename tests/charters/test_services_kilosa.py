"""Kilosa's five standards and what it promises besides, typed again from the printed charter."""

import pytest

from callcentre import charters
from callcentre.charters.model import ServicePeriod


def working_days(amount):
    return ServicePeriod("duration", amount, "working_days")


# Key, line, heading, text, the same corrected (None: the print has no fault), times as printed
# and as data.
STANDARDS = [
    ("answering", 238, "Muda wa Kujibu Mawasiliano",
     "Tutazishughulikia barua, barua-pepe na simu zote haraka kadiri inavyowezekana na wakati"
     " wote kabla ya siku saba za kazi hazijapita tangu zitufikie", None,
     [("siku saba za kazi", working_days(7))]),
    ("key_services", 242, "Muda wa Kutoa Huduma Muhimu",
     "Tutashughulikia huduma muhimu kama vibali, maombi, madai mbalimbali haraka iwezekanavyo na"
     " wakati wote - Miezi mine",
     "Tutashughulikia huduma muhimu kama vibali, maombi, madai mbalimbali haraka iwezekanavyo na"
     " wakati wote - Miezi minne",
     [("Miezi mine", ServicePeriod("duration", 4, "months"))]),
    ("appointments", 246, "Miadi",
     "Tunataka kupunguza muda wa kusubiri miadi na kuhakikisha kuwa miadi zote zinatendeka"
     " katika kipindi cha dakika 30 tangu muda wa miadi utimie.", None,
     [("dakika 30", ServicePeriod("event", 30, "minutes"))]),
    ("telephone", 250, "Huduma ya Simu",
     "Tuna wahakikishia kuwa muda wa kumpata mfanyakazi kwenye simu utapunguzwa na kwamba iwapo"
     " mfanyakazi hataweza kupatikana kwenye simu kwa muda anaotakiwa basi atajibu katika"
     " kipindi cha siku moja ya kazi",
     "Tunawahakikishia kuwa muda wa kumpata mfanyakazi kwenye simu utapunguzwa na kwamba iwapo"
     " mfanyakazi hataweza kupatikana kwenye simu kwa muda anaotakiwa basi atajibu katika"
     " kipindi cha siku moja ya kazi",
     [("siku moja ya kazi", working_days(1))]),
    ("complaints", 254, "Malalamiko",
     "Utaratibu wetu wa kupokea malalamiko ya wateja na viwango wanavyoweza kutarajia malalamiko"
     " yao yashughulikiwe umeelezwa hapa chini. Tunaahidi kutoa taarifa za kupokelewa malalamiko"
     " yote ndani ya siku saba za kazi. Majibu, matokeo au taarifa ya maendeleo yatatolewa ndani"
     " ya siku 60 za kazi tangu siku maombi yalipopokelewa.", None,
     [("siku saba za kazi", working_days(7)), ("siku 60 za kazi", working_days(60))]),
]  # fmt: skip


def test_there_are_five_standards_and_no_rows():
    kilosa = charters.get("kilosa")
    assert [s.key for s in kilosa.standards] == [key for key, *_ in STANDARDS]
    assert len(kilosa.standards) == 5
    assert (kilosa.services, kilosa.units) == ((), ())


@pytest.mark.parametrize("typed", STANDARDS, ids=lambda typed: typed[0])
def test_a_standard(typed):
    key, line, name, text, clean, periods = typed
    (standard,) = [s for s in charters.get("kilosa").standards if s.key == key]
    assert (standard.name, standard.source.document, standard.source.line) == (name, "002", line)
    assert standard.source.text == text
    assert standard.source.clean == (clean or text)
    assert [(p.raw, p.period) for p in standard.periods] == periods


@pytest.mark.parametrize(
    ("kind", "key", "place"),
    [("letter", "answering", 0), ("call_back", "telephone", 0), ("appointment", "appointments", 0),
     ("acknowledge", "complaints", 0), ("answer", "complaints", 1)],
)  # fmt: skip
def test_the_rules_promise_what_the_standards_say(kind, key, place):
    kilosa = charters.get("kilosa")
    (standard,) = [s for s in kilosa.standards if s.key == key]
    rule, period = kilosa.rule(kind), standard.periods[place].period
    assert (rule.period.amount, rule.period.unit) == (period.amount, period.unit)
    assert rule.clause.line == standard.source.line


def test_what_the_council_records_and_publishes():
    reporting = [(clause.line, clause.clean) for clause in charters.get("kilosa").reporting]
    assert [line for line, _ in reporting] == [325, 361, 361, 363, 364, 365, 366, 367]
    assert reporting[0][1] == (
        "Tutaweka kumbukumbu za malalamiko, changamoto pamoja na mapendekezo yote. Hizi"
        " zitatumika kwa ajili ya ufuatiliaji wetu wa ndani, na kutusaidia katika kuboresha"
        " huduma kwa wateja."
    )
    assert reporting[3][1] == (
        "Tutachapisha maendeleo kwa kulinganisha na malengo ya mkataba wetu katika bajeti ya"
        " kila mwaka ya kila Idara"
    )
    assert reporting[6][1] == (
        "Tutachapisha taarifa fupi kuhusu malalamiko, na jinsi Halmashauri ya Wilaya ya Kilosa"
        " inavyoyashughulikia, katika taarifa za kila mwaka za Idara"
    )


def test_the_charter_is_to_be_reviewed_every_year():
    review = charters.get("kilosa").review
    assert [c.line for c in review] == [71, 346, 348, 349, 350, 351, 352, 353, 354, 357]
    assert review[0].text.startswith("Tunatarajia kuupitia Mkataba huu kila mwaka.")


def test_facts():
    facts = [(fact.key, fact.source.line) for fact in charters.get("kilosa").facts]
    assert facts == [("details", 325), ("channels", 288), ("confidentiality", 325), ("printed", 54)]


def test_rights_and_duties():
    charter = charters.get("kilosa")
    assert [right.line for right in charter.rights] == [264, 265, 266, 267, 268]
    assert [duty.line for duty in charter.duties] == [270, 276, 277, 278, 279, 280]


def test_the_false_address_of_the_commission_is_replaced_and_named():
    (commission,) = [level for level in charters.get("kilosa").appeal if level.key == "commission"]
    assert "331-340" in commission.source.note
    assert {c.source.document for c in commission.contacts.entries} == {"000"}
