"""What a key may look like; that every verb obeys is part of the contract."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_store.keys import BadKey, original_key, rendition_key, sha256_in, validate, validate_prefix

SHA256 = "ab01" + "0" * 60


def test_content_addresses_are_sharded() -> None:
    assert original_key(SHA256, "jpg") == f"originals/ab/01/{SHA256}.jpg"
    assert rendition_key(SHA256, "thumb", "webp") == f"renditions/ab/01/{SHA256}-thumb.webp"


def test_a_content_address_tells_its_sha256() -> None:
    assert sha256_in(original_key(SHA256, "jpg")) == SHA256
    assert sha256_in(rendition_key(SHA256, "thumb", "webp")) == SHA256
    for other in (
        "exports/x.zip",
        f"originals/{SHA256}.jpg",
        f"exports/ab/01/{SHA256}.jpg",
        f"originals/ab/01/{SHA256}",
    ):
        assert sha256_in(other) is None


@pytest.mark.parametrize("sha256", ["", "ab", SHA256.upper(), SHA256 + "0", "../" + "0" * 61])
def test_only_a_sha256_makes_an_address(sha256: str) -> None:
    with pytest.raises(BadKey):
        original_key(sha256, "jpg")
    with pytest.raises(BadKey):
        rendition_key(sha256, "thumb", "jpg")


@pytest.mark.parametrize("word", ["", "JPG", ".jpg", "j/pg", "..", "jpg\n", "a" * 17])
def test_names_and_extensions_are_plain_words(word: str) -> None:
    makes: list[Callable[[], str]] = [
        lambda: original_key(SHA256, word),
        lambda: rendition_key(SHA256, word, "jpg"),
        lambda: rendition_key(SHA256, "thumb", word),
    ]
    for make in makes:
        with pytest.raises(BadKey):
            make()


def test_a_valid_key_is_answered_itself() -> None:
    for key in (original_key(SHA256, "jpg"), "a", "exports/2026-11/visits_1.csv", "_/-", "/".join(["abcdefghi"] * 30)):
        assert validate(key) == key


@given(st.text("ab/._-A\\ \x00", max_size=12))
def test_no_valid_key_leads_out_of_its_folder(text: str) -> None:
    try:
        validate(text)
    except BadKey:
        return
    assert all(segment and not segment.startswith(".") for segment in text.split("/"))
    assert set(text) <= set("ab/._-")


@given(st.integers(0, 80))
def test_every_beginning_of_a_key_is_a_prefix(length: int) -> None:
    prefix = original_key(SHA256, "jpg")[:length]
    assert validate_prefix(prefix) == prefix
