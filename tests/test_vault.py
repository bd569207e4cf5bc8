"""What must not be read from a stolen database."""

import base64

import pytest
from given import DATA_KEY
from hypothesis import given
from hypothesis import strategies as st
from outbox.surroundings import changed

from callcentre import vault
from callcentre.config import MissingSettings

pytestmark = pytest.mark.usefixtures("schema")

NEW_KEY = base64.urlsafe_b64encode(b"n" * 32).decode()
ASHA = "+255712345678"


@given(st.text())
def test_what_is_sealed_can_be_read_and_shows_nothing(text: str) -> None:
    sealed = vault.seal(text)
    assert vault.unseal(sealed) == text
    assert len(text) < 8 or text.encode() not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    assert vault.seal(ASHA) != vault.seal(ASHA)


def test_after_a_rotation_the_old_is_read_and_the_new_key_seals() -> None:
    old = vault.seal(ASHA)
    with changed(DATA_KEY=f"{NEW_KEY},{DATA_KEY}"):
        assert vault.unseal(old) == ASHA
        new = vault.seal(ASHA)
    with changed(DATA_KEY=NEW_KEY):
        assert vault.unseal(new) == ASHA
        with pytest.raises(vault.Unreadable, match="DATA_KEY"):
            vault.unseal(old)


@pytest.mark.parametrize("sealed", [b"", b"nonsense", b"gAAAAA", b"\xff\x00"])
def test_what_nobody_sealed_is_unreadable(sealed: bytes) -> None:
    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed)


@pytest.mark.parametrize("key", ["short", "x" * 44, f"{DATA_KEY},short"])
def test_a_key_that_is_none_says_where_help_is(key: str) -> None:
    with changed(DATA_KEY=key), pytest.raises(MissingSettings, match=r"docs/settings\.md"):
        vault.seal(ASHA)


def test_a_fingerprint_finds_a_text_again_and_is_short() -> None:
    assert vault.fingerprint(ASHA) == vault.fingerprint(ASHA)
    assert len(vault.fingerprint(ASHA)) == 16
    assert vault.fingerprint(ASHA) != vault.fingerprint("+255712345679")


def test_fingerprints_of_different_purposes_cannot_be_compared() -> None:
    prints = {vault.fingerprint(ASHA, purpose) for purpose in ("number", "session", "code")}
    assert len(prints) == 3


def test_fingerprints_and_signatures_hang_on_the_secret_key() -> None:
    here = vault.fingerprint(ASHA), vault.sign(b"text", "seal")
    with changed(SECRET_KEY="another"):
        there = vault.fingerprint(ASHA), vault.sign(b"text", "seal")
    assert [one == other for one, other in zip(here, there, strict=True)] == [False, False]


def test_a_fingerprint_does_not_hang_on_the_key_that_is_rotated() -> None:
    here = vault.fingerprint(ASHA)
    with changed(DATA_KEY=NEW_KEY):
        assert vault.fingerprint(ASHA) == here


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("a", "a", True), ("a", "b", False), ("a", b"a", True), ("", "", True), ("é", "é", True),
     ("a", "aa", False)],
)  # fmt: skip
def test_secrets_are_compared_whatever_they_hold(
    one: str | bytes, other: str | bytes, same: bool
) -> None:
    assert vault.same(one, other) is same
