"""The faults that can be switched on, tried on Twilio over real HTTP."""

from typing import Any

import pytest
import requests
from network_client import ABROAD, ASHA, Net
from twilio.base.exceptions import TwilioRestException
from twilio.rest.api.v2010.account.message import MessageInstance


def send(net: Net, text: str = "Habari", timeout: float = 5) -> MessageInstance:
    url = f"{net.address}/hooks/twilio/sms/status"
    messages = net.twilio(timeout=timeout).messages
    return messages.create(to=ASHA, from_=ABROAD, body=text, status_callback=url)


def refused(net: Net) -> tuple[int, int | None]:
    """The status and the code with which a sending is refused; nothing was sent."""
    with pytest.raises(TwilioRestException) as error:
        send(net)
    assert net.get("/network/sent") == []
    return error.value.status, error.value.code


def statuses(net: Net, count: int) -> list[str]:
    return [form["MessageStatus"] for form in net.service.forms("twilio/sms/status", count)]


# The provider's API


def test_down_answers_503(net: Net) -> None:
    net.faults(down=True)
    assert refused(net) == (503, 20503)


def test_down_provider_takes_down_twilio_alone(net: Net) -> None:
    net.faults(down_provider="twilio")
    assert refused(net) == (503, 20503)
    assert net.messages().status_code == 201


def test_down_provider_takes_down_the_other_alone(net: Net) -> None:
    net.faults(down_provider="africastalking")
    assert net.messages().status_code == 503
    assert send(net).status == "queued"


def test_down_provider_must_be_one_that_there_is(net: Net) -> None:
    answer = net.ask("POST", "/network/faults", json={"down_provider": "beem"})
    assert answer.status_code == 400
    assert answer.json()["error"] == "down_provider must be one of africastalking, twilio"


@pytest.mark.parametrize(
    ("status", "code"), [(400, 20001), (401, 20003), (429, 20429), (500, 20500), (502, 20500)]
)
def test_error_status_is_answered_and_nothing_is_sent(net: Net, status: int, code: int) -> None:
    net.faults(error_status=status)
    assert refused(net) == (status, code)


@pytest.mark.parametrize(
    ("code", "status"), [(21408, 400), (21610, 400), (63038, 400), (20429, 429)]
)
def test_twilio_code_refuses_a_sending(net: Net, code: int, status: int) -> None:
    net.faults(twilio_code=code)
    assert refused(net) == (status, code)
    assert net.messages().status_code == 201


@pytest.mark.parametrize(
    ("theirs", "status", "code"),
    [(402, 400, 21212), (403, 400, 21211), (405, 400, 30002), (406, 400, 21610), (500, 500, 20500)],
)
def test_recipient_code_refuses_with_the_code_of_the_same_meaning(
    net: Net, theirs: int, status: int, code: int
) -> None:
    net.faults(recipient_code=theirs)
    assert refused(net) == (status, code)


def test_recipient_code_102_accepts(net: Net) -> None:
    net.faults(recipient_code=102)
    assert send(net).status == "queued"


def test_answer_delay_s_holds_the_answer_back(net: Net) -> None:
    net.faults(answer_delay_s=0.2)
    assert net.twilio_messages().elapsed.total_seconds() >= 0.2


def test_nonsense_delivers_and_answers_201_with_rubbish(net: Net) -> None:
    net.faults(nonsense=True)
    answer = net.twilio_messages()
    assert (answer.status_code, answer.text[:9]) == (201, "<!doctype")
    assert net.inbox(ASHA) == ["Habari"]


def test_hang_delivers_and_never_answers(net: Net) -> None:
    net.faults(hang=True)
    with pytest.raises(requests.ReadTimeout):
        send(net, timeout=0.2)
    assert net.inbox(ASHA) == ["Habari"]
    assert statuses(net, 2) == ["sent", "delivered"]


# Delivery and receipts


def test_lose_sms_accepts_but_delivers_nothing_and_reports_nothing(net: Net) -> None:
    net.faults(lose_sms=1)
    lost = send(net, "Kwanza").sid
    net.faults(lose_sms=0)
    send(net, "Pili")

    assert net.inbox(ASHA) == ["Pili"]
    assert lost not in {form["MessageSid"] for form in net.service.forms("twilio/sms/status", 2)}
    assert net.twilio().messages(lost).fetch().status == "sent"


def test_lose_receipts_delivers_without_a_word(net: Net) -> None:
    net.faults(lose_receipts=True)
    send(net)
    net.faults(lose_receipts=False)
    second = send(net, "Pili").sid

    assert net.inbox(ASHA) == ["Habari", "Pili"]
    assert {form["MessageSid"] for form in net.service.forms("twilio/sms/status", 2)} == {second}


def test_duplicate_receipts_come_twice(net: Net) -> None:
    net.faults(duplicate_receipts=True)
    send(net)
    assert statuses(net, 4) == ["sent", "sent", "delivered", "delivered"]


def test_disorder_receipts_puts_delivered_before_sent(net: Net) -> None:
    net.faults(disorder_receipts=True)
    send(net)
    assert statuses(net, 2) == ["delivered", "sent"]


def test_receipt_before_answer_reaches_the_service_first(net: Net) -> None:
    net.faults(receipt_before_answer=True)
    sid = send(net).sid
    assert [hook.form["MessageSid"] for hook in net.service.heard] == [sid, sid]


def test_receipt_delay_s_holds_the_receipts_back(net: Net) -> None:
    net.faults(receipt_delay_s=0.5)
    send(net)
    assert net.inbox(ASHA) == ["Habari"]
    assert net.service.heard == []
    assert statuses(net, 2) == ["sent", "delivered"]


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        ({"receipt_status": "Failed"}, "undelivered", "30005"),
        ({"receipt_status": "Rejected"}, "undelivered", "30007"),
        ({"receipt_status": "Expired"}, "undelivered", "30003"),
        ({"receipt_status": "AbsentSubscriber"}, "undelivered", "30003"),
        ({"receipt_status": "failed", "failure_reason": "30002"}, "failed", "30002"),
        ({"receipt_status": "Failed", "failure_reason": "InvalidRequest"}, "undelivered", "30005"),
    ],
)
def test_receipt_status_ends_an_undelivered_message_in_twilios_words(
    net: Net, faults: dict[str, Any], status: str, code: str
) -> None:
    net.faults(**faults)
    sid = send(net).sid

    sent, final = net.service.forms("twilio/sms/status", 2)
    assert (sent["MessageStatus"], "ErrorCode" in sent) == ("sent", False)
    assert (final["MessageStatus"], final["ErrorCode"]) == (status, code)
    assert net.inbox(ASHA) == []
    assert net.twilio().messages(sid).fetch().status == status


def test_a_buffered_message_is_sent_and_no_more_is_heard_of_it(net: Net) -> None:
    net.faults(receipt_status="Buffered")
    send(net)
    net.faults(receipt_status=None)
    send(net)
    assert statuses(net, 3) == ["sent", "sent", "delivered"]


# What comes from the phones


def test_duplicate_hooks_brings_a_text_twice_with_the_same_form(net: Net) -> None:
    net.faults(duplicate_hooks=True)
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "Habari"})
    one, two = net.service.forms("twilio/sms", 2)
    assert one == two


def test_hook_repeat_limit_is_how_often_a_text_is_tried_again(net: Net) -> None:
    net.faults(hook_repeat_s=0.01, hook_repeat_limit=2)
    net.service.status = lambda form: 500 if form["Body"] == "Kwanza" else 200
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "Kwanza"})
    net.service.forms("twilio/sms", 3)
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "Pili"})

    texts = [form["Body"] for form in net.service.forms("twilio/sms", 4)]
    assert texts == ["Kwanza", "Kwanza", "Kwanza", "Pili"]
