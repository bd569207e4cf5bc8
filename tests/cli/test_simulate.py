"""`callcentre simulate`: a citizen in the terminal, through the real doors."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dialogue import player

from callcentre import config
from callcentre.cli import callcentre
from callcentre.cli.processes import ABROAD

COMPLAINT = ("1", "1", "1", "Maji hayatoki tangu Juni", "1", "9")
MONDAY = "2026-11-23T10:00+03:00"


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(callcentre, ["simulate", *arguments], input=given)


def shown(ref: str) -> dict[str, Any]:
    done = CliRunner().invoke(callcentre, ["ticket", "show", ref, "--json"])
    found: dict[str, Any] = json.loads(done.output)
    return found


def reference_in(text: str) -> str:
    return next(word.strip(".,") for word in text.split() if word.startswith("26-"))


def test_a_complaint_at_a_given_moment_has_the_dates_of_the_charter(lines: None) -> None:
    done = run("ussd", "--code", "*149*52#", "--at", MONDAY, *COMPLAINT)
    assert done.exit_code == 0, done.output
    ticket = shown(reference_in(done.output))
    assert [(one["kind"], one["due_at"]) for one in ticket["promises"]] == [
        ("acknowledge", "2026-12-02T15:30:00+03:00"),
        ("answer", "2026-12-23T15:30:00+03:00"),
    ]
    assert ticket["promises"][0]["kept_by"] == "session_end"


def test_without_answers_they_are_asked_for(lines: None) -> None:
    done = run("ussd", "--code", "*149*52#", given="2\n\n")
    assert "Andika namba ya lalamiko" in done.output


@pytest.mark.parametrize("language", ["sw", "en"])
def test_a_saved_exchange_is_a_transcript_that_holds(
    client: Any, tmp_path: Path, language: str
) -> None:
    saved = tmp_path / "saved.txt"
    answers = ("1", "9", "0", "7", "1", "1", "Maji hayatoki", "2", "0755000009", "3", "1234", "9")
    done = run("ussd", "--code", "*149*52#", "--save", str(saved), *answers)
    assert done.exit_code == 0, done.output
    assert saved.read_text().splitlines()[:6] == [
        "> dial *149*52# from 0712000001",
        "< main",
        "> complain",
        "< what_about",
        "> next",
        "< what_about",
    ]
    player.play(client, saved, language)


def test_an_sms_to_a_number_abroad_goes_by_its_provider(lines: None) -> None:
    said = run("sms", "Barabara ya Dumila haipitiki", "--to", ABROAD).output
    assert "tumepokea" in said
    assert shown(reference_in(said))["channel"] == "sms"


def test_an_sms_shows_what_is_written_back(lines: None) -> None:
    assert "NIPIGIE" in run("sms", "habari").output
    assert "tumepokea" in run("sms", "Barabara ya Dumila haipitiki", "--to", "15001").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("ussd", "--at", "2026-11-23T10:00"), "needs date, time and zone", id="zone"),
        pytest.param(("ussd", "--at", "kesho"), "needs date, time and zone", id="no date"),
    ],
)
def test_a_moment_that_cannot_be_read_is_refused(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, said in done.output) == (2, True)


def test_real_lines_are_not_simulated_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_NETWORK", "0")
    config.load.cache_clear()
    try:
        done = run("ussd", "1")
    finally:
        monkeypatch.undo()
        config.load.cache_clear()
    assert (done.exit_code, "open real tickets" in done.output) == (2, True)


def test_a_call_prints_what_is_heard_and_its_clips(lines: None) -> None:
    done = run(
        "voice", "--code", "0262160240", "--at", MONDAY, "1", "wait", "say", "wait", "wait", "wait"
    )
    assert done.exit_code == 0, done.output
    assert "[sw/record " in done.output
    assert "Asante kwa kutupigia. Kwaheri.  [sw/bye " in done.output
    done = CliRunner().invoke(callcentre, ["ticket", "list", "--json"])
    [ticket] = json.loads(done.output)
    assert ticket["institution"] == "utumishi"
    found = shown(ticket["ref"])
    assert (found["words"], [one["kind"] for one in found["recordings"]]) == ("", ["words"])
    listed = CliRunner().invoke(callcentre, ["ticket", "show", ticket["ref"]])
    assert "words        (sauti)" in listed.output


def test_after_the_tone_keys_are_refused(lines: None) -> None:
    done = run("voice", "--at", MONDAY, "1", "wait", "5")
    assert (done.exit_code, "after the tone there is `say`" in done.output) == (2, True)


def test_a_recording_is_written_down_once_heard(lines: None) -> None:
    run("voice", "--at", MONDAY, "1", "wait", "say")
    [ticket] = json.loads(CliRunner().invoke(callcentre, ["ticket", "list", "--json"]).output)
    ref = ticket["ref"]
    done = CliRunner().invoke(callcentre, ["ticket", "recording", ref, "--save", "x.mp3"])
    assert (done.exit_code, "has no such recording yet" in done.output) == (2, True)
    CliRunner().invoke(callcentre, ["ticket", "summarize", ref, "Kisima kimeharibika"])
    assert shown(ref)["words"] == "Kisima kimeharibika"
