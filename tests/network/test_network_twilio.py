"""SMS through Twilio on the local network, by the official SDK and from the phones."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from network_client import ABROAD, ACCOUNT, ASHA, ENVIRONMENT, TOKEN, Hook, Net, until
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from callcentre import config, network
from callcentre.network.twilio import wire
from callcentre.network.twilio.provider import Twilio

SID = re.compile(r"SM[0-9a-f]{32}")
NO_ACCOUNT = config.read(
    ENVIRONMENT | {"PUBLIC_URL": "http://127.0.0.1:9", "TWILIO_ACCOUNT_SID": ""}
)


def callback(net: Net, query: str = "") -> str:
    return f"{net.address}/hooks/twilio/sms/status{query}"


def is_signed(hook: Hook) -> bool:
    signature = hook.headers["X-Twilio-Signature"]
    return bool(RequestValidator(TOKEN).validate(hook.url, hook.form, signature))


def code_of(refused: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int | None]:
    return refused.value.status, refused.value.code


# Sending


def test_the_sdk_sends_and_the_phone_receives(net: Net) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    message = net.twilio().messages.create(
        to=ASHA, from_=ABROAD, body="Limepokelewa: 26-00123454", validity_period=3600
    )

    assert SID.fullmatch(message.sid)
    assert (message.status, message.error_code, message.num_segments) == ("queued", None, "1")
    assert (message.direction, message.account_sid) == ("outbound-api", ACCOUNT)
    assert message.date_created >= before
    sms = net.get(f"/network/phones/{ASHA}")["sms"]
    assert [(each["from"], each["text"]) for each in sms] == [(ABROAD, "Limepokelewa: 26-00123454")]


def test_the_answer_has_every_field_of_a_message(net: Net) -> None:
    answer = net.twilio_messages(Body="a" * 161)

    message = answer.json()
    sid, created = message["sid"], message["date_created"]
    assert answer.status_code == 201
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", created)
    assert message == {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "a" * 161,
        "date_created": created,
        "date_sent": None,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": ABROAD,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "2",
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media.json"},
        "to": ASHA,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
    }


def test_the_record_holds_the_messages_of_both_providers(net: Net) -> None:
    sid = net.twilio().messages.create(to=ASHA, from_="MOROGORO", body="Kwanza").sid
    net.messages(message="Pili")

    sent = net.get("/network/sent")
    assert [(each["from"], each["text"]) for each in sent] == [
        ("MOROGORO", "Kwanza"),
        ("AFRICASTKNG", "Pili"),
    ]
    assert sent[0]["id"] == sid and sent[0]["delivered_at"]


def test_a_message_can_be_looked_up_afterwards(net: Net) -> None:
    sid = net.twilio().messages.create(to=ASHA, from_=ABROAD, body="Habari").sid
    message = net.twilio().messages(sid).fetch()
    assert (message.sid, message.status, message.body) == (sid, "delivered", "Habari")
    assert message.date_sent is not None


def test_a_message_of_another_provider_cannot_be_looked_up(net: Net) -> None:
    sent = net.messages().json()["SMSMessageData"]["Recipients"][0]["messageId"]
    for sid in (sent, wire.new_sid()):
        with pytest.raises(TwilioRestException) as refused:
            net.twilio().messages(sid).fetch()
        assert code_of(refused) == (404, 20404)


def test_the_sdk_reads_the_balance(net: Net) -> None:
    balance = net.twilio().balance.fetch()
    assert (balance.currency, balance.account_sid) == ("USD", ACCOUNT)
    assert float(balance.balance) > 0


@pytest.mark.parametrize(
    ("account", "token"),
    [
        pytest.param(ACCOUNT, "wrong", id="another token"),
        pytest.param(f"AC{32 * 'b'}", TOKEN, id="another account's name"),
    ],
)
def test_wrong_credentials_are_refused(net: Net, account: str, token: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        net.twilio(account, token).messages.create(to=ASHA, from_=ABROAD, body="Habari")
    assert code_of(refused) == (401, 20003)
    assert net.inbox(ASHA) == []


def test_another_account_is_not_found(net: Net) -> None:
    with pytest.raises(TwilioRestException) as refused:
        net.twilio().api.v2010.accounts(f"AC{32 * 'b'}").messages.create(to=ASHA, body="a")
    assert code_of(refused) == (404, 20404)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        pytest.param("To", "", 21604, id="no To"),
        pytest.param("From", "", 21603, id="no From"),
        pytest.param("Body", "", 21602, id="no Body"),
        pytest.param("To", "0712000001", 21211, id="To not in full"),
        pytest.param("To", "+255712", 21211, id="To too short"),
        pytest.param("To", "MOROGORO", 21211, id="To a name"),
        pytest.param("To", "15001", 21211, id="To a short code"),
        pytest.param("From", "0712000001", 21212, id="From not in full"),
        pytest.param("From", "HALMASHAURI YA MOROGORO", 21212, id="From too long a name"),
        pytest.param("From", "<script>", 21212, id="From no name"),
        pytest.param("Body", "a" * 1601, 21617, id="Body too long"),
        pytest.param("StatusCallback", "/hooks/twilio/sms/status", 21609, id="no whole address"),
        pytest.param("StatusCallback", "https://example.org/a", 21609, id="another machine"),
    ],
)
def test_a_wrong_field_is_refused_with_its_code(
    net: Net, field: str, value: str, code: int
) -> None:
    answer = net.twilio_messages(**{field: value})

    error = answer.json()
    assert error.pop("message")
    assert error == {
        "code": code,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": 400,
    }
    assert answer.status_code == 400
    assert net.get("/network/sent") == []


@pytest.mark.parametrize(
    "url", ["{address}.example.org/a", "{address}/a b", "{address}/" + "a" * 4000]
)
def test_receipts_go_nowhere_but_to_the_service(net: Net, url: str) -> None:
    answer = net.twilio_messages(StatusCallback=url.format(address=net.address))
    assert answer.json()["code"] == 21609


@pytest.mark.parametrize("sender", [ABROAD, "15001", "MOROGORO", "Huduma Bora"])
def test_a_number_a_short_code_or_a_name_can_send(net: Net, sender: str) -> None:
    assert net.twilio_messages(From=sender).status_code == 201


# Receipts


def test_receipts_follow_sent_and_then_delivered(net: Net) -> None:
    url = callback(net, "?message=7&again=%2B1")
    sid = (
        net.twilio().messages.create(to=ASHA, from_=ABROAD, body="Habari", status_callback=url).sid
    )

    common = {
        "ApiVersion": "2010-04-01",
        "AccountSid": ACCOUNT,
        "MessageSid": sid,
        "SmsSid": sid,
        "From": ABROAD,
        "To": ASHA,
    }
    assert net.service.forms("twilio/sms/status", 2) == [
        common | {"MessageStatus": "sent", "SmsStatus": "sent"},
        common | {"MessageStatus": "delivered", "SmsStatus": "delivered"},
    ]
    assert [hook.url for hook in net.service.heard] == [url, url]
    assert all(is_signed(hook) for hook in net.service.heard)


def test_without_a_callback_there_are_no_receipts(net: Net) -> None:
    net.twilio_messages()
    net.twilio_messages(StatusCallback=callback(net, "?message=2"))
    net.service.forms("twilio/sms/status", 2)
    assert {hook.url for hook in net.service.heard} == {callback(net, "?message=2")}


def test_the_part_of_a_callback_that_is_for_twilio_is_not_called(net: Net) -> None:
    net.twilio_messages(StatusCallback=callback(net, "?message=2#rc=5"))
    net.service.forms("twilio/sms/status", 2)
    assert net.service.heard[0].url == callback(net, "?message=2")
    assert is_signed(net.service.heard[0])


def test_receipts_are_repeated_until_taken_and_keep_their_order(net: Net) -> None:
    net.faults(hook_repeat_s=0.01)
    statuses = iter([204, 503, 200])
    net.service.status = lambda form: next(statuses)
    net.twilio_messages(StatusCallback=callback(net))

    forms = net.service.forms("twilio/sms/status", 3)
    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered", "delivered"]


def test_the_signature_is_that_of_twilios_own_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert wire.signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


# Without an account


@pytest.fixture
def without() -> FlaskClient:
    """The network of a service that has no account at Twilio."""
    app = Flask(__name__)
    app.register_blueprint(network.blueprint(NO_ACCOUNT))
    return app.test_client()


@pytest.mark.parametrize("given", [("", ""), ("", TOKEN), (ACCOUNT, TOKEN)])
def test_without_an_account_nobody_can_send(without: FlaskClient, given: tuple[str, str]) -> None:
    path = f"/network/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = without.post(path, data={"To": ASHA, "From": ABROAD, "Body": "a"}, auth=given)
    assert (answer.status_code, answer.get_json()["code"]) == (401, 20003)


def test_without_an_account_no_number_is_twilios() -> None:
    assert not Twilio(NO_ACCOUNT).serves(ABROAD)


# From the phones


def test_a_text_to_a_number_abroad_reaches_the_service_signed(net: Net) -> None:
    phone = net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "Hakuna maji, Ng’ombe"})

    form = net.service.forms("twilio/sms", 1)[0]
    hook = net.service.heard[0]
    assert is_signed(hook)
    assert SID.fullmatch(form["MessageSid"])
    assert form == {
        "ApiVersion": "2010-04-01",
        "AccountSid": ACCOUNT,
        "MessageSid": form["MessageSid"],
        "SmsSid": form["MessageSid"],
        "SmsMessageSid": form["MessageSid"],
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": "1",
        "From": ASHA,
        "To": ABROAD,
        "Body": "Hakuna maji, Ng’ombe",
        **{f"From{part}": "" for part in ("City", "State", "Zip")},
        **{f"To{part}": "" for part in ("City", "State", "Zip")},
        "FromCountry": "TZ",
        "ToCountry": "US",
    }
    assert phone["sms"] == []


@pytest.mark.parametrize(
    ("to", "hook"),
    [
        pytest.param("+1 500 555 0006", "twilio/sms", id="abroad"),
        pytest.param("0015005550006", "twilio/sms", id="abroad, dialled"),
        pytest.param("+255262160240", "sms", id="Tanzania"),
        pytest.param("0262160240", "sms", id="Tanzania, dialled"),
        pytest.param("15001", "sms", id="a short code"),
    ],
)
def test_numbers_abroad_are_twilios_and_all_else_is_not(net: Net, to: str, hook: str) -> None:
    net.post(f"/network/phones/{ASHA}/sms", {"to": to, "text": "Habari"})
    until(lambda: net.service.heard)
    assert [heard.name for heard in net.service.heard] == [hook]


def test_a_text_is_sent_again_until_the_service_takes_it(net: Net) -> None:
    net.faults(hook_repeat_s=0.01)
    statuses = iter([503, 302, 204])
    net.service.status = lambda form: next(statuses)
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "Hakuna maji"})

    one, two, three = net.service.forms("twilio/sms", 3)
    assert one == two == three
    assert len({hook.headers["I-Twilio-Idempotency-Token"] for hook in net.service.heard}) == 1
    until(lambda: net.get(f"/handset/state?phone={ASHA}")["phones"][0]["sent"][0]["taken"])


@pytest.mark.parametrize(
    ("twiml", "texts"),
    [
        pytest.param("<Response><Message>Asante</Message></Response>", ["Asante"], id="one"),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-8"?><Response><Message><Body>A &amp; B</Body>'
            "</Message><Message>Pili</Message></Response>",
            ["A & B", "Pili"],
            id="two",
        ),
    ],
)
def test_a_reply_in_the_answer_goes_back_to_the_phone(
    net: Net, twiml: str, texts: list[str]
) -> None:
    net.service.twiml = lambda form: twiml
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "HALI"})

    until(lambda: len(net.inbox(ASHA)) == len(texts))
    assert net.inbox(ASHA) == texts
    phone = net.get(f"/handset/state?phone={ASHA}")["phones"][0]
    assert {sms["from"] for sms in phone["sms"]} == {ABROAD}
    assert phone["sent"][0]["to"] == ABROAD
    assert [each["text"] for each in net.get("/network/sent")] == texts


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("", id="nothing"),
        pytest.param("Asante", id="no XML"),
        pytest.param("<Response><Message>Asante</Response>", id="broken XML"),
        pytest.param("<Reply><Message>Asante</Message></Reply>", id="other XML"),
        pytest.param("<Response><Message/></Response>", id="an empty message"),
    ],
)
def test_an_answer_without_words_is_taken_and_brings_nothing(net: Net, answer: str) -> None:
    assert wire.replies(answer.encode()) == []
    net.service.twiml = lambda form: answer
    net.post(f"/network/phones/{ASHA}/sms", {"to": ABROAD, "text": "HALI"})
    until(lambda: net.get(f"/handset/state?phone={ASHA}")["phones"][0]["sent"][0]["taken"])
    assert net.inbox(ASHA) == []
