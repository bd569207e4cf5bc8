"""A reply as a list of clips and pauses: phrases cut at their values, values said by rule.

How a value is said is in the phrase: `{n}` a number, `{n:ordinal}` its place in a row,
`{n:months}` agreeing with `miezi`, `{ref:digits}` digit by digit. A date is said as day of the
week, date and month, a time by the Swahili clock; a text by the clip that says it, as offices' and
bodies' names do. What has no clip comes as `Text`.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from functools import cache
from typing import TypeGuard

from callcentre.ivr import catalogue, clips
from callcentre.ivr.clips import PAUSE, Clip, Part, Text
from callcentre.phrases import LANGUAGES, Term, everything, needs_year, numbers, swahili_clock

logger = logging.getLogger(__name__)

Value = str | int | date | time | Term | Mapping[str, str]

_TOGETHER = 4  # digits said in one breath


def say(
    key: str,
    language: str,
    values: Mapping[str, Value] | None = None,
    *,
    today: date | None = None,
) -> tuple[Part, ...]:
    """A phrase with its values, as what is played one after the other.

    `today` decides whether a date needs its year. Raises phrases.UnknownPhrase for a key that is
    not there, KeyError for a value not given.
    """
    said: list[Part] = []
    for piece in catalogue.pieces(key, language):
        if piece.paused and said:
            said.append(PAUSE)
        if piece.text:
            said.append(_clip(piece.clip, piece.text))
        if piece.ends:
            said.append(PAUSE)
        if piece.value is not None:
            said += _value((values or {})[piece.value], piece.form, language, today)
    return tuple(said)


def named(text: str, language: str) -> Part:
    """A name, or a sentence of a charter, by the clip that says it in this language or another."""
    clip = clips.saying(text, language)
    if clip is None:
        _warn("a name")
    return clip or Text(text)


def words(parts: Iterable[Part]) -> str:
    """What is heard, in words; also what a provider's own voice reads where a clip is missing."""
    return " ".join(part.text for part in parts if part.text)


def recorded(parts: Sequence[Part]) -> TypeGuard[Sequence[Clip]]:
    """Whether every part has its clip, so that all of it can be played."""
    return all(isinstance(part, Clip) for part in parts)


def _value(value: Value, form: str, language: str, today: date | None) -> tuple[Part, ...]:
    if form == "digits":
        return _digits(str(value), language)
    if isinstance(value, int):
        return _number(value, form, language)
    if isinstance(value, date):
        return _date(value, language, today)
    if isinstance(value, time):
        return _time(value, language)
    if isinstance(value, Term):
        return say(_by_ear(value), language, value.values, today=today)
    return (named(value if isinstance(value, str) else value[language], language),)


def _by_ear(term: Term) -> str:
    """The phrase that says a term: one made for the ear where there is one, for one alone first."""
    spoken = f"spoken.{term.key}"
    known = everything(LANGUAGES[0])
    if term.values.get("n") == 1 and f"{spoken}_one" in known:
        return f"{spoken}_one"
    return spoken if spoken in known else term.key


def _digits(text: str, language: str) -> tuple[Part, ...]:
    """One by one, with a pause after each group: `26-00123454` as 26, 0012, 3454."""
    said: list[Part] = []
    for group in _groups(text):
        if said:
            said.append(PAUSE)
        for digit in group:
            said.append(_clip(f"{language}/digit.{digit}", catalogue.DIGITS[language][int(digit)]))
    return tuple(said)


def _groups(text: str) -> list[str]:
    """The runs of digits, long ones cut into equal groups of at most four, longer ones first."""
    groups = []
    for run in re.findall(r"[0-9]+", text):
        count = -(-len(run) // _TOGETHER)
        size, longer = divmod(len(run), count)
        at = 0
        for place in range(count):
            end = at + size + (place < longer)
            groups.append(run[at:end])
            at = end
    return groups


def _number(number: int, form: str, language: str) -> tuple[Part, ...]:
    if not 0 <= number <= numbers.MOST:
        return (Text(str(number)),)
    if form == "ordinal" and (word := catalogue.ORDINALS[language].get(number)):
        return (_clip(f"{language}/ordinal.{number}", word),)
    return tuple(
        _clip(f"{language}/number.{piece}", numbers.WORDS[language][piece])
        for piece in numbers.pieces(number, language, of_months=form == "months")
    )


def _date(day: date, language: str, today: date | None) -> tuple[Part, ...]:
    weekday = catalogue.WEEKDAYS[language][day.weekday()]
    said = (
        _clip(f"{language}/weekday.{day.isoweekday()}", weekday),
        _clip(f"{language}/date.{day.day}", catalogue.date(day.day, language)),
        _clip(f"{language}/month.{day.month}", catalogue.month(day.month, language)),
    )
    if not needs_year(day, today):
        return said
    before = _clip(f"{language}/year", catalogue.year(language))
    return (*said, before, *_number(day.year, "", language))


def _time(at: time, language: str) -> tuple[Part, ...]:
    return _swahili_time(at) if language == "sw" else _english_time(at)


def _swahili_time(at: time) -> tuple[Part, ...]:
    hour, quarter, minutes, part_of_day = swahili_clock.parts(at)
    said = [_clip(f"sw/clock.{hour}", f"saa {numbers.in_words(hour, 'sw')}")]
    if quarter:
        said.append(_of_clock(quarter, "sw"))
    elif minutes:
        said += [_of_clock(swahili_clock.MINUTES, "sw"), *_number(minutes, "", "sw")]
    return (*said, _of_clock(part_of_day, "sw"))


def _english_time(at: time) -> tuple[Part, ...]:
    if at.minute == 0 and at.hour in (0, 12):
        return (_of_clock("noon" if at.hour else "midnight", "en"),)
    said = [*_number((at.hour - 1) % 12 + 1, "", "en")]
    if 0 < at.minute < 10:
        said.append(_of_clock("oh", "en"))
    if at.minute:
        said += _number(at.minute, "", "en")
    return (*said, _of_clock("a m" if at.hour < 12 else "p m", "en"))


def _of_clock(text: str, language: str) -> Part:
    return _clip(f"{language}/{catalogue.clock(text)}", text)


def _clip(name: str, text: str) -> Part:
    clip = clips.find(name, text)
    if clip is None:
        _warn(name)
    return clip or Text(text)


@cache
def _warn(name: str) -> None:
    """Once for each clip and process."""
    logger.warning("no clip for this prompt; render or record it", extra={"clip": name})
