"""Who may hear of a ticket: by role, institution and unit, and never who is complained of.

The ladder asks `in_line` and `is_barred`; all that staff read goes through `visible`. An allegation
of corruption is for the integrity contact and the executive (D38), a complaint about the call
centre for its supervisor and the executive, and somebody who may be in danger for few. A complaint
about a member of staff is none of his colleagues' in the unit: it begins one level up.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Identity,
    Text,
    UniqueConstraint,
    and_,
    exists,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import people, vault
from callcentre.charters.model import ROLES, Role
from callcentre.db import Base
from callcentre.people import Post
from callcentre.tickets.model import Ticket

CORRUPTION, STAFF = "corruption", "staff"
LAST = "integrity"
"""Who hears of a complaint where the executive himself is complained of."""


class Accused(Base):
    """That a ticket complains of a post, who held it then, and by which number he was reached."""

    __tablename__ = "accused"
    __table_args__ = (UniqueConstraint("ticket_id", "post_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    role: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    number_print: Mapped[bytes | None]
    at: Mapped[datetime]


def accused_of(session: Session, ticket_ids: Iterable[int]) -> Mapping[int, list[Accused]]:
    """Whom these tickets complain of, by the id of the ticket; most complain of nobody."""
    found: dict[int, list[Accused]] = {}
    query = select(Accused).where(Accused.ticket_id.in_(list(ticket_ids))).order_by(Accused.id)
    for one in session.scalars(query):
        found.setdefault(one.ticket_id, []).append(one)
    return found


def in_line(ticket: Ticket, accused: Sequence[Accused], role: Role, top: Role) -> list[str]:
    """The roles to be tried one after the other for who hears in place of `role`.

    Never above `top`, unless the line begins there already; who it complains of is passed over.
    """
    contact = _contact(ticket)
    if contact is not None:
        line = [contact, "executive"] if role != "executive" else ["executive", contact]
        return [one for one in line if not _is_complained_of(one, ticket, accused)]
    first = max(ROLES.index(role), _lowest(ticket, accused))
    if first == len(ROLES):
        return [LAST]
    return list(ROLES[first : max(ROLES.index(top), first) + 1])


def may_hear(session: Session, ticket: Ticket, post: Post, now: datetime) -> bool:
    """Whether a post may hear of this ticket; what `visible` says of one. Flushes."""
    session.flush()
    query = select(Ticket.id).where(Ticket.id == ticket.id, visible(session, post, now))
    return session.scalar(query) is not None


def is_barred(accused: Sequence[Accused], post: Post) -> bool:
    """Whether this post, whoever holds it, or its telephone is that of who is complained of."""
    number = vault.fingerprint(post.number) if post.number else None
    return any(
        one.post_id == post.id
        or (post.person is not None and one.person_id == post.person)
        or (number is not None and one.number_print == number)
        for one in accused
    )


def visible(session: Session, post: Post, now: datetime) -> ColumnElement[bool]:
    """Which tickets a post may see: in its own role, and in those it stands in for now."""
    posts = [post, *people.stands_in_for(session, post, now)]
    barred = [Accused.post_id == post.id]
    if post.person is not None:
        barred.append(Accused.person_id == post.person)
    if post.number is not None:
        barred.append(Accused.number_print == vault.fingerprint(post.number))
    return and_(
        Ticket.institution == post.institution,
        or_(*(_sees(one) for one in posts)),
        ~exists().where(Accused.ticket_id == Ticket.id, or_(*barred)),
    )


def names_staff(ticket: Ticket) -> bool:
    """Whether it complains of a member of staff, known or not."""
    return ticket.topic == STAFF or ticket.officer_at is not None


def _contact(ticket: Ticket) -> str | None:
    """Who hears of it instead of the unit, the complaints unit and the agents."""
    if ticket.topic == CORRUPTION:
        return "integrity"
    return "supervisor" if ticket.centre_at is not None else None


def _lowest(ticket: Ticket, accused: Sequence[Accused]) -> int:
    """The place in ROLES at which its ladder begins: one above whom it complains of."""
    above = [
        ROLES.index(one.role) + 1
        for one in accused
        if one.role in ROLES and one.unit in (None, ticket.unit)
    ]
    few = names_staff(ticket) or ticket.danger_at is not None
    return max([ROLES.index("head") if few else 0, *above])


def _is_complained_of(role: str, ticket: Ticket, accused: Sequence[Accused]) -> bool:
    return any(one.role == role and one.unit in (None, ticket.unit) for one in accused)


def _sees(post: Post) -> ColumnElement[bool]:
    """Which tickets of its institution a post may see in its own role."""
    ordinary = and_(Ticket.topic.is_distinct_from(CORRUPTION), Ticket.centre_at.is_(None))
    safe = and_(ordinary, Ticket.danger_at.is_(None))
    executive = exists().where(Accused.ticket_id == Ticket.id, Accused.role == "executive")
    seen: Mapping[str, ColumnElement[bool]] = {
        "executive": true(),
        "integrity": or_(Ticket.topic == CORRUPTION, executive),
        "supervisor": Ticket.topic.is_distinct_from(CORRUPTION),
        "complaints": ordinary,
        "head": and_(ordinary, Ticket.unit == post.unit),
        "officer": and_(
            safe,
            Ticket.unit == post.unit,
            Ticket.topic.is_distinct_from(STAFF),
            Ticket.officer_at.is_(None),
        ),
        "agent": safe,
        "auditor": safe,
    }
    return seen.get(post.role, false())
