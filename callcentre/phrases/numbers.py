"""Whole numbers as people say them, from a few words: `mia mbili na tano`, `two hundred and five`.

A number is a list of pieces, each with its word: what is written joins the words, what is spoken
plays a clip for each. In Swahili the unit comes before its number (`mia mbili`, two hundreds),
and `na` joins the last part only (`elfu mbili ishirini na sita`).
"""

from collections.abc import Mapping

MOST = 9999

_MONTHS = "mi"  # the class of `miezi`, with which six of the numbers agree
_ONES_SW = "sifuri moja mbili tatu nne tano sita saba nane tisa kumi"
_TENS_SW = "kumi ishirini thelathini arobaini hamsini sitini sabini themanini tisini"
_ONES_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS_EN = "ten twenty thirty forty fifty sixty seventy eighty ninety"


def _named(ones: str, tens: str) -> dict[str, str]:
    named = {str(number): word for number, word in enumerate(ones.split())}
    return named | {str(10 * number): word for number, word in enumerate(tens.split(), 1)}


WORDS: Mapping[str, Mapping[str, str]] = {
    "sw": {
        **_named(_ONES_SW, _TENS_SW),
        **{"na": "na", "mia": "mia", "elfu": "elfu"},
        **{f"{_MONTHS}1": "mmoja", f"{_MONTHS}2": "miwili", f"{_MONTHS}3": "mitatu"},
        **{f"{_MONTHS}4": "minne", f"{_MONTHS}5": "mitano", f"{_MONTHS}8": "minane"},
    },
    "en": {
        **_named(_ONES_EN, _TENS_EN),
        **{"and": "and", "hundred": "hundred", "thousand": "thousand"},
    },
}
"""The word of every piece, by language."""


def pieces(number: int, language: str, *, of_months: bool = False) -> tuple[str, ...]:
    """The pieces of a number from 0 to 9999; `of_months` makes it agree: `miezi kumi na miwili`.

    Raises ValueError for a number outside that.
    """
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} cannot be said: numbers go from 0 to {MOST}")
    said = _swahili(number) if language == "sw" else _english(number)
    agreed = _MONTHS + said[-1]
    return (*said[:-1], agreed) if of_months and agreed in WORDS[language] else said


def in_words(number: int, language: str) -> str:
    """The number in words. Raises ValueError outside 0 to 9999."""
    return " ".join(WORDS[language][piece] for piece in pieces(number, language))


def _swahili(number: int) -> tuple[str, ...]:
    thousands, hundreds, tens, ones = number // 1000, number // 100 % 10, number % 100, number % 10
    parts: list[tuple[str, ...]] = []
    if thousands:
        parts.append(("elfu", str(thousands)))
    if hundreds:
        parts.append(("mia", str(hundreds)))
    if tens > 9:
        parts.append((str(tens - ones),))
    if ones or not parts:
        parts.append((str(ones),))
    *before, last = parts
    joined = [piece for part in before for piece in part]
    return (*joined, "na", *last) if joined else last


def _english(number: int) -> tuple[str, ...]:
    said: list[str] = []
    if number >= 1000:
        said += [str(number // 1000), "thousand"]
    if number // 100 % 10:
        said += [str(number // 100 % 10), "hundred"]
    rest = number % 100
    if said and rest:
        said.append("and")
    if rest >= 20:
        said += [str(rest - rest % 10)] + ([str(rest % 10)] if rest % 10 else [])
    elif rest or not said:
        said.append(str(rest))
    return tuple(said)
