"""The layers of S/MIME around a content, from outside in: signed, encrypted, compressed."""

from __future__ import annotations

from collections.abc import Iterable

from smime_milter.cms.compressed_data import NotExpanded, decompress
from smime_milter.cms.signed_data import verify
from smime_milter.cms.smime import cms_octets, is_clear_signed, labelled_type
from smime_milter.mime.canonical import to_crlf
from smime_milter.model.finding import UnreadableReason
from smime_milter.model.spool import Spool
from smime_milter.worker.structure import Structure, structure_of

MOST_LAYERS = 5
_UNREADABLE = {NotExpanded.LIMIT: UnreadableReason.LIMIT, NotExpanded.MALFORMED: UnreadableReason.DAMAGED,
               NotExpanded.UNSUPPORTED: UnreadableReason.UNKNOWN_FORMAT}


def type_of(layer: Structure) -> str | None:
    """The kind of CMS a layer is by its content, None for anything else."""
    return labelled_type(layer.octets, layer.root)


def is_layer(entity: Structure) -> bool:
    """Whether S/MIME goes on in it."""
    return is_clear_signed(entity.root) or type_of(entity) is not None


def expanded(layer: Structure, limit: int) -> Structure | NotExpanded:
    """The entity inside a CompressedData."""
    found = decompress(cms_octets(layer.octets, layer.root), limit)
    return found if isinstance(found, NotExpanded) else structure_of(canonical(found.chunks()).octets())


def canonical(content: Iterable[bytes]) -> Spool:
    """The same with CRLF line ends."""
    spool = Spool()
    for chunk in to_crlf(content):
        spool.write(chunk)
    return spool


def readable_inside(message: Structure, limit: int) -> Structure | UnreadableReason:
    """The message itself, or what it wraps without hiding it: below opaque signatures and compression."""
    layer = message
    for _ in range(MOST_LAYERS + 1):
        inner = _unwrapped(layer, limit)
        if inner is None or isinstance(inner, UnreadableReason):
            return inner or layer
        layer = inner
    return UnreadableReason.LIMIT


def _unwrapped(layer: Structure, limit: int) -> Structure | UnreadableReason | None:
    match type_of(layer):
        case "signed-data":
            content = verify(cms_octets(layer.octets, layer.root), None).content
            return UnreadableReason.DAMAGED if content is None else structure_of(content)
        case "compressed-data":
            found = expanded(layer, limit)
            return _UNREADABLE[found] if isinstance(found, NotExpanded) else found
        case _:
            return None
