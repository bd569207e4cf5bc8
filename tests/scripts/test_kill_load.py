"""The load of the kill test, and its plan of kills."""

from datetime import UTC, datetime
from random import Random

from scripts.kill.facts import Said
from scripts.kill.load import KINDS, Citizen, Load, note_taken
from scripts.kill.run import blows


def test_the_same_seed_makes_the_same_citizens_and_kills() -> None:
    load = Load("http://nowhere", seed=7, rate=60)
    one, same = (Citizen(12, KINDS[0], 7, load) for _ in range(2))
    assert (one.phone, one.words()) == (same.phone, same.words())
    assert blows(20, 600, Random(7), True) == blows(20, 600, Random(7), True)


def test_no_two_complaints_have_the_same_words() -> None:
    load = Load("http://nowhere", seed=0, rate=60)
    citizens = [Citizen(number, KINDS[0], 0, load) for number in range(200)]
    words = [citizen.words() for citizen in citizens for _ in range(3)]
    assert len(set(words)) == len(words)


def test_kills_are_spread_over_the_time_and_every_second_is_in_the_act() -> None:
    planned = blows(20, 600, Random(1), True)
    assert [int(blow.at // 30) for blow in planned] == list(range(20))
    assert sum(blow.in_the_act for blow in planned) == 10
    assert not any(blow.in_the_act for blow in blows(20, 600, Random(1), False))


def test_the_kinds_are_shares_of_a_hundred() -> None:
    assert sum(kind.weight for kind in KINDS) == 100


def test_an_sms_counts_as_answered_once_the_network_says_that_it_was_taken() -> None:
    said = [
        Said("SMS", "+255712000001", "maji", datetime(2026, 11, 23, tzinfo=UTC)),
        Said("SMS, nameless", "+255712000002", "taka", datetime(2026, 11, 23, tzinfo=UTC)),
    ]
    note_taken(
        said,
        [
            {"text": "maji", "taken_at": None},
            {"text": "BILA JINA taka", "taken_at": "2026-11-23T09:00:00+00:00"},
        ],
    )
    assert [each.answered for each in said] == [False, True]
