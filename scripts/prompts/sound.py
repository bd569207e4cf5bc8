"""Sound as the clips keep it: made by espeak-ng or read from a file, levelled, and encoded.

Both commands are called as programs, and only here: `espeak-ng` speaks, `ffmpeg` reads and encodes.
"""

import math
import re
import shutil
import subprocess
import tempfile
from array import array
from pathlib import Path
from typing import TypeAlias

Samples: TypeAlias = "array[int]"  # 16 bits each

RATE = 8000  # samples a second, as telephones have it
BITS = 16_000  # a second
WORDS = 146  # a minute, so that the greeting with its menu takes less than twenty seconds
LOUDNESS = -20.0  # dBFS, mean power of a clip's sound
PEAK = -1.5  # dBFS, never louder
FULL = 32767

_FRAME = 576  # samples
_FRAME_BYTES = _FRAME * BITS // 8 // RATE
_DELAY = 1105  # samples between what LAME is given and what a decoder puts out

_READ_AS = str.maketrans({"/": " au ", "–": ", "})  # in the sentences of charters
_TELEPHONE = "highpass=f=200,lowpass=f=3500"
# Silence goes at both ends, but for 50 ms with which words do not run into each other.
_EDGE = "silenceremove=start_periods=1:start_threshold=-45dB:start_silence=0.02"
_TRIM = f"{_EDGE},areverse,{_EDGE.replace('0.02', '0.05')},areverse"
_ENCODE = [
    *("-c:a", "libmp3lame", "-b:a", str(BITS), "-ar", str(RATE), "-ac", "1"),
    *("-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0", "-map_metadata", "-1"),
    *("-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp3"),
]


class NoSound(RuntimeError):
    """Raised with what to do: a command is missing, or a file holds no sound."""


def spoken(text: str, language: str) -> Samples:
    """The text as espeak-ng says it."""
    said = text.translate(_READ_AS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spoken.wav"
        _run("espeak-ng", "-v", language, "-s", str(WORDS), "-w", str(file), "--", said)
        return taken(file)


def taken(file: Path) -> Samples:
    """What a file of any kind holds, without the silence at its ends, at the common loudness.

    Raises NoSound for a file that cannot be read or is silent.
    """
    raw = _run(
        *(
            "ffmpeg",
            "-v",
            "error",
            "-i",
            str(file),
            "-af",
            f"aresample={RATE},{_TELEPHONE},{_TRIM}",
        ),
        *("-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"),
    )
    samples = array("h", raw)
    if not samples:
        raise NoSound(f"{file} is silent: record it again")
    return levelled(samples)


def levelled(samples: Samples) -> Samples:
    """The same at the common loudness, or at the most that its peaks allow."""
    power = math.sqrt(sum(sample * sample for sample in samples) / len(samples))
    highest = max(abs(sample) for sample in samples)
    gain = min(10 ** (LOUDNESS / 20) * FULL / power, 10 ** (PEAK / 20) * FULL / highest)
    return array("h", (round(sample * gain) for sample in samples))


def tone(seconds: float, hertz: int) -> Samples:
    """A tone at the common loudness."""
    highest = 10 ** (LOUDNESS / 20) * FULL
    turns = (2 * math.pi * hertz * at / RATE for at in range(int(seconds * RATE)))
    return array("h", (round(highest * math.sin(turn)) for turn in turns))


def silence(seconds: float) -> Samples:
    """So much silence that its clip, with what encoding adds, is that long (above 0.2 s)."""
    return array("h", bytes(2 * (int(seconds * RATE) - _DELAY)))


def encoded(samples: Samples) -> bytes:
    """As MP3: frames alone, so that files can be joined by their bytes.

    No frame needs another one, so the silent ones go that the encoder adds at both ends.
    """
    arguments = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", *_ENCODE, "-"]
    frames = _run("ffmpeg", "-v", "error", *arguments, given=samples.tobytes())
    last = math.ceil((len(samples) + _DELAY) / _FRAME)
    return frames[_FRAME_BYTES : _FRAME_BYTES * last]


def _run(command: str, *arguments: str, given: bytes = b"") -> bytes:
    if shutil.which(command) is None:
        raise NoSound(f"{command} is missing: apt-get install espeak-ng ffmpeg, then start again")
    done = subprocess.run([command, *arguments], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        said = re.sub(r"\s+", " ", done.stderr.decode(errors="replace")).strip()
        raise NoSound(f"{command} failed: {said}")
    return done.stdout
