"""Messages to maps: which bytes are header, which are body, which are parts.

Iterative over a list of what is still to be read: no depth of nesting costs stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from smime_milter.mime.boundaries import divide
from smime_milter.mime.content import Content, read_content
from smime_milter.mime.entity import Entity, Field
from smime_milter.mime.flaws import flaws
from smime_milter.mime.header import HeaderSection, read_header
from smime_milter.mime.lexical import unfold
from smime_milter.mime.limits import LIMITS, Limits
from smime_milter.mime.mailboxes import mailboxes
from smime_milter.mime.message_file import split_message
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

__all__ = ["ambiguities", "parse", "split_message"]

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")  # RFC 2046 §5.1.1
_ADDRESSES = frozenset((b"from", b"to", b"cc", b"bcc", b"reply-to", b"sender"))
_EMBEDDED = frozenset(("message/rfc822", "message/global", "message/news"))
_NOT_HERE = frozenset(("message/partial", "message/external-body"))
_IDENTITY = frozenset(("7bit", "8bit", "binary", ""))
# A delimiter line with a MIME field behind it, where the type promises no parts.
_LIKE_A_PART = re.compile(
    rb"\n--[^\r\n]{1,200}\r?\nContent-(?:Type|Transfer-Encoding|Disposition)[ \t]*:", re.IGNORECASE
)


@dataclass(slots=True)
class _Node:
    """An entity under construction; what is below it comes later in the list."""

    path: str
    start: int
    end: int
    depth: int
    default: str = "text/plain"
    open_boundaries: tuple[bytes, ...] = ()
    header: HeaderSection = field(init=False)
    content: Content = field(init=False)
    codes: set[Ambiguity] = field(default_factory=set)
    children: list[_Node] = field(default_factory=list)
    entity: Entity | None = None


def parse(octets: Octets, start: int = 0, end: int | None = None, *, limits: Limits = LIMITS) -> Entity:
    """Map one message or entity; never fails. What is outside the grammar or a limit is a code."""
    stop = len(octets) if end is None else max(0, min(end, len(octets)))
    root = _Node("", max(0, min(start, stop)), stop, 0)
    nodes = [root]
    for node in nodes:  # the list grows while it is read
        _read(octets, node, limits)
        _divide(octets, node, limits, limits.parts - len(nodes))
        nodes.extend(node.children)
    _check_addresses(octets, root, limits)
    if flaws(octets, root.start, root.end):
        for node in nodes:
            _find_flaws(octets, node)
    for node in reversed(nodes):
        node.entity = _entity(node)
    return _entity(root)


def ambiguities(root: Entity) -> tuple[Ambiguity, ...]:
    """All codes of a message, in the order of their numbers."""
    found = {code for entity in root.walk() for code in entity.codes}
    return tuple(sorted(found, key=lambda code: code.value))


def _read(octets: Octets, node: _Node, limits: Limits) -> None:
    node.header = read_header(octets, node.start, node.end, limits)
    node.content = read_content(octets, node.header.fields, node.default, limits)
    node.codes |= node.header.codes | node.content.codes


def _divide(octets: Octets, node: _Node, limits: Limits, allowed: int) -> None:
    """Find what is below; a container that is too deep or one too many keeps no parts."""
    media_type = node.content.media_type
    is_multipart = media_type.startswith("multipart/")
    is_embedded = media_type in _EMBEDDED and node.content.encoding in _IDENTITY
    if not (is_multipart or is_embedded):
        _check_leaf(octets, node)
    elif node.depth >= limits.depth:
        node.codes.add(Ambiguity.LIMIT_DEPTH)
    elif allowed < 1:
        node.codes.add(Ambiguity.LIMIT_PARTS)
    elif is_multipart:
        _divide_multipart(octets, node, allowed)
    else:
        node.children.append(_child(node, 1, (node.header.body, node.end)))


def _divide_multipart(octets: Octets, node: _Node, allowed: int) -> None:
    boundary = node.content.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        node.codes.add(Ambiguity.BOUNDARY_MISSING)
    raw = boundary.rstrip().encode("utf-8")
    if not raw or len(raw) > 1_000:
        return
    if any(raw.startswith(other) or other.startswith(raw) for other in node.open_boundaries):
        node.codes.add(Ambiguity.BOUNDARY_CLASH)
    division = divide(octets, (node.header.body, node.end), raw, allowed)
    node.codes |= division.codes
    node.open_boundaries += (raw,)
    node.children.extend(_child(node, number, span) for number, span in enumerate(division.spans, 1))


def _child(parent: _Node, number: int, span: tuple[int, int]) -> _Node:
    # RFC 2046 §5.1.5
    default = "message/rfc822" if parent.content.media_type == "multipart/digest" else "text/plain"
    path = f"{parent.path}.{number}" if parent.path else str(number)
    return _Node(path, span[0], span[1], parent.depth + 1, default, parent.open_boundaries)


def _check_leaf(octets: Octets, node: _Node) -> None:
    if node.content.media_type in _NOT_HERE:
        node.codes.add(Ambiguity.PARTIAL_OR_EXTERNAL)
    if "boundary" in node.content.parameters:
        node.codes.add(Ambiguity.HIDDEN_MULTIPART)
    if node.content.encoding in _IDENTITY and node.header.body < node.end:
        if _LIKE_A_PART.search(octets, max(node.start, node.header.body - 1), node.end):
            node.codes.add(Ambiguity.HIDDEN_MULTIPART)


def _check_addresses(octets: Octets, root: _Node, limits: Limits) -> None:
    total = 0
    for found in root.header.fields:
        name = found.name.lower()
        if name not in _ADDRESSES:
            continue
        value = octets[found.value_start : found.end]
        total += value.count(b",") + 1
        if name == b"from" and not mailboxes(value)[1]:
            root.codes.add(Ambiguity.AUTHOR_SYNTAX)
    # A comma may stand in a name: only when there are many are they looked at.
    if total > limits.addresses and _count_addresses(octets, root.header.fields) >= limits.addresses:
        root.codes.add(Ambiguity.LIMIT_ADDRESSES)


def _count_addresses(octets: Octets, fields: tuple[Field, ...]) -> int:
    values = (octets[f.value_start : f.end] for f in fields if f.name.lower() in _ADDRESSES)
    return sum(len(mailboxes(unfold(value))[0]) for value in values)


def _find_flaws(octets: Octets, node: _Node) -> None:
    """Put a flaw where it stands: in what belongs to this entity and to none of its parts."""
    at = node.start
    for child in node.children:
        node.codes |= flaws(octets, at, child.start)
        at = child.end
    node.codes |= flaws(octets, at, node.end)


def _entity(node: _Node) -> Entity:
    content = node.content
    return Entity(
        path=node.path, start=node.start, body=node.header.body, end=node.end, fields=node.header.fields,
        media_type=content.media_type, parameters=content.parameters, encoding=content.encoding,
        disposition=content.disposition, filename=content.filename,
        parts=tuple(child.entity for child in node.children if child.entity is not None),
        codes=frozenset(node.codes),
    )
