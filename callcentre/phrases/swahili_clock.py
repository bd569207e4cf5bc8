"""The Swahili clock, which counts the hours from sunrise: 07:00 is saa 1 asubuhi."""

from datetime import time

_ONES = (
    "", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa", "kumi",
)  # fmt: skip
_TENS = ("", "kumi", "ishirini", "thelathini", "arobaini", "hamsini")


def written(at: time) -> str:
    """As it is written, without the word saa: `1:30 asubuhi`."""
    return f"{_hour(at.hour)}:{at:%M} {part_of_day(at.hour)}"


def spoken(at: time) -> str:
    """As people say it: `saa moja na nusu asubuhi`, `saa mbili kasorobo asubuhi`."""
    hour, minutes = at.hour, ""
    if at.minute == 45:
        hour, minutes = at.hour + 1, " kasorobo"
    elif at.minute:
        minutes = {15: " na robo", 30: " na nusu"}.get(at.minute) or (
            f" na dakika {_number(at.minute)}"
        )
    return f"saa {_number(_hour(hour))}{minutes} {part_of_day(at.hour)}"


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


def _number(number: int) -> str:
    """1 to 59 in words."""
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} na {_ONES[ones]}" if ones else _TENS[tens]
