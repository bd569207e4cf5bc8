"""The calls: begun once, touched at each request, ended once however often that is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.calls.events import CallEvent
from callcentre.calls.model import Call, Connection, RecordingRow

LONGEST = timedelta(hours=3)
"""After which a call of which nothing more was heard is over."""
KEPT_STATE = timedelta(days=1)


def locked(session: Session, provider: str, call_id: str) -> Call | None:
    """The call under its row lock; None if nothing was told of it yet."""
    return session.scalar(
        select(Call).where(Call.provider == provider, Call.call_id == call_id).with_for_update()
    )


def begin(
    session: Session, event: CallEvent, *, line: str, edition: int, language: str, now: datetime
) -> Call:
    """The call of this event under its row lock; made, unless another process just made it."""
    number = event.number
    session.execute(
        upsert(Call)
        .values(
            provider=event.provider,
            call_id=event.call_id,
            direction=event.direction or ("outbound" if event.request else "inbound"),
            line=line,
            edition=edition,
            request=event.request,
            sealed_number=vault.seal(number) if number else None,
            number_print=vault.fingerprint(number) if number else None,
            withheld=number is None,
            nameless=False,
            language=language,
            turn=1,
            started_at=event.started_at or now,
            touched_at=now,
        )
        .on_conflict_do_nothing()
    )
    found = locked(session, event.provider, event.call_id)
    assert found is not None
    return found


def touch(call: Call, event: CallEvent, now: datetime) -> None:
    """Note a request about a call that goes on."""
    call.touched_at = now
    if event.state == "active":
        call.answered_at = call.answered_at or now


def end(call: Call, event: CallEvent, now: datetime) -> bool:
    """Note that a call is over, and what it took; whether that is news.

    It is told of more than once, and not everything each time. Of who chose to stay unknown no
    more is kept than that it is over.
    """
    news = call.ended_at is None
    call.touched_at = now
    call.ended_at = call.ended_at or now
    if call.nameless:
        return news
    call.outcome = event.outcome or call.outcome
    call.cause = event.cause or call.cause
    if event.seconds is not None:
        call.seconds = event.seconds
    if event.cost is not None and call.cost is None:
        call.cost, call.currency = event.cost, event.currency
    return news


def number_of(call: Call) -> str | None:
    return vault.unseal(call.sealed_number) if call.sealed_number else None


def forget(session: Session, call: Call) -> None:
    """Its caller chose to stay unknown: the number goes, and what leads to the ticket."""
    call.nameless = True
    call.sealed_number = call.number_print = call.ticket_id = None
    session.execute(
        update(RecordingRow).where(RecordingRow.call_id == call.id).values(call_id=None)
    )
    session.execute(update(Connection).where(Connection.call_id == call.id).values(call_id=None))


def silent(session: Session, now: datetime, limit: int = 100) -> Sequence[Call]:
    """Calls of which nobody told the end, under their row locks."""
    query = (
        select(Call)
        .where(Call.ended_at.is_(None), Call.touched_at < now - LONGEST)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def forget_old(session: Session, now: datetime, *, nameless: timedelta) -> None:
    """Wipe the answers of calls that are over, and all of those whose caller stayed unknown.

    The answers of these hold their code: they go as soon as no repeat is to be feared.
    """
    old = now - KEPT_STATE
    session.execute(
        update(Call).where(Call.state.is_not(None), Call.touched_at < old).values(state=None)
    )
    session.execute(
        update(Call)
        .where(Call.state.is_not(None), Call.nameless, Call.touched_at < now - nameless)
        .values(state=None)
    )
    session.execute(delete(Call).where(Call.nameless, Call.touched_at < old))
