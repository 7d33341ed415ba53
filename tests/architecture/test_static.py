"""flake8 and mypy --strict over program and tests; a tool that is missing is a failure."""

from __future__ import annotations

import subprocess

import pytest

from tests.architecture.source import ROOT

CHECKED = ("milter/smime_milter", "tests")


@pytest.mark.parametrize("command", [("/usr/bin/flake8",), ("/usr/bin/mypy", "--no-error-summary")], ids=("flake8", "mypy"))
def test_static_checks_find_nothing(command: tuple[str, ...]) -> None:
    """Program and tests pass flake8 (complexity 8, lines of 130) and mypy --strict as setup.cfg sets them."""
    run = subprocess.run([*command, *CHECKED], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
