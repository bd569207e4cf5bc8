"""What must not be read from a stolen database: numbers and words sealed, numbers fingerprinted.

`seal` and `unseal` use Fernet (AES-128-CBC with HMAC-SHA256) under DATA_KEY; several keys may be
given while rotating, the first seals. A fingerprint is a keyed hash: it finds a number again
without holding it. Neither key is in the database.
"""

import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from callcentre import config


class Unreadable(ValueError):
    """Raised when sealed bytes were made with a key that DATA_KEY no longer lists."""


@cache
def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in config.load().data_keys])
    except ValueError as fault:
        raise config.MissingSettings(
            "DATA_KEY must be 32 random bytes in URL-safe base64 (docs/settings.md shows how)"
        ) from fault


@cache
def key(purpose: str) -> bytes:
    """A key of its own for each purpose, drawn from SECRET_KEY."""
    root = config.load().secret_key.encode()
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(root).digest()).digest()[:32]


def seal(text: str) -> bytes:
    """The text, readable only with DATA_KEY."""
    return seal_bytes(text.encode())


def seal_bytes(content: bytes) -> bytes:
    """Bytes such as a recording, readable only with DATA_KEY."""
    return _box().encrypt(content)


def unseal(sealed: bytes) -> str:
    """The text that was sealed. Raises Unreadable if its key is gone."""
    return unseal_bytes(sealed).decode()


def unseal_bytes(sealed: bytes) -> bytes:
    """The bytes that were sealed. Raises Unreadable if their key is gone."""
    try:
        return _box().decrypt(bytes(sealed))
    except InvalidToken as fault:
        raise Unreadable("sealed with a key that DATA_KEY does not list") from fault


def proofs() -> list[bytes]:
    """A text sealed with each key of DATA_KEY, to tell later whether all of them are there."""
    return [Fernet(key).encrypt(b"sealed with this key") for key in config.load().data_keys]


def fingerprint(text: str, purpose: str = "number") -> bytes:
    """16 bytes that are the same for the same text and say nothing of it without SECRET_KEY."""
    return hashlib.blake2b(text.encode(), key=key(purpose), digest_size=16).digest()


def sign(text: bytes, purpose: str) -> bytes:
    """HMAC-SHA256 of the bytes under the key of this purpose."""
    return hmac.new(key(purpose), text, hashlib.sha256).digest()


def same(one: str | bytes, other: str | bytes) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    left = one.encode() if isinstance(one, str) else one
    right = other.encode() if isinstance(other, str) else other
    return hmac.compare_digest(left, right)
