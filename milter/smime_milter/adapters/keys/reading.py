"""Reading one key file, PKCS #12 or PEM: the private key, its certificate and the certificates above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12

from smime_milter.adapters.keys.unwrapping import PrivateKey
from smime_milter.model.address import parse_address
from smime_milter.model.secret import Secret

_PRIVATE = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, x25519.X25519PrivateKey)
_PUBLIC = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, x25519.X25519PublicKey)
_PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | x25519.X25519PublicKey
MAX_FILE = 1024 * 1024
MAX_CHAIN = 8
SUFFIXES = (".p12", ".pfx", ".pem")

_PERIOD = re.compile(r"\.[0-9][0-9-]{0,30}\Z")  # wwk.de.2024.p12: no top-level domain is a number


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`chain` is DER: the key's own certificate, then its issuers as far as the file has them, no root."""

    key: Secret[PrivateKey]
    chain: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is of no use, in words for the administrator; never more than its name and ours."""

    text: str


def owner_of(path: Path) -> str | None:
    """The address or domain (comparable form) a file is named after; a trailing year is no part of it."""
    stem = path.name.removesuffix(path.suffix)
    while _PERIOD.search(stem):
        stem = _PERIOD.sub("", stem)
    if "@" in stem:
        address = parse_address(stem)
        return address.key if address else None
    as_domain = parse_address("x@" + stem)
    return as_domain.domain_key if as_domain and "." in stem else None


def read_key_file(path: Path, passphrase: bytes | None) -> KeyFile | Problem:
    """Read a file with the passphrase, or without one if it needs none."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        return Problem(f"{path.name}: {error.strerror or 'cannot be read'}")
    if len(octets) > MAX_FILE:
        return Problem(f"{path.name}: larger than 1 MB")
    read = _read_pem if path.suffix.lower() == ".pem" else _read_pkcs12
    # The key may be encrypted, or not although the others are
    for attempt in dict.fromkeys((passphrase, None)):
        try:
            key, certificates = read(octets, attempt)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return _key_file(path.name, key, certificates)
    return Problem(f"{path.name}: damaged, of an unknown form, or the passphrase is wrong")


_Content = tuple[object, Sequence[x509.Certificate]]


def _read_pkcs12(octets: bytes, passphrase: bytes | None) -> _Content:
    key, own, others = pkcs12.load_key_and_certificates(octets, passphrase)
    return key, [*([own] if own else []), *others]


def _read_pem(octets: bytes, passphrase: bytes | None) -> _Content:
    key: object = None
    certificates = []
    for label, block in _pem_blocks(octets):
        if label == b"CERTIFICATE":
            certificates.append(x509.load_pem_x509_certificate(block))
        elif label.endswith(b"PRIVATE KEY") and key is None:
            key = load_pem_private_key(block, passphrase)
    return key, certificates


def _pem_blocks(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    for piece in octets.split(b"-----BEGIN ")[1:]:
        label = piece.partition(b"-----")[0]
        yield label, b"-----BEGIN " + piece


def _key_file(name: str, key: object, certificates: Sequence[x509.Certificate]) -> KeyFile | Problem:
    if not isinstance(key, _PRIVATE):
        return Problem(f"{name}: holds no RSA, EC, Ed25519 or X25519 key")
    wanted = _public(key.public_key())
    own = next((c for c in certificates if _has_key(c, wanted)), None)
    if own is None:
        return Problem(f"{name}: holds no certificate for its key")
    chain = [own, *_above(own, certificates)]
    return KeyFile(Secret(key), tuple(c.public_bytes(Encoding.DER) for c in chain))


def _has_key(certificate: x509.Certificate, wanted: bytes) -> bool:
    public = certificate.public_key()
    return isinstance(public, _PUBLIC) and _public(public) == wanted


def _public(key: _PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _above(own: x509.Certificate, certificates: Sequence[x509.Certificate]) -> Iterator[x509.Certificate]:
    """Issuers in order, whatever the order of the file; a root is what the other side must have itself."""
    below = own
    for _ in range(MAX_CHAIN):
        issuer = next((c for c in certificates if c.subject == below.issuer and c.subject != c.issuer), None)
        if issuer is None:
            return
        yield issuer
        below = issuer
