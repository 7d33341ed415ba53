"""SMIMECapabilities: what we announce, and what a partner announced, by the names of the algorithm table. RFC 8551 §2.5.2"""

from __future__ import annotations

from functools import lru_cache

from smime_milter.cms import der
from smime_milter.cms.algorithms import ALGORITHMS, Kind, identified, known, oid
from smime_milter.cms.ber import OBJECT_IDENTIFIER, SEQUENCE, Fields, NotAsExpected, raw, whole
from smime_milter.cms.parameters import oaep_identifier, pss_identifier, read_oaep

CAPABILITIES = oid("1.2.840.113549.1.9.15")
MOST_CAPABILITIES = 64
_MOST_OCTETS = 8 * 1024
_OAEP = known(Kind.KEY_TRANSPORT, "oaep").oid
_PSS = known(Kind.SIGNATURE, "pss").oid


@lru_cache(maxsize=8)
def capabilities(key_kind: str) -> bytes:
    """The attribute's value: what we open and verify, best first; weak ones are opened but not asked for.

    `key_kind` is that of our own certificate, "rsa" or "ec": to other keys nobody encrypts.
    """
    rows = (row for row in ALGORITHMS if row.kind is Kind.CONTENT_ENCRYPTION and row.reads and not row.is_weak)
    content = [der.sequence(row.oid) for row in rows]
    return der.sequence(*content, *_key_encryption(key_kind), pss_identifier())


def _key_encryption(key_kind: str) -> tuple[bytes, ...]:
    if key_kind == "rsa":
        return (oaep_identifier(),)
    if key_kind == "ec":  # RFC 5753 §8: the key wrap stands where parameters stand
        wrap = der.sequence(known(Kind.KEY_WRAP, "aes-256-wrap").oid)
        return (der.sequence(known(Kind.KEY_AGREEMENT, "ecdh-sha256").oid, wrap),)
    return ()


def read_capabilities(encoded: bytes) -> tuple[str, ...]:
    """The names we know among the first 64 entries, in their order, each once; nothing of what is malformed."""
    if len(encoded) > _MOST_OCTETS:
        return ()
    names: dict[str, None] = {}
    try:
        entries = whole(encoded).inside(SEQUENCE)
        for _ in range(MOST_CAPABILITIES):
            if entries.peek() == -1:
                break
            names.update(dict.fromkeys(_names(entries.inside(SEQUENCE))))
    except NotAsExpected:
        return ()
    return tuple(names)


def _names(entry: Fields) -> tuple[str, ...]:
    identifier = raw(entry.octets, entry.take(OBJECT_IDENTIFIER))
    if identifier == _OAEP:
        return ("oaep",) if _is_our_oaep(entry) else ()
    if identifier == _PSS:
        return ("pss",)
    row = identified(Kind.CONTENT_ENCRYPTION, identifier)
    return (row.name,) if row and row.sends else ()


def _is_our_oaep(entry: Fields) -> bool:
    """We send OAEP with SHA-256 only: who announces another hash may not open that."""
    oaep = read_oaep(entry)
    return oaep is not None and (oaep.digest, oaep.mask_digest, oaep.label) == ("sha256", "sha256", b"")
