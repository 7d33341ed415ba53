"""The shipped file and smime-milter.yaml(5) say what the schema says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smime_milter.config.kinds import Section, TableOf
from smime_milter.config.reading import load
from smime_milter.config.reference import example, man_page
from smime_milter.config.schema import SETTINGS
from smime_milter.model.settings import Settings

SHIPPED = Path(__file__).parents[3] / "etc" / "smime-milter" / "smime-milter.yaml"


def test_the_shipped_file_is_the_example() -> None:
    """etc/smime-milter/smime-milter.yaml is what example() makes: write it anew after a change of the schema."""
    assert SHIPPED.read_text("utf-8") == example()


def test_the_shipped_file_is_without_fault() -> None:
    """It is read, protects from the first minute, and stays short."""
    found = load(SHIPPED)
    assert isinstance(found, Settings)
    assert found.organisation.domains == ("wwk.de", "wwk.at")
    assert len(SHIPPED.read_text("utf-8").splitlines()) < 70


def test_every_key_of_the_shipped_file_has_a_reason_to_change_it() -> None:
    """Above each key that is not a section stands a comment."""
    lines = SHIPPED.read_text("utf-8").splitlines()
    for above, line in zip(lines, lines[1:]):
        if line and not line.lstrip().startswith("#"):
            assert above.lstrip().startswith("#") or (above and above.endswith(":")), line


def test_the_manual_page_has_every_key_with_meaning_and_default() -> None:
    """No key of the schema is missing in smime-milter.yaml(5)."""
    page = man_page().replace("\\-", "-").replace("\\e", "\\")
    for key in SETTINGS.keys:
        inner = key.kind.kind if isinstance(key.kind, TableOf) else key.kind
        for leaf in inner.keys if isinstance(inner, Section) else ():
            assert f".B {leaf.name}\n{leaf.meaning}" in page
            assert not leaf.default or isinstance(leaf.kind, Section) or f"Default: {leaf.default}." in page


@pytest.mark.server
def test_the_manual_page_is_clean_roff() -> None:
    """man formats it without a warning."""
    done = subprocess.run(
        ["/usr/bin/man", "--warnings", "-E", "UTF-8", "-l", "-"], input=man_page(), capture_output=True, text=True, timeout=20,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "MANPAGER": "cat"}, check=True)
    assert done.stderr == ""
    assert "organisation" in done.stdout
