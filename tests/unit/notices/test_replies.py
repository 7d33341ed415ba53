"""The catalogue of SMTP replies."""

from __future__ import annotations

import re

import pytest

from smime_milter.model.decision import Reason
from smime_milter.model.reply import Verdict
from smime_milter.notices.replies import later, refusal


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    """RFC 3463 codes, ASCII, under 200 characters, with our reference and nothing an MTA takes for a format."""
    reply = refusal(reason, "TRACE234")
    (line,) = reply.lines
    assert reply.verdict is Verdict.REJECT and re.fullmatch(r"55[0-9]", reply.code) and re.fullmatch(r"5\.\d\.\d", reply.status)
    assert line.isascii() and line.isprintable() and len(line) < 200 and line.endswith("(Ref TRACE234)") and "%" not in line


def test_later() -> None:
    """The temporary reply, with a reference where there is one."""
    for reply in (later(), later("TRACE234")):
        assert (reply.verdict, reply.code, reply.status) == (Verdict.TEMPFAIL, "451", "4.3.0")
    assert "Ref" not in later().lines[0] and later("TRACE234").lines[0].endswith("(Ref TRACE234)")


@pytest.mark.parametrize("reason", [Reason.METHOD_PGP, Reason.METHOD_CRYPTSHARE, Reason.METHOD_FTAPI, Reason.METHOD_SCP])
def test_a_refused_method_says_what_to_do(reason: Reason) -> None:
    """R12: please use S/MIME, in both languages."""
    assert "bitte S/MIME verwenden" in refusal(reason, "x").lines[0] and "please use S/MIME" in refusal(reason, "x").lines[0]
