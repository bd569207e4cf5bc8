"""The code about itself: who may import what, read the time, and open a door."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from callcentre import config
from callcentre.cli import COMMANDS, callcentre
from callcentre.ivr.providers import PROVIDERS as VOICE_PROVIDERS
from callcentre.ivr.providers.contract import VoiceProvider
from callcentre.sms.providers import PROVIDERS as TEXT_PROVIDERS
from callcentre.sms.providers.contract import TextProvider

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "callcentre"
MODULES = sorted(PACKAGE.rglob("*.py"))
SDKS = {"africastalking", "twilio"}
TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "localtime", "gmtime"},
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def calls(path: Path) -> Iterator[tuple[str, str, int]]:
    """Each call as (what it is called on, what is called, line)."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield node.func.value.id, node.func.attr, node.lineno
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Attribute):
            yield node.func.value.attr, node.func.attr, node.lineno
        elif isinstance(node.func, ast.Name):
            yield "", node.func.id, node.lineno


def who(condition: Callable[[Path], Any], but: tuple[str, ...] = ()) -> list[str]:
    """The modules of which something is true, but for those where it may be."""
    found = [name(path) for path in MODULES if condition(path)]
    return [one for one in found if not any(re.fullmatch(allowed, one) for allowed in but)]


def test_imports_point_down_only() -> None:
    # In a process of its own: run in this one it would switch off the loggers of other tests.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_only_the_clock_reads_the_time() -> None:
    def reads_it(path: Path) -> bool:
        return any(what in TIME.get(on, ()) for on, what, _ in calls(path))

    assert who(reads_it, but=("clock.py",)) == []


def test_nobody_sleeps() -> None:
    assert who(lambda path: any(what == "sleep" for _, what, _ in calls(path))) == []


def test_only_provider_files_import_the_providers_sdks() -> None:
    assert who(lambda path: imported(path) & SDKS, but=(r"(\w+/)?providers/\w+\.py",)) == []


def test_only_jobs_and_processes_know_the_queue() -> None:
    allowed = ("jobs.py", "schedule.py", "cli/processes.py")
    assert who(lambda path: "rq" in imported(path), but=allowed) == []


def test_only_commands_print() -> None:
    prints = who(lambda path: any((on, what) == ("", "print") for on, what, _ in calls(path)))
    assert [path for path in prints if not path.startswith("cli/")] == []


def test_every_module_says_what_it_is_for() -> None:
    assert who(lambda path: tree(path).body and not ast.get_docstring(tree(path))) == []


def test_no_module_imports_its_neighbours_by_dots() -> None:
    def relative(path: Path) -> bool:
        return any(isinstance(n, ast.ImportFrom) and n.level > 0 for n in ast.walk(tree(path)))

    assert who(relative) == []


DOORS: dict[str, tuple[Mapping[str, Any], type]] = {
    "sms": (TEXT_PROVIDERS, TextProvider),
    "ivr": (VOICE_PROVIDERS, VoiceProvider),
}
EACH = [
    pytest.param(door, provider, id=f"{door}-{provider}")
    for door, (providers, _) in DOORS.items()
    for provider in providers
]


@pytest.mark.parametrize("door", DOORS)
def test_every_provider_file_is_on_the_list(door: str) -> None:
    files = {path.stem for path in (PACKAGE / door / "providers").glob("[!_]*.py")}
    assert files - {"contract", "download"} == set(DOORS[door][0])


@pytest.mark.parametrize(("door", "provider"), EACH)
def test_every_provider_has_a_table_of_tests(door: str, provider: str) -> None:
    assert list((ROOT / "tests" / door).glob(f"test_{provider}*.py"))


@pytest.mark.parametrize(("door", "provider"), EACH)
def test_every_provider_can_do_what_the_contract_asks(door: str, provider: str) -> None:
    providers, contract = DOORS[door]
    asked = {name for name, _ in inspect.getmembers(contract, inspect.isfunction)}
    asked = {one for one in asked if not one.startswith("_")}
    assert [one for one in asked if not callable(getattr(providers[provider], one, None))] == []


def settings_read() -> set[str]:
    """The names of all settings that config.py looks for."""
    source = tree(PACKAGE / "config.py")
    words = (node.value for node in ast.walk(source) if isinstance(node, ast.Constant))
    return {word for word in words if isinstance(word, str) and re.fullmatch("[A-Z_]{8,}", word)}


def test_every_setting_that_is_read_is_described() -> None:
    described = re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text("utf-8"))
    assert settings_read() >= set(config._REQUIRED)
    assert settings_read() - set(described) == set()


def test_settings_are_read_in_one_place() -> None:
    def reads(path: Path) -> bool:
        attributes = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute))
        return any(ast.unparse(node) in ("os.environ", "os.getenv") for node in attributes)

    assert who(reads, but=("config.py",)) == []


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def test_every_process_of_the_procfile_is_a_command() -> None:
    for command in procfile().values():
        program, subcommand = command.split()[:2]
        assert (program, subcommand in COMMANDS) == ("callcentre", True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_its_file_and_says_what_it_does(name: str) -> None:
    command = callcentre.get_command(click.Context(callcentre), name)
    assert command is not None
    assert (command.name, bool(command.help)) == (name, True)


def test_every_queue_that_is_written_to_has_a_worker() -> None:
    """What the clock registers and a commit wakes goes to the queues that a worker takes from."""
    source = tree(PACKAGE / "schedule.py")
    arguments = {
        ast.unparse(node.func).rpartition(".")[2]: [ast.unparse(one) for one in node.args]
        for node in ast.walk(source)
        if isinstance(node, ast.Call)
    }
    taken_from = set(arguments["SimpleWorker"][0].strip("[]").split(", "))
    assert {arguments["register"][1], f"jobs.{_woken_queue()}"} <= taken_from
    assert {"worker", "clock"} <= set(procfile())


def _woken_queue() -> str:
    """The name under which jobs.py makes the queue of wakes."""
    found = [
        ast.unparse(node.args[0])
        for node in ast.walk(tree(PACKAGE / "jobs.py"))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Queue"
    ]
    assert len(found) == 1
    return found[0]


def hook_routes(app: Any) -> list[tuple[str, ast.FunctionDef]]:
    """Every route under /hooks/ with the source of its view."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/hooks/"):
            view = inspect.unwrap(app.view_functions[rule.endpoint])
            source = ast.parse(inspect.cleandoc("\n" + inspect.getsource(view))).body[0]
            assert isinstance(source, ast.FunctionDef)
            found.append((rule.rule, source))
    return found


def test_every_hook_asks_who_it_is_before_anything_else(app: Any) -> None:
    routes = hook_routes(app)
    assert len(routes) >= 7
    for rule, view in routes:
        body = view.body[1:] if ast.get_docstring(view) else view.body
        by_secret = ast.unparse(body[0]) == "hooks.secret(secret)"
        assert by_secret or ast.unparse(body[0]) == "form = signed_form(request)", rule


def test_hooks_take_nothing_but_a_post(app: Any) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/hooks/")]
    assert {frozenset(rule.methods - {"OPTIONS"}) for rule in rules} == {frozenset({"POST"})}
