"""Sounds on this network: how long one lasts, and a tone for whoever has none to say.

From ISO/IEC 11172-3 and 13818-3 (the heads of MPEG frames, with the common extension to 8 kHz that
is called 2.5) and the RIFF form of WAVE files.
"""

import io
import math
import wave
from dataclasses import dataclass

from callcentre.network.refusals import Refused

MP3 = "audio/mpeg"
LONGEST_S = 3600

# Kilobits a second of Layer III by the head's index: MPEG 1, and MPEG 2 and 2.5.
_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}

# A frame of 72 ms at 8 kHz and 8 kbit/s, mono, that holds one sound of about 440 Hz.
_TONE_HEAD = bytes.fromhex("ffe318c4")
_TONE_BYTES, _TONE_S = 72, 0.072


@dataclass(frozen=True, slots=True)
class Sound:
    """What somebody says into a telephone: a file as it is, how long it lasts, what kind it is."""

    content: bytes
    seconds: float
    kind: str = MP3


def sound(content: bytes, kind: str, seconds: float | None) -> Sound:
    """A file as something to say; `seconds` are believed where the file itself does not tell.

    Raises Refused if nobody tells how long it lasts.
    """
    lasts = length(content) or seconds
    if lasts is None or not 0 < lasts <= LONGEST_S:
        raise Refused(f"'seconds' must say how long the file lasts: up to {LONGEST_S}")
    return Sound(content, lasts, kind)


def length(content: bytes) -> float | None:
    """How many seconds an MP3 or WAV file lasts; None if it is neither."""
    return _wav(content) if content[:4] == b"RIFF" else _mp3(content)


def tone(seconds: float) -> Sound:
    """An MP3 of a plain tone, rounded to whole frames."""
    count = max(1, math.ceil(seconds / _TONE_S))
    return Sound(_tone_frame() * count, round(count * _TONE_S, 3))


def joined(sounds: list[Sound]) -> Sound:
    """Several sounds one after the other; none at all are silence of no length."""
    content = b"".join(each.content for each in sounds)
    seconds = sum(each.seconds for each in sounds)
    return Sound(content, round(seconds, 3), sounds[0].kind if sounds else MP3)


def _wav(content: bytes) -> float | None:
    try:
        with wave.open(io.BytesIO(content)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return None


def _mp3(content: bytes) -> float | None:
    """The sum of the frames, after a tag of ID3v2 if there is one."""
    at, seconds = _after_tag(content), 0.0
    while (frame := _frame(content[at : at + 4])) is not None:
        size, lasts = frame
        at += size
        seconds += lasts
    return seconds or None


def _after_tag(content: bytes) -> int:
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _frame(head: bytes) -> tuple[int, float] | None:
    """The bytes and seconds of the Layer III frame with this head, if it is one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, rate, hertz = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in _HERTZ or rate in (0, 15) or hertz == 3:
        return None
    newest = version == 3
    samples = 1152 if newest else 576
    bits = _RATES[not newest][rate] * 1000
    frequency = _HERTZ[version][hertz]
    size = samples // 8 * bits // frequency + (head[2] >> 1 & 1)
    return size, samples / frequency


def _tone_frame() -> bytes:
    """Of 576 lines only the 64th sounds: 31 pairs of nothing, then (0, 1), by Huffman table 1."""
    main = "1" * 31 + "0010"
    pairs = 32
    granule = [(len(main), 12), (pairs, 9), (202, 8), (0, 9), (0, 1)]
    tables = [(1, 5), (1, 5), (1, 5), (7, 4), (7, 3), (0, 1), (0, 1)]
    fields = [(0, 8), (0, 1), *granule, *tables]  # first: no bits of earlier frames, one private
    side = "".join(f"{value:0{width}b}" for value, width in fields)
    bits = (side + main).ljust(8 * (_TONE_BYTES - len(_TONE_HEAD)), "0")
    return _TONE_HEAD + int(bits, 2).to_bytes(len(bits) // 8)
