"""What the tests of calls that we place share: requests, claims, and what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conversations.phone import ASHA, NOW, everything

from callcentre import db
from callcentre.calls import outgoing
from callcentre.calls.outgoing import Placing, Ring
from callcentre.outbox import Result, limits
from callcentre.tickets import tasks
from callcentre.tickets.model import Task

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 8:00, when Kilosa opens


def ask(institution: str = "kilosa", number: str = ASHA, **changes: Any) -> int:
    """Somebody rang once, and hung up."""
    usual = {"promised": False, "now": NOW, "beep": True}
    with db.session() as session:
        asked = tasks.ask_call(session, institution=institution, number=number, **usual | changes)
        return asked.task


def claim(at: datetime = NOW) -> list[Placing]:
    with db.session() as session:
        return outgoing.claim(session, at)


def said(placing: Placing, result: Result, at: datetime = NOW) -> None:
    """What the provider answered to our wish to call."""
    with db.session() as session:
        outgoing.placed(session, placing.ring, result, at)


def expire(at: datetime) -> int:
    with db.session() as session:
        return outgoing.expire(session, at)


def rings() -> list[Ring]:
    return list(everything(Ring))


def task(task_id: int | None = None) -> Task:
    """The task of this id, or the only one."""
    found = [one for one in everything(Task) if task_id in (None, one.id)]
    assert len(found) == 1
    return found[0]


@contextmanager
def limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> Iterator[None]:
    """Other limits inside the block: one line of the shipped file in other words."""
    text = limits.SHIPPED.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "limits.toml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    monkeypatch.setenv("LIMITS", str(path))
    limits.load.cache_clear()
    try:
        yield
    finally:
        monkeypatch.delenv("LIMITS")
        limits.load.cache_clear()
