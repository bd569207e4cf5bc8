"""When a post may be alerted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcentre.clock import EAT
from callcentre.people import Post, window

MONDAY = datetime(2026, 11, 23, tzinfo=EAT)


def post(opens: int = 7, closes: int = 20, everyday: bool = False) -> Post:
    return Post(
        id=1,
        institution="sengerema",
        unit=None,
        role="executive",
        title="Mkurugenzi Mtendaji",
        number="+255712001003",
        language="sw",
        opens=opens,
        closes=closes,
        everyday=everyday,
        person=1,
        place=None,
    )


@pytest.mark.parametrize(
    ("at", "rings"),
    [
        (timedelta(hours=6, minutes=59), timedelta(hours=7)),
        (timedelta(hours=7), timedelta(hours=7)),
        (timedelta(hours=19, minutes=59), timedelta(hours=19, minutes=59)),
        (timedelta(hours=20), timedelta(days=1, hours=7)),
        (timedelta(days=4, hours=20), timedelta(days=7, hours=7)),  # Friday evening
        (timedelta(days=5, hours=10), timedelta(days=7, hours=7)),  # Saturday
        (timedelta(days=6, hours=3), timedelta(days=7, hours=7)),  # Sunday night
    ],
)
def test_a_post_rings_in_its_hours_from_monday_to_friday(at: timedelta, rings: timedelta) -> None:
    assert window(post(), MONDAY + at) == MONDAY + rings


def test_a_post_of_every_day_rings_on_a_sunday() -> None:
    sunday = MONDAY + timedelta(days=6, hours=9)
    assert window(post(everyday=True), sunday) == sunday


@given(
    st.timedeltas(timedelta(), timedelta(days=400)).map(
        lambda passed: MONDAY.astimezone(UTC) + passed
    ),
    st.integers(0, 23),
    st.integers(1, 24),
    st.booleans(),
)
def test_the_window_is_open_at_the_moment_told_and_was_not_before(
    now: datetime, opens: int, hours: int, everyday: bool
) -> None:
    shown = post(opens, min(opens + hours, 24), everyday)
    found = window(shown, now)
    assert found >= now and window(shown, found) == found
    assert found == now or window(shown, found - timedelta(seconds=1)) == found
