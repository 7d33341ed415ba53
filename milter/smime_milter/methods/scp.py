"""Recognises instructions to fetch or leave files over SCP or SFTP."""

from __future__ import annotations

import re

from smime_milter.methods.mail_text import MailText
from smime_milter.methods.own_words import before_signature, is_talk
from smime_milter.model.method import Method

_HOST = r"(?:[a-z0-9\-]{1,60}\.){1,6}[a-z0-9\-]{1,30}"
_LINK = re.compile(rf"(?<![a-z0-9])(?:scp|sftp)://(?:[^\s@/<>]{{1,80}}@)?{_HOST}(?::[0-9]{{1,5}})?(?:[/\s>\")\].,;]"
                   rf"|$)", re.IGNORECASE)
_COMMAND = re.compile(
    rf"(?<![a-z0-9/])(?:scp|sftp)[ ](?:-[a-z0-9]{{1,10}}[ ](?:[0-9]{{1,5}}[ ])?){{0,4}}(?:[\w./~*\-]{{1,100}}["
    rf" ]){{0,3}}[\w.\-]{{1,60}}@{_HOST}(?::|[\s.,;]|$)", re.IGNORECASE
)
_INSTRUCTION = re.compile(
    r"herunterladen|herunter\sladen|abholen|abruf(?:en|bar)|abzurufen|hochladen|ablegen|(?:holen|laden|rufen|legen)\ssie"
    r"|bereit(?:gestellt|steh|lieg)|\bbereit\b|zugangsdaten|passwor[td]|kennwort|port\s?:?\s22\b"
    r"|benutzer(?:name|kennung)?\s?:|\buser(?:name)?\s?:|\blogin\s?:|\bdownload|\bupload|\bfetch|\bretrieve|\bpick\sup"
    r"|credentials|available\s(?:at|under|via|for)|\bplease\s(?:copy|use|get)",
    re.IGNORECASE,
)
_QUESTION_OR_TALK = re.compile(r"beispiel|for\sexample|\be\.g\.|\bz\.\s?b\.|syntax|dokumentation|documentation|tutorial"
                               r"|schulung|newsletter|changelog|release\snotes|cron|man\spage", re.IGNORECASE)
_NO_INSTRUCTION = 3


class Scp:
    method = Method.SCP

    def score(self, mail: MailText) -> int:
        """A link or command alone is worth a note; with the words of a handover it is one."""
        own = "\n".join(before_signature(text) for text in mail.texts)
        has_link = _LINK.search(own) is not None or _COMMAND.search(own) is not None
        if not has_link:
            return 0
        score = 3 + 2 * (_INSTRUCTION.search(own) is not None)
        if is_talk(mail, own) or _QUESTION_OR_TALK.search(own):
            return min(score, _NO_INSTRUCTION)
        return score
