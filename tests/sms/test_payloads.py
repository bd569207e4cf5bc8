"""Sample USSD requests and answers of Africa's Talking, each with what it must mean here."""

from pathlib import Path
from typing import Any

import pytest
from conversations.payloads import NOW, ROAMER, ROWS, add_the_lines_of_the_rows, form, play
from conversations.phone import (
    AGAIN,
    KILOSA,
    Phone,
    bring,
    everything,
    number_of,
    take_away_the_database,
    the_ticket,
)
from werkzeug.test import Client

from callcentre.conversations.model import Conversation
from callcentre.network.africastalking import wire
from callcentre.outbox import Message
from callcentre.phrases import gsm
from callcentre.sms.providers import africastalking


@pytest.fixture
def client(client: Client) -> Client:
    add_the_lines_of_the_rows()
    return client


def hop(client: Client, name: str, transcript: str) -> str:
    """Another hop of the row's session."""
    return bring(client, "ussd", form(name) | {"text": transcript}, at=NOW).text


def transcript(name: str) -> str:
    return africastalking.parse_ussd(form(name)).transcript


class Body:
    """An answer as the network reads it."""

    def __init__(self, content: bytes, status_code: int) -> None:
        self.content, self.status_code = content, status_code
        self.headers: dict[str, str] = {}


def is_shown(content: bytes, status: int) -> bool:
    """Whether the network shows this answer, by the rule of its own stand-in."""
    return wire.read_ussd(Body(content, status)).error is None


def is_asked_again(answer: str, asked: str) -> bool:
    return answer.startswith(AGAIN) and answer.endswith(asked.removeprefix("CON "))


def test_every_row_is_tested() -> None:
    files = Path(__file__).parents[1].rglob("test_*.py")
    tests = "".join(file.read_text("utf-8") for file in files)
    names = [name for name, row in ROWS.items() if row["kind"] != "ussd_response"]
    assert [name for name in names if f'"{name}"' not in tests] == []


def test_later_turn_only_the_new_key_is_new(client: Client) -> None:
    before = hop(client, "at-ussd-later-turn", "1*1")
    answer = play(client, "at-ussd-later-turn")

    assert transcript("at-ussd-later-turn").split("*")[-1] == "2"
    assert before.startswith("CON Taarifa zako ni siri")
    assert answer.text.startswith("CON Eleza: nini, wapi, lini")  # what "2" leads to from there


def test_reserved_chars_are_decoded_once(client: Client) -> None:
    assert transcript("at-ussd-reserved-chars").split("*")[-1] == "A+B & C=10%"
    assert play(client, "at-ussd-reserved-chars").text.startswith(AGAIN)


def test_empty_last_segment_asks_again(client: Client) -> None:
    asked = hop(client, "at-ussd-empty-last-segment", "1")
    answer = play(client, "at-ussd-empty-last-segment")

    assert transcript("at-ussd-empty-last-segment").split("*") == ["1", ""]
    assert is_asked_again(answer.text, asked)


def test_new_session_same_choice_stands_by_itself(client: Client) -> None:
    play(client, "at-ussd-later-turn")
    answer = play(client, "at-ussd-new-session-same-choice")

    assert answer.text.startswith("CON Linahusu nini?")  # as if the first hop had been lost
    assert play(client, "at-ussd-later-turn").text.startswith("CON Eleza")  # and the other goes on


def test_service_conflict_is_refused_and_logged_once_words_were_said(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    hop(client, "at-ussd-later-turn", "1*1*2*Maji hayatoki")
    answer = play(client, "at-ussd-service-conflict")

    assert answer.text == "END Mazungumzo haya yameisha. Tafadhali piga tena."
    assert "session of another number or code" in caplog.messages


def test_literal_star_in_text_is_one_reply(client: Client) -> None:
    asked = hop(client, "at-ussd-literal-star-in-text", "2")
    answer = play(client, "at-ussd-literal-star-in-text")
    row = transcript("at-ussd-literal-star-in-text")
    after = hop(client, "at-ussd-literal-star-in-text", f"{row}*2600123454")

    assert row == "2*mtaa wa A*B"
    assert asked.startswith("CON Andika namba ya lalamiko")
    assert is_asked_again(answer.text, asked)
    assert after.startswith("CON Andika namba ya siri")  # the next reply begins after the star


def test_literal_star_in_words_is_kept(client: Client) -> None:
    hop(client, "at-ussd-literal-star-in-text", "1*1*1*mtaa wa A*B")
    assert the_ticket().words == "mtaa wa A*B"


def test_deep_dial_walks_the_menu(client: Client) -> None:
    answer = play(client, "at-ussd-deep-dial")
    assert answer.text.startswith("CON Taarifa zako ni siri")  # 1: complain, 3: health


def test_emoji_is_stored_as_utf8_and_answered_in_gsm7(client: Client) -> None:
    said = transcript("at-ussd-emoji").partition("*")[2]
    answers = [
        play(client, "at-ussd-emoji").text,
        hop(client, "at-ussd-emoji", f"1*1*1*{said}"),
    ]

    assert said == "Maji hakuna 😡 Mbagala"
    assert the_ticket().words == said
    assert all(gsm.septets(answer) for answer in answers)


def test_nul_and_control_are_stripped(client: Client) -> None:
    assert play(client, "at-ussd-nul-and-control").text.startswith(AGAIN)
    hop(client, "at-ussd-nul-and-control", "1*1*1*Maji\0 haya\x1btoki")
    assert the_ticket().words == "Maji haya toki"


def test_json_content_type_is_refused_and_begins_no_session(client: Client) -> None:
    answer = play(client, "at-ussd-json-content-type")
    assert answer.status_code == 415
    assert everything(Conversation) == []


def test_foreign_roamer_is_welcome_under_his_own_number(client: Client) -> None:
    assert play(client, "at-ussd-foreign-roamer").text.startswith("CON Karibu")
    hop(client, "at-ussd-foreign-roamer", "1*1*1*Maji hayatoki")
    assert number_of(the_ticket()) == ROAMER


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS.values() if row["kind"] == "ussd_response"],
    ids=lambda row: row["id"],
)
def test_the_network_shows_valid_answers_only(row: dict[str, Any]) -> None:
    assert is_shown(row["body"].encode(), row["status"]) == row["valid"]


def test_every_answer_of_ours_is_a_valid_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone(client)
    phone.dial(KILOSA)
    said = "1*1*1*Maji hayatoki"
    going_on = [phone.hop(keys) for keys in ("1", "1*9", "1*9*7", "1*1*1", said, f"{said}*1")]
    ending = [phone.hop(f"{said}*1*9"), phone.hop(f"{said}*1*9*1")]
    ending += [phone.hop("", serviceCode="*999#"), phone.hop("", phoneNumber="x")]
    take_away_the_database(monkeypatch)
    ending += [phone.hop(""), phone.hop(said)]

    assert all(is_shown(answer.get_data(), answer.status_code) for answer in going_on + ending)
    assert {answer.text[:4] for answer in going_on} == {"CON "}
    assert {answer.text[:4] for answer in ending} == {"END "}
    assert {answer.content_type for answer in going_on + ending} == {"text/plain; charset=utf-8"}


def test_event_success_is_taken_and_changes_nothing_for_a_session_of_keys(client: Client) -> None:
    assert play(client, "at-ussd-event-success").status_code == 200
    assert everything(Conversation) == everything(Message) == []
