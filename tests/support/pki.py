"""A small declared CA: certificates of every shape, good and forged, made when a test asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import count
from typing import Any, Union

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import NameOID

PrivateKey = Union[
    rsa.RSAPrivateKeyWithSerialization, ec.EllipticCurvePrivateKeyWithSerialization, ed25519.Ed25519PrivateKey,
    x25519.X25519PrivateKey,
]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
END = datetime(2028, 1, 1, tzinfo=timezone.utc)
MAILBOX_LEGACY = "2.23.140.1.5.1.1"
_POOL = 8  # different RSA keys of 2048 bits, one of every other size: the ninth person gets the first one's
_USAGES = {"digital_signature": "digital_signature", "non_repudiation": "content_commitment",
           "key_encipherment": "key_encipherment", "data_encipherment": "data_encipherment",
           "key_agreement": "key_agreement", "key_cert_sign": "key_cert_sign", "crl_sign": "crl_sign"}
_PURPOSES = {"email": "1.3.6.1.5.5.7.3.4", "any": "2.5.29.37.0", "server": "1.3.6.1.5.5.7.3.1",
             "client": "1.3.6.1.5.5.7.3.2", "code": "1.3.6.1.5.5.7.3.3", "time": "1.3.6.1.5.5.7.3.8"}
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1, "brainpoolP512r1": ec.BrainpoolP512R1,
}
_CURVE_HASHES: dict[int, Callable[[], hashes.HashAlgorithm]] = {256: hashes.SHA256, 384: hashes.SHA384, 521: hashes.SHA512}
_counters: dict[str, count[int]] = {}
_serials = count(1000)


def new_key(kind: str = "rsa2048") -> PrivateKey:
    """A key of this kind; RSA keys come from a pool, so the suite stays quick."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "x25519":
        return x25519.X25519PrivateKey.generate()
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind]())  # type: ignore[return-value]  # 38: two names, one class
    turn = next(_counters.setdefault(kind, count()))
    return rsa_key(kind, turn % _POOL if kind == "rsa2048" else 0)


@lru_cache(maxsize=None)
def rsa_key(kind: str, number: int) -> rsa.RSAPrivateKeyWithSerialization:
    """The pooled RSA key with this number; `kind` is rsaBITS or rsaBITSe3 for exponent 3."""
    bits, _, exponent = kind.removeprefix("rsa").partition("e")
    made = rsa.generate_private_key(public_exponent=int(exponent or 65537), key_size=int(bits))
    return made


@dataclass(frozen=True)
class Issued:
    """A certificate with its key; `chain` is its own DER and its issuer's."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[bytes, ...]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    @property
    def key_pem(self) -> bytes:
        return self.encrypted_key_pem(None)

    def encrypted_key_pem(self, passphrase: bytes | None) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _encryption(passphrase)
        )

    def p12(self, passphrase: bytes | None) -> bytes:
        """The PKCS #12 file a CA would hand out: key, certificate, issuing CA."""
        others = [x509.load_der_x509_certificate(der) for der in self.chain[1:]]
        return pkcs12.serialize_key_and_certificates(
            b"mail", self.key, self.certificate, others or None, _encryption(passphrase)  # type: ignore[arg-type]
        )

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS #1 v1.5 with SHA-256, ECDSA with the curve's hash, or Ed25519."""
        return sign(self.key, data)


def sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        strong = next(used for bits, used in _CURVE_HASHES.items() if key.curve.key_size <= bits)
        return key.sign(data, ec.ECDSA(strong()))
    if isinstance(key, x25519.X25519PrivateKey):
        raise TypeError("this key does not sign")
    return key.sign(data)


def _encryption(passphrase: bytes | None) -> serialization.KeySerializationEncryption:
    if passphrase is None:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(passphrase)


class Authority:
    """A root and the issuing CA below it: "Test Root CA" and "Test Issuing CA"."""

    def __init__(self, name: str = "Test", at: datetime = START, *, key: str = "rsa2048") -> None:
        self.name = name
        self.root_key = new_key(key)
        self.issuing_key = new_key(key)
        self.root = ca_certificate(f"{name} Root CA", self.root_key, at=at)
        self.issuing = ca_certificate(
            f"{name} Issuing CA", self.issuing_key, at=at, issuer=self.root, issuer_key=self.root_key
        )

    @property
    def root_der(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.DER)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    @property
    def issuing_der(self) -> bytes:
        return self.issuing.public_bytes(serialization.Encoding.DER)

    @property
    def issuing_pem(self) -> bytes:
        return self.issuing.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        address: str | Sequence[str] = "alice@makler.example",
        *,
        key: str | PrivateKey = "rsa2048",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        usages: Sequence[str] = ("digital_signature", "key_encipherment"),
        purposes: Sequence[str] = ("email",),
        policies: Sequence[str] = (MAILBOX_LEGACY,),
        common_name: str = "",
        raw_san: bytes | None = None,
        domains: Sequence[str] = (),
        is_ca: bool = False,
        directly_below_root: bool = False,
        serial: int | None = None,
        hash_algorithm: hashes.HashAlgorithm | None = None,
        more: Sequence[x509.ExtensionType] = (),
    ) -> Issued:
        """Issue an end entity; empty `usages`, `purposes` or `policies` leave the extension out.

        `address` empty leaves the subjectAltName out; `raw_san` is the DER of its value instead.
        An address that is not ASCII becomes an SmtpUTF8Mailbox.
        """
        addresses = [address] if isinstance(address, str) else list(address)
        own = new_key(key) if isinstance(key, str) else key
        issuer, issuer_key = (self.root, self.root_key) if directly_below_root else (self.issuing, self.issuing_key)
        builder = _builder(common_name or addresses[0] or "Nobody", own, issuer, not_before or START, not_after or END)
        builder = builder.serial_number(next(_serials) if serial is None else serial)
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        for extension, critical in [*_extensions(usages, purposes, policies), *((e, False) for e in more)]:
            builder = builder.add_extension(extension, critical=critical)
        san = _alternative_name([a for a in addresses if a], domains, raw_san)
        if san is not None:
            builder = builder.add_extension(san, critical=False)
        certificate = _signed(builder, issuer_key, hash_algorithm)
        above = issuer.public_bytes(serialization.Encoding.DER)
        return Issued(certificate, own, (certificate.public_bytes(serialization.Encoding.DER), above))


def ca_certificate(
    name: str,
    key: PrivateKey,
    *,
    at: datetime = START,
    until: datetime | None = None,
    issuer: x509.Certificate | None = None,
    issuer_key: PrivateKey | None = None,
    path_length: int | None = None,
    purposes: Sequence[str] = (),
    permitted: Sequence[str] = (),
    is_ca: bool = True,
    hash_algorithm: hashes.HashAlgorithm | None = None,
    more: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    """A CA certificate, self-signed without `issuer`; `permitted` are the domains of its name constraint."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = _public(key)
    builder = _builder(name, key, issuer, at, until or at + timedelta(days=3650)).serial_number(next(_serials))
    if issuer is None:
        builder = x509.CertificateBuilder(
            issuer_name=subject, subject_name=subject, public_key=public, serial_number=next(_serials)
        ).not_valid_before(at).not_valid_after(until or at + timedelta(days=3650))
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=path_length), critical=True)
    for extension, critical in [*_extensions(("key_cert_sign", "crl_sign"), purposes, ()), *((e, False) for e in more)]:
        builder = builder.add_extension(extension, critical=critical)
    if permitted:
        names = [x509.RFC822Name(domain) for domain in permitted]
        builder = builder.add_extension(x509.NameConstraints(names, None), critical=True)
    return _signed(builder, issuer_key or key, hash_algorithm)


def _builder(
    name: str, key: PrivateKey, issuer: x509.Certificate | None, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    public = _public(key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if issuer is None:
        return builder
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    return builder.add_extension(above, critical=False)


def _extensions(
    usages: Sequence[str], purposes: Sequence[str], policies: Sequence[str]
) -> list[tuple[x509.ExtensionType, bool]]:
    made: list[tuple[x509.ExtensionType, bool]] = []
    if usages:
        flags = {flag: word in usages for word, flag in _USAGES.items()}
        made.append((x509.KeyUsage(**flags, encipher_only=False, decipher_only=False), True))
    if purposes:
        oids = [ObjectIdentifier(_PURPOSES.get(word, word)) for word in purposes]
        made.append((x509.ExtendedKeyUsage(oids), False))
    if policies:
        named = [x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in policies]
        made.append((x509.CertificatePolicies(named), False))
    return made


def _alternative_name(
    addresses: Sequence[str], domains: Sequence[str], raw: bytes | None
) -> x509.ExtensionType | None:
    if raw is not None:
        return x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, raw)
    names: list[x509.GeneralName] = [_general_name(address) for address in addresses]
    names += [x509.DNSName(domain) for domain in domains]
    return x509.SubjectAlternativeName(names) if names else None


def _general_name(address: str) -> x509.GeneralName:
    if address.isascii():
        return x509.RFC822Name(address)
    # RFC 9598 §3: UTF8String
    return x509.OtherName(ObjectIdentifier("1.3.6.1.5.5.7.8.9"), _der(0x0C, address.encode("utf-8")))


def utf8_san(address: str) -> bytes:
    """The DER of a subjectAltName with this text as SmtpUTF8Mailbox, whatever it is."""
    oid = bytes.fromhex("06082b06010505070809")
    return _der(0x30, _der(0xA0, oid + _der(0xA0, _der(0x0C, address.encode("utf-8")))))


def raw_san(*mailboxes: bytes) -> bytes:
    """The DER of a subjectAltName with these bytes as rfc822Names, whatever they are."""
    return _der(0x30, b"".join(_der(0x81, name) for name in mailboxes))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _public(key: PrivateKey) -> Any:
    """Any: the builders of cryptography 38 take an X25519 key, its declarations do not."""
    return key.public_key()


def _signed(
    builder: x509.CertificateBuilder, key: PrivateKey, algorithm: hashes.HashAlgorithm | None
) -> x509.Certificate:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return builder.sign(key, None)
    if isinstance(key, x25519.X25519PrivateKey):
        raise TypeError("this key does not sign")
    made = builder.sign(key, hashes.SHA256())
    if algorithm is None or not isinstance(key, rsa.RSAPrivateKey):
        return made
    return _signed_again(made, key, algorithm)


def _signed_again(made: x509.Certificate, key: rsa.RSAPrivateKey, algorithm: hashes.HashAlgorithm) -> x509.Certificate:
    """The same certificate under a hash that newer builders refuse, such as SHA-1."""
    forged = asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    name = {"algorithm": f"{algorithm.name}_rsa", "parameters": None}
    forged["tbs_certificate"]["signature"] = name
    forged["signature_algorithm"] = name
    forged["signature_value"] = key.sign(forged["tbs_certificate"].dump(force=True), padding.PKCS1v15(), algorithm)
    return x509.load_der_x509_certificate(forged.dump(force=True))
