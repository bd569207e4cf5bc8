"""The Swahili clock, which counts the hours from sunrise: 07:00 is saa 1 asubuhi."""

from datetime import time

from callcentre.phrases import numbers

MINUTES = "na dakika"
QUARTERS = {15: "na robo", 30: "na nusu", 45: "kasorobo"}


def written(at: time) -> str:
    """As it is written, without the word saa: `1:30 asubuhi`."""
    return f"{_hour(at.hour)}:{at:%M} {part_of_day(at.hour)}"


def spoken(at: time) -> str:
    """As people say it: `saa moja na nusu asubuhi`, `saa mbili kasorobo asubuhi`."""
    hour, quarter, minutes, part = parts(at)
    after = quarter or (f"{MINUTES} {numbers.in_words(minutes, 'sw')}" if minutes else "")
    words = ("saa", numbers.in_words(hour, "sw"), after, part)
    return " ".join(word for word in words if word)


def parts(at: time) -> tuple[int, str, int, str]:
    """What is said of a time: hour 1-12, words of a quarter, minutes if it is none, part of day.

    A quarter to the hour is told by the next hour, and by the part of the day it still is.
    """
    quarter = QUARTERS.get(at.minute, "")
    hour = _hour(at.hour + (quarter == "kasorobo"))
    return hour, quarter, 0 if quarter else at.minute, part_of_day(at.hour)


def both(at: time) -> str:
    """One moment by both clocks: `saa 9:30 alasiri (15:30)`."""
    return f"saa {written(at)} ({at:%H:%M})"


def span(start: time, end: time) -> str:
    """From one moment to another: `saa 1:30 asubuhi - 9:30 alasiri (07:30-15:30)`."""
    return f"saa {written(start)} - {written(end)} ({start:%H:%M}-{end:%H:%M})"


def part_of_day(hour: int) -> str:
    """The word for the part of the day an hour of the 24 h clock falls in."""
    if hour < 4 or hour >= 19:
        return "usiku"
    if hour < 6:
        return "alfajiri"
    if hour < 12:
        return "asubuhi"
    if hour < 15:
        return "mchana"
    return "alasiri" if hour == 15 else "jioni"


def _hour(hour: int) -> int:
    return (hour - 7) % 12 + 1
