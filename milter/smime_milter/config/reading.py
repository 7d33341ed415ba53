"""A configuration file to Settings, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from smime_milter.config.document import Node, Table, parse
from smime_milter.config.problem import Problem, Report
from smime_milter.config.schema import HOMES, SETTINGS
from smime_milter.model.settings import Settings

SIZE_LIMIT = 1024 * 1024


def load(path: Path) -> Settings | tuple[Problem, ...]:
    """Read a file; `Settings.sha256` is that of its bytes."""
    report = Report(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        report.add(None, path="", text=f"cannot be read: {error.strerror}")
        return report.problems()
    except UnicodeDecodeError as error:
        report.add(_line_of(raw, error.start), path="", text="is not UTF-8 here: save the file in UTF-8")
        return report.problems()
    return read(text, str(path))


def read(text: str, file: str) -> Settings | tuple[Problem, ...]:
    """Read a configuration; `file` names it in the problems, of which all are found at once."""
    report = Report(file, HOMES)
    raw = text.encode("utf-8", "replace")
    if len(raw) > SIZE_LIMIT:
        report.add(None, path="", text="is larger than 1 MB: that is no configuration")
        return report.problems()
    settings = _settings(text, report)
    if problems := report.problems():
        return problems
    finished = replace(settings, sha256=hashlib.sha256(raw).hexdigest())
    return finished


def _settings(text: str, report: Report) -> Settings:
    tree: Node | None = parse(text, report)
    if tree is None and not report.problems():
        tree = Table(1, 1, ())
    # Whatever is no Settings has left a problem in the report, and then nobody looks at it.
    settings: Settings = SETTINGS.read(tree, path="", report=report) if tree else None
    return settings


def _line_of(raw: bytes, at: int) -> Table:
    return Table(raw.count(b"\n", 0, at) + 1, at - raw.rfind(b"\n", 0, at), ())
