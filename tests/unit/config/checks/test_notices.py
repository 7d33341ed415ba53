"""check-config on notices: whether anybody is told, and which edited text is of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from smime_milter.config.checks.notices import check
from smime_milter.config.checks.result import Verdict
from tests.unit.config.samples import settings


@pytest.mark.parametrize("text, path", [("", "notices.postmaster"), (
    "notices: {enabled: false, postmaster: postmaster@wwk.de}\n", "notices.enabled")])
def test_silence_is_spoken_of(text: str, path: str) -> None:
    """Nobody is told: that may be meant, but not be overlooked."""
    (result,) = check(settings(text))
    assert (result.verdict, result.path) == (Verdict.NOTE, path) and "nobody is told" in result.text


def test_useless_copy_is_named(tmp_path: Path) -> None:
    """With its path; a good one is not."""
    text = f"notices: {{postmaster: postmaster@wwk.de, texts: {tmp_path}}}\n"
    assert [result.verdict for result in check(settings(text))] == [Verdict.OK]
    (tmp_path / "sent.txt").write_text("{% block de %}")
    (result,) = check(settings(text))
    assert result.verdict is Verdict.WARNING and f"{tmp_path}/sent.txt" in result.text
