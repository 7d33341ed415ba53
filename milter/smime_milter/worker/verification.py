"""Judge the signature of a message on its three axes: integrity, trust, identity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from smime_milter.certs.fitness import why_unfit_to_sign
from smime_milter.certs.learning import why_not_learned
from smime_milter.certs.path import PathResult
from smime_milter.certs.reading import read
from smime_milter.cms.content_info import content_type
from smime_milter.cms.signed_data import SignerCheck, verify
from smime_milter.cms.smime import cms_octets, digest_of, signed_part
from smime_milter.mime.entity import Entity
from smime_milter.model.certificate import Certificate
from smime_milter.model.inspection import Author
from smime_milter.model.revocation import Wish
from smime_milter.model.signature import Identity, Integrity, Signature, SignatureReason, SignatureResult, Trust
from smime_milter.model.spool import Octets
from smime_milter.worker.asks import Daemon
from smime_milter.worker.paths import CheckedPath, checked_path
from smime_milter.worker.state import WorkerState
from smime_milter.worker.structure import Structure, structure_of

_SIGNATURE_TYPES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_WRAPPING_TYPES = _CMS_TYPES | {"application/octet-stream", "multipart/signed"}

# RFC 7281 §3: "fail" is a signature that does not hold, "policy" one that holds but that we do
# not accept, "neutral" one that proves nothing, "permerror" one that nobody can read.
_RESULTS = {
    SignatureReason.GOOD: SignatureResult.PASS,
    SignatureReason.WEAK_DIGEST: SignatureResult.POLICY,
    SignatureReason.WEAK_KEY: SignatureResult.POLICY,
    SignatureReason.CERTIFICATE_UNFIT: SignatureResult.POLICY,
    SignatureReason.NOT_ROOT: SignatureResult.NEUTRAL,
    SignatureReason.AMBIGUOUS_MESSAGE: SignatureResult.NEUTRAL,
    SignatureReason.UNSUPPORTED_ALGORITHM: SignatureResult.NEUTRAL,
    SignatureReason.NO_SIGNER: SignatureResult.NEUTRAL,
    SignatureReason.MALFORMED: SignatureResult.PERMERROR,
    SignatureReason.LIMIT: SignatureResult.PERMERROR,
    SignatureReason.CERTIFICATE_STATUS_UNKNOWN: SignatureResult.TEMPERROR,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A signature, and what may be learned from it. `inner` is what a signed layer is around, `wishes` what is not known.

    `signed_at` is the signing time in seconds since the epoch, as the signer has it.
    """

    signature: Signature | None
    candidates: tuple[Certificate, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    capabilities: tuple[str, ...] = ()
    signed_at: int | None = None
    wishes: tuple[Wish, ...] = ()
    inner: Structure | None = None
    is_layer: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """Verifies messages under one configuration at one point in time."""

    state: WorkerState
    daemon: Daemon
    at: datetime

    def judge(self, entity: Structure, authors: tuple[Author, ...], codes: tuple[object, ...]) -> Judgement:
        """`entity` is what may be signed (the message, or what was inside an encrypted one);
        `authors` and `codes` are always those of the outer message: inner header fields never
        replace them for identity.
        """
        check = _check(entity.octets, entity.root)
        if check is None:
            inner = _has_signature_inside(entity.root)
            return Judgement(_signature(SignatureReason.NOT_ROOT) if inner else None)
        return replace(self._judge_check(check, authors, is_ambiguous=bool(codes or entity.codes)),
                       inner=_inner(entity, check), is_layer=True)

    def _judge_check(self, check: SignerCheck, authors: tuple[Author, ...], *, is_ambiguous: bool) -> Judgement:
        if check.integrity is not Integrity.INTACT or check.certificate is None:
            return Judgement(_signature(check.reason, integrity=check.integrity))
        return self._judge_signer(check, check.certificate, authors, is_ambiguous=is_ambiguous)

    def _judge_signer(self, check: SignerCheck, der: bytes, authors: tuple[Author, ...], *, is_ambiguous: bool) -> Judgement:
        certificate = read(der)
        if certificate is None:
            return Judgement(_signature(SignatureReason.CERTIFICATE_UNFIT, integrity=Integrity.INTACT))
        checked = self._path(der, check.others)
        path = checked.result
        identity, reason = identity_of(certificate, authors)
        first = self._first_reason(check, certificate, path, identity_reason=reason, is_ambiguous=is_ambiguous)
        signature = Signature(
            result=_RESULTS.get(first, SignatureResult.FAIL), reason=first, integrity=check.integrity, trust=path.trust,
            identity=identity, signer=_signer(certificate, authors), signer_sha256=certificate.sha256,
            certificate_class=certificate.certificate_class.value if path.trust is Trust.TRUSTED else "",
            revocation=checked.word)
        if first is not SignatureReason.GOOD:
            return Judgement(signature, intermediates=path.path[1:-1], wishes=checked.wishes)
        signed_at = int(check.signing_time.timestamp()) if check.signing_time else None
        return Judgement(signature, self._candidates(check, certificate, authors[0]), path.path[1:-1],
                         capabilities=check.capabilities, signed_at=signed_at, wishes=checked.wishes)

    def _path(self, der: bytes, others: tuple[bytes, ...]) -> CheckedPath:
        return checked_path(der, others, self.at, state=self.state, daemon=self.daemon)

    def _first_reason(self, check: SignerCheck, certificate: Certificate, path: PathResult, *,
                      identity_reason: SignatureReason, is_ambiguous: bool) -> SignatureReason:
        """What speaks against "pass", in the order in which a reader should hear it."""
        if check.reason is not SignatureReason.GOOD:
            return check.reason
        if is_ambiguous:
            return SignatureReason.AMBIGUOUS_MESSAGE
        if path.trust is not Trust.TRUSTED:
            return path.reason
        if why_unfit_to_sign(certificate, self.at) is not None:
            return SignatureReason.CERTIFICATE_UNFIT
        return identity_reason

    def _candidates(self, check: SignerCheck, signer: Certificate, author: Author) -> tuple[Certificate, ...]:
        """The signer's certificate, and others in the same mail for the same address with a good path (rule H9)."""
        found = [signer, *(c for der in check.others if (c := read(der)) is not None and not c.is_ca and der != signer.der)]
        fit = [c for c in found[:4] if why_not_learned(
            c, author=author.address, own_domains=self.state.start.own_domains, at=self.at) is None]
        return tuple(c for c in fit if c is signer or self._path(c.der, check.others).result.trust is Trust.TRUSTED)


def unjudged(reason: SignatureReason) -> Judgement:
    """No signature could be checked, for this reason."""
    return Judgement(_signature(reason), is_layer=True)


def _inner(layer: Structure, check: SignerCheck) -> Structure | None:
    """The signed entity, if S/MIME goes on in it; of a clear-signed one a view, not a copy."""
    if check.content is not None:
        return structure_of(check.content)
    part = next(iter(layer.root.parts), None)
    return replace(layer, root=part) if part is not None and part.media_type in _WRAPPING_TYPES else None


def identity_of(certificate: Certificate, authors: tuple[Author, ...]) -> tuple[Identity, SignatureReason]:
    """RFC 8550 §3: the one author must be a mailbox of the certificate's subjectAltName."""
    if not authors or not authors[0].address:
        return Identity.UNKNOWN, SignatureReason.NO_AUTHOR
    if len(authors) > 1:
        return Identity.UNKNOWN, SignatureReason.SEVERAL_AUTHORS
    if authors[0].address in certificate.addresses and not certificate.has_bad_address:
        return Identity.MATCHES, SignatureReason.GOOD
    if not certificate.addresses:
        return Identity.NO_ADDRESS, SignatureReason.CERTIFICATE_WITHOUT_ADDRESS
    return Identity.DIFFERS, SignatureReason.AUTHOR_DIFFERS


def _check(octets: Octets, root: Entity) -> SignerCheck | None:
    if root.media_type == "multipart/signed" and _has_signature_part(root):
        return _check_detached(octets, root)
    if root.media_type in _CMS_TYPES or _is_renamed(root):
        return _check_opaque(cms_octets(octets, root), root)
    return None


def _is_renamed(root: Entity) -> bool:
    """RFC 8551 §3.9: a gateway may have made the type application/octet-stream and kept the name."""
    return root.media_type == "application/octet-stream" and root.filename.lower().endswith(".p7m")


def _check_opaque(cms: Octets, root: Entity) -> SignerCheck | None:
    kind = content_type(cms)
    if kind == "signed-data":
        return verify(cms, None)
    return _malformed() if kind is None and _is_called_signed(root) else None


def _check_detached(octets: Octets, root: Entity) -> SignerCheck:
    span = signed_part(octets, root)
    # RFC 1847 §2.1: the second part has the type of the protocol. Under another one a reader would
    # show it, and what is not signed in a SignedData would be text beside the signed words.
    if span is None or root.parts[1].media_type not in _SIGNATURE_TYPES:
        return _malformed()
    start, end = span
    return verify(cms_octets(octets, root.parts[1]), lambda name: digest_of(octets, start, end, name))


def _malformed() -> SignerCheck:
    return SignerCheck(reason=SignatureReason.MALFORMED, integrity=Integrity.NOT_CHECKED, certificate=None, others=(),
                       signing_time=None, content=None)


def _has_signature_part(root: Entity) -> bool:
    named = root.parameters.get("protocol", "").lower() in _SIGNATURE_TYPES
    return named or any(part.media_type in _SIGNATURE_TYPES for part in root.parts)


def _has_signature_inside(root: Entity) -> bool:
    return any(entity.media_type in _SIGNATURE_TYPES or _is_called_signed(entity) for entity in root.walk() if entity is not root)


def _is_called_signed(entity: Entity) -> bool:
    return entity.media_type in _CMS_TYPES and entity.parameters.get("smime-type", "").lower() == "signed-data"


def _signature(reason: SignatureReason, integrity: Integrity = Integrity.NOT_CHECKED) -> Signature:
    result = _RESULTS.get(reason, SignatureResult.FAIL if integrity is Integrity.BROKEN else SignatureResult.NEUTRAL)
    return replace(Signature(result=result, reason=reason), integrity=integrity)


def _signer(certificate: Certificate, authors: tuple[Author, ...]) -> str:
    common = [a.address for a in authors if a.address in certificate.addresses]
    return (common or list(certificate.addresses) or [""])[0]
