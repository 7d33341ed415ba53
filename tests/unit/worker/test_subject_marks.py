"""Marks that imitate ours are taken out of a Subject."""

from __future__ import annotations

import pytest

from smime_milter.mime.parse import parse
from smime_milter.worker.subject_marks import cleaned_subject

MARKS = ("[signiert]", "[Signatur ungültig]")


@pytest.mark.parametrize(("subject", "expected"), [
    ("Ihr Vertrag", None), ("[signiert] Ihr Vertrag", "Ihr Vertrag"), ("Re: [SIGNIERT] Ihr Vertrag", "Re:  Ihr Vertrag"),
    ("[sig\u200bniert] Vertrag", "Vertrag"), ("[ signiert ] Vertrag", "Vertrag"), ("\uff3bsigniert\uff3d Vertrag", "Vertrag"),
    ("=?utf-8?B?W3NpZ25pZXJ0XQ==?= Vertrag", "Vertrag"), ("=?utf-8?Q?=5Bsig?= =?utf-8?Q?niert=5D?= Vertrag", "Vertrag"),
    ("[signi\r\n ert] Vertrag", "Vertrag"), ("[sig[signiert]niert] Vertrag", "Vertrag"), ("signiert: Vertrag", None),
    ("[\u202esigniert\u202c] Vertrag", "Vertrag"), ("[\u0455ign\u0456ert] Vertrag", "Vertrag"),
    ("[s\u0456gn\u0131\u0435rt] Vertrag", "Vertrag"), ("[s1gniert] Vertrag", "Vertrag"),
    ("\u3010signiert\u3011 Vertrag", "Vertrag"), ("[sign\u3164iert] Vertrag", "Vertrag"), ("[si\u0301gniert] Vertrag", "Vertrag"),
    ("[\U0001d42c\U0001d422\U0001d420\U0001d427\U0001d422\U0001d41e\U0001d42b\U0001d42d] Vertrag", "Vertrag"),
    ("[Signatur ungueltig] Vertrag", None), ("[S\u0456gnatur ungu\u0308ltig] Vertrag", "Vertrag"),
])
def test_marks_from_outside_are_taken_out(subject: str, expected: str | None) -> None:
    """However a mark is disguised, a reader would take it for ours; other words stay."""
    octets = b"Subject: " + subject.encode() + b"\r\n\r\n"
    assert cleaned_subject(octets, parse(octets), MARKS) == expected


def test_many_marks_leave_nothing() -> None:
    """A Subject stuffed with marks is dropped rather than searched without end."""
    octets = b"Subject: " + b"[signiert]" * 50 + b"\r\n\r\n"
    assert cleaned_subject(octets, parse(octets), MARKS) == ""


def test_without_marks_nothing_is_touched() -> None:
    """Where no marks are configured, none can be forged."""
    octets = b"Subject: [signiert]\r\n\r\n"
    assert cleaned_subject(octets, parse(octets), ()) is None
