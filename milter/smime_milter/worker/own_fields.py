"""Find the header fields of an inbound message that imitate our verdict."""

from __future__ import annotations

import re

from smime_milter.model.address import to_a_label
from smime_milter.model.own_names import AUTHENTICATION_RESULTS, is_own_name
from smime_milter.model.spool import Octets

_NAME = re.compile(rb"[^:\r\n]{0,200}")
# The method's name where a result can begin; a comment may stand on both sides of it. RFC 8601 §2.2
_METHOD = re.compile(rb"(?:^|[\s;()])smime(?![A-Za-z0-9._@-])", re.IGNORECASE)
_ID = re.compile(rb"[A-Za-z0-9._-]+")
_VALUE = re.compile(rb"[^\s;]*")


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
    if name.strip().lower().replace(b"_", b"-") not in (AUTHENTICATION_RESULTS.lower().encode(), b"arc-authentication-results"):
        return False
    value = octets[start + len(name) + 1 : end]
    return _speaks_of_smime(value) or _speaks_for_us(value, authserv_id, own_domains)


def _speaks_of_smime(value: bytes) -> bool:
    """Generous: whoever names the method and gives any result behind it is taken at his word."""
    match = _METHOD.search(value)
    return match is not None and b"=" in value[match.end() :]


def _speaks_for_us(value: bytes, authserv_id: str, own_domains: tuple[str, ...]) -> bool:
    match = _VALUE.match(_without_comments(value).strip())
    bare = match.group().strip(b'"') if match else b""
    if not _ID.fullmatch(bare):
        return True
    claimed = to_a_label(bare.decode("ascii"))
    ours = {to_a_label(authserv_id), *(to_a_label(d.lstrip(".")) for d in own_domains)}
    return claimed in ours or any(claimed.endswith("." + own) for own in ours)


def _without_comments(value: bytes) -> bytes:
    """RFC 5322 §3.2.2 comments removed, nested ones too; a quoted pair outside them is what it stands for; linear."""
    kept, depth, skip = bytearray(), 0, False
    for byte in value:
        if skip:
            skip = False
            if not depth:
                kept.append(byte)
        elif byte == 0x5C:  # backslash
            skip = True
        elif byte == 0x28:  # (
            depth += 1
        elif byte == 0x29 and depth:
            depth -= 1
        elif not depth:
            kept.append(byte)
    return bytes(kept)
