"""MIME around CMS: what the root of a message really is, and entities of our own. RFC 8551 §3"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from smime_milter.cms.content_info import content_type
from smime_milter.cms.enveloped_data import is_genuine
from smime_milter.mime.canonical import to_crlf
from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import field
from smime_milter.mime.transfer import base64_lines, decode
from smime_milter.model.inspection import Protection
from smime_milter.model.message import HeaderField
from smime_milter.model.spool import CHUNK, Octets

Built = tuple[tuple[HeaderField, ...], Iterator[bytes]]

_MIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_ENVELOPES = ("enveloped-data", "auth-enveloped-data")
_KINDS = {
    "signed-data": Protection.SIGNED,
    "certs-only": Protection.OTHER,
    "compressed-data": Protection.OTHER,
}


def protection_of(octets: Octets, root: Entity) -> Protection:
    """What the root entity is by its content; BROKEN is a label of S/MIME on anything else, or on a part of it."""
    if is_clear_signed(root):
        return Protection.SIGNED
    if not _is_labelled(root):
        return Protection.NONE
    content, flaws = decode(octets, root.body, root.end, root.encoding)
    kind = None if flaws or not root.encoding else content_type(content)
    if kind in _ENVELOPES:
        return Protection.ENVELOPED if is_genuine(content) else Protection.BROKEN
    return _KINDS.get(kind or "", Protection.BROKEN)


def labelled_type(octets: Octets, entity: Entity) -> str | None:
    """The kind of CMS (its smime-type word) in an entity with a label of S/MIME, whichever; None for anything else."""
    if not _is_labelled(entity):
        return None
    content, flaws = decode(octets, entity.body, entity.end, entity.encoding)
    return None if flaws or not entity.encoding else content_type(content)


def is_clear_signed(root: Entity) -> bool:
    return root.media_type == "multipart/signed" and root.parameters.get("protocol", "").lower() in _SIGNATURE_TYPES


def _is_labelled(root: Entity) -> bool:
    """RFC 8551 §3.9: gateways may have made the type application/octet-stream and kept the name."""
    is_named = root.media_type == "application/octet-stream" and root.filename.lower().endswith((".p7m", ".p7z", ".p7c"))
    return root.media_type in _MIME_TYPES or is_named


def cms_octets(octets: Octets, entity: Entity) -> Octets:
    """The CMS message in an entity: its body without the transfer encoding."""
    return decode(octets, entity.body, entity.end, entity.encoding)[0]


def signed_part(octets: Octets, root: Entity) -> tuple[int, int] | None:
    """Where the signed part of a clear-signed root lies, header section included; None unless it has two parts.

    The line end before the boundary belongs to the boundary. RFC 2046 §5.1.1
    """
    if not is_clear_signed(root) or len(root.parts) != 2:
        return None
    return root.parts[0].start, root.parts[0].end


def digest_of(octets: Octets, start: int, end: int, hash_name: str) -> bytes:
    """The digest of a range with its line ends made CRLF. RFC 8551 §3.1.1"""
    digest = hashlib.new(hash_name)
    for chunk in to_crlf(_chunks(octets, start, end)):
        digest.update(chunk)
    return digest.digest()


def _chunks(octets: Octets, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, CHUNK):
        yield octets[at : min(at + CHUNK, end)]


def clear_signed(
    entity: Callable[[], Iterable[bytes]], *, sign: Callable[[bytes], bytes], boundary: str, digest_name: str = "sha256"
) -> Built:
    """A multipart/signed around a canonical 7-bit entity with CRLF line ends, header section included.

    The entity is read once, hashed on its way; `sign` gets its digest when it has passed.
    RFC 8551 §3.5.3
    """
    micalg = digest_name.replace("sha", "sha-")  # RFC 8551 §3.5.3.2
    parameters = f'protocol="application/pkcs7-signature"; micalg={micalg}; boundary="{boundary}"'
    fields = (field("MIME-Version", "1.0"), field("Content-Type", "multipart/signed; " + parameters))
    return fields, _clear_signed_body(entity(), sign, b"--" + boundary.encode("ascii"), hashlib.new(digest_name))


def _clear_signed_body(
    entity: Iterable[bytes], sign: Callable[[bytes], bytes], delimiter: bytes, digest: "hashlib._Hash"
) -> Iterator[bytes]:
    yield delimiter + b"\r\n"
    for chunk in entity:
        digest.update(chunk)
        yield chunk
    head = b"".join(f.line() for f in _content_fields('application/pkcs7-signature; name="smime.p7s"', "smime.p7s"))
    yield b"\r\n" + delimiter + b"\r\n" + head + b"\r\n"
    yield from base64_lines((sign(digest.digest()),))
    yield delimiter + b"--\r\n"


def opaque_signed(der: bytes) -> Built:
    """An application/pkcs7-mime entity around a SignedData with its content. RFC 8551 §3.5.2"""
    return _wrapped("signed-data", (der,))


def enveloped(der: Iterable[bytes], smime_type: str = "enveloped-data") -> Built:
    """An application/pkcs7-mime entity around an envelope, coded as it comes. RFC 8551 §3.3, §3.4"""
    return _wrapped(smime_type, der)


def _wrapped(smime_type: str, der: Iterable[bytes]) -> Built:
    fields = _content_fields(f'application/pkcs7-mime; smime-type={smime_type}; name="smime.p7m"', "smime.p7m")
    return (field("MIME-Version", "1.0"), *fields), base64_lines(der)


def _content_fields(media_type: str, filename: str) -> tuple[HeaderField, ...]:
    return (
        field("Content-Type", media_type),
        field("Content-Transfer-Encoding", "base64"),
        field("Content-Disposition", f'attachment; filename="{filename}"'),
    )
