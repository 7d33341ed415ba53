"""Recognises Scp."""

from __future__ import annotations

from smime_milter.methods.mail_text import MailText
from smime_milter.model.method import Method


class Scp:
    method = Method.SCP

    def score(self, mail: MailText) -> int:
        return 0
