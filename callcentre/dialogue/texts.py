"""What a citizen's SMS asks for. By SMS words come first: every text that is no keyword is words.

ACHA, STOP, ANZA and MSAADA count only as the whole message; HALI, ONGEZA and KWANINI only before
a reference; a kind (LALAMIKO, MAONI, PONGEZI, SWALI) only as the first word, and on a shared line
beside it the keyword of an institution. Nothing is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from callcentre.charters.model import TicketKind
from callcentre.dialogue.hearing import ascii_digits

FEWEST_LETTERS = 5  # a shorter text opens nothing: it gets the greeting

_WHOLE = {
    "acha": "stop", "stop": "stop", "ondoa": "stop", "sitaki": "stop", "simama": "stop",
    "anza": "start", "start": "start",
    "haki": "rights", "ahadi": "rights", "msaada": "help", "help": "help",
    "nipigie": "call", "nipigie simu": "call", "tafadhali nipigie": "call",
}  # fmt: skip
_NOT_MINE = {
    "si yangu", "sio yangu", "siyo yangu", "si mimi", "sio mimi", "siyo mimi", "namba si yangu",
    "namba sio yangu", "hii si namba yangu", "sijalalamika", "not mine", "not me", "wrong number",
}  # fmt: skip
_JUDGED = re.compile(r"(1|2|ndiyo|ndio|yes|hapana|no)(?:\s+(?:na\s+)?(\d[\d\s]{3,13}))?")
_DIGIT = {"ndiyo": "1", "ndio": "1", "yes": "1", "hapana": "2", "no": "2"}
_KINDS: dict[str, TicketKind] = {
    "lalamiko": "complaint", "malalamiko": "complaint", "maoni": "opinion",
    "pongezi": "compliment", "swali": "enquiry",
}  # fmt: skip
_GREETINGS = set(
    [
        "habari",
        "habari yako",
        "habari zenu",
        "habari gani",
        "habari za asubuhi",
        "habari za mchana",
        "habari za jioni",
        "habari za leo",
        "habari za kazi",
        "hujambo",
        "hamjambo",
        "mambo",
        "mambo vipi",
        "salamu",
        "salama",
        "shikamoo",
        "jambo",
        "hello",
        "hallo",
        "good morning",
        "za asubuhi",
        "za jioni",
        "asante",
        "asanteni",
        "karibu",
        "asante sana",
        "thanks",
        "thank you",
    ]
)
_ABOUT = re.compile(
    r"(hali|status|ongeza|kwanini|kwa nini)[\s:.,]+(?:na[\s.]+)?"
    r"(\d(?:[\s.-]?\d){9}(?!\d)|\d{4,12}(?!\d))(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS = {"hali": "status", "status": "status", "ongeza": "add", "kwanini": "why", "kwa nini": "why"}
_NAMELESS = re.compile(r"bila\s+jina\b[\s:.,-]*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """What was understood.

    `asks` is words, status, add, why, rights, call, stop, start, help, greeting, empty, not_mine,
    or judge: the `digit` 1 or 2 that answers a question. `words` are the citizen's own, whole;
    `reference` and `code` as typed. `institution` is the one whose keyword stands first.
    `marked`: the words begin with their kind, their institution, or BILA JINA.
    """

    asks: str
    words: str = ""
    kind: TicketKind = "complaint"
    nameless: bool = False
    reference: str = ""
    code: str = ""
    digit: str = ""
    marked: bool = False
    institution: str | None = None


def understand(text: str, keywords: Mapping[str, str] = MappingProxyType({})) -> Text:
    """Read one SMS by the keyword rule.

    `keywords` are those of the institutions of a shared line, in small letters, with their ids.
    """
    words = readable(text)
    folded = " ".join(re.sub(r"[^\w\s]", " ", words.casefold()).split())
    if not words:
        return Text("empty")
    if folded in _WHOLE:
        return Text(_WHOLE[folded])
    if folded in _NOT_MINE:
        return Text("not_mine")
    judged = _JUDGED.fullmatch(ascii_digits(folded))
    if judged:
        digit = _DIGIT.get(judged[1], judged[1])
        return Text("judge", digit=digit, reference=judged[2] or "")
    about = _ABOUT.match(ascii_digits(words))
    if about:
        rest = words[about.start(3) :]  # the digits of other scripts are one character each too
        asks = " ".join(about[1].casefold().split())
        return _about(asks, about[2], rest.strip(" \n:.,-"))
    nameless = _NAMELESS.match(words)
    said = nameless[1] if nameless else words
    kind, institution, rest = _begins(said, keywords)
    if institution and not nameless:  # "KILOSA BILA JINA ..." wants no less than the other order
        nameless = _NAMELESS.match(rest)
        rest = nameless[1] if nameless else rest
    letters = sum(map(str.isalpha, rest))
    if letters < FEWEST_LETTERS and (kind or nameless or institution):
        return Text("help")
    if letters < FEWEST_LETTERS or folded in _GREETINGS:
        return Text("greeting")
    return Text(
        "words",
        said,
        kind or "complaint",
        nameless is not None,
        institution=institution,
        marked=bool(kind or institution or nameless),
    )


def _begins(said: str, keywords: Mapping[str, str]) -> tuple[TicketKind | None, str | None, str]:
    """The kind and the institution that the first words name, in any order, and what follows."""
    kind, institution, rest = None, None, said
    while rest:
        first, *after = re.split(r"[\s:]+", rest, maxsplit=1)
        word = first.casefold().strip(".,-!?")
        if kind is None and word in _KINDS:
            kind = _KINDS[word]
        elif institution is None and word in keywords:
            institution = keywords[word]
        else:
            break
        rest = "".join(after).lstrip(" .,-")
    return kind, institution, rest


def _about(keyword: str, reference: str, rest: str) -> Text:
    asks = _ASKS[keyword]
    code = ascii_digits(rest) if re.fullmatch(r"\d{4}", rest) else ""
    if asks == "add" and (code or not rest):  # a code is nothing to add, nor to keep
        return Text("help")
    return Text(asks, words=rest, reference=reference, code=code)


def readable(text: str) -> str:
    """The text as it may be stored: no NUL or control characters, no marks of direction.

    Line breaks stay, other blanks become one space; digits of other scripts stay in words and
    are read as 0-9 in keywords.
    """
    kept = "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(lines).strip()
