"""The network's own API: what it refuses, and who may use it."""

from typing import Any

import pytest
from flask import Flask
from network_client import ASHA, ENVIRONMENT, Net

from callcentre import config, network

JSON = {"Content-Type": "application/json"}
PHONE = f"/network/phones/{ASHA}"


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        pytest.param("/network/phones/15001/dial", b'{"code":"*1#"}', "'15001'", id="a short code"),
        pytest.param("/network/phones/abc/cancel", b"{}", "'abc'", id="no number"),
        pytest.param(f"{PHONE}/dial", b'{"code":"149"}', "'149'", id="no code"),
        pytest.param(f"{PHONE}/dial", b"{}", "'code'", id="nothing to dial"),
        pytest.param(f"{PHONE}/dial", b'{"code":149}', "'code'", id="a number for a code"),
        pytest.param(f"{PHONE}/dial", b'["*149*50#"]', "JSON object", id="a list"),
        pytest.param(f"{PHONE}/dial", b"{", "JSON object", id="broken JSON"),
        pytest.param(f"{PHONE}/dial", b'{"code":"\xff"}', "JSON object", id="not UTF-8"),
        pytest.param(f"{PHONE}/type", b'{"text":"1"}', "dial a code first", id="no session"),
        pytest.param(f"{PHONE}/sms", b'{"to":"15001"}', "'text'", id="nothing to send"),
        pytest.param(f"{PHONE}/sms", b'{"to":"MOROGORO","text":"a"}', "'MOROGORO'", id="a name"),
        pytest.param(
            f"{PHONE}/sms", b'{"to":"15001","text":"\\ud83d"}', "half a character", id="half"
        ),
        pytest.param("/network/faults", b"[]", "JSON object", id="faults as a list"),
    ],
)
def test_bad_input_is_refused_in_one_clear_line(
    net: Net, path: str, body: bytes, wrong: str
) -> None:
    answer = net.ask("POST", path, data=body, headers=JSON)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert wrong in answer.json()["error"] and "\n" not in answer.json()["error"]
    assert net.service.heard == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PHONE}/type", {"text": "a" * 1001}),
        (f"{PHONE}/sms", {"to": "15001", "text": "a" * 1601}),
    ],
)
def test_a_text_that_is_too_long_is_refused(net: Net, path: str, body: dict[str, Any]) -> None:
    net.dial(ASHA, "*149*50#")
    assert "at most" in net.ask("POST", path, json=body).json()["error"]


def test_a_form_is_refused_so_that_no_other_site_can_send_it(net: Net) -> None:
    answer = net.ask("POST", f"{PHONE}/dial", data={"code": "*149*50#"})
    assert answer.status_code == 400 and "application/json" in answer.json()["error"]


def test_cancelling_needs_no_body(net: Net) -> None:
    assert net.ask("POST", f"{PHONE}/cancel").status_code == 200


@pytest.mark.parametrize("written", ["+255712000001", "0712000001", "255712000001", "0712 000 001"])
def test_a_number_may_be_written_in_any_usual_way(net: Net, written: str) -> None:
    assert net.get(f"/network/phones/{written}")["number"] == ASHA


def test_an_unused_phone_is_idle(net: Net) -> None:
    assert net.get(PHONE) == {
        "number": ASHA,
        "sms": [],
        "screen": "",
        "session": None,
        "call": None,
    }


def test_a_huge_body_is_refused(net: Net) -> None:
    answer = net.ask("POST", f"{PHONE}/sms", json={"to": "15001", "text": "a" * 300_000})
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    ("local_network", "client", "status"),
    [
        pytest.param("1", "192.0.2.7", 200, id="local network, any client"),
        pytest.param("", "127.0.0.1", 200, id="this machine"),
        pytest.param("", "::1", 200, id="this machine, IPv6"),
        pytest.param("", "192.0.2.7", 403, id="another machine"),
    ],
)
@pytest.mark.parametrize("path", [PHONE, "/network/faults", "/network/sent", "/handset/"])
def test_only_this_machine_may_use_it_unless_the_local_network_is_on(
    local_network: str, client: str, status: int, path: str
) -> None:
    app = Flask(__name__)
    settings = {"PUBLIC_URL": "http://localhost", "LOCAL_NETWORK": local_network}
    app.register_blueprint(network.blueprint(config.read(ENVIRONMENT | settings)))
    answer = app.test_client().get(path, environ_base={"REMOTE_ADDR": client})
    assert answer.status_code == status
