"""The registry of methods the organisation does not accept, and the question which one a mail uses."""

from __future__ import annotations

from smime_milter.methods.cryptshare import Cryptshare
from smime_milter.methods.ftapi import Ftapi
from smime_milter.methods.mail_text import MailText
from smime_milter.methods.pgp import Pgp
from smime_milter.methods.recogniser import Recogniser
from smime_milter.methods.scp import Scp
from smime_milter.model.method import Method

RECOGNISERS: tuple[Recogniser, ...] = (Pgp(), Cryptshare(), Ftapi(), Scp())
RECOGNISED = 4


def recognise(mail: MailText) -> tuple[Method | None, int]:
    """The method with the highest score, named from 4 on; a score of 2 or 3 is worth a note only."""
    best, method = max(((r.score(mail), r.method) for r in RECOGNISERS), key=lambda pair: pair[0])
    return (method if best >= RECOGNISED else None), best


__all__ = ["RECOGNISED", "RECOGNISERS", "MailText", "recognise"]
