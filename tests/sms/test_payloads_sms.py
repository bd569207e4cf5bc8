"""Sample SMS, reports and sending answers of Africa's Talking, each with what it must mean here."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from conversations.payloads import MOBILE, NOW, ROWS, add_the_lines_of_the_rows, form, play
from conversations.phone import (
    attempt,
    bring,
    claimed,
    everything,
    kept_by,
    number_of,
    sent,
    stopped_at,
    the_message,
    the_ticket,
)
from conversations.provider import JSON, LETTER, Api, answered, serving
from sqlalchemy import text
from werkzeug.test import Client

from callcentre import db
from callcentre.conversations.model import RawEvent
from callcentre.outbox import Attempt, Message, ParkedReceipt, Result
from callcentre.phrases import gsm
from callcentre.sms.providers import africastalking
from callcentre.tickets.model import Task, Ticket

WORDS = "Maji hayatoki mtaa wa Buguruni siku 3"
REPORTED = "ATXid_520e732ea1191c1f03a7d9bea3a91006"  # the message that the reports are about


@pytest.fixture
def client(client: Client) -> Client:
    add_the_lines_of_the_rows()
    return client


@pytest.fixture
def api(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        yield api


@pytest.fixture
def message(client: Client) -> None:
    """An acknowledgement that the provider took under the id of the reports."""
    play(client, "at-sms-tz-valid")
    sent(Result("accepted", REPORTED, "101"), NOW)


def words() -> list[str]:
    return [ticket.words for ticket in everything(Ticket)]


# ---- Incoming SMS ----------------------------------------------------------------------------


def test_tz_valid_opens_a_ticket_dated_by_the_provider(client: Client) -> None:
    assert play(client, "at-sms-tz-valid").status_code == 200

    ticket, message = the_ticket(), the_message()
    assert (ticket.words, ticket.channel, ticket.line) == (WORDS, "sms", "15001")
    assert ticket.opened_at == datetime(2026, 11, 22, 5, 59, 58, tzinfo=UTC)
    assert number_of(ticket) == number_of(message) == MOBILE
    assert (message.sender, message.link, message.status) == ("15001", None, "queued")
    assert ticket.ref in message.text


def test_the_same_sms_again_is_the_same_ticket(client: Client) -> None:
    assert [play(client, "at-sms-tz-valid").status_code for _ in range(3)] == [200] * 3
    assert words() == [WORDS]


def test_same_text_new_id_is_a_second_ticket(client: Client) -> None:
    play(client, "at-sms-tz-valid")
    play(client, "at-sms-tz-same-text-new-id")
    assert words() == [WORDS, WORDS]


@pytest.mark.parametrize("name", ["at-sms-plus-lost", "at-sms-local-format", "at-sms-double-zero"])
def test_the_number_is_the_same_however_it_is_written(client: Client, name: str) -> None:
    play(client, name)
    assert number_of(the_ticket()) == number_of(the_message()) == MOBILE


def test_empty_text_is_answered_once_an_hour(client: Client) -> None:
    for minutes in (0, 1, 59):
        sms = form("at-sms-empty-text") | {"id": f"empty-{minutes}"}
        bring(client, "sms", sms, at=NOW + timedelta(minutes=minutes))

    assert play(client, "at-sms-empty-text").status_code == 200
    assert the_message().text.startswith("Karibu Huduma kwa Mteja. Andika tatizo lako")
    assert everything(Ticket) == []


def test_whitespace_keyword_is_the_keyword(client: Client) -> None:
    play(client, "at-sms-whitespace-keyword")
    assert the_message().text.startswith("Tuma kwenda 15001: LALAMIKO na maelezo")
    assert everything(Ticket) == []


def test_stop_keyword_is_recorded_before_the_reply(client: Client) -> None:
    play(client, "at-sms-stop-keyword")

    assert stopped_at(MOBILE) == NOW
    assert the_message().text.startswith("Hutapata tena SMS zetu.")
    with db.session() as session:  # one commit, and in it the wish was written first
        wish, reply = (
            session.execute(text(f"SELECT xmin::text, cmin::text::int FROM {table}")).one()
            for table in ("callers", "messages")
        )
    assert wish.xmin == reply.xmin
    assert wish.cmin < reply.cmin


def test_emoji_is_stored_as_it_came_and_answered_in_one_part(client: Client) -> None:
    play(client, "at-sms-emoji")
    assert the_ticket().words == "Umeme umekatika 😡⚡"
    assert gsm.septets(the_message().text) is not None
    assert the_message().parts == 1


def test_on_demand_linkid_goes_back_with_the_reply(client: Client, api: Api) -> None:
    play(client, "at-sms-on-demand-linkid")
    api.answer = (201, answered(101), JSON)
    [reply] = claimed(NOW)
    africastalking.send(reply)

    assert the_message().link == reply.link == "SampleLinkId123"
    [asked] = api.asked
    assert asked.form | {"linkId": "SampleLinkId123", "bulkSMSMode": "0"} == asked.form


def test_missing_id_is_told_from_others_by_what_it_says(client: Client) -> None:
    play(client, "at-sms-missing-id")
    play(client, "at-sms-missing-id")
    bring(client, "sms", form("at-sms-missing-id") | {"text": "Umeme umekatika"}, at=NOW)
    assert words() == [WORDS, "Umeme umekatika"]


def test_missing_id_leaves_no_hash_that_anybody_could_guess_the_number_from(client: Client) -> None:
    play(client, "at-sms-missing-id")
    [raw] = everything(RawEvent)
    assert raw.key.startswith("none:") and len(raw.key) == len("none:") + 32  # a keyed print


@pytest.mark.parametrize("name", ["at-sms-sql-html-injection", "at-sms-csv-formula"])
def test_hostile_text_is_stored_as_it_came(client: Client, name: str) -> None:
    play(client, name)
    assert words() == [form(name)["text"]]


# ---- Delivery reports ------------------------------------------------------------------------


@pytest.mark.usefixtures("message")
@pytest.mark.parametrize("name", ["at-dlr-tz-sent", "at-dlr-tz-buffered"])
def test_intermediate_reports_change_nothing(client: Client, name: str) -> None:
    assert play(client, name).status_code == 200
    assert the_message().status == "sent"
    assert kept_by() is None


@pytest.mark.usefixtures("message")
def test_success_is_delivered_and_keeps_the_promise(client: Client) -> None:
    play(client, "at-dlr-tz-success")
    assert (the_message().status, the_ticket().status) == ("delivered", "acknowledged")
    assert kept_by() == "receipt"


@pytest.mark.usefixtures("message")
@pytest.mark.parametrize("later", ["at-dlr-tz-sent-after-success", "at-dlr-absent-subscriber"])
def test_a_final_report_is_never_downgraded(client: Client, later: str) -> None:
    play(client, "at-dlr-tz-success")
    assert play(client, later).status_code == 200
    assert the_message().status == "delivered"
    assert everything(Task) == []


@pytest.mark.usefixtures("message")
@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("at-dlr-rejected-blacklist", "UserInBlackList", "failed"),
        ("at-dlr-failed-credit", "InsufficientCredit", "queued"),
        ("at-dlr-failed-typo-reason", "NotNetworkSubcriber", "failed"),
        ("at-dlr-absent-subscriber", "AbsentSubscriber", "queued"),
    ],
)
def test_a_failed_report_goes_to_another_route_or_to_a_person(
    client: Client, name: str, code: str, status: str
) -> None:
    assert play(client, name).status_code == 200
    assert (the_message().status, attempt().code, kept_by()) == (status, code, None)
    expected = ["prove_acknowledgement"] if status == "failed" else []
    assert [task.kind for task in everything(Task)] == expected


@pytest.mark.usefixtures("message")
def test_rejected_blacklist_means_that_the_number_has_stopped_us(client: Client) -> None:
    play(client, "at-dlr-rejected-blacklist")
    assert stopped_at(MOBILE) == NOW


@pytest.mark.usefixtures("message")
def test_failed_credit_calls_for_a_person(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    play(client, "at-dlr-failed-credit")
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "provider in trouble"
    ]


def test_unknown_id_waits_for_its_message(client: Client) -> None:
    assert play(client, "at-dlr-unknown-id").status_code == 200
    [parked] = everything(ParkedReceipt)
    assert (parked.provider_id, parked.status) == (form("at-dlr-unknown-id")["id"], "delivered")

    play(client, "at-sms-tz-valid")
    sent(Result("accepted", parked.provider_id, "101"), NOW)

    assert the_message().status == "delivered"
    assert everything(ParkedReceipt) == []


def test_messageid_none_belongs_to_no_message(client: Client) -> None:
    for name in ("at-sms-tz-valid", "at-sms-tz-same-text-new-id"):
        play(client, name)
    assert len(claimed(NOW)) == 2  # both are on their way, neither has an id yet
    assert play(client, "at-dlr-messageid-none").status_code == 200
    assert [message.failed_at for message in everything(Message)] == [None, None]
    assert [attempt.provider_id for attempt in everything(Attempt)] == [None, None]
    assert everything(ParkedReceipt) == []


# ---- Answers to a sending --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("at-send-400-missing", Result("never", None, "400", ROWS["at-send-400-missing"]["body"])),
        ("at-send-201-charset", Result("accepted", "ATXid_b1", "101")),
    ],
)
def test_the_answer_to_a_sending_is_understood(api: Api, name: str, result: Result) -> None:
    row = ROWS[name]
    api.answer = (row["status"], row["body"], row["headers"]["Content-Type"])
    assert africastalking.send(LETTER) == result
