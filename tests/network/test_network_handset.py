"""The handset page: what it holds and what it asks for."""

import re

import pytest
from network_client import ASHA, JUMA, Net

ROLES = [
    *("screen", "code", "dial", "answer", "send", "cancel", "status"),
    *("sms-list", "sms-to", "sms-text", "sms-send", "sms-tab", "ussd-tab"),
    *("call-tab", "pick-up", "clips", "call-status", "mute", "record", "file", "tone"),
]


def test_three_phones_are_shown_at_first(net: Net) -> None:
    page = net.ask("GET", "/handset/").text
    numbers = re.findall(r'data-phone="([^"]+)"', page)
    assert numbers == [ASHA, JUMA, "+255712000003"]
    assert "0712 000 001" in page and '<html lang="sw">' in page


def test_the_address_says_which_phones_there_are(net: Net) -> None:
    query = "simu=0754000009:Bi%20Rehema&simu=0712000001&simu=abc:X&simu=%2B255712000001:Asha"
    page = net.ask("GET", f"/handset/?{query}").text
    assert re.findall(r'data-phone="([^"]+)" data-name="([^"]+)"', page) == [
        ("+255754000009", "Bi Rehema"),
        (ASHA, "Simu"),
    ]


def test_names_in_the_address_cannot_write_into_the_page(net: Net) -> None:
    page = net.ask("GET", "/handset/?simu=0712000001:<script>").text
    assert ":<script>" not in page and 'data-name="&lt;script&gt;"' in page


@pytest.mark.parametrize("role", ROLES)
def test_each_phone_has_every_part_that_tests_rely_on(net: Net, role: str) -> None:
    assert net.ask("GET", "/handset/").text.count(f'data-role="{role}"') == 3


def test_the_page_weighs_little_and_comes_from_here_alone(net: Net) -> None:
    page = net.ask("GET", "/handset/").text
    parts = re.findall(r'(?:href|src)="(/handset/static/[^"]+)"', page)
    assert len(parts) == 4
    everything = page + "".join(net.ask("GET", part).text for part in parts)
    assert len(everything.encode()) < 100_000
    assert set(re.findall(r"https?://[^\s\"')]+", everything)) <= {"http://www.w3.org/2000/svg"}


def test_the_state_holds_what_the_page_shows(net: Net) -> None:
    net.messages(message="Habari")
    net.dial(ASHA, "*149*50#")
    net.cancel(ASHA)
    state = net.get(f"/handset/state?phone={ASHA}")
    phone = state["phones"][0]
    assert (phone["ended"], phone["received"], phone["waiting"]) == ("Incomplete", 1, False)
    assert state["counts"] == {"accepted": 1, "delivered": 1}
    assert state["faults"]["down"] is False
