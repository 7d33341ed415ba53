"""Every mistake in this folder is reported in exactly these words, with the place it stands at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smime_milter.config.reading import load
from smime_milter.model.settings import Settings

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_mistake_is_reported_in_exactly_these_words(path: Path) -> None:
    """All faults of a file come at once, in its order, as FILE:LINE:COLUMN: key: what to do."""
    found = load(path)
    assert not isinstance(found, Settings)
    messages = [str(problem).replace(str(path), path.name) for problem in found]
    assert messages == path.with_suffix(".expected").read_text("utf-8").splitlines()


def test_every_broken_file_has_its_messages_and_its_number() -> None:
    """The folder is complete: numbered without gaps, one list of messages per file, each message with a place."""
    assert len(FILES) >= 30
    assert [int(path.name[:3]) for path in FILES] == list(range(1, len(FILES) + 1))
    expected = sorted(Path(__file__).parent.glob("*.expected"))
    assert [path.stem for path in expected] == [path.stem for path in FILES]
    for path in expected:
        for line in path.read_text("utf-8").splitlines():
            assert re.match(rf"{re.escape(path.stem)}\.yaml:[1-9]\d*:[1-9]\d*: .", line)


def test_no_message_gives_a_password_away() -> None:
    """The address of a store, which may hold a password, is never quoted."""
    texts = [path.read_text("utf-8") for path in FILES]
    assert any("geheim" in text for text in texts)
    assert not any("geheim" in path.read_text("utf-8") for path in Path(__file__).parent.glob("*.expected"))
