"""`./demo` as a stranger types it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import ROOT
from tests.support.demonstration import STATE, is_kept

pytestmark = pytest.mark.server


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "demo"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def kept() -> Iterator[str]:
    done = demo("--keep")
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield done.stdout
    finally:
        if is_kept():
            demo("--stop")


def test_table_page_and_tls(kept: str) -> None:
    """Every row is as expected, the table fits 120 columns, the page exists, TLS is listed."""
    assert "NOT AS EXPECTED" not in kept
    table = [line for line in kept.splitlines() if " | " in line or "-+-" in line]
    assert len(table) > 60 and max(map(len, table)) <= 120
    assert "TLSv1" in kept and "no TLS, grade F" in kept
    page = next(line.removeprefix("Report page: ") for line in kept.splitlines() if line.startswith("Report page: "))
    assert Path(page).read_text(encoding="utf-8").count("<tr") > 25


def test_swaks_line_works_and_stop_ends_everything(kept: str) -> None:
    """The printed line sends a mail; a second --keep says who is there; --stop leaves no process and no folder."""
    line = next(text for text in kept.splitlines() if text.strip().startswith("swaks")).strip()
    assert subprocess.run(line, shell=True, capture_output=True, timeout=60).returncode == 0
    assert demo("--keep").returncode == 2
    assert demo("--stop").returncode == 0
    assert not STATE.exists()
    config = next(text for text in kept.splitlines() if "--config" in text).partition("--config ")[2].split()[0]
    assert not Path(config).parent.exists()
    assert config not in _command_lines()
    assert demo("--stop").returncode == 1


def _command_lines() -> str:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(found)


def test_usage_error() -> None:
    """An unknown option is one line and exit status 2, no traceback."""
    done = demo("--kepe")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
