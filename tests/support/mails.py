"""Mails for tests: bytes with CRLF, built by hand so that every byte is the test's own choice."""

from __future__ import annotations

import base64
import quopri
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from email.header import Header
from pathlib import Path

from tests.support.openssl import OpenSSL
from tests.support.pki import Issued

CRLF = b"\r\n"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
ZIP = b"PK\x05\x06" + bytes(18)  # an archive without entries
_CONTENT = b"content-"


def plain(text: str, *, encoding: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    """An entity text/plain; `encoding` is quoted-printable, base64 or 8bit."""
    return text_entity("plain", text, encoding=encoding, charset=charset)


def text_entity(subtype: str, text: str, *, encoding: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    octets = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(charset)
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + _encoded(octets, encoding)


def _encoded(octets: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(octets).replace(b"\n", CRLF)
    if encoding == "quoted-printable":
        lines = octets.replace(CRLF, b"\n")
        return quopri.encodestring(lines).replace(b"\n", CRLF)
    return octets


def multipart(subtype: str, *parts: bytes, boundary: str = "") -> bytes:
    mark = boundary or f"=_{secrets.token_hex(12)}"
    head = f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'.encode("ascii")
    line = b"--" + mark.encode("ascii")
    return head + b"".join(line + CRLF + part + CRLF for part in parts) + line + b"--" + CRLF


def alternative(text: str, html: str) -> bytes:
    return multipart("alternative", plain(text), text_entity("html", html))


def attachment(name: str, octets: bytes, media_type: str = "application/octet-stream") -> bytes:
    head = (
        f'Content-Type: {media_type}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return head.encode("utf-8") + _encoded(octets, "base64")


def with_attachment(text: str, name: str = "Angebot.pdf", octets: bytes = PDF, media_type: str = "application/pdf") -> bytes:
    return multipart("mixed", plain(text), attachment(name, octets, media_type))


def mail(
    sender: str,
    recipients: str | Sequence[str],
    entity: bytes,
    *,
    subject: str = "Termin",
    fields: Iterable[bytes] = (),
    message_id: str = "",
    date: str = "Tue, 24 Nov 2026 09:12:31 +0100",
) -> bytes:
    """A complete message around an entity; `fields` are further raw header lines without CRLF."""
    to = recipients if isinstance(recipients, str) else ", ".join(recipients)
    own = [
        f"From: {sender}", f"To: {to}", f"Subject: {_word(subject)}", f"Date: {date}",
        f"Message-ID: <{message_id or secrets.token_hex(8) + '@post.example'}>", "MIME-Version: 1.0",
    ]
    return CRLF.join([*fields, *(line.encode("utf-8") for line in own)]) + CRLF + entity


def _word(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def ordinary(sender: str = "erika.berger@wwk.de", recipient: str = "post@makler.example", text: str = "Guten Tag\n") -> bytes:
    """The mail nobody has anything against."""
    return mail(sender, recipient, plain(text))


def split(message: bytes) -> tuple[bytes, bytes]:
    """The header lines that stay outside, and the entity: Content-* lines, empty line, body."""
    head, _, body = message.partition(CRLF + CRLF)
    outer: list[bytes] = []
    inner: list[bytes] = []
    for line in _unfolded(head):
        (inner if line.lower().startswith(_CONTENT) else outer).append(line)
    inner = inner or [b"Content-Type: text/plain; charset=us-ascii"]
    return CRLF.join(outer) + CRLF, CRLF.join(inner) + CRLF + CRLF + body


def _unfolded(head: bytes) -> list[bytes]:
    lines: list[bytes] = []
    for line in head.split(CRLF):
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1] += CRLF + line
        else:
            lines.append(line)
    return lines


def clear_signed(message: bytes, signer: Issued, *, options: tuple[str, ...] = ()) -> bytes:
    """RFC 8551 §3.5.3, made by `openssl cms`."""
    outer, entity = split(message)
    with tempfile.TemporaryDirectory() as folder:
        signature = OpenSSL(Path(folder)).sign(entity, signer, options=(*_above(folder, signer), *options))
    mark = f"----{secrets.token_hex(16)}"
    head = (
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
        f' micalg="sha-256"; boundary="{mark}"\r\n\r\n'
    ).encode("ascii")
    line = b"--" + mark.encode("ascii")
    return outer + head + line + CRLF + entity + CRLF + line + CRLF + _smime("signature", "smime.p7s", signature) \
        + CRLF + line + b"--" + CRLF


def opaque_signed(message: bytes, signer: Issued) -> bytes:
    """RFC 8551 §3.5.2, made by `openssl cms`."""
    outer, entity = split(message)
    with tempfile.TemporaryDirectory() as folder:
        signed = OpenSSL(Path(folder)).sign(entity, signer, options=("-nodetach", *_above(folder, signer)))
    return outer + _smime("mime; smime-type=signed-data", "smime.p7m", signed)


def encrypted(message: bytes, *recipients: Issued) -> bytes:
    """RFC 8551 §3.3, made by `openssl cms`."""
    outer, entity = split(message)
    with tempfile.TemporaryDirectory() as folder:
        enveloped = OpenSSL(Path(folder)).encrypt(entity, *recipients)
    return outer + _smime("mime; smime-type=enveloped-data", "smime.p7m", enveloped)


def _above(folder: str, signer: Issued) -> tuple[str, ...]:
    """The option that puts the issuing certificates into the signature, as mail programs do."""
    if len(signer.chain) < 2:
        return ()
    pem = b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n" for der in signer.chain[1:])
    return ("-certfile", OpenSSL(Path(folder)).file("above.pem", pem))


def _smime(kind: str, name: str, der: bytes) -> bytes:
    head = (
        f'Content-Type: application/pkcs7-{kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return head.encode("ascii") + _encoded(der, "base64")


def altered(signed: bytes, old: bytes, new: bytes) -> bytes:
    """The same message with other words in it, as somebody on the way might have written them."""
    if signed.count(old) != 1:
        raise ValueError("the words to alter must stand there exactly once")
    return signed.replace(old, new)
