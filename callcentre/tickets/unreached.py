"""Posts that alerts do not reach: undelivered, or twice without an answer.

An alert that was not delivered goes to the next in line at once. A post that answered neither of
two alerts before they moved up is a task for the administrator: its telephone may be last year's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callcentre import audit, charters, people
from callcentre.charters.model import ROLES
from callcentre.lines import newest
from callcentre.people import Post, PostRow
from callcentre.tickets import alerts, hearers, ladder, tasks
from callcentre.tickets.alerts import Alert, News
from callcentre.tickets.model import Promise, Ticket

SILENT = 2  # alerts one after the other
LOOKS_BACK = timedelta(days=30)  # an older silence says nothing of who holds the post now


def undelivered(session: Session, message_keys: Sequence[str], now: datetime) -> None:
    """These messages failed for good: what they told is told to the next in line, once."""
    if not message_keys:
        return
    query = (
        select(Alert)
        .where(Alert.message_key.in_(message_keys), Alert.unheard_at.is_(None))
        .order_by(Alert.ticket_id, Alert.id)
    )
    for alert in session.scalars(query).all():
        ticket = session.get_one(Ticket, alert.ticket_id, with_for_update=True)
        session.refresh(alert)
        if alert.unheard_at is None:
            _pass_on(session, ticket, alert, now)


def _pass_on(session: Session, ticket: Ticket, alert: Alert, now: datetime) -> None:
    alert.unheard_at = now
    post = people.find(session, alert.post_id)
    _tell_administrator(session, post, now)
    promise = session.get_one(Promise, alert.promise_id)
    charter = charters.get(ticket.institution, ticket.charter_version)
    its = charter.ladder(promise.kind, promise.internal)
    reminds = its is None or its.step(alert.step).after is None
    instead = (
        None if alert.ended_at or reminds else _next_in_line(session, ticket, alert, post, now)
    )
    if instead is not None:
        told = News(
            ticket=ticket,
            promise=promise,
            step=alert.step,
            key=f"promise:{promise.id}:step:{alert.step}:{instead.id}",
            post=instead,
            phrase="sms.escalate",
            goes_at=now if ticket.danger_at is not None else people.window(instead, now),
            until=alert.until,
            values=ladder.values(ticket, promise, charter, now),
        )
        alerts.tell(session, newest(session), [told], now)
    audit.record(
        session,
        ticket_id=ticket.id,
        kind="alert_undelivered",
        now=now,
        body={"alert": alert.id, "post": post.id, "instead": instead.id if instead else None},
    )


def _next_in_line(
    session: Session, ticket: Ticket, alert: Alert, post: Post, now: datetime
) -> Post | None:
    """The first above this post who can be reached and was not told of this step."""
    told = set(
        session.scalars(
            select(Alert.post_id).where(
                Alert.promise_id == alert.promise_id, Alert.step == alert.step
            )
        )
    )
    own = next((one for one in ROLES if one == post.role), None)
    if own is None:  # beside the line: an integrity contact, a supervisor
        return None
    accused = hearers.accused_of(session, [ticket.id]).get(ticket.id, [])
    for role in hearers.in_line(ticket, accused, own, "executive"):
        unit = ticket.unit if role in people.OF_A_UNIT else None
        found = people.holder(session, ticket.institution, role, unit, now)
        if (
            found is not None
            and found.person is not None
            and found.number not in (None, post.number)
            and found.id not in told
            and not hearers.is_barred(accused, found)
        ):
            return found
    return None


_ANSWERED = func.coalesce(
    select(func.max(Alert.id))
    .where(
        Alert.post_id == PostRow.id,
        Alert.code.is_not(None),
        Alert.seen_at.is_not(None) | Alert.acted_at.is_not(None),
    )
    .correlate(PostRow)
    .scalar_subquery(),
    0,
)


def find_silent(session: Session, now: datetime) -> int:
    """Give the administrator the posts that let two alerts in a row move up; how many.

    Each alert counts once. One that ended first, since the citizen had his answer, was no silence.
    """
    silent = (
        Alert.code.is_not(None),
        Alert.seen_at.is_(None),
        Alert.acted_at.is_(None),
        Alert.unheard_at.is_(None),
        Alert.until < now,
        Alert.until > now - LOOKS_BACK,
        Alert.ended_at.is_(None) | (Alert.ended_at >= Alert.until),
    )
    query = (
        select(Alert.post_id)
        .join(PostRow, PostRow.id == Alert.post_id)
        .where(*silent, Alert.id > _ANSWERED)
        .group_by(Alert.post_id)
        .having(func.count() >= SILENT)
    )
    found = session.scalars(query).all()
    for post_id in found:
        counted = update(Alert).where(Alert.post_id == post_id, *silent)
        session.execute(counted.values(unheard_at=now))
        _tell_administrator(session, people.find(session, post_id), now)
    return len(found)


def _tell_administrator(session: Session, post: Post, now: datetime) -> None:
    about = f"post:{post.id}"
    tasks.make_for_office(session, post.institution, "unreached_post", about=about, now=now)
