"""Passwords are hashed with argon2id, and comparing costs the same for everybody."""

import time

from backend.accounts import passwords


def test_a_password_matches_its_hash_and_no_other() -> None:
    kept = passwords.hashed("correct horse")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "correct horse")
    assert not passwords.matches(kept, "correct hors")
    assert kept != passwords.hashed("correct horse")


def test_nothing_matches_where_nothing_is_kept() -> None:
    assert not passwords.matches(None, "")
    assert not passwords.matches(None, "a password that nobody can have: see matches")
    assert not passwords.matches("not a hash", "x")


def test_no_account_takes_as_long_as_a_wrong_password() -> None:
    kept = passwords.hashed("correct horse")

    def quickest(hash_: str | None) -> float:
        spans = []
        for _ in range(5):
            start = time.perf_counter()
            passwords.matches(hash_, "wrong password")
            spans.append(time.perf_counter() - start)
        return min(spans)

    assert 0.5 < quickest(None) / quickest(kept) < 2
