"""PostgreSQL's own programs: pg_dump, and pg_restore as a writer of SQL that we run ourselves.

We run it, so that the restored rows and what must follow them are one transaction.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from callcentre import config
from callcentre.backup.file import Unfit

_CHUNK = 1 << 20
_LEFT_OUT = (b"\\", b"SET transaction_timeout")
"""Lines for psql, and a setting of 17 and newer that older servers do not know."""


def dump(snapshot: str) -> Iterator[bytes]:
    """The database as of an exported snapshot, in pg_dump's custom format. Raises Unfit."""
    command = [_program("pg_dump"), "--format=custom", "--no-password", "--snapshot", snapshot]
    with TemporaryFile() as said, _database() as name:
        command += ["--dbname", name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as process:
            assert process.stdout
            while chunk := process.stdout.read(_CHUNK):
                yield chunk
        _require_success("pg_dump", process.returncode, said)


@contextmanager
def _database() -> Iterator[str]:
    """The database for a command line, its password in a file: `ps` shows command lines to all."""
    found = conninfo_to_dict(config.load().database_url.replace("+psycopg", "", 1))
    address = {name: str(value) for name, value in found.items()}
    with NamedTemporaryFile("w") as passwords:
        if password := address.pop("password", ""):
            escaped = password.replace("\\", r"\\").replace(":", r"\:")
            passwords.write(f"*:*:*:*:{escaped}\n")
            passwords.flush()
            address["passfile"] = passwords.name
        yield make_conninfo(**address)


def load(connection: psycopg.Connection[Any], archive: IO[bytes]) -> None:
    """Make what is in an archive, inside the transaction of the connection. Raises Unfit.

    The session's settings are other ones afterwards, until RESET ALL.
    """
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--schema=public"]
    with TemporaryFile() as said:
        with subprocess.Popen(
            [*command, "--file=-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        ) as process:
            assert process.stdin and process.stdout
            feeder = threading.Thread(target=_feed, args=(archive, process.stdin))
            feeder.start()
            try:
                _run(connection.cursor(), iter(process.stdout))
            finally:
                process.stdout.close()
                feeder.join()
        _require_success("pg_restore", process.returncode, said)


def _feed(archive: IO[bytes], stdin: IO[bytes]) -> None:
    with suppress(BrokenPipeError), stdin:  # it ended early, and says why
        shutil.copyfileobj(archive, stdin, _CHUNK)


def _run(cursor: psycopg.Cursor[Any], script: Iterator[bytes]) -> None:
    """Run a script of pg_restore: statements, and rows between `COPY ... FROM stdin;` and `\\.`."""
    statements: list[bytes] = []
    for line in script:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            cursor.execute(b"".join(statements), prepare=False)
            statements.clear()
            with cursor.copy(line) as copy:
                for row in iter(lambda: next(script), b"\\.\n"):
                    copy.write(row)
        elif not line.startswith(_LEFT_OUT):
            statements.append(line)
    cursor.execute(b"".join(statements), prepare=False)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unfit(f"{name} is not on this machine: install postgresql-client of the server")
    return found


def _require_success(name: str, code: int, said: IO[bytes]) -> None:
    if code:
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        raise Unfit(f"{name} failed: {lines[0] if lines else f'exit code {code}'}")
