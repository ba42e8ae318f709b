"""Where a webhook may go: an address is judged by what its name stands for at the moment of sending.

The name is resolved once and the connection made to that very address, so that a name server that answers otherwise a
moment later gains nothing. What is not public is refused unless the deployment named its network; there, and only
there, plain http will do.
"""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from backend.settings import Network
from backend.subscriptions.problems import NotSent

MOST_URL: Final = 500
Address = IPv4Address | IPv6Address

_PLAIN: Final = re.compile(r"[!-~]{1,500}")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]")
_LOW_PORTS: Final = frozenset({80, 443})
_FIRST_FREE_PORT: Final = 1024
_PROTOCOL_V4: Final = IPv4Network("192.0.0.0/24")
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_TEREDO: Final = IPv6Network("2001::/32")
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `path` holds the query too."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def parse(url: str) -> Target:
    """The target of a URL. Raises NotSent with `url-malformed` or `url-port`."""
    malformed = NotSent("url-malformed", for_good=True)
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise malformed
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise malformed from fault
    # Whoever writes a name before the host, or a fragment, means something else than we would do.
    plain = "@" not in parts.netloc and not parts.fragment and parts.scheme in {"http", "https"}
    if not plain or not host or not _HOST.fullmatch(re.sub(r":\d*$", "", parts.netloc)):
        raise malformed
    is_tls = parts.scheme == "https"
    port = (443 if is_tls else 80) if port is None else port
    if port not in _LOW_PORTS and port < _FIRST_FREE_PORT:
        raise NotSent("url-port", for_good=True)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_tls, host, port, path)


def addresses_of(target: Target, allowed: Sequence[Network]) -> list[Address]:
    """What the target's name stands for now. Raises NotSent when any of it may not be reached."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise NotSent("host-unknown") from fault
    addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
    for address in addresses:
        require_reachable(address, allowed, is_tls=target.is_tls)
    return addresses


def require_reachable(address: Address, allowed: Sequence[Network], *, is_tls: bool) -> None:
    """Raises NotSent for an address that is not public, unless allowed; and for http to any but an allowed one."""
    meant = embedded(address)
    if any(meant in network for network in allowed):
        return
    if not is_public(meant):
        raise NotSent("address-private", for_good=True)
    if not is_tls:
        raise NotSent("not-https", for_good=True)


def is_public(address: Address) -> bool:
    """Whether anybody in the world reaches one and the same machine under the address."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return address not in _PROTOCOL_V4
    return address in _GLOBAL_V6 and address not in _TEREDO


def embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that merely carries it (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def refusal(url: str, allowed: Sequence[Network]) -> str | None:
    """Why the URL cannot be a webhook's, as far as it can be told without asking a name server."""
    try:
        target = parse(url)
        literal = _literal(target.host)
        if literal is not None:
            require_reachable(literal, allowed, is_tls=target.is_tls)
    except NotSent as fault:
        return fault.code
    return None if target.is_tls or allowed else "not-https"


def _literal(host: str) -> Address | None:
    """The address that the host is, in any of the ways in which C libraries read one: 127.1, 0x7f000001, 2130706433."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
