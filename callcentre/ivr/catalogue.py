"""Every clip there should be, and what it says: the list that prompts are recorded from.

Clips are named after what they say: `main.1` the first piece of the phrase `voice.main`,
`topic.water`, `number.20`, `digit.4`, `date.23`, `institution.kilosa`. A phrase is cut where a
value is filled in; what stands between is one clip.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from callcentre import bodies, charters, phrases
from callcentre.phrases import numbers, swahili_clock

_FILLED_IN = re.compile(r"(topic\..+\.name|kind\..+|level\..+)")  # besides what is only spoken
_STOPS = ".,:;?!"

DIGITS: Mapping[str, tuple[str, ...]] = {
    language: tuple(numbers.in_words(digit, language) for digit in range(10))
    for language in phrases.LANGUAGES
}
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "sw": phrases.DAYS["sw"],
    "en": tuple(calendar.day_name),
}
ORDINALS: Mapping[str, Mapping[int, str]] = {"sw": {1: "kwanza", 2: "pili"}, "en": {}}
"""Those with a word of their own; the others are the number itself."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A fixed piece of a phrase (`text` may be empty) and the value that comes after it, if any.

    `paused` says whether a stop comes before the piece, `ends` whether it ends a sentence.
    """

    clip: str
    text: str
    paused: bool
    ends: bool
    value: str | None
    form: str


def pieces(key: str, language: str) -> tuple[Piece, ...]:
    """A phrase cut at its values. Raises phrases.UnknownPhrase."""
    parsed = list(Formatter().parse(phrases.phrase(key, language)))
    name = f"{language}/{short(key)}"
    whole = len(parsed) == 1 and parsed[0][1] is None
    found: list[Piece] = []
    for fixed, value, form, _ in parsed:
        words = fixed.strip()
        text = words.lstrip(_STOPS).lstrip()
        number = sum(bool(piece.text) for piece in found) + 1
        found.append(
            Piece(
                clip=name if whole else f"{name}.{number}",
                text=text,
                paused=words[:1] in _STOPS and bool(words),
                ends=text.endswith((".", "?", "!")),
                value=value,
                form=form or "",
            )
        )
    return tuple(found)


def short(key: str) -> str:
    """A phrase's key as its clip is named: `main` for `voice.main`, `topic.water`."""
    return key.removeprefix("voice.").removeprefix("spoken.").removesuffix(".name")


def everything(language: str) -> dict[str, str]:
    """What every clip of a language says, by its name."""
    said = dict(_phrases(language))
    for name, text in (*_numbers(language), *_dates(language), *_clock(language)):
        said[f"{language}/{name}"] = text
    known = set(said.values())
    for name, text in _names(language):
        if text not in known:
            known.add(text)
            said[f"{language}/{name}"] = text
    return said


def _phrases(language: str) -> Iterator[tuple[str, str]]:
    for key in phrases.everything(language):
        if key.startswith(("voice.", "spoken.")) or _FILLED_IN.fullmatch(key):
            yield from ((one.clip, one.text) for one in pieces(key, language) if one.text)


def _numbers(language: str) -> Iterator[tuple[str, str]]:
    for piece, word in numbers.WORDS[language].items():
        yield f"number.{piece}", word
    for digit, word in enumerate(DIGITS[language]):
        yield f"digit.{digit}", word
    for number, word in ORDINALS[language].items():
        yield f"ordinal.{number}", word


def _dates(language: str) -> Iterator[tuple[str, str]]:
    for number, word in enumerate(WEEKDAYS[language], 1):
        yield f"weekday.{number}", word
    for day in range(1, 32):
        yield f"date.{day}", date(day, language)
    for number in range(1, 13):
        yield f"month.{number}", month(number, language)
    yield "year", year(language)


def date(day: int, language: str) -> str:
    """A day of the month as it is said: `tarehe mosi`, `tarehe ishirini na tatu`."""
    if language == "sw":
        return "tarehe mosi" if day == 1 else f"tarehe {numbers.in_words(day, 'sw')}"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day // 10 != 1 else 0, "th")
    return f"the {day}{ending}"


def month(number: int, language: str) -> str:
    """A month as it is said, in Swahili by its number: `mwezi wa kumi na mbili`."""
    if language == "sw":
        return f"mwezi wa {ORDINALS['sw'].get(number) or numbers.in_words(number, 'sw')}"
    return f"of {calendar.month_name[number]}"


def year(language: str) -> str:
    """What is said before the number of a year."""
    return "mwaka" if language == "sw" else "in"


def _clock(language: str) -> Iterator[tuple[str, str]]:
    if language == "sw":
        for hour in range(1, 13):
            yield f"clock.{hour}", f"saa {numbers.in_words(hour, 'sw')}"
        days = dict.fromkeys(swahili_clock.part_of_day(hour) for hour in range(24))
        for words in (*swahili_clock.QUARTERS.values(), swahili_clock.MINUTES, *days):
            yield clock(words), words
    else:
        for words in ("a m", "p m", "oh", "noon", "midnight"):
            yield clock(words), words


def clock(words: str) -> str:
    """The name of the clip with these words of a time: `clock.na_robo`."""
    return f"clock.{words.replace(' ', '_')}"


def _names(language: str) -> Iterator[tuple[str, str]]:
    """Of offices, bodies and posts; and the sentences of charters, which are in Swahili only."""
    swahili = language == "sw"
    for charter in charters.all_current().values():
        yield f"institution.{charter.id}", charter.title if swahili else charter.name_en
        yield f"wording.{charter.id}", charter.wording["sw" if swahili else "en"]
        for level in charter.appeal:
            yield f"level.{charter.id}.{level.key}", level.name if swahili else level.name_en
        for kind, clauses in (("right", charter.rights), ("duty", charter.duties)):
            for number, clause in enumerate(clauses if swahili else (), 1):
                yield f"{kind}.{charter.id}.{number}", clause.clean
    if swahili:
        for body in bodies.every().values():
            yield f"body.{body.key}", body.name
