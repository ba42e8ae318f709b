"""Logins, secrets and addresses."""

import pytest

from backend.accounts import rules


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "address:2001:db8:1:3::/64"),
        ("nonsense", "address:unknown"),
        ("", "address:unknown"),
        (None, "address:unknown"),
    ],
)
def test_a_caller_is_an_ipv4_address_or_a_site_of_ipv6(address: str | None, caller: str) -> None:
    assert rules.caller_at(address) == caller


def test_a_login_is_the_same_however_it_is_typed() -> None:
    assert rules.normal_login("  Alice ") == rules.normal_login("\uff21\uff2c\uff29\uff23\uff25") == "alice"
    assert rules.account_of("Alice") == rules.account_of("alice") != rules.account_of("bob")
    assert "alice" not in rules.account_of("alice")


@pytest.mark.parametrize(
    ("login", "fine"),
    [("alice", True), ("王芳", True), ("a@b.cn", True), ("", False), ("a b", False), ("a\x00", False), ("a\nb", False)],
)
def test_a_login_can_be_read_and_typed(login: str, fine: bool) -> None:
    assert rules.is_login(login) is fine


def test_secrets_differ_and_are_long() -> None:
    made = {rules.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 43


def test_a_secret_with_anything_in_it_can_be_hashed() -> None:
    assert len(rules.hash_of("\ud800\x00")) == 64


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        ({"shopper"}, "/m/"),
        ({"auditor", "shopper"}, "/m/"),
        ({"shopper", "planner"}, "/"),
        ({"analyst"}, "/"),
        (set(), "/"),
    ],
)
def test_links_of_field_people_lead_to_the_phone(roles: set[str], page: str) -> None:
    assert rules.page_of(frozenset(roles)) == page
