"""The CMS inside a mail, as a mail program takes it out and puts it in: by hand, not with the code under test."""

from __future__ import annotations

import base64
import re
import secrets

from tests.support.opened import read

_BOUNDARY = re.compile(rb'boundary="([^"]+)"')


def is_signed(message: bytes) -> bool:
    return "signed" in _kind(message)


def is_enveloped(message: bytes) -> bool:
    return "enveloped" in _kind(message).lower()


def _kind(message: bytes) -> str:
    head = read(message)
    kind = str(head.get_param("smime-type", ""))
    return f"{head.get_content_type()} {kind}"


def enveloped_data(message: bytes) -> bytes:
    return base64.b64decode(_body(message))


def content_and_signature(message: bytes) -> tuple[bytes | None, bytes]:
    """The octets that are signed and the signature beside them; no content for the opaque form. RFC 1847 §2.1"""
    if read(message).get_content_type() != "multipart/signed":
        return None, base64.b64decode(_body(message))
    head, _, body = message.partition(b"\r\n\r\n")
    found = _BOUNDARY.search(head)
    assert found is not None, "the boundary is not quoted"
    line = b"\r\n--" + found[1]
    _, content, signature = (b"\r\n" + body).split(line)[:3]
    return content.removeprefix(b"\r\n"), base64.b64decode(_body(signature.removeprefix(b"\r\n")))


def _body(entity: bytes) -> bytes:
    return entity.partition(b"\r\n\r\n")[2]


def wrapped_signed(signature: bytes, content: bytes | None) -> bytes:
    """The entity of a signed mail; opaque without the content. RFC 8551 §3.5"""
    if content is None:
        return _smime("mime; smime-type=signed-data", "smime.p7m", signature)
    mark = secrets.token_hex(16)
    head = (f'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg="sha-256";\r\n boundary="{mark}"\r\n'
            "\r\n").encode()
    line = b"--" + mark.encode()
    parts = [head + line, content, line, _smime("signature", "smime.p7s", signature), line + b"--", b""]
    return b"\r\n".join(parts)


def wrapped_enveloped(enveloped: bytes) -> bytes:
    """The entity of an encrypted mail. RFC 8551 §3.3, §3.4"""
    is_authenticated = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17" in enveloped[:40]
    return _smime(f"mime; smime-type={'authEnveloped' if is_authenticated else 'enveloped'}-data", "smime.p7m", enveloped)


def _smime(kind: str, name: str, der: bytes) -> bytes:
    head = (f'Content-Type: application/pkcs7-{kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n').encode()
    return head + base64.encodebytes(der).replace(b"\n", b"\r\n")
