"""The web application about itself: alive, ready, measured; and its front page."""

import socket
from typing import Any

import pytest
from given import NOW
from outbox.surroundings import changed

from callcentre import config, db
from callcentre.app import create_app
from callcentre.outbox import holding

NOBODY = "unix:///nowhere/redis.sock"
NO_DATABASE = "postgresql://postgres@/none?host=/nowhere"


def get(path: str, **changes: Any) -> Any:
    """What a client on this machine gets from a process with these settings."""
    with changed(**changes):
        return create_app().test_client().get(path)


def test_it_is_alive_whatever_is_away(schema: None) -> None:
    answer = get("/healthz", DATABASE_URL=NO_DATABASE, REDIS_URL=NOBODY)
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})


def test_it_is_ready_when_database_and_redis_answer(schema: None) -> None:
    answer = get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "degraded": []})


def test_without_redis_it_is_ready_and_says_what_it_lacks(schema: None) -> None:
    answer = get("/readyz", REDIS_URL=NOBODY)
    assert (answer.status_code, answer.json) == (
        200, {"status": "degraded", "degraded": ["redis"]}
    )  # fmt: skip


def test_without_a_database_it_is_not_ready(schema: None) -> None:
    answer = get("/readyz", DATABASE_URL=NO_DATABASE)
    assert (answer.status_code, answer.json) == (
        503, {"status": "down", "degraded": ["database"]}
    )  # fmt: skip


def test_ready_is_said_in_time_though_redis_takes_calls_and_never_answers(schema: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = get("/readyz", REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}")
    assert answer.json["degraded"] == ["redis"]


def test_an_outbox_that_is_held_is_said_and_measured(database: None) -> None:
    def measured() -> float | None:
        page = create_app().test_client().get("/metrics").text
        (line,) = (line for line in page.splitlines() if line.startswith("callcentre_outbox_held"))
        return float(line.split()[1])

    assert measured() == 0
    with db.session() as session:
        holding.hold(session, "a drill", by="test", now=NOW)
    assert get("/readyz").json == {"status": "degraded", "degraded": ["outbox_held"]}
    assert measured() == 1


@pytest.mark.parametrize(
    ("remote", "headers", "status"),
    [
        pytest.param("127.0.0.1", {}, 200, id="this machine"),
        pytest.param("::1", {}, 200, id="this machine, IPv6"),
        pytest.param("10.0.0.7", {}, 403, id="another machine"),
        pytest.param("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403, id="through a proxy here"),
        pytest.param("10.0.0.7", {"Authorization": "Bearer sesame"}, 200, id="the token"),
        pytest.param("10.0.0.7", {"Authorization": "Bearer nuts"}, 403, id="another token"),
        pytest.param("10.0.0.7", {"Authorization": "Bearer "}, 403, id="no token"),
        pytest.param("10.0.0.7", {"Authorization": "Bearer \xe9"}, 403, id="a strange token"),
    ],
)
def test_measures_are_for_this_machine_or_for_who_has_the_token(
    schema: None, remote: str, headers: dict[str, str], status: int
) -> None:
    with changed(METRICS_TOKEN="sesame"):
        client = create_app().test_client()
        answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": remote})
    assert answer.status_code == status
    assert (b"callcentre_hooks" in answer.data) is (status == 200)


def test_without_a_token_nobody_elsewhere_sees_measures(client: Any) -> None:
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        answer = client.get("/metrics", headers=given, environ_base={"REMOTE_ADDR": "10.0.0.7"})
        assert answer.status_code == 403


def test_the_front_page_names_the_codes_of_every_institution_in_swahili(client: Any) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert '<html lang="sw"' in answer.text
    codes = ["*149*50#", "*149*51#", "*149*52#", "*149*53#", "*149*54#", "15001", "0262160240"]
    assert [code for code in codes if code not in answer.text] == []


def test_the_front_page_loads_nothing_from_anywhere_else(client: Any) -> None:
    page = client.get("/").text
    assert [word for word in ('src="http', 'href="http', "//cdn", "<script") if word in page] == []


def test_the_handset_is_there_only_with_the_local_network(schema: None) -> None:
    assert get("/handset/").status_code == 200
    assert get("/handset/", LOCAL_NETWORK="").status_code == 404


def test_a_body_that_is_too_large_is_refused(client: Any) -> None:
    path = f"/hooks/africastalking/{config.load().africastalking_hook_secrets[0]}/sms"
    answer = client.post(path, data={"text": "x" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/nothing", "/hooks/", "/hooks/africastalking/x/nothing"])
def test_what_is_not_there_is_not_found(client: Any, path: str) -> None:
    assert client.get(path).status_code == 404
