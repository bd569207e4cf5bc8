"""The door for delivery reports: twice, in any order, early, late, or about nothing of ours."""

import logging
from datetime import timedelta
from secrets import token_urlsafe

import pytest
from conversations.phone import (
    ASHA,
    FORM,
    JUMA,
    NOW,
    SECRET,
    Phone,
    attempt,
    bring,
    claimed,
    everything,
    kept_by,
    sent,
    stopped_at,
    take_away_the_database,
    the_message,
    the_task,
    the_ticket,
)
from werkzeug.test import Client

from callcentre import db, outbox
from callcentre.outbox import Attempt, ParkedReceipt, Result
from callcentre.tickets import delivery
from callcentre.tickets.model import Task

ID = "ATXid_1"
ACCEPTED = Result("accepted", ID, "101")
UNKNOWN = Result("unknown", code="no answer")


@pytest.fixture
def phone(client: Client) -> Phone:
    """A phone whose complaint is being acknowledged."""
    phone = Phone(client)
    phone.text("Maji hayatoki Buguruni")
    return phone


# ---- Who may come in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "body", "content_type", "status"),
    [
        pytest.param("guess", b"\xff", "application/json", 403, id="a wrong secret"),
        pytest.param(SECRET, b"x" * 65_537, FORM, 413, id="too long"),
        pytest.param(SECRET, b"{}", "application/json", 415, id="JSON"),
        pytest.param(SECRET, b"", FORM, 400, id="nothing"),
        pytest.param(SECRET, b"status=Success", FORM, 400, id="no id"),
        pytest.param(SECRET, b"id=ATXid_1", FORM, 400, id="no status"),
        pytest.param(SECRET, b"id=1&id=2&status=Success", FORM, 400, id="two ids"),
        pytest.param(SECRET, b"id=%FF&status=Success", FORM, 400, id="bad UTF-8"),
        pytest.param(SECRET, b"id=" + b"x" * 201 + b"&status=Success", FORM, 400, id="a long id"),
    ],
)
def test_what_is_no_report_is_refused(
    client: Client, secret: str, body: bytes, content_type: str, status: int
) -> None:
    answer = bring(client, "sms/receipt", body, secret=secret, content_type=content_type)
    assert answer.status_code == status
    assert everything(ParkedReceipt) == []


# ---- After the sending was answered ----------------------------------------------------------


@pytest.mark.parametrize("status", ["Sent", "Submitted", "Buffered"])
def test_on_its_way_changes_nothing(phone: Phone, status: str) -> None:
    sent(ACCEPTED)
    assert phone.receipt(ID, status).status_code == 200
    assert (the_message().status, kept_by()) == ("sent", None)


def test_delivered_keeps_the_promise_at_that_moment(phone: Phone) -> None:
    sent(ACCEPTED)
    phone.at = NOW + timedelta(minutes=3)
    phone.receipt(ID)
    assert the_message().delivered_at == the_ticket().acknowledged_at == phone.at
    assert kept_by() == "receipt"


@pytest.mark.parametrize("status", ["Failed", "Rejected", "Expired", "AbsentSubscriber"])
def test_failed_goes_by_another_route_and_then_to_a_person(phone: Phone, status: str) -> None:
    sent(ACCEPTED)
    phone.receipt(ID, status)
    assert (the_message().status, kept_by(), everything(Task)) == ("queued", None, [])
    (other,) = claimed(NOW)
    assert other.provider == "twilio"
    with db.session() as session:
        delivery.settle(session, outbox.record(session, other, Result("never"), NOW), NOW)
    assert (the_message().status, kept_by()) == ("failed", None)
    assert the_task().kind == "prove_acknowledgement"


def test_a_wrong_number_is_a_person_s_at_once(phone: Phone) -> None:
    sent(ACCEPTED)
    phone.receipt(ID, "Failed", failureReason="UserDoesNotExist")
    assert (the_message().status, kept_by()) == ("failed", None)
    assert the_task().kind == "prove_acknowledgement"


@pytest.mark.parametrize("status", ["Success", "Failed"])
def test_a_report_may_come_twice(phone: Phone, status: str) -> None:
    sent(ACCEPTED)
    for minutes in (0, 5):
        phone.at = NOW + timedelta(minutes=minutes)
        answer = phone.receipt(ID, status, failureReason="UserDoesNotExist")
        assert answer.status_code == 200
    assert NOW in (the_message().delivered_at, the_message().failed_at)
    assert len(everything(Task)) == (status == "Failed")


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (("Success", "Sent"), "delivered"),
        (("Success", "Buffered", "Sent"), "delivered"),
        (("Success", "Failed"), "delivered"),
        (("Failed", "Sent"), "queued"),
        (("Failed", "Success"), "queued"),
        (("Buffered", "Sent", "Success"), "delivered"),
    ],
    ids=" then ".join,
)
def test_the_first_final_state_stays(phone: Phone, order: tuple[str, ...], status: str) -> None:
    sent(ACCEPTED)
    for report in order:
        assert phone.receipt(ID, report).status_code == 200
    assert the_message().status == status


@pytest.mark.parametrize("reason", ["NotNetworkSubscriber", "NotNetworkSubcriber", "Mpya kabisa"])
def test_any_reason_is_kept_as_it_came(phone: Phone, reason: str) -> None:
    sent(ACCEPTED)
    phone.receipt(ID, "Failed", failureReason=reason)
    assert attempt().code == reason


def test_only_id_and_status_are_needed(phone: Phone) -> None:
    sent(ACCEPTED)
    bring(phone.client, "sms/receipt", {"id": ID, "status": "Success"})
    assert the_message().status == "delivered"


@pytest.mark.parametrize("status", ["Delivered", "success", "", "\0"])
def test_an_unknown_status_is_answered_and_logged(
    phone: Phone, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    sent(ACCEPTED)
    assert phone.receipt(ID, status).status_code == 200
    assert the_message().status == "sent"
    assert "unknown receipt status" in caplog.messages


# ---- Before the sending was answered ---------------------------------------------------------


def test_a_report_before_the_answer_waits_for_it(phone: Phone) -> None:
    [outgoing] = claimed(NOW)
    phone.receipt(ID)
    assert the_message().status == "sending"

    with db.session() as session:
        delivery.settle(session, outbox.record(session, outgoing, ACCEPTED, NOW), NOW)
    assert (the_message().status, kept_by()) == ("delivered", "receipt")
    assert everything(ParkedReceipt) == []


def test_reports_that_wait_are_taken_in_their_order(phone: Phone) -> None:
    for status in ("Sent", "Success", "Buffered"):
        phone.receipt(ID, status)
    sent(ACCEPTED)
    assert the_message().status == "delivered"


def test_a_report_about_nothing_of_ours_waits_for_nobody(phone: Phone) -> None:
    sent(ACCEPTED)
    assert phone.receipt("ATXid_2").status_code == 200
    assert the_message().status == "sent"
    assert [parked.provider_id for parked in everything(ParkedReceipt)] == ["ATXid_2"]


def test_a_report_tells_what_became_of_the_one_sending_that_had_no_answer(phone: Phone) -> None:
    sent(UNKNOWN)
    phone.receipt("ATXid_2")
    assert (the_message().status, attempt().provider_id) == ("delivered", "ATXid_2")
    again = claimed(NOW + timedelta(minutes=10))
    assert the_message().id not in [one.message_id for one in again]


def test_a_report_about_another_number_tells_nothing_of_it(phone: Phone) -> None:
    sent(UNKNOWN)
    phone.receipt("ATXid_2", phoneNumber=JUMA)
    assert the_message().status == "queued"


def test_of_two_sendings_without_answer_a_report_tells_neither(phone: Phone) -> None:
    phone.text("Umeme umekatika kabisa")
    for outgoing in claimed(NOW):
        with db.session() as session:
            outbox.record(session, outgoing, UNKNOWN, NOW)
    phone.receipt("ATXid_2")
    assert [each.provider_id for each in everything(Attempt)] == [None, None]


@pytest.mark.parametrize("no_id", ["None", ""])
def test_no_id_is_nobodys(phone: Phone, no_id: str) -> None:
    sent(Result("accepted", None, "101"))
    assert phone.receipt(no_id).status_code == 200
    assert the_message().status == "sent"
    assert everything(ParkedReceipt) == []


# ---- What a report means besides -------------------------------------------------------------


def test_a_number_that_stopped_us_at_its_network_has_stopped_us_here(phone: Phone) -> None:
    sent(ACCEPTED)
    phone.receipt(ID, "Rejected", failureReason="UserInBlackList")
    assert stopped_at(ASHA) == NOW


def test_no_credit_is_for_a_person_to_cure(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    sent(ACCEPTED)
    phone.receipt(ID, "Rejected", failureReason="InsufficientCredit")
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["provider in trouble"]
    assert stopped_at(ASHA) is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"failureReason": "a\0b"}, id="NUL in the reason"),
        pytest.param({"failureReason": token_urlsafe(9_000)}, id="a long reason"),
        pytest.param({"phoneNumber": "MTN"}, id="a name for a number"),
        pytest.param({"phoneNumber": "+9991234567"}, id="a number of no country"),
        pytest.param({"retryCount": "x" * 10_000}, id="more fields"),
    ],
)
def test_odd_fields_do_no_harm(phone: Phone, fields: dict[str, str]) -> None:
    sent(ACCEPTED)
    assert phone.receipt(ID, "Failed", **fields).status_code == 200
    assert attempt().failed_at == NOW


# ---- When nothing can be stored --------------------------------------------------------------


def test_without_the_database_the_provider_is_to_come_again(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(ACCEPTED)
    with monkeypatch.context() as patched:
        take_away_the_database(patched)
        assert phone.receipt(ID).status_code == 503
    assert phone.receipt(ID).status_code == 200
    assert the_message().status == "delivered"
