"""`smime-milter check-config`: the file, then everything it points to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from smime_milter.cli import path_of
from smime_milter.config.checks import CHECKS
from smime_milter.config.checks.result import Verdict
from smime_milter.config.places import place_of
from smime_milter.config.problem import Problem
from smime_milter.config.reading import load
from smime_milter.model.settings import Settings

# A store's address may hold a password.
_PASSWORD = re.compile(r"(?<=://)[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer, with the place in the file if it has one."""

    result: Verdict
    problem: Problem


@click.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """Read the configuration and all it points to; report every fault with file and line.

    Opens the keys, the trust anchors and the store, looks at the socket's folder, at what Postfix is
    set to and at the port for released mail. Changes nothing.

    \b
    Example:
      smime-milter check-config && systemctl reload smime-milter

    Exit status: 0 usable (warnings are possible), 2 it has faults.
    """
    path = path_of(context)
    lines = list(_examined(path))
    is_usable = all(line.result is not Verdict.FAULT for line in lines)
    if as_json:
        click.echo(json.dumps(_object(path, lines, is_usable), ensure_ascii=False, indent=2))
    else:
        _print(path, lines)
    return 0 if is_usable else 2


def _examined(path: Path) -> Iterator[Line]:
    found = load(path)
    if not isinstance(found, Settings):
        yield from (Line(Verdict.FAULT, problem) for problem in found)
        return
    yield Line(Verdict.OK, Problem(str(path), 0, 0, "", "every key is known and every value possible"))
    text = _text_of(path)
    for check in CHECKS:
        for result in check(found):
            at = place_of(text, result.path)
            line, column = (at.line, at.column) if at else (0, 0)
            yield Line(result.verdict, Problem(str(path), line, column, result.path, result.text))


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _print(path: Path, lines: list[Line]) -> None:
    """Faults go to standard error, one line each and the line of the file below; all else to standard output."""
    source = _text_of(path).splitlines()
    for line in lines:
        is_fault = line.result is Verdict.FAULT
        click.echo(f"{'' if is_fault else line.result.value + ': '}{line.problem}", err=is_fault)
        if is_fault:
            click.echo(_quoted(source, line.problem), err=True, nl=False)


def _quoted(source: list[str], problem: Problem) -> str:
    """The line of the file and a caret below the place; nothing for what has no place."""
    if not 1 <= problem.line <= len(source):
        return ""
    before, after = source[problem.line - 1][: problem.column - 1], source[problem.line - 1][problem.column - 1 :]
    shown = [_PASSWORD.sub("…@", part.replace("\t", " "))[:120] for part in (before, after)]
    if not all(part.isprintable() for part in shown):
        return ""
    return f"    {shown[0]}{shown[1]}\n    {' ' * len(shown[0])}^\n"


def _object(path: Path, lines: list[Line], is_usable: bool) -> dict[str, object]:
    results = [{"result": line.result.value, **asdict(line.problem)} for line in lines]
    return {"file": str(path), "usable": is_usable, "results": results}
