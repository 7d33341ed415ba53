"""A display name that claims to be ours."""

from __future__ import annotations

import pytest

from smime_milter.mime.mailboxes import mailboxes
from smime_milter.worker.misleading_name import is_misleading

DOMAINS, MARKS = ("wwk.de", ".wwk.at"), ("[signiert]", "[Signatur ungültig]")


@pytest.mark.parametrize(("author", "expected"), [
    ('"vorstand@wwk.de" <x@evil.example>', True), ('"Vorstand (vorstand@WWK.de)" <x@evil.example>', True),
    ('"a@sub.wwk.at" <x@evil.example>', True), ('"vorstand\uff20wwk.de" <x@evil.example>', True),
    ('"vorstand@w\u200bwk.de" <x@evil.example>', True), ('"vorstand@ww\u043a.de" <x@evil.example>', True),
    ("=?utf-8?B?dm9yc3RhbmRAd3drLmRl?= <x@evil.example>", True), ("x@evil.example (vorstand@wwk.de)", True),
    ('"[signiert] Anna" <anna@makler.example>', True), ('"[\u0455igniert] Anna" <anna@makler.example>', True),
    ('"erika@wwk.de" <erika@wwk.de>', False), ("Anna Makler <anna@makler.example>", False), ("anna@makler.example", False),
    ('"anna@makler.example" <anna@makler.example>', False), ('"info@nwwk.de" <x@nwwk.de>', False),
    ('"WWK Partner" <x@makler.example>', False), ('"a@wwk.de.makler.example" <x@makler.example>', False),
])
def test_names_that_claim_to_be_ours(author: str, expected: bool) -> None:
    """An address of ours beside another one, or a mark of ours, in every disguise; other names are left alone."""
    assert is_misleading(mailboxes(author.encode())[0], DOMAINS, MARKS) is expected
