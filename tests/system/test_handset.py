"""A person complains on the handset page, in a real browser, on a screen and by voice."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Locator, Page, expect, sync_playwright
from system_under_test import System, until
from test_whole_calls import names, recorded

pytestmark = [pytest.mark.browser, pytest.mark.processes]

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
ASHA = "+255712000001"


@pytest.fixture
def page() -> Iterator[Page]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "no Chromium: scripts/test installs one, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def answer(phone: Locator, text: str, then: str) -> None:
    """Type an answer, send it, and wait for what the next screen says."""
    phone.locator('[data-role="answer"]').fill(text)
    phone.locator('[data-role="send"]').click()
    expect(phone.locator('[data-role="screen"]')).to_contain_text(then, timeout=20_000)


def test_a_complaint_is_made_on_the_handset_page(
    system: System, page: Page, tmp_path: Path
) -> None:
    system.faults()
    page.goto(f"{system.url}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')
    phone.locator('[data-role="code"]').fill("*149*50#")
    phone.locator('[data-role="dial"]').click()
    expect(phone.locator('[data-role="screen"]')).to_contain_text("1. Toa kero au lalamiko")
    page.screenshot(path=tmp_path / "1-menu.png")
    answer(phone, "1", "Unalalamikia ofisi gani?")
    answer(phone, "2", "Linahusu nini?")
    answer(phone, "1", "Taarifa zako ni siri")
    answer(phone, "1", "Eleza: nini, wapi, lini")
    answer(phone, "Kisima cha Buguruni kimeharibika tangu Juni", "Limepokelewa, Na.")
    page.screenshot(path=tmp_path / "2-received.png")
    answer(phone, "1", "Unaweza kuongeza")
    answer(phone, "9", "Asante. Lalamiko lako Na.")
    expect(phone.locator('[data-role="status"]')).to_have_text("Kikao kimeisha")
    expect(phone.locator('[data-role="badge"]')).to_have_text("1", timeout=20_000)
    phone.locator('[data-role="sms-tab"]').click()
    inbox = phone.locator('[data-role="sms-list"]')
    expect(inbox).to_contain_text("tumepokea lalamiko lako Na.")
    page.screenshot(path=tmp_path / "3-acknowledged.png")
    ref = re.search(r"\d\d-\d{8}", inbox.inner_text())
    assert ref
    ticket = system.ticket(ref[0])
    assert ticket["institution"] == "sengerema"
    assert ticket["status"] == "acknowledged"


def test_the_front_page_says_what_to_dial(system: System, page: Page, tmp_path: Path) -> None:
    page.goto(system.url)
    expect(page.locator("main")).to_contain_text("*149*52#")
    assert page.locator("html").get_attribute("lang") == "sw"
    page.screenshot(path=tmp_path / "front.png", full_page=True)


@pytest.mark.parametrize(
    ("wire", "number"), [("africastalking", "0262160240"), ("twilio", "+15005550006")]
)
def test_a_call_is_made_on_the_handset_page(
    system: System, page: Page, tmp_path: Path, wire: str, number: str
) -> None:
    """With silence alone, which leads to the tone whether the office is open or not."""
    system.faults()
    page.set_default_timeout(90_000)
    page.goto(f"{system.url}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')
    before = len(system.sms(ASHA))
    phone.locator('[data-role="code"]').fill(number)
    phone.locator('[data-role="dial"]').click()
    status = phone.locator('[data-role="call-status"]')
    expect(status).to_have_text("Sema sasa; # ukimaliza", timeout=150_000)
    page.screenshot(path=tmp_path / "1-tone.png")
    phone.locator('[data-role="tone"]').click()
    phone.locator('[data-role="cancel"]').click()
    expect(status).to_have_text("Simu imekatika")

    until(lambda: len(system.sms(ASHA)) > before, "an SMS")
    ref = re.search(r"\d\d-\d{8}", system.sms(ASHA)[-1]["text"])
    assert ref
    ticket = system.ticket(ref[0])
    assert (ticket["channel"], ticket["words"]) == ("voice", "")
    [*_, call] = requests.get(f"{system.url}/network/calls?phone={ASHA}", timeout=10).json()
    heard = names(call)
    assert (call["provider"], heard[-1]) == (wire, "sw/record")
    assert recorded(system, ref[0])["bytes"] == call["recordings"][0]["bytes"]
