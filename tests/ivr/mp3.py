"""Reads MP3 frames, as far as the clips need it (ISO 13818-3, layer III of MPEG-2.5)."""

from collections.abc import Iterator
from dataclasses import dataclass

SAMPLES = 576  # a frame
_BITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # thousands a second
_RATES = {0: 11025, 1: 12000, 2: 8000}


@dataclass(frozen=True)
class Frame:
    rate: int  # samples a second
    bits: int  # a second
    mono: bool
    body: bytes

    @property
    def stands_alone(self) -> bool:
        """Whether it needs no bytes of the frame before: main_data_begin, 8 bits, is 0."""
        return self.body[4] == 0


def frames(data: bytes) -> Iterator[Frame]:
    """Frame after frame; AssertionError where something else stands, a tag for instance."""
    at = 0
    while at < len(data):
        sync, kind, rates, channels = data[at : at + 4]
        assert (sync, kind >> 1) == (0xFF, 0b1110001), f"no MPEG-2.5 layer III frame at byte {at}"
        rate, bits = _RATES[rates >> 2 & 3], _BITS[rates >> 4] * 1000
        size = SAMPLES // 8 * bits // rate + (rates >> 1 & 1)
        yield Frame(rate, bits, channels >> 6 == 3, data[at : at + size])
        at += size
    assert at == len(data), "the last frame is cut short"


def seconds(data: bytes) -> float:
    return sum(SAMPLES / frame.rate for frame in frames(data))
