"""Who is to be reached, and when."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from callcentre import phones, vault
from callcentre.clock import EAT
from callcentre.people.model import OF_A_UNIT, Holding, PersonRow, Post, PostRow, UnknownPost

SATURDAY = 6  # as ISO counts the days

Found = Row[PostRow, Holding | None]


def _posts() -> Select[PostRow, Holding | None]:
    """Posts, each with who holds it now."""
    held = and_(Holding.post_id == PostRow.id, Holding.until.is_(None))
    return select(PostRow, Holding).outerjoin(Holding, held).order_by(PostRow.id)


def find(session: Session, post_id: int) -> Post:
    """The post of that id, a closed one too. Raises UnknownPost."""
    found = session.execute(_posts().where(PostRow.id == post_id)).one_or_none()
    if found is None:
        raise UnknownPost(f"no post {post_id}; see `callcentre user list`")
    return _post(found)


def holder(
    session: Session, institution: str, role: str, unit: str | None, now: datetime
) -> Post | None:
    """The post that answers in this role now; None where the next in line must.

    Officers and heads are those of that very unit, all others serve the institution. Among
    several it is one that is held, present and has a telephone, the oldest first. While its holder
    is away it is his deputy's post; without a deputy it is none. One that nobody holds, or that
    has no telephone, is given when there is no better.
    """
    query = open_posts().where(PostRow.institution == institution, PostRow.role == role)
    if role in OF_A_UNIT:
        query = query.where(PostRow.unit == unit)
    found = session.execute(query).all()
    return _present(session, min(found, key=lambda row: _rank(row, now)), now) if found else None


def present(session: Session, post: Post, now: datetime) -> Post | None:
    """The post itself, or while its holder is away the one that stands in; None if none does."""
    found = session.execute(open_posts().where(PostRow.id == post.id)).one_or_none()
    return _present(session, found, now) if found is not None else None


def stands_in_for(session: Session, post: Post, now: datetime) -> list[Post]:
    """The posts whose holders are away now, and for whom this one stands in."""
    away = open_posts().where(
        PostRow.institution == post.institution,
        PostRow.id != post.id,
        Holding.away_from <= now,
        Holding.away_until > now,
    )
    found = session.execute(away).all()
    return [
        _post(one)
        for one in found
        if (instead := _present(session, one, now)) is not None and instead.id == post.id
    ]


def posts_with(session: Session, number: str) -> list[Post]:
    """The open posts whose telephone has this number (E.164), the oldest first."""
    return _all(session, open_posts().where(PostRow.number_print == vault.fingerprint(number)))


def all_of(session: Session, institution: str, role: str) -> list[Post]:
    """The open posts of an institution in this role, the oldest first, held or not."""
    return _all(
        session, open_posts().where(PostRow.institution == institution, PostRow.role == role)
    )


def listing(
    session: Session, now: datetime, institution: str | None = None
) -> list[dict[str, Any]]:
    """The open posts with their holders, a row each, numbers masked; for lists."""
    query = (
        open_posts().add_columns(PersonRow).outerjoin(PersonRow, PersonRow.id == Holding.person_id)
    )
    if institution is not None:
        query = query.where(PostRow.institution == institution)
    return [_listed(row, holding, person, now) for row, holding, person in session.execute(query)]


def _listed(
    row: PostRow, holding: Holding | None, person: PersonRow | None, now: datetime
) -> dict[str, Any]:
    number = vault.unseal(row.sealed_number) if row.sealed_number is not None else None
    to_come = holding and holding.away_until is not None and holding.away_until > now
    return {
        "post": row.id,
        "institution": row.institution,
        "unit": row.unit,
        "role": row.role,
        "title": row.title,
        "place": row.place,
        "phone": phones.mask(number) if number else None,
        "language": row.language,
        "hours": f"{row.opens}-{row.closes}",
        "days": "all" if row.everyday else "Mon-Fri",
        "person": person.id if person else None,
        "name": vault.unseal(person.sealed_name) if person else None,
        "away_from": holding.away_from if holding and to_come else None,
        "away_until": holding.away_until if holding and to_come else None,
        "deputy": row.deputy_id,
        "confirmed_at": row.confirmed_at,
        "ethics_trained_on": person.ethics_trained_on if person else None,
        "charter_trained_on": person.charter_trained_on if person else None,
        "has_pin": person is not None and person.pin_hash is not None,
    }


def window(post: Post, now: datetime) -> datetime:
    """The first moment from `now` on, in the post's hours on its days, at which it may ring."""
    local = now.astimezone(EAT)
    if _works(post, local) and post.opens <= local.hour < post.closes:
        return now
    opening = local.replace(hour=post.opens, minute=0, second=0, microsecond=0)
    while opening <= local or not _works(post, opening):
        opening += timedelta(days=1)
    return opening


def open_posts() -> Select[PostRow, Holding | None]:
    """The posts that are not closed, each with who holds it now, the oldest first."""
    return _posts().where(PostRow.closed_at.is_(None))


def _all(session: Session, query: Select[PostRow, Holding | None]) -> list[Post]:
    return [_post(found) for found in session.execute(query)]


def _works(post: Post, day: datetime) -> bool:
    return post.everyday or day.isoweekday() < SATURDAY


def _rank(found: Found, now: datetime) -> tuple[bool, bool, bool, int]:
    row, holding = found
    away = holding is not None and holding.is_away(now)
    return holding is None, away, row.sealed_number is None, row.id


def _present(session: Session, found: Found, now: datetime) -> Post | None:
    """The post itself, or the first of its line of deputies whose holder is not away."""
    met: set[int] = set()
    while True:
        row, holding = found
        if holding is None or not holding.is_away(now):
            return _post(found)
        met.add(row.id)
        if row.deputy_id is None or row.deputy_id in met:
            return None
        deputy = session.execute(open_posts().where(PostRow.id == row.deputy_id)).one_or_none()
        if deputy is None:
            return None
        found = deputy


def _post(found: Found) -> Post:
    row, holding = found
    return Post(
        id=row.id,
        institution=row.institution,
        unit=row.unit,
        role=row.role,
        title=row.title,
        number=vault.unseal(row.sealed_number) if row.sealed_number is not None else None,
        language=row.language,
        opens=row.opens,
        closes=row.closes,
        everyday=row.everyday,
        person=holding.person_id if holding else None,
        place=row.place,
    )
