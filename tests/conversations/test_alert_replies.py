"""What staff answer to alerts by SMS, and what becomes of the wrong, the late and the strange."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tickets.making import EDITION, confirmed
from tickets.posts import PHONES, WATER, climb_until, post, whole_line
from werkzeug.test import Client

from callcentre import audit, db, people, vault
from callcentre.clock import EAT
from callcentre.outbox import Message
from callcentre.people import PostRow
from callcentre.tickets import intake, ladder, promises, staff_check, work
from callcentre.tickets.alerts import Alert
from callcentre.tickets.model import Promise, Task, Ticket
from conversations.phone import ASHA, JUMA, Phone, everything, number_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DUE = datetime(2026, 12, 23, 15, 30, tzinfo=EAT)  # of an answer at Sengerema
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=EAT)
LATER = DUE + 5 * MINUTE
ELSEWHERE = "+255712000099"
BAD = "Hatukuelewa. Tuma: 1 {} nimeona; 2 {} na jina kukabidhi; 3 {} na maelezo; 4 {} nalichukua."


@pytest.fixture
def line(client: Client) -> dict[str, int]:
    with db.session() as session:
        return whole_line(session)


@pytest.fixture
def ref(line: dict[str, int]) -> str:
    """A complaint about water whose date has just passed: its head was alerted."""
    found = late()
    climb(DUE + MINUTE)
    return found


def late(**changes: Any) -> str:
    with db.session() as session:
        ticket = confirmed(session, now=NOON, **changes)
        promises.keep(session, ticket, ["acknowledge", "route"], by="test", now=NOON)
        return ticket.ref


def climb(until: datetime) -> None:
    with db.session() as session:
        climb_until(session, until)


def alerts() -> list[Alert]:
    return [one for one in everything(Alert) if one.code is not None]


def code(of: int = -1) -> str:
    return alerts()[of].code or ""


def staff(client: Client, role: str = "head", at: datetime = LATER) -> Phone:
    return Phone(client, number=PHONES.get(role, role), at=at)


def texts_to(number: str) -> list[str]:
    return [one.text for one in everything(Message) if number_of(one) == number]


def last(role: str = "head") -> str:
    return texts_to(PHONES.get(role, role))[-1]


def the(ref: str) -> Ticket:
    with db.session() as session:
        return intake.locked(session, ref)


def next_step_at() -> datetime | None:
    return next(one.next_step_at for one in everything(Promise) if one.kind == "answer")


# 1: seen


def test_seen_buys_one_working_day_and_tells_who_is_next(client: Client, ref: str) -> None:
    staff(client).text(f"1 {code()}")
    assert next_step_at() == datetime(2026, 12, 28, 15, 30, tzinfo=EAT)
    assert last() == (
        f"Asante. Lalamiko Na. {ref} bado halijajibiwa. Mteja asipojibiwa hadi Jumatatu 28/12"
        " litapelekwa kwa complaints."
    )


def test_seen_and_not_answered_goes_to_the_level_above(client: Client, ref: str) -> None:
    staff(client).text(f"1 {code()}")
    climb(datetime(2026, 12, 28, 15, 31, tzinfo=EAT))
    assert last("complaints").startswith(f"LIMEKUFIKIA Na. {ref}")


def test_seen_again_buys_nothing(client: Client, ref: str) -> None:
    for minutes in range(3):
        staff(client, at=LATER + minutes * MINUTE).text(f"1 {code()}")
    assert next_step_at() == datetime(2026, 12, 28, 15, 30, tzinfo=EAT)


def test_who_is_last_is_told_that_he_is_reminded_again(client: Client, ref: str) -> None:
    climb(DUE + 7 * DAY)
    staff(client, "executive", DUE + 7 * DAY).text(f"1 {code()}")
    assert last("executive") == (
        f"Asante. Lalamiko Na. {ref} bado halijajibiwa."
        " Tutaendelea kukukumbusha hadi mteja ajibiwe."
    )


@pytest.mark.parametrize("text", ["1 {}", "1.{}", " 1  {} ", "1-{}", "1,{}!", "1\n{}", "1", "1."])
def test_seen_is_understood_however_it_is_written(client: Client, ref: str, text: str) -> None:
    staff(client).text(text.format(code()))
    assert alerts()[0].seen_at == LATER


# 2: assign


@pytest.mark.parametrize(
    "name",
    ["Afya na Usafishaji", "AFYA NA USAFISHAJI", "afya  usafishaji", "Áfya", "usafishaji, afya."],
)
def test_a_unit_is_found_by_its_name_however_it_is_written(
    client: Client, ref: str, name: str
) -> None:
    staff(client).text(f"2 {code()} {name}")
    ticket = the(ref)
    assert (ticket.unit, ticket.assigned_to) == ("8.6", None)


def test_a_post_is_found_by_its_holder_and_told(client: Client, ref: str) -> None:
    with db.session() as session:
        entry = people.Entry("sengerema", "officer", "Zuhura Mnyampala", "Fundi mkuu", WATER,
                             number=ELSEWHERE)  # fmt: skip
        made = people.put(session, entry, NOON, by="test").post
    staff(client).text(f"2 {code()} mnyampala")
    ticket = the(ref)
    assert (ticket.unit, ticket.assigned_to) == (WATER, f"post:{made.id}")
    assert last() == (
        f"Lalamiko Na. {ref} limekabidhiwa kwa Fundi mkuu. Mwisho wa kujibu ni Alhamisi 24/12."
        " Amejulishwa."
    )
    assert texts_to(ELSEWHERE) == [
        f"UMEKABIDHIWA: lalamiko Na. {ref} (Ujenzi, Maji na Ardhi). Mwisho wa kujibu ni Alhamisi"
        " 24/12. Kulisoma na kujibu piga *149*52*99#."
    ]


def test_who_gives_it_to_somebody_without_a_telephone_is_told_to_tell_him(
    client: Client, ref: str
) -> None:
    with db.session() as session:
        post(session, "officer", title="Bwana Maji", number=None)
    staff(client).text(f"2 {code()} bwana maji")
    assert "limekabidhiwa kwa Bwana Maji, lakini hana simu kwetu" in last()


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "Hatukuelewa."), ("Bashiru", "Jina hilo"), ("officer", "Jina hilo")],
)
def test_a_name_that_means_nobody_or_two_assigns_nothing(
    client: Client, ref: str, name: str, told: str
) -> None:
    with db.session() as session:
        post(session, "officer", unit="8.6", number=ELSEWHERE)
    staff(client).text(f"2 {code()} {name}")
    assert the(ref).assigned_at is None
    assert last().startswith(told)


# 3: answer


def test_the_words_go_to_the_citizen(client: Client, ref: str) -> None:
    staff(client).text(f"3 {code()} Bomba la Buguruni limetengenezwa leo")
    ticket = the(ref)
    assert (ticket.status, ticket.answer) == ("answered", "Bomba la Buguruni limetengenezwa leo")
    assert texts_to(ASHA)[-1].startswith(
        f"Majibu, lalamiko Na. {ref}: Bomba la Buguruni limetengenezwa leo."
    )
    assert last() == f"Asante. Majibu ya lalamiko Na. {ref} yanatumwa kwa mteja."


def test_an_answer_to_who_may_not_be_written_is_kept_for_him(
    client: Client, line: dict[str, int]
) -> None:
    with db.session() as session:
        found = confirmed(session, now=NOON, identity="anonymous", number=None)
        promises.keep(session, found, ["acknowledge", "route"], by="test", now=NOON)
        ref = found.ref
    climb(DUE + MINUTE)
    staff(client).text(f"3 {code()} Limetengenezwa")
    assert last().startswith(f"Asante. Majibu ya lalamiko Na. {ref} yamehifadhiwa.")


def test_an_answer_too_long_changes_nothing(client: Client, ref: str) -> None:
    staff(client).text(f"3 {code()} {'maji ' * 120}")
    assert (the(ref).status, the(ref).answer) == ("acknowledged", None)
    assert f"ni marefu mno, hayakutumwa. Yafupishe, kisha tuma tena: 3 {code()}" in last()


# 4: take


def test_who_takes_it_has_it(client: Client, ref: str, line: dict[str, int]) -> None:
    staff(client).text(f"4 {code()}")
    assert the(ref).assigned_to == f"post:{line['head']}"
    assert last() == (
        f"Asante. Lalamiko Na. {ref} sasa ni lako. Mwisho wa kujibu ni Alhamisi 24/12."
        " Kulisoma na kujibu piga *149*52*99#."
    )


def test_nothing_but_an_answer_ends_the_way_up(client: Client, ref: str) -> None:
    for minutes, digit in enumerate("14"):
        staff(client, at=LATER + minutes * MINUTE).text(f"{digit} {code()}")
    climb(DUE + 7 * DAY)
    assert last("executive").startswith(f"LIMEKUFIKIA: lalamiko Na. {ref}")


# Which alert


def test_of_several_alerts_the_code_decides(client: Client, ref: str) -> None:
    other = late(number=JUMA)
    climb(DUE + MINUTE)
    staff(client).text(f"4 {code(0)}")
    assert (the(ref).status, the(other).status) == ("assigned", "acknowledged")


def test_a_bare_digit_to_several_alerts_is_asked_for_its_code(client: Client, ref: str) -> None:
    late(number=JUMA)
    climb(DUE + MINUTE)
    staff(client).text("4")
    assert last() == BAD.format(*["msimbo"] * 4)
    assert [one.act for one in alerts()] == [None, None]


@pytest.mark.parametrize("digit", "123")
def test_a_wrong_code_does_nothing(client: Client, ref: str, digit: str) -> None:
    wrong = "999" if code() != "999" else "998"
    staff(client).text(f"{digit} {wrong} Maji")
    assert last() == BAD.format(*[wrong] * 4)
    assert [ticket.ref for ticket in everything(Ticket)] == [ref]


def test_two_posts_with_one_telephone_are_told_apart_by_the_code(
    client: Client, line: dict[str, int]
) -> None:
    move(line["complaints"], PHONES["head"])
    first, second = late(), late(number=JUMA, topic=None)
    climb(DUE + MINUTE)
    found = {one.post_id: one for one in alerts()}
    for minutes, role in enumerate(("head", "complaints")):
        at = LATER + minutes * MINUTE
        staff(client, at=at).text(f"4 {found[line[role]].code}")
    assert [the(ref).assigned_to for ref in (first, second)] == [
        f"post:{line['head']}",
        f"post:{line['complaints']}",
    ]


def move(post_id: int, number: str) -> None:
    """The post has another telephone now."""
    with db.session() as session:
        session.execute(
            update(PostRow)
            .where(PostRow.id == post_id)
            .values(sealed_number=vault.seal(number), number_print=vault.fingerprint(number))
        )


def test_an_alert_goes_with_its_post_to_another_telephone(
    client: Client, ref: str, line: dict[str, int]
) -> None:
    move(line["head"], ELSEWHERE)
    staff(client).text(f"4 {code()}")
    assert (
        last()
        == "Namba hii haijasajiliwa kwa kazi hii. Kama una lalamiko piga *149*50# au 0232934305."
    )
    assert the(ref).assigned_at is None
    staff(client, ELSEWHERE).text(f"4 {code()}")
    assert the(ref).assigned_to == f"post:{line['head']}"


def test_a_closed_post_answers_nothing(client: Client, ref: str, line: dict[str, int]) -> None:
    with db.session() as session:
        people.close(session, people.find(session, line["head"]), LATER, by="test")
    staff(client).text(f"4 {code()}")
    assert the(ref).assigned_at is None


# Who may


@pytest.mark.parametrize(
    ("role", "done"),
    [
        ("officer", {"1", "3", "4"}),
        ("head", {"1", "2", "3", "4"}),
        ("complaints", {"1", "2", "3", "4"}),
        ("executive", {"1", "2", "3", "4"}),
        ("supervisor", {"1", "2", "3", "4"}),
        ("agent", set()),
        ("auditor", set()),
        ("ward", set()),
    ],
)
@pytest.mark.parametrize("digit", "1234")
def test_a_post_does_what_its_role_may(
    client: Client, ref: str, line: dict[str, int], role: str, done: set[str], digit: str
) -> None:
    with db.session() as session:
        session.execute(update(PostRow).where(PostRow.id == line["head"]).values(role=role))
    words = {"2": "executive", "3": "Limetengenezwa"}.get(digit, "")
    staff(client).text(f"{digit} {code()} {words}")
    (alert,) = alerts()
    assert (alert.seen_at is not None or alert.act is not None) == (digit in done)
    refused = f"Samahani, nafasi yako hairuhusu kufanya hivyo kwa lalamiko Na. {ref}."
    assert last().startswith(refused) == (digit not in done)


# Too late


def answered(ticket: Ticket, session: Any) -> None:
    work.answer(session, ticket, "Tayari", edition=EDITION, by="test", now=LATER)


def closed(ticket: Ticket, session: Any) -> None:
    answered(ticket, session)
    promises.keep(session, ticket, promises.ANSWERED, by="test", now=LATER)
    work.close(session, ticket, by="test", reason="test", now=LATER)


def withdrawn(ticket: Ticket, session: Any) -> None:
    intake.withdraw(session, ticket, LATER)


def moved(ticket: Ticket, session: Any) -> None:
    work.assign(session, ticket, unit="8.6", to=None, by="test", now=LATER)


@pytest.mark.parametrize("digit", "1234")
@pytest.mark.parametrize(
    ("meanwhile", "status"),
    [
        (answered, "Limejibiwa"),
        (closed, "Limefungwa"),
        (withdrawn, "Limefutwa"),
        (moved, "Lipo kwa wahusika"),
    ],
)
def test_what_comes_too_late_changes_nothing(
    client: Client,
    ref: str,
    digit: str,
    meanwhile: Callable[[Ticket, Any], None],
    status: str,
) -> None:
    with db.session() as session:
        meanwhile(intake.locked(session, ref), session)
    before = the(ref)
    staff(client, at=LATER + MINUTE).text(f"{digit} {code()} executive")
    after = the(ref)
    assert last() == (
        f"Lalamiko Na. {ref}: {status}. Ujumbe wako umefika baada ya hapo, haujabadilisha kitu."
        " Asante."
    )
    assert (before.answer, before.assigned_at) == (after.answer, after.assigned_at)


# Strangers and citizens


@pytest.mark.parametrize("text", ["1 417", "4 417.", "2-417"])
def test_a_stranger_s_code_is_told_so(client: Client, ref: str, text: str) -> None:
    Phone(client, number=JUMA).text(text)
    assert texts_to(JUMA)[-1].startswith("Namba hii haijasajiliwa kwa kazi hii.")


@pytest.mark.parametrize("text", ["3 417 watu hawana maji Buguruni", "4 watoto hawana walimu"])
def test_a_stranger_s_words_are_a_complaint(client: Client, lines: None, text: str) -> None:
    Phone(client, number=JUMA).text(text)
    assert [ticket.words for ticket in everything(Ticket)] == [text]


def test_who_was_asked_something_is_no_stranger(client: Client, ref: str) -> None:
    with db.session() as session:
        answered(intake.locked(session, ref), session)
    Phone(client, at=LATER).text("1 417")
    assert "haijasajiliwa" not in texts_to(ASHA)[-1]


def test_a_supervisor_may_complain_too(client: Client, ref: str) -> None:
    staff(client).text("Daktari wa zahanati ya Buguruni haonekani")
    assert [ticket.words for ticket in everything(Ticket)][1:] == [
        "Daktari wa zahanati ya Buguruni haonekani"
    ]


def test_a_bare_digit_to_his_own_complaint_s_question_is_the_citizen_s(
    client: Client, ref: str
) -> None:
    own = late(number=PHONES["head"])
    with db.session() as session:
        answered(intake.locked(session, own), session)
    staff(client).text("1")
    assert the(own).status == "closed"
    assert alerts()[0].seen_at is None


# On record


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 {}", "alert_seen"),
        ("2 {} executive", "assigned"),
        ("3 {} Tayari", "answered"),
        ("4 {}", "assigned"),
    ],
)
def test_what_a_post_did_is_on_record_as_its_own(
    client: Client, ref: str, line: dict[str, int], text: str, kind: str
) -> None:
    staff(client).text(text.format(code()))
    by = [one.actor for one in everything(audit.Event) if one.kind == kind]
    assert by == [f"post:{line['head']}"]


def test_a_repeated_hook_does_it_once(client: Client, ref: str) -> None:
    for _ in range(2):
        staff(client).text(f"3 {code()} Tayari", id="same")
    assert [one.kind for one in everything(audit.Event)].count("answered") == 1


def test_another_language_is_the_post_s(client: Client, ref: str, line: dict[str, int]) -> None:
    with db.session() as session:
        session.execute(update(PostRow).where(PostRow.id == line["head"]).values(language="en"))
    staff(client).text(f"4 {code()}")
    assert last().startswith(f"Thank you. Complaint No. {ref} is yours now.")


def test_the_next_receiver_is_none_where_no_step_comes(client: Client, ref: str) -> None:
    with db.session() as session:
        ticket = intake.locked(session, ref)
        found = next(one for one in everything(Promise) if one.kind == "acknowledge")
        assert ladder.next_receiver(session, ticket, found, LATER) is None


# Whether he still holds the post


@pytest.mark.parametrize(("text", "asks"), [("1", 0), ("Ndiyo", 0), ("2", 1), ("hapana.", 1)])
def test_the_month_s_question_is_answered_by_a_digit(
    client: Client, ref: str, line: dict[str, int], text: str, asks: int
) -> None:
    with db.session() as session:
        staff_check.ask(session, LATER)
    staff(client, at=LATER + MINUTE).text(text)
    assert len([one for one in everything(Task) if one.kind == "staff_check"]) == asks
    assert last().startswith("Asante. Tumemjulisha" if asks else "Asante. Tumeandika")
    assert alerts()[0].seen_at is None


def test_while_he_is_asked_the_code_still_answers_an_alert(client: Client, ref: str) -> None:
    with db.session() as session:
        staff_check.ask(session, LATER)
    staff(client, at=LATER + MINUTE).text(f"1 {code()}")
    assert alerts()[0].seen_at == LATER + MINUTE
