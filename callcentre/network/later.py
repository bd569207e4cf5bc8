"""Work that the network does soon or later, without holding up whoever asked for it.

One heap of jobs ordered by when they are due, and a few daemon threads, started with the first
job, that each wait for the next one.
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from callcentre import clock
from callcentre.network.refusals import Busy

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Later:
    def __init__(self, threads: int = 4, most: int = 500_000) -> None:
        self._threads = threads
        self._most = most
        self._started = 0
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int, Job]] = []
        self._changed = threading.Condition()
        self._running = 0

    @property
    def waiting(self) -> int:
        """How many jobs are due, will be, or run now."""
        with self._changed:
            return len(self._heap) + self._running

    def after(self, seconds: float, job: Job) -> None:
        """Run `job` in so many seconds. Jobs due at the same time start in the order given."""
        with self._changed:
            if len(self._heap) >= self._most:
                raise Busy("the network holds as much waiting work as it can")
            heapq.heappush(self._heap, (clock.monotonic() + seconds, next(self._numbers), job))
            if self._started < self._threads:
                self._started += 1
                name = f"network-{self._started}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            self._changed.notify()

    def _work(self) -> None:
        while True:
            job = self._next()
            try:
                job()
            except Exception:
                log.exception("network job failed")
            finally:
                with self._changed:
                    self._running -= 1

    def _next(self) -> Job:
        with self._changed:
            while True:
                wait = self._heap[0][0] - clock.monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    job = heapq.heappop(self._heap)[2]
                    self._running += 1
                    if self._heap:  # another thread may have slept through its notice
                        self._changed.notify()
                    return job
                self._changed.wait(wait)


class Room:
    """Room for a few at once and for a few who wait; more are turned away.

    The network calls the web process that it runs in. Whoever does so from a request holds one
    of its threads while needing another, so there must always be fewer of these than threads.
    """

    def __init__(self, inside: int = 4, waiting: int = 4) -> None:
        self._door = threading.Semaphore(inside + waiting)
        self._seats = threading.Semaphore(inside)

    @contextmanager
    def enter(self) -> Iterator[None]:
        if not self._door.acquire(blocking=False):
            raise Busy("the network is busy; try again in a moment")
        try:
            with self._seats:
                yield
        finally:
            self._door.release()
