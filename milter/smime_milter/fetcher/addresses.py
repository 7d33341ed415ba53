"""Which server a URL leads to, and whether strangers may send us there."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class NotAllowed(Exception):
    """The code says why: "bad-url", "not-public", "no-address"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL points: `target` is what stands in the request line."""

    is_secure: bool
    host: str
    port: int
    target: str


def place_of(url: str, *, is_local_allowed: bool) -> Place:
    """Read an http or https URL; without a user, on the usual ports only. Raises NotAllowed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotAllowed("bad-url") from None
    usual = _PORTS.get(parts.scheme)
    is_plain = url.isascii() and url.isprintable() and " " not in url and not parts.username and not parts.password
    if usual is None or not is_plain or not _HOST.fullmatch(host):
        raise NotAllowed("bad-url")
    if port not in (None, usual) and not is_local_allowed:
        raise NotAllowed("bad-url")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme == "https", host, port or usual, target)


def addresses_of(place: Place, *, is_local_allowed: bool) -> Iterator[str]:
    """Every address of its host, each checked: nobody asks the name again. Raises NotAllowed if one is not public."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotAllowed("no-address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_local_allowed and not all(is_public(ip_address(a.partition("%")[0])) for a in addresses):
        raise NotAllowed("not-public")
    yield from addresses[:4]


def is_public(address: Address) -> bool:
    """Whether it is on the public Internet, and so is an IPv4 address hidden in it."""
    is_translated = isinstance(address, IPv6Address) and address in _NAT64
    if not address.is_global or address.is_multicast or (address.is_reserved and not is_translated):
        return False
    return all(is_public(inner) for inner in _hidden(address)) if isinstance(address, IPv6Address) else True


def _hidden(address: IPv6Address) -> Iterator[IPv4Address]:
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield address.teredo[1]
    if address in _NAT64:  # RFC 6052: a translator would reach what the last four octets say
        yield IPv4Address(address.packed[-4:])
