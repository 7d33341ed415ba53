"""Recognises Cryptshare."""

from __future__ import annotations

from smime_milter.methods.mail_text import MailText
from smime_milter.model.method import Method


class Cryptshare:
    method = Method.CRYPTSHARE

    def score(self, mail: MailText) -> int:
        return 0
