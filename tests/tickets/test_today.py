"""The morning's SMS, and the month's question: who gets them, when, and how often."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from callcentre import people, vault
from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.people import PostRow
from callcentre.tickets import holidays, ladder, promises, staff_check, today, work
from callcentre.tickets.model import Task, Ticket
from tickets.making import EDITION, JUMA, NOW, confirmed
from tickets.posts import PHONES, SINCE, leave, post, whole_line

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MORNING = datetime(2026, 12, 23, 7, 45, tzinfo=EAT)  # of the day on which an answer is due
NEXT = MORNING + DAY


@pytest.fixture
def session(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The lines as every use case finds them, without a commit."""
    for module in (today, staff_check, ladder):
        monkeypatch.setattr(module, "newest", lambda session: EDITION)
    yield session


def owed(session: Session, number: str = JUMA, **changes: object) -> Ticket:
    """A complaint about water of which only the answer is owed."""
    ticket = confirmed(session, number=number, **changes)
    promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=NOW)
    return ticket


def told(session: Session, now: datetime) -> list[str]:
    today.tell(session, now)
    roles = {vault.fingerprint(number): role for role, number in PHONES.items()}
    found = session.scalars(
        select(Message).where(Message.key.startswith("today:")).order_by(Message.id)
    )
    return [roles[vault.fingerprint(vault.unseal(one.sealed_to or b""))] for one in found]


def texts(session: Session) -> list[str]:
    query = select(Message.text).where(Message.key.startswith("today:")).order_by(Message.id)
    return [text or "" for text in session.scalars(query)]


def test_what_is_due_today_and_late_is_told_word_for_word(session: Session) -> None:
    post(session, "officer")
    late = owed(session)
    owed(session, now=NOW + DAY)
    owed(session, now=NOW + 2 * DAY)
    promises.mark_broken(session, NEXT)
    assert told(session, NEXT) == ["officer"]
    assert texts(session) == [
        f"LEO H/W ya Sengerema: zinaisha leo 1, zimechelewa 1; ya zamani zaidi Na. {late.ref},"
        " siku 31. Orodha na kujibu: piga *149*52*99#."
    ]


def test_who_owes_nothing_is_told_nothing(session: Session) -> None:
    whole_line(session)
    owed(session, now=NOW + DAY)
    assert told(session, MORNING) == []


def test_officer_head_and_complaints_unit_are_told_once_a_day(session: Session) -> None:
    whole_line(session)
    owed(session)
    for now in (MORNING, MORNING + MINUTE, MORNING + 60 * MINUTE):
        assert told(session, now) == ["officer", "head", "complaints"]
    promises.mark_broken(session, NEXT)
    assert len(told(session, NEXT)) == 6


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(MORNING - MINUTE, id="a minute before"),
        pytest.param(MORNING.replace(hour=12), id="at noon"),
        pytest.param(datetime(2026, 12, 25, 7, 45, tzinfo=EAT), id="at Christmas"),
        pytest.param(datetime(2026, 12, 26, 7, 45, tzinfo=EAT), id="on Saturday"),
    ],
)
def test_at_other_times_nobody_is_told(session: Session, now: datetime) -> None:
    whole_line(session)
    owed(session)
    promises.mark_broken(session, MORNING + DAY)
    assert told(session, now) == []


def test_a_declared_holiday_is_no_working_day(session: Session) -> None:
    whole_line(session)
    owed(session)
    holidays.declare(session, MORNING.date(), "Msiba", by="test", now=NOW)
    assert told(session, MORNING) == []


def test_what_is_another_unit_s_or_another_officer_s_is_not_told(session: Session) -> None:
    line = whole_line(session)
    post(session, "officer", unit="8.6", number="+255712000098")
    ticket = owed(session)
    work.assign(session, ticket, unit=None, to=f"post:{line['head']}", by="test", now=NOW)
    assert told(session, MORNING) == ["head", "complaints"]


def test_what_is_answered_is_not_told(session: Session) -> None:
    whole_line(session)
    ticket = owed(session)
    promises.mark_broken(session, NEXT)
    promises.keep(session, ticket, promises.ANSWERED, by="test", now=NEXT - MINUTE)
    assert told(session, NEXT) == []


def test_a_post_that_nobody_holds_is_not_told(session: Session) -> None:
    line = whole_line(session)
    leave(session, line["head"], NOW)
    owed(session)
    assert told(session, MORNING) == ["officer", "complaints"]


def test_while_its_holder_is_away_the_deputy_is_told(session: Session) -> None:
    line = whole_line(session)
    people.go_away(
        session, people.find(session, line["officer"]), NEXT, NOW, deputy=line["head"], by="test"
    )
    owed(session)
    assert told(session, MORNING) == ["head", "head", "complaints"]


def test_it_goes_when_the_post_s_hours_begin(session: Session) -> None:
    post(session, "officer", opens=9)
    owed(session)
    told(session, MORNING)
    (at,) = session.scalars(select(Message.next_at).where(Message.key.startswith("today:")))
    assert at == MORNING.replace(hour=9, minute=0)


def test_no_promise_is_read_but_those_it_tells_of(session: Session) -> None:
    owed(session)
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        session.scalars(
            text(f"EXPLAIN {today._OWED.text}"),
            {"morning": MORNING, "tomorrow": NEXT, "institution": "sengerema"},
        )
    )
    assert "ix_promises_open" in plan
    assert "ix_promises_broken" in plan
    assert "Seq Scan on promises" not in plan


# The month's question

MONTH = SINCE + staff_check.EVERY


def asked(session: Session) -> list[str]:
    query = select(Message.text).where(Message.key.startswith("staff_check:")).order_by(Message.id)
    return [text or "" for text in session.scalars(query)]


def to_do(session: Session) -> list[list[str]]:
    return list(session.scalars(select(Task.notes).where(Task.kind == "staff_check")))


def test_the_head_of_a_unit_is_asked_word_for_word(session: Session) -> None:
    post(session, "head", confirmed_at=SINCE)
    assert staff_check.ask(session, MONTH) == 1
    assert asked(session) == [
        "Bado wewe ni msimamizi wa Ujenzi, Maji na Ardhi, H/W ya Sengerema? Tuma 1 Ndiyo au 2"
        " Hapana kwenda 15001. Usipojibu tutampa mwingine kazi."
    ]


def test_others_are_asked_by_their_titles(session: Session) -> None:
    post(session, "executive", title="Mkurugenzi Mtendaji")
    staff_check.ask(session, MONTH)
    assert asked(session)[0].startswith("Bado wewe ni Mkurugenzi Mtendaji, H/W ya Sengerema?")


def test_a_post_is_asked_once_a_month(session: Session) -> None:
    held = post(session, "head", confirmed_at=SINCE)
    assert staff_check.ask(session, MONTH - MINUTE) == 0
    assert [staff_check.ask(session, MONTH + days * DAY) for days in range(3)] == [1, 0, 0]
    staff_check.answer(session, people.find(session, held), True, MONTH + DAY)
    assert staff_check.ask(session, MONTH + 28 * DAY) == 0
    assert staff_check.ask(session, MONTH + 29 * DAY) == 1


def test_yes_confirms_the_post(session: Session) -> None:
    held = post(session, "head", confirmed_at=SINCE)
    staff_check.ask(session, MONTH)
    assert staff_check.waiting(session, [held], MONTH + DAY) is not None
    staff_check.answer(session, people.find(session, held), True, MONTH + DAY)
    row = session.get_one(PostRow, held)
    assert (row.confirmed_at, row.answer_until) == (MONTH + DAY, None)
    assert to_do(session) == []


def test_no_is_a_task_for_the_administrator(session: Session) -> None:
    held = post(session, "head", confirmed_at=SINCE)
    staff_check.ask(session, MONTH)
    staff_check.answer(session, people.find(session, held), False, MONTH + DAY)
    assert to_do(session) == [[f"post:{held}"]]
    assert staff_check.waiting(session, [held], MONTH + DAY) is None


def test_a_week_of_silence_is_a_task_once(session: Session) -> None:
    held = post(session, "head", confirmed_at=SINCE)
    staff_check.ask(session, MONTH)
    assert staff_check.give_up(session, MONTH + 7 * DAY - MINUTE) == 0
    assert [staff_check.give_up(session, MONTH + 7 * DAY + m * MINUTE) for m in range(3)] == [
        1, 0, 0,
    ]  # fmt: skip
    assert to_do(session) == [[f"post:{held}"]]


def test_a_new_holder_is_not_asked_what_the_old_one_was(session: Session) -> None:
    held = post(session, "head", confirmed_at=SINCE)
    staff_check.ask(session, MONTH)
    people.hand_over(session, people.find(session, held), "Musa Said", MONTH + DAY, by="test")
    assert staff_check.give_up(session, MONTH + 8 * DAY) == 0


def test_of_posts_with_one_telephone_one_is_asked_at_a_time(session: Session) -> None:
    first, second = (post(session, role, number=PHONES["head"]) for role in ("head", "complaints"))
    assert staff_check.ask(session, MONTH) == 1
    staff_check.answer(session, people.find(session, first), True, MONTH + DAY)
    assert staff_check.ask(session, MONTH + DAY) == 1
    found = staff_check.waiting(session, [first, second], MONTH + DAY)
    assert found is not None
    assert found.id == second


@pytest.mark.parametrize("who", ["nobody", "away", "closed", "without a telephone"])
def test_who_cannot_answer_is_not_asked(session: Session, who: str) -> None:
    held = post(session, "head", number=None if "telephone" in who else PHONES["head"])
    found = people.find(session, held)
    if who == "nobody":
        leave(session, held, MONTH)
    elif who == "away":
        people.go_away(session, found, MONTH + DAY, MONTH, by="test")
    elif who == "closed":
        session.execute(update(PostRow).values(closed_at=MONTH))
    assert staff_check.ask(session, MONTH) == 0
