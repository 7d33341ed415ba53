"""A CA that publishes lists, answers and certificates, and a server on loopback that hands them out, or does worse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from tests.support.pki import Issued, ca_certificate, new_key

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """`pages` are bytes, or what is to happen; everything else is 404. `asked` are the paths in their order."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Answer] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        there = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                there.answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                return
        return Handler

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        page = self.pages.get(handler.path)
        if callable(page):
            try:
                return page(handler)
            except OSError:  # the client has gone, as it should
                return
        handler.send_response(200 if page is not None else 404)
        handler.send_header("Content-Length", str(len(page or b"")))
        handler.end_headers()
        handler.wfile.write(page or b"")


def redirect(location: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.end_headers()
    return answer


def drip(seconds: float) -> Answer:
    """One octet a tenth of a second, as long as somebody listens."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(int(seconds * 10)):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
    return answer


def endless(megabytes: int, *, is_announced: bool = False) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if is_announced:
            handler.send_header("Content-Length", str(megabytes << 20))
        handler.end_headers()
        for _ in range(megabytes):
            handler.wfile.write(bytes(1 << 20))
    return answer


class Publisher:
    """Root and issuing CA; certificates name where their status and issuer are found below `base`."""

    def __init__(self, base: str, at: datetime, name: str = "Published") -> None:
        self.base, self.at = base, at
        self.root_key, self.issuing_key = new_key("p256"), new_key("p256")
        self.root = ca_certificate(f"{name} Root CA", self.root_key)
        self.issuing = ca_certificate(f"{name} Issuing CA", self.issuing_key, issuer=self.root, issuer_key=self.root_key,
                                      more=[points(f"{base}/root.crl"), access(issuers=[f"{base}/root.crt"])])

    @property
    def root_der(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.DER)

    @property
    def issuing_der(self) -> bytes:
        return self.issuing.public_bytes(serialization.Encoding.DER)

    def issue(self, address: str, *, with_crl: bool = True, key: str = "p256", purposes: Sequence[str] = ("email",)) -> Issued:
        where = [points(f"{self.base}/issuing.crl")] if with_crl else []
        where.append(access(ocsp=[f"{self.base}/ocsp"], issuers=[f"{self.base}/issuing.crt"]))
        return _below(self, address, where, key=key, purposes=purposes)

    def crl(self, *revoked: Issued, of_root: bool = False, start: timedelta = timedelta(hours=-1),
            life: timedelta = timedelta(days=7), key: Any = None, more: Sequence[tuple[x509.ExtensionType, bool]] = (),
            filler: int = 0) -> bytes:
        issuer, own = (self.root, self.root_key) if of_root else (self.issuing, self.issuing_key)
        begin = self.at + start
        serials = [*(one.certificate.serial_number for one in revoked), *range(10**20, 10**20 + filler)]
        entry = x509.RevokedCertificateBuilder().revocation_date(begin)
        # `add_revoked_certificate` copies what is there each time
        make: Any = x509.CertificateRevocationListBuilder
        builder = make(revoked_certificates=[entry.serial_number(s).build() for s in serials])
        builder = builder.issuer_name(issuer.subject).last_update(begin).next_update(begin + life)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical=critical)
        signed: bytes = builder.sign(key or own, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        return signed

    def ocsp(self, one: Issued, *, is_revoked: bool = False, responder: Issued | None = None) -> bytes:
        """By the issuer itself, or by a responder whose certificate goes with it."""
        status = ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=one.certificate, issuer=self.issuing, algorithm=hashes.SHA1(), cert_status=status, this_update=self.at,
            next_update=self.at + timedelta(days=1), revocation_time=self.at if is_revoked else None, revocation_reason=None)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, responder.certificate if responder else self.issuing)
        if responder:
            builder = builder.certificates([responder.certificate])
        key: Any = responder.key if responder else self.issuing_key
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def publish(self, server: Server, *revoked: Issued) -> None:
        server.pages |= {"/issuing.crl": self.crl(*revoked), "/root.crl": self.crl(of_root=True),
                         "/issuing.crt": self.issuing_der, "/root.crt": self.root_der}


def _below(publisher: Publisher, address: str, where: Sequence[x509.ExtensionType], *, key: str,
           purposes: Sequence[str]) -> Issued:
    from tests.support.pki import Authority
    authority = Authority.__new__(Authority)
    authority.root, authority.root_key = publisher.root, publisher.root_key
    authority.issuing, authority.issuing_key = publisher.issuing, publisher.issuing_key
    return authority.issue(address, more=where, key=key, purposes=purposes)


def points(*urls: str) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints([x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url) for url in urls], relative_name=None, reasons=None, crl_issuer=None)])


def access(*, ocsp: Sequence[str] = (), issuers: Sequence[str] = ()) -> x509.AuthorityInformationAccess:
    named = [*((Access.OCSP, url) for url in ocsp), *((Access.CA_ISSUERS, url) for url in issuers)]
    return x509.AuthorityInformationAccess([
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in named])
