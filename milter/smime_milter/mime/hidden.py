"""Attachments inside plain text: uuencode, yEnc, BinHex."""

from __future__ import annotations

import re

_STARTS = re.compile(
    rb"(?:\A|\n)(?:begin(?:-base64)? [0-7]{3,4} [^\r\n]|=ybegin [^\r\n]{0,200}line=|"
    rb"\(This file must be converted with BinHex)"
)


def has_hidden_encoding(data: bytes) -> bool:
    """Whether some clients would show an attachment where others show text."""
    return _STARTS.search(data) is not None
