"""SMS on the local network, through the official SDK and from the phones."""

import re

import pytest
from africastalking.Application import ApplicationService
from africastalking.Service import AfricasTalkingException
from network_client import ASHA, JUMA, Net, until

from callcentre.network.parts import parts

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


def test_the_sdk_sends_and_the_phone_receives(net: Net) -> None:
    answer = net.sdk().send("Limepokelewa: 26-00123454", [ASHA], "MOROGORO", enqueue=True)

    recipient = answer["SMSMessageData"]["Recipients"][0]
    message_id = recipient.pop("messageId")
    assert re.fullmatch(r"ATXid_[0-9a-f]{32}", message_id)
    assert recipient == {
        "statusCode": 101,
        "number": ASHA,
        "status": "Success",
        "cost": "TZS 22.0000",
    }
    assert answer["SMSMessageData"]["Message"] == (
        "Sent to 1/1 Total Cost: TZS 22.0000 Message parts: 1"
    )
    sms = net.get(f"/network/phones/{ASHA}")["sms"]
    assert [(each["from"], each["text"]) for each in sms] == [
        ("MOROGORO", "Limepokelewa: 26-00123454")
    ]
    assert sms[0]["at"].endswith("+00:00")


def test_receipts_follow_sent_and_then_success(net: Net) -> None:
    answer = net.sdk().send("Habari", [ASHA])
    message_id = answer["SMSMessageData"]["Recipients"][0]["messageId"]

    common = {"id": message_id, "phoneNumber": ASHA, "networkCode": "64004"}
    assert net.service.forms("sms/receipt", 2) == [
        common | {"status": "Sent"},
        common | {"status": "Success"},
    ]


def test_one_sending_reaches_several_phones(net: Net) -> None:
    answer = net.sdk().send("Habari", [ASHA, JUMA])

    assert answer["SMSMessageData"]["Message"].startswith("Sent to 2/2 Total Cost: TZS 44.0000")
    assert (net.inbox(ASHA), net.inbox(JUMA)) == (["Habari"], ["Habari"])


def test_an_impossible_number_is_refused_and_the_others_are_sent(net: Net) -> None:
    answer = net.sdk().send("Habari", ["+12345", ASHA])

    bad, good = answer["SMSMessageData"]["Recipients"]
    assert bad == {
        "statusCode": 403,
        "number": "+12345",
        "status": "InvalidPhoneNumber",
        "cost": "0",
        "messageId": "None",
    }
    assert good["statusCode"] == 101
    assert answer["SMSMessageData"]["Message"].startswith("Sent to 1/2")


def test_without_a_sender_the_providers_own_name_is_shown(net: Net) -> None:
    net.sdk().send("Habari", [ASHA])
    assert net.get(f"/network/phones/{ASHA}")["sms"][0]["from"] == "AFRICASTKNG"


def test_the_wrong_key_is_refused(net: Net) -> None:
    with pytest.raises(AfricasTalkingException, match="supplied authentication is invalid"):
        net.sdk(api_key="wrong").send("Habari", [ASHA])
    answer = net.messages(username="another")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        401,
        "text/plain; charset=utf-8",
    )
    assert net.inbox(ASHA) == []


@pytest.mark.parametrize("field", ["to", "message"])
def test_a_missing_field_is_named(net: Net, field: str) -> None:
    answer = net.messages(**{field: ""})
    assert (answer.status_code, answer.text) == (
        400,
        f"Request is missing required form field '{field}'",
    )


def test_the_sdk_reads_the_balance(net: Net) -> None:
    application = ApplicationService("taasisi", "key")
    application._baseUrl = f"{net.address}/network/africastalking/version1"
    balance = application.fetch_application_data()["UserData"]["balance"]
    assert balance.startswith("TZS ")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("a" * 160, 1, id="a full one"),
        pytest.param("a" * 161, 2, id="one letter more"),
        pytest.param("[" * 80, 1, id="letters that count twice"),
        pytest.param("[" * 81, 2, id="too many of them"),
        pytest.param("\u2019" * 70, 1, id="outside the alphabet"),
        pytest.param("\u2019" * 71, 2, id="outside the alphabet, longer"),
    ],
)
def test_parts_are_counted_as_the_network_cuts_them(text: str, count: int) -> None:
    assert parts(text) == count


def test_the_record_holds_every_accepted_message_in_order(net: Net) -> None:
    net.sdk().send("Kwanza", [ASHA, JUMA], "MOROGORO")
    net.sdk().send("Pili", [ASHA])

    sent = net.get("/network/sent")
    assert [(each["to"], each["from"], each["text"]) for each in sent] == [
        (ASHA, "MOROGORO", "Kwanza"),
        (JUMA, "MOROGORO", "Kwanza"),
        (ASHA, "AFRICASTKNG", "Pili"),
    ]
    keys = {"id", "to", "from", "text", "at", "delivered_at", "answered_at", "receipts"}
    assert all(set(each) == keys for each in sent)
    assert all(each["delivered_at"] for each in sent)
    assert len({each["id"] for each in sent}) == 3


def test_a_text_from_a_phone_reaches_the_service(net: Net) -> None:
    phone = net.post("/network/phones/0712000001/sms", {"to": "15001", "text": "Hakuna maji"})

    form = net.service.forms("sms", 1)[0]
    assert UUID.fullmatch(form.pop("id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", form.pop("date"))
    assert form == {"from": ASHA, "to": "15001", "text": "Hakuna maji", "networkCode": "64004"}
    assert phone["number"] == ASHA and phone["sms"] == []


def test_a_text_is_sent_again_until_the_service_says_200(net: Net) -> None:
    net.faults(hook_repeat_s=0.01)
    statuses = iter([503, 204, 200])
    net.service.status = lambda form: next(statuses)
    net.post(f"/network/phones/{ASHA}/sms", {"to": "15001", "text": "Hakuna maji"})

    one, two, three = net.service.forms("sms", 3)
    assert one == two == three
    until(lambda: net.get(f"/handset/state?phone={ASHA}")["phones"][0]["sent"][0]["taken"])


def test_receipts_are_repeated_too_and_keep_their_order(net: Net) -> None:
    net.faults(hook_repeat_s=0.01)
    statuses = iter([200, 503, 200])
    net.service.status = lambda form: next(statuses)
    net.sdk().send("Habari", [ASHA])

    forms = net.service.forms("sms/receipt", 3)
    assert [form["status"] for form in forms] == ["Sent", "Success", "Success"]


def test_an_sms_to_a_telephone_number_carries_it_in_full(net: Net) -> None:
    net.post(f"/network/phones/{ASHA}/sms", {"to": "0262160240", "text": "Habari"})
    assert net.service.forms("sms", 1)[0]["to"] == "+255262160240"
