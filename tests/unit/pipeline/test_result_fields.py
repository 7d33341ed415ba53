"""The fields that tell a reader what was found out."""

from __future__ import annotations

import re
from itertools import product

import pytest

from smime_milter.model.decision import Decision, Mark
from smime_milter.model.inspection import Inspection
from smime_milter.model.signature import Identity, Integrity, Signature, SignatureReason, SignatureResult, Trust
from smime_milter.pipeline.result_fields import NOT_CHECKED, NOT_SIGNED, result_fields, signature_of

# RFC 8601 §2.2 as far as we use it: one method, a quoted reason, one property; white space may fold
_GRAMMAR = re.compile(
    r'\s*mail\.wwk\.de;\s+smime=(none|pass|fail|policy|neutral|temperror|permerror)\s+reason="[a-z0-9-]+"'
    r"(\s+body\.smime-identifier=\s*[^\s;()<>@\"]+@[A-Za-z0-9.-]+)?")


def fields(signature: Signature, marks: tuple[Mark, ...] = ()) -> dict[str, str]:
    made = result_fields(signature, Decision(recipients=(), marks=marks), "mail.wwk.de")
    lines = [f.line().decode("ascii") for f in made]
    assert all(len(part) <= 76 for line in lines for part in line.split("\r\n"))
    return {line.split(":", 1)[0]: line.split(":", 1)[1].replace("\r\n", "") for line in lines}


@pytest.mark.parametrize(("result", "reason"), product(SignatureResult, SignatureReason))
def test_every_result_is_in_the_grammar(result: SignatureResult, reason: SignatureReason) -> None:
    """RFC 8601: a client reads method, result, reason and identity out of it."""
    made = fields(Signature(result=result, reason=reason, signer="alice@makler.example"))
    assert _GRAMMAR.fullmatch(made["Authentication-Results"])
    assert f"smime={result.value} " in made["Authentication-Results"] and reason.value in made["Authentication-Results"]


def test_the_axes() -> None:
    """Each axis has its word; the class of the certificate only where there is one."""
    signature = Signature(result=SignatureResult.FAIL, reason=SignatureReason.AUTHOR_DIFFERS, integrity=Integrity.INTACT,
                          trust=Trust.TRUSTED, identity=Identity.DIFFERS, certificate_class="mailbox")
    assert fields(signature)["X-SMIME-Milter-Result"].replace("  ", " ").strip() == (
        "fail; reason=author-differs; integrity=intact; trust=trusted; identity=differs; class=mailbox")
    assert "class" not in fields(NOT_SIGNED)["X-SMIME-Milter-Result"]


@pytest.mark.parametrize("signer", [
    "", "no address", "a@b@c.example", "ä@makler.example", "a@bücher.example", "a b@makler.example", '"a b"@makler.example',
    "a@makler.example; dkim=pass", "a@makler.example\r\nX-Evil: 1", "a(x)@makler.example", "a@", "@makler.example",
    "a" * 65 + "@makler.example", "a@" + "b" * 300, "a@[192.0.2.1]"])
def test_odd_signers_are_left_out(signer: str) -> None:
    """What could end the field or be read as something else is not written: the result stands without it."""
    made = fields(Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD, signer=signer))
    assert "identifier" not in made["Authentication-Results"] and set(made) == {"Authentication-Results", "X-SMIME-Milter-Result"}


@pytest.mark.parametrize("length", [20, 52, 53, 54, 72, 73, 74, 75, 120, 310])
def test_long_signers(length: int) -> None:
    """An address of any length leaves the result as it is: folded, or left out beyond a line."""
    signer = ("a" * 10 + "@" + "b." * 200)[: length - 3] + "c.d"
    made = fields(Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD, signer=signer))["Authentication-Results"]
    assert _GRAMMAR.fullmatch(made) and (signer in made) is (length <= 74)


def test_all_marks_fit() -> None:
    """Every remark there is, at once."""
    notice = fields(NOT_SIGNED, tuple(Mark))["X-SMIME-Milter-Notice"]
    assert [word.strip() for word in notice.split(",")] == [mark.value for mark in Mark]


def test_nobody_looked_is_not_unsigned() -> None:
    """Unknown is never "none"."""
    assert signature_of(None) is NOT_CHECKED and signature_of(Inspection()) is NOT_SIGNED
    assert (NOT_CHECKED.result, NOT_SIGNED.result) == (SignatureResult.TEMPERROR, SignatureResult.NONE)
