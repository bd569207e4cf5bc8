"""Words that may mean that somebody is in danger: violence, a child, a life.

A word too many costs one screen with two numbers; a word too few may cost more. Whole words are
compared, since "ananipiga" beats me and "ananipigia" only rings me up.
"""

import re
import unicodedata

_WORDS = (
    # to kill, to be killed, to kill oneself; a corpse
    "kuua", "kuuawa", "ameuawa", "wameuawa", "ataniua", "atamuua", "wataniua", "kujiua", "najiua",
    "nitajiua", "anataka kujiua", "maiti",
    # to beat, to be beaten; wounds, blood
    "ananipiga", "anampiga", "anatupiga", "anawapiga", "wananipiga", "wanampiga", "amenipiga",
    "amempiga", "wamenipiga", "napigwa", "anapigwa", "tunapigwa", "nimepigwa", "amepigwa", "kipigo",
    "kupigwa", "nimejeruhiwa", "amejeruhiwa", "damu",
    # rape and the abuse of children
    "kubaka", "amenibaka", "amembaka", "kubakwa", "amebakwa", "nimebakwa", "ubakaji",
    "kulawiti", "amelawitiwa", "ukatili", "ananyanyasa mtoto", "ukeketaji", "kukeketwa",
    # threats, weapons, captivity
    "ananitishia", "wananitishia", "anatishia kuniua", "kutishiwa", "nimetishiwa", "bunduki",
    "kisu", "panga", "tumefungiwa", "nimefungiwa", "ametekwa", "kutekwa", "nimetekwa",
    "hatarini", "niokoe", "tuokoe", "niokoeni", "tuokoeni",
    # English
    "kill", "murder", "suicide", "rape", "raped", "beating me", "beats me", "stab", "gun", "knife",
    "kidnap", "in danger",
)  # fmt: skip
_SAID = re.compile(r"(?<!\w)(?:" + "|".join(_WORDS) + r")(?!\w)")


def is_said(words: str) -> bool:
    """Whether the words may tell of somebody in danger."""
    plain = unicodedata.normalize("NFKD", words).casefold()
    return _SAID.search(" ".join(re.sub(r"[^\w\s]", " ", plain).split())) is not None
