"""The clips over HTTP: one, or several as one file, since some providers take one address a menu.

A clip goes by the first digits of its file's hash, and a list by those of its clips one after the
other: what an address plays never changes, and may be kept for ever. Nothing in it is secret.
What was recorded is: its address is signed, and good for a quarter of an hour.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from flask import Blueprint, Response, abort, request

from callcentre import clock, config, db, vault
from callcentre.calls import recordings
from callcentre.ivr import clips
from callcentre.ivr.clips import Clip

MOST = 64  # clips in one file; a reference said twice and a date take forty
CODE = 6  # digits of the hash; a test says that no two clips share them

GOOD_FOR = 15 * 60  # seconds; longer than a menu is heard, however often it is said again
_A_YEAR = 365 * 24 * 60 * 60

blueprint = Blueprint("audio", __name__)


def url_of(parts: Sequence[Clip]) -> str:
    """Where these clips are played from, one after the other.

    Raises ValueError for none and for more than `MOST`, KeyError for one not in the manifest.
    """
    if not 0 < len(parts) <= MOST:
        raise ValueError(f"{len(parts)} clips: a file is made of 1 to {MOST}; play it in parts")
    codes = "".join(clips.manifest()[clip.name].sha256[:CODE] for clip in parts)
    return f"{config.load().public_url}/audio/{codes}.mp3"


def heard(codes: str) -> tuple[str, ...] | None:
    """The names of the clips that an address plays (its last part, without `.mp3`), or None."""
    each = [codes[at : at + CODE] for at in range(0, len(codes), CODE)]
    if not 0 < len(each) <= MOST or not set(each) <= _by_code().keys():
        return None
    return tuple(_by_code()[code] for code in each)


@cache
def _by_code() -> Mapping[str, str]:
    return {one.sha256[:CODE]: name for name, one in clips.manifest().items()}


@cache
def _bytes(name: str) -> bytes:
    return clips.path(name).read_bytes()


def url_of_recording(recording: int) -> str:
    """Where a provider fetches what was recorded, while the call lasts; nobody can guess it."""
    until = int(clock.now().timestamp()) + GOOD_FOR
    told = f"{recording}-{until}"
    return f"{config.load().public_url}/audio/recorded/{told}-{_mark(told)}.mp3"


def _mark(told: str) -> str:
    return vault.sign(told.encode(), "recording address").hex()


@blueprint.get("/audio/recorded/<int:recording>-<int:until>-<mark>.mp3")
def recorded(recording: int, until: int, mark: str) -> Response:
    """What was recorded, to who was given its address in this call; kept by nobody on the way."""
    given = vault.same(mark.encode(), _mark(f"{recording}-{until}").encode())
    if not given or until < clock.now().timestamp():
        abort(404)
    with db.session() as session:
        content = recordings.content(session, recording)
    if content is None:
        abort(404)
    response = Response(content, mimetype="audio/mpeg")
    response.cache_control.private = response.cache_control.no_store = True
    return response


@blueprint.get("/audio/<codes>.mp3")
def audio(codes: str) -> Response:
    """The clips as one MP3: their frames are alike, so their bytes can be joined."""
    names = heard(codes)
    if names is None:
        abort(404)
    body = b"".join(_bytes(name) for name in names)
    response = Response(body, mimetype="audio/mpeg")
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.cache_control.max_age = _A_YEAR
    response.set_etag(codes)
    response.make_conditional(request, accept_ranges=True, complete_length=len(body))
    return response
