"""Recognises Cryptshare notifications: a link to the sender's own server, and the words around it."""

from __future__ import annotations

import re

from smime_milter.methods.mail_text import MailText
from smime_milter.methods.own_words import before_signature, is_talk, links, own_words, without_links, word_count
from smime_milter.model.method import Method

_NAME = re.compile(r"cryptshare|pointsharp", re.IGNORECASE)
_VENDOR = re.compile(r"https?://(?:[a-z0-9\-]{1,40}\.)?(?:cryptshare\.(?:com|de|express)|pointsharp\.com"
                     r"|befine-solutions\.com)(?:[/?:]|$)", re.IGNORECASE)
_PATH = re.compile(
    r"https?://[^/\s]{3,200}/(?:[^?#\s]{0,100}/)?(?:upload1?\?(?:[^\s#]{0,200}&)?to=|download1?\?(?:[^\s#]{0,200}&)?id="
    r"|api/users/[^/\s]{3,200}/transfers/|transfer\?(?:[^\s#]{0,200}&)?id=)",
    re.IGNORECASE,
)
_HOST = re.compile(r"https?://(?:[a-z0-9\-]{0,40})cryptshare[a-z0-9\-]{0,20}\.[^/\s]{3,200}/[^\s]{2,}", re.IGNORECASE)
_ID = re.compile(r"https?://[^/\s]{3,200}/[^\s]{0,200}(?:[?&](?:id|t|token|transfer)=[A-Za-z0-9\-_%]{6,}"
                 r"|/[A-Za-z0-9\-_]{16,})", re.IGNORECASE)
_WORDS = re.compile(
    r"transfer|passwor[td]|kennwort|abruf\w*\sbis|abrufen|abholen|herunterladen|download|bereitgestellt|retriev|hinterlegt"
    r"|verf(?:ü|ue)gbar\sbis|expir|available\suntil"
    r"|vertrauliche\snachricht|confidential\smessage",
    re.IGNORECASE,
)
_NO_NOTIFICATION = 3
_FEW_WORDS = 180


class Cryptshare:
    method = Method.CRYPTSHARE

    def score(self, mail: MailText) -> int:
        """Without a link of the product's kind at most 3: a name alone is talk."""
        own = "\n".join(before_signature(text) for text in mail.texts)
        found = [link for link in links(own) if not _VENDOR.match(link)]
        link = _link_score(found)
        is_named = any(_NAME.search(without_links(own_words(text))) for text in mail.texts) or _is_named_in_headers(mail)
        score = link + 3 * is_named
        if found and _WORDS.search(without_links(own)):
            score += 1
        if found and word_count(without_links(own)) <= _FEW_WORDS and not mail.filenames:
            score += 1
        if not is_named and link < 3:
            return 0  # an ordinary link with ordinary words
        if link == 0 or is_talk(mail, own):
            return min(score, _NO_NOTIFICATION)
        return score


def _link_score(found: list[str]) -> int:
    if any(_PATH.match(link) for link in found):
        return 3
    if any(_HOST.match(link) for link in found):
        return 2
    return 1 if any(_ID.match(link) for link in found) else 0


def _is_named_in_headers(mail: MailText) -> bool:
    """The program names itself in its own fields; a subject may be anybody's talk."""
    return any(_NAME.search(value) for name,
               value in mail.headers if name in ("from", "message-id", "x-mailer", "user-agent") or _NAME.search(name))
