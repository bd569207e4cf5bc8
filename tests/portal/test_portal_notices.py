"""The board of answers (`/matangazo`), the sheet to pin up, and what is kept (`/faragha`)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from given import NOW
from reading import Page, check
from sqlalchemy.exc import OperationalError
from tickets.making import open_ticket

from callcentre import charters, db, sweeps
from callcentre.clock import EAT
from callcentre.portal import board
from callcentre.tickets import intake, notices, queries

TEXT = "Mtumishi ameonywa kwa barua"
MOST_BYTES = 100_000


def posted(
    institution: str = "sengerema",
    text: str = TEXT,
    *,
    topic: str | None = "health",
    subject: str | None = None,
    at: datetime = NOW,
) -> str:
    """The reference of a nameless ticket that is answered on the board."""
    with db.session() as session:
        ticket = open_ticket(
            session, identity="anonymous", number=None, institution=institution, topic=topic, now=at
        )
        notices.post(session, ticket, text, subject=subject, by="mary", now=at)
        return ticket.ref


def refs(page: Page) -> list[str]:
    return [name.removeprefix("na-") for name in page.ids if name.startswith("na-")]


# ---- The board -------------------------------------------------------------------------------


def test_the_board_has_the_answers_of_all_offices_newest_first(visit: Any) -> None:
    older = posted("kilosa", at=NOW - timedelta(days=1))
    newer = posted("morogoro", topic="road", text="Barabara itatengenezwa Desemba")

    page = visit("/matangazo")
    assert refs(page) == [newer, older]
    assert f"Na. {newer}: Barabara Barabara itatengenezwa Desemba" in page.text
    assert "Mkoa wa Morogoro, Jumatatu 23/11" in page.text
    assert "Halmashauri ya Kilosa, Jumapili 22/11" in page.text


@pytest.mark.parametrize("address", ["/matangazo/kilosa", "/matangazo?taasisi=kilosa"])
def test_an_office_has_a_board_of_its_own(visit: Any, address: str) -> None:
    here = posted("kilosa")
    posted("morogoro")

    page = visit(address)
    assert refs(page) == [here]
    assert "Ubao wa majibu: Halmashauri ya Kilosa" in page.text
    assert "/matangazo/kilosa/chapa" in page.links


def test_an_empty_board_says_what_will_come(visit: Any) -> None:
    assert "Hakuna majibu kwenye ubao bado" in visit("/matangazo").text


def test_what_is_taken_down_is_shown_no_more(visit: Any) -> None:
    ref = posted()
    with db.session() as session:
        notices.take_down(session, intake.locked(session, ref), by="mary", now=NOW)
    assert refs(visit("/matangazo")) == refs(visit("/matangazo/sengerema")) == []


def test_fifty_answers_stand_on_a_page(client: Any, visit: Any) -> None:
    for number in range(51):
        posted(text=f"{number} " + "maelezo " * 74, at=NOW - timedelta(minutes=number))

    first, second = visit("/matangazo"), visit("/matangazo?ukurasa=2")
    assert (len(refs(first)), len(refs(second))) == (50, 1)
    assert "Ukurasa 1 kati ya 2" in first.text
    assert "/matangazo?ukurasa=2#majibu" in first.links
    assert "/matangazo?ukurasa=1#majibu" in second.links
    assert "/matangazo/sengerema?ukurasa=2#majibu" in visit("/matangazo/sengerema").links
    assert len(client.get("/matangazo").data) < MOST_BYTES * 0.8


def test_what_an_office_wrote_is_text_and_never_markup(client: Any) -> None:
    posted(text="<script>alert(1)</script> & {{ 7 * 7 }}", subject="<b>")
    for address in ("/matangazo", "/matangazo/sengerema", "/matangazo/sengerema/chapa"):
        answer = client.get(address)
        check(Page(answer.text))
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7 * 7 }}" in answer.text


def test_every_page_leads_to_the_board_and_to_privacy(visit: Any) -> None:
    for address in ("/", "/ahadi", "/ahadi/kilosa", "/matangazo", "/faragha"):
        assert {"/matangazo", "/faragha"} <= set(visit(address).links)
    assert "Ulilalamika bila jina?" in visit("/").text


# ---- The sheet -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "says"),
    [
        ("morogoro", "Katibu Tawala wa Mkoa anawajulisha waliotoa malalamiko"),
        ("sengerema", "Mkurugenzi Mtendaji anawajulisha waliotoa malalamiko"),
        ("kilosa", "Mkurugenzi Mtendaji wa Wilaya anawajulisha waliotoa malalamiko"),
        ("utumishi", "Ofisi hii inawajulisha waliotoa malalamiko"),
    ],
)
def test_the_sheet_is_signed_by_the_executive(visit: Any, office: str, says: str) -> None:
    ref = posted(office)

    page = visit(f"/matangazo/{office}/chapa")
    assert page.text.index(charters.get(office).name) < page.text.index(
        "Tangazo: majibu ya malalamiko yaliyotolewa bila jina"
    )
    assert "Tarehe: 23/11/2026" in page.text
    assert says in page.text
    assert "Na. ya lalamiko Mada Majibu / hatua iliyochukuliwa" in page.text
    assert f"{ref} Afya {TEXT}" in page.text
    assert "Taarifa za walalamikaji zinatunzwa kwa siri." in page.text


def test_the_sheet_says_where_to_turn_next(visit: Any) -> None:
    assert (
        "Ambaye hajaridhika na majibu anaweza kuwasiliana nasi kwa simu 0282590162, au kupiga"
        " *149*52# kwa kutumia namba ya lalamiko na namba ya siri, au kukata rufaa kwa Tume ya Haki"
        " za Binadamu na Utawala Bora, S.L.P. 2643, Dar es Salaam, simu 0222110607."
    ) in visit("/matangazo/sengerema/chapa").text


def test_the_sheet_has_the_answers_of_the_days_asked_for(visit: Any) -> None:
    old, new = posted(at=NOW - timedelta(days=40)), posted()

    def shown(**query: str) -> set[str]:
        text = visit("/matangazo/sengerema/chapa", **query).text
        return {ref for ref in (old, new) if ref in text}

    assert shown() == {new}
    assert shown(siku="60") == {old, new}
    assert shown(siku="39") == {new}
    assert "Hakuna majibu ya siku 30 zilizopita" in visit("/matangazo/kilosa/chapa").text


def test_a_long_sheet_stays_light_and_says_what_it_left_out(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST_ON_A_SHEET", 2)
    for minutes in range(3):
        posted(at=NOW - timedelta(minutes=minutes))
    page = Page(client.get("/matangazo/sengerema/chapa").text)
    check(page)
    assert "Majibu 1 ya zamani zaidi hayapo kwenye karatasi hii" in page.text


# ---- What was asked wrongly, and the database away -------------------------------------------


@pytest.mark.parametrize("siku", ["0", "-1", "366", "abc", "", "9" * 4000, "1e9", "\0"])
def test_days_that_are_none_are_the_usual_thirty(client: Any, siku: str) -> None:
    answer = client.get("/matangazo/sengerema/chapa", query_string={"siku": siku})
    assert answer.status_code == 200
    assert 'value="30"' in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "99", "abc", "", "9" * 4000, "\0"])
def test_a_page_that_is_none_is_the_nearest(client: Any, number: str) -> None:
    ref = posted()
    answer = client.get("/matangazo", query_string={"ukurasa": number})
    assert answer.status_code == 200
    assert ref in answer.text


@pytest.mark.parametrize("office", ["mwanza", "<script>", "\0", "'; --", "x" * 5000])
def test_an_office_that_is_none_is_named_with_those_there_are(client: Any, office: str) -> None:
    answer = client.get("/matangazo", query_string={"taasisi": office})
    assert answer.status_code == 404
    check(Page(answer.text))
    assert "/ahadi/kilosa" in Page(answer.text).links


@pytest.mark.parametrize("address", ["/matangazo", "/matangazo/kilosa", "/matangazo/kilosa/chapa"])
def test_while_the_database_is_down_the_board_says_so(
    client: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def down() -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(db, "session", down)
    answer = client.get(address)
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    check(Page(answer.text))
    assert "Jaribu tena baada ya dakika chache" in answer.text


# ---- Privacy ---------------------------------------------------------------------------------


def test_privacy_says_what_others_know_and_whom_to_ask(visit: Any) -> None:
    page = visit("/faragha")

    for words in ("Africa's Talking", "Twilio", "malipo", "WAL", "nakala za akiba", "ONGEZA"):
        assert words in page.text
    assert "Tume ya Haki za Binadamu na Utawala Bora, S.L.P. 2643, Dar es Salaam" in page.text
    assert "/ahadi/kilosa#mawasiliano" in page.links


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (sweeps.KEPT_RAW, "Siku 30; maneno yake yakiwa lalamiko"),
        (sweeps.KEPT_SESSION, "Siku 1 tangu ulipobonyeza mara ya mwisho"),
        (sweeps.NAMELESS_STATE, "hubaki kimefungwa kwa dakika 10"),
        (queries.REMEMBERED, "Siku 180 zikipita bila mawasiliano"),
    ],
    ids=["SMS", "sessions", "sessions of the nameless", "numbers"],
)
def test_the_times_on_the_page_are_those_that_hold(visit: Any, kept: timedelta, said: str) -> None:
    assert said in visit("/faragha").text
    (figure,) = re.findall(r"\d+", said)
    assert int(figure) == kept / timedelta(minutes=1 if "dakika" in said else 24 * 60)


def test_the_number_of_words_on_the_page_is_that_which_is_refused(visit: Any) -> None:
    assert "lenye maneno yako sita mfululizo" in visit("/faragha").text
    assert notices.OWN_WORDS == 6


def test_a_day_on_the_board_is_that_of_dar_es_salaam(visit: Any) -> None:
    posted(at=datetime(2026, 11, 22, 23, 30, tzinfo=EAT))
    assert "Jumapili 22/11" in visit("/matangazo").text
