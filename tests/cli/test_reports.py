"""`callcentre report ...`, as typed."""

from datetime import datetime
from pathlib import Path

import pytest
from tickets.making import ASHA

from callcentre import clock
from cli.command import data, fault, said, ticket

pytestmark = pytest.mark.usefixtures("lines")

LATER = datetime.fromisoformat("2027-01-04T09:00+03:00")
MONTH = ("report", "monthly", "sengerema", "--until", "2026-12-31")


def test_the_headline_counts_what_is_open_too() -> None:
    ticket()
    with clock.at(LATER):
        assert said(*MONTH).splitlines()[0] == (
            "sengerema 2026-12-01 to 2026-12-31:"
            " answered in time, by an answer: 0 of 1, open ones included"
        )


def test_as_json_there_are_figures_of_all_and_of_each_unit() -> None:
    ticket()
    with clock.at(LATER):
        found = data(*MONTH)
    assert (found["broken"], found["overdue"], found["oldest"]) == (1, 1, 42)
    assert found["worst"] == [{"unit": "8.8", "late": 1}]
    assert [one["unit"] for one in found["units"]] == ["8.8"]


def test_the_sheet_has_each_late_case_with_room_to_decide_and_nothing_of_its_citizen(
    tmp_path: Path,
) -> None:
    ref = ticket(words="Hakuna maji <b>Nyampulukano</b>").ref
    sheet = tmp_path / "mkutano.html"
    with clock.at(LATER):
        assert said(*MONTH, "--print", sheet) == f"written to {sheet}: print it on one A4\n"
    page = sheet.read_text()
    assert f"<td>{ref}</td><td>Ujenzi, Maji na Ardhi</td><td" in page
    assert "0 kati ya 1" in page
    assert not [word for word in ("Nyampulukano", ASHA, ASHA[4:]) if word in page]
    assert "size: A4" in page


def test_a_week_without_anything_can_be_read() -> None:
    assert "0 of 0" in said("report", "weekly", "sengerema")


def test_an_institution_nobody_knows_is_named() -> None:
    assert fault("report", "weekly", "mwanza").startswith("no institution 'mwanza'")
