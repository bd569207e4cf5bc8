"""Digests by SMS: to whom, when, word for word, and once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcentre import vault
from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.people import Holding, PostRow
from callcentre.phrases import gsm
from callcentre.tickets import digests, holidays, promises
from tickets.making import EDITION, NOW, confirmed
from tickets.posts import PHONES, whole_line

MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=EAT)
A_DAY = timedelta(days=1)


def sent(session: Session) -> list[tuple[str, str]]:
    """To which post, and when it goes."""
    roles = {number: role for role, number in PHONES.items()}
    return [
        (roles[vault.unseal(one.sealed_to or b"")], f"{one.next_at.astimezone(EAT):%a %d %b %H:%M}")
        for one in _messages(session)
    ]


def _messages(session: Session) -> list[Message]:
    query = select(Message).where(Message.key.startswith("digest-")).order_by(Message.id)
    return list(session.scalars(query))


def test_a_head_gets_the_figures_of_his_unit_on_monday_at_a_quarter_to_eight(
    session: Session,
) -> None:
    posts = whole_line(session)
    for day in (0, 1):
        confirmed(session, now=NOW + day * A_DAY)
    confirmed(session, topic="farming")
    assert digests.post_due(session, EDITION, MONDAY) == 1
    assert sent(session) == [("head", "Mon 30 Nov 07:45")]
    (message,) = _messages(session)
    assert message.key == f"digest-week:{posts['head']}:2026-11-30"
    assert message.text == (
        "WIKI ILIYOPITA Ujenzi, Maji na Ardhi: mapya 2. Yaliyofika mwisho 0: yalijibiwa kwa wakati"
        " 0, hatua zilielezwa 0, yalichelewa 0. Yaliyochelewa bado wazi 0; la zamani zaidi siku 7."
        " Orodha: piga *149*52*99#."
    )
    assert gsm.parts(message.text) <= 2


def test_an_executive_gets_the_month_with_the_units_that_are_latest(session: Session) -> None:
    whole_line(session)
    for topic in ("water", "water", "farming"):
        confirmed(session, topic=topic, now=NOW - 60 * A_DAY)
    kept = confirmed(session, now=NOW - 60 * A_DAY)
    promises.keep(session, kept, ["answer"], by="receipt", now=NOW - 50 * A_DAY)
    first = datetime(2026, 12, 1, 1, 0, tzinfo=EAT)
    assert digests.post_due(session, EDITION, first) == 1
    assert sent(session) == [("executive", "Tue 01 Dec 07:45")]
    (message,) = _messages(session)
    assert message.text.startswith("MWEZI ULIOPITA ")
    assert ": mapya 0. Yaliyofika mwisho 0: " in message.text
    assert message.text.endswith("Waliochelewesha zaidi: Ujenzi, Maji na Ardhi 2, Malalamiko 1.")


def test_each_is_posted_once_however_often_it_is_looked_for(session: Session) -> None:
    whole_line(session)
    confirmed(session)
    posted = [
        digests.post_due(session, EDITION, MONDAY + hours * timedelta(hours=1))
        for hours in (0, 1, 8, 22)
    ]
    assert posted == [1, 0, 0, 0]


def test_where_monday_is_a_holiday_the_first_working_day_takes_its_place(session: Session) -> None:
    whole_line(session)
    confirmed(session)
    holidays.declare(
        session, MONDAY.date(), "Uchaguzi", institution="sengerema", by="test", now=NOW
    )
    assert digests.post_due(session, EDITION, MONDAY) == 0
    digests.post_due(session, EDITION, MONDAY + A_DAY)
    assert ("head", "Tue 01 Dec 07:45") in sent(session)


@pytest.mark.parametrize("days", [1, 2, 5, 6])
def test_on_other_days_there_is_none(session: Session, days: int) -> None:
    whole_line(session)
    confirmed(session, now=NOW - 7 * A_DAY)
    assert digests.post_due(session, EDITION, NOW.replace(hour=1) + days * A_DAY) == 0


def test_a_clock_that_comes_late_writes_at_once_within_the_hours_of_the_post(
    session: Session,
) -> None:
    whole_line(session)
    confirmed(session)
    digests.post_due(session, EDITION, MONDAY.replace(hour=10))
    assert sent(session) == [("head", "Mon 30 Nov 10:00")]


def test_a_head_who_has_nothing_to_hear_gets_nothing(session: Session) -> None:
    whole_line(session)
    assert digests.post_due(session, EDITION, MONDAY) == 0


def test_while_a_head_is_away_his_deputy_gets_it_or_nobody(session: Session) -> None:
    posts = whole_line(session)
    confirmed(session)
    session.execute(
        update(Holding)
        .where(Holding.post_id == posts["head"])
        .values(away_from=NOW, away_until=NOW + 30 * A_DAY)
    )
    assert digests.post_due(session, EDITION, MONDAY) == 0
    session.execute(
        update(PostRow).where(PostRow.id == posts["head"]).values(deputy_id=posts["officer"])
    )
    assert digests.post_due(session, EDITION, MONDAY) == 1
    assert sent(session) == [("officer", "Mon 30 Nov 07:45")]
