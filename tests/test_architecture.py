"""The code about itself: who may import what, read the time, and open a door."""

import ast
import importlib.metadata
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

from callcentre import config, jobs, schedule
from callcentre.sms.providers import PROVIDERS

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


def test_imports_point_down_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    failed = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert failed == 0, capsys.readouterr().out


def test_only_the_clock_reads_the_time() -> None:
    def reads_it(path: Path) -> bool:
        return any(what in TIME.get(on, ()) for on, what, _ in calls(path))

    assert who(reads_it, but=("clock.py",)) == []


def test_nobody_sleeps() -> None:
    assert who(lambda path: any(what == "sleep" for _, what, _ in calls(path))) == []


def test_only_provider_files_import_the_providers_sdks() -> None:
    assert who(lambda path: imported(path) & SDKS, but=(r"\w+/providers/\w+\.py",)) == []


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


def test_every_provider_file_is_on_the_list() -> None:
    files = {path.stem for path in (PACKAGE / "sms" / "providers").glob("[!_]*.py")}
    assert files - {"contract"} == set(PROVIDERS)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_table_of_tests(provider: str) -> None:
    assert (ROOT / "tests" / "sms" / f"test_{provider}.py").exists()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_can_do_what_the_contract_asks(provider: str) -> None:
    from callcentre.sms.providers.contract import TextProvider

    asked = {name for name, _ in inspect.getmembers(TextProvider, inspect.isfunction)}
    asked = {one for one in asked if not one.startswith("_")}
    assert [one for one in asked if not callable(getattr(PROVIDERS[provider], one, None))] == []


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
        return any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for node in ast.walk(tree(path))
        )

    assert who(reads, but=("config.py",)) == []


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def test_every_process_of_the_procfile_is_a_command() -> None:
    from callcentre.cli import callcentre

    for command in procfile().values():
        program, subcommand = command.split()[:2]
        assert (program, subcommand in callcentre.commands) == ("callcentre", True)


def test_every_queue_that_is_written_to_has_a_worker() -> None:
    """What the clock registers and a commit wakes goes to the queues that a worker takes from."""
    source = tree(PACKAGE / "schedule.py")
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call)]
    named = {
        getattr(call.func, "attr", getattr(call.func, "id", "")): [
            ast.unparse(a) for a in call.args
        ]
        for call in calls
    }
    assert named["SimpleWorker"] == [f"[{named['register'][1]}]"] == ["[jobs.QUEUE]"]
    assert jobs._queue.__wrapped__ is not None
    assert "Queue(QUEUE" in inspect.getsource(jobs._queue)
    assert {"worker", "clock"} <= set(procfile())
    assert callable(schedule.run_worker)


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


def test_every_hook_asks_for_its_secret_before_anything_else(app: Any) -> None:
    routes = hook_routes(app)
    assert len(routes) >= 5
    for rule, view in routes:
        body = view.body[1:] if ast.get_docstring(view) else view.body
        assert ast.unparse(body[0]) == "hooks.secret(secret)", rule


def test_hooks_take_nothing_but_a_post(app: Any) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/hooks/")]
    assert {frozenset(rule.methods - {"OPTIONS"}) for rule in rules} == {frozenset({"POST"})}


def test_the_packages_that_are_imported_are_the_ones_that_are_asked_for() -> None:
    """Nothing of ours hangs on a package that only comes along with another one."""
    by_module = importlib.metadata.packages_distributions()
    asked = re.findall(
        r'^  "([a-z0-9-]+)', (ROOT / "pyproject.toml").read_text().split("[project.opt")[0], re.M
    )
    asked = [one.replace("-", "_") for one in asked]
    known = set(sys.stdlib_module_names) | {"callcentre"}
    used = set().union(*(imported(path) for path in MODULES)) - known
    missing = [
        one
        for one in sorted(used)
        if not any(d.lower().replace("-", "_") in asked for d in by_module.get(one, [one]))
    ]
    assert missing == []
