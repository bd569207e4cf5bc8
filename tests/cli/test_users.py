"""`callcentre user ...`, as typed."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from given import NOW
from sqlalchemy import func, select

from callcentre import audit, clock, db, people
from callcentre.cli import callcentre
from callcentre.people import PostRow
from cli.command import data, fault, run, said

pytestmark = pytest.mark.usefixtures("database")

HEAD = ("--institution", "sengerema", "--role", "head", "--unit", "8.8")
BOSS = ("--institution", "sengerema", "--role", "executive")


@pytest.fixture(autouse=True)
def _monday() -> object:
    with clock.at(NOW):
        yield


def head(*more: str) -> int:
    """The id of a head of unit, made."""
    said("user", "add", *HEAD, "--name", "Rehema Mushi", "--phone", "0712001002", *more)
    return newest()


def boss() -> int:
    said("user", "add", *BOSS, "--name", "Juma Ali", "--phone", "0712001003")
    return newest()


def newest() -> int:
    with db.session() as session:
        return session.scalar(select(func.max(PostRow.id))) or 0


def row(post: int) -> dict[str, object]:
    (found,) = (one for one in data("user", "list") if one["post"] == post)
    return dict(found)


def test_a_post_that_was_added_is_listed_with_its_number_masked() -> None:
    post = head("--language", "en", "--hours", "6-22", "--days", "all", "--ethics", "1/2/2026")
    shown = row(post)
    assert shown.pop("person") is not None
    assert shown == {
        "post": post,
        "institution": "sengerema",
        "unit": "8.8",
        "role": "head",
        "title": "Head of the unit",
        "place": None,
        "phone": "+2557*****002",
        "language": "en",
        "hours": "6-22",
        "days": "all",
        "name": "Rehema Mushi",
        "away_from": None,
        "away_until": None,
        "deputy": None,
        "confirmed_at": "2026-11-23T10:00:00+03:00",
        "ethics_trained_on": "2026-02-01",
        "charter_trained_on": None,
        "has_pin": False,
    }
    assert "Rehema Mushi" in said("user", "list")
    assert "0712001002" not in said("user", "list")


def test_a_list_can_be_narrowed_to_an_institution() -> None:
    head()
    assert data("user", "list", "--institution", "kilosa") == []
    assert "kilossa" in fault("user", "list", "--institution", "kilossa")


def test_each_act_is_on_record_by_who_ran_it() -> None:
    head()
    with db.session() as session:
        assert {actor[:4] for actor in session.scalars(select(audit.Event.actor))} == {"cli:"}


def test_the_same_twice_has_nothing_to_change() -> None:
    post = head()
    again = said("user", "add", *HEAD, "--name", "Rehema Mushi", "--phone", "+255 712 001 002")
    assert again == f"post {post} (head, sengerema, 8.8): nothing to change\n"


def test_a_person_is_put_on_the_post_that_is_there() -> None:
    post = head("--title", "Mhandisi wa Wilaya")
    assert "no longer by person" in said("user", "add", *HEAD, "--name", "Musa Said")
    shown = row(post)
    assert (shown["name"], shown["phone"]) == ("Musa Said", "+2557*****002")
    assert shown["title"] == "Mhandisi wa Wilaya"


def test_what_is_allowed_but_seldom_meant_is_warned_of() -> None:
    head()
    without = run("user", "add", *BOSS, "--name", "Juma Ali")
    assert (without.exit_code, "has no telephone" in without.stderr) == (0, True)
    shared = run("user", "add", *BOSS, "--name", "Juma Ali", "--phone", "0712001002")
    assert (shared.exit_code, "shares its telephone with post" in shared.stderr) == (0, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--institution", "rufiji", "--role", "agent"), "--institution: "),
        (("--institution", "sengerema", "--role", "boss"), "--role: boss is no role"),
        ((*BOSS, "--unit", "8.8"), "--unit: executive serves the whole institution"),
        (("--institution", "sengerema", "--role", "head"), "--unit: head belongs to a unit"),
        ((*HEAD[:-1], "9.9"), "--unit: sengerema has no unit '9.9'; it has: 8.1"),
        (("--institution", "kilosa", "--role", "head", "--unit", "9"), "it has: none"),
        ((*BOSS, "--phone", "0282590162"), "--phone: is no Tanzanian mobile number"),
        ((*BOSS, "--phone", "7.12E+08"), "--phone: is no Tanzanian mobile number"),
        ((*BOSS, "--hours", "20-Jul"), "--hours: 20-Jul are no hours; write them like"),
        ((*BOSS, "--days", "Sunday"), "--days: Sunday are no days; write Mon-Fri or all"),
        ((*BOSS, "--ethics", "2026-13-01"), "--ethics: 2026-13-01 is no day"),
        ((*BOSS, "--ethics", "31/2/2026"), "--ethics: 31/2/2026 is no day"),
        ((*BOSS, "--title", "主任"), "--title: has letters that an SMS cannot show"),
    ],
)
def test_what_cannot_be_added_is_told_with_its_option(words: tuple[str, ...], reason: str) -> None:
    assert reason in fault("user", "add", *words, "--name", "Juma Ali")
    assert data("user", "list") == []


def test_a_deputy_stands_in_while_the_holder_is_away() -> None:
    first, second = head(), boss()
    told = said("user", "away", first, "--until", "2026-12-04", "--deputy", second)
    assert told.splitlines()[1] == f"post {second} (executive, sengerema) stands in"
    assert row(first)["away_until"] == "2026-12-05T00:00:00+03:00"
    assert said("user", "back", first).endswith("is back\n")
    assert said("user", "back", first).endswith("was not away\n")
    assert row(first)["away_until"] is None


def test_who_is_away_without_a_deputy_is_warned_of() -> None:
    result = run("user", "away", str(head()), "--from", "2026-12-01", "--until", "2026-12-04")
    assert "nobody stands in" in result.stderr


def test_deputies_in_a_ring_are_refused() -> None:
    first, second = head(), boss()
    said("user", "add", *BOSS, "--name", "Juma Ali", "--deputy", first)
    refused = fault("user", "away", first, "--until", "2026-12-04", "--deputy", second)
    assert "that one stands in for it" in refused
    assert row(first)["away_until"] is None


def test_a_post_is_handed_over_and_closed() -> None:
    post = head()
    assert "held by person" in said(
        "user", "hand-over", post, "Musa Said", "--charter", "2026-03-01"
    )
    assert row(post)["charter_trained_on"] == "2026-03-01"
    assert said("user", "close", post) == f"post {post} (head, sengerema, 8.8) closed\n"
    assert data("user", "list") == []
    assert "is closed" in fault("user", "hand-over", post, "Musa Said")


def test_disable_names_the_posts_that_nobody_holds_now() -> None:
    post = head()
    told = said("user", "disable", row(post)["person"])
    assert told.endswith(f"disabled; nobody holds post {post} (head, sengerema, 8.8)\n")
    assert (row(post)["person"], row(post)["name"]) == (None, None)
    assert "no person 999999" in fault("user", "disable", "999999")


def test_a_post_that_is_not_there_is_named() -> None:
    for words in (("close",), ("back",), ("hand-over", "Musa Said")):
        assert "no post 999999" in fault("user", words[0], "999999", *words[1:])


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_a_pin_is_typed_twice_and_not_shown() -> None:
    post = head()
    typed = CliRunner().invoke(callcentre, ["user", "pin", str(post)], input="4071\n4071\n")
    assert typed.exit_code == 0 and "4071" not in typed.output
    assert row(post)["has_pin"] is True
    with db.session() as session:
        assert people.check_pin(session, people.find(session, post), "4071", NOW)


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_a_pin_that_is_guessed_at_once_is_refused() -> None:
    typed = CliRunner().invoke(callcentre, ["user", "pin", str(head())], input="1234\n1234\n")
    assert typed.exit_code == 2 and "guessed at once" in typed.output


HEADER = "institution,role,unit,name,phone,title"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "staff.csv"


def write(csv: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> str:
    csv.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
    return str(csv)


GOOD_LINES = (
    "sengerema,officer,8.8,Asha Kombo,0712001001,Afisa Maji",
    "",
    "sengerema,executive,,Juma Ali,712001003,",
)


def test_a_file_is_taken_and_changes_nothing_the_second_time(csv: Path) -> None:
    path = write(csv, *GOOD_LINES)
    assert said("user", "import", path).startswith("of 2 posts 2 made, 0 with")
    before = data("user", "list")
    with db.session() as session:
        events = session.scalar(select(func.count(audit.Event.id)))
    assert said("user", "import", path).endswith("0 changed, 2 as they were\n")
    assert data("user", "list") == before
    with db.session() as session:
        assert session.scalar(select(func.count(audit.Event.id))) == events


def test_another_name_in_a_file_takes_the_post_over(csv: Path) -> None:
    said("user", "import", write(csv, *GOOD_LINES))
    told = said("user", "import", write(csv, "sengerema,executive,,Musa Said,0712001009,"))
    assert told == "of 1 posts 0 made, 1 with another holder, 0 changed, 0 as they were\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_excel_saves_is_right_as_it_is(csv: Path, separator: str, encoding: str) -> None:
    lines = [line.replace(",", separator) for line in GOOD_LINES]
    path = write(csv, *lines, header=HEADER.title().replace(",", separator), encoding=encoding)
    assert said("user", "import", path).startswith("of 2 posts 2 made")


def test_check_writes_nothing(csv: Path) -> None:
    told = said("user", "import", "--check", write(csv, *GOOD_LINES))
    assert told.startswith("nothing written, but it can be: of 2 posts 2 made")
    assert data("user", "list") == []
    with db.session() as session:
        assert session.scalar(select(func.count(audit.Event.id))) == 0


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("kilosa,boss,,Asha,,",), "line 2, role: boss is no role; write one of"),
        (("rufiji,agent,,Asha,,",), "line 2, institution: "),
        (("kilosa,agent,,,,",), "line 2, name: is empty; it is needed in every line"),
        (("sengerema,head,9.9,Asha,,",), "line 2, unit: sengerema has no unit '9.9'; it has: 8.1"),
        (("kilosa,agent,,Asha,7.12E+08,",), "line 2, phone: is no Tanzanian mobile number; write"),
        (("kilosa,ward,,Asha,,",), "line 2, place: a ward officer needs the name of the ward"),
        (("kilosa,head,,Asha,,", "", "kilosa,head,,Musa,,Mkuu"), "line 4, role: the same post is"),
        (("kilosa,agent,,Asha,,,,,",), "line 2: has more cells than there are columns"),
        (('kilosa,agent,,"As"ha,,',), "look for a quotation mark too many"),
        ((), "has no line below the header"),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(
    csv: Path, lines: tuple[str, ...], told: str
) -> None:
    assert told in fault("user", "import", write(csv, *lines)).removeprefix("staff.csv: ")


def test_a_file_with_one_fault_is_not_taken_at_all(csv: Path) -> None:
    path = write(csv, *GOOD_LINES, "kilosa,agent,,Asha,simu,", "kilosa,boss,,Asha,,")
    result = run("user", "import", path)
    assert [line.split(": ")[-3:-1] for line in result.stderr.splitlines()] == [
        ["staff.csv", "line 5, phone"],
        ["staff.csv", "line 6, role"],
    ]
    assert data("user", "list") == []


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("institution,role,unit", "line 1: there is no column name"),
        (f"{HEADER},mshahara", "line 1: mshahara is no column; the columns are: institution"),
        (f"{HEADER},phone", "line 1: phone stands there twice"),
        (f"{HEADER},", "line 1: a column without a name is no column"),
        ("", "line 1: there is no column institution"),
    ],
)
def test_a_header_that_cannot_be_is_told(csv: Path, header: str, told: str) -> None:
    assert told in run("user", "import", write(csv, *GOOD_LINES, header=header)).stderr


def test_a_file_in_another_encoding_is_told_with_the_cure(csv: Path) -> None:
    path = write(csv, "kilosa,agent,,Zoë,,", encoding="cp1252")
    assert 'in Excel save it as "CSV UTF-8"' in fault("user", "import", path)


def test_one_person_has_one_day_of_training(csv: Path) -> None:
    path = write(
        csv,
        "kilosa,agent,Asha,2026-01-01",
        "kilosa,auditor,asha,2/1/2026",
        header="institution,role,name,ethics",
    )
    assert "line 3, ethics: asha has other days of training in line 2" in fault(
        "user", "import", path
    )


def test_the_demonstration_has_a_ladder_of_people_and_leaves_others_alone() -> None:
    assert "PIN 4071" in said("demo")
    shown = data("user", "list")
    assert len(shown) == 32 and len({one["phone"] for one in shown}) == 32
    with db.session() as session:
        officer = people.holder(session, "sengerema", "officer", "8.8", NOW)
        assert officer is not None and officer.number == "+255712001007"
        assert people.check_pin(session, officer, "4071", NOW)
    said("user", "hand-over", officer.id, "Musa Said")
    assert "staff" not in said("demo")
    assert row(officer.id)["name"] == "Musa Said"
