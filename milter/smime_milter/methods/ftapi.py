"""Recognises Ftapi."""

from __future__ import annotations

from smime_milter.methods.mail_text import MailText
from smime_milter.model.method import Method


class Ftapi:
    method = Method.FTAPI

    def score(self, mail: MailText) -> int:
        return 0
