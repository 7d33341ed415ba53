"""Recognises FTAPI notifications (SecuMails, SubmitBox, SecuRooms): a link to a delivery, and the words around it."""

from __future__ import annotations

import re

from smime_milter.methods.mail_text import MailText
from smime_milter.methods.own_words import before_signature, is_talk, links, without_links, word_count
from smime_milter.model.method import Method

_NAMES = (re.compile(r"secu-?mails?\b", re.IGNORECASE), re.compile(r"secu-?pass", re.IGNORECASE),
          re.compile(r"submit-?box", re.IGNORECASE),
          re.compile(r"secu-?rooms?\b", re.IGNORECASE), re.compile(r"\bftapi\b", re.IGNORECASE))
_VENDOR = re.compile(r"https?://(?:(?:www|docs|doc|support|blog|help|academy|info|news|status|web|events|karriere"
                     r"|jobs)\.)?ftapi\.(?:com|de|eu)(?:[/?:]|$)", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[a-z0-9\-]{1,60}\.){1,3}ftapi\.(?:com|de|eu)/[^\s]+", re.IGNORECASE)
_OWN_HOST = re.compile(
    r"https?://(?:[^/\s]{0,80}(?:ftapi|secumails?|securooms?|submitbox)[^/\s]{0,80}/[^\s]+"
    r"|[^/\s]{3,160}/[^\s?#]{0,60}(?:ftapi|secumails?|securooms?|submitbox)[^\s]*)", re.IGNORECASE
)
_ID = re.compile(r"https?://[^/\s]{3,160}/[^\s]{0,200}(?:[?&/#](?:id|t|token|delivery|ticket|download"
                 r"|submit)[=/][A-Za-z0-9\-_%]{6,}|/[A-Za-z0-9\-_]{16,})", re.IGNORECASE)
_DELIVERY = re.compile(r"zustellung|delivery", re.IGNORECASE)
_LEVEL = re.compile(r"sicherheitsstufe|security\slevel", re.IGNORECASE)
_WORDS = re.compile(
    r"hat\s(?:ihnen|dir)\b|\bsent\syou|wurden?\sihnen|bereitgestellt|zustellung|herunterladen|download|abrufen|abholen"
    r"|retrieve|nachricht\s(?:lesen|(?:ö|oe)ffnen)|read\sthe\smessage"
    r"|hochladen|upload|einreichen|new\sdelivery|delivery|sichere\snachricht|secure\smessage",
    re.IGNORECASE,
)
_NO_NOTIFICATION = 3
_FEW_WORDS = 150


class Ftapi:
    method = Method.FTAPI

    def score(self, mail: MailText) -> int:
        """Without a link to a delivery at most 3: a name alone is talk."""
        own = "\n".join(before_signature(text) for text in mail.texts)
        words = without_links(own)
        found = [link for link in links(own) if not _VENDOR.match(link)]
        link = _link_score(found)
        names = sum(name.search(words) is not None for name in _NAMES) + _is_named_in_headers(mail)
        score = link + 3 * min(names, 2)
        if found and _DELIVERY.search(words) and _LEVEL.search(words):
            score += 2
        is_notification = _WORDS.search(words) is not None and word_count(words) <= _FEW_WORDS
        if not names and link < 4:
            return 0  # an ordinary link with ordinary words
        if not link or not is_notification or is_talk(mail, own):
            return min(score, _NO_NOTIFICATION)
        return score


def _link_score(found: list[str]) -> int:
    if any(_HOST.match(link) for link in found):
        return 4
    if any(_OWN_HOST.match(link) for link in found):
        return 2
    return 1 if any(_ID.match(link) for link in found) else 0


def _is_named_in_headers(mail: MailText) -> int:
    fields = ("from", "message-id", "x-mailer", "user-agent")
    return int(any("ftapi" in value.lower() for name, value in mail.headers if name in fields or name.startswith("x-ftapi")))
