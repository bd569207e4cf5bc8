"""A ticket's number: `26-00123454`, two digits of the year (EAT) and eight more.

The last is a Damm check digit over all before it: any one wrong digit and any two neighbours
exchanged are noticed (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004). The seven before
it are a sequence run through a keyed permutation, so that numbers tell neither how many there are
nor which comes next. A reference is no secret; what it opens is decided by number or code.
"""

import hashlib
from datetime import datetime

from callcentre import vault
from callcentre.clock import EAT

SPACE = 10_000_000
_ROUNDS = 4
_HALF_BITS = 12  # two halves of 12 bits hold 16.7 million, walked until below SPACE
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def make(sequence: int, now: datetime) -> str:
    """The reference for a number of the sequence, given out at `now`."""
    year = now.astimezone(EAT).year % 100
    body = f"{year:02}{_permute(sequence % SPACE):07}"
    return f"{body[:2]}-{body[2:]}{check_digit(body)}"


def read(written: str) -> str | None:
    """The reference somebody typed, with or without hyphen and blanks; None if it is not one."""
    digits = written.replace("-", "").replace(" ", "").replace(".", "")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    return f"{digits[:2]}-{digits[2:]}"


def number(ref: str) -> int:
    """The number of the sequence, modulo SPACE, that a reference was made from."""
    found = int(ref[3:10])
    while True:
        found = _feistel_back(found)
        if found < SPACE:
            return found


def check_digit(digits: str) -> str:
    state = "0"
    for digit in digits:
        state = _DAMM[int(state)][int(digit)]
    return state


def _permute(number: int) -> int:
    """A keyed permutation of 0..SPACE-1: a Feistel network, walked until it lands inside."""
    while True:
        number = _feistel(number)
        if number < SPACE:
            return number


def _feistel(number: int) -> int:
    mask = (1 << _HALF_BITS) - 1
    left, right = number >> _HALF_BITS, number & mask
    for turn in range(_ROUNDS):
        left, right = right, left ^ (_mix(turn, right) & mask)
    return left << _HALF_BITS | right


def _feistel_back(number: int) -> int:
    mask = (1 << _HALF_BITS) - 1
    left, right = number >> _HALF_BITS, number & mask
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ (_mix(turn, left) & mask), left
    return left << _HALF_BITS | right


def _mix(turn: int, half: int) -> int:
    digest = hashlib.blake2b(
        half.to_bytes(2, "big"), key=vault.key("reference"), person=bytes([turn]), digest_size=4
    )
    return int.from_bytes(digest.digest(), "big")
