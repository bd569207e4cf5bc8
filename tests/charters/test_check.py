"""Whether quotations are found on their lines, and what is said about those that are not."""

import pytest

from callcentre.charters import load
from callcentre.charters.check import check, quotations, stands_in
from charters.small import DETAIL, WHOLE, folder_with

DOCUMENT = """\
Mkataba 2026
Saa za kazi: saa 1.30 hadi\t9.30
Simu: 022 2110607
1. Sehemu ya Maji
2. Sehemu ya Afya
Ndani ya siku 7 za kazi.
Ndani ya siku 30
Maji\tsiku 3
Afya\tsiku 3
"""


def dawa(tmp_path, text=WHOLE):
    return load(folder_with(tmp_path, dawa_2026=text)).get("dawa")


def documents(tmp_path, text=DOCUMENT):
    (tmp_path / "dawa.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_nothing_is_found_where_all_quotations_stand(tmp_path):
    assert check(dawa(tmp_path), documents(tmp_path)) == []


def test_every_clause_is_a_quotation(tmp_path):
    lines = [clause.line for _, clause in quotations(dawa(tmp_path))]
    assert sorted(set(lines)) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("written", "damaged", "fault"),
    [
        pytest.param(
            "line = 6", "line = 7",
            "rules acknowledge complaint: 'siku 7 za kazi' is not on 009:7"
            " (it stands on line 6); there stands 'Ndani ya siku 30'", id="another line"),
        pytest.param(
            "siku 30", "siku 3",
            "rules answer complaint: 'siku 3' is not on 009:7"
            " (it stands on line 9); there stands 'Ndani ya siku 30'", id="another number"),
        pytest.param(
            "022 2110607", "026 2110607",
            "contacts +255222110607: '026 2110607' is not on 009:3;"
            " there stands 'Simu: 022 2110607'", id="nowhere"),
        pytest.param(
            '"2" = 9', '"2" = 90',
            "rules answer complaint 2: 009:90 does not exist; the document has 10 lines",
            id="after the end"),
    ],
)  # fmt: skip
def test_a_wrong_quotation_is_named_with_what_stands_there(tmp_path, written, damaged, fault):
    charter = dawa(tmp_path, WHOLE.replace(written, damaged, 1))
    assert f"dawa-2026.toml: {fault}" in check([charter], documents(tmp_path))


def test_a_detail_is_a_quotation_too(tmp_path):
    charter = dawa(tmp_path, WHOLE + DETAIL)
    assert check(charter, documents(tmp_path, DOCUMENT + "1. Jina lake\n")) == []
    [fault] = check(charter, documents(tmp_path))
    assert fault.startswith("dawa-2026.toml: details name: 'Jina lake' is not on 009:10")


def test_a_document_that_is_missing_is_named(tmp_path):
    fault = f"dawa-2026.toml: documents 009: no file dawa.txt in {tmp_path}"
    assert check(dawa(tmp_path), tmp_path) == [fault]


def test_without_documents_nothing_is_compared(tmp_path):
    assert check(dawa(tmp_path), None) == []


LINES = ["Kukiri mapokezi ya barua\tSiku 14", "S. L. P. 65,", "", "KILOSA,", "", "Mwisho"]


@pytest.mark.parametrize(
    ("quoted", "line", "stands"),
    [
        pytest.param("Kukiri mapokezi ya barua Siku 14", 1, True, id="space counts alike"),
        pytest.param("Kukiri mapokezi ya barua Siku 1", 1, False, id="a number is whole"),
        pytest.param("Kukiri [...] Siku 14", 1, True, id="words left out"),
        pytest.param("Siku 14 [...] Kukiri", 1, False, id="in their order"),
        pytest.param("S. L. P. 65, KILOSA", 2, True, id="on to the next line"),
        pytest.param("S. L. P. 65, KILOSA, Mwisho", 2, False, id="and no further"),
        pytest.param("KILOSA", 2, False, id="not on the next line only"),
        pytest.param("S. L. P. [...] KILOSA", 2, False, id="left out within one line"),
        pytest.param("Mwisho", 7, False, id="after the end"),
    ],
)
def test_a_quotation_stands_on_its_line_or_does_not(quoted, line, stands):
    assert stands_in(quoted, LINES, line) is stands
