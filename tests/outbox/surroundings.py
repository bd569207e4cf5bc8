"""Other settings and another Redis for a while, and waiting for what happens elsewhere."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from callcentre import config, db, jobs, vault
from callcentre.ivr.providers.africastalking import _Service as _Voice
from callcentre.providers import twilio
from callcentre.sms.providers.africastalking import _Service
from scripts.local import servers


@contextmanager
def changed(**environment: str) -> Iterator[None]:
    """Other settings; what this process remembers under either set is forgotten with it."""
    before = dict(os.environ)
    _forget()
    os.environ.update(environment)
    try:
        yield
    finally:
        _forget()
        os.environ.clear()
        os.environ.update(before)


def _forget() -> None:
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    if jobs.redis.cache_info().currsize:
        jobs.redis().close()
    for service in (_Service, _Voice):
        if service.for_this_process.cache_info().currsize:
            service.for_this_process()._session.close()
    for remembered in (
        config.load, db.engine, db._sessions, jobs.redis, jobs._queue, vault._box, vault.key,
        _Service.for_this_process, _Voice.for_this_process, twilio.client,
    ):  # fmt: skip
        remembered.cache_clear()
    jobs._quiet_until = 0.0


@contextmanager
def own_redis() -> Iterator[servers.Server]:
    """A Redis that may be flushed, stopped and started again without harm to anybody."""
    folder = Path(tempfile.mkdtemp(prefix="callcentre-test-"))
    folder.chmod(0o711)  # root's servers run as another user
    server = servers.valkey(folder / "redis", servers.socket_folder(folder), appendfsync="no")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def until(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """What `condition` answers as soon as it is true; fails if it is not in time."""
    pause = threading.Event()
    for _ in range(round(seconds / 0.05)):
        if answer := condition():
            return answer
        pause.wait(0.05)
    raise AssertionError(f"it did not happen in time: {what}")
