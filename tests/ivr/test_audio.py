"""Clips over HTTP: joined, kept by whoever has them, and nothing but clips."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pytest
from mp3 import seconds

from callcentre import config
from callcentre.ivr import audio, clips, speech
from callcentre.ivr.clips import BEEP, Clip

MENU = speech.say("voice.main", "sw", {"taasisi": "Halmashauri ya Kilosa"})


@pytest.fixture
def browser(app: Any) -> Any:
    return app.test_client()


def path(parts: Sequence[Any]) -> str:
    url = audio.url_of(parts)
    assert url.startswith(f"{config.load().public_url}/audio/")
    return url.removeprefix(config.load().public_url)


def code(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".mp3")


def every(count: int) -> list[Clip]:
    return [Clip(name, one.text) for name, one in islice(clips.manifest().items(), count)]


def test_one_clip_is_its_file(browser: Any) -> None:
    answer = browser.get(path([BEEP]))

    assert answer.status_code == 200
    assert answer.content_type == "audio/mpeg"
    assert answer.data == clips.path("beep").read_bytes()


def test_a_list_is_one_file_as_long_as_its_clips(browser: Any) -> None:
    answer = browser.get(path(MENU))

    assert seconds(answer.data) == pytest.approx(clips.seconds(MENU), abs=0.01)  # type: ignore[arg-type]


def test_an_address_tells_which_clips_it_plays() -> None:
    assert audio.heard(code(audio.url_of(MENU))) == tuple(clip.name for clip in MENU)  # type: ignore[arg-type,union-attr]


def test_the_same_clips_have_the_same_address_and_others_another() -> None:
    assert audio.url_of([BEEP]) == audio.url_of([BEEP])
    assert audio.url_of([BEEP]) != audio.url_of([BEEP, BEEP])


def test_no_two_clips_that_differ_share_a_code() -> None:
    hashes = {one.sha256 for one in clips.manifest().values()}

    assert len({each[: audio.CODE] for each in hashes}) == len(hashes)


def test_it_may_be_kept_for_ever_by_anybody(browser: Any) -> None:
    answer = browser.get(path(MENU))

    assert answer.headers["Cache-Control"] == "public, immutable, max-age=31536000"
    again = browser.get(path(MENU), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_it_can_be_asked_for_and_its_length(browser: Any) -> None:
    whole = browser.get(path(MENU)).data

    part = browser.get(path(MENU), headers={"Range": "bytes=100-199"})
    head = browser.head(path(MENU))

    assert (part.status_code, part.data) == (206, whole[100:200])
    assert (head.data, head.content_length) == (b"", len(whole))


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("000000", id="no clip"),
        pytest.param("{beep}0", id="half a code"),
        pytest.param("{beep}000000", id="a clip and none"),
        pytest.param("{many}", id="too many"),
        pytest.param("..%2Fmanifest", id="a file beside"),
        pytest.param("{BEEP}", id="in capitals"),
    ],
)
def test_whatever_else_is_asked_for_is_not_there(asked: str, browser: Any) -> None:
    beep = code(audio.url_of([BEEP]))
    address = asked.format(beep=beep, many=beep * (audio.MOST + 1), BEEP="BEEP00")

    assert browser.get(f"/audio/{address}.mp3").status_code == 404


@pytest.mark.parametrize("count", [0, audio.MOST + 1])
def test_no_address_is_made_for_none_or_too_many(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} clips"):
        audio.url_of(every(count))
