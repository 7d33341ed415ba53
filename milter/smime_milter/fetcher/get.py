"""Ask one server once: connect to a checked address, close every door, then speak HTTP."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable

from smime_milter.fetcher.addresses import NotAllowed, Place, addresses_of, place_of
from smime_milter.model.requests import GetRequest
from smime_milter.model.revocation import Fetched
from smime_milter.model.spool import Spool

_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024


def get(request: GetRequest, confine: Callable[[], None]) -> Fetched:
    """The content or why not; never raises for what a server does. `confine` is called once the connection stands."""
    try:
        place = place_of(request.url, is_local_allowed=request.is_local_allowed)
        connection = _connected(request, place)
    except NotAllowed as fault:
        return Fetched(code=fault.code)
    except (OSError, ValueError):
        return Fetched(code="no-connection")
    confine()
    try:
        return _answer(connection, request, place)
    except ssl.SSLError:
        return Fetched(code="tls")
    except TimeoutError:
        return Fetched(code="timeout")
    except (OSError, http.client.HTTPException, ValueError):
        return Fetched(code="connection-lost")


def _connected(request: GetRequest, place: Place) -> socket.socket:
    if request.proxy:
        # The administrator's word: the proxy may be in our own network, and decides itself where it goes.
        proxy = place_of(request.proxy, is_local_allowed=True)
        if place.is_secure:
            raise NotAllowed("proxy-tls")
        return socket.create_connection((proxy.host, proxy.port), request.timeout)
    last: OSError | None = None
    for address in addresses_of(place, is_local_allowed=request.is_local_allowed):
        try:
            plain = socket.create_connection((address, place.port), request.timeout)
            return _secured(plain, place) if place.is_secure else plain
        except OSError as error:
            last = error
    raise last or OSError


def _secured(plain: socket.socket, place: Place) -> socket.socket:
    """Trust anchors are files: they are read before the doors close, the handshake comes after."""
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=place.host, do_handshake_on_connect=False)


def _answer(connection: socket.socket, request: GetRequest, place: Place) -> Fetched:
    if isinstance(connection, ssl.SSLSocket):
        connection.do_handshake()
    host = f"[{place.host}]" if ":" in place.host else place.host
    talk = http.client.HTTPConnection(place.host, place.port, timeout=request.timeout)
    talk.sock = connection
    usual = place.port == (443 if place.is_secure else 80)
    headers = {"Host": host if usual else f"{host}:{place.port}", "Accept": "*/*", "Connection": "close",
               "User-Agent": "smime-milter"}
    if request.body:
        headers["Content-Type"] = "application/ocsp-request"
    talk.request("POST" if request.body else "GET", request.url if request.proxy else place.target, request.body or None, headers)
    return _received(talk.getresponse(), request)


def _received(response: http.client.HTTPResponse, request: GetRequest) -> Fetched:
    if response.status in _REDIRECTS and not request.body:
        return Fetched(code="redirected", location=(response.headers.get("Location") or "")[:2000])
    if response.status != 200:
        return Fetched(code=f"http-{response.status}")
    if (response.length or 0) > request.size_limit:
        return Fetched(code="too-large")
    spool = Spool()
    while chunk := response.read(_CHUNK):
        if len(spool) + len(chunk) > request.size_limit:
            return Fetched(code="too-large")
        spool.write(chunk)
    return Fetched(code="fetched", content=spool)
