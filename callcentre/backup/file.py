"""A backup as a file: a zip of the database as pg_dump writes it, and a signed page about it.

`unzip` opens it and `pg_restore` reads what is in it, should this program be lost.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from callcentre import vault

FORMAT = "callcentre backup 1"
_DUMP, _ABOUT, _SIGNATURE = "database.dump", "about.json", "about.hmac"
_CHUNK = 1 << 20


class Unfit(ValueError):
    """Raised with one line that says why a file cannot be restored, or why it must not be."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself. `proofs` were sealed with each key of DATA_KEY in turn."""

    format: str
    taken_at: str
    revision: str
    tickets: int
    sha256: str
    secret_key: str
    proofs: list[str]

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.taken_at)


def write(
    path: Path, dump: Iterable[bytes], *, revision: str, tickets: int, now: datetime
) -> About:
    """Write a backup taken at `now`: whole or not at all, for the owner alone, read back once."""
    half = path.with_name(f".{path.name}.new")
    half.unlink(missing_ok=True)
    try:
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with ZipFile(file, "w") as whole:
                digest = hashlib.sha256()
                with whole.open(_DUMP, "w", force_zip64=True) as member:
                    for chunk in dump:
                        digest.update(chunk)
                        member.write(chunk)
                about = About(
                    format=FORMAT,
                    taken_at=now.isoformat(timespec="seconds"),
                    revision=revision,
                    tickets=tickets,
                    sha256=digest.hexdigest(),
                    secret_key=_print_of_secret_key(),
                    proofs=[proof.decode() for proof in vault.proofs()],
                )
                page = json.dumps(asdict(about), indent=2).encode()
                whole.writestr(_ABOUT, page)
                whole.writestr(_SIGNATURE, vault.sign(page, "backup").hex())
            file.flush()
            os.fsync(file.fileno())
        read(half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)  # else a power cut could take the name away
    os.close(folder)
    return about


def read(path: Path) -> About:
    """Check all of a backup and the present keys against it. Raises Unfit, OSError."""
    try:
        with ZipFile(path) as whole:
            page = whole.read(_ABOUT)
            about = About(**json.loads(page))
            signature = whole.read(_SIGNATURE).decode()
            digest = hashlib.sha256()
            with whole.open(_DUMP) as member:
                while chunk := member.read(_CHUNK):
                    digest.update(chunk)
    except (BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError):
        raise Unfit(f"{path} is cut short or damaged, or no backup of callcentre") from None
    if about.format != FORMAT:
        raise Unfit(f"{path} is a '{about.format}', and this version reads '{FORMAT}'")
    if not vault.same(about.secret_key, _print_of_secret_key()):
        raise Unfit(f"SECRET_KEY is not the one that {path} was made with: set that one")
    if not vault.same(signature, vault.sign(page, "backup").hex()):
        raise Unfit(f"{path} was changed after it was written: its signature does not hold")
    if digest.hexdigest() != about.sha256:
        raise Unfit(f"{path} was changed after it was written: its checksum is another")
    with suppress(vault.Unreadable):
        for proof in about.proofs:
            vault.unseal(proof.encode())
        return about
    raise Unfit(f"DATA_KEY lacks a key that {path} was made with: list that one too")


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The database in a backup that was read before, as pg_restore takes it."""
    with ZipFile(path) as whole, whole.open(_DUMP) as member:
        yield member


def _print_of_secret_key() -> str:
    return vault.fingerprint("SECRET_KEY", "backup").hex()
