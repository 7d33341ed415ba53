"""Reading a certificate's DER into the model, strictly: what two readers could see differently is unreadable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache

from asn1crypto import core, x509

from smime_milter.certs.locations import access_urls, crl_urls
from smime_milter.certs.names import alternative_names, printable
from smime_milter.certs.weak_keys import is_roca
from smime_milter.model.certificate import Certificate, CertificateClass, KeyKind

MAX_SIZE = 64 * 1024
MAX_RSA_BITS = 8192

_ACCESS = "1.3.6.1.5.5.7.1.1"  # RFC 5280 §4.2.2.1
_CLASS_ARC = "2.23.140.1.5."  # CA/Browser Forum S/MIME Baseline Requirements §7.1.6.1
_CLASSES = {
    "1": CertificateClass.MAILBOX,
    "2": CertificateClass.ORGANISATION,
    "3": CertificateClass.SPONSOR,
    "4": CertificateClass.INDIVIDUAL,
}
_USAGES = frozenset({"digital_signature", "non_repudiation", "key_encipherment", "data_encipherment",
                     "key_agreement", "key_cert_sign", "crl_sign"})
_PURPOSES = {"1.3.6.1.5.5.7.3.4": "email", "2.5.29.37.0": "any", "1.3.6.1.5.5.7.3.1": "server",
             "1.3.6.1.5.5.7.3.2": "client", "1.3.6.1.5.5.7.3.3": "code-signing",
             "1.3.6.1.5.5.7.3.8": "time-stamping", "1.3.6.1.5.5.7.3.9": "ocsp-signing"}
_CURVES = {
    "1.2.840.10045.3.1.7": 256, "1.3.132.0.34": 384, "1.3.132.0.35": 521,
    "1.3.36.3.3.2.8.1.1.7": 256, "1.3.36.3.3.2.8.1.1.11": 384, "1.3.36.3.3.2.8.1.1.13": 512,
}
_EDWARDS = {"1.3.101.112": KeyKind.ED25519, "1.3.101.110": KeyKind.X25519}  # RFC 8410
# Everything asn1crypto was seen to raise on mutated input.
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@lru_cache(maxsize=4096)
def read(der: bytes) -> Certificate | None:
    """Read one DER certificate; None if it is damaged, over 64 kB, or has an extension twice."""
    if not _is_one_sequence(der):
        return None
    try:
        return _read(der, x509.Certificate.load(der, strict=True))
    except _UNREADABLE:
        return None


def _is_one_sequence(der: bytes) -> bool:
    """Whether the outermost length is definite and covers exactly these bytes: cheap, before any parser."""
    if not 32 < len(der) <= MAX_SIZE or der[0] != 0x30:
        return False
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    if der[1] == 0x80 or octets > 3:
        return False
    size = int.from_bytes(der[2:2 + octets], "big") if octets else der[1]
    return size + 2 + octets == len(der)


def _read(der: bytes, parsed: x509.Certificate) -> Certificate | None:
    body = parsed["tbs_certificate"]
    # RFC 5280 §4.1.1.2: both must be the same, or the signature is not over what it says
    if body["signature"].dump() != parsed["signature_algorithm"].dump():
        return None
    extensions = _extensions(body)
    if extensions is None:
        return None
    names = alternative_names(extensions.get("2.5.29.17"))
    key = _key(body["subject_public_key_info"])
    usages, purposes = _usages(extensions.get("2.5.29.15")), _purposes(extensions.get("2.5.29.37"))
    return Certificate(
        der=der, sha256=hashlib.sha256(der).hexdigest(),
        subject=printable(body["subject"]), issuer=printable(body["issuer"]),
        serial=str(body["serial_number"].native),
        not_before=_utc(body["validity"]["not_before"].native), not_after=_utc(body["validity"]["not_after"].native),
        addresses=names.addresses, domains=names.domains, has_bad_address=names.has_bad_address,
        key_kind=key.kind, key_bits=key.bits, key_exponent=key.exponent,
        has_usage=usages is not None, usages=usages or frozenset(),
        has_purpose=purposes is not None, purposes=purposes or frozenset(),
        is_ca=_is_ca(extensions.get("2.5.29.19")),
        certificate_class=_class(extensions.get("2.5.29.32")),
        signature_hash=_signature_hash(parsed["signature_algorithm"]),
        subject_key_id=_subject_key_id(extensions.get("2.5.29.14")),
        subject_der=body["subject"].dump(), issuer_der=body["issuer"].dump(),
        crl_urls=crl_urls(extensions.get("2.5.29.31")), ocsp_urls=access_urls(extensions.get(_ACCESS), "1.3.6.1.5.5.7.48.1"),
        issuer_urls=access_urls(extensions.get(_ACCESS), "1.3.6.1.5.5.7.48.2"),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


def _extensions(body: x509.TbsCertificate) -> dict[str, core.Asn1Value] | None:
    """Parsed values by dotted OID; None if one occurs twice (RFC 5280 §4.2)."""
    found: dict[str, core.Asn1Value] = {}
    # asn1crypto's Void iterates over nothing
    for extension in body["extensions"]:
        oid = extension["extn_id"].dotted
        if oid in found:
            return None
        found[oid] = extension["extn_value"].parsed
    return found


@dataclass(frozen=True, slots=True)
class _Key:
    kind: KeyKind
    bits: int = 0
    exponent: int = 0


def _key(public: x509.PublicKeyInfo) -> _Key:
    algorithm = public["algorithm"]["algorithm"].dotted
    if algorithm == "1.2.840.113549.1.1.1":
        return _rsa(public["public_key"].parsed)
    if algorithm == "1.2.840.10045.2.1":
        return _ec(public["algorithm"]["parameters"])
    return _Key(_EDWARDS.get(algorithm, KeyKind.OTHER), 256 if algorithm in _EDWARDS else 0)


def _rsa(numbers: core.Sequence) -> _Key:
    """A modulus that anybody can factor has no bits at all."""
    modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
    bits = modulus.bit_length()
    if bits > MAX_RSA_BITS or modulus <= 0:
        return _Key(KeyKind.OTHER)
    is_worthless = modulus % 2 == 0 or is_roca(modulus)
    return _Key(KeyKind.RSA, 0 if is_worthless else bits, exponent)


def _ec(parameters: core.Asn1Value) -> _Key:
    # RFC 5480 §2.1.1: named curves only; explicit parameters can be anything (CVE-2020-0601)
    if parameters.name != "named":
        return _Key(KeyKind.OTHER)
    bits = _CURVES.get(parameters.chosen.dotted)
    return _Key(KeyKind.EC, bits) if bits else _Key(KeyKind.OTHER)


def _usages(extension: core.Asn1Value | None) -> frozenset[str] | None:
    return None if extension is None else _USAGES & extension.native


def _purposes(extension: core.Asn1Value | None) -> frozenset[str] | None:
    if extension is None:
        return None
    return frozenset(_PURPOSES.get(oid.dotted, oid.dotted) for oid in extension)


def _is_ca(extension: core.Asn1Value | None) -> bool:
    return extension is not None and extension["ca"].native is True


def _class(extension: core.Asn1Value | None) -> CertificateClass:
    # Exactly one class OID in an end entity: several are none
    found = set(_classes(extension)) if extension is not None else set()
    return found.pop() if len(found) == 1 else CertificateClass.UNCLASSIFIED


def _classes(extension: core.Asn1Value) -> Iterator[CertificateClass]:
    for policy in extension:
        oid = policy["policy_identifier"].dotted
        kind, _, level = oid.removeprefix(_CLASS_ARC).partition(".")
        if oid.startswith(_CLASS_ARC) and kind in _CLASSES and level in ("1", "2", "3"):
            yield _CLASSES[kind]


def _signature_hash(algorithm: core.Sequence) -> str:
    """The name of the hash, "" for an algorithm we do not know."""
    try:
        return str(algorithm.hash_algo)
    except ValueError:
        return ""


def _subject_key_id(extension: core.Asn1Value | None) -> bytes:
    return bytes(extension.native) if extension is not None else b""
