"""Put the header fields of a message inside the entity that is signed or encrypted (RFC 9788)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smime_milter.mime.entity import Entity, Field
from smime_milter.mime.fields import decode_text, encode_phrase, encode_text, field
from smime_milter.mime.mailboxes import Mailbox, mailboxes
from smime_milter.model.own_names import is_own_name
from smime_milter.model.spool import Octets

_OUTER_SUBJECT = b" [...]"
_LIMIT = 1024 * 1024
_STRUCTURAL = (b"content-", b"mime-version")
# What relays write (RFC 5322 §3.6.7 and their own), and what must not be copied: Bcc, and hints of an earlier protection.
_TRACE = (b"received", b"return-path", b"delivered-to", b"x-original-to", b"envelope-to", b"dkim-signature",
          b"domainkey-signature", b"arc-", b"authentication-results", b"resent-", b"bcc", b"hp-outer")
_ADDRESSES = frozenset((b"from", b"sender", b"reply-to", b"to", b"cc"))


def is_protected_name(name: bytes) -> bool:
    """Whether a field of this name is copied: RFC 9788 §1.2, everything but structural and trace fields."""
    return not name.lower().startswith(_STRUCTURAL + _TRACE) and not is_own_name(name)


def with_header_protection(
    octets: Octets, root: Entity, entity: Iterable[bytes], *, hidden: tuple[str, ...], is_encrypted: bool
) -> Iterator[bytes]:
    """The entity with the message's fields in its header section, as the payload of a cryptographic message.

    `hidden` are lower-case names that are not, or not so, outside. The type gets `hp`; the older mark
    `protected-headers="v1"` stands beside it.
    """
    chunks = iter(entity)
    head, rest = _head(chunks)
    names = {name.encode("ascii") for name in hidden}
    copies = [(f.name, copy) for f in root.fields if is_protected_name(f.name) and (copy := _inner(octets, f)) is not None]
    yield b"".join(copy for _, copy in copies)
    if is_encrypted:
        yield b"".join(_outer(name, copy, names) for name, copy in copies)
    kind = b'; hp="cipher"' if is_encrypted else b'; hp="clear"'
    mark = b' protected-headers="v1"' + (b"" if "hp" in root.parameters else kind)
    yield _marked(head, mark) + b"\r\n"
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


def _marked(head: bytes, mark: bytes) -> bytes:
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
    return head[:at] + value + b";\r\n" + mark + head[end:]


def _inner(octets: Octets, source: Field) -> bytes | None:
    """The field in 7 bits; None where raw octets stand in a place that has no 7-bit form."""
    raw = octets[source.start : source.end]
    if raw.isascii():
        return raw.rstrip(b"\r\n") + b"\r\n"
    name, value = source.name.decode("ascii"), octets[source.value_start : source.end]
    if source.name.lower() not in _ADDRESSES:
        return field(name, encode_text(decode_text(value)[0])).line()
    boxes, is_strict = mailboxes(value)
    texts = [_ascii_mailbox(box) for box in boxes]
    return field(name, ", ".join(texts)).line() if is_strict and all(texts) else None


def _ascii_mailbox(box: Mailbox) -> str:
    address = str(box.address)
    if not address.isascii():
        return ""
    return f"{encode_phrase(box.display)} <{address}>" if box.display else address


def _outer(name: bytes, inner: bytes, hidden: set[bytes]) -> bytes:
    """RFC 9788 §2.2: HP-Outer tells what the same field says outside; a field that is not there has none."""
    key = name.lower()
    if key in hidden and key != b"subject":
        return b""
    value = _OUTER_SUBJECT + b"\r\n" if key in hidden else inner[inner.index(b":") + 1 :]
    return b"HP-Outer: " + name + b":" + value
