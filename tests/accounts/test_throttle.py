"""Failed tries are counted, also side by side, and forgotten after a quarter of an hour."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.accounts import throttle
from backend.accounts.models import SignInFailure
from backend.accounts.problems import TooManyTries
from backend.core import clock
from backend.core.db import db, transaction

SUBJECTS = ("account:one", "address:192.0.2.1")


def rows() -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(SignInFailure)) or 0


def fail(times: int, subjects: tuple[str, ...] = SUBJECTS) -> None:
    for _ in range(times):
        throttle.begin(subjects)


def test_the_eleventh_try_of_an_account_waits(app: Flask) -> None:
    fail(10)
    with pytest.raises(TooManyTries) as refused:
        throttle.begin(SUBJECTS)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 900
    assert rows() == 20
    fail(1, ("account:two", "address:192.0.2.1"))


def test_an_address_has_fifty_tries_over_all_accounts(app: Flask) -> None:
    for number in range(50):
        fail(1, (f"account:{number}", "address:192.0.2.1"))
    with pytest.raises(TooManyTries):
        throttle.begin(("account:fresh", "address:192.0.2.1"))
    fail(1, ("account:fresh", "address:192.0.2.2"))


def test_success_is_struck_out(app: Flask) -> None:
    for _ in range(30):
        started = throttle.begin(SUBJECTS)
        with transaction(writes=True):
            throttle.forgive(started)
    assert rows() == 0


def test_failures_are_forgotten_and_pruned_after_the_window(app: Flask) -> None:
    with clock.set_to(clock.now() - throttle.WINDOW - timedelta(seconds=1)):
        fail(10)
    fail(1)
    assert rows() == 2


def test_the_wait_ends_when_the_oldest_counting_failure_does(app: Flask) -> None:
    with clock.set_to(clock.now() - timedelta(minutes=10)):
        fail(10)
    with pytest.raises(TooManyTries) as refused:
        throttle.begin(SUBJECTS)
    assert 295 <= int(refused.value.headers["Retry-After"]) <= 300
    assert refused.value.params["minutes"] == 5


def test_tries_side_by_side_do_not_slip_past_the_limit(app: Flask) -> None:
    admitted, refused = [], []

    def attempt() -> None:
        with app.app_context():
            try:
                admitted.append(throttle.begin(SUBJECTS))
            except TooManyTries:
                refused.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(24)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(admitted) <= 10
    assert len(admitted) + len(refused) == 24
    assert rows() == 2 * len(admitted)
