"""The handset page in a real browser, as a person uses it."""

import shutil
from collections.abc import Iterator

import pytest
from network_client import ABROAD, ASHA, JUMA, LINE, Net, until
from playwright.sync_api import Page, expect, sync_playwright

from callcentre.network.audio import tone

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
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


def scripted(net: Net) -> None:
    """A small service: a menu, a recording of one sentence, and thanks."""
    net.service.steps = {
        "": '<GetDigits numDigits="1" callbackUrl="?step=one"><Play url="{clip}/menu-1.mp3"/>'
        "</GetDigits>",
        "one": '<Play url="{clip}/eleza-1.mp3"/><Record finishOnKey="#" callbackUrl="?step=end"/>',
        "end": '<Play url="{clip}/asante-1.mp3"/>',
    }


@pytest.mark.browser
def test_a_person_calls_hears_the_clips_speaks_and_is_heard(net: Net, page: Page) -> None:
    scripted(net)
    page.goto(f"{net.address}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')
    clips, status = phone.locator('[data-role="clips"]'), phone.locator('[data-role="call-status"]')

    phone.locator('[data-role="code"]').fill("0262160240")
    phone.locator('[data-role="dial"]').click()
    expect(phone.locator('[data-role="call-with"]')).to_have_text(LINE)
    expect(clips.locator("li")).to_have_text(["menu-1.mp3 sek 1.0"])
    expect(clips.locator("[aria-current]")).to_have_text("menu-1.mp3 sek 1.0")
    expect(status).to_have_text("Bonyeza kitufe")
    assert page.evaluate("document.querySelector('[data-role=audio]').currentTime") > 0.5
    phone.locator('[data-key="1"]').click()
    expect(status).to_have_text("Sema sasa; # ukimaliza")

    phone.locator('[data-role="record"]').click()
    expect(phone.locator('[data-role="record"]')).to_have_attribute("aria-pressed", "true")
    phone.locator('[data-role="record"]').click()
    expect(phone.locator('[data-role="record"]')).to_have_attribute("aria-pressed", "false")
    phone.locator('[data-role="file"]').set_input_files(
        {"name": "sauti.mp3", "mimeType": "audio/mpeg", "buffer": tone(2).content}
    )
    phone.locator('[data-role="tone"]').click()
    phone.locator('[data-role="clips"]').press("#")

    expect(clips.locator("li")).to_have_count(3)
    expect(status).to_have_text("Simu imekatika")
    call = net.calls()[0]
    assert [each["url"].rpartition("/")[2] for each in call["played"]] == [
        "menu-1.mp3",
        "eleza-1.mp3",
        "asante-1.mp3",
    ]
    assert call["recordings"][0]["seconds"] > tone(2).seconds + tone(3).seconds


@pytest.mark.browser
def test_two_phones_ring_and_talk(net: Net, page: Page) -> None:
    net.service.steps = {"": f'<Dial phoneNumbers="{JUMA}"/>'}
    page.goto(f"{net.address}/handset/")
    caller, agent = (page.locator(f'[data-phone="{each}"]') for each in (ASHA, JUMA))
    caller.locator('[data-role="code"]').fill("0262160240")
    caller.locator('[data-role="dial"]').click()

    expect(agent.locator('[data-role="call-status"]')).to_contain_text("Simu inaita")
    net.service.steps = {}
    agent.locator('[data-role="pick-up"]').click()
    for each in (caller, agent):
        expect(each.locator('[data-role="call-status"]')).to_have_text("Mmeunganishwa")
    agent.locator('[data-role="cancel"]').click()
    for each in (caller, agent):
        expect(each.locator('[data-role="call-status"]')).to_have_text("Simu imekatika")


@pytest.mark.browser
def test_silence_lasts_as_long_as_the_service_said(net: Net, page: Page) -> None:
    scripted(net)
    net.service.steps[""] = net.service.steps[""].replace("numDigits", 'timeout="1" numDigits')
    page.goto(f"{net.address}/handset/")
    phone = page.locator(f'[data-phone="{ASHA}"]')
    phone.locator('[data-role="code"]').fill("0262160240")
    phone.locator('[data-role="dial"]').click()
    expect(phone.locator('[data-role="call-status"]')).to_have_text("Simu imekatika")
    assert net.calls()[0]["keys"] == ""
