"""The sender's own words: what is neither quoted nor forwarded, nor the signature."""

from __future__ import annotations

import re

from smime_milter.methods.mail_text import MailText

MOST = 200_000  # characters of one text that are looked at
_QUOTED = re.compile(r"^[ \t\u00a0]{0,8}[>|][^\n]*\n?", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[ \t*]{0,8}(?:-{2,12}[ ]?(?:urspr(?:ü|ue)ngliche|weitergeleitete|original|forwarded)|anfang der weitergeleiteten"
    r"|begin forwarded"
    r"|(?:von|from|absender)\*?[ ]?:[^\n]{1,200}\n[^\n]{0,200}\n?[ \t*]{0,8}(?:gesendet|sent|datum|date|an|to|betreff"
    r"|subject)\*?[ ]?:"
    r"|(?:am|on)[ ][^\n]{5,160}(?:schrieb|wrote)[^\n]{0,120}:[ ]?$|_{20,80}[ ]?$)",
    re.MULTILINE | re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^[ \t]{0,8}(?:mit[ ](?:[a-zäöü]{3,14}[ ]){0,3}gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe|freundliche|sch(?:ö|oe)ne"
    r"|herzliche)[ ]gr(?:ü|ue)(?:ß|ss)e|mfg|lg|vg"
    r"|(?:best|kind|warm)[ ]regards|regards|sincerely|yours[ ][a-z]{3,12}|--[ ]?$)",
    re.MULTILINE | re.IGNORECASE,
)
_LINK = re.compile(r"[a-z]{3,5}://[^\s<>\"'()\[\]]{4,600}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,40}")
_OTHERS = re.compile(r"\b(?:PGP|OpenPGP|Cryptshare|FTAPI|SCP|SFTP|S/?MIME)\b", re.IGNORECASE)
_LIST_FIELDS = frozenset({"list-unsubscribe", "list-id", "list-post"})
_FEWEST_WORDS_BEFORE_SIGNATURE = 8


def own_words(text: str) -> str:
    """Without quoted lines and all that follows the head of a reply or a forwarded mail."""
    text = text[:MOST].replace("\r\n", "\n")
    forwarded = _FORWARDED.search(text)
    return _QUOTED.sub("", text[: forwarded.start()] if forwarded else text)


def before_signature(text: str) -> str:
    """The own words up to the closing formula, if there are any before it."""
    own = own_words(text)
    closing = _CLOSING.search(own)
    if closing is None or len(_WORD.findall(own[: closing.start()])) < _FEWEST_WORDS_BEFORE_SIGNATURE:
        return own
    return own[: closing.start()]


def links(text: str) -> list[str]:
    """The first thousand links of a text."""
    found: list[str] = []
    for link in _LINK.finditer(text):
        found.append(link.group().rstrip(".,;:!?"))
        if len(found) == 1000:
            break
    return found


def without_links(text: str) -> str:
    return _LINK.sub(" ", text)


def word_count(text: str) -> int:
    return len(_WORD.findall(text))


def is_talk(mail: MailText, own: str) -> bool:
    """Whether the mail goes to a list, or compares methods: then it names them and uses none."""
    if any(name in _LIST_FIELDS for name, _ in mail.headers):
        return True
    named = {word.group().upper().replace("OPEN", "").replace("SFTP", "SCP") for word in _OTHERS.finditer(without_links(own))}
    return len(named) >= 3
