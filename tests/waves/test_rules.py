"""The states of a wave."""

import pytest

from backend.waves import rules


@pytest.mark.parametrize(
    ("state", "wanted", "allowed"),
    [
        ("draft", "open", True),
        ("open", "closed", True),
        ("closed", "open", True),
        ("open", "open", True),
        ("draft", "closed", False),
        ("open", "draft", False),
        ("closed", "draft", False),
        ("open", "locked", False),
        ("closed", "locked", False),
        ("locked", "open", False),
        ("locked", "closed", False),
    ],
)
def test_which_state_follows_which(state: str, wanted: str, allowed: bool) -> None:
    assert rules.may_become(state, wanted) is allowed


@pytest.mark.parametrize("state", rules.STATES)
def test_only_open_and_closed_waves_are_locked(state: str) -> None:
    assert rules.may_be_locked(state) is (state in {"open", "closed"})


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("NEV-2026", True),
        ("体验官", True),
        ("a.b_c", True),
        ("", False),
        ("a b", False),
        ("-a", False),
        ("a" * 64, True),
        ("a" * 65, False),
        ("a/b", False),
        ("\x00", False),
    ],
)
def test_what_a_code_may_be(code: str, fits: bool) -> None:
    assert rules.is_code(code) is fits
