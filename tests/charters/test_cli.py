"""`callcentre charter ...` and `callcentre due ...`, as typed."""

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result
from given import NOW
from outbox.surroundings import changed

from callcentre import db
from callcentre.cli.charters import charter, due
from callcentre.tickets import holidays

MONDAY = "2026-11-23T10:00+03:00"


def run(command, *words: str, documents: str | None = None) -> Result:
    return CliRunner().invoke(command, list(words), env={"CHARTER_DOCUMENTS": documents})


def output_of(command, *words: str):
    result = run(command, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_names_every_institution_and_what_awaits_review():
    listed = output_of(charter, "list")
    assert [row["id"] for row in listed] == ["kilosa", "sengerema", "morogoro", "utumishi"]
    assert listed[2]["in_force"] == {"from": "2020-07-01", "until": "2025-06-30"}
    assert "Sekretarieti ya Mkoa wa Morogoro" in run(charter, "list").output


def test_show_has_the_shape_others_build_on():
    shown = output_of(charter, "show", "sengerema")
    assert list(shown) == [
        "id", "name", "name_en", "version", "hours", "contacts", "topics", "units", "services",
        "complaints", "appeal", "rights", "duties",
        "in_force", "awaiting_review", "hours_source", "unit_details", "service_notes",
        "digit", "keyword", "details",
        "standards", "complaints_unit_duties", "reporting", "review", "facts", "documents",
    ]  # fmt: skip
    assert shown["hours"] == {"open": "07:30", "close": "15:30", "days": [1, 2, 3, 4, 5]}
    assert shown["topics"][0] == {"key": "water", "unit": "8.8"}
    assert shown["units"][3] == {"code": "8.4", "name": "Kitengo cha Sheria", "kind": "unit"}
    assert shown["services"][0]["id"] == "sengerema:8.1:1"
    assert shown["rights"][4]["line"] == 383
    assert (shown["digit"], shown["keyword"]) == (2, "SENGEREMA")
    assert [(one["key"], one["line"]) for one in shown["details"]] == [
        ("name", 452), ("place", 452), ("evidence", 382),
    ]  # fmt: skip


def test_show_gives_each_rule_with_its_clause():
    answer = output_of(charter, "show", "sengerema")["complaints"]["answer"]
    assert answer["period"] == {"kind": "duration", "amount": 30, "unit": "days"}
    assert (answer["basis"], answer["internal"], answer["units"]) == ("stated", False, None)
    assert (answer["clause"]["document"], answer["clause"]["line"]) == ("001", 401)
    told = [e for e in answer["exceptions"] if e["units"] and not e["internal"]]
    assert [(e["units"], e["period"]["amount"]) for e in told] == [(["8.4"], 3)]


@pytest.mark.parametrize("id", ["kilosa", "sengerema", "morogoro", "utumishi"])
def test_show_can_be_read(id):
    result = run(charter, "show", id)
    assert result.exit_code == 0
    assert "acknowledge" in result.output


def test_due_says_when_and_why():
    found = output_of(due, "sengerema", "acknowledge", "--received", "2026-12-04T10:00+03:00")
    assert found["due"] == "2026-12-16T15:30:00+03:00"
    assert found["before_rolling"] is None
    assert found["explain"]["en"].startswith("received Fri 4 Dec; 9 Dec Uhuru skipped;")
    assert found["explain"]["sw"].startswith("tumepokea Ijumaa 4 Desemba;")
    assert (found["clause"]["document"], found["clause"]["line"]) == ("001", 400)


@pytest.mark.usefixtures("lines")
def test_due_counts_with_the_holidays_that_were_declared():
    with db.session() as session:
        holidays.declare(session, date(2026, 12, 10), "Uchaguzi", by="test", now=NOW)
    found = output_of(due, "sengerema", "acknowledge", "--received", "2026-12-04T10:00+03:00")
    assert found["due"] == "2026-12-17T15:30:00+03:00"


@pytest.mark.usefixtures("database")
def test_due_says_that_it_asked_no_database():
    with changed(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none"):
        result = run(due, "sengerema", "acknowledge", "--received", MONDAY)
    assert result.stderr == "Without the holidays declared late: no database was asked.\n"


def test_due_shows_the_closed_day_that_gave_way():
    found = output_of(due, "morogoro", "answer", "--received", "2026-12-11T10:00+03:00")
    assert found["before_rolling"] == "2026-12-25T15:30:00+03:00"
    assert found["due"] == "2026-12-28T15:30:00+03:00"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sengerema", "answer", "--unit", "8.4"], "2026-11-26T15:30:00+03:00"),
        (["kilosa", "call-back"], "2026-11-24T15:00:00+03:00"),
        (["morogoro", "answer", "--unit", "9.4"], "2026-12-07T15:30:00+03:00"),
    ],
)
def test_due_of_a_unit(words, expected):
    assert output_of(due, *words, "--received", MONDAY)["due"] == expected


def test_due_can_be_read():
    output = run(due, "utumishi", "answer", "--received", MONDAY).output
    assert "Wed 23 Dec 2026 16:00" in output
    assert "never told to a citizen" in output


@pytest.mark.parametrize(
    ("command", "words", "message"),
    [
        (charter, ["show", "dodoma"],
         "no institution 'dodoma'; the known ones are: kilosa, sengerema, morogoro, utumishi"),
        (charter, ["show", "kilosa", "--version", "1"], "kilosa has no version '1'; it has: 2012"),
        (due, ["dodoma", "answer", "--received", MONDAY], "the known ones are: kilosa"),
        (due, ["kilosa", "answer", "--received", "2026-11-23T10:00"],
         "2026-11-23T10:00 has no time zone; write it like 2026-11-23T10:00+03:00"),
        (due, ["kilosa", "answer", "--received", "leo"],
         "'leo' is not a time; write it like 2026-11-23T10:00+03:00"),
        (due, ["morogoro", "call_back", "--received", MONDAY],
         "morogoro has no 'call_back'; it has: acknowledge, answer, investigate, letter, route"),
        (due, ["sengerema", "answer", "--received", MONDAY, "--unit", "9.9"],
         "sengerema has no unit '9.9'; it has: 8.1"),
        (due, ["sengerema", "investigate", "--received", MONDAY],
         "investigate holds for some units only; give --unit 8.4"),
        (due, ["kilosa", "answer", "--received", "1990-01-01T10:00Z"], "outside the calendar"),
        (charter, ["check", "--against", "/no/such/folder"], "no folder /no/such/folder"),
    ],
)  # fmt: skip
def test_an_error_is_one_line_with_the_cure(command, words, message):
    result = run(command, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_check_names_the_bodies_whose_address_nobody_has_confirmed():
    said = run(charter, "check").stderr.splitlines()
    assert "commission: nobody has confirmed how it is reached" in said


def test_check_says_loudly_when_nothing_was_compared():
    result = run(charter, "check")
    assert result.exit_code == 0
    assert "NOT COMPARED" in result.stderr


def test_check_compares_with_the_documents_of_the_environment(tmp_path):
    result = run(charter, "check", documents=str(tmp_path))
    assert result.exit_code == 1
    assert "kilosa-2012.toml: documents 002: no file kilosa.txt" in result.stdout


def test_check_lists_the_faults_of_a_folder(tmp_path):
    (tmp_path / "x-1.toml").write_text('id = "x"\n', encoding="utf-8")
    result = run(charter, "check", "--files", str(tmp_path), "--json")
    assert result.exit_code == 1
    assert "x-1.toml: version: missing" in json.loads(result.stdout)["faults"]
