"""The handset page in a real browser, as a person uses it."""

import shutil
from collections.abc import Iterator

import pytest
from network_client import ABROAD, ASHA, Net, until
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
def test_a_person_dials_answers_and_texts_in_the_browser(net: Net, page: Page) -> None:
    net.service.ussd = lambda form: "END Asante" if form["text"] else "CON Karibu\n1. Toa lalamiko"
    page.goto(f"{net.address}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')

    phone.locator('[data-role="code"]').fill("*149*50#")
    phone.locator('[data-role="dial"]').click()
    expect(phone.locator('[data-role="screen"]')).to_have_text("Karibu\n1. Toa lalamiko")
    phone.locator('[data-key="1"]').click()
    phone.locator('[data-role="send"]').click()
    expect(phone.locator('[data-role="screen"]')).to_have_text("Asante")
    expect(phone.locator('[data-role="status"]')).to_have_text("Kikao kimeisha")

    net.messages(message="Limepokelewa")
    expect(phone.locator('[data-role="badge"]')).to_have_text("1")
    phone.locator('[data-role="sms-tab"]').click()
    expect(phone.locator('[data-role="sms-list"]')).to_contain_text("Limepokelewa")
    phone.locator('[data-role="sms-text"]').fill("HALI")
    phone.locator('[data-role="sms-send"]').click()
    assert net.service.forms("sms", 1)[0]["text"] == "HALI"

    page.locator('[data-fault="down"]').check()
    until(lambda: net.get("/network/faults")["down"])
    expect(page.locator('[data-role="health"]')).to_have_text("Hitilafu 1")


@pytest.mark.browser
def test_a_person_texts_a_number_abroad_and_sees_its_replies(net: Net, page: Page) -> None:
    net.service.twiml = lambda form: f"<Response><Message>{form['Body']}?</Message></Response>"
    page.goto(f"{net.address}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')

    phone.locator('[data-role="sms-tab"]').click()
    phone.locator('[data-role="sms-to"]').fill(ABROAD)
    phone.locator('[data-role="sms-text"]').fill("HALI")
    phone.locator('[data-role="sms-send"]').click()
    talk = phone.locator('[data-role="sms-list"]')
    expect(talk.locator(".mine")).to_contain_text(f"Kwenda {ABROAD}")
    expect(talk.locator(".mine")).to_contain_text("✓")
    expect(talk.locator(".theirs .words")).to_have_text("HALI?")

    net.twilio_messages(Body="Limepokelewa")
    expect(talk.locator(".theirs .from").last).to_contain_text(ABROAD)
    expect(talk.locator(".theirs .words").last).to_have_text("Limepokelewa")
