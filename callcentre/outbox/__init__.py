"""Messages waiting to be sent.

`post` writes a message in the caller's transaction, so it exists exactly when the fact it tells
about was saved. The database alone knows what is left to send: a worker claims what is due in
one short UPDATE, sends outside any transaction, and commits each result by itself. A claim that
expires is not free: the message may have gone, so its attempt is unknown until a receipt tells,
or ten minutes pass and it is sent once more.
"""

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session

from callcentre.outbox.again import back_off
from callcentre.outbox.allowance import (
    may_call,
    midnight,
    paced_until,
    spend_on_call,
    spent_today,
)
from callcentre.outbox.claiming import claim
from callcentre.outbox.model import (
    Attempt,
    Message,
    Outgoing,
    ParkedReceipt,
    Receipt,
    Result,
    Route,
    unsent,
)
from callcentre.outbox.posting import (
    Draft,
    cancel,
    cancel_all,
    post,
    post_many,
    release,
    reword,
    waits,
)
from callcentre.outbox.reading import (
    attempts_of,
    next_due,
    of_ticket,
    posted,
    posted_to,
    retry,
    waiting,
)
from callcentre.outbox.receipts import receive, settle_parked
from callcentre.outbox.results import record
from callcentre.outbox.routes import paused_untold, resume, troubled
from callcentre.outbox.upkeep import doubt, expire, expire_claims, wipe

__all__ = [
    "Attempt",
    "Draft",
    "Message",
    "Outgoing",
    "ParkedReceipt",
    "Receipt",
    "Result",
    "Route",
    "attempts_of",
    "back_off",
    "cancel",
    "cancel_all",
    "claim",
    "doubt",
    "expire",
    "expire_claims",
    "may_call",
    "midnight",
    "next_due",
    "of_ticket",
    "paced_until",
    "paused_untold",
    "post",
    "post_many",
    "posted",
    "posted_to",
    "receive",
    "record",
    "release",
    "resume",
    "retry",
    "reword",
    "settle_parked",
    "spend_on_call",
    "spent_today",
    "troubled",
    "unsent",
    "waiting",
    "waits",
    "wipe",
]

on_commit: Callable[[], None] = lambda: None  # noqa: E731 - set by the process to jobs.wake


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    if session.info.pop("wake", False):
        on_commit()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
