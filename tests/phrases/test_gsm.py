"""GSM-7: what a text takes, in how many parts it goes, and how it is kept cheap."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre.phrases import gsm


@pytest.mark.parametrize(
    ("text", "septets", "parts"),
    [
        pytest.param("", 0, 1, id="nothing"),
        pytest.param("Maji hayatoki", 13, 1, id="words"),
        pytest.param("a" * 160, 160, 1, id="the most in one"),
        pytest.param("a" * 161, 161, 2, id="one more"),
        pytest.param("a" * 306, 306, 2, id="the most in two"),
        pytest.param("a" * 307, 307, 3, id="one more than two"),
        pytest.param("a" * 459, 459, 3, id="the most in three"),
        pytest.param("a\nb\r", 4, 1, id="line breaks"),
        pytest.param("àèéìòùÄÖÑÜßΩ@£$¥", 16, 1, id="all of the basic table"),
        pytest.param("€", 2, 1, id="a euro"),
        pytest.param("^{}[~]|\\", 16, 1, id="the extension table"),
        pytest.param("[" * 80, 160, 1, id="brackets, the most in one"),
        pytest.param("[" * 81, 162, 2, id="brackets, one more"),
        pytest.param("a" * 153 + "[" + "a" * 151, 306, 2, id="a bracket begins a part"),
        pytest.param("a" * 152 + "[" + "a" * 152, 306, 3, id="a bracket is not cut in two"),
        pytest.param("ç", None, 1, id="a small cedilla is not in it"),
        pytest.param("’" * 70, None, 1, id="curly quotes, the most in one"),
        pytest.param("’" * 71, None, 2, id="curly quotes, one more"),
        pytest.param("’" * 134, None, 2, id="curly quotes, the most in two"),
        pytest.param("’" * 135, None, 3, id="curly quotes, one more than two"),
        pytest.param("\U0001f6b0" * 35, None, 1, id="pictures are two units each"),
        pytest.param("\U0001f6b0" * 36, None, 2, id="one picture more"),
        pytest.param("\U0001f6b0" * 66, None, 2, id="pictures, the most in two"),
        pytest.param("\U0001f6b0" * 67, None, 3, id="a picture is not cut in two"),
        pytest.param("ماء", None, 1, id="Arabic"),
    ],
)
def test_what_a_text_takes(text: str, septets: int | None, parts: int) -> None:
    assert gsm.septets(text) == septets
    assert gsm.parts(text) == parts


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        pytest.param("ng’ombe", "ng'ombe", id="an apostrophe"),
        pytest.param("‘Sawa’, “ndiyo”", "'Sawa', \"ndiyo\"", id="quotes"),
        pytest.param("Juni – Julai — sasa", "Juni - Julai - sasa", id="dashes"),
        pytest.param("subiri…", "subiri...", id="an ellipsis"),
        pytest.param("saa\u00a01:30\t asubuhi", "saa 1:30  asubuhi", id="blanks"),
        pytest.param("ma\u200bji\ufeff", "maji", id="what has no width"),
        pytest.param("• maji", "- maji", id="a bullet"),
        pytest.param("maji €5 [leo]", "maji €5 [leo]", id="what is plain already"),
        pytest.param("maji 🚰", "maji 🚰", id="a picture stays"),
    ],
)
def test_what_looks_alike_is_straightened(written: str, plain: str) -> None:
    assert gsm.plain(written) == plain


def test_a_straightened_text_of_160_is_one_part_where_a_curly_one_is_three() -> None:
    curly = "ng’ombe " * 20

    assert (gsm.parts(curly), gsm.parts(gsm.plain(curly))) == (3, 1)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("maji 🚰 “leo”", 'maji ? "leo"', id="a picture"),
        pytest.param("ماء", "???", id="another script"),
        pytest.param("Güven [5]", "Güven [5]", id="what GSM-7 has"),
    ],
)
def test_on_a_screen_what_cannot_be_shown_is_a_question_mark(written: str, shown: str) -> None:
    assert gsm.only(written) == shown


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_made_plain_gsm_has_septets(text: str) -> None:
    assert gsm.septets(gsm.only(text)) is not None


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_a_longer_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert gsm.parts(text) <= gsm.parts(text + more)
