"""The files in deploy/ and the code say the same: commands, settings, limits."""

import re
import shlex
from pathlib import Path

import click
import pytest

from callcentre import config, hooks
from callcentre.cli import COMMANDS, callcentre

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/callcentre/current/venv/bin/callcentre"
SECRETS = {"SECRET_KEY", "DATA_KEY", "AFRICASTALKING_API_KEY", "AFRICASTALKING_HOOK_SECRET",
           "TWILIO_AUTH_TOKEN", "METRICS_TOKEN"}  # fmt: skip


def started(unit: Path) -> list[list[str]]:
    """The commands of ours that a unit starts, in words."""
    lines = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    return [words[1:] for words in map(shlex.split, lines) if words[0] == PROGRAM]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_unit_starts_a_command_that_there_is(unit: Path) -> None:
    assert started(unit)
    for name, *options in started(unit):
        command = callcentre.get_command(click.Context(callcentre), name)
        assert command is not None
        known = {spelling for one in command.params for spelling in one.opts}
        assert {word for word in options if word.startswith("-")} <= known


def test_every_process_of_the_procfile_has_a_unit() -> None:
    commands = {shlex.split(line.partition(":")[2])[1] for line in procfile()}
    assert {name for unit in UNITS for name, *_ in started(unit)} == commands


def procfile() -> list[str]:
    return (ROOT / "Procfile").read_text().splitlines()


def test_the_target_starts_every_process_but_the_migration() -> None:
    wanted = re.findall(
        r"callcentre-[\w@]+\.service", (DEPLOY / "systemd/callcentre.target").read_text()
    )
    kinds = {re.sub(r"@\d+", "@", name) for name in wanted}
    assert kinds | {"callcentre-migrate.service"} == {unit.name for unit in UNITS}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_no_unit_runs_as_root(unit: Path) -> None:
    (user,) = re.findall(r"^User=(\w+)$", unit.read_text(), re.MULTILINE)
    assert f"'{user}'" in (DEPLOY / "roles.sql").read_text()


def test_the_command_sees_what_the_units_see() -> None:
    common = (DEPLOY / "systemd/callcentre-.service.d/common.conf").read_text()
    (settings,) = re.findall("^EnvironmentFile=(.*)$", common, re.MULTILINE)
    command = (DEPLOY / "callcentre").read_text()
    assert f". {settings}\n" in command
    assert f"{PROGRAM} " in command


def example() -> dict[str, str]:
    """Every setting of the example with its value, whether it is commented out or not."""
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (DEPLOY / "callcentre.env").read_text(), re.MULTILINE)
    return dict(lines)


def test_the_example_names_every_setting_that_is_required() -> None:
    text = (DEPLOY / "callcentre.env").read_text()
    assert [
        name for name in config._REQUIRED if not re.search(f"^{name}=", text, re.MULTILINE)
    ] == []


def test_the_example_names_only_settings_that_are_described() -> None:
    described = re.findall(
        r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )
    assert set(example()) - set(described) == set()


def test_the_example_holds_no_secret_and_says_how_to_make_each() -> None:
    assert {example()[name] for name in SECRETS & set(example())} == {"''"}
    assert all(value.startswith("'") and value.endswith("'") for value in example().values())


def test_the_proxy_lets_through_as_much_as_a_hook_takes() -> None:
    proxy = (DEPLOY / "nginx.conf").read_text()
    (limit,) = re.findall(r"client_max_body_size (\d+)k;", proxy)
    assert int(limit) * 1024 == hooks.BODY_LIMIT


def test_the_proxy_knows_the_ports_of_the_webs_that_the_target_starts() -> None:
    proxy, target = (
        (DEPLOY / "nginx.conf").read_text(),
        (DEPLOY / "systemd/callcentre.target").read_text(),
    )
    assert re.findall(r"server 127\.0\.0\.1:(\d+)", proxy) == re.findall(r"web@(\d+)", target)


@pytest.mark.parametrize("path", ["/metrics", "/handset", "/network"])
def test_the_proxy_keeps_to_itself_what_is_for_this_machine(path: str) -> None:
    assert f"location {path} {{ return 404; }}" in (DEPLOY / "nginx.conf").read_text()


def test_every_command_and_file_that_the_how_to_names_is_there() -> None:
    page = (ROOT / "docs/howto-run.md").read_text()
    files = re.findall(r"deploy/([\w./-]*\w)", page)
    assert files
    assert [name for name in files if not (DEPLOY / name).exists()] == []
    called = re.findall(r"^ +callcentre (\w+)", page, re.MULTILINE)
    assert set(called) - set(COMMANDS) == set()
