"""Each fault that can be switched on, tried over real HTTP."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from africastalking.Service import AfricasTalkingException
from network_client import ASHA, JUMA, Net, until

from callcentre.network.faults import KNOWN, Faults
from callcentre.network.ussd import OPERATOR_ERROR


def test_every_fault_is_tried_in_this_folder() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in KNOWN if not re.search(rf"\b{name}=", tests)] == []


def test_faults_are_read_changed_and_reset(net: Net) -> None:
    assert net.get("/network/faults")["lose_sms"] == 0
    assert net.faults(lose_sms=0.5, down=True)["lose_sms"] == 0.5
    assert net.faults(down=None)["down"] is False
    assert net.get("/network/faults")["lose_sms"] == 0.5
    assert net.ask("DELETE", "/network/faults").json()["lose_sms"] == 0


def test_an_unknown_fault_is_refused_with_the_known_ones(net: Net) -> None:
    answer = net.ask("POST", "/network/faults", json={"lose_sms": 1, "looseness": 1})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert "looseness" in error and "lose_receipts" in error
    assert net.get("/network/faults")["lose_sms"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("down", 1),
        ("down", "true"),
        ("answer_delay_s", -1),
        ("answer_delay_s", True),
        ("answer_delay_s", "2"),
        ("answer_delay_s", 3601),
        ("ussd_deadline_s", 0),
        ("error_status", 200),
        ("error_status", 500.5),
        ("recipient_code", 99),
        ("lose_sms", 1.1),
        ("lose_sms", "half"),
        ("lose_to", 99),
        ("lose_to", "+25571"),
        ("error_share", 2),
        ("receipt_status", ""),
        ("receipt_status", "Not now\n"),
        ("hook_repeat_limit", -1),
        ("seed", 0.5),
    ],
)
def test_a_wrong_value_is_refused_naming_the_fault(net: Net, name: str, value: Any) -> None:
    answer = net.ask("POST", "/network/faults", json={name: value})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{name} must be ")


# The provider's API


def test_down_answers_503(net: Net) -> None:
    net.faults(down=True)
    assert net.messages().status_code == 503
    assert net.get("/network/sent") == []


def test_error_status_is_answered_and_nothing_is_sent(net: Net) -> None:
    net.faults(error_status=500)
    with pytest.raises(AfricasTalkingException):
        net.sdk().send("Habari", [ASHA])
    assert net.get("/network/sent") == []


@pytest.mark.parametrize(
    ("code", "word"),
    [(405, "InsufficientBalance"), (406, "UserInBlacklist"), (500, "InternalServerError")],
)
def test_recipient_code_refuses_each_recipient(net: Net, code: int, word: str) -> None:
    net.faults(recipient_code=code)
    answer = net.sdk().send("Habari", [ASHA])["SMSMessageData"]
    assert answer["Message"].startswith("Sent to 0/1")
    assert [(each["statusCode"], each["status"]) for each in answer["Recipients"]] == [(code, word)]
    assert net.inbox(ASHA) == []


def test_recipient_code_402_has_no_recipients_at_all(net: Net) -> None:
    net.faults(recipient_code=402)
    answer = net.sdk().send("Habari", [ASHA])
    assert answer == {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}


def test_recipient_code_102_accepts_as_queued(net: Net) -> None:
    net.faults(recipient_code=102)
    recipient = net.sdk().send("Habari", [ASHA])["SMSMessageData"]["Recipients"][0]
    assert (recipient["statusCode"], recipient["status"]) == (102, "Success")
    assert net.inbox(ASHA) == ["Habari"]


def test_error_share_refuses_some_messages_and_takes_the_others(net: Net) -> None:
    net.faults(error_status=503, error_share=0.5, seed=7)
    answers = [net.messages().status_code for _ in range(20)]
    assert set(answers) == {201, 503}
    assert len(net.get("/network/sent")) == answers.count(201)


def test_answer_delay_s_holds_the_answer_back(net: Net) -> None:
    net.faults(answer_delay_s=0.2)
    assert net.messages().elapsed.total_seconds() >= 0.2


def test_nonsense_delivers_and_answers_201_with_rubbish(net: Net) -> None:
    net.faults(nonsense=True)
    answer = net.sdk().send("Habari", [ASHA])
    assert isinstance(answer, str) and answer.startswith("<!doctype")
    assert net.inbox(ASHA) == ["Habari"]


def test_hang_delivers_and_never_answers(net: Net) -> None:
    net.faults(hang=True)
    with pytest.raises(requests.ReadTimeout):
        net.sdk().send("Habari", [ASHA], timeout=(1, 0.2))
    assert net.inbox(ASHA) == ["Habari"]
    assert len(net.service.forms("sms/receipt", 2)) == 2


# Delivery and receipts


def test_lose_sms_accepts_but_delivers_nothing_and_reports_nothing(net: Net) -> None:
    net.faults(lose_sms=1)
    recipient = net.sdk().send("Habari", [ASHA])["SMSMessageData"]["Recipients"][0]
    net.faults(lose_sms=0)
    net.sdk().send("Pili", [ASHA])

    assert recipient["statusCode"] == 101
    assert net.inbox(ASHA) == ["Pili"]
    assert recipient["messageId"] not in {
        form["id"] for form in net.service.forms("sms/receipt", 2)
    }
    assert [bool(each["delivered_at"]) for each in net.get("/network/sent")] == [False, True]


def test_lose_to_loses_what_goes_to_numbers_that_end_so(net: Net) -> None:
    net.faults(lose_to=JUMA[-4:])
    for number in (JUMA, ASHA):
        assert net.messages(to=number).status_code == 201

    assert (net.inbox(JUMA), net.inbox(ASHA)) == ([], ["Habari"])
    sent = net.get("/network/sent")
    assert [bool(each["delivered_at"]) for each in sent] == [False, True]
    assert [each["receipts"] for each in sent] == [0, 2]


def test_a_share_loses_the_same_messages_again_with_the_same_seed(net: Net) -> None:
    def delivered() -> list[bool]:
        net.faults(lose_sms=0.5, seed=7)
        for _ in range(20):
            net.messages()
        return [bool(each["delivered_at"]) for each in net.get("/network/sent")[-20:]]

    first = delivered()
    assert 0 < sum(first) < 20
    assert delivered() == first


def test_lose_receipts_delivers_without_a_word(net: Net) -> None:
    net.faults(lose_receipts=True)
    net.sdk().send("Habari", [ASHA])
    net.faults(lose_receipts=False)
    second = net.sdk().send("Pili", [ASHA])["SMSMessageData"]["Recipients"][0]["messageId"]

    assert net.inbox(ASHA) == ["Habari", "Pili"]
    assert {form["id"] for form in net.service.forms("sms/receipt", 2)} == {second}


def test_duplicate_receipts_come_twice(net: Net) -> None:
    net.faults(duplicate_receipts=True)
    net.sdk().send("Habari", [ASHA])
    statuses = [form["status"] for form in net.service.forms("sms/receipt", 4)]
    assert statuses == ["Sent", "Sent", "Success", "Success"]


def test_disorder_receipts_puts_success_before_sent(net: Net) -> None:
    net.faults(disorder_receipts=True)
    net.sdk().send("Habari", [ASHA])
    assert [form["status"] for form in net.service.forms("sms/receipt", 2)] == ["Success", "Sent"]


def test_receipt_before_answer_reaches_the_service_first(net: Net) -> None:
    net.faults(receipt_before_answer=True)
    answer = net.messages().json()["SMSMessageData"]["Recipients"][0]
    heard = [hook.form["id"] for hook in net.service.hooks("sms/receipt")]
    assert heard == [answer["messageId"]] * 2


def test_receipt_delay_s_holds_the_receipts_back(net: Net) -> None:
    net.faults(receipt_delay_s=0.5)
    net.sdk().send("Habari", [ASHA])
    assert net.inbox(ASHA) == ["Habari"]
    assert net.service.hooks("sms/receipt") == []
    assert len(net.service.forms("sms/receipt", 2)) == 2


def test_receipt_status_and_failure_reason_end_an_undelivered_message(net: Net) -> None:
    net.faults(receipt_status="Rejected", failure_reason="UserInBlackList")
    net.sdk().send("Habari", [ASHA])

    sent, rejected = net.service.forms("sms/receipt", 2)
    assert (sent["status"], "failureReason" in sent) == ("Sent", False)
    assert (rejected["status"], rejected["failureReason"]) == ("Rejected", "UserInBlackList")
    assert net.inbox(ASHA) == []
    assert net.get("/network/sent")[0]["delivered_at"] is None


# What comes from the phones


def test_end_events_can_be_left_out(net: Net) -> None:
    net.faults(end_events=False)
    net.dial(ASHA, "*149*50#")
    net.cancel(ASHA)
    net.faults(end_events=True)
    second = net.dial(ASHA, "*149*51#")["session"]["id"]
    net.cancel(ASHA)
    assert [form["sessionId"] for form in net.service.forms("ussd/ended", 1)] == [second]


def test_end_event_delay_s_holds_the_event_back(net: Net) -> None:
    net.faults(end_event_delay_s=0.5)
    net.dial(ASHA, "*149*50#")
    net.cancel(ASHA)
    assert net.service.hooks("ussd/ended") == []
    assert len(net.service.forms("ussd/ended", 1)) == 1


def test_hop_metadata_is_not_sent_back_when_off(net: Net) -> None:
    net.faults(hop_metadata=False)
    net.service.ussd = lambda form: ("CON a", 200, {"at-ussd-hop-metadata": "sw.14"})
    net.dial(ASHA, "*149*50#")
    net.type(ASHA, "1")
    assert "At-Ussd-Hop-Metadata" not in net.service.hooks("ussd")[1].headers


def test_the_record_tells_when_a_text_was_taken_and_how_hooks_were_answered(net: Net) -> None:
    net.faults(hook_repeat_s=0.01)
    net.service.status = lambda form: 200 if len(net.service.hooks("sms")) > 2 else 503
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Maji hayatoki"})
    until(lambda: net.get("/network/texts")[0]["taken_at"])

    [text] = net.get("/network/texts")
    assert (text["from"], text["to"], text["text"]) == (ASHA, "15001", "Maji hayatoki")
    until(lambda: net.get("/network/hooks")["waiting"] == 0)
    hooks = net.get("/network/hooks")
    assert hooks["counts"] == {"sms": {"503": 2, "200": 1}}
    assert [(call["hook"], call["status"]) for call in hooks["failed"]] == [("sms", 503)] * 2
    assert hooks["failed"][0]["at"] < hooks["failed"][0]["until"] < text["taken_at"]


def test_a_text_that_is_not_taken_stays_so_on_record(net: Net) -> None:
    net.faults(hook_repeat_limit=0)
    net.service.status = lambda form: 500
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Maji hayatoki"})
    until(lambda: net.get("/network/hooks")["counts"])
    assert net.get("/network/texts")[0]["taken_at"] is None


def test_duplicate_hooks_calls_each_hook_twice_with_the_same_form(net: Net) -> None:
    net.faults(duplicate_hooks=True)
    phone = net.dial(ASHA, "*149*50#")
    net.cancel(ASHA)
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Habari"})

    for hook in ("ussd", "ussd/ended", "sms"):
        one, two = net.service.forms(hook, 2)
        assert one == two
    assert len(phone["session"]["transcript"]) == 1


def test_ussd_deadline_s_is_how_long_the_phone_waits(net: Net) -> None:
    go_on = threading.Event()

    def slow(form: dict[str, str]) -> str:
        go_on.wait(5)
        return "CON Karibu"

    net.service.ussd = slow
    net.faults(ussd_deadline_s=0.2)
    phone = net.dial(ASHA, "*149*50#")
    go_on.set()

    assert (phone["screen"], phone["session"]["active"]) == (OPERATOR_ERROR, False)
    assert net.service.forms("ussd/ended", 1)[0]["status"] == "Failed"
    assert len(net.service.hooks("ussd")) == 1


def test_session_limit_s_cuts_a_session_that_goes_on(net: Net) -> None:
    net.faults(session_limit_s=0.1)
    net.dial(ASHA, "*149*50#")

    assert net.service.forms("ussd/ended", 1)[0]["status"] == "Incomplete"
    assert net.get(f"/network/phones/{ASHA}")["session"]["active"] is False


def test_hook_repeat_limit_is_how_often_a_text_is_tried_again(net: Net) -> None:
    net.faults(hook_repeat_s=0.01, hook_repeat_limit=2)
    net.service.status = lambda form: 500 if form["text"] == "Kwanza" else 200
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Kwanza"})
    net.service.forms("sms", 3)
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Pili"})

    texts = [form["text"] for form in net.service.forms("sms", 4)]
    assert texts == ["Kwanza", "Kwanza", "Kwanza", "Pili"]


def test_all_faults_are_off_at_first() -> None:
    off = {None, False}
    settings = {
        "end_events",
        "hop_metadata",
        "ussd_deadline_s",
        "voice_deadline_s",
        "hook_repeat_s",
    }
    on = {name for name in KNOWN if getattr(Faults(), name) not in off}
    assert on == settings | {"hook_repeat_limit", "voice_deadline_s", "error_share"}


def test_resetting_frees_whoever_hangs(net: Net) -> None:
    net.faults(hang=True)
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(net.messages().status_code))
    caller.start()
    until(lambda: net.inbox(ASHA))

    def is_freed_by_a_reset() -> bool:  # the first may come before the caller has begun to hang
        net.ask("DELETE", "/network/faults")
        return not caller.is_alive()

    until(is_freed_by_a_reset)
    assert answers == [201]
