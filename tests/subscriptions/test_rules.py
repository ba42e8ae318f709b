"""Times, addresses, tokens and signatures."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.core.ids import new_id
from backend.subscriptions import rules

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
THURSDAY = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # Noon in Shanghai.


@pytest.mark.parametrize(
    ("weekday", "hour", "due"),
    [
        (4, 13, datetime(2026, 11, 26, 5, tzinfo=UTC)),
        (4, 12, datetime(2026, 12, 3, 4, tzinfo=UTC)),
        (4, 11, datetime(2026, 12, 3, 3, tzinfo=UTC)),
        (5, 0, datetime(2026, 11, 26, 16, tzinfo=UTC)),
        (3, 23, datetime(2026, 12, 2, 15, tzinfo=UTC)),
        (1, 9, datetime(2026, 11, 30, 1, tzinfo=UTC)),
    ],
)
def test_the_next_moment_is_the_next_such_hour_of_the_brand(weekday: int, hour: int, due: datetime) -> None:
    assert rules.next_due(THURSDAY, weekday, hour, SHANGHAI) == due


def test_it_is_told_at_the_same_hour_in_summer_and_in_winter() -> None:
    before = datetime(2026, 10, 23, tzinfo=UTC)
    first = rules.next_due(before, 1, 9, BERLIN)
    assert first.astimezone(BERLIN).hour == 9
    assert first - rules.next_due(before - timedelta(days=7), 1, 9, BERLIN) == timedelta(days=7, hours=1)


def test_every_moment_of_a_week_leads_to_the_future_and_no_further_than_a_week() -> None:
    for hours in range(24 * 8):
        moment = THURSDAY + timedelta(hours=hours)
        for weekday in range(1, 8):
            assert timedelta(0) < rules.next_due(moment, weekday, 9, SHANGHAI) - moment <= timedelta(days=7)


@pytest.mark.parametrize("good", ["a@b.cn", "anna.li+audit@mail.example.com", "o'neil@example.com"])
def test_plain_addresses_are_taken(good: str) -> None:
    assert rules.is_address(good)


@pytest.mark.parametrize(
    "bad",
    [
        "", "a", "a@", "@b.cn", "a b@c.cn", "a@b.cn\r\nBcc: x@y.cn", "a@b.cn\n", "a@b.cn,c@d.cn", "<a@b.cn>", "a@@b.cn",
        "A <a@b.cn>", "a;b@c.cn", "a@b..cn", "王@例子.cn", "a@[127.0.0.1]", "x" * 65 + "@b.cn", "a@" + "b." * 120 + "cn",
        '"a"@b.cn', "a@b.cn\0",
    ],
)  # fmt: skip
def test_what_is_more_or_less_than_an_address_is_not(bad: str) -> None:
    assert not rules.is_address(bad)


def test_seven_tries_in_less_than_a_day() -> None:
    waits = [rules.next_try(begun) for begun in range(1, rules.MOST_TRIES + 1)]
    assert waits[-1] is None
    assert None not in waits[:-1]
    assert waits[:-1] == sorted(waits[:-1])
    assert sum(waits[:-1], timedelta(0)) < timedelta(days=1)


def test_a_signature_is_what_the_documentation_says() -> None:
    made = rules.signature("whsec_x", 1700000000, b'{"a":1}')
    assert made == hmac.new(b"whsec_x", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()


def test_tokens_prove_one_thing_each() -> None:
    one, other, until = new_id(), new_id(), datetime(2026, 12, 1, tzinfo=UTC)
    confirm = rules.confirm_token("key", one, "a@b.cn", until)
    assert rules.read_token(confirm) == (one, int(until.timestamp()))
    assert rules.read_token(rules.unsubscribe_token("key", one)) == (one, 0)
    made = {
        confirm, rules.confirm_token("key", one, "b@b.cn", until), rules.confirm_token("key", other, "a@b.cn", until),
        rules.confirm_token("other", one, "a@b.cn", until), rules.unsubscribe_token("key", one),
        rules.unsubscribe_token("other", one), rules.confirm_token("key", one, "a@b.cn", until + timedelta(days=1)),
    }  # fmt: skip
    assert len(made) == 7


@pytest.mark.parametrize("junk", ["", "x", "é", "=" * 75, "A" * 74, "A" * 76, "💥" * 20])
def test_what_is_no_token_names_nothing(junk: str) -> None:
    assert rules.read_token(junk) is None


def test_a_webhooks_secret_changes_with_its_number_and_its_subscription() -> None:
    one = new_id()
    made = {
        rules.secret_of("key", one, 1), rules.secret_of("key", one, 2), rules.secret_of("key", new_id(), 1),
        rules.secret_of("k", one, 1),
    }  # fmt: skip
    assert len(made) == 4
    assert all(secret.startswith("whsec_") and len(secret) == 49 for secret in made)
