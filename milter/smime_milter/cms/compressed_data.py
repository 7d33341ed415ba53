"""Read CompressedData, within limits of ratio and size. RFC 3274"""

from __future__ import annotations

import zlib
from enum import Enum

from smime_milter.cms.algorithms import oid
from smime_milter.cms.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Fields, NotAsExpected, raw, string_ranges
from smime_milter.cms.content_info import COMPRESSED_DATA, DATA, open_content_info
from smime_milter.cms.precheck import precheck
from smime_milter.model.spool import CHUNK, Octets, Spool

MOST_RATIO = 200
MOST_OCTETS = 200 * 1024 * 1024
_ZLIB = oid("1.2.840.113549.1.9.16.3.8")


class NotExpanded(Enum):
    """Why there is no content."""

    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    LIMIT = "limit"


def decompress(octets: Octets, most_octets: int = MOST_OCTETS) -> Spool | NotExpanded:
    """The content, of at most 200 times the compressed size, 200 MB and `most_octets`."""
    malformation = precheck(octets)
    if malformation is not None:
        return NotExpanded.LIMIT if malformation.is_limit else NotExpanded.MALFORMED
    try:
        ranges = _compressed(octets)
    except NotAsExpected:
        return NotExpanded.MALFORMED
    if ranges is None:
        return NotExpanded.UNSUPPORTED
    size = sum(stop - start for start, stop in ranges)
    return _expanded(octets, ranges, min(most_octets, MOST_OCTETS, size * MOST_RATIO))


def _compressed(octets: Octets) -> list[tuple[int, int]] | None:
    """Where the compressed content lies; None for another method than zlib."""
    identifier, fields = open_content_info(octets)
    if identifier != COMPRESSED_DATA:
        raise NotAsExpected
    fields.take(INTEGER)
    method = raw(octets, fields.inside(SEQUENCE).take(OBJECT_IDENTIFIER))
    content = fields.inside(SEQUENCE)
    fields.finish()
    return _ranges(content) if method == _ZLIB else None


def _ranges(content: Fields) -> list[tuple[int, int]]:
    if raw(content.octets, content.take(OBJECT_IDENTIFIER)) != DATA:
        raise NotAsExpected
    wrapper = content.inside(0xA0)
    content.finish()
    found = string_ranges(content.octets, wrapper.take(OCTET_STRING, OCTET_STRING | 0x20))
    wrapper.finish()
    return found


def _expanded(octets: Octets, ranges: list[tuple[int, int]], limit: int) -> Spool | NotExpanded:
    spool, engine = Spool(), zlib.decompressobj()
    try:
        for start, stop in ranges:
            for at in range(start, stop, CHUNK):
                if not _expand(engine, octets[at : min(at + CHUNK, stop)], spool, limit):
                    return NotExpanded.LIMIT
    except zlib.error:
        return NotExpanded.MALFORMED
    # Neither cut off, nor with something behind its end that one reader sees and another does not
    return spool if engine.eof and not engine.unused_data else NotExpanded.MALFORMED


def _expand(engine: "zlib._Decompress", piece: bytes, spool: Spool, limit: int) -> bool:
    """Whether it fitted: never more than one chunk in memory, however much comes out of a few octets."""
    while piece:
        spool.write(engine.decompress(piece, CHUNK))
        piece = engine.unconsumed_tail
        if len(spool) > limit:
            return False
    return True
