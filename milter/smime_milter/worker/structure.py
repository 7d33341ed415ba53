"""What the header section and the MIME structure alone tell about a message."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import value_of, values_of
from smime_milter.mime.mailboxes import Mailbox, mailboxes
from smime_milter.mime.parse import ambiguities, parse
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.inspection import Author
from smime_milter.model.spool import Octets

# Both readings of such a header are scanned, and neither changes what is signed or who signed it.
_HARMLESS = frozenset({Ambiguity.RAW_8BIT_HEADER, Ambiguity.NON_EMPTY_MARGIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """`writers` are the authors with their display names, `correspondents` the mailboxes of From, To and Cc.

    `message_id` is cut at 250 characters.
    """

    octets: Octets
    root: Entity
    codes: tuple[Ambiguity, ...]
    authors: tuple[Author, ...]
    writers: tuple[Mailbox, ...]
    visible: tuple[str, ...]
    correspondents: tuple[Mailbox, ...]
    message_id: str
    is_automatic: bool


def structure_of(octets: Octets) -> Structure:
    root = parse(octets)
    from_ = value_of(octets, root, b"from")  # what is inside an envelope or a signature need not have one
    writers, is_strict = mailboxes(from_) if from_ is not None else ((), True)
    receivers = _receivers(octets, root)
    codes = set(ambiguities(root)) - _HARMLESS | (set() if is_strict else {Ambiguity.AUTHOR_SYNTAX})
    return Structure(
        octets=octets, root=root, codes=tuple(sorted(codes, key=lambda code: code.value)),
        authors=tuple(Author(m.address.key, m.address.domain_key) for m in writers),
        writers=writers, visible=tuple(m.address.key for m in receivers), correspondents=writers + receivers,
        message_id=(value_of(octets, root, b"message-id") or b"")[:250].decode("ascii", "replace"),
        is_automatic=_is_automatic(octets, root))


def _receivers(octets: Octets, root: Entity) -> tuple[Mailbox, ...]:
    values = values_of(octets, root, b"to") + values_of(octets, root, b"cc")
    return tuple(box for value in values for box in mailboxes(value)[0])


def _is_automatic(octets: Octets, root: Entity) -> bool:
    # RFC 3834 §5, RFC 2919; Precedence is what older list servers write
    submitted = (value_of(octets, root, b"auto-submitted") or b"no").split(b";")[0].strip().lower()
    precedence = (value_of(octets, root, b"precedence") or b"").lower()
    is_list = any(value_of(octets, root, name) is not None for name in (b"list-id", b"list-post"))
    return submitted != b"no" or precedence in (b"bulk", b"list", b"junk") or is_list
