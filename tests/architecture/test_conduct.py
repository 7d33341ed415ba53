"""Names, exceptions, output and what must not stand in a file."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import PACKAGE, ROOT, Module, files, files_of_tests, modules

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "data", "info"}
# Written in two parts, so that this file does not accuse itself.
UNFINISHED = re.compile(r"\b(?:" + "TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
SOMEBODYS_MACHINE = re.compile(r"/(?:ho" + r"me/[a-z]|Us" + r"ers/[A-Za-z]|wo" + r"rk/(?:main|shared)|ro" + r"ot/\.[a-z])")
FOREIGN = {"vectors"}
INTERPRETERS = ("#!/usr/bin/python3", "#!/bin/bash", "#!/bin/sh", "#!/usr/bin/make -f")
WRITTEN = {".py", ".md", ".txt", ".yaml", ".cfg", ".toml", ".service", ".conf", ".in", ".mako", ".j2", ".8", ".5", ".sh", ""}


def test_only_the_milter_boundary_catches_everything() -> None:
    """One `except BaseException`, in adapters/milter, and no bare `except:`; until that boundary exists there is none."""
    places = [module for module in modules() for handler in _handlers(module) if _catches_everything(handler)]
    expected = 1 if (PACKAGE / "adapters" / "milter").is_dir() else 0
    assert [module.shown for module in places if module.parts[:2] != ("adapters", "milter")] == []
    assert len(places) == expected


def test_no_exception_is_swallowed_unseen() -> None:
    """`except Exception` does something with what it caught: no pass, continue or dots alone."""
    wrong = [
        f"{module.shown}:{handler.lineno}"
        for module in modules()
        for handler in _handlers(module)
        if _names_exception(handler) and all(map(_is_idle, handler.body))
    ]
    assert not wrong, "\n".join(wrong)


def test_names_say_what_a_file_is_about() -> None:
    """No module or folder of program or tests is called utils, helpers, common, manager, handler, data or info."""
    paths = [path.relative_to(ROOT) for path in (*(module.path for module in modules()), *files_of_tests())]
    wrong = [str(path) for path in paths if VAGUE.intersection((*path.parts[:-1], path.stem))]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_its_responsibility() -> None:
    """Every module of program and tests that holds anything has a docstring that starts with a whole sentence."""
    trees = {module.shown: module.tree for module in modules()}
    trees.update({str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in files_of_tests()})
    wrong = [name for name, tree in trees.items() if tree.body and not re.match(r"\S.{8}", ast.get_docstring(tree) or "")]
    assert not wrong, "\n".join(wrong)


def test_every_test_states_its_promise() -> None:
    """Every test function has a docstring: the promise it checks."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in files_of_tests()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_prints() -> None:
    """No print() and no write to standard output outside cli: what the daemon says goes through the journal."""
    wrong = [
        f"{module.shown}:{node.lineno}"
        for module in modules()
        if module.parts[:1] != ("cli",)
        for node in ast.walk(module.tree)
        if _prints(node)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_unfinished_in_a_comment() -> None:
    """No to-do mark stands in program, tests or packaging: what is missing is an issue."""
    wrong = list(_lines_matching(UNFINISHED))
    assert not wrong, "\n".join(wrong)


def test_no_path_of_anybodys_machine() -> None:
    """Nothing in the repository points into a developer's home or checkout."""
    wrong = list(_lines_matching(SOMEBODYS_MACHINE))
    assert not wrong, "\n".join(wrong)


def test_scripts_name_the_system_interpreter() -> None:
    """Every script runs Debian's own python3 or shell, whatever else stands first in PATH."""
    scripts = [path for path in _written() if path.read_bytes().startswith(b"#!")]
    wrong = [str(path.relative_to(ROOT)) for path in scripts if not _first_line(path).startswith(INTERPRETERS)]
    assert scripts, "no script found"
    assert not wrong, "\n".join(wrong)


def test_the_c_module_milter_is_not_shadowed() -> None:
    """`import Milter` works with milter/ on the path: the folder is no package, as pymilter's C module has its name."""
    assert not (ROOT / "milter" / "__init__.py").exists()
    run = subprocess.run(
        ["/usr/bin/python3", "-c", "import Milter, milter; print(milter.__file__)"],
        env={"PYTHONPATH": str(ROOT / "milter"), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().endswith(".so")


def _handlers(module: Module) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler))


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or "BaseException" in ast.unparse(handler.type)


def _names_exception(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and bool(re.search(r"\bException\b", ast.unparse(handler.type)))


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass | ast.Continue)


def _prints(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) == "sys.stdout.write"
    return isinstance(node, ast.Name) and node.id == "print"


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0]


def _written() -> list[Path]:
    """Files people wrote: no foreign samples, no build results."""
    found = [path for path in files(ROOT) if path.suffix in WRITTEN and not FOREIGN.intersection(path.parts) and _is_text(path)]
    assert len(found) > 20
    return found


def _is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:4096]


def _lines_matching(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in _written():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
