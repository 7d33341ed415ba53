"""The certificates in a file as people send them: PEM, DER, or a PKCS #7 bundle (.p7b, .p7c)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from asn1crypto import cms, pem, x509

MAX_SIZE = 4 * 1024 * 1024
_LINE = 64
# Everything asn1crypto was seen to raise on mutated input.
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


def certificates_in(content: bytes) -> tuple[bytes, ...]:
    """The DER of every certificate, in order, each once; empty if it is no such file or over 4 MB."""
    if len(content) > MAX_SIZE:
        return ()
    try:
        return tuple(dict.fromkeys(_found(content)))
    except _UNREADABLE:
        return ()


def _found(content: bytes) -> Iterator[bytes]:
    if not pem.detect(content):
        yield from _in_der(content)
        return
    for kind, _, der in pem.unarmor(content, multiple=True):
        if kind in ("CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS"):
            yield from _in_der(der)


def _in_der(der: bytes) -> Iterator[bytes]:
    outer = cms.ContentInfo.load(der) if _is_content_info(der) else None
    if outer is None:
        yield x509.Certificate.load(der, strict=True).dump()
        return
    # RFC 5652 §5.1: a degenerate SignedData carries certificates and no signer
    for choice in outer["content"]["certificates"]:
        if choice.name == "certificate":
            yield choice.chosen.dump()


def _is_content_info(der: bytes) -> bool:
    """Whether it begins with the OID of SignedData, behind a definite or indefinite length."""
    return b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in der[:20]


def as_pem(der: bytes) -> str:
    """RFC 7468 §5.1: lines of 64 characters."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[at:at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
