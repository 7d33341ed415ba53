"""The three questions a signature answers, and the closed list of reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Integrity(Enum):
    """Does the signature verify over exactly these bytes."""

    INTACT = "intact"
    BROKEN = "broken"
    NOT_CHECKED = "not-checked"


class Trust(Enum):
    """Does a path lead from the signer to an anchor, now."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Identity(Enum):
    """Is the one author of the message a mailbox of the signer's certificate."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NO_ADDRESS = "no-address"
    UNKNOWN = "unknown"


class SignatureResult(Enum):
    """The result words of RFC 7281 §3 (Authentication-Results, method smime)."""

    NONE = "none"
    PASS = "pass"
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class SignatureReason(Enum):
    """Why the result is what it is: shown in header, journal and `explain`."""

    GOOD = "good"
    NOT_SIGNED = "not-signed"
    DIGEST_MISMATCH = "digest-mismatch"
    BAD_SIGNATURE = "bad-signature"
    NO_SIGNER = "no-signer"
    SEVERAL_SIGNERS = "several-signers"
    SIGNER_CERTIFICATE_MISSING = "signer-certificate-missing"
    NO_SIGNED_ATTRIBUTES = "no-signed-attributes"
    BAD_SIGNED_ATTRIBUTES = "bad-signed-attributes"
    CONTENT_IN_DETACHED = "content-in-detached"
    CONTENT_MISSING = "content-missing"
    NOT_ROOT = "not-root"
    WEAK_DIGEST = "weak-digest"
    UNSUPPORTED_ALGORITHM = "unsupported-algorithm"
    MALFORMED = "malformed"
    LIMIT = "limit"
    AMBIGUOUS_MESSAGE = "ambiguous-message"
    NO_AUTHOR = "no-author"
    SEVERAL_AUTHORS = "several-authors"
    AUTHOR_DIFFERS = "author-differs"
    CERTIFICATE_WITHOUT_ADDRESS = "certificate-without-address"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CERTIFICATE_REVOKED = "certificate-revoked"
    CERTIFICATE_UNFIT = "certificate-unfit"
    ISSUER_UNKNOWN = "issuer-unknown"
    PATH_INVALID = "path-invalid"
    WEAK_KEY = "weak-key"
    CERTIFICATE_STATUS_UNKNOWN = "certificate-status-unknown"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What was found out about the signature of a message.

    `result` is PASS only if all three axes are good. `signer` is the address the certificate
    and the author have in common, else the certificate's first address, else empty.
    `signer_sha256` is the fingerprint of the signer's certificate, if there is one. `revocation` is a word of
    `RevocationState` for the whole path, empty where no path was found.
    """

    result: SignatureResult
    reason: SignatureReason
    integrity: Integrity = Integrity.NOT_CHECKED
    trust: Trust = Trust.UNKNOWN
    identity: Identity = Identity.UNKNOWN
    signer: str = ""
    signer_sha256: str = ""
    certificate_class: str = ""
    revocation: str = ""
