"""One file makes an institution: docs/howto-charter.md, as a test.

An invented water authority is added by its charter alone, given a line, and dialled.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from callcentre import charters
from callcentre.charters import loader
from callcentre.cli import callcentre
from charters.small import WHOLE

MONDAY = "2026-11-23T10:00+03:00"


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(callcentre, arguments)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of charters with a fifth file in it, for this test the program's own."""
    folder = tmp_path / "data"
    shutil.copytree(loader.DATA, folder)
    (folder / "dawa-2026.toml").write_text(WHOLE, encoding="utf-8")
    monkeypatch.setattr(loader, "DATA", folder)
    loader.default.cache_clear()
    yield folder
    monkeypatch.undo()
    loader.default.cache_clear()


def test_a_fifth_institution_needs_one_file_and_a_line(five: Path, lines: None) -> None:
    run("line", "add", "ussd", "*149*60#", "dawa")
    shown = run(
        "simulate", "ussd", "--code", "*149*60#", "--at", MONDAY, "1", "1", "1", "Hakuna maji", "1"
    ).output
    assert "Karibu Bohari" in shown
    ref = next(word.strip(".,") for word in shown.split() if word.startswith("26-"))
    ticket: dict[str, Any] = json.loads(run("ticket", "show", ref, "--json").output)
    assert (ticket["institution"], ticket["unit"]) == ("dawa", "1")
    told = [one for one in ticket["promises"] if not one["internal"]]
    assert told
    for one in told:
        at = run("due", "dawa", one["kind"], "--received", MONDAY, "--unit", "1", "--json").output
        assert json.loads(at)["due"] == one["due_at"]
        assert one["explain"]["sw"]


def test_on_a_shared_line_it_has_its_own_digit_and_the_others_keep_theirs(
    five: Path, lines: None
) -> None:
    run("line", "add", "ussd", "*149*60#", "dawa", "morogoro", "kilosa", "--name", "Huduma")
    shown = run("simulate", "ussd", "--code", "*149*60#", "1").output
    assert "1. Halmashauri Kilosa" in shown
    assert "3. Mkoa Morogoro" in shown
    assert "5. Bohari" in shown


def test_a_digit_that_is_taken_is_refused_with_both_files_named(five: Path) -> None:
    path = five / "dawa-2026.toml"
    path.write_text(WHOLE.replace("digit = 5", "digit = 2"), encoding="utf-8")
    with pytest.raises(charters.BadCharter) as error:
        charters.load(five)
    assert error.value.faults == ["sengerema-2008-2012.toml: digit: 2 is taken by dawa-2026.toml"]


def test_an_expired_charter_goes_on_serving_and_is_shown_as_awaiting_review(five: Path) -> None:
    path = five / "dawa-2026.toml"
    text = path.read_text("utf-8").replace("2026-12-31", "2026-06-30")
    path.write_text(text, encoding="utf-8")
    loader.default.cache_clear()
    charter = charters.get("dawa")
    assert charter.version == "2026"
    assert charter.in_force.until is not None


def test_a_ticket_keeps_the_charter_it_was_opened_under(five: Path, lines: None) -> None:
    run("line", "add", "ussd", "*149*60#", "dawa")
    answers = ("1", "1", "1", "Hakuna maji", "1")
    shown = run("simulate", "ussd", "--code", "*149*60#", "--at", MONDAY, *answers).output
    ref = next(word.strip(".,") for word in shown.split() if word.startswith("26-"))
    before = json.loads(run("ticket", "show", ref, "--json").output)["promises"]
    renewed = (
        WHOLE.replace('version = "2026"', 'version = "2027"')
        .replace("from = 2026-01-01", "from = 2027-01-01")
        .replace("until = 2026-12-31", "until = 2027-12-31")
    )
    (five / "dawa-2027.toml").write_text(renewed, encoding="utf-8")
    loader.default.cache_clear()
    assert json.loads(run("ticket", "show", ref, "--json").output)["promises"] == before


def test_a_charter_that_has_not_begun_promises_nothing_yet(five: Path) -> None:
    later = WHOLE.replace('version = "2026"', 'version = "2027"').replace("2026-", "2027-")
    (five / "dawa-2027.toml").write_text(later, encoding="utf-8")
    loader.default.cache_clear()
    assert charters.on("dawa", date(2026, 11, 23)).version == "2026"
    assert charters.on("dawa", date(2027, 1, 1)).version == "2027"
    assert charters.on("dawa", date(2020, 1, 1)).version == "2026"
