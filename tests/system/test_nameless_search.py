"""Whoever gave no name: the number is looked for in every place where a process could leave it."""

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
import redis
import requests
import servers
from conversations.phone import FORM, signed
from cryptography.fernet import Fernet, InvalidToken
from given import DATA_KEY
from psycopg import sql
from system_under_test import System, until

from callcentre.cli.processes import ABROAD

DIALS, IS_CUT, TEXTS, TEXTS_BY_TWILIO = (
    "+255719283746",
    "+255718273645",
    "+255717364582",
    "+255716453728",
)
NAMED = "+255715342819"
WORDS = "Daktari anaomba rushwa hospitali"
SECRETS = ("AFRICASTALKING_HOOK_SECRET", "TWILIO_AUTH_TOKEN")


def forms(number: str) -> tuple[str, ...]:
    """E.164, national, without the plus, and the nine digits that all of them hold."""
    return (number, "0" + number[4:], number[1:], number[4:])


@dataclass(frozen=True)
class Places:
    """Where a number could have been left."""

    database: str
    redis: str
    log: Path

    def with_any_of(self, needles: Iterable[str]) -> set[tuple[str, str]]:
        """Each place and each of these texts that stands in it as it is."""
        wanted = list(needles)
        return {
            (place, needle)
            for place, value in self._values()
            for readable in _texts(value)
            for needle in wanted
            if needle in readable
        }

    def with_sealed(self, needles: Iterable[str]) -> set[tuple[str, str]]:
        """The same for what DATA_KEY opens."""
        wanted = list(needles)
        return {
            (place, needle)
            for place, value in self._values()
            for readable in _texts(_unsealed(value))
            for needle in wanted
            if needle in readable
        }

    def _values(self) -> Iterator[tuple[str, Any]]:
        yield from _columns(self.database)
        yield from _keys(self.redis)
        for line in self.log.read_text("utf-8", "replace").splitlines():
            yield "log", line


def _columns(database: str) -> Iterator[tuple[str, Any]]:
    """Every value of every column of every table."""
    with psycopg.connect(database) as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table, column in columns:
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.Identifier(column), sql.Identifier(schema, table)
            )
            for (value,) in connection.execute(query):
                yield f"{table}.{column}", value


def _keys(address: str) -> Iterator[tuple[str, Any]]:
    """Every key of Redis and all that it holds."""
    client = redis.Redis.from_url(address)
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    for key in client.scan_iter():
        yield "redis", key
        kind = client.type(key)
        if kind != b"none":  # gone meanwhile
            yield "redis", read[kind](key)
    client.close()


def _texts(value: Any) -> Iterator[str]:
    """All that can be read in a value, in whatever it is wrapped."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | memoryview):
        yield bytes(value).decode("latin-1")
        yield from _unpacked(bytes(value))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


def _unpacked(value: bytes) -> Iterator[str]:
    """RQ keeps its jobs compressed."""
    try:
        yield zlib.decompress(value).decode("latin-1")
    except zlib.error:
        return


def _unsealed(value: Any) -> str | None:
    if not isinstance(value, bytes | memoryview):
        return None
    try:
        return Fernet(DATA_KEY).decrypt(bytes(value)).decode(errors="replace")  # sound too
    except InvalidToken:
        return None


# ---- The search itself -----------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Places]:
    """Places of their own with nothing in them."""
    places = Places(servers.new_database(), f"{servers.redis_url()}?db=8", tmp_path / "log")
    places.log.touch()
    yield places
    with redis.Redis.from_url(places.redis) as client:
        client.flushdb()


def every_form() -> set[str]:
    return set(forms(NAMED))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "simu {}."),
        ("bytea", b"simu {}"),
        ("json", '{{"a": [{{"b": "{}"}}]}}'),
        ("jsonb", '{{"{}": 1}}'),
        ("text[]", "{{moja,{}}}"),
        ("bytea[]", "{{moja,{}}}"),
    ],
    ids=lambda value: value if isinstance(value, str) and "{" not in value else "",
)
def test_it_finds_each_form_in_a_column_of_each_type(
    scratch: Places, column: str, value: str | bytes
) -> None:
    with psycopg.connect(scratch.database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE planted (here {column})")  # type: ignore[arg-type]
        for form in forms(NAMED):
            said = (
                value.replace(b"{}", form.encode())
                if isinstance(value, bytes)
                else value.format(form)
            )
            connection.execute("DELETE FROM planted")
            connection.execute("INSERT INTO planted VALUES (%s)", (said,))
            assert ("planted.here", form) in scratch.with_any_of(forms(NAMED))


def test_it_finds_a_number_that_is_kept_as_a_number(scratch: Places) -> None:
    with psycopg.connect(scratch.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE planted AS SELECT 255715342819::bigint AS here")
    assert scratch.with_any_of(forms(NAMED)) == {
        ("planted.here", NAMED[1:]),
        ("planted.here", NAMED[4:]),
    }


@pytest.mark.parametrize("form", forms(NAMED))
@pytest.mark.parametrize(
    "command",
    [
        ("SET", "{}", "1"),
        ("SET", "key", "simu {}"),
        ("HSET", "key", "{}", "1"),
        ("HSET", "key", "field", "{}"),
        ("RPUSH", "key", "1", "{}"),
        ("SADD", "key", "{}"),
        ("ZADD", "key", "1", "{}"),
        ("XADD", "key", "*", "field", "{}"),
    ],
    ids=" ".join,
)
def test_it_finds_each_form_in_each_kind_of_key(
    scratch: Places, command: tuple[str, ...], form: str
) -> None:
    with redis.Redis.from_url(scratch.redis) as client:
        client.execute_command(*(part.format(form) for part in command))
    assert ("redis", form) in scratch.with_any_of(forms(NAMED))


def test_it_finds_a_number_in_a_job(scratch: Places) -> None:
    with redis.Redis.from_url(scratch.redis) as client:
        client.hset("rq:job:1", "data", zlib.compress(f"send {NAMED}".encode()))
    assert {form for _, form in scratch.with_any_of(forms(NAMED))} == {
        NAMED,
        NAMED[1:],
        NAMED[4:],
    }


@pytest.mark.parametrize("form", forms(NAMED))
def test_it_finds_each_form_in_a_log(scratch: Places, form: str) -> None:
    scratch.log.write_text(f'{{"event": "heard"}}\n{{"event": "heard", "of": "{form}"}}\n')
    assert ("log", form) in scratch.with_any_of(forms(NAMED))


def test_what_is_sealed_is_found_only_by_who_opens_it(scratch: Places) -> None:
    with psycopg.connect(scratch.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE planted (here bytea)")
        sealed = Fernet(DATA_KEY).encrypt(NAMED.encode())
        connection.execute("INSERT INTO planted VALUES (%s)", (sealed,))
    assert scratch.with_any_of(forms(NAMED)) == set()
    assert ("planted.here", NAMED) in scratch.with_sealed(forms(NAMED))


# ---- The whole system ------------------------------------------------------------------------


def places_of(system: System) -> Places:
    return Places(
        system.environment["DATABASE_URL"],
        system.environment["REDIS_URL"],
        Path(system.log.name),
    )


def text_by_twilio(system: System, words: str) -> None:
    url = f"{system.url}/hooks/twilio/sms"
    form = {"MessageSid": "SM00000001", "From": TEXTS_BY_TWILIO, "To": ABROAD, "Body": words}
    answer = requests.post(
        url,
        data=urlencode(form),
        headers={**signed(url, form), "Content-Type": FORM},
        timeout=10,
    )
    assert answer.status_code == 200


def waiting_for_the_nameless(system: System) -> int:
    with psycopg.connect(system.environment["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM messages WHERE wipe AND sealed_to IS NOT NULL"
        ).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.processes
def test_no_number_of_the_nameless_is_left_anywhere(system: System) -> None:
    places = places_of(system)
    nameless = [form for one in (DIALS, IS_CUT, TEXTS, TEXTS_BY_TWILIO) for form in forms(one)]

    system.faults()
    for number, answers in (
        (DIALS, ("1", "1", "3", "1", WORDS, "1234")),
        (DIALS, ("5", "0", "1", "1", "1", "7", "0", "3", "1", WORDS, "4321")),
        (IS_CUT, ("1", "1", "3", "1", WORDS)),
    ):
        system.phone(number, "dial", code="*149*53#")
        for answer in answers:
            shown = system.phone(number, "type", text=answer)
        assert "Limepokelewa" in shown["screen"]
    system.phone(IS_CUT, "cancel")

    system.kill("worker")
    try:
        system.phone(TEXTS, "sms", to="15001", text=f"BILA JINA {WORDS}")
        text_by_twilio(system, f"Bila jina: {WORDS}")
        until(lambda: waiting_for_the_nameless(system) == 2, "both replies to wait")
        assert places.with_any_of(nameless) == set()
        assert places.with_sealed(nameless) == {
            ("messages.sealed_to", form)
            for number in (TEXTS, TEXTS_BY_TWILIO)
            for form in forms(number)
            if form in number
        }
    finally:
        system.start("worker")

    until(lambda: system.sms(TEXTS), "the reply")
    until(lambda: waiting_for_the_nameless(system) == 0, "the numbers to be wiped")
    assert places.with_any_of(nameless) == set()
    assert places.with_sealed(nameless) == set()


@pytest.mark.processes
def test_a_number_that_was_given_is_there_for_those_who_can_open_it(system: System) -> None:
    """Else the search above would look in the wrong places."""
    places = places_of(system)
    system.faults()
    system.phone(NAMED, "sms", to="15001", text=WORDS)
    until(lambda: system.sms(NAMED), "the acknowledgement")
    assert places.with_any_of(forms(NAMED)) == set()
    found = {place for place, _ in places.with_sealed(forms(NAMED))}
    assert found == {"tickets.sealed_number", "messages.sealed_to"}
    assert {name for name in SECRETS if places.with_any_of([os.environ[name]])} == set()
