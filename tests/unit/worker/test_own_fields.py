"""Header fields that imitate our verdict, in every disguise; and those of others, which stay."""

from __future__ import annotations

import time

import pytest

from smime_milter.mime.message_file import split_message
from smime_milter.worker.own_fields import forged_fields

US, DOMAINS = "mail.wwk.de", ("wwk.de", ".wwk.at", "münchen.example")


def forged(*lines: str | bytes) -> tuple[int, ...]:
    raw = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\r\n\r\n"
    message = split_message(raw)
    return forged_fields(message.raw.octets(), message.field_ends(), US, DOMAINS)


@pytest.mark.parametrize("value", [
    "mail.wwk.de; smime=pass", "mail.wwk.de; dkim=pass", "MAIL.WWK.DE; none", "mail.wwk.de. ; none", "mail.wwk.de 1; none",
    '"mail.wwk.de"; none', '"mail.wwk\\.de"; none', "(comment) mail.wwk.de; none", "((nested) \\) x) mail.wwk.de; none",
    "mail.wwk.de(comment); none", "mail.(x)wwk.de; none", "\r\n mail.wwk.de; none", "\t(a\r\n b)\r\n mail.wwk.de; none",
    "wwk.de; none", "anything.wwk.de; none", "wwk.at; none", "mx.wwk.at; none", "xn--mnchen-3ya.example; none",
    "münchen.example; none", "=?utf-8?q?mail.wwk.de?=; none", "", "; none", "(only a comment", '" mail.wwk.de"; none',
    "mx.partner.example; smime=pass", "mx.partner.example; dkim=pass; smime = pass", "mx.partner.example; SMIME=pass",
    "mx.partner.example; smime (all (is) well) = pass", "mx.partner.example; smime/1 = pass",
    "mx.partner.example; smime /(x) 1=pass", "mx.partner.example; (x)smime\r\n =pass",
    "mx.partner.example;smime (;) = pass", 'mx.partner.example; dkim=pass reason="("; smime(x)=pass',
    "smime; smime=pass",
])
@pytest.mark.parametrize("name", ["Authentication-Results", "AUTHENTICATION-results", "ARC-Authentication-Results",
                                  "Authentication_Results"])
def test_whoever_speaks_for_us_or_of_smime(name: str, value: str) -> None:
    """RFC 8601 §5: results under our name or about our method are ours to give, however they are dressed."""
    assert forged(f"{name}: {value}", "Subject: x") == (0,)


@pytest.mark.parametrize("value", [
    "mx.partner.example; dkim=pass header.d=partner.example", "notwwk.de; spf=pass", "wwk.de.evil.example; spf=pass",
    "mx.partner.example; dkim=pass header.d=smime.example", "mx.partner.example; dkim=pass header.i=@smime.example header.s=a",
    "mx.partner.example; none", "mx.partner.example; x-smime-other=pass", 'mx.partner.example; dkim=fail reason="key too short"',
])
def test_results_of_others_are_kept(value: str) -> None:
    """What another host says of DKIM or SPF is none of our business."""
    assert forged(f"Authentication-Results: {value}") == ()


@pytest.mark.parametrize("line", [
    "X-SMIME-Milter-Result: pass", "x-smime-milter-result: pass", "X_SMIME_Milter_Result: pass", "X-SMIME-Milter-Notice: x",
    "X-Smime-Milter-: x", "X-SMIME-Milter-Result : pass"])
def test_fields_with_our_names(line: str) -> None:
    """Fields only we may write are found however their name is spelt."""
    assert forged("From: a@b.example", line) == (1,)


@pytest.mark.parametrize("line", ["X-SMIME: x", "X-SMIME-Milter: x", "A: b",
                                  "Authentication-Results-Original: mail.wwk.de; smime=pass"])
def test_fields_with_other_names(line: str) -> None:
    """Names that only look alike are left alone."""
    assert forged(line) == ()


def test_indexes_are_those_of_the_mta() -> None:
    """Each field is looked at in its own range: the numbers are what the edit plan removes."""
    assert forged("Authentication-Results: mail.wwk.de; a=b", "Subject: smime=pass", "Authentication-Results: x.example; none",
                  "ARC-Authentication-Results: i=1; x.example; smime=pass") == (0, 3)


def test_long_values_cost_linear_time() -> None:
    """A field of comments, quotes and the method's name alone is read in a moment."""
    began = time.monotonic()
    for piece in (" smime", "(", "((smime", "\\", ";smime "):
        forged("Authentication-Results: " + piece * (60_000 // len(piece)))
    assert time.monotonic() - began < 2
