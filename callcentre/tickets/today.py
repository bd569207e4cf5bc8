"""One SMS on the morning of a working day: what a post owes today, and what is late already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from callcentre import charters, people
from callcentre.charters import Charter
from callcentre.charters.ladder import MORNING
from callcentre.clock import EAT
from callcentre.lines import Edition, newest
from callcentre.outbox import Message
from callcentre.people import Post
from callcentre.tickets import alerts, letters
from callcentre.tickets.holidays import calendar_of

ROLES = ("officer", "head", "complaints")
UNTIL = time(12)  # EAT; after a clock that stood still it has no sense later in the day

_OWED = sql(  # each half reads an index that holds nothing but what it looks for
    "WITH owed AS ("
    " SELECT ticket_id, due_at, received_at FROM promises WHERE due_at < :tomorrow"
    " AND kept_at IS NULL AND broken_at IS NULL AND dropped_at IS NULL"
    " AND kind <> 'accept' AND received_at < :morning"
    " UNION ALL SELECT ticket_id, due_at, received_at FROM promises"
    " WHERE broken_at IS NOT NULL AND kept_at IS NULL AND dropped_at IS NULL"
    "), each AS ("
    " SELECT ticket_id, min(due_at) AS due_at, min(received_at) AS received_at"
    " FROM owed GROUP BY ticket_id)"
    " SELECT unit, assigned_to,"
    " count(*) FILTER (WHERE due_at >= :morning) AS today,"
    " count(*) FILTER (WHERE due_at < :morning) AS late,"
    " min(received_at) AS received_at,"
    " (array_agg(ref ORDER BY received_at, id))[1] AS ref"
    " FROM each JOIN tickets ON id = ticket_id WHERE institution = :institution"
    " GROUP BY unit, assigned_to"
)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed at a unit (None: by no unit yet) by who has it, and the longest of it."""

    unit: str | None
    assigned_to: str | None
    today: int
    late: int
    received_at: datetime
    ref: str


def tell(session: Session, now: datetime) -> int:
    """Post the morning's SMS to each post that owes something; how many, none twice a day.

    From 07:45 (EAT) on each institution's own working days; what came in since is not in it.
    """
    local = now.astimezone(EAT)
    if not MORNING <= local.time() < UNTIL:
        return 0
    edition, told = newest(session), 0
    for charter in charters.all_current(local.date()).values():
        if calendar_of(session, charter).calendar.is_working(local.date()):
            told += _tell(session, edition, charter, now)
    return told


def _tell(session: Session, edition: Edition, charter: Charter, now: datetime) -> int:
    posts = [post for role in ROLES for post in people.all_of(session, charter.id, role)]
    keys = {post.id: f"today:{post.id}:{now.astimezone(EAT):%Y-%m-%d}" for post in posts}
    there = set(session.scalars(select(Message.key).where(Message.key.in_(keys.values()))))
    waiting = [post for post in posts if keys[post.id] not in there]
    owed = _owed(session, charter, now) if waiting else []
    told = 0
    for post in waiting:
        theirs = [one for one in owed if _is_theirs(post, one)]
        to = people.present(session, post, now) if theirs else None
        if to is None or to.person is None or to.number is None:
            continue
        oldest = min(theirs, key=lambda one: (one.received_at, one.ref))
        days = now.astimezone(EAT).date() - oldest.received_at.astimezone(EAT).date()
        posted = letters.post(
            session,
            edition,
            key=keys[post.id],
            to=to.number,
            institution=charter.id,
            phrase="sms.today",
            language=to.language,
            values={
                "t": charter.short,
                "idadi": sum(one.today for one in theirs),
                "zilizochelewa": sum(one.late for one in theirs),
                "ref": oldest.ref,
                "n": days.days,
                "ussd": alerts.door(edition, charter.id),
            },
            now=now,
            kind="alert",
            not_before=people.window(to, now),
            hears=True,
        )
        told += posted is not None
    return told


def _owed(session: Session, charter: Charter, now: datetime) -> Sequence[Owed]:
    morning = datetime.combine(now.astimezone(EAT).date(), MORNING, EAT)
    midnight = datetime.combine(morning.date() + timedelta(days=1), time(), EAT)
    when = {"morning": morning, "tomorrow": midnight, "institution": charter.id}
    return [Owed(*row) for row in session.execute(_OWED, when)]


def _is_theirs(post: Post, owed: Owed) -> bool:
    """The complaints unit answers for all of it, a head for his unit's.

    An officer for what his unit has and no other post was given.
    """
    if post.role == "complaints":
        return True
    given = owed.assigned_to or ""
    elsewhere = given.startswith("post:") and given != f"post:{post.id}"
    return owed.unit == post.unit and (post.role == "head" or not elsewhere)
