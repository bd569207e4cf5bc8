"""Fetching a recording: from where it may be, nothing else, and not forever."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conversations.provider import Api, serving
from hypothesis import given
from hypothesis import strategies as st
from verbs import law

from callcentre import config
from callcentre.calls.events import Recording
from callcentre.ivr.providers import africastalking, download
from callcentre.ivr.providers.contract import NotAllowed, NotFetched, NotThere

SOUND = (200, "ID3 sound", "audio/mpeg")
NAME = "sauti.example.com"
Allow = Callable[[str], None]
Names = dict[str, list[str]]


@pytest.fixture
def api(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving(monkeypatch) as api:
        api.answer = SOUND
        yield api


@pytest.fixture
def allow(schema: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Allow]:
    """Lists hosts that recordings may come from."""

    def listed(hosts: str) -> None:
        monkeypatch.setenv("RECORDING_HOSTS", hosts)
        config.load.cache_clear()

    yield listed
    config.load.cache_clear()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What names mean: each lookup takes the next of its addresses."""
    told: Names = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host in told:
            host = told[host].pop(0)
        return real(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return told


def port(api: Api) -> str:
    return api.address.rpartition(":")[2]


def test_a_recording_of_africas_talking_comes_from_an_address_that_is_listed(
    api: Api, allow: Allow
) -> None:
    allow(api.address.removeprefix("http://"))
    recording = Recording(f"{api.address}/5d5e.mp3?x=1", "5d5e")
    assert africastalking.fetch_recording(recording) == b"ID3 sound"
    assert [asked.path for asked in api.asked] == ["/5d5e.mp3"]
    assert "Authorization" not in api.asked[0].headers


@pytest.mark.parametrize("hosts", ["127.0.0.1", "127.0.0.0/8", "192.0.2.1, 127.0.0.0/30"])
def test_what_is_listed_may_be_an_address_or_a_network(api: Api, allow: Allow, hosts: str) -> None:
    allow(hosts)
    assert download.download(f"{api.address}/a.mp3") == b"ID3 sound"


def test_what_is_listed_may_be_a_name(api: Api, allow: Allow, names: Names) -> None:
    allow(NAME)
    names[NAME] = ["127.0.0.1"]
    assert download.download(f"http://{NAME}:{port(api)}/a.mp3") == b"ID3 sound"
    assert api.asked[0].headers["Host"] == f"{NAME}:{port(api)}"


@pytest.mark.parametrize("hosts", ["127.0.0.1:1", "192.0.2.0/24", "other.example.com"])
def test_what_is_not_on_the_list_is_not_asked(api: Api, allow: Allow, hosts: str) -> None:
    allow(hosts)
    with pytest.raises(NotAllowed, match="RECORDING_HOSTS"):
        download.download(f"{api.address}/a.mp3")
    assert api.asked == []


def test_the_local_networks_own_recordings_need_no_list(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", api.address)
    config.load.cache_clear()
    assert download.download(f"{api.address}/network/a.mp3") == b"ID3 sound"


def test_elsewhere_the_services_own_address_is_as_good_as_any(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", api.address)
    monkeypatch.setenv("LOCAL_NETWORK", "")
    config.load.cache_clear()
    with pytest.raises(NotAllowed):
        download.download(f"{api.address}/a.mp3")
    assert api.asked == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "localhost"),
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[fe80::1]", "[fc00::1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "255.255.255.255", "192.0.2.1"),
    ],
)
def test_no_address_inside_is_asked(api: Api, host: str) -> None:
    with pytest.raises(NotAllowed):
        download.download(f"http://{host}:{port(api)}/a.mp3")
    assert api.asked == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_not_asked(api: Api, names: Names, inside: str) -> None:
    names[NAME] = [inside]
    with pytest.raises(NotAllowed):
        download.download(f"http://{NAME}:{port(api)}/a.mp3")
    assert api.asked == []


def test_a_name_is_looked_up_once_and_cannot_change_its_mind(
    api: Api, allow: Allow, names: Names
) -> None:
    allow("127.0.0.0/8")
    names[NAME] = ["127.0.0.1", "10.0.0.1"]
    assert download.download(f"http://{NAME}:{port(api)}/a.mp3") == b"ID3 sound"
    assert names[NAME] == ["10.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.mp3", "/a.mp3", "//127.0.0.1/a", "http://", "http:///a", "https:a.mp3"),
        *("file:///etc/passwd", "ftp://192.0.2.1/a", "gopher://192.0.2.1/", "data:audio/mp3,x"),
        *("http://user@192.0.2.1/", "http://user:word@192.0.2.1/", "http://192.0.2.1:x/"),
        *("http://192.0.2.1:99999/", "http://[::1/", "http://a b/", "http://a/\r\nX: y"),
        *("http://192.0.2.1\\@127.0.0.1/", "http://\u2127.0.0.1/", f"http://x/{2000 * 'a'}"),
    ],
)
def test_what_is_no_address_of_the_web_is_not_asked(schema: None, url: str) -> None:
    with pytest.raises(NotAllowed):
        download.download(url)


@law
@given(st.text() | st.text().map("http://{}".format) | st.text().map("https://a.example/{}".format))
def test_no_address_does_more_than_not_be_fetched(schema: None, url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _no_such_name)
        with pytest.raises(NotFetched):
            download.download(url)


def _no_such_name(*given: Any, **named: Any) -> Any:
    raise socket.gaierror("no such name here")


@pytest.fixture
def near(api: Api, allow: Allow) -> Api:
    """A server that recordings may come from."""
    allow("127.0.0.1")
    return api


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300])
def test_no_redirect_is_followed(near: Api, status: int) -> None:
    near.answer = (status, "", "audio/mpeg")
    near.headers = {"Location": f"{near.address}/inside"}
    with pytest.raises(NotAllowed, match="leads elsewhere"):
        download.download(f"{near.address}/a.mp3")
    assert [asked.path for asked in near.asked] == ["/a.mp3"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, "", "text/html"), "status 404"),
        ((403, "", "text/html"), "status 403"),
        ((500, "", "text/html"), "status 500"),
        ((204, "", "audio/mpeg"), "status 204"),
        ((200, "<html>", "text/html; charset=utf-8"), "a page"),
        ((200, "{}", "application/json"), "a page"),
        ((200, "", "audio/mpeg"), "empty"),
    ],
)
def test_what_is_no_recording_is_to_be_tried_again(
    near: Api, answer: tuple[int, str, str], reason: str
) -> None:
    near.answer = answer
    with pytest.raises(NotThere, match=reason):
        download.download(f"{near.address}/a.mp3")


@pytest.mark.parametrize("kind", ["audio/mpeg", "audio/x-wav", "application/octet-stream", ""])
def test_any_kind_that_may_be_sound_is_taken(near: Api, kind: str) -> None:
    near.answer = (200, "ID3", kind)
    assert download.download(f"{near.address}/a.mp3") == b"ID3"


def test_what_is_packed_is_not_unpacked(near: Api) -> None:
    near.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(NotThere, match="packed"):
        download.download(f"{near.address}/a.mp3")
    assert near.asked[0].headers["Accept-Encoding"] == "identity"


def test_more_than_the_most_is_not_taken(near: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_BYTES", 8)
    with pytest.raises(NotAllowed, match="more than 8 bytes"):
        download.download(f"{near.address}/a.mp3")


def test_what_takes_too_long_is_left(near: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LONGEST", -1)
    with pytest.raises(NotThere, match="not done in"):
        download.download(f"{near.address}/a.mp3")


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The address of a server that answers once, with these bytes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        caller, _ = server.accept()
        with caller:
            caller.recv(65536)
            caller.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/a.mp3"
    thread.join()
    server.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nID3\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD + b"Content-Length: 1000\r\n\r\nID3", id="short of its length"),
        pytest.param(CHUNKED, id="without its last piece"),
        pytest.param(CHUNKED + b"zz\r\n", id="a piece of no length"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="no web server"),
    ],
)
def test_a_recording_that_breaks_off_is_to_be_tried_again(near: Api, answer: bytes) -> None:
    with answering(answer) as address, pytest.raises(NotThere):
        download.download(address)


def test_a_recording_may_come_in_pieces(near: Api) -> None:
    with answering(CHUNKED + b"2\r\n!!\r\n0\r\n\r\n") as address:
        assert download.download(address) == b"ID3!!"


def test_a_server_that_is_not_there_is_to_be_tried_again(near: Api) -> None:
    with pytest.raises(NotThere, match="ConnectionError"):
        download.download("http://127.0.0.1:9/a.mp3")


def test_the_reason_holds_no_address(near: Api) -> None:
    with pytest.raises(NotFetched) as fault:
        download.download("http://127.0.0.1:9/5d5e2457.mp3")
    assert "5d5e2457" not in str(fault.value)
