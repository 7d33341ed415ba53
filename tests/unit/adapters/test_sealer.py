"""The internal envelope: only this gateway opens it, and nothing of it can be changed, cut off or guessed."""

from __future__ import annotations

import base64
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.adapters.sealer import Sealer
from smime_milter.model.errors import Unavailable
from smime_milter.model.sealed import Sealed
from smime_milter.model.spool import CHUNK, Spool

OURS = Sealer(b"k" * 32)
CONTEXT = b'{"sender": "erika@wwk.de"}'
# More than one piece, and nothing that could be compressed
LARGE = base64.encodebytes(os.urandom(CHUNK))


def octets(spool: Spool) -> bytes:
    return bytes(spool.octets()[:])


def opened(sealed: Sealed, body: bytes | None = None, sealer: Sealer = OURS) -> tuple[bytes, bytes]:
    context, raw = sealer.open(sealed.mark, sealed.body if body is None else Spool.of(body), 0)
    return context, octets(raw)


@pytest.mark.parametrize("raw", [b"", b"x", b"Subject: a\r\n\r\nText\r\n", LARGE, b"\0" * 3 * CHUNK])
def test_what_was_sealed_comes_out_again(raw: bytes) -> None:
    """Context and message byte for byte, whatever their size."""
    assert opened(OURS.seal(CONTEXT, Spool.of(raw))) == (CONTEXT, raw)


@given(st.binary(max_size=2000), st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_bytes_survive(raw: bytes, context: bytes) -> None:
    """Nothing is special: no byte, no length."""
    assert opened(OURS.seal(context, Spool.of(raw))) == (context, raw)


def test_the_body_is_what_every_mta_carries() -> None:
    """Base64 lines below 998 octets with CRLF, hardly longer than the mail it holds; the mark fits a header field."""
    sealed = OURS.seal(CONTEXT, Spool.of(LARGE))
    lines = octets(sealed.body).split(b"\r\n")
    assert max(map(len, lines)) <= 998 and lines[-1] == b""
    assert re.fullmatch(rb"[A-Za-z0-9+/=]+", b"".join(lines))
    assert len(sealed.body) < 1.05 * len(LARGE)
    assert re.fullmatch(r"v=1; id=[0-9a-f]{32}; mac=[0-9a-f]{64}", sealed.mark)


def test_a_folded_mark_opens_as_well() -> None:
    """The MTA may fold a header field at its blanks."""
    sealed = OURS.seal(CONTEXT, Spool.of(b"x"))
    assert opened(Sealed(mark=sealed.mark.replace(" ", "\r\n  "), body=sealed.body)) == (CONTEXT, b"x")


def test_the_same_message_never_looks_the_same() -> None:
    """Every message has a key of its own."""
    first, second = (OURS.seal(CONTEXT, Spool.of(b"x" * 100)) for _ in range(2))
    assert octets(first.body) != octets(second.body) and first.mark != second.mark


def test_nobody_else_opens_it() -> None:
    """Another key, a mark of another message, and a mark that somebody made up."""
    sealed = OURS.seal(CONTEXT, Spool.of(LARGE))
    other = OURS.seal(CONTEXT, Spool.of(LARGE))
    with pytest.raises(Unavailable, match="did not seal"):
        opened(sealed, sealer=Sealer(b"j" * 32))
    with pytest.raises(Unavailable, match="altered"):
        opened(Sealed(mark=other.mark, body=sealed.body))
    for mark in ("", "v=1", re.sub(r"mac=.{4}", "mac=0000", sealed.mark), re.sub(r"id=.{4}", "id=0000", sealed.mark)):
        with pytest.raises(Unavailable, match="did not seal"):
            opened(Sealed(mark=mark, body=sealed.body))


def test_what_was_altered_does_not_open() -> None:
    """Cut off anywhere, emptied, repeated, pieces exchanged, a letter changed: nothing comes out, not even the beginning."""
    sealed = OURS.seal(CONTEXT, Spool.of(LARGE))
    body = octets(sealed.body)
    cipher = base64.b64decode(body.replace(b"\r\n", b""))
    size = CHUNK + 16
    pieces = [cipher[at : at + size] for at in range(0, len(cipher), size)]
    assert len(pieces) > 1
    exchanged = base64.b64encode(b"".join([pieces[1], pieces[0], *pieces[2:]]))
    first_alone = base64.b64encode(pieces[0])
    changed = body[:1000] + (b"A" if body[1000:1001] != b"A" else b"B") + body[1001:]
    cut = (b"", body[:-4], body[: len(body) // 2], first_alone)
    for bad in (*cut, body + body, changed, exchanged, body + b"AAAA", b"!" + body):
        with pytest.raises(Unavailable, match="altered"):
            opened(sealed, bad)


def test_tokens_are_keyed() -> None:
    """Equal texts meet; without the key nobody makes one."""
    assert OURS.token("a") == OURS.token("a") != OURS.token("b")
    assert OURS.token("a") != Sealer(b"j" * 32).token("a")
