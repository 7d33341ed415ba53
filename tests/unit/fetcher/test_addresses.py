"""Where strangers may send us: http and https, public addresses, the usual ports."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from smime_milter.fetcher.addresses import NotAllowed, addresses_of, is_public, place_of
from smime_milter.fetcher.get import get
from smime_milter.model.requests import GetRequest
from tests.support.revocation import Server

INSIDE = ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
          "192.0.2.1", "::7f00:1", "255.255.255.255",
          "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
          "2002:7f00:1::", "::ffff:169.254.169.254")


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address: str) -> None:
    """Private, local, reserved, documentation, and IPv4 addresses of these kinds hidden in IPv6."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_addresses_outside_are_public(address: str) -> None:
    """The servers of certification authorities are reached."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://ca.example/", "gopher://x/", "http://", "http:///x", "http://user@ca.example/",
    "http://u:p@ca.example/", "http://ca.example:22/", "https://ca.example:8443/", "http://ca.example:x/", "http://ca exa/",
    "http://ca.example/\r\nHost: x", "http://c\u00e4.example/", "//ca.example/", "", "http://[::1/", "http://ca.example\\@evil/"])
def test_urls_that_lead_nowhere(url: str) -> None:
    """Anything but a plain http or https URL on its usual port is refused before a name is resolved."""
    with pytest.raises(NotAllowed) as refused:
        place_of(url, is_local_allowed=False)
    assert refused.value.code == "bad-url"


def test_one_address_inside_spoils_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public and a private address is refused as a whole: which one is connected to is nobody's luck."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 80)) for a in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)
    with pytest.raises(NotAllowed, match="not-public"):
        list(addresses_of(place_of("http://ca.example/", is_local_allowed=False), is_local_allowed=False))


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is resolved once: a second answer of the same server (DNS rebinding) is never asked for."""
    asked: list[Any] = []
    connected: list[Any] = []

    def resolve(*args: Any, **more: Any) -> list[Any]:
        asked.append(args)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", 80))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    fetched = get(request("http://ca.example/a.crl", is_local_allowed=False), lambda: None)
    assert (fetched.code, connected, len(asked)) == ("no-connection", [("93.184.216.34", 80)], 1)


def test_doors_close_before_a_stranger_speaks() -> None:
    """The order is the promise: connected, confined, and only then a byte of the answer is read."""
    with Server() as server:
        server.pages["/a"] = b"list"
        order: list[int] = []
        fetched = get(request(server.url("/a")), lambda: order.append(len(server.asked)))
    assert fetched.code == "fetched" and order == [0]


def request(url: str, *, is_local_allowed: bool = True) -> GetRequest:
    return GetRequest(url=url, body=b"", size_limit=1000, timeout=2.0, proxy="", is_local_allowed=is_local_allowed)
