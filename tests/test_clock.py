"""The time, which a test or a simulation may set."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from callcentre import clock

MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=clock.EAT)


def test_now_knows_its_zone_and_goes_on() -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta() <= second - first < timedelta(seconds=5)


def test_inside_the_block_it_is_the_moment_that_was_set_in_utc() -> None:
    with clock.at(MOMENT):
        assert clock.now() == MOMENT
        assert clock.now().tzinfo is UTC
    assert clock.now() != MOMENT


def test_blocks_may_stand_in_each_other() -> None:
    with clock.at(MOMENT):
        with clock.at(MOMENT + timedelta(days=1)):
            assert clock.now() == MOMENT + timedelta(days=1)
        assert clock.now() == MOMENT


def test_a_block_that_raises_still_ends() -> None:
    with pytest.raises(ZeroDivisionError), clock.at(MOMENT):
        _ = 1 / 0
    assert clock.now() != MOMENT


def test_other_threads_keep_the_real_time() -> None:
    seen: list[datetime] = []
    with clock.at(MOMENT):
        other = threading.Thread(target=lambda: seen.append(clock.now()))
        other.start()
        other.join()
    assert seen != [MOMENT]


def test_a_moment_without_a_zone_is_refused_with_how_to_write_it() -> None:
    no_zone = MOMENT.replace(tzinfo=None)
    with pytest.raises(ValueError, match=r"2026-11-23T10:00\+03:00"), clock.at(no_zone):
        pass


def test_tanzania_has_no_summer_time() -> None:
    days = (datetime(2026, month, 1, tzinfo=clock.EAT) for month in range(1, 13))
    assert {day.utcoffset() for day in days} == {timedelta(hours=3)}


def test_the_other_clock_only_grows() -> None:
    assert clock.monotonic() <= clock.monotonic()
