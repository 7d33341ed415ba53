"""The CMS inside a mail, as a mail program takes it out: by hand and not with the code under test."""

from __future__ import annotations

import base64
import re

from tests.support.opened import read

_BOUNDARY = re.compile(rb'boundary="([^"]+)"')


def is_signed(message: bytes) -> bool:
    return "signed" in _kind(message)


def is_enveloped(message: bytes) -> bool:
    return "enveloped" in _kind(message)


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
