import pytest

from callcentre import charters
from callcentre.portal import search
from callcentre.portal.search import find

MOROGORO, SENGEREMA = charters.get("morogoro"), charters.get("sengerema")


def numbers(page: search.Page) -> list[str]:
    return [row.number for _, rows in page.groups for row in rows]


@pytest.mark.parametrize(
    ("asked", "unit", "found"),
    [
        pytest.param("ndoa", None, ["9.1.26"], id="one word"),
        pytest.param("NDOA", None, ["9.1.26"], id="capitals"),
        pytest.param("kusajili  vifo", None, ["9.1.28"], id="two words, both occur"),
        pytest.param("vifo kusajili", None, ["9.1.28"], id="in any order"),
        pytest.param("ndoa vifo", None, [], id="never in one row"),
        pytest.param("barua kujibu", "9.4", ["9.4.12"], id="in one unit"),
        pytest.param("elimu kukiri", None, ["9.4.10"], id="the unit's name and the row"),
        pytest.param("waatumishi", None, ["9.1.6"], id="as misprinted"),
        pytest.param("stahili za watumishi", None, ["9.1.6"], id="as corrected"),
        pytest.param("9.1.25", None, ["9.1.25"], id="the printed number"),
        pytest.param("siku 90", None, ["9.1.20"], id="the time"),
        pytest.param("tarehe 15 desemba", None, ["9.4.7"], id="the time as printed"),
        pytest.param("xyzzy", None, [], id="nothing"),
        pytest.param("%", None, [], id="no pattern"),
    ],
)
def test_rows_found(asked: str, unit: str | None, found: list[str]) -> None:
    assert numbers(find(MOROGORO, asked, unit)) == found


def test_a_unit_without_words_has_all_its_rows() -> None:
    page = find(MOROGORO, "", "9.5")

    assert page.total == sum(service.unit == "9.5" for service in MOROGORO.services) == 37
    assert [unit.code for unit, _ in page.groups if unit] == ["9.5"]


def test_units_are_found_by_their_name_and_by_the_citizens_word() -> None:
    assert [unit.code for unit in find(MOROGORO, "maji", None).units] == ["maji"]
    assert [unit.code for unit in find(SENGEREMA, "barabara", None).units] == ["8.8"]
    assert find(MOROGORO, "", None).units == ()


def test_all_rows_come_once_over_the_pages() -> None:
    pages = [find(MOROGORO, "", None, number) for number in range(1, 8)]

    assert {page.pages for page in pages} == {7}
    assert [page.number for page in pages] == [1, 2, 3, 4, 5, 6, 7]
    seen = [row for page in pages for _, rows in page.groups for row in rows]
    assert seen == list(search.rows("morogoro", MOROGORO.version))
    assert len(seen) == 247 + 6


@pytest.mark.parametrize(("asked_for", "shown"), [(0, 1), (-5, 1), (8, 7), (10**9, 7)])
def test_a_page_there_is_none_of_becomes_the_nearest(asked_for: int, shown: int) -> None:
    assert find(MOROGORO, "", None, asked_for).number == shown


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("  barua\n za\tmkoa ", "barua za mkoa"),
        ("a\0b", "a b"),
        ("x" * 10_000, "x" * 100),
        ("", ""),
    ],
)
def test_a_question_is_one_short_line(written: str, asked: str) -> None:
    assert search.question(written) == asked


def test_a_curly_apostrophe_finds_a_straight_one() -> None:
    assert numbers(find(SENGEREMA, "kuning\u2019iniza", None)) == ["6"]


def test_every_topic_leads_to_a_unit() -> None:
    for charter in charters.all_current().values():
        for topic in search.topics(charter):
            assert charter.unit(topic.unit)
    assert [topic.name for topic in search.topics(MOROGORO)][:2] == ["Maji", "Ardhi"]
