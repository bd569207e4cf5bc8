"""What a step tells a post by SMS: a reference, the unit, the days, and nothing of the citizen.

Every step that reached somebody is a row here, whatever it was written in: an SMS of its own with a
code to answer by, or one digest for many. An alert stays open until its promise is kept, or the
next step of the same promise comes to the same number, and takes over its code.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import (
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from callcentre import audit, charters, db, outbox, phrases, vault
from callcentre.charters import Period
from callcentre.charters.calendar import due
from callcentre.clock import EAT
from callcentre.db import Base
from callcentre.lines import Edition, newest
from callcentre.people import Post
from callcentre.phrases import Value
from callcentre.tickets import letters
from callcentre.tickets.holidays import calendar_of
from callcentre.tickets.model import Promise, Ticket, WrongStatus

CODES = range(100, 1000)
SINGLES = 3  # more than so many at once to one number become one digest
AT_ONCE = timedelta(minutes=10)
SETTLES = timedelta(seconds=30)  # a digest waits so long for the rest of its burst
A_DAY = Period(1, "working_days")
CODED = ("sms.breach", "sms.escalate", "sms.escalate_seen")
"""What is answered by SMS; where the line cannot hear, `_dial` says where to dial instead."""
DOOR = "*99#"  # behind an institution's USSD code: the door for staff


class Alert(Base):
    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("promise_id", "step", "post_id"),
        Index(None, "ticket_id"),
        Index(None, "number_print", "goes_at"),
        Index(
            "uq_alerts_code",
            "number_print",
            "code",
            unique=True,
            postgresql_where=sql("ended_at IS NULL AND code IS NOT NULL"),
        ),
        Index(None, "message_key"),
        Index(
            "ix_alerts_silent",
            "until",
            postgresql_where=sql(
                "code IS NOT NULL AND seen_at IS NULL AND acted_at IS NULL AND unheard_at IS NULL"
            ),
        ),
        Index(
            "ix_alerts_post",
            "post_id",
            "code",
            postgresql_where=sql("code IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"))
    step: Mapped[int] = mapped_column(SmallInteger)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    number_print: Mapped[bytes]
    code: Mapped[str | None] = mapped_column(Text)  # three digits; None: it was not written
    message_key: Mapped[str] = mapped_column(Text)  # of its own SMS, or of a digest
    at: Mapped[datetime]
    goes_at: Mapped[datetime]  # when its SMS may go
    until: Mapped[datetime | None]  # when it moves up, as far as was known
    seen_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    act: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    unheard_at: Mapped[datetime | None]  # it was not delivered, or counted as a silence


@dataclass(frozen=True, slots=True)
class News:
    """What one step has to tell one post. `goes_at` is the first moment at which it may."""

    ticket: Ticket
    promise: Promise
    step: int
    key: str
    post: Post
    phrase: str
    goes_at: datetime
    until: datetime | None
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def urgent(self) -> bool:
        """Whether it goes by itself and at any hour: somebody may be in danger."""
        return self.ticket.danger_at is not None

    @property
    def print(self) -> bytes:
        return vault.fingerprint(self.post.number or "")


def tell(session: Session, edition: Edition, news: Sequence[News], now: datetime) -> None:
    """Write to all these posts, each number once for a promise; a burst becomes a digest.

    Numbers are locked in one order, so that several workers can do this at a time.
    """
    in_order = sorted(news, key=lambda one: one.print)
    for number_print, group in groupby(in_order, key=lambda one: one.print):
        session.execute(_ONE_AT_A_TIME, {"key": f"alerts:{number_print.hex()}"})
        ours = list({one.promise.id: one for one in reversed(list(group))}.values())[::-1]
        many = [one for one in ours if not one.urgent]
        if many and len(many) + _going(session, number_print, many[0].goes_at) > SINGLES:
            _digest(session, edition, number_print, many, now)
            ours = [one for one in ours if one.urgent]
        for one in ours:
            _single(session, edition, one, now)


_ONE_AT_A_TIME = sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def _going(session: Session, number_print: bytes, at: datetime) -> int:
    """How many alerts go to this number at about that moment."""
    query = select(func.count()).where(
        Alert.number_print == number_print, Alert.goes_at.between(at - AT_ONCE, at + AT_ONCE)
    )
    return session.scalar(query) or 0


def _single(session: Session, edition: Edition, news: News, now: datetime) -> None:
    """One SMS for one alert, with a code where its line can hear an answer."""
    institution, number = news.ticket.institution, news.post.number or ""
    by = letters.sender(edition, institution, to=number, hears=True)
    code, phrase = _take_over(session, [news], now).get(news.promise.id), news.phrase
    if phrase in CODED and by is not None and by.hears:
        code = code or _draw(session, news.print, now)
    elif phrase in CODED:
        phrase = f"{phrase}_dial"
    _write(session, [news], news.key, news.goes_at, {news.promise.id: code}, now)
    letters.post(
        session,
        edition,
        key=news.key,
        to=number,
        institution=institution,
        phrase=phrase,
        language=news.post.language,
        values={**news.values, "msimbo": code or "", "ussd": door(edition, institution)},
        now=now,
        kind="urgent" if news.urgent else "alert",
        not_before=news.goes_at,
        hears=True,
    )


def _write(
    session: Session,
    news: Sequence[News],
    key: str,
    goes_at: datetime,
    codes: Mapping[int, str | None],
    now: datetime,
) -> None:
    """The rows of alerts that one message tells, each with the code of its promise, if any."""
    rows = [
        {
            "ticket_id": one.ticket.id,
            "promise_id": one.promise.id,
            "step": one.step,
            "post_id": one.post.id,
            "number_print": one.print,
            "code": codes.get(one.promise.id),
            "message_key": key,
            "at": now,
            "goes_at": goes_at,
            "until": one.until,
        }
        for one in news
    ]
    db.insert_many(session, Alert, rows)


def _take_over(session: Session, news: Sequence[News], now: datetime) -> dict[int, str]:
    """End earlier alerts of these promises at the number; their codes go on being good."""
    ended = session.execute(
        update(Alert)
        .where(
            Alert.promise_id.in_([one.promise.id for one in news]),
            Alert.number_print == news[0].print,
            Alert.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(Alert.promise_id, Alert.code)
    )
    return {promise_id: code for promise_id, code in ended if code is not None}


def _draw(session: Session, number_print: bytes, now: datetime) -> str:
    """A code that no other open alert of this number has; the oldest gives way if all are."""
    query = select(Alert).where(
        Alert.number_print == number_print, Alert.ended_at.is_(None), Alert.code.is_not(None)
    )
    taken = session.scalars(query.order_by(Alert.id)).all()
    free = {str(code) for code in CODES} - {one.code for one in taken}
    if not free:
        taken[0].ended_at = now
        session.flush()
        return taken[0].code or ""
    return secrets.choice(sorted(free))


# -- many at once ----------------------------------------------------------------------------


def _digest(
    session: Session, edition: Edition, number_print: bytes, news: Sequence[News], now: datetime
) -> None:
    """One SMS for all of these, and for those of a digest that waits still."""
    last = session.execute(
        select(Alert.message_key, Alert.goes_at)
        .where(Alert.number_print == number_print, Alert.message_key.startswith("digest:"))
        .order_by(Alert.id.desc())
        .limit(1)
    ).one_or_none()
    waits = last is not None and outbox.waits(session, last.message_key)
    if last is not None and waits:
        key, goes_at = last.message_key, last.goes_at
    else:
        key = f"digest:{number_print.hex()}:{now.timestamp():.6f}"
        goes_at = max(news[0].goes_at, now + SETTLES)
        if last is not None:
            goes_at = max(goes_at, last.goes_at + AT_ONCE)
    _write(session, news, key, goes_at, _take_over(session, news, now), now)
    institution, post = news[0].ticket.institution, news[0].post
    if waits:
        _reword_digest(session, edition, institution, post, key, now)
        return
    letters.post(
        session,
        edition,
        key=key,
        to=post.number or "",
        institution=institution,
        phrase="sms.alerts",
        language=post.language,
        values=_digest_values(session, edition, institution, key, now),
        now=now,
        kind="alert",
        not_before=goes_at,
        hears=True,
    )


def _reword_digest(
    session: Session, edition: Edition, institution: str, post: Post, key: str, now: datetime
) -> None:
    """Write anew what a digest that waits still says."""
    values = _digest_values(session, edition, institution, key, now)
    today = now.astimezone(EAT).date()
    text, parts = phrases.message("sms.alerts", post.language, values, today=today)
    outbox.reword(session, key, text=text, parts=parts)


def _digest_values(
    session: Session, edition: Edition, institution: str, key: str, now: datetime
) -> dict[str, Value]:
    count, ref, received_at = _oldest(session, key)
    return {
        "t": charters.get(institution).short,
        "idadi": count,
        "ref": ref,
        "n": (now.astimezone(EAT).date() - received_at.astimezone(EAT).date()).days,
        "ussd": door(edition, institution),
    }


def _oldest(session: Session, key: str) -> tuple[int, str, datetime]:
    """How many alerts a digest stands for, and the one longest on the way."""
    found = session.execute(
        select(func.count().over(), Ticket.ref, Promise.received_at)
        .select_from(Alert)
        .join(Promise, Promise.id == Alert.promise_id)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .where(Alert.message_key == key)
        .order_by(Promise.received_at, Ticket.id)
        .limit(1)
    )
    count, ref, received_at = found.one()
    return count, ref, received_at


def door(edition: Edition, institution: str) -> str:
    """The USSD code by which the staff of an institution come in."""
    code = letters.addresses(edition, institution).ussd
    return code.removesuffix("#") + DOOR if code else ""


# -- what becomes of them --------------------------------------------------------------------


def find(session: Session, post_ids: Sequence[int], code: str) -> Alert | None:
    """The alert of one of these posts that has this code: the open one, else the last that had it.

    None for a code that none of them had, or that two of their open alerts have: posts with one
    telephone whose numbers were others before.
    """
    query = select(Alert).where(Alert.post_id.in_(post_ids), Alert.code == code)
    found = session.scalars(query.order_by(Alert.ended_at.desc().nulls_first(), Alert.id.desc()))
    first, second = next(found, None), next(found, None)
    return None if second is not None and second.ended_at is None else first


def were_sent(session: Session, number: str, code: str) -> bool:
    """Whether a telephone, whoever has it now, was ever sent an alert with this code."""
    query = select(Alert.id).where(
        Alert.number_print == vault.fingerprint(number), Alert.code == code
    )
    return session.scalar(query.limit(1)) is not None


def open_to(session: Session, post_ids: Sequence[int]) -> Sequence[Alert]:
    """The open alerts of these posts that can be answered by SMS, the last first."""
    return session.scalars(
        select(Alert)
        .where(Alert.post_id.in_(post_ids), Alert.code.is_not(None), Alert.ended_at.is_(None))
        .order_by(Alert.id.desc())
    ).all()


def of(session: Session, ticket_id: int) -> Sequence[Alert]:
    """All alerts about a ticket, the oldest first."""
    return session.scalars(
        select(Alert).where(Alert.ticket_id == ticket_id).order_by(Alert.id)
    ).all()


def seen(session: Session, alert: Alert, now: datetime) -> datetime | None:
    """Its receiver has seen it: when it moves up now, if it still does.

    That buys one working day, once a step whoever says it, while it is the last step taken. The
    caller holds the ticket's row lock. Raises WrongStatus once the alert is over.
    """
    if alert.ended_at is not None:
        raise WrongStatus("the alert is over: the citizen has the answer, or a later one was sent")
    promise = session.get_one(Promise, alert.promise_id, populate_existing=True)
    buys = alert.step == _last_step(session, promise.id) and not bought(session, [promise.id])
    if buys and promise.next_step_at is not None:
        ticket = session.get_one(Ticket, alert.ticket_id)
        charter = charters.get(ticket.institution, ticket.charter_version)
        calendar = calendar_of(session, charter).calendar
        promise.next_step_at = due(calendar, promise.next_step_at, A_DAY).at
    alert.seen_at = alert.seen_at or now
    alert.until = promise.next_step_at
    session.flush()
    audit.record(
        session,
        ticket_id=alert.ticket_id,
        kind="alert_seen",
        actor=f"post:{alert.post_id}",
        now=now,
        body={"alert": alert.id, "step": alert.step},
    )
    return promise.next_step_at


def _last_step(session: Session, promise_id: int) -> int | None:
    return session.scalar(select(func.max(Alert.step)).where(Alert.promise_id == promise_id))


def act(session: Session, alert: Alert, act: str, now: datetime) -> None:
    """Note what its receiver did about it (assign, answer, take); the alert stays open."""
    alert.acted_at, alert.act = now, act


def bought(session: Session, promise_ids: Sequence[int]) -> set[int]:
    """Of these promises those whose last step somebody has seen: a working day is theirs."""
    last = func.max(Alert.step)
    query = (
        select(Alert.promise_id)
        .where(Alert.promise_id.in_(promise_ids))
        .group_by(Alert.promise_id)
        .having(func.max(Alert.step).filter(Alert.seen_at.is_not(None)) == last)
    )
    return set(session.scalars(query))


def withhold(session: Session, alert: Alert, post: Post, now: datetime) -> None:
    """This post may hear of it no more: the alert is over, and what waits says nothing of it."""
    key, alert.ended_at = alert.message_key, now
    if not outbox.waits(session, key):
        return
    alert.message_key = f"withheld:{alert.id}"
    session.flush()
    if session.scalar(select(Alert.id).where(Alert.message_key == key).limit(1)) is None:
        outbox.cancel(session, key, now=now)
    else:
        _reword_digest(session, newest(session), post.institution, post, key, now)


_END = sql(
    """
    UPDATE alerts SET ended_at = :now
    WHERE promise_id = ANY(CAST(:promises AS bigint[])) AND ended_at IS NULL
    RETURNING message_key
    """
)


def end(session: Session, promise_ids: Sequence[int], now: datetime) -> None:
    """The promises are kept, or owed to nobody: their alerts are over, those not sent go not."""
    ended = session.scalars(_END, {"promises": list(promise_ids), "now": now}).all()
    for key in ended:
        if not key.startswith("digest:"):
            outbox.cancel(session, key, now=now)
