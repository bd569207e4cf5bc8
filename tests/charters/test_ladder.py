"""Ladders: how they are read from a file, and when their steps come."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcentre import charters
from callcentre.charters import BadCharter, Calendar, Period, due, load
from callcentre.charters.calendar import next_opening, part
from callcentre.charters.ladder import Dates, following, moment
from callcentre.charters.loader import LADDERS
from callcentre.charters.model import Ladder
from callcentre.clock import EAT
from charters.small import WHOLE, folder_with
from charters.test_calendar_laws import (
    amounts,
    calendar,
    draws,
    expected_elapsed,
    institutions,
    is_working,
    moments,
)

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=EAT)
EVERY = [
    (charter.id, ladder)
    for charter in charters.all_current().values()
    for ladder in charter.ladders
]
ONE = """
[[ladder]]
for = ["answer"]
again = "5 working_days"
line = 7
text = "siku 30"
steps = [{ at = "50 %", to = ["officer"] }, { at = "due", to = ["head"] }]
"""


def told(institution: str, kind: str = "answer") -> Ladder:
    ladder = charters.get(institution).ladder(kind, internal=False)
    assert ladder is not None
    return ladder


def dates(institution: str, period: Period, received: datetime = MONDAY) -> Dates:
    here = Calendar.of(charters.get(institution).hours)
    return Dates(here, received, due(here, received, period).at)


def all_moments(ladder: Ladder, of: Dates, until: int = 9) -> list[str]:
    found = [moment(ladder, number, of) for number in range(1, until)]
    return [f"{at.astimezone(EAT):%a %d %b %H:%M}" if at else "-" for at in found]


def test_the_steps_of_a_promise_of_30_days():
    assert all_moments(told("sengerema"), dates("sengerema", Period(30, "days"))) == [
        "Tue 08 Dec 08:45",
        "Thu 17 Dec 12:48",
        "Wed 23 Dec 07:45",
        "Wed 23 Dec 15:30",
        "Thu 24 Dec 15:30",
        "Tue 29 Dec 15:30",  # Christmas and the day after do not count
        "Wed 06 Jan 15:30",
        "Thu 14 Jan 15:30",
    ]


def test_a_reminder_without_a_place_in_a_short_time_falls_away():
    hours = all_moments(told("morogoro"), dates("morogoro", Period(2, "hours")), until=5)
    assert hours == ["Mon 23 Nov 11:00", "Mon 23 Nov 11:36", "-", "Mon 23 Nov 12:00"]
    a_day = all_moments(told("morogoro"), dates("morogoro", Period(1, "days")), until=5)
    assert a_day == ["Tue 24 Nov 08:45", "Tue 24 Nov 12:48", "-", "Tue 24 Nov 15:30"]


def test_what_is_received_late_begins_with_the_reminder_still_ahead():
    of = dates("morogoro", Period(14, "days"))
    found = following(told("morogoro"), 1, of, datetime(2026, 12, 1, 9, 0, tzinfo=EAT))
    assert found is not None
    assert found.number == 2


def test_a_step_after_the_date_is_never_passed_over_but_for_what_was_there_before():
    of = dates("morogoro", Period(14, "days"))
    much_later = datetime(2027, 3, 1, 9, 0, tzinfo=EAT)
    found = following(told("morogoro"), 1, of, much_later)
    assert found is not None
    assert (found.number, found.at) == (4, of.due)
    ahead = following(told("morogoro"), 1, of, much_later, all_ahead=True)
    assert ahead is not None
    assert ahead.at > much_later


def test_the_back_stop_of_sengerema_goes_to_the_executive_director():
    ladder = charters.get("sengerema").ladder("back_stop", internal=True)
    assert ladder is not None
    assert [(step.at, step.to) for step in ladder.steps] == [("due", ("executive",))]
    assert charters.get("kilosa").ladder("back_stop", internal=True) is None


def test_targets_of_the_office_reach_neither_the_executive_nor_the_citizen():
    others = {"back_stop", "letter_commission"}  # the executive's own
    inside = [ladder for _, ladder in EVERY if ladder.internal and not others & {*ladder.kinds}]
    steps = [step for ladder in inside for step in ladder.steps]
    assert steps
    assert not any("executive" in step.to or step.late for step in steps)


def test_every_promise_that_a_citizen_is_told_goes_on_until_the_executive_and_again():
    for institution, ladder in EVERY:
        if not ladder.internal:
            assert ladder.steps[-1].to == ("executive",), institution
            assert ladder.again == 5


def test_every_rule_that_makes_a_promise_has_a_ladder():
    """But appointments, which have a reminder of their own, and the levels of appeal."""
    for charter in charters.all_current().values():
        for rule in charter.rules:
            if rule.kind != "appointment" and rule.for_kind == "complaint":
                kind, internal = rule.kind, rule.internal
                if kind == "back_stop" and charter.id != "sengerema":
                    continue
                assert charter.ladder(kind, internal), (charter.id, kind, internal)


def test_a_charters_own_ladder_wins_over_the_usual_one(tmp_path):
    ladder = load(folder_with(tmp_path, dawa_2026=WHOLE + ONE)).get("dawa").ladder("answer", False)
    assert ladder is not None
    assert [step.at for step in ladder.steps] == ["50 %", "due"]
    assert ladder.source is not None


@pytest.mark.parametrize(
    ("written", "damaged", "message"),
    [
        ('{ at = "50 %", to = ["officer"] }, ', '{ at = "1 working_days", to = ["head"] }, ',
         "ladder[1].steps[2].at: 'due' does not come after '1 working_days'"),
        ('"50 %"', '"150 %"', "ladder[1].steps[1].at: '150 %' is not between 0 % and 100 %"),
        ('"50 %"', '"0 %"', "ladder[1].steps[1].at: '0 %' is not between 0 % and 100 %"),
        ('"50 %"', '"half"', "ladder[1].steps[1].at: 'half' is none of '50 %', 'today', 'due'"),
        ('["officer"]', '["clerk"]', "ladder[1].steps[1].to: unknown 'clerk'; write one of"),
        ('["officer"]', "[]", "ladder[1].steps[1].to: names nobody; write one of officer, head"),
        ('steps = [{ at = "50 %", to = ["officer"] }, { at = "due", to = ["head"] }]', "steps = []",
         "ladder[1].steps: a ladder needs at least one step"),
        ('["answer"]', '["thanks"]', "ladder[1].for: unknown 'thanks'"),
        ('["answer"]', "[]", "ladder[1].for: names no kind of promise"),
        ('["answer"]', '["answer", "answer"]', "ladder: 2 ladders for one case: answer, told"),
        ('again = "5 working_days"\n', "", "ladder[1].again: missing: nobody would hear of it"),
        ('"5 working_days"', '"5 days"', "ladder[1].again: '5 days' are no working days"),
        (', { at = "due", to = ["head"] }', "", "again: only a step after the date comes again"),
        ('to = ["officer"] }', 'to = ["officer"], late = true }',
         "ladder[1].steps[1].late: the date has not passed yet at this step"),
        ('for = ["answer"]\n', 'for = ["answer"]\ninternal = true\n', None),
        ('["head"] }', '["head"], lat = true }', "ladder[1].steps[2].lat: unknown key"),
    ],
)  # fmt: skip
def test_a_fault_of_a_ladder_is_named_with_its_file_and_key(tmp_path, written, damaged, message):
    assert written in ONE
    folder = folder_with(tmp_path, dawa_2026=WHOLE + ONE.replace(written, damaged, 1))
    if message is None:
        load(folder)
        return
    with pytest.raises(BadCharter) as error:
        load(folder)
    assert message in str(error.value)
    assert all(fault.startswith("dawa-2026.toml: ") for fault in error.value.faults)


def test_an_internal_ladder_cannot_tell_the_citizen(tmp_path):
    inside = ONE.replace('again = "5 working_days"', "internal = true")
    inside = inside.replace('["head"] }', '["head"], late = true }')
    with pytest.raises(BadCharter, match="no citizen was told the date of an internal target"):
        load(folder_with(tmp_path, dawa_2026=WHOLE + inside))


def test_faults_of_the_usual_ladders_are_named_by_their_own_file(tmp_path):
    usual = tmp_path / "usual.toml"
    usual.write_text(LADDERS.read_text().replace('"50 %"', '"200 %"', 1))
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(BadCharter) as error:
        load(folder_with(folder, dawa_2026=WHOLE), usual)
    assert error.value.faults[0].startswith("usual.toml: ladder[1].steps[1].at: '200 %'")


# Laws

shares = st.integers(1, 100).map(lambda hundredths: hundredths / 100)
units = st.sampled_from(["minutes", "hours", "days", "working_days", "weeks", "months"])


@given(institutions, draws, moments, amounts, units, shares)
@settings(deadline=None)
def test_a_part_is_that_share_of_the_working_time_and_in_opening_hours(
    institution, draw, received, amount, unit, share
):
    here, hours = calendar(institution, draw), charters.get(institution).hours
    until = due(here, received, Period(amount, unit)).at
    found = part(here, received, until, share)
    assert received < found <= until
    local = found.astimezone(EAT)
    assert hours.open < local.time() <= hours.close
    assert is_working(local.date(), draw)
    whole = expected_elapsed(hours, draw, received, until)
    assert abs(expected_elapsed(hours, draw, received, found) - whole * share) < timedelta(
        microseconds=2
    )


@given(institutions, draws, moments, amounts, units, shares, shares)
@settings(deadline=None)
def test_a_larger_part_is_never_over_earlier(institution, draw, received, amount, unit, one, other):
    here = calendar(institution, draw)
    until = due(here, received, Period(amount, unit)).at
    smaller, larger = sorted([one, other])
    assert part(here, received, until, smaller) <= part(here, received, until, larger)


@given(institutions, draws, moments)
@settings(deadline=None)
def test_the_next_opening_is_now_or_the_first_moment_of_a_working_day(institution, draw, moment):
    here, hours = calendar(institution, draw), charters.get(institution).hours
    found = next_opening(here, moment).astimezone(EAT)
    assert found >= moment
    assert hours.open <= found.time() < hours.close
    assert is_working(found.date(), draw)
    assert expected_elapsed(hours, draw, moment, found) == timedelta(0)


@given(st.sampled_from(EVERY), draws, moments, amounts, units)
@settings(deadline=None)
def test_steps_come_in_order_between_receipt_and_for_ever(of, draw, received, amount, unit):
    institution, ladder = of
    here = calendar(institution, draw)
    steps = Dates(here, received, due(here, received, Period(amount, unit)).at)
    found = [moment(ladder, number, steps) for number in range(1, len(ladder.steps) + 3)]
    there = [at for at in found if at is not None]
    if ladder.again is None:
        there = there[: len(there) - 2]
    assert there == sorted(set(there))
    assert there[0] > received
    for step, at in zip(ladder.steps, found, strict=False):
        if step.after is not None:
            assert at is not None
        elif at is not None:
            assert at < steps.due


def test_the_morning_is_a_quarter_to_eight():
    found = moment(told("kilosa"), 3, dates("kilosa", Period(60, "working_days")))
    assert found == datetime(2027, 2, 19, 4, 45, tzinfo=UTC)
    assert found.astimezone(EAT).date() == date(2027, 2, 19)
