"""Check what was fetched from strangers' servers, in the process that can reach none."""

from __future__ import annotations

from datetime import datetime, timezone

from smime_milter.certs.bundles import certificates_in
from smime_milter.certs.crl import read_crl
from smime_milter.certs.ocsp import read_ocsp
from smime_milter.certs.path import validate_path
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate
from smime_milter.model.requests import IssuerRequest, StatusRequest
from smime_milter.model.revocation import IssuerAnswer, SourceKind, StatusAnswer, name_digest
from smime_milter.model.signature import Trust
from smime_milter.worker.state import WorkerState

_MOST_ISSUERS = 8


def checked_status(request: StatusRequest, state: WorkerState) -> StatusAnswer:
    """What a list or an answer says, if an issuer of that name whom we know has signed it."""
    content, at = bytes(request.raw.octets()[:]), _at(request.at)
    anchors = (a.der for a in state.start.anchors)
    issuers = [*request.issuers, *(der for der in anchors if _is_named(der, request.issuer))]
    if request.kind is SourceKind.OCSP:
        return read_ocsp(content, request.certificate, issuers, at)
    return read_crl(content, issuers, at)


def _is_named(der: bytes, digest: str) -> bool:
    certificate = read(der)
    return certificate is not None and name_digest(certificate.subject_der) == digest


def checked_issuers(request: IssuerRequest, state: WorkerState) -> IssuerAnswer:
    """CA certificates out of a file (DER, PEM, PKCS #7): only those that complete the path are taken, and all of them or none."""
    below = read(request.found[-1] if request.found else request.certificate)
    found = [c for c in map(read, certificates_in(bytes(request.raw.octets()[:]))) if c is not None]
    fitting = [c for c in found if below is not None and c.is_ca and c.subject_der == below.issuer_der][:_MOST_ISSUERS]
    if not fitting:
        return IssuerAnswer(code="other-certificate")
    return _completed(request, fitting, state)


def _completed(request: IssuerRequest, fitting: list[Certificate], state: WorkerState) -> IssuerAnswer:
    chain = (*request.found, *(c.der for c in fitting))
    result = validate_path(request.certificate, chain, state.anchors, _at(request.at))
    if result.trust is Trust.TRUSTED:
        return IssuerAnswer(code="read", certificates=result.path[1:-1])
    more = [url for c in fitting if c.subject_der != c.issuer_der for url in c.issuer_urls[:1]]
    return IssuerAnswer(code="incomplete" if more else "untrusted", certificates=(fitting[0].der,), more=tuple(more[:1]))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
