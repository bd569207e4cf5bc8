"""Through the door by USSD: who gets in, what is seen there, and that no PIN stays anywhere."""

from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from callcentre import audit, db, people
from callcentre.sms import webhooks
from callcentre.tickets import hearers
from callcentre.tickets.model import Ticket
from conversations.phone import (
    ASHA,
    NOW,
    SENGEREMA,
    SHARED,
    Phone,
    dump,
    everything,
    secrets_kept,
    the_ticket,
)

HEAD, PIN = "+255712001002", "258036"
DOOR = "*149*50*99#"
MENU = "CON Kazi zangu"


def make_post(role: str = "head", number: str = HEAD, **changes: Any) -> people.Post:
    said = {"institution": "sengerema", "unit": "8.8", "name": role, "title": f"Mkuu {role}"}
    with db.session() as session:
        entry = people.Entry(role=role, number=number, **said | changes)
        post = people.put(session, entry, NOW, by="test").post
        people.set_pin(session, post, PIN, NOW, by="test")
    return post


@pytest.fixture
def head(client: Client) -> Phone:
    make_post()
    return Phone(client, HEAD)


def complain(client: Client, *keys: str, number: str = ASHA) -> Ticket:
    keys = keys or ("1", "1", "1")
    Phone(client, number).dial(SENGEREMA, *keys, "Maji hayatoki Busisi", "1", "9")
    return everything(Ticket)[-1]


def in_text(phone: Phone) -> str:
    phone.dial(SHARED)
    return phone.type("99")


def in_code(phone: Phone) -> str:
    return phone.dial(DOOR)


@pytest.mark.parametrize("dial", [in_text, in_code])
@pytest.mark.parametrize("echoes", [True, False])
def test_no_pin_stays_anywhere(head: Phone, dial: Any, echoes: bool) -> None:
    webhooks._walk_keys.cache_clear()
    head.echoes = echoes
    assert dial(head).startswith("CON Andika namba yako ya siri")
    assert head.type("147258").startswith("CON Namba ya siri si sahihi")
    assert head.type(PIN).startswith(MENU)
    assert head.type("3", "9").startswith("CON")
    head.end()
    for secret in (PIN, "147258"):
        assert secret not in dump()
        assert not [one for one in secrets_kept() if secret in one]
    assert webhooks._walk_keys.cache_info().currsize <= 1  # the first screen alone


def test_a_repeated_hop_is_no_second_try(head: Phone) -> None:
    head.dial(DOOR)
    for _ in range(4):
        head.hop("147258")
    head.transcript = "147258"
    assert head.type(PIN).startswith(MENU)


def test_a_stranger_hears_what_a_wrong_code_says(client: Client) -> None:
    make_post()
    assert Phone(client).dial(DOOR) == Phone(client).dial("*149*99*1#")


def test_a_post_that_nobody_holds_lets_nobody_in(head: Phone) -> None:
    with db.session() as session:
        [post] = people.posts_with(session, HEAD)
        people.disable(session, post.person or 0, NOW, by="test")
    assert head.dial(DOOR).startswith("END")


def test_reading_is_on_record_and_shows_neither_name_nor_number(
    client: Client, head: Phone
) -> None:
    ticket = complain(client)
    shown = head.dial(DOOR)
    shown = head.type(PIN, "3", "1", "1")
    assert "Maji hayatoki Busisi" in shown
    assert ASHA[-9:] not in shown
    with db.session() as session:
        looks = session.scalars(
            select(audit.Event.actor).where(
                audit.Event.ticket_id == ticket.id, audit.Event.kind == "words_seen"
            )
        ).all()
    assert [one.partition(":")[0] for one in looks] == ["post"]


def test_what_is_answered_goes_to_the_citizen(client: Client, head: Phone) -> None:
    complain(client)
    head.dial(DOOR)
    assert "Imefanyika" in head.type(PIN, "3", "1", "2", "Fundi amefika leo")
    assert (the_ticket().answer, the_ticket().status) == ("Fundi amefika leo", "answered")


def test_another_institutions_ticket_is_not_there(client: Client) -> None:
    ticket = complain(client)
    make_post("executive", "+255712009009", institution="kilosa", unit=None)
    phone = Phone(client, "+255712009009")
    phone.dial(DOOR)
    assert "Zote (0)" in phone.type(PIN)
    assert "Hakuna lalamiko hilo" in phone.type("4", ticket.ref.replace("-", ""))


def test_what_a_role_may_not_do_is_neither_shown_nor_heard(client: Client) -> None:
    complain(client)
    make_post("auditor", "+255712009008", unit=None)
    phone = Phone(client, "+255712009008")
    phone.dial(DOOR)
    shown = phone.type(PIN, "3", "1")
    assert "1. Soma" in shown and "2." not in shown
    assert phone.type("2").startswith("CON C")  # choose again
    assert the_ticket().answer is None


def test_a_post_taken_away_meanwhile_does_nothing_more(client: Client, head: Phone) -> None:
    complain(client)
    head.dial(DOOR)
    head.type(PIN, "3", "1", "2")
    with db.session() as session:
        [post] = people.posts_with(session, HEAD)
        people.close(session, post, NOW, by="test")
    assert "Haikuwezekana" in head.type("Fundi amefika leo")
    assert the_ticket().answer is None


def test_an_answer_too_long_for_an_sms_changes_nothing(client: Client, head: Phone) -> None:
    complain(client)
    head.dial(DOOR)
    assert "Haikuwezekana" in head.type(PIN, "3", "1", "2", "Fundi " * 200)
    assert (the_ticket().answer, the_ticket().status) == (None, "received")


def test_not_mine_goes_back_to_the_complaints_unit_with_its_reason(
    client: Client, head: Phone
) -> None:
    complain(client)
    head.dial(DOOR)
    assert "Imefanyika" in head.type(PIN, "3", "1", "5", "1", "Ni la idara ya afya")
    ticket = the_ticket()
    assert ticket.unit is None
    with db.session() as session:
        [post] = people.posts_with(session, HEAD)
        assert not hearers.may_hear(session, session.get_one(Ticket, ticket.id), post, NOW)
