"""An office nobody thought of: its pages follow from its charter alone."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from charters.small import WHOLE

from callcentre import charters
from callcentre.charters.loader import DATA
from callcentre.portal import search

ROW = (
    '  { line = 9, number = "%d", text = "Kutoa <b>dawa</b> & vifaa, namba %d: %s",'
    ' period_raw = "Siku 2", period = "2 days" },\n'
)
LONG = "maelezo marefu ya huduma hii " * 10
ROWS = 300


@pytest.fixture(autouse=True)
def fifth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    table = "".join(ROW % (number, number, LONG) for number in range(1, ROWS + 1))
    whole = f'{WHOLE}\n[[services]]\nunit = "1"\nrows = [\n{table}]\n'
    (tmp_path / "dawa-2026.toml").write_text(whole, encoding="utf-8")
    loaded = charters.load(tmp_path)
    monkeypatch.setattr(charters, "default", lambda: loaded)
    yield
    search.rows.cache_clear()
    search.counts.cache_clear()


def test_a_fifth_office_has_its_pages(visit: Any) -> None:
    assert "/ahadi/dawa" in visit("/ahadi").links
    assert "/ahadi/dawa" not in visit("/").links  # no line leads to it yet

    page = visit("/ahadi/dawa")
    assert "Ahadi za Bohari" in page.text
    assert "Utajulishwa lalamiko limefika ndani ya siku 7 za kazi" in page.text
    assert "Utajibiwa ndani ya siku 30" in page.text
    assert "Utajibiwa ndani ya siku 3 Maji, Afya" in page.text
    assert "Hati 009, mstari wa 8 (Maji)" in page.text
    assert "saa 1:30 asubuhi - 9:30 alasiri (07:30-15:30)" in page.text
    assert "unasubiri mapitio" not in page.text
    assert {"haki", "wajibu", "rufaa"}.isdisjoint(page.ids)


def test_hundreds_of_long_rows_are_paged(visit: Any, client: Any) -> None:
    page = visit("/ahadi/dawa", unit="1")
    assert f"Huduma {ROWS}" in page.text
    assert "Ukurasa 1 kati ya 8" in page.text
    assert "/ahadi/dawa?page=2&unit=1#matokeo" in page.links or (
        "/ahadi/dawa?unit=1&page=2#matokeo" in page.links
    )
    for number in range(1, 9):
        answer = client.get("/ahadi/dawa", query_string={"unit": "1", "page": number})
        assert len(answer.data) < 90_000
    assert visit("/ahadi/dawa", unit="1", page="8").text.count("Siku 2 300") <= 1


def test_what_a_charter_says_is_text_and_never_markup(client: Any) -> None:
    answer = client.get("/ahadi/dawa?unit=1")

    assert "<b>dawa</b>" not in answer.text
    assert "&lt;b&gt;dawa&lt;/b&gt; &amp; vifaa" in answer.text


def test_the_fifth_office_stands_on_the_page_of_a_wrong_address(client: Any) -> None:
    assert "Bohari" in client.get("/ahadi/none").text
