"""The canonical line end of text: CRLF. RFC 8551 §3.1.1"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from smime_milter.mime.flaws import is_canonical

_LINE_END = re.compile(rb"\r\n|\r|\n")


def to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Turn bare CR and bare LF into CRLF, also across the borders of chunks; no empty chunk comes out."""
    held = b""
    for chunk in chunks:
        data = held + chunk if held else chunk
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[:-1] if held else data
        if data:
            yield data if is_canonical(data) else _LINE_END.sub(b"\r\n", data)
    if held:
        yield b"\r\n"
