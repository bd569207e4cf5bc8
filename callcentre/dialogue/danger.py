"""Words that may mean that somebody is in danger: violence, a child, a life.

A word too many keeps an ordinary complaint from its acknowledgement; a word too few may cost more.
Whole words are compared, since "ananipiga" beats me and "ananipigia" only rings me up; and words
that offices hear every day ("damu" of a hospital, "panga" of a queue) only in company.
"""

import re
import unicodedata

_WORDS = (
    # to kill, to be killed, to kill oneself
    "kuua", "kuuawa", "ameuawa", "wameuawa", "ataniua", "atamuua", "wataniua", "kujiua", "najiua",
    "nitajiua", "anataka kujiua", "kuniua", "kumuua",
    # to beat, to be beaten; wounds, blood
    "ananipiga", "anampiga", "anatupiga", "anawapiga", "wananipiga", "wanampiga", "amenipiga",
    "amempiga", "wamenipiga", "napigwa", "anapigwa", "tunapigwa", "nimepigwa", "amepigwa", "kipigo",
    "kupigwa na", "nimejeruhiwa", "amejeruhiwa", "ana damu", "anatoka damu", "anavuja damu",
    # rape and the abuse of children
    "kubaka", "amenibaka", "amembaka", "kubakwa", "amebakwa", "nimebakwa", "ubakaji",
    "kulawiti", "amelawitiwa", "ukatili", "ananyanyasa mtoto", "ukeketaji", "kukeketwa",
    # threats, weapons, captivity
    "ananitishia", "wananitishia", "anatishia kuniua", "kutishiwa", "nimetishiwa", "bunduki",
    "ana kisu", "ana panga", "wana mapanga", "kwa kisu", "kwa panga", "kwa mapanga", "tumefungiwa",
    "nimefungiwa", "ametekwa", "kutekwa", "nimetekwa", "nipo hatarini", "niko hatarini",
    "tupo hatarini", "yupo hatarini", "yuko hatarini", "wapo hatarini", "niokoe", "tuokoe",
    "niokoeni", "tuokoeni",
    # English
    "kill me", "kill her", "kill him", "killed", "murder", "suicide", "rape", "raped", "beating me",
    "beats me", "beating her", "stab", "stabbed", "with a gun", "with a knife", "kidnapped",
    "i am in danger", "is in danger", "we are in danger",
)  # fmt: skip
_SAID = re.compile(r"(?<!\w)(?:" + "|".join(_WORDS) + r")(?!\w)")


def is_said(words: str) -> bool:
    """Whether the words may tell of somebody in danger."""
    plain = unicodedata.normalize("NFKD", words).casefold()
    return _SAID.search(" ".join(re.sub(r"[^\w\s]", " ", plain).split())) is not None
