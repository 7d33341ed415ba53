"""The program's source as the architecture tests read it: files, syntax trees, imports, functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "milter" / "smime_milter"
NAME = "smime_milter"
SKIPPED = {"__pycache__", ".git", ".pybuild", ".mypy_cache", ".pytest_cache", ".hypothesis", "build", "dist", ".debhelper"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    path: Path

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The dotted name below smime_milter: ("cms", "signed"); a package is its folder; () is smime_milter itself."""
        names = self.path.relative_to(PACKAGE).with_suffix("").parts
        return names[:-1] if names[-1] == "__init__" else names

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def shown(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def imports(self) -> tuple[tuple[str, int], ...]:
        """Dotted names with their lines, wherever the statement stands, functions and TYPE_CHECKING too."""
        return tuple(
            (name, node.lineno)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in self._named(node)
        )

    def _named(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        base = self._package_above(node.level) if node.level else ()
        source = ".".join((*base, node.module)) if node.module else ".".join(base)
        yield from (f"{source}.{alias.name}" for alias in node.names)

    def _package_above(self, level: int) -> tuple[str, ...]:
        package = (NAME, *self.path.relative_to(PACKAGE).parts[:-1])
        return package[: len(package) - level + 1]

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program; never empty, so that no check passes by having seen nothing."""
    found = tuple(Module(path) for path in files(PACKAGE, "*.py"))
    assert len(found) > 10, f"only {len(found)} modules below {PACKAGE}"
    return found


@cache
def files_of_tests() -> tuple[Path, ...]:
    found = tuple(files(ROOT / "tests", "*.py"))
    assert len(found) > 5, f"only {len(found)} files below {ROOT / 'tests'}"
    return found


def files(top: Path, pattern: str = "*") -> Iterator[Path]:
    """Files below a folder that somebody wrote, in order: no caches, nothing that was built."""
    for path in sorted(top.rglob(pattern)):
        parts = path.relative_to(top).parts
        if path.is_file() and not SKIPPED.intersection(parts) and parts[:2] != ("debian", "smime-milter"):
            yield path


def own(name: str) -> tuple[str, ...] | None:
    """The parts below smime_milter of an imported name, None if it is not ours."""
    first, *rest = name.split(".")
    return tuple(rest) if first == NAME else None


def body_length(function: Function) -> int:
    """Lines from the first statement after the docstring to the last."""
    statements = function.body
    if ast.get_docstring(function, clean=False) is not None:
        statements = statements[1:]
    if not statements:
        return 0
    last = statements[-1].end_lineno
    assert last is not None
    return last - statements[0].lineno + 1
