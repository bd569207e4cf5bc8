"""What Africa's Talking tells us: its forms become ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conversations.payloads import ROWS

from callcentre.conversations.heard import Incoming, received_at
from callcentre.conversations.walking import Hop, SessionEnd
from callcentre.hooks import Refused
from callcentre.outbox import Receipt
from callcentre.sms.providers import africastalking

HOP = {
    "sessionId": "ATUid_1",
    "phoneNumber": "+255754000001",
    "networkCode": "64004",
    "serviceCode": "*149*50#",
    "text": "1*2*Buguruni",
}
HEARD = Hop("africastalking", "ATUid_1", "+255754000001", "*149*50#", "1*2*Buguruni")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, HEARD, id="as documented"),
        pytest.param({"text": ""}, replace(HEARD, transcript=""), id="the first hop"),
        pytest.param({"text": "1*"}, replace(HEARD, transcript="1*"), id="an empty answer"),
        pytest.param({"text": "1*A*B"}, replace(HEARD, transcript="1*A*B"), id="a star"),
        pytest.param({"phoneNumber": " 255754000001"}, HEARD, id="a lost plus"),
        pytest.param({"networkCode": "99999", "more": "1"}, HEARD, id="other fields"),
        pytest.param(
            {"phoneNumber": "+254700000001"}, replace(HEARD, number="+254700000001"), id="roaming"
        ),
    ],
)
def test_a_hop_is_understood(changes: dict[str, str], expected: Hop) -> None:
    assert africastalking.parse_ussd(HOP | changes) == expected


def test_a_hop_needs_no_network_code() -> None:
    del (form := dict(HOP))["networkCode"]
    assert africastalking.parse_ussd(form) == HEARD


@pytest.mark.parametrize("name", ["sessionId", "phoneNumber", "serviceCode", "text"])
def test_a_hop_without_a_field_is_refused(name: str) -> None:
    del (form := dict(HOP))[name]
    with pytest.raises(Refused, match=f"missing: {name}"):
        africastalking.parse_ussd(form)


@pytest.mark.parametrize("session", ["", "x" * 201], ids=["empty", "too long"])
def test_a_session_id_that_is_none_is_refused(session: str) -> None:
    with pytest.raises(Refused, match="sessionId"):
        africastalking.parse_ussd(HOP | {"sessionId": session})


@pytest.mark.parametrize(
    ("screen", "ends", "body"),
    [("Karibu\n1. Toa", False, b"CON Karibu\n1. Toa"), ("Asante", True, b"END Asante")],
)
def test_a_screen_begins_with_what_the_network_looks_for(
    screen: str, ends: bool, body: bytes
) -> None:
    assert africastalking.write_ussd(screen, ends) == body


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"status": "Success"}, SessionEnd(HEARD, shown=True), id="we ended it"),
        pytest.param({"status": "Incomplete"}, SessionEnd(HEARD, shown=False), id="he left"),
        pytest.param({"status": "Failed"}, SessionEnd(HEARD, shown=False), id="our fault"),
        pytest.param({"status": "Mpya"}, SessionEnd(HEARD, shown=False), id="a new word"),
    ],
)
def test_the_end_of_a_session_is_understood(changes: dict[str, str], expected: SessionEnd) -> None:
    event = {name: value for name, value in HOP.items() if name != "text"}
    assert africastalking.parse_ended(event | {"input": HOP["text"]} | changes) == expected


def test_the_end_of_a_session_without_input_has_an_empty_transcript() -> None:
    event = {name: value for name, value in HOP.items() if name != "text"} | {"status": "Success"}
    assert africastalking.parse_ended(event).hop.transcript == ""


@pytest.mark.parametrize("name", ["sessionId", "phoneNumber", "serviceCode", "status"])
def test_an_end_without_a_field_is_refused(name: str) -> None:
    del (form := HOP | {"status": "Success"})[name]
    with pytest.raises(Refused, match=f"missing: {name}"):
        africastalking.parse_ended(form)


SMS = {
    "date": "2026-11-22 05:59:58",
    "from": "+255754000001",
    "to": "15001",
    "id": "8a0d1c52",
    "text": "Maji hayatoki",
}
AT = datetime(2026, 11, 22, 5, 59, 58, tzinfo=UTC)
TEXT = Incoming("africastalking", "8a0d1c52", "+255754000001", "15001", "Maji hayatoki", AT)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, TEXT, id="as documented"),
        pytest.param({"linkId": ""}, TEXT, id="a blank link"),
        pytest.param({"linkId": "L1"}, replace(TEXT, link="L1"), id="on demand"),
        pytest.param({"from": " 255754000001"}, TEXT, id="a lost plus"),
        pytest.param({"from": "0754000001"}, replace(TEXT, number="0754000001"), id="national"),
        pytest.param({"from": "MTN"}, replace(TEXT, number="MTN"), id="a name"),
        pytest.param({"to": " 15001 "}, TEXT, id="blanks around our code"),
        pytest.param(
            {"to": " 255262160240"}, replace(TEXT, address="+255262160240"), id="our lost plus"
        ),
        pytest.param({"text": ""}, replace(TEXT, text=""), id="no text"),
        pytest.param({"id": ""}, replace(TEXT, id=""), id="a blank id"),
        pytest.param({"date": "leo"}, replace(TEXT, sent_at=None), id="no date"),
        pytest.param({"cost": "TZS 0", "networkCode": "64004"}, TEXT, id="newer fields"),
    ],
)
def test_an_sms_is_understood(changes: dict[str, str], expected: Incoming) -> None:
    assert africastalking.parse_message(SMS | changes) == expected


@pytest.mark.parametrize("name", ["from", "to", "text"])
def test_an_sms_without_a_field_is_refused(name: str) -> None:
    del (form := dict(SMS))[name]
    with pytest.raises(Refused, match=f"missing: {name}"):
        africastalking.parse_message(form)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-22 05:59:58", AT),
        ("2026-11-22T05:59:58Z", AT),
        ("2026-11-22T05:59:58.250Z", AT + timedelta(milliseconds=250)),
        ("2026-11-22T08:59:58+03:00", AT),
        ("", None),
        ("None", None),
        ("22/11/2026 05:59", None),
        ("2026-13-45 99:00:00", None),
    ],
)
def test_a_date_is_read_in_both_of_its_forms(written: str, moment: datetime | None) -> None:
    assert africastalking.moment(written) == moment


@pytest.mark.parametrize(
    ("written", "believed"),
    [
        pytest.param("2026-11-22T05:59:58Z", True, id="as it arrives"),
        pytest.param("2026-11-21T17:59:58Z", True, id="twelve hours old"),
        pytest.param("2026-11-21T17:59:57Z", False, id="a second older"),
        pytest.param("2026-11-22T05:59:59Z", False, id="in the future"),
        pytest.param("0001-01-01T00:00:00Z", False, id="before all time"),
        pytest.param("9999-12-31T23:59:59-12:00", False, id="after all time"),
        pytest.param("leo", False, id="no date"),
    ],
)
def test_a_date_counts_as_received_within_twelve_hours(written: str, believed: bool) -> None:
    told = africastalking.moment(written)
    assert received_at(told, AT) == (told if believed else AT)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"status": "Sent"}, "sent", ""),
        ({"status": "Submitted"}, "sent", ""),
        ({"status": "Buffered"}, "sent", ""),
        ({"status": "Success"}, "delivered", ""),
        ({"status": "Rejected", "failureReason": "UserInBlackList"}, "failed", "UserInBlackList"),
        ({"status": "Failed", "failureReason": "DeliveryFailure"}, "failed", "DeliveryFailure"),
        ({"status": "Expired"}, "failed", "Expired"),
        ({"status": "AbsentSubscriber"}, "failed", "AbsentSubscriber"),
    ],
    ids=lambda value: value.get("status") if isinstance(value, dict) else None,
)
def test_a_report_is_understood(form: dict[str, str], status: str, code: str) -> None:
    report = africastalking.parse_receipt({"id": "ATXid_1"} | form)
    again = status == "failed" and code != "UserInBlackList"
    assert report.receipt == Receipt("africastalking", "ATXid_1", status, code, again=again)


def test_a_report_names_the_number_where_it_can() -> None:
    form = {"id": "ATXid_1", "status": "Success", "phoneNumber": " 255754000001"}
    report = africastalking.parse_receipt(form)
    assert report.receipt is not None and report.receipt.to == "+255754000001"
    assert "255754000001" not in str(report.kept)


@pytest.mark.parametrize(
    ("reason", "opted_out", "trouble"),
    [
        ("UserInBlackList", "+255754000001", ""),
        ("InsufficientCredit", None, "InsufficientCredit"),
        ("DeliveryFailure", None, ""),
    ],
)
def test_a_report_says_who_wants_no_more_and_what_an_administrator_must_see_to(
    reason: str, opted_out: str | None, trouble: str
) -> None:
    form = {"id": "A", "status": "Failed", "phoneNumber": "+255754000001", "failureReason": reason}
    report = africastalking.parse_receipt(form)
    assert (report.opted_out, report.trouble) == (opted_out, trouble)


@pytest.mark.parametrize("status", ["", "success", "Delivered"])
def test_a_report_with_an_unknown_word_is_none_of_ours(status: str) -> None:
    assert africastalking.parse_receipt({"id": "ATXid_1", "status": status}).receipt is None


def test_the_sample_list_is_read() -> None:
    (sms,) = africastalking.parse_fetched(ROWS["at-sms-fetch-response"]["body"])
    assert (sms.id, sms.address, sms.text, sms.link) == (
        "15071",
        "28901",
        "Hello",
        "SampleLinkId123",
    )
    assert sms.sent_at is not None and sms.sent_at.isoformat() == "2018-03-19T08:34:18.445000+00:00"


@pytest.mark.parametrize(
    ("written", "wants"),
    [("addition", True), ("Addition", True), ("deletion", False), ("Deletion", False)],
)
def test_a_subscription_says_whether_a_number_wants_us(written: str, wants: bool) -> None:
    form = dict(ROWS["at-subscription-addition-lower"]["form"]) | {"updateType": written}
    assert africastalking.parse_subscription(form) == ("+254720123123", wants)


def test_a_subscription_that_says_neither_is_refused() -> None:
    with pytest.raises(Refused, match="addition or deletion"):
        africastalking.parse_subscription({"phoneNumber": "+254720123123", "updateType": "x"})


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"status": "Success"}, "missing: id"),
        ({"id": "ATXid_1"}, "missing: status"),
        ({"id": "x" * 201, "status": "Success"}, "id is too long"),
    ],
)
def test_a_report_that_cannot_be_one_is_refused(form: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        africastalking.parse_receipt(form)
