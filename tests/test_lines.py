"""Lines and their editions: what a menu meant when a conversation began, it means to its end."""

from dataclasses import replace

import pytest
from given import NOW

from callcentre import db, lines
from callcentre.lines import Edition, Line, UnknownLine

SHARED = Line("africastalking", "ussd", "*149*50#", ("kilosa", "morogoro"), "morogoro", "Huduma")
OWN = Line("africastalking", "ussd", "*149*51#", ("morogoro",), "morogoro", "Morogoro")
SMS = Line("africastalking", "sms", "15001", ("kilosa", "morogoro"), "morogoro", "Huduma")
TWILIO = Line("twilio", "sms", "15001", ("kilosa",), "kilosa", "Kilosa", hears=False)


def added(*new: Line) -> int:
    number = 0
    for line in new:
        with db.session() as session:
            number = lines.add(session, line, NOW)
    return number


def newest() -> Edition:
    with db.session() as session:
        return lines.newest(session)


def test_before_the_first_line_there_is_an_edition_of_nothing(database: None) -> None:
    assert newest() == Edition(0, ())


def test_every_line_added_makes_a_new_edition_of_all(database: None) -> None:
    first = added(SHARED)
    second = added(OWN)
    assert second > first
    assert lines.edition(first).lines == (SHARED,)
    assert newest() == Edition(second, (SHARED, OWN))


def test_an_edition_stays_what_it_was_when_a_line_changes(database: None) -> None:
    before = added(SHARED)
    changed = replace(SHARED, institutions=("morogoro", "kilosa"), name="Serikali")
    after = added(changed)
    lines.edition.cache_clear()  # another process, which remembers nothing
    assert lines.edition(before).lines == (SHARED,)
    assert lines.edition(after).lines == (changed,)
    with db.session() as session:
        assert lines.everything(session) == (changed,)


def test_a_line_is_one_address_of_one_channel_at_one_provider(database: None) -> None:
    added(SMS, TWILIO)
    assert newest().lines == (SMS, TWILIO)


def test_lines_keep_their_order_when_one_of_them_changes(database: None) -> None:
    added(SHARED, OWN, replace(SHARED, name="Serikali"))
    assert [line.address for line in newest().lines] == ["*149*50#", "*149*51#"]


def test_an_edition_that_is_not_there_is_unknown(database: None) -> None:
    with pytest.raises(UnknownLine, match="no edition 999999999"):
        lines.edition(999_999_999)


def test_what_is_not_committed_is_no_edition(database: None) -> None:
    with db._sessions()() as session:
        lines.add(session, SHARED, NOW)
        session.rollback()
    assert newest().number == 0


EDITION = Edition(1, (SHARED, OWN, SMS, TWILIO))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (("africastalking", "ussd", "*149*51#"), OWN),
        (("africastalking", "sms", "15001"), SMS),
        (("twilio", "sms", "15001"), TWILIO),
        (("africastalking", "voice", "15001"), None),
        (("africastalking", "ussd", "*149*51"), None),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_line_is_found_by_all_of_its_address(
    where: tuple[str, str, str], found: Line | None
) -> None:
    assert EDITION.find(*where) == found


@pytest.mark.parametrize(
    ("channel", "institution", "provider", "found"),
    [
        pytest.param("ussd", "morogoro", None, OWN, id="its own before a shared one"),
        pytest.param("ussd", "kilosa", None, SHARED, id="a shared one where it has no other"),
        pytest.param("sms", "kilosa", None, TWILIO, id="its own at any provider"),
        pytest.param("sms", "kilosa", "africastalking", SMS, id="at this provider"),
        pytest.param("sms", "sengerema", None, None, id="another institution's are not its"),
        pytest.param("voice", "morogoro", None, None, id="no line of that channel"),
    ],
)
def test_an_institution_is_reached_on_its_first_line(
    channel: str, institution: str, provider: str | None, found: Line | None
) -> None:
    assert EDITION.first(channel, institution, provider) == found


def test_a_line_of_several_institutions_is_shared() -> None:
    assert (SHARED.shared, OWN.shared) == (True, False)


HOTLINE = Line("africastalking", "voice", "+255232000001", ("kilosa",), "kilosa", "Kilosa")
ABROAD = Line("twilio", "voice", "+15005550006", ("kilosa",), "kilosa", "Kilosa")
SHARED_HOTLINE = Line(
    "africastalking", "voice", "+255222000000", ("kilosa", "morogoro"), "morogoro", "Huduma"
)


@pytest.mark.parametrize(
    ("asked_on", "rung_from"),
    [
        pytest.param(None, HOTLINE, id="its own, the first added"),
        pytest.param(ABROAD.address, ABROAD, id="the one that was called"),
        pytest.param(SHARED_HOTLINE.address, SHARED_HOTLINE, id="a shared one that was called"),
        pytest.param(SMS.address, SHARED_HOTLINE, id="the one that serves as the line written to"),
        pytest.param("+255999", HOTLINE, id="a line that is gone"),
    ],
)
def test_a_call_is_placed_from_the_hotline_that_fits(asked_on: str | None, rung_from: Line) -> None:
    edition = Edition(1, (SHARED, OWN, SMS, SHARED_HOTLINE, HOTLINE, ABROAD))
    assert edition.hotline("kilosa", asked_on) == rung_from
    assert edition.hotline("sengerema", asked_on) is None
