"""What a recogniser of one refused method promises."""

from __future__ import annotations

from typing import Protocol

from smime_milter.methods.mail_text import MailText
from smime_milter.model.method import Method


class Recogniser(Protocol):
    """Adds up indications; a mail that merely names or quotes the method stays below 4."""

    @property
    def method(self) -> Method: ...

    def score(self, mail: MailText) -> int: ...
