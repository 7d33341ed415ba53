"""Put the header fields a stranger must not read inside the encrypted entity (RFC 9788)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smime_milter.mime.entity import Entity, Field
from smime_milter.mime.fields import decode_text, encode_text, field
from smime_milter.model.spool import Octets

_COPIED = (b"from", b"to", b"cc", b"date", b"message-id", b"subject")
_OUTER_SUBJECT = b" [...]"
_LIMIT = 1024 * 1024


def with_protected_fields(octets: Octets, root: Entity, entity: Iterable[bytes], protected: tuple[str, ...]) -> Iterator[bytes]:
    """The entity with the message's main fields, and the `protected` ones, in its header section.

    Its type gets `hp="cipher"`; the older mark `protected-headers="v1"` stands beside it for Thunderbird.
    """
    chunks = iter(entity)
    head, rest = _head(chunks)
    hidden = {name.encode("ascii") for name in protected}
    fields = [f for f in root.fields if f.name.lower() in hidden.union(_COPIED)]
    inner = b"".join(_inner(octets, f) for f in fields)
    yield inner + b"".join(_outer(octets, f, hidden) for f in fields) + _marked(head) + b"\r\n"
    yield rest
    yield from chunks


def _head(chunks: Iterator[bytes]) -> tuple[bytes, bytes]:
    data = b""
    for chunk in chunks:
        data += chunk
        if data.startswith(b"\r\n") or b"\r\n\r\n" in data or len(data) > _LIMIT:
            break
    if data.startswith(b"\r\n"):  # no field of its own: what follows is body
        return b"", data[2:]
    end = data.find(b"\r\n\r\n")
    return (data[: end + 2], data[end + 4 :]) if end >= 0 else (data, b"")


def _marked(head: bytes) -> bytes:
    """Append the parameters to the Content-Type field, wherever its last line ends."""
    found = (b"\r\n" + head.lower()).find(b"\r\ncontent-type:")
    if found < 0:  # RFC 2045 §5.2: what a message without the field is
        head, found = b"Content-Type: text/plain\r\n" + head, 0
    at = end = found
    while True:
        end = head.find(b"\r\n", end)
        if head[end + 2 : end + 3] not in (b" ", b"\t"):
            break
        end += 2
    value = head[at:end].rstrip(b" \t;")
    return head[:at] + value + b';\r\n protected-headers="v1"; hp="cipher"' + head[end:]


def _inner(octets: Octets, source: Field) -> bytes:
    raw = octets[source.start : source.end]
    if raw.isascii():
        return raw
    text = decode_text(octets[source.value_start : source.end])[0]
    return field(source.name.decode("ascii"), encode_text(text)).line()


def _outer(octets: Octets, source: Field, hidden: set[bytes]) -> bytes:
    """RFC 9788 §2.2: HP-Outer tells what the same field says outside; a field that is not there has none."""
    name = source.name.lower()
    if name in hidden and name != b"subject":
        return b""
    inner = _inner(octets, source)
    value = _OUTER_SUBJECT + b"\r\n" if name in hidden else inner[inner.index(b":") + 1 :]
    return b"HP-Outer: " + source.name + b":" + value
