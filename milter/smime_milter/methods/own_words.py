"""The sender's own words: what is neither quoted nor forwarded."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"^[ \t\u00a0]{0,8}[>|].{0,2000}$", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[ \t]{0,8}(?:-{2,12}[ ]?(?:urspr(?:ü|ue)ngliche|weitergeleitete|original|forwarded|begin forwarded)[^\n]{0,40}"
    r"|(?:von|from|absender)[ ]?:[^\n]{1,200}\n(?:[^\n]{0,200}\n){0,3}?[ \t]{0,8}(?:gesendet|sent|datum|date|an|to|betreff|subject)[ ]?:"
    r"|(?:am|on)[ ][^\n]{5,120}(?:schrieb|wrote)[^\n]{0,100}:[ ]?$|_{20,80}[ ]?$|anfang der weitergeleiteten)",
    re.MULTILINE | re.IGNORECASE,
)
MOST = 200_000


def own_words(text: str) -> str:
    """At most the first 200,000 characters, without quoted lines and all that follows a reply or forward head."""
    text = text[:MOST].replace("\r\n", "\n")
    forwarded = _FORWARDED.search(text)
    return _QUOTED.sub("", text[: forwarded.start()] if forwarded else text)
