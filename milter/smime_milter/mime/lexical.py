"""The tokens that structured header fields share: comments, quoted strings, folds. RFC 5322 §3.2"""

from __future__ import annotations

import re

_COMMENT_STEP = re.compile(rb"[^()\\]*([()\\])", re.DOTALL)
_OPENING = re.compile(rb'[^"(]*+(["(])')
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_DEEPEST = 1_000
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n")


def unfold(value: bytes) -> bytes:
    """Take the line ends out; the white space behind them stays. RFC 5322 §2.2.3"""
    return _FOLD.sub(b"", value) if b"\n" in value else value


def unquote(inner: bytes) -> bytes:
    """Resolve the quoted pairs of what stands between quotation marks."""
    return _QUOTED_PAIR.sub(rb"\1", inner) if b"\\" in inner else inner


def comment_end(value: bytes, start: int) -> int:
    """Return the offset behind the comment that opens at `start`, or -1 when it never closes or is nested too deeply."""
    depth, at = 1, start + 1
    while 0 < depth <= _DEEPEST:
        step = _COMMENT_STEP.match(value, at)
        if step is None:
            return -1
        at = step.end()
        if step[1] == b"\\":
            at += 1
        else:
            depth += 1 if step[1] == b"(" else -1
    return -1 if depth else at


def without_comments(value: bytes) -> bytes:
    """Replace each comment outside quotation marks by a blank; an open one swallows the rest."""
    out, at = [], 0
    while (found := _OPENING.match(value, at)) is not None:
        if found[1] == b"(":
            out.append(value[at : found.start(1)] + b" ")
            end = comment_end(value, found.start(1))
            at = len(value) if end < 0 else end
            continue
        quoted = _QUOTED.match(value, found.start(1))
        if quoted is None:
            break
        out.append(value[at : quoted.end()])
        at = quoted.end()
    return b"".join(out) + value[at:]
