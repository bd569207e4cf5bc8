"""The ladder as people read it: which SMS goes to whom, when, and what ends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcentre import audit, callers, charters, vault
from callcentre.charters import Calendar
from callcentre.clock import EAT
from callcentre.lines import Line
from callcentre.outbox import Message
from callcentre.people import Holding, PostRow
from callcentre.tickets import (
    alerts,
    appeals,
    holidays,
    intake,
    ladder,
    moving,
    promises,
    questions,
    referral,
    steps,
    tasks,
    work,
)
from callcentre.tickets.alerts import Alert
from callcentre.tickets.model import Promise, Task, Ticket, WrongStatus
from tickets.making import (
    ASHA,
    EDITION,
    NOW,
    SHARED,
    SMS,
    confirmed,
    events_of,
    messages_of,
    open_ticket,
    promise,
    promises_of,
    send,
)
from tickets.posts import PHONES, WATER, climb, climb_until, leave, post, whole_line

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
DUE = datetime(2026, 12, 23, 15, 30, tzinfo=EAT)  # of an answer at Sengerema received at NOW


@pytest.fixture
def session(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The lines as every use case finds them, without a commit."""
    monkeypatch.setattr(ladder, "newest", lambda session: EDITION)
    yield session


def staff(session: Session) -> list[tuple[str, str, str]]:
    """Who was told what, and when it goes."""
    roles = {vault.fingerprint(number): role for role, number in PHONES.items()}
    query = select(Message).where(Message.ticket_id.is_(None)).order_by(Message.id)
    return [
        (
            roles[vault.fingerprint(vault.unseal(one.sealed_to or b""))],
            f"{one.next_at.astimezone(EAT):%a %d %b %H:%M}",
            one.text,
        )
        for one in session.scalars(query.execution_options(populate_existing=True))
    ]


def told_to(session: Session) -> list[tuple[str, str]]:
    return [(role, at) for role, at, _ in staff(session)]


def acknowledged(session: Session, **changes: Any) -> Ticket:
    """A complaint whose acknowledgement has arrived, at its unit: only its answer is owed."""
    ticket = confirmed(session, **changes)
    promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=ticket.opened_at)
    return ticket


def alerts_of(session: Session, ticket: Ticket) -> list[Alert]:
    session.expire_all()
    return list(alerts.of(session, ticket.id))


def test_the_whole_way_up_word_for_word(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + 7 * DAY)
    ref, k = ticket.ref, "Ujenzi, Maji na Ardhi"
    breach, up, executive = [one.code for one in alerts_of(session, ticket) if one.code is not None]
    remind = (
        f"KUMBUSHO: lalamiko Na. {ref} ({k}). Mwisho wa kujibu ni Jumatano 23/12;"
        " siku zilizobaki: {n}. Kulisoma piga *149*52*99#."
    )
    assert staff(session) == [
        ("officer", "Tue 08 Dec 08:46", remind.replace("{n}", "15")),
        ("officer", "Thu 17 Dec 12:49", remind.replace("{n}", "6")),
        ("head", "Thu 17 Dec 12:49", remind.replace("{n}", "6")),
        ("officer", "Wed 23 Dec 07:46",
         f"KUMBUSHO: lalamiko Na. {ref} ({k}) linatakiwa kujibiwa LEO kabla ya ofisi kufungwa."
         " Kulisoma piga *149*52*99#."),
        ("head", "Wed 23 Dec 15:31",
         f"TAHADHARI: lalamiko Na. {ref} ({k}) limechelewa siku 1. Tuma kwenda 15001:"
         f" 1 {breach} nimeona, 2 {breach} na jina kukabidhi."),
        ("complaints", "Thu 24 Dec 15:31",
         f"LIMEKUFIKIA: lalamiko Na. {ref} ({k}) limechelewa siku 1. Tuma kwenda 15001:"
         f" 2 {up} na jina ukabidhi, 4 {up} ulichukue."),
        ("executive", "Tue 29 Dec 15:31",
         f"LIMEKUFIKIA: lalamiko Na. {ref} ({k}) limechelewa siku 6. Tuma kwenda 15001:"
         f" 2 {executive} na jina ukabidhi, 4 {executive} ulichukue."),
    ]  # fmt: skip


def test_nobody_falls_off_the_last_step(session: Session) -> None:
    there = whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + 60 * DAY)
    assert [one for one in told_to(session) if one[0] == "executive"][:4] == [
        ("executive", "Tue 29 Dec 15:31"),
        ("executive", "Wed 06 Jan 15:31"),
        ("executive", "Thu 14 Jan 15:31"),
        ("executive", "Thu 21 Jan 15:31"),
    ]
    codes = {one.code for one in alerts_of(session, ticket) if one.post_id == there["executive"]}
    assert len(codes - {None}) == 2  # of the answer, and of the back-stop


def _code(session: Session, role: str) -> str:
    query = select(Alert.code).where(
        Alert.number_print == vault.fingerprint(PHONES[role]), Alert.ended_at.is_(None)
    )
    return session.scalars(query.where(Alert.code.is_not(None))).one() or ""


def test_the_back_stop_of_sengerema_goes_to_the_executive_30_days_past_the_date(
    session: Session,
) -> None:
    whole_line(session)
    acknowledged(session)
    climb_until(session, DUE + 40 * DAY)
    stop = session.scalars(select(Promise).where(Promise.kind == "back_stop")).one()
    assert f"{stop.due_at.astimezone(EAT):%a %d %b}" == "Fri 22 Jan"
    texts = [text for _, at, text in staff(session) if at == "Fri 22 Jan 15:31"]
    assert len(texts) == 1
    assert "limechelewa siku 30." in texts[0]


def test_an_unassigned_ticket_climbs_like_any_other_from_the_complaints_unit(
    session: Session,
) -> None:
    whole_line(session)
    ticket = acknowledged(session, topic="farming")
    assert ticket.unit is None
    climb_until(session, DUE + DAY)
    assert {role for role, _ in told_to(session)} == {"complaints"}


def test_a_ticket_that_no_unit_has_is_the_complaints_units_to_send_on(session: Session) -> None:
    whole_line(session)
    confirmed(session, topic="farming")
    climb_until(session, NOW + timedelta(hours=1))
    ((role, _, text),) = staff(session)
    assert role == "complaints"
    assert "halijapelekwa kwa wahusika" in text


def test_an_acknowledgement_that_no_receipt_proved_is_for_the_complaints_unit(
    session: Session,
) -> None:
    whole_line(session)
    ticket = confirmed(session)
    climb_until(session, NOW + 10 * DAY)
    assert [(role, at, text.split(":")[0]) for role, at, text in staff(session)] == [
        ("complaints", "Tue 01 Dec 11:13", "KUMBUSHO"),
        ("complaints", "Wed 02 Dec 15:31", "TAHADHARI"),
    ]
    assert f"mteja wa lalamiko Na. {ticket.ref}" in staff(session)[1][2]
    assert "Mpigie leo." in staff(session)[1][2]


def test_a_call_that_was_promised_is_asked_for(session: Session) -> None:
    whole_line(session, institution="kilosa")
    ticket = acknowledged(session, institution="kilosa")
    tasks.ask_call(
        session, institution="kilosa", number=ASHA, promised=True, now=NOW, ticket=ticket
    )
    climb_until(session, NOW + 2 * DAY)
    texts = [text for _, _, text in staff(session)]
    assert [text.split(":")[0] for text in texts] == ["KUMBUSHO", "TAHADHARI"]
    assert "anasubiri simu yetu" in texts[0]
    assert "hajapigiwa simu tuliyoahidi" in texts[1]


def test_targets_of_the_office_remind_inside_only(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session, topic="health")  # 8.6: two days, inside
    for role in ("officer", "head"):
        post(session, role, unit="8.6", number=PHONES[role])
    climb_until(session, NOW + 5 * DAY)
    assert [(role, at) for role, at in told_to(session)] == [
        ("officer", "Tue 24 Nov 12:46"),
        ("officer", "Wed 25 Nov 11:13"),
        ("head", "Wed 25 Nov 11:13"),
        ("head", "Wed 25 Nov 15:31"),
    ]
    assert "lengo la kujibu" in staff(session)[-1][2]
    target = promise(session, ticket, "answer", internal=True)
    assert (target.next_step_at, target.broken_at is None) == (None, False)
    assert not [one for one in messages_of(session, ticket) if ":late:" in one.key]


def test_without_units_of_their_own_targets_go_to_the_complaints_unit_and_no_higher(
    session: Session,
) -> None:
    post(session, "executive")
    acknowledged(session, topic="health")
    climb_until(session, NOW + 5 * DAY)
    assert told_to(session) == []


# What an answer does


def test_an_answer_that_arrived_ends_the_chain(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    work.answer(session, ticket, "Bomba limetengenezwa", edition=EDITION, by="test", now=DUE + DAY)
    assert promise(session, ticket, "answer").next_step_at is not None  # not arrived yet
    key = next(one.key for one in messages_of(session, ticket) if ":answer:" in one.key)
    send(session, key, "delivered", now=DUE + DAY)
    assert {one.next_step_at for one in promises_of(session, ticket)} == {None}
    before = staff(session)
    climb_until(session, DUE + 60 * DAY)
    assert staff(session) == before
    assert {one.ended_at is not None for one in alerts_of(session, ticket)} == {True}


def test_an_alert_that_waits_for_the_morning_does_not_go_once_there_is_an_answer(
    session: Session,
) -> None:
    whole_line(session, opens=7, closes=15)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    (waiting,) = [one for one in alerts_of(session, ticket) if one.code]
    promises.keep(session, ticket, ["answer"], by="call", now=DUE + timedelta(hours=2))
    session.expire_all()
    status = session.scalar(select(Message.status).where(Message.key == waiting.message_key))
    assert status == "cancelled"


def test_who_takes_his_complaint_back_ends_the_chain(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    intake.withdraw(session, ticket, NOW + DAY)
    climb_until(session, DUE + 60 * DAY)
    assert staff(session) == []


@pytest.mark.parametrize("what", ["assign", "seen", "ask"])
def test_nothing_but_an_answer_silences_it(session: Session, what: str) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    if what == "assign":
        work.assign(session, ticket, unit=WATER, to="Juma", by="test", now=DUE + DAY)
    elif what == "seen":
        (alert,) = [one for one in alerts_of(session, ticket) if one.code]
        alerts.seen(session, alert, DUE + MINUTE)
    else:
        with pytest.raises(WrongStatus, match="last fifth"):
            questions.ask(session, ticket, "Wapi?", edition=EDITION, by="test", now=DUE + DAY)
    climb_until(session, DUE + 20 * DAY)
    assert {"complaints", "executive"} <= {role for role, _ in told_to(session)}


# Seen


def test_seen_buys_one_working_day_once_a_step(session: Session) -> None:
    line = whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    found = alerts.find(session, [line["head"]], _code(session, "head"))
    assert found is not None
    assert [alerts.seen(session, found, DUE + hour * MINUTE) for hour in (5, 60)] == [
        datetime(2026, 12, 28, 15, 30, tzinfo=EAT),  # the 24th, and Christmas over
    ] * 2
    climb_until(session, DUE + 7 * DAY)
    assert [one for one in told_to(session) if one[0] in ("complaints", "executive")] == [
        ("complaints", "Mon 28 Dec 15:31"),
        ("executive", "Tue 29 Dec 15:31"),
    ]
    assert "alert_seen" in events_of(session, ticket)


def test_who_has_seen_a_later_step_buys_a_day_again(session: Session) -> None:
    line = whole_line(session)
    acknowledged(session)
    climb_until(session, DUE + 2 * DAY)
    found = alerts.find(session, [line["complaints"]], _code(session, "complaints"))
    assert found is not None
    assert alerts.seen(session, found, DUE + 2 * DAY) == datetime(2026, 12, 30, 15, 30, tzinfo=EAT)


def test_who_says_it_of_a_step_that_is_over_buys_nothing(session: Session) -> None:
    line = whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + 2 * DAY)
    found = alerts.find(session, [line["head"]], _code(session, "head"))
    assert found is not None
    before = promise(session, ticket, "answer").next_step_at
    assert [alerts.seen(session, found, DUE + 2 * DAY + hour * MINUTE) for hour in (1, 2)] == [
        before
    ] * 2


def test_an_alert_is_found_by_its_post_and_code_only(session: Session) -> None:
    line = whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    code = _code(session, "head")
    assert len(code) == 3
    assert alerts.find(session, [line["officer"]], code) is None
    wrong = "999" if code != "999" else "998"
    assert alerts.find(session, [line["head"]], wrong) is None
    promises.keep(session, ticket, ["answer"], by="call", now=DUE + DAY)
    over = alerts.find(session, [line["head"]], code)
    assert over is not None
    assert over.ended_at == DUE + DAY


def test_a_reply_after_the_end_is_told_so(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    (alert,) = [one for one in alerts_of(session, ticket) if one.code]
    promises.keep(session, ticket, ["answer"], by="call", now=DUE + DAY)
    session.expire_all()
    with pytest.raises(WrongStatus, match="the citizen has the answer"):
        alerts.seen(session, alert, DUE + DAY)


def test_what_a_post_did_is_noted_and_the_alert_stays_open(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    (alert,) = [one for one in alerts_of(session, ticket) if one.code]
    alerts.act(session, alert, "assign", DUE + DAY)
    found = alerts.find(session, [alert.post_id], alert.code or "")
    assert found is not None
    assert (found.act, found.acted_at) == ("assign", DUE + DAY)


def test_codes_differ_among_the_open_alerts_of_a_number(session: Session) -> None:
    whole_line(session, everyday=True)
    for number in range(3):
        acknowledged(session, number=f"+25571200010{number}")
    climb_until(session, DUE + MINUTE)
    query = select(Alert.code).where(
        Alert.number_print == vault.fingerprint(PHONES["head"]), Alert.code.is_not(None)
    )
    codes = session.scalars(query).all()
    assert len(codes) == len(set(codes)) == 3


def test_with_all_codes_taken_the_oldest_gives_way(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "CODES", range(100, 102))
    whole_line(session, everyday=True)
    tickets = [acknowledged(session, number=f"+25571200010{number}") for number in range(3)]
    climb_until(session, DUE + MINUTE)
    ended = [one.ended_at is not None for one in map(_breach, [session] * 3, tickets)]
    assert sorted(ended) == [False, False, True]


def _breach(session: Session, ticket: Ticket) -> Alert:
    return next(one for one in alerts_of(session, ticket) if one.code)


# Hours


def test_a_breach_out_of_the_receivers_hours_goes_when_they_begin(session: Session) -> None:
    whole_line(session, opens=8, closes=15)
    acknowledged(session)
    climb_until(session, DUE + MINUTE)
    assert told_to(session)[-1] == ("head", "Thu 24 Dec 08:00")


def test_a_reminder_taken_late_waits_for_the_office_to_open(session: Session) -> None:
    whole_line(session, everyday=True)
    acknowledged(session)
    climb(session, datetime(2026, 12, 12, 19, 0, tzinfo=EAT))  # Saturday; due since Tuesday
    assert told_to(session) == [("officer", "Mon 14 Dec 07:30")]


def test_where_somebody_may_be_in_danger_it_goes_at_any_hour(session: Session) -> None:
    whole_line(session, opens=8, closes=9)
    ticket = confirmed(session, danger=True)
    promises.keep(session, ticket, ["acknowledge"], by="call", now=NOW)
    climb_until(session, DUE + MINUTE)
    assert told_to(session)[-1] == ("head", "Wed 23 Dec 15:31")
    kinds = set(session.scalars(select(Message.kind).where(Message.ticket_id.is_(None))))
    assert kinds == {"urgent"}
    assert not [one for one in messages_of(session, ticket) if ":late:" in one.key]


# Many at once


def test_more_than_three_at_once_become_one_digest(session: Session) -> None:
    whole_line(session)
    tickets = [acknowledged(session, number=f"+2557120001{number:02}") for number in range(5)]
    climb(session, datetime(2026, 12, 8, 8, 50, tzinfo=EAT))
    ((role, at, text),) = staff(session)
    assert (role, at) == ("officer", "Tue 08 Dec 08:50")
    assert text == (
        "H/W ya Sengerema: malalamiko 5 yanakusubiri; la zamani zaidi"
        f" Na. {tickets[0].ref}, siku 15. Orodha na kujibu: piga *149*52*99#."
    )
    keys = {one.message_key for ticket in tickets for one in alerts_of(session, ticket)}
    assert len(keys) == 1
    assert keys.pop().startswith("digest:")


def test_what_comes_while_a_digest_waits_is_told_by_it(session: Session) -> None:
    whole_line(session)
    early = datetime(2026, 12, 8, 8, 50, tzinfo=EAT)
    for number in range(4):
        acknowledged(session, number=f"+2557120001{number:02}")
    climb(session, early)
    oldest = acknowledged(session, number="+255712000199", now=NOW - DAY)
    session.execute(
        update(Promise)
        .where(Promise.ticket_id == oldest.id, Promise.kind == "answer")
        .values(next_step=1, next_step_at=early)
    )
    climb(session, early + timedelta(seconds=20))
    ((_, _, text),) = staff(session)
    assert f"malalamiko 5 yanakusubiri; la zamani zaidi Na. {oldest.ref}, siku 16" in text


def test_after_a_digest_went_the_next_one_waits_ten_minutes(session: Session) -> None:
    whole_line(session)
    early = datetime(2026, 12, 8, 8, 50, tzinfo=EAT)
    for number in range(4):
        acknowledged(session, number=f"+2557120001{number:02}")
    climb(session, early)
    session.execute(update(Message).values(tries=1))
    late = [acknowledged(session, number=f"+2557120002{number:02}") for number in range(2)]
    assert late
    climb(session, early + MINUTE)
    times = [at for _, at, _ in staff(session)]
    assert times == ["Tue 08 Dec 08:50", "Tue 08 Dec 09:00"]


def test_a_number_of_two_posts_is_told_once(session: Session) -> None:
    whole_line(session)
    for one in ("officer", "head"):
        assert post(session, one, unit="8.6", number=PHONES["officer"])
    acknowledged(session, topic="health")
    climb_until(session, datetime(2026, 11, 25, 12, 0, tzinfo=EAT))
    assert told_to(session) == [("officer", "Tue 24 Nov 12:46"), ("officer", "Wed 25 Nov 11:13")]


# Nobody there


@pytest.mark.parametrize("how", ["not held", "no phone", "no post", "away"])
def test_a_role_that_nobody_holds_falls_to_the_next_and_the_administrator_is_told(
    session: Session, how: str
) -> None:
    there = whole_line(session)
    _empty(session, there["officer"], how)
    acknowledged(session)
    climb_until(session, datetime(2026, 12, 8, 12, 0, tzinfo=EAT))
    assert told_to(session) == [
        ("administrator", "Tue 08 Dec 08:46"),
        ("head", "Tue 08 Dec 08:46"),
    ]
    task = session.scalars(select(Task).where(Task.kind == "nobody_holds")).one()
    assert (task.institution, task.notes) == ("sengerema", [f"officer:{WATER}"])


def _empty(session: Session, post_id: int, how: str) -> None:
    row = session.get_one(PostRow, post_id)
    if how == "not held":
        leave(session, post_id, NOW)
    elif how == "no phone":
        row.sealed_number = row.number_print = None
    elif how == "no post":
        row.closed_at = NOW
    else:
        session.execute(
            update(Holding)
            .where(Holding.post_id == post_id)
            .values(away_from=NOW, away_until=NOW + 60 * DAY)
        )
    session.flush()


def test_the_administrator_hears_of_it_once_a_day_and_the_task_is_one(session: Session) -> None:
    there = whole_line(session)
    for role in ("officer", "head"):
        leave(session, there[role], NOW)
    for number in range(3):
        acknowledged(session, number=f"+25571200010{number}")
    climb_until(session, DUE - DAY)
    told = [at for role, at in told_to(session) if role == "administrator"]
    assert told == ["Tue 08 Dec 08:46", "Thu 17 Dec 12:49"]
    made = session.scalars(select(Task.notes).where(Task.kind == "nobody_holds")).all()
    assert sorted(notes[0] for notes in made) == [f"head:{WATER}", f"officer:{WATER}"]


def test_with_nobody_at_all_the_step_counts_and_the_next_one_comes(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = acknowledged(session)
    climb_until(session, DUE + 7 * DAY)
    assert staff(session) == []
    assert promise(session, ticket, "answer").next_step == 7
    taken = [record.levelname for record in caplog.records if record.message == "step taken"]
    assert set(taken) == {"ERROR"}
    assert session.scalars(select(Task.kind).where(Task.kind == "nobody_holds")).all()


# The citizen


def test_the_citizen_hears_once_a_step_who_has_it_and_by_when(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + 30 * DAY)
    late = [one.text for one in messages_of(session, ticket) if ":late:" in one.key]
    start = f"Samahani, lalamiko Na. {ticket.ref} limepita muda tulioahidi. Sasa lipo kwa "
    end = ". Simu 0282590162."
    assert late == [
        f"{start}mkuu wa wahusika. Utajulishwa; mwisho ni Alhamisi 24/12{end}",
        f"{start}mkuu wa malalamiko. Utajulishwa; mwisho ni Jumanne 29/12{end}",
        f"{start}Mkurugenzi Mtendaji. Utajulishwa; mwisho ni Jumatano 6/1{end}",
    ]


def test_who_has_it_is_who_was_reached(session: Session) -> None:
    post(session, "executive")
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    (late,) = [one.text for one in messages_of(session, ticket) if ":late:" in one.key]
    assert "Sasa lipo kwa Mkurugenzi Mtendaji." in late


def test_with_nobody_reached_and_for_what_is_no_complaint_nobody_is_named(
    session: Session,
) -> None:
    whole_line(session)
    enquiry = acknowledged(session, kind="enquiry", identity="open")
    climb_until(session, NOW + 8 * DAY)
    (late, *_) = [one.text for one in messages_of(session, enquiry) if ":late:" in one.key]
    assert late.startswith(f"Samahani, ombi lako Na. {enquiry.ref} limepita muda tulioahidi. Uta")


@pytest.mark.parametrize("why", ["not his phone", "no number", "asked for none", "answered"])
def test_who_may_not_be_written_to_hears_nothing(session: Session, why: str) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    if why == "not his phone":
        ticket.number_confirmed_at = None
    elif why == "no number":
        ticket.sealed_number = ticket.number_print = None
    elif why == "asked for none":
        callers.stop(session, ASHA, NOW, by="citizen")
    else:
        ticket.answered_at = NOW
    session.flush()
    climb_until(session, DUE + 7 * DAY)
    assert not [one for one in messages_of(session, ticket) if ":late:" in one.key]
    assert "executive" in {role for role, _ in told_to(session)}


# Dates that move


def test_a_date_that_moves_takes_its_steps_with_it(session: Session) -> None:
    whole_line(session, institution="kilosa")
    ticket = acknowledged(session, institution="kilosa")
    before = promise(session, ticket, "answer").next_step_at
    holidays.declare(session, date(2026, 12, 1), "Uchaguzi", by="test", now=NOW)
    moving.move_batch(session, NOW)
    after = promise(session, ticket, "answer").next_step_at
    assert before is not None
    assert after is not None
    assert after > before
    climb(session, before + MINUTE)
    assert staff(session) == []
    climb(session, after + MINUTE)
    assert len(staff(session)) == 1


def test_what_a_holiday_has_not_moved_yet_takes_no_step(session: Session) -> None:
    whole_line(session, institution="kilosa")
    ticket = acknowledged(session, institution="kilosa")
    at = promise(session, ticket, "answer").next_step_at
    assert at is not None
    holidays.declare(session, date(2026, 12, 1), "Uchaguzi", by="test", now=NOW)
    assert climb(session, at + MINUTE) == 0


def test_a_holiday_after_the_date_holds_up_the_next_step(session: Session) -> None:
    whole_line(session)
    acknowledged(session)
    climb_until(session, DUE + MINUTE)
    holidays.declare(session, date(2026, 12, 24), "Uchaguzi", by="test", now=DUE + MINUTE)
    assert climb(session, DUE + DAY + MINUTE) == 0
    climb_until(session, DUE + 6 * DAY)
    assert told_to(session)[-1] == ("complaints", "Mon 28 Dec 15:31")


def test_a_date_that_moves_back_over_a_step_takes_none_twice(session: Session) -> None:
    whole_line(session, institution="kilosa")
    ticket = acknowledged(session, institution="kilosa")
    climb_until(session, datetime(2027, 1, 8, 9, 0, tzinfo=EAT))
    assert len(staff(session)) == 1  # at 50 %
    now = datetime(2027, 1, 8, 9, 0, tzinfo=EAT)
    for day in range(5):
        holidays.declare(session, date(2027, 1, 18) + day * DAY, "X", by="test", now=now)
    moving.move_batch(session, now)
    assert climb(session, now + DAY) == 0
    assert promise(session, ticket, "answer").next_step == 2


def test_a_question_moves_the_steps_of_the_offices_target_only(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session, topic="health")
    target = promise(session, ticket, "answer", internal=True).next_step_at
    told = promise(session, ticket, "answer").next_step_at
    questions.ask(session, ticket, "Wapi?", edition=EDITION, by="test", now=NOW)
    session.flush()
    assert target is not None
    moved = promise(session, ticket, "answer", internal=True).next_step_at
    assert moved is not None
    assert moved > target
    assert promise(session, ticket, "answer").next_step_at == told


def test_a_reminder_that_the_next_step_has_overtaken_is_passed_over(session: Session) -> None:
    whole_line(session)
    acknowledged(session)
    climb(session, DUE + MINUTE)  # the clock had stood still for a month
    assert [(role, text.split(":")[0]) for role, _, text in staff(session)] == [
        ("head", "TAHADHARI")
    ]


def test_steps_after_the_date_are_all_taken_however_late(session: Session) -> None:
    whole_line(session)
    acknowledged(session)
    climb(session, DUE + 14 * DAY)
    assert [role for role, _ in told_to(session)][:3] == ["head", "complaints", "executive"]


def test_a_paper_registered_late_is_not_reminded_of_what_lies_behind(session: Session) -> None:
    whole_line(session)
    ticket = open_ticket(session, now=NOW, received_at=NOW - 20 * DAY, number=None)
    assert promise(session, ticket, "answer").next_step == 2


# Appeals, referrals, the record


def test_an_appeal_is_reminded_of_where_it_has_come_to(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    work.answer(session, ticket, "Hapana", edition=EDITION, by="test", now=NOW + DAY)
    promises.keep(session, ticket, promises.ANSWERED, by="receipt", now=NOW + DAY)
    appeals.unsatisfied(session, ticket, NOW + 2 * DAY)
    climb_until(session, NOW + 25 * DAY)
    assert {role for role, _ in told_to(session)} == {"complaints"}


def test_what_was_given_to_another_office_has_no_ladder_while_it_waits_there(
    session: Session,
) -> None:
    ticket = acknowledged(session)
    there = referral.inside(
        session, ticket, "kilosa", reason="Ni yao", edition=EDITION, by="test", now=NOW
    )
    accept = promise(session, there, "accept", internal=True)
    assert (accept.next_step, accept.next_step_at) == (0, None)


def test_every_step_is_on_record_with_ids_only(session: Session) -> None:
    there = whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    query = select(audit.Event).where(
        audit.Event.ticket_id == ticket.id, audit.Event.kind == "step"
    )
    bodies = [event.body for event in session.scalars(query.order_by(audit.Event.seq))]
    assert len(bodies) == 4
    assert f'"posts": [{there["officer"]}]' in (bodies[0] or "")
    assert audit.faults(session, ticket.id) == []


def test_the_breach_is_written_down_with_its_step(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE)
    assert promise(session, ticket, "answer").broken_at is None
    climb(session, DUE + MINUTE)
    assert promise(session, ticket, "answer").broken_at == DUE + MINUTE
    assert promises.mark_broken(session, DUE + 2 * MINUTE) == 0
    assert events_of(session, ticket).count("promise_broken") == 1


def test_exactly_on_the_date_it_is_neither_broken_nor_told(session: Session) -> None:
    whole_line(session)
    acknowledged(session)
    climb(session, DUE)
    assert "TAHADHARI" not in "".join(text for _, _, text in staff(session))


def test_an_alert_that_arrived_proves_nothing_to_the_citizen(session: Session) -> None:
    whole_line(session)
    ticket = confirmed(session)
    climb_until(session, NOW + 9 * DAY)
    key = session.scalar(select(Message.key).where(Message.ticket_id.is_(None)))
    assert key is not None
    send(session, key, "delivered", now=NOW + 9 * DAY)
    assert promise(session, ticket, "acknowledge").kept_at is None


# Lines


def test_a_line_that_cannot_hear_says_where_to_dial(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = tuple(replace(one, hears=one.channel != "sms") for one in EDITION.lines)
    monkeypatch.setattr(ladder, "newest", lambda session: replace(EDITION, lines=deaf))
    whole_line(session)
    ticket = acknowledged(session)
    climb_until(session, DUE + MINUTE)
    assert staff(session)[-1][2] == (
        f"TAHADHARI: lalamiko Na. {ticket.ref} (Ujenzi, Maji na Ardhi) limechelewa siku 1."
        " Kukabidhi au kujibu piga *149*52*99#."
    )
    assert [one.code for one in alerts_of(session, ticket)] == [None] * 5


def test_an_alert_goes_by_the_line_that_can_hear(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Line("africastalking", "sms", "SENGEREMA", ("sengerema",), "sengerema", "H/W", False)
    monkeypatch.setattr(
        ladder, "newest", lambda session: replace(EDITION, lines=(own, *EDITION.lines))
    )
    whole_line(session)
    acknowledged(session)
    climb_until(session, DUE + MINUTE)
    query = select(Message.sender).where(Message.ticket_id.is_(None))
    assert set(session.scalars(query)) == {SMS.address}


# Promises made before there was a ladder


def test_open_promises_without_a_step_get_the_next_one_ahead(session: Session) -> None:
    whole_line(session)
    ticket = acknowledged(session)
    old = acknowledged(session, number="+255712000100", now=NOW - 90 * DAY)
    session.execute(update(Promise).values(next_step=None, next_step_at=None))
    now = datetime(2026, 12, 10, 9, 0, tzinfo=EAT)
    assert ladder.begin(session, now, limit=1) > 0
    while ladder.begin(session, now):
        pass
    session.expire_all()
    assert promise(session, ticket, "answer").next_step == 2
    late = promise(session, old, "answer")
    assert late.next_step is not None
    assert late.next_step > 6
    assert late.next_step_at is not None
    assert late.next_step_at > now
    assert climb(session, now) == 0


def test_a_kept_promise_gets_no_step(session: Session) -> None:
    ticket = acknowledged(session)
    session.execute(update(Promise).values(next_step=None, next_step_at=None))
    ladder.begin(session, NOW)
    session.expire_all()
    assert promise(session, ticket, "acknowledge").next_step is None


def test_moving_leaves_what_has_no_ladder(session: Session) -> None:
    ticket = acknowledged(session)
    kept = promise(session, ticket, "acknowledge")
    charter = charters.get("sengerema")
    assert steps.moved(charter, kept, Calendar.of(charter.hours), kept.due_at) is None
    assert SHARED.shared
