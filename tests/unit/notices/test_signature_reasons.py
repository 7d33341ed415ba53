"""Every reason of the closed list has a text in both languages."""

from __future__ import annotations

from smime_milter.model.signature import SignatureReason
from smime_milter.notices.signature_reasons import TEXTS


def test_every_reason_has_its_own_text_in_both_languages() -> None:
    """A new reason cannot be forgotten, and no two situations are told in the same words."""
    assert set(TEXTS) == set(SignatureReason)
    for language in (0, 1):
        texts = [TEXTS[reason][language] for reason in SignatureReason]
        assert len(set(texts)) == len(texts) and all(text.endswith(".") and len(text) > 20 for text in texts)
