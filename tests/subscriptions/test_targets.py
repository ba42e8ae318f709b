"""Where a webhook may go, and where it may not, however the address is written."""

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from backend.subscriptions import targets
from backend.subscriptions.problems import NotSent

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::5db8:d822", "2002:5db8:d822::1"]
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fec0::1",
    "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "100::1", "64:ff9b:1::1",
]  # fmt: skip
LITERAL = [
    "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/", "https://0x7f000001/",
    "https://2130706433/", "https://10.1.2.3/", "https://127.1/", "https://0177.0.0.1/", "https://[::ffff:10.0.0.1]/",
    "https://0/", "https://[fe80::1]/", "https://192.168.0.1:8443/x", "https://100.64.1.1/",
]  # fmt: skip
MALFORMED = [
    "", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://", "https:///x",
    "https://user@example.com/", "https://user:pw@example.com/", "https://example.com/#x", "https://example.com /",
    "https://example.com/\r\nX: y", "https://exa\tmple.com/", "https://example.com:99999/", "https://example.com:x/",
    "https://例子.cn/", "https://example.com\\@127.0.0.1/", "https://[::1%25eth0]/", "https://[zz]/", "https://[::1/",
    "https://example.com/" + "x" * 600, "javascript:alert(1)", "https://exam_ple.com/", "https://a\x00b.com/",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    targets.require_reachable(ip_address(address), (), is_tls=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_address_is(address: str) -> None:
    with pytest.raises(NotSent, match="address-private"):
        targets.require_reachable(ip_address(address), (), is_tls=True)


def test_http_is_for_allowed_networks_only() -> None:
    allowed = (ip_network("10.20.0.0/16"),)
    targets.require_reachable(ip_address("10.20.1.1"), allowed, is_tls=False)
    targets.require_reachable(ip_address("::ffff:10.20.1.1"), allowed, is_tls=False)
    with pytest.raises(NotSent, match="not-https"):
        targets.require_reachable(ip_address("1.1.1.1"), allowed, is_tls=False)
    with pytest.raises(NotSent, match="address-private"):
        targets.require_reachable(ip_address("10.21.1.1"), allowed, is_tls=True)


@pytest.mark.parametrize("url", LITERAL)
def test_a_private_address_is_refused_when_it_is_written_down_and_when_it_is_sent_to(url: str) -> None:
    assert targets.refusal(url, ()) == "address-private"
    with pytest.raises(NotSent, match="address-private"):
        targets.addresses_of(targets.parse(url), ())


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    assert targets.refusal(url, ()) == "url-malformed"


@pytest.mark.parametrize("port", [1, 22, 25, 53, 110, 143, 445, 587, 1023])
def test_other_services_ports_are_refused(port: int) -> None:
    assert targets.refusal(f"https://example.com:{port}/", ()) == "url-port"


def test_http_to_a_name_is_refused_unless_a_network_is_allowed() -> None:
    assert targets.refusal("http://example.com/", ()) == "not-https"
    assert targets.refusal("http://hooks.intern/", (ip_network("10.0.0.0/8"),)) is None
    assert targets.refusal("https://example.com:8443/a?b=c", ()) is None


def test_a_target_is_taken_apart() -> None:
    found = targets.parse("https://hooks.example.com:8443/a%20b?c=d")
    assert (found.host, found.port, found.path) == ("hooks.example.com", 8443, "/a%20b?c=d")
    assert found.authority == "hooks.example.com:8443"
    assert targets.parse("https://example.com").authority == "example.com"
    assert targets.parse("https://[2606:4700::1]/").authority == "[2606:4700::1]"


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """A name server that answers so; and the list of names that it was asked for."""
    asked: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


@pytest.mark.parametrize("answered", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["fe80::1%eth0"]])
def test_a_name_that_stands_for_a_private_address_is_refused(monkeypatch: Any, answered: list[str]) -> None:
    names(monkeypatch, *answered)
    with pytest.raises(NotSent, match="address-private"):
        targets.addresses_of(targets.parse("https://rebind.example.com/"), ())


def test_a_name_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = names(monkeypatch, "93.184.216.34", "93.184.216.34", "1.1.1.1")
    found = targets.addresses_of(targets.parse("https://example.com/"), ())
    assert [str(each) for each in found] == ["93.184.216.34", "1.1.1.1"]
    assert asked == ["example.com"]


def test_a_name_that_nobody_knows_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NotSent, match="host-unknown") as fault:
        targets.addresses_of(targets.parse("https://nowhere.example.com/"), ())
    assert not fault.value.for_good
