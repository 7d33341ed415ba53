"""Find the header fields of an inbound message that imitate our verdict."""

from __future__ import annotations

import re

from smime_milter.model.own_names import AUTHENTICATION_RESULTS, is_own_name
from smime_milter.model.spool import Octets

_NAME = re.compile(rb"[^:\r\n]{0,200}")
# A claim about S/MIME in any spelling: comments and folding may stand around the words. RFC 8601 §2.2
_METHOD = re.compile(rb"smime[\s()/0-9]{0,20}=", re.IGNORECASE)
_ID = re.compile(rb"[A-Za-z0-9._-]+")


def forged_fields(octets: Octets, field_ends: tuple[int, ...], authserv_id: str, own_domains: tuple[str, ...]) -> tuple[int, ...]:
    """Indexes of fields with our names, and of Authentication-Results that speak for us or about S/MIME.

    RFC 8601 §5: a field with our authserv-id that comes from outside is removed, and one whose
    authserv-id cannot be read is taken for such a one.
    """
    found, start = [], 0
    for index, end in enumerate(field_ends):
        if _is_forged(octets, start, end, authserv_id=authserv_id, own_domains=own_domains):
            found.append(index)
        start = end
    return tuple(found)


def _is_forged(octets: Octets, start: int, end: int, *, authserv_id: str, own_domains: tuple[str, ...]) -> bool:
    match = _NAME.match(octets, start, end)
    name = match.group() if match else b""
    if is_own_name(name):
        return True
    if name.strip().lower() not in (AUTHENTICATION_RESULTS.lower().encode(), b"arc-authentication-results"):
        return False
    value = octets[start + len(name) + 1 : end]
    return _METHOD.search(value) is not None or _speaks_for_us(value, authserv_id, own_domains)


def _speaks_for_us(value: bytes, authserv_id: str, own_domains: tuple[str, ...]) -> bool:
    bare = _without_comments(value).strip().strip(b'"')
    match = _ID.match(bare)
    if match is None:
        return True
    claimed = match.group().lower().decode("ascii").rstrip(".")
    ours = {authserv_id.lower().rstrip("."), *(d.lstrip(".").lower() for d in own_domains)}
    return claimed in ours or any(claimed.endswith("." + own) for own in ours)


def _without_comments(value: bytes) -> bytes:
    """RFC 5322 §3.2.2 comments removed, nested ones and quoted pairs too; linear."""
    kept, depth, skip = bytearray(), 0, False
    for byte in value:
        if skip:
            skip = False
        elif byte == 0x5C:  # backslash
            skip = True
        elif byte == 0x28:  # (
            depth += 1
        elif byte == 0x29 and depth:
            depth -= 1
        elif not depth:
            kept.append(byte)
    return bytes(kept)
