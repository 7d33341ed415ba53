"""Calling the program as a shell does, in this process."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from datetime import datetime, timezone

import click

NOW = datetime.now(timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str


def call(program: click.Command, *arguments: str) -> Answer:
    """Run one command line and keep what it printed and its exit status."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            program.main(list(arguments), "smime-milter")
        except SystemExit as end:
            status = int(end.code or 0)
    return Answer(status, out.getvalue(), err.getvalue())
