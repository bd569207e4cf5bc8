"""The staff door on a call, and answers that an officer spoke; on both providers' wires."""

from urllib.parse import urlsplit

import pytest
from conversations.phone import (
    ASHA,
    NOW,
    TO_THE_WORDS,
    Phone,
    dump,
    everything,
    kept_by,
    secrets_kept,
    the_ticket,
)
from ivr.caller import WIRES, Caller
from werkzeug.test import Client

from callcentre import audit, clock, db, people, vault
from callcentre.calls.model import RecordingRow
from callcentre.outbox import Message
from callcentre.tickets.model import Task, Ticket

KILOSA = "*149*53#"
OFFICER, PIN = "+255712001002", "258036"
SOUND = b"ID3 sauti"


def make_post(role: str = "complaints", unit: str | None = None) -> people.Post:
    entry = people.Entry(
        institution="kilosa",
        role=role,
        unit=unit,
        name="Neema Paulo",
        title="Afisa",
        number=OFFICER,
    )
    with db.session() as session:
        post = people.put(session, entry, NOW, by="test").post
        people.set_pin(session, post, PIN, NOW, by="test")
    return post


@pytest.fixture(params=WIRES)
def officer(request: pytest.FixtureRequest, client: Client) -> Caller:
    """The complaints officer of Kilosa, whose telephone this is."""
    make_post()
    return Caller(client, request.param, number=OFFICER)


@pytest.fixture
def spoken(client: Client, officer: Caller) -> Ticket:
    """A complaint of Asha's at Kilosa that lies there as a recording."""
    asha = Caller(client, officer.wire, number=ASHA)
    asha.call()
    asha.press("1")
    asha.wait()
    asha.say()
    asha.hang_up()
    _brought()
    return the_ticket()


def _brought() -> None:
    with db.session() as session:
        for row in session.query(RecordingRow).filter(RecordingRow.sound.is_(None)):
            row.sound, row.fetched_at = vault.seal_bytes(SOUND), NOW


def enter(officer: Caller) -> list[str]:
    officer.call()
    officer.press("1")
    return officer.press(PIN + "#")


def to_the_ticket(officer: Caller) -> list[str]:
    enter(officer)
    return officer.press("3")


def test_who_calls_from_a_post_is_asked_first_whether_he_is_at_work(officer: Caller) -> None:
    assert officer.call() == ["sw/staff_ask"]


def test_a_post_that_presses_nothing_calls_as_a_citizen(officer: Caller) -> None:
    officer.call()
    assert "sw/main.1" in officer.wait()


def test_a_citizen_is_asked_nothing_of_the_kind(client: Client, officer: Caller) -> None:
    assert "sw/main.1" in Caller(client, officer.wire, number=ASHA).call()


def test_the_menu_says_how_much_waits(officer: Caller, spoken: Ticket) -> None:
    enter(officer)
    said = " ".join(officer.said)
    assert said.startswith("Yaliyochelewa ni sifuri bonyeza moja.")
    assert "Yote ni moja bonyeza tatu." in said


def test_no_pin_stays_anywhere(officer: Caller) -> None:
    officer.call()
    officer.press("1")
    assert "sw/staff_pin_wrong" in officer.press("147258#")
    assert "sw/staff_overdue.1" in officer.press(PIN + "#")
    officer.hang_up()
    for secret in (PIN, "147258"):
        assert secret not in dump()
        assert not [one for one in secrets_kept() if secret in one]


def test_three_wrong_pins_end_the_call(officer: Caller) -> None:
    officer.call()
    officer.press("1")
    for _ in range(3):
        officer.press("147258#")
    assert "sw/staff_locked" in officer.heard
    assert officer.waits == "nothing"


def test_what_was_recorded_is_heard_and_the_look_is_on_record(
    officer: Caller, spoken: Ticket
) -> None:
    to_the_ticket(officer)
    officer.press("1")
    [url] = [one for one in officer.heard if "/recorded/" in one]
    with clock.at(NOW):
        answer = officer.client.get(urlsplit(url).path)
    assert (answer.data, answer.cache_control.no_store) == (SOUND, True)
    kinds = [one.kind for one in everything(audit.Event) if one.ticket_id == spoken.id]
    assert {"words_seen", "recording_heard"} <= set(kinds)


def test_the_address_of_a_recording_is_good_for_a_quarter_of_an_hour_and_cannot_be_guessed(
    officer: Caller, spoken: Ticket
) -> None:
    to_the_ticket(officer)
    officer.press("1")
    [url] = [one for one in officer.heard if "/recorded/" in one]
    path = urlsplit(url).path
    number = path.rpartition("/")[2].partition("-")[0]
    with clock.at(NOW):
        assert (
            officer.client.get(path.replace(f"/{number}-", f"/{int(number) + 1}-")).status_code
            == 404
        )
        assert (
            officer.client.get(path[:-5] + ("0" if path[-5] != "0" else "1") + ".mp3").status_code
            == 404
        )
    with clock.at(NOW.replace(hour=NOW.hour + 1)):
        assert officer.client.get(path).status_code == 404


def test_what_was_written_is_said_to_be_so(client: Client, officer: Caller) -> None:
    Phone(client).dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki Buguruni", "1", "3", "1234", "9")
    to_the_ticket(officer)
    assert "sw/staff_written" in officer.press("1")


def answer_aloud(officer: Caller) -> None:
    to_the_ticket(officer)
    officer.press("2")
    assert officer.waits == "recording"
    officer.say()


def test_an_answer_that_was_spoken_is_told_by_sms_and_heard_by_the_citizen(
    client: Client, officer: Caller, spoken: Ticket
) -> None:
    answer_aloud(officer)
    assert "sw/staff_saved" in officer.heard
    officer.hang_up()
    assert the_ticket().status == "answered"
    _brought()
    asha = Caller(client, officer.wire, number=ASHA)
    asha.call()
    asha.press("2")
    assert any(name.startswith("sw/status_hear") for name in asha.heard)


def test_who_confirmed_his_number_hears_the_officer_himself(
    client: Client, officer: Caller
) -> None:
    Phone(client).dial(KILOSA, *TO_THE_WORDS, "Maji hayatoki Buguruni", "1", "3", "1234", "9")
    answer_aloud(officer)
    officer.hang_up()
    _brought()
    texts = [one.text for one in everything(Message)]
    assert any("yamerekodiwa kwa sauti: piga 0232623093" in text for text in texts)
    asha = Caller(client, officer.wire, number=ASHA)
    asha.call()
    asha.press("2")
    asha.press("4")
    assert [one for one in asha.heard if "/recorded/" in one]
    assert kept_by("answer") == "read"


def test_an_officer_who_hangs_up_after_his_answer_has_given_it(
    officer: Caller, spoken: Ticket
) -> None:
    to_the_ticket(officer)
    officer.press("2")
    officer.hang_up(said=9)
    assert the_ticket().status == "answered"
    assert len(everything(Ticket)) == 1


def test_an_officer_who_hangs_up_before_he_answers_is_not_called_back(
    officer: Caller, spoken: Ticket
) -> None:
    before = len(everything(Task))
    to_the_ticket(officer)
    officer.press("2")
    officer.hang_up()
    assert len(everything(Task)) == before
    assert the_ticket().status != "answered"


def test_a_ticket_is_taken(officer: Caller, spoken: Ticket) -> None:
    to_the_ticket(officer)
    assert "sw/staff_saved" in officer.press("3")
    assert the_ticket().status == "assigned"


def test_who_is_away_says_so_and_comes_back(officer: Caller) -> None:
    enter(officer)
    officer.press("6")
    officer.press("2")
    assert "sw/staff_returned" in officer.heard
    officer.press("6")
    assert "sw/staff_away" in officer.heard


def test_a_request_made_twice_answers_once(officer: Caller, spoken: Ticket) -> None:
    answer_aloud(officer)
    officer.again()
    answers = [one for one in everything(audit.Event) if one.kind == "answered"]
    assert len(answers) == 1
