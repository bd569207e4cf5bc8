"""Who is away, who stands in for him, and who has said that he still holds his post."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcentre import audit
from callcentre.people.model import BadStaff, Holding, Post, PostRow, UnknownPost

LONGEST = timedelta(days=100)
"""The longest leave that the law gives: a mother's of twins (Employment and Labour Relations Act
2004, section 33). Who is gone for longer hands the post over."""


def go_away(
    session: Session,
    post: Post,
    until: datetime,
    now: datetime,
    *,
    start: datetime | None = None,
    deputy: int | None = None,
    by: str | None = None,
) -> None:
    """The holder is away from `start` (now, if left out) until a moment; his deputy stands in.

    `deputy` is as for `set_deputy`. Raises BadStaff for an absence too long, or over already, and
    for a post that nobody holds.
    """
    begins = max(start or now, now)
    if until <= begins:
        raise BadStaff("the day of return must come after the absence has begun")
    if until - begins > LONGEST:
        raise BadStaff(f"nobody is away for more than {LONGEST.days} days: hand the post over")
    if deputy is not None:
        set_deputy(session, post, deputy, now, by=by)
    row, holding = _held(session, post)
    holding.away_from, holding.away_until = begins, until
    body = {"from": begins, "until": until, "deputy": row.deputy_id}
    _record(session, "away", post, now, by, **body)


def set_deputy(
    session: Session, post: Post, deputy: int, now: datetime, *, by: str | None = None
) -> None:
    """Let a post stand in whenever the holder is away: its id, of the same institution.

    Raises UnknownPost, and BadStaff for a loop, and while another stands in.
    """
    row, holding = _held(session, post)
    if row.deputy_id == deputy:
        return
    if row.deputy_id is not None and holding.is_away(now):
        raise BadStaff(
            f"post {row.deputy_id} stands in for post {post.id} now:"
            " say that its holder is back before you name another deputy"
        )
    _check_deputy(session, row, deputy)
    row.deputy_id = deputy
    _record(session, "deputy_named", post, now, by, deputy=deputy)


def come_back(session: Session, post: Post, now: datetime, *, by: str | None = None) -> bool:
    """The holder is there again, or will not be away after all; whether he was to be away."""
    _, holding = _held(session, post)
    if holding.away_until is None or holding.away_until <= now:
        return False
    holding.away_from = holding.away_until = None
    _record(session, "back", post, now, by)
    return True


def confirm(session: Session, post: Post, now: datetime, *, by: str | None = None) -> None:
    """The holder says that he still holds the post."""
    row, _ = _held(session, post)
    row.confirmed_at, row.answer_until = now, None
    _record(session, "post_confirmed", post, now, by)


def _held(session: Session, post: Post) -> tuple[PostRow, Holding]:
    """The post and who holds it, locked. Raises BadStaff if nobody does."""
    found = session.execute(
        select(PostRow, Holding)
        .join(Holding, Holding.post_id == PostRow.id)
        .where(PostRow.id == post.id, Holding.until.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise BadStaff(f"nobody holds post {post.id}: put somebody on it first (`user hand-over`)")
    return found[0], found[1]


def _check_deputy(session: Session, row: PostRow, deputy_id: int) -> None:
    """Raises UnknownPost, or BadStaff for one that cannot stand in or would come round again."""
    met = {row.id}
    following: int | None = deputy_id
    while following is not None:
        if following in met:
            raise BadStaff(
                f"post {deputy_id} cannot stand in for post {row.id}: "
                + ("it is the same" if following == deputy_id else "that one stands in for it")
            )
        met.add(following)
        other = session.get(PostRow, following)
        if other is None:
            raise UnknownPost(f"no post {following}; see `callcentre user list`")
        following = other.deputy_id
    deputy = session.get_one(PostRow, deputy_id)
    if deputy.closed_at is not None or deputy.institution != row.institution:
        raise BadStaff(f"the deputy must be an open post of {row.institution}; {deputy_id} is not")


def _record(
    session: Session, kind: str, post: Post, now: datetime, by: str | None, **more: object
) -> None:
    body = {"post": post.id, "person": post.person, **more}
    audit.record(
        session, ticket_id=None, kind=kind, actor=by or f"post:{post.id}", now=now, body=body
    )
