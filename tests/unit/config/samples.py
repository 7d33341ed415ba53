"""Configurations the tests begin with."""

from __future__ import annotations

from smime_milter.config.reading import read
from smime_milter.model.settings import Settings

LEAST = """\
organisation:
  domains: [wwk.de, wwk.at]
  networks: [127.0.0.0/8, "::1/128"]
"""


def settings(text: str = "") -> Settings:
    """The settings of LEAST and what follows it; it must be without fault."""
    found = read(LEAST + text, "smime-milter.yaml")
    assert isinstance(found, Settings), [str(problem) for problem in found]
    return found


def faults(text: str) -> list[str]:
    """The faults of LEAST and what follows it, without the file's name."""
    found = read(LEAST + text, "f")
    assert not isinstance(found, Settings)
    return [str(problem).removeprefix("f:") for problem in found]
