"""Figures by SMS: each week to the heads of units, each month to the executives.

They are for 07:45 on the first working day of the week or month, before the meeting. Whoever asks
in the course of that day, each is posted once by its key.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from callcentre import charters, outbox, people
from callcentre.charters import Calendar, Charter
from callcentre.charters.ladder import MORNING
from callcentre.clock import EAT
from callcentre.lines import Edition
from callcentre.people import Post
from callcentre.phrases import Value, say
from callcentre.tickets import alerts, holidays, letters, reports
from callcentre.tickets.reports import A_DAY, Report


@dataclass(frozen=True, slots=True)
class _Digest:
    key: str
    post: Post


def post_due(session: Session, edition: Edition, now: datetime) -> int:
    """Post what is for today and not posted yet; how many."""
    today = now.astimezone(EAT).date()
    posted = 0
    for charter in charters.all_current(today).values():
        calendar = holidays.calendar_of(session, charter).calendar
        if _is_first(calendar, today, today - (today.isoweekday() - 1) * A_DAY):
            posted += _weekly(session, edition, charter, today, now)
        if _is_first(calendar, today, today.replace(day=1)):
            posted += _monthly(session, edition, charter, today, now)
    return posted


def _is_first(calendar: Calendar, today: date, begin: date) -> bool:
    """Whether today is the first working day of the period that began on a day."""
    before = ((begin + n * A_DAY) for n in range((today - begin).days))
    return calendar.is_working(today) and not any(calendar.is_working(day) for day in before)


def _weekly(
    session: Session, edition: Edition, charter: Charter, today: date, now: datetime
) -> int:
    waiting = _not_posted(session, charter.id, "head", "digest-week", today)
    report = reports.make(session, charter.id, reports.week(now), now) if waiting else None
    posted = 0
    for one in waiting:
        figures = report.units.get(one.post.unit) if report else None
        if figures is not None and not figures.is_empty and one.post.unit is not None:
            values = reports.in_words(figures, k=charter.unit(one.post.unit).short)
            posted += _post(session, edition, one, "sms.digest_week", values, now)
    return posted


def _monthly(
    session: Session, edition: Edition, charter: Charter, today: date, now: datetime
) -> int:
    waiting = _not_posted(session, charter.id, "executive", "digest-month", today)
    report = reports.make(session, charter.id, reports.month(now), now) if waiting else None
    if report is None or report.whole.is_empty:
        return 0
    return sum(
        _post(session, edition, one, "sms.digest_month", _of_all(charter, report, one.post), now)
        for one in waiting
    )


def _of_all(charter: Charter, report: Report, post: Post) -> dict[str, Value]:
    nobody = say("level.complaints", post.language)
    worst = reports.names(charter, report.worst, nobody) or "-"
    return reports.in_words(report.whole, t=charter.short, sehemu=worst)


def _not_posted(
    session: Session, institution: str, role: str, kind: str, today: date
) -> list[_Digest]:
    found = [
        _Digest(f"{kind}:{post.id}:{today}", post)
        for post in people.all_of(session, institution, role)
    ]
    there = outbox.posted(session, [one.key for one in found])
    return [one for one in found if one.key not in there]


def _post(
    session: Session,
    edition: Edition,
    digest: _Digest,
    phrase: str,
    values: dict[str, Value],
    now: datetime,
) -> bool:
    """To the post, or to the one that stands in; whether there was a telephone to write to."""
    morning = datetime.combine(now.astimezone(EAT).date(), MORNING, EAT)
    goes_at = max(morning, now)
    post = people.present(session, digest.post, goes_at)
    if post is None or post.person is None or post.number is None:
        return False
    institution = digest.post.institution
    posted = letters.post(
        session,
        edition,
        key=digest.key,
        to=post.number,
        institution=institution,
        phrase=phrase,
        language=post.language,
        values={**values, "ussd": alerts.door(edition, institution)},
        now=now,
        kind="alert",
        not_before=people.window(post, goes_at),
    )
    return posted is not None
