"""How charter files are read, and what is said about a damaged one."""

import time
from datetime import date

import pytest

from callcentre.charters import BadCharter, UnknownCharter, UnknownUnit, load
from callcentre.charters.loader import DATA
from charters.small import DETAIL, WHOLE, folder_with


def test_a_whole_file_is_read(tmp_path):
    charter = load(folder_with(tmp_path, dawa_2026=WHOLE)).get("dawa")
    assert [(str(r.period), r.clause.line) for r in charter.promises("complaint", "2")] == [
        ("7 working_days", 6),
        ("3 days", 9),
    ]
    assert [str(r.period) for r in charter.promises("opinion", "2")] == ["30 days"]
    assert charter.unit_for("water") == "1"
    assert charter.unit_for("land") is None
    assert charter.services == ()


@pytest.mark.parametrize(
    ("written", "damaged", "message"),
    [
        ('name = "Bohari"\n', "", "name: missing"),
        ('name = "Bohari"\n', 'name = " "\n', "name: is empty"),
        ('name = "Bohari"\n', "name = 7\n", "name: 7 is not a text"),
        ('title = "Bohari"\n', 'title = "Bohari"\ntitel = "B"\n', "titel: unknown key"),
        ('short = "Bohari"', f'short = "{"B" * 17}"', "longer than 16 characters"),
        ('short = "Maji"', f'short = "{"M" * 22}"', "longer than 21 characters"),
        ('document = "009"', 'document = "010"', "document: unknown '010'"),
        ('complaints_unit = "1"', 'complaints_unit = "3"', "complaints_unit: unknown unit '3'"),
        ("until = 2026-12-31", "until = 2025-12-31", "in_force.until: 2025-12-31 is before"),
        ("from = 2026-01-01", "from = 2026-01-01T00:00:00", "is not a date like 2020-07-01"),
        ("close = 15:30:00", "close = 07:00:00", "hours.close: closes at 07:00:00, before"),
        ("close = 15:30:00", "close = 07:30:00", "hours.close: closes at 07:30:00, before"),
        ("days = [1, 2, 3, 4, 5]", "days = [0, 1]", "hours.days: write the days as numbers"),
        ("days = [1, 2, 3, 4, 5]", "days = []", "hours.days: write the days as numbers"),
        ('basis = "stated"\nline = 2', 'basis = "sure"\nline = 2', "hours.basis: unknown 'sure'"),
        ('"+255222110607"', '"022 2110607"', "contacts[1].value: '022 2110607' is not a number"),
        ('kind = "phone"', 'kind = "telex"', "contacts[1].kind: unknown 'telex'"),
        ("line = 3", "line = 0", "contacts[1].line: 0 is less than 1"),
        ("line = 6", "line = -1", "rules[1].line: -1 is less than 1"),
        ('code = "2"', 'code = "1"', "units: the code '1' stands 2 times"),
        ("digit = 5", "digit = 8", "digit: 8 is not one of 1 to 7"),
        ("digit = 5\n", "", "digit: missing"),
        ('"BOHARI"', '"bohari"', "keyword: 'bohari' is not one word in capital letters, A to Z"),
        ('"BOHARI"', '"BOHARI KUU"', "keyword: 'BOHARI KUU' is not one word in capital letters"),
        ('"BOHARI"', '"B2"', "keyword: 'B2' is not one word in capital letters"),
        ('"BOHARI"', '"MAONI"', "keyword: 'MAONI' means something else in an SMS"),
        ('water = "1"', 'water = "7"', "topics.water: unknown unit '7'"),
        ('water = "1"', 'watter = "1"', "topics.watter: unknown key"),
        ('"2" = 9', '"3" = 9', "rules[3].lines: unknown unit '3'"),
        ("line = 6", 'line = 6\nunits = ["3"]', "rules[1].units: unknown unit '3'"),
        ('"7 working_days"', '"0 working_days"', "rules[1].period: '0 working_days' is no period"),
        ('"7 working_days"', '"-7 days"', "rules[1].period: '-7 days' is no period"),
        ('"7 working_days"', '"7 siku"', "unknown unit 'siku'; write one of minutes, hours, days"),
        ('"7 working_days"', '"week"', "'week' is no period; write it like '7 working_days'"),
        ('"7 working_days"', "7", "rules[1].period: 7 is not a text"),
        ('kind = "acknowledge"', 'kind = "thank"', "rules[1].kind: unknown 'thank'"),
        ('"opinion"]', '"joke"]', "rules[2].for: unknown 'joke'"),
        ('"opinion"]', '"complaint"]', "2 rules for one case: answer, complaint, told, all units"),
        ('period = "30 days"', 'period = "30 days"\nunits = ["1"]', "none says for all units when"),
        ("line = 7", 'line = 7\ninternal = "yes"', "rules[2].internal: 'yes' is not true or false"),
        ("[wording]", "[words]", "wording: missing"),
        ('id = "dawa"', 'id = "dawa', "not TOML"),
        ('version = "2026"', 'version = "2027"', "must be named <id>-<version>.toml"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_and_key(tmp_path, written, damaged, message):
    assert WHOLE.count(written) >= 1
    folder = folder_with(tmp_path, dawa_2026=WHOLE.replace(written, damaged, 1))
    with pytest.raises(BadCharter) as error:
        load(folder)
    assert message in str(error.value)
    assert all(fault.startswith("dawa-2026.toml: ") for fault in error.value.faults)


def test_a_missing_table_is_one_fault(tmp_path):
    text = WHOLE.replace('[wording]\nsw = "Utajibiwa"\nen = "You will be answered"\n', "")
    with pytest.raises(BadCharter) as error:
        load(folder_with(tmp_path, dawa_2026=text))
    assert error.value.faults == ["dawa-2026.toml: wording: missing"]


def test_all_faults_of_all_files_are_named_at_once(tmp_path):
    one = WHOLE.replace('name = "Bohari"\n', "").replace("line = 3", "line = 0")
    other = another("tiba").replace('water = "1"', 'water = "9"')
    with pytest.raises(BadCharter) as error:
        load(folder_with(tmp_path, dawa_2026=one, tiba_2026=other))
    assert error.value.faults == [
        "dawa-2026.toml: name: missing",
        "dawa-2026.toml: contacts[1].line: 0 is less than 1",
        "tiba-2026.toml: topics.water: unknown unit '9'; it is not in [[units]]",
    ]


def another(id, digit=6, keyword="TIBA"):
    return (
        WHOLE.replace('"dawa"', f'"{id}"')
        .replace("digit = 5", f"digit = {digit}")
        .replace('"BOHARI"', f'"{keyword}"')
    )


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        (another("tiba", digit=5), "tiba-2026.toml: digit: 5 is taken by dawa-2026.toml"),
        (
            another("tiba", keyword="BOHARI"),
            "tiba-2026.toml: keyword: 'BOHARI' is taken by dawa-2026.toml",
        ),
    ],
)
def test_two_institutions_never_share_a_digit_or_a_keyword(tmp_path, other, fault):
    with pytest.raises(BadCharter) as error:
        load(folder_with(tmp_path, dawa_2026=WHOLE, tiba_2026=other))
    assert error.value.faults == [fault]


@pytest.mark.parametrize(
    ("details", "fault"),
    [
        (DETAIL + DETAIL, "details: the key 'name' stands 2 times"),
        (DETAIL.replace('"name"', '"age"'), "details[1].key: unknown 'age'; write one of name,"),
        (DETAIL.replace('text = "Jina lake"', ""), "details[1].text: missing"),
    ],
)
def test_what_is_wrong_with_a_detail_is_named(tmp_path, details, fault):
    with pytest.raises(BadCharter) as error:
        load(folder_with(tmp_path, dawa_2026=WHOLE + details))
    assert error.value.faults[0].startswith(f"dawa-2026.toml: {fault}")


def renewed(start):
    return (
        WHOLE.replace('version = "2026"', 'version = "2027"')
        .replace("from = 2026-01-01", f"from = {start}")
        .replace("until = 2026-12-31\n", "")
    )


def test_a_day_has_one_version_only(tmp_path):
    folder = folder_with(tmp_path, dawa_2026=WHOLE, dawa_2027=renewed("2026-12-31"))
    with pytest.raises(
        BadCharter, match=r"dawa-2026\.toml: in_force\.until: overlaps version 2027"
    ):
        load(folder)


def test_the_newest_charter_is_served_and_the_older_kept(tmp_path):
    folder = folder_with(tmp_path, dawa_2026=WHOLE, dawa_2027=renewed("2027-01-01"))
    loaded = load(folder)
    assert loaded.current()["dawa"].version == "2027"
    assert loaded.current(date(2026, 6, 1))["dawa"].version == "2026"
    assert loaded.get("dawa").version == "2027"
    assert loaded.get("dawa", "2026").version == "2026"


def test_an_expired_charter_goes_on_being_served(tmp_path):
    loaded = load(folder_with(tmp_path, dawa_2026=WHOLE))
    assert loaded.current(date(2040, 1, 1))["dawa"].version == "2026"


def test_what_is_unknown_is_answered_with_what_is_known(tmp_path):
    loaded = load(folder_with(tmp_path, dawa_2026=WHOLE))
    with pytest.raises(UnknownCharter, match="no institution 'x'; the known ones are: dawa"):
        loaded.get("x")
    with pytest.raises(UnknownCharter, match="dawa has no version '1999'; it has: 2026"):
        loaded.get("dawa", "1999")
    with pytest.raises(UnknownUnit, match="dawa has no unit '7'; it has: 1, 2"):
        loaded.get("dawa").promises("complaint", "7")
    with pytest.raises(LookupError, match="unknown topic 'ufo'"):
        loaded.get("dawa").unit_for("ufo")


def test_all_charters_load_in_a_tenth_of_a_second():
    # Of processor time, as the tests of others may run beside this one.
    seconds = []
    for _ in range(3):
        start = time.process_time()
        load(DATA)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1
