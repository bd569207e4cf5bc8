"""USSD on the local network: what goes to the service, and what the phone shows."""

import threading

import pytest
from network_client import ASHA, JUMA, SECRET, Net, until

from callcentre.network.refusals import Refused
from callcentre.network.ussd import OPERATOR_ERROR, split


def test_dialling_sends_the_five_fields_and_shows_the_first_screen(net: Net) -> None:
    net.service.ussd = lambda form: "CON Karibu\n1. Toa lalamiko"

    phone = net.dial("0712000001", "*149*50#")

    hook = net.service.hooks("ussd")[0]
    session = hook.form.pop("sessionId")
    assert session.startswith("ATUid_") and len(session) == 38
    assert hook.form == {
        "phoneNumber": ASHA,
        "networkCode": "64004",
        "serviceCode": "*149*50#",
        "text": "",
    }
    assert hook.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert phone == {
        "number": ASHA,
        "sms": [],
        "screen": "Karibu\n1. Toa lalamiko",
        "session": {
            "id": session,
            "code": "*149*50#",
            "active": True,
            "transcript": [{"typed": "*149*50#", "shown": "Karibu\n1. Toa lalamiko"}],
        },
        "call": None,
    }


def test_all_inputs_of_a_session_are_joined_by_stars(net: Net) -> None:
    net.dial(ASHA, "*149*50#")
    net.type(ASHA, "1")
    net.type(ASHA, "Maji 5*6 & \u20ac+")

    texts = [hook.form["text"] for hook in net.service.hooks("ussd")]
    assert texts == ["", "1", "1*Maji 5*6 & \u20ac+"]
    assert len({hook.form["sessionId"] for hook in net.service.hooks("ussd")}) == 1


@pytest.mark.parametrize(
    ("dialled", "code", "keys"),
    [
        pytest.param("*149*50#", "*149*50#", "", id="a code"),
        pytest.param("*149*50*2*2600123454#", "*149*50#", "2*2600123454", id="a deep dial"),
        pytest.param("*149*50*1#", "*149*50#", "1", id="one key"),
        pytest.param("*149#", "*149#", "", id="a short code"),
        pytest.param(" *149*50# ", "*149*50#", "", id="with spaces"),
    ],
)
def test_a_dialled_code_is_two_groups_and_then_keys(dialled: str, code: str, keys: str) -> None:
    assert split(dialled) == (code, keys)


@pytest.mark.parametrize("dialled", ["", "#", "149*50#", "*149*50", "*149**50#", "*14a#", "0712"])
def test_what_is_no_ussd_code_is_refused(dialled: str) -> None:
    with pytest.raises(Refused, match="not a USSD code"):
        split(dialled)


def test_a_deep_dial_arrives_as_the_first_text(net: Net) -> None:
    net.dial(ASHA, "*149*50*2*2600123454#")
    net.type(ASHA, "1")

    assert [hook.form["text"] for hook in net.service.hooks("ussd")] == [
        "2*2600123454",
        "2*2600123454*1",
    ]


def test_an_end_answer_ends_the_session_and_sends_the_end_event(net: Net) -> None:
    net.dial(ASHA, "*149*50#")
    net.service.ussd = lambda form: ("END Asante", 200, {"at-ussd-hop-metadata": "sw.14"})
    phone = net.type(ASHA, "1")

    assert phone["screen"] == "Asante"
    assert phone["session"]["active"] is False
    event = net.service.forms("ussd/ended", 1)[0]
    assert int(event.pop("durationInMillis")) >= 0
    assert len(event.pop("date")) == len("2026-11-24 06:25:32")
    assert event == {
        "sessionId": phone["session"]["id"],
        "serviceCode": "*149*50#",
        "networkCode": "64004",
        "phoneNumber": ASHA,
        "status": "Success",
        "cost": "TZS 0.00",
        "hopsCount": "2",
        "hopsMetadata": "sw.14",
        "input": "1",
        "lastAppResponse": "END Asante",
    }


def test_hop_metadata_comes_back_with_the_next_hop_and_joined_at_the_end(net: Net) -> None:
    answers = iter([("CON a", "sw.14"), ("CON b", "sw.15"), ("CON c", None), ("END d", "sw.16")])

    def answer(form: dict[str, str]) -> tuple[str, int, dict[str, str]]:
        text, metadata = next(answers)
        return text, 200, {"at-ussd-hop-metadata": metadata} if metadata else {}

    net.service.ussd = answer
    net.dial(ASHA, "*149*50#")
    for key in "123":
        net.type(ASHA, key)

    echoes = [hook.headers.get("At-Ussd-Hop-Metadata") for hook in net.service.hooks("ussd")]
    assert echoes == [None, "sw.14", "sw.15", None]
    assert net.service.forms("ussd/ended", 1)[0]["hopsMetadata"] == "sw.14|sw.15|sw.16"


@pytest.mark.parametrize("metadata", ["x" * 100, "a|b"])
def test_hop_metadata_outside_the_limits_is_not_kept(net: Net, metadata: str) -> None:
    net.service.ussd = lambda form: ("CON a", 200, {"at-ussd-hop-metadata": metadata})
    net.dial(ASHA, "*149*50#")
    net.type(ASHA, "1")

    assert "At-Ussd-Hop-Metadata" not in net.service.hooks("ussd")[1].headers


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("", id="an empty body"),
        pytest.param("Karibu", id="no prefix"),
        pytest.param(" CON Karibu", id="a leading space"),
        pytest.param("\ufeffCON Karibu", id="a byte order mark"),
        pytest.param("con Karibu", id="small letters"),
        pytest.param('"CON Karibu"', id="JSON"),
        pytest.param("CONKaribu", id="no space"),
        pytest.param(("CON Karibu", 500), id="a server error"),
        pytest.param(("CON Karibu", 404), id="not found"),
        pytest.param(("CON Karibu", 201), id="another success"),
        pytest.param(("", 302, {"Location": "/elsewhere"}), id="a redirection"),
    ],
)
def test_an_unusable_answer_shows_the_operators_error_and_fails_the_session(
    net: Net, answer: object
) -> None:
    net.service.ussd = lambda form: answer

    phone = net.dial(ASHA, "*149*50#")

    assert phone["screen"] == OPERATOR_ERROR
    assert phone["session"]["active"] is False
    event = net.service.forms("ussd/ended", 1)[0]
    assert event["status"] == "Failed"
    assert event["errorMessage"]


def test_cancelling_ends_the_session_incomplete_and_clears_the_screen(net: Net) -> None:
    net.dial(ASHA, "*149*50#")
    phone = net.cancel(ASHA)

    assert (phone["screen"], phone["session"]["active"]) == ("", False)
    event = net.service.forms("ussd/ended", 1)[0]
    assert (event["status"], event["hopsCount"]) == ("Incomplete", "1")
    assert "errorMessage" not in event


def test_cancelling_without_a_session_changes_nothing(net: Net) -> None:
    assert net.cancel(ASHA)["session"] is None


def test_dialling_again_ends_the_open_session_first(net: Net) -> None:
    first = net.dial(ASHA, "*149*50#")["session"]["id"]
    second = net.dial(ASHA, "*149*51#")["session"]["id"]

    assert first != second
    event = net.service.forms("ussd/ended", 1)[0]
    assert (event["sessionId"], event["status"]) == (first, "Incomplete")


def test_two_phones_have_sessions_of_their_own(net: Net) -> None:
    net.dial(ASHA, "*149*50#")
    net.dial(JUMA, "*149*51#")
    net.type(ASHA, "1")

    assert net.service.hooks("ussd")[2].form["serviceCode"] == "*149*50#"
    assert net.get(f"/network/phones/{JUMA}")["session"]["code"] == "*149*51#"


def test_an_answer_that_comes_after_cancelling_is_not_shown(net: Net) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(form: dict[str, str]) -> str:
        asked.set()
        go_on.wait(5)
        return "CON Umechelewa"

    net.service.ussd = slow
    dialling = threading.Thread(target=net.dial, args=(ASHA, "*149*50#"))
    dialling.start()
    assert asked.wait(5)
    busy = net.ask("POST", f"/network/phones/{ASHA}/type", json={"text": "1"})
    net.cancel(ASHA)
    go_on.set()
    dialling.join()

    assert busy.status_code == 400 and "still waiting" in busy.json()["error"]
    assert net.get(f"/network/phones/{ASHA}")["screen"] == ""


def test_only_so_many_may_dial_at_once_so_that_the_service_keeps_threads(net: Net) -> None:
    go_on = threading.Event()

    def slow(form: dict[str, str]) -> str:
        go_on.wait(5)
        return "END Asante"

    def dial(index: int) -> None:
        body = {"code": "*149*50#"}
        path = f"/network/phones/+2557120001{index:02}/dial"
        statuses.append(net.ask("POST", path, json=body).status_code)

    net.service.ussd = slow
    statuses: list[int] = []
    callers = [threading.Thread(target=dial, args=(index,)) for index in range(12)]
    for caller in callers:
        caller.start()
    until(lambda: statuses.count(503) == 4)
    assert len(net.service.hooks("ussd")) == 4
    go_on.set()
    for caller in callers:
        caller.join()

    assert sorted(statuses) == [200] * 8 + [503] * 4


def test_the_hooks_are_called_with_the_current_secret(net: Net) -> None:
    assert SECRET == "sesame"  # the first of two; the service of these tests has only that path
    assert net.dial(ASHA, "*149*50#")["screen"] == "Karibu"
