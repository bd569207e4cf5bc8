"""How long sounds last, and the tone for whoever has none to say."""

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcentre.network.audio import joined, length, sound, tone
from callcentre.network.refusals import Refused


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(round(seconds * 8000) * 2))
    return file.getvalue()


def frames(head: str, size: int, count: int) -> bytes:
    return (bytes.fromhex(head) + bytes(size - 4)) * count


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        pytest.param(frames("fffb9000", 417, 10), 10 * 1152 / 44100, id="MPEG 1, 128 kbit/s"),
        pytest.param(frames("fffb9200", 418, 10), 10 * 1152 / 44100, id="with padding"),
        pytest.param(frames("fff348c4", 144, 10), 10 * 576 / 16000, id="MPEG 2, 16 kHz, 32 kbit/s"),
        pytest.param(frames("ffe328c4", 144, 10), 10 * 576 / 8000, id="MPEG 2.5, 8 kHz, 16 kbit/s"),
        pytest.param(b"ID3\4\0\0\0\0\1\1" + bytes(129) + tone(1).content, 1.008, id="a tag first"),
        pytest.param(wav(2.5), 2.5, id="WAV"),
        pytest.param(b"RIFF....", None, id="half a WAV"),
        pytest.param(b"OggS", None, id="another kind"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_how_long_a_file_lasts(content: bytes, seconds: float | None) -> None:
    assert length(content) == (seconds if seconds is None else pytest.approx(seconds))


@given(st.binary(max_size=300))
def test_no_file_is_too_odd(content: bytes) -> None:
    lasts = length(b"\xff\xe3" + content)
    assert lasts is None or lasts > 0


@given(st.floats(min_value=0.1, max_value=60))
def test_a_tone_lasts_as_long_as_asked_to_a_frame(seconds: float) -> None:
    made = tone(seconds)
    assert seconds <= made.seconds <= seconds + 0.0725
    assert length(made.content) == pytest.approx(made.seconds)


def test_sounds_follow_one_another() -> None:
    both = joined([tone(1), tone(2)])
    assert both.content == tone(1).content + tone(2).content
    assert both.seconds == pytest.approx(tone(1).seconds + tone(2).seconds)
    assert (joined([]).content, joined([]).seconds) == (b"", 0)


def test_of_a_kind_that_does_not_tell_its_length_somebody_must() -> None:
    assert sound(b"OggS", "audio/ogg", 3.5).seconds == 3.5
    with pytest.raises(Refused, match="'seconds'"):
        sound(b"OggS", "audio/ogg", None)
