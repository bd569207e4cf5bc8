"""Another try for a message that did not arrive: by the next route at once, or later."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from callcentre.outbox.model import Message, Route, routes_in

BACK_OFF = (10, 30, 60, 120, 300, 600, 1800, 3600)  # seconds; the last one repeats


def back_off(tries: int) -> timedelta:
    """How long to wait after the given number of failed tries."""
    return timedelta(seconds=BACK_OFF[min(tries, len(BACK_OFF)) - 1])


def routes_of(row: Row[Any] | Message) -> tuple[Route, ...]:
    """All the routes of a message. Only the usual one gives an on-demand SMS its reply."""
    usual = Route(row.provider, row.sender)
    return (usual,) if row.link else (usual, *routes_in(row.others))


def try_again(
    message: Message,
    failed: Route,
    now: datetime,
    *,
    wait: timedelta | None = None,
    same_route: bool = True,
) -> bool:
    """Make a message due again after a route failed; False where there is nothing left to try.

    By the next route it goes at once. After the last one it begins anew, when the provider said
    or after the back-off, up to a quarter longer, so that what failed together does not come back
    together. Without `same_route` each route is tried once.
    """
    if now >= message.expires_at:
        return False
    known = routes_of(message)
    after = known.index(failed) + 1 if failed in known else len(known)
    if after < len(known):
        message.start, message.next_at = after, now
        return True
    message.start = 0
    message.next_at = now + (wait or back_off(message.tries) * random.uniform(1, 1.25))
    return same_route
