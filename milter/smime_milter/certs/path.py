"""Certification paths: OpenSSL's validation at a given time, then what S/MIME asks of every certificate in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from OpenSSL import crypto

from smime_milter.certs.fitness import has_short_key, has_weak_key, has_weak_signature, is_for_email
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate, TrustAnchor
from smime_milter.model.signature import SignatureReason, Trust

MAX_INTERMEDIATES = 20
MAX_ABOVE = 8  # certificates above the end entity, the anchor included

_PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN
# X509_V_ERR_… of <openssl/x509_vfy.h>
_UNABLE_TO_GET_ISSUER_CERT = 2
_CERT_NOT_YET_VALID = 9
_CERT_HAS_EXPIRED = 10
_OUT_OF_MEM = 17
_DEPTH_ZERO_SELF_SIGNED_CERT = 18
_SELF_SIGNED_CERT_IN_CHAIN = 19
_UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20
_UNABLE_TO_VERIFY_LEAF_SIGNATURE = 21
_CERT_REVOKED = 23
_INVALID_PURPOSE = 26
_CERT_UNTRUSTED = 27
_CERT_REJECTED = 28
_EE_KEY_TOO_SMALL = 66
_CA_KEY_TOO_SMALL = 67
_CA_MD_TOO_WEAK = 68

_INCOMPLETE = frozenset({
    _UNABLE_TO_GET_ISSUER_CERT, _DEPTH_ZERO_SELF_SIGNED_CERT, _SELF_SIGNED_CERT_IN_CHAIN,
    _UNABLE_TO_GET_ISSUER_CERT_LOCALLY, _UNABLE_TO_VERIFY_LEAF_SIGNATURE, _CERT_UNTRUSTED,
})
_VERDICTS = {
    **dict.fromkeys(_INCOMPLETE, (Trust.UNTRUSTED, SignatureReason.ISSUER_UNKNOWN)),
    _CERT_REJECTED: (Trust.UNTRUSTED, SignatureReason.ISSUER_UNKNOWN),
    _CERT_REVOKED: (Trust.REVOKED, SignatureReason.CERTIFICATE_REVOKED),
    _INVALID_PURPOSE: (Trust.UNTRUSTED, SignatureReason.CERTIFICATE_UNFIT),
    _EE_KEY_TOO_SMALL: (Trust.UNTRUSTED, SignatureReason.WEAK_KEY),
    _CA_KEY_TOO_SMALL: (Trust.UNTRUSTED, SignatureReason.WEAK_KEY),
    _CA_MD_TOO_WEAK: (Trust.UNTRUSTED, SignatureReason.WEAK_DIGEST),
    _OUT_OF_MEM: (Trust.UNKNOWN, SignatureReason.NOT_CHECKED),
}
# Only the end entity's own dates are a status of their own: above it they make the path invalid.
_END_ENTITY_VERDICTS = {
    _CERT_NOT_YET_VALID: (Trust.UNTRUSTED, SignatureReason.CERTIFICATE_NOT_YET_VALID),
    _CERT_HAS_EXPIRED: (Trust.EXPIRED, SignatureReason.CERTIFICATE_EXPIRED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PathResult:
    """`path` is DER, end entity first, anchor last; empty unless OpenSSL found one."""

    trust: Trust
    reason: SignatureReason
    path: tuple[bytes, ...] = ()


class TrustAnchors:
    """The roots we trust, loaded once; one that OpenSSL cannot read is left out, which trusts less."""

    def __init__(self, anchors: Sequence[TrustAnchor]) -> None:
        self._by_der = {anchor.der: anchor for anchor in anchors}
        self._by_subject: dict[object, list[crypto.X509]] = {}
        for der in self._by_der:
            loaded = _load(der)
            if loaded is not None:
                self._by_subject.setdefault(loaded.subject_name_hash(), []).append(loaded)

    def __len__(self) -> int:
        return len(self._by_der)

    def above(self, certificates: Iterable[crypto.X509]) -> Iterator[crypto.X509]:
        """The anchors that could have issued one of these, by OpenSSL's hash of the name."""
        for name in {certificate.get_issuer().hash() for certificate in certificates}:
            yield from self._by_subject.get(name, ())

    def is_trusted_for(self, leaf: Certificate, anchor: bytes) -> bool:
        """Whether the root program still trusted this anchor when the end entity was issued."""
        limit = self._by_der[anchor].distrust_after
        return limit is None or leaf.not_before <= limit


def _nothing_more(_: bytes) -> Sequence[bytes]:
    return ()


def validate_path(
    leaf: bytes,
    intermediates: Sequence[bytes],
    anchors: TrustAnchors,
    at: datetime,
    *,
    more: Callable[[bytes], Sequence[bytes]] = _nothing_more,
) -> PathResult:
    """Build and check a path from an end entity to an anchor, valid for e-mail at this time.

    `more` answers the DER of an issuer's name with certificates of that subject; it is asked only
    when the message's own intermediates (at most 20 are looked at) lead nowhere. Revocation is
    not asked here. Whatever the certificates hold, the answer is a result.
    """
    own = read(leaf)
    if own is None or _load(leaf) is None:
        return PathResult(trust=Trust.UNTRUSTED, reason=SignatureReason.MALFORMED)
    pool = _usable(intermediates)
    outcome = _verify(leaf, pool, anchors, at)
    if isinstance(outcome, _Failure) and outcome.code in _INCOMPLETE:
        wider = _completed(own, pool, more)
        outcome = _verify(leaf, wider, anchors, at) if len(wider) > len(pool) else outcome
    if isinstance(outcome, _Failure):
        trust, reason = outcome.verdict
        return PathResult(trust=trust, reason=reason)
    fault = next(_faults(own, outcome, anchors), None)
    if fault is not None:
        return PathResult(trust=Trust.UNTRUSTED, reason=fault, path=outcome)
    return PathResult(trust=Trust.TRUSTED, reason=SignatureReason.GOOD, path=outcome)


def _usable(intermediates: Iterable[bytes]) -> dict[bytes, Certificate]:
    """The CA certificates among them: an end entity never issues (RFC 5280 §4.2.1.9)."""
    pool: dict[bytes, Certificate] = {}
    for der in dict.fromkeys(intermediates):
        certificate = read(der)
        if certificate is not None and certificate.is_ca:
            pool[der] = certificate
        if len(pool) == MAX_INTERMEDIATES:
            break
    return pool


def _completed(
    leaf: Certificate, pool: dict[bytes, Certificate], more: Callable[[bytes], Sequence[bytes]]
) -> dict[bytes, Certificate]:
    """Follow issuer names upwards, asking once for each that is missing; at most 8 questions."""
    wider = dict(pool)
    wanted, asked = [leaf.issuer_der], set[bytes]()
    while wanted and len(asked) < MAX_ABOVE and len(wider) < MAX_INTERMEDIATES:
        name = wanted.pop(0)
        if name in asked:
            continue
        asked.add(name)
        known = [c for c in wider.values() if c.subject_der == name]
        found = known or list(_usable(more(name)).values())
        wider.update({c.der: c for c in found[: MAX_INTERMEDIATES - len(wider)]})
        wanted += [c.issuer_der for c in found]
    return wider


@dataclass(frozen=True, slots=True)
class _Failure:
    code: int
    depth: int

    @property
    def verdict(self) -> tuple[Trust, SignatureReason]:
        if self.depth == 0 and self.code in _END_ENTITY_VERDICTS:
            return _END_ENTITY_VERDICTS[self.code]
        return _VERDICTS.get(self.code, (Trust.UNTRUSTED, SignatureReason.PATH_INVALID))


def _verify(
    leaf: bytes, pool: Iterable[bytes], anchors: TrustAnchors, at: datetime
) -> tuple[bytes, ...] | _Failure:
    """OpenSSL's answer; a store per question, since it carries the time."""
    chain = [loaded for loaded in map(_load, pool) if loaded is not None]
    end_entity = _load(leaf)
    assert end_entity is not None  # the caller has loaded it before
    store = crypto.X509Store()
    store.set_time(at)
    # an anchor of the configuration may be an intermediate: it ends the path all the same
    store.set_flags(_PARTIAL_CHAIN)
    for anchor in anchors.above([end_entity, *chain]):
        store.add_cert(anchor)
    try:
        verified = crypto.X509StoreContext(store, end_entity, chain).get_verified_chain()
    except crypto.X509StoreContextError as error:
        code, depth = error.errors[:2]
        return _Failure(code, depth)
    return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in verified)


def _load(der: bytes) -> crypto.X509 | None:
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except (crypto.Error, ValueError):
        return None


def _faults(leaf: Certificate, path: tuple[bytes, ...], anchors: TrustAnchors) -> Iterator[SignatureReason]:
    """What OpenSSL does not ask. The anchor's own signature proves nothing and is not judged."""
    if len(path) - 1 > MAX_ABOVE:
        yield SignatureReason.LIMIT
    if not anchors.is_trusted_for(leaf, path[-1]):
        yield SignatureReason.ISSUER_UNKNOWN
    certificates = [read(der) for der in path]
    for depth, certificate in enumerate(certificates):
        if certificate is None:
            yield SignatureReason.MALFORMED
        else:
            yield from _faults_at(certificate, is_anchor=depth == len(path) - 1)


def _faults_at(certificate: Certificate, *, is_anchor: bool) -> Iterator[SignatureReason]:
    # Mozilla keeps roots with exponent 3: what they have signed is judged by its bits alone
    if has_short_key(certificate) or not is_anchor and has_weak_key(certificate):
        yield SignatureReason.WEAK_KEY
    if is_anchor:
        return
    if has_weak_signature(certificate):
        yield SignatureReason.WEAK_DIGEST
    # RFC 8550 §4.4.4, and CA/Browser Forum S/MIME Requirements §7.1.2.2: a CA's purposes bind those below
    if not is_for_email(certificate):
        yield SignatureReason.CERTIFICATE_UNFIT
