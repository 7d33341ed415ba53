"""Adding is one new file and one line: what lies in a folder of an open set stands in its registry."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE

# Folder of an open set -> modules in it that are no member but serve the members.
OPEN_SETS: dict[str, frozenset[str]] = {
    "personal_data/detectors": frozenset({"labels", "names"}),
    "methods": frozenset({"mail_text", "own_words", "recogniser"}),
    "attachments": frozenset(),
    "adapters/cert_sources": frozenset(),
    "adapters/stores": frozenset(
        {"announced", "certificates", "continuity", "database", "held", "held_key", "issuers", "outbox", "receipts",
         "revocations", "sealing", "tables"}
    ),
    "adapters/keys": frozenset({"reading", "signing", "unwrapping"}),
    "config/checks": frozenset({"result"}),
    "notices/cases": frozenset({"found", "waiting"}),
    "cli": frozenset(),
}


def test_there_are_open_sets_to_look_at() -> None:
    """The checks below see at least one folder, and every folder named here exists once the program has it."""
    assert any((PACKAGE / folder / "__init__.py").is_file() for folder in OPEN_SETS)


@pytest.mark.parametrize("folder", [folder for folder in OPEN_SETS if (PACKAGE / folder).is_dir()])
def test_every_file_of_an_open_set_is_registered(folder: str) -> None:
    """A detector, method, format, source, store, key holder or subcommand in no registry tuple fails here, not in production."""
    found = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"} - OPEN_SETS[folder]
    registered = _registered(PACKAGE / folder / "__init__.py")
    assert found, f"{folder} holds no member"
    assert found <= registered, f"not in the registry of {folder}/__init__.py: {sorted(found - registered)}"


@pytest.mark.parametrize("folder", [folder for folder in OPEN_SETS if (PACKAGE / folder).is_dir()])
def test_the_list_of_serving_modules_is_not_stale(folder: str) -> None:
    """A module that is excused from registration exists."""
    there = {path.stem for path in (PACKAGE / folder).iterdir() if path.is_dir() or path.suffix == ".py"}
    assert OPEN_SETS[folder] <= there


def _registered(init: Path) -> set[str]:
    """Modules of which an imported name, or their own as text, stands in a tuple (or mapping) at the top level."""
    tree = ast.parse(init.read_text(encoding="utf-8"))
    used = {
        name.id if isinstance(name, ast.Name) else str(name.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Tuple | ast.Dict)
        for name in ast.walk(statement.value)
        if isinstance(name, ast.Name | ast.Constant)
    }
    imported = {
        origin
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) in used
        for origin in (alias.name, (node.module or "").rpartition(".")[2])
    }
    # A registry that imports late names the module as text.
    return imported | used
