"""Hand a message to the recognisers of refused methods (R12)."""

from __future__ import annotations

from smime_milter.methods import recognise
from smime_milter.methods.mail_text import MailText
from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import decode_text
from smime_milter.mime.text import segments
from smime_milter.mime.transfer import decode
from smime_milter.model.method import Method
from smime_milter.model.spool import Octets
from smime_milter.worker.structure import Structure

_HEADERS = 200
_LEADING = 64


def recognise_method(message: Structure) -> tuple[Method | None, int]:
    octets, root = message.octets, message.root
    leaves = [e for e in root.walk() if not e.parts]
    return recognise(MailText(
        media_type=root.media_type, parameters=root.parameters,
        part_types=tuple(e.media_type for e in root.walk() if e is not root),
        filenames=tuple(e.filename for e in leaves if e.filename), headers=_headers(octets, root),
        texts=tuple(s.text for s in segments(octets, root)[0] if s.kind in ("plain", "html")),
        leading=tuple(_leading(octets, e) for e in leaves if not e.media_type.startswith("text/"))))


def _headers(octets: Octets, root: Entity) -> tuple[tuple[str, str], ...]:
    return tuple((f.name.decode("ascii", "replace").lower(), decode_text(octets[f.value_start : f.end])[0])
                 for f in root.fields[:_HEADERS])


def _leading(octets: Octets, leaf: Entity) -> bytes:
    """The first bytes of a part; for base64 enough encoded text for them, cut at a whole quantum."""
    if leaf.encoding != "base64":
        return octets[leaf.body : min(leaf.end, leaf.body + _LEADING)]
    text = octets[leaf.body : min(leaf.end, leaf.body + 3 * _LEADING)].translate(None, b"\r\n \t")
    return decode(text[: len(text) // 4 * 4], 0, len(text) // 4 * 4, "base64")[0][:_LEADING]
