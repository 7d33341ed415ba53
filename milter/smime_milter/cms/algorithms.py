"""The one table of algorithms: their names and identifiers, what we read and what we send."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from asn1crypto.core import ObjectIdentifier


class Kind(Enum):
    DIGEST = "digest"
    SIGNATURE = "signature"
    KEY = "key"
    CURVE = "curve"
    KEY_TRANSPORT = "key-transport"
    KEY_AGREEMENT = "key-agreement"
    KEY_WRAP = "key-wrap"
    CONTENT_ENCRYPTION = "content-encryption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """One row. `oid` is the identifier as a DER value.

    `digest` is the hash a signature or key agreement algorithm names itself, empty if the SignerInfo
    does; `key` is the key kind ("rsa", "ec") it works with, of a key agreement how it derives ("x963",
    "hkdf"). `key_size` and `block` are octets. `is_weak` says that what it protects is not trusted.
    What is neither read nor sent is known by name only.
    """

    kind: Kind
    name: str
    oid: bytes
    digest: str = ""
    key: str = ""
    key_size: int = 0
    block: int = 0
    reads: bool = False
    sends: bool = False
    is_weak: bool = False
    is_authenticated: bool = False


def _row(
    kind: Kind, name: str, dotted: str, *, flags: str = "", digest: str = "", key: str = "", size: int = 0, block: int = 0
) -> Algorithm:
    """`flags`: r we read it, s we send it, w weak, a authenticated encryption."""
    return Algorithm(
        kind=kind, name=name, oid=ObjectIdentifier(dotted).dump(), digest=digest, key=key, key_size=size, block=block,
        reads="r" in flags, sends="s" in flags, is_weak="w" in flags, is_authenticated="a" in flags,
    )


ALGORITHMS = (
    _row(Kind.DIGEST, "sha256", "2.16.840.1.101.3.4.2.1", flags="rs"),
    _row(Kind.DIGEST, "sha384", "2.16.840.1.101.3.4.2.2", flags="rs"),
    _row(Kind.DIGEST, "sha512", "2.16.840.1.101.3.4.2.3", flags="rs"),
    _row(Kind.DIGEST, "sha224", "2.16.840.1.101.3.4.2.4", flags="rw"),
    _row(Kind.DIGEST, "sha1", "1.3.14.3.2.26", flags="rw"),
    _row(Kind.DIGEST, "md5", "1.2.840.113549.2.5", flags="w"),
    _row(Kind.SIGNATURE, "rsa", "1.2.840.113549.1.1.1", flags="rs", key="rsa"),
    _row(Kind.SIGNATURE, "rsa-sha256", "1.2.840.113549.1.1.11", flags="r", key="rsa", digest="sha256"),
    _row(Kind.SIGNATURE, "rsa-sha384", "1.2.840.113549.1.1.12", flags="r", key="rsa", digest="sha384"),
    _row(Kind.SIGNATURE, "rsa-sha512", "1.2.840.113549.1.1.13", flags="r", key="rsa", digest="sha512"),
    _row(Kind.SIGNATURE, "rsa-sha224", "1.2.840.113549.1.1.14", flags="r", key="rsa", digest="sha224"),
    _row(Kind.SIGNATURE, "rsa-sha1", "1.2.840.113549.1.1.5", flags="r", key="rsa", digest="sha1"),
    _row(Kind.SIGNATURE, "rsa-md5", "1.2.840.113549.1.1.4", flags="r", key="rsa", digest="md5"),
    _row(Kind.SIGNATURE, "ecdsa-sha256", "1.2.840.10045.4.3.2", flags="rs", key="ec", digest="sha256"),
    _row(Kind.SIGNATURE, "ecdsa-sha384", "1.2.840.10045.4.3.3", flags="rs", key="ec", digest="sha384"),
    _row(Kind.SIGNATURE, "ecdsa-sha512", "1.2.840.10045.4.3.4", flags="rs", key="ec", digest="sha512"),
    _row(Kind.SIGNATURE, "ecdsa-sha224", "1.2.840.10045.4.3.1", flags="r", key="ec", digest="sha224"),
    _row(Kind.SIGNATURE, "ecdsa-sha1", "1.2.840.10045.4.1", flags="r", key="ec", digest="sha1"),
    _row(Kind.SIGNATURE, "pss", "1.2.840.113549.1.1.10", flags="rs", key="rsa"),
    _row(Kind.SIGNATURE, "ed25519", "1.3.101.112", flags="rs", key="ed25519"),
    _row(Kind.KEY, "rsa", "1.2.840.113549.1.1.1", flags="rs"),
    _row(Kind.KEY, "ec", "1.2.840.10045.2.1", flags="rs"),
    _row(Kind.KEY, "ed25519", "1.3.101.112", flags="rs"),
    _row(Kind.KEY, "x25519", "1.3.101.110", flags="rs"),
    _row(Kind.CURVE, "p-256", "1.2.840.10045.3.1.7", flags="rs"),
    _row(Kind.CURVE, "p-384", "1.3.132.0.34", flags="rs"),
    _row(Kind.CURVE, "p-521", "1.3.132.0.35", flags="rs"),
    _row(Kind.CURVE, "brainpool-p256r1", "1.3.36.3.3.2.8.1.1.7", flags="rs"),
    _row(Kind.CURVE, "brainpool-p384r1", "1.3.36.3.3.2.8.1.1.11", flags="rs"),
    _row(Kind.CURVE, "brainpool-p512r1", "1.3.36.3.3.2.8.1.1.13", flags="rs"),
    _row(Kind.KEY_TRANSPORT, "rsa", "1.2.840.113549.1.1.1", flags="rs", key="rsa"),
    _row(Kind.KEY_TRANSPORT, "oaep", "1.2.840.113549.1.1.7", flags="rs", key="rsa"),
    # RFC 5753 §7.1.4, RFC 8418 §2: dhSinglePass; every curve here has cofactor 1, so both ways give the same
    _row(Kind.KEY_AGREEMENT, "ecdh-sha1", "1.3.133.16.840.63.0.2", flags="r", key="x963", digest="sha1"),
    _row(Kind.KEY_AGREEMENT, "ecdh-sha224", "1.3.132.1.11.0", flags="r", key="x963", digest="sha224"),
    _row(Kind.KEY_AGREEMENT, "ecdh-sha256", "1.3.132.1.11.1", flags="rs", key="x963", digest="sha256"),
    _row(Kind.KEY_AGREEMENT, "ecdh-sha384", "1.3.132.1.11.2", flags="rs", key="x963", digest="sha384"),
    _row(Kind.KEY_AGREEMENT, "ecdh-sha512", "1.3.132.1.11.3", flags="rs", key="x963", digest="sha512"),
    _row(Kind.KEY_AGREEMENT, "cofactor-ecdh-sha1", "1.3.133.16.840.63.0.3", flags="r", key="x963", digest="sha1"),
    _row(Kind.KEY_AGREEMENT, "cofactor-ecdh-sha224", "1.3.132.1.14.0", flags="r", key="x963", digest="sha224"),
    _row(Kind.KEY_AGREEMENT, "cofactor-ecdh-sha256", "1.3.132.1.14.1", flags="r", key="x963", digest="sha256"),
    _row(Kind.KEY_AGREEMENT, "cofactor-ecdh-sha384", "1.3.132.1.14.2", flags="r", key="x963", digest="sha384"),
    _row(Kind.KEY_AGREEMENT, "cofactor-ecdh-sha512", "1.3.132.1.14.3", flags="r", key="x963", digest="sha512"),
    _row(Kind.KEY_AGREEMENT, "hkdf-ecdh-sha256", "1.2.840.113549.1.9.16.3.19", flags="rs", key="hkdf", digest="sha256"),
    _row(Kind.KEY_AGREEMENT, "hkdf-ecdh-sha384", "1.2.840.113549.1.9.16.3.20", flags="r", key="hkdf", digest="sha384"),
    _row(Kind.KEY_AGREEMENT, "hkdf-ecdh-sha512", "1.2.840.113549.1.9.16.3.21", flags="r", key="hkdf", digest="sha512"),
    _row(Kind.KEY_WRAP, "aes-256-wrap", "2.16.840.1.101.3.4.1.45", flags="rs", size=32),
    _row(Kind.KEY_WRAP, "aes-192-wrap", "2.16.840.1.101.3.4.1.25", flags="rs", size=24),
    _row(Kind.KEY_WRAP, "aes-128-wrap", "2.16.840.1.101.3.4.1.5", flags="rs", size=16),
    _row(Kind.KEY_WRAP, "3des-wrap", "1.2.840.113549.1.9.16.3.6", flags="w"),
    # In the order in which we like to get them: it is the one we announce. RFC 8551 §2.5.2
    _row(Kind.CONTENT_ENCRYPTION, "aes-256-gcm", "2.16.840.1.101.3.4.1.46", flags="rsa", size=32),
    _row(Kind.CONTENT_ENCRYPTION, "aes-192-gcm", "2.16.840.1.101.3.4.1.26", flags="rsa", size=24),
    _row(Kind.CONTENT_ENCRYPTION, "aes-128-gcm", "2.16.840.1.101.3.4.1.6", flags="rsa", size=16),
    _row(Kind.CONTENT_ENCRYPTION, "aes-256-cbc", "2.16.840.1.101.3.4.1.42", flags="rs", size=32, block=16),
    _row(Kind.CONTENT_ENCRYPTION, "aes-192-cbc", "2.16.840.1.101.3.4.1.22", flags="rs", size=24, block=16),
    _row(Kind.CONTENT_ENCRYPTION, "aes-128-cbc", "2.16.840.1.101.3.4.1.2", flags="rs", size=16, block=16),
    _row(Kind.CONTENT_ENCRYPTION, "3des-cbc", "1.2.840.113549.3.7", flags="rw", size=24, block=8),
    _row(Kind.CONTENT_ENCRYPTION, "aes-256-ccm", "2.16.840.1.101.3.4.1.47", flags="a", size=32),
    _row(Kind.CONTENT_ENCRYPTION, "aes-192-ccm", "2.16.840.1.101.3.4.1.27", flags="a", size=24),
    _row(Kind.CONTENT_ENCRYPTION, "aes-128-ccm", "2.16.840.1.101.3.4.1.7", flags="a", size=16),
    _row(Kind.CONTENT_ENCRYPTION, "rc2-cbc", "1.2.840.113549.3.2", flags="w"),
    _row(Kind.CONTENT_ENCRYPTION, "des-cbc", "1.3.14.3.2.7", flags="w"),
    _row(Kind.CONTENT_ENCRYPTION, "rc4", "1.2.840.113549.3.4", flags="w"),
)

_BY_NAME = {(row.kind, row.name): row for row in ALGORITHMS}
_BY_OID = {(row.kind, row.oid): row for row in ALGORITHMS}


def named(kind: Kind, name: str) -> Algorithm | None:
    return _BY_NAME.get((kind, name))


def identified(kind: Kind, oid: bytes) -> Algorithm | None:
    """The row of an OBJECT IDENTIFIER given as a DER value."""
    return _BY_OID.get((kind, oid))


def known(kind: Kind, name: str) -> Algorithm:
    """The row of a name that our own code writes."""
    return _BY_NAME[kind, name]


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER as a DER value."""
    return bytes(ObjectIdentifier(dotted).dump())
