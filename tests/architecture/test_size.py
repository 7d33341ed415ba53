"""Functions and files stay small enough to be read in one go."""

from __future__ import annotations

import ast
from statistics import median

from tests.architecture.source import Function, body_length, modules

MEDIAN_LINES = 10
FUNCTION_LINES = 50
FILE_LINES = 400
POSITIONAL = 4


def test_the_median_function_has_ten_lines_or_less() -> None:
    """Half of all functions fit on a few lines, docstrings aside."""
    lengths = [body_length(function) for module in modules() for function in module.functions]
    assert len(lengths) > 10
    assert median(lengths) <= MEDIAN_LINES


def test_no_function_is_longer_than_a_page() -> None:
    """No function body has more than 50 lines, docstring aside."""
    wrong = [
        f"{module.shown}:{function.lineno}: {function.name} has {body_length(function)} lines"
        for module in modules()
        for function in module.functions
        if body_length(function) > FUNCTION_LINES
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_is_longer_than_400_lines() -> None:
    """A file that grows past 400 lines is two things and becomes two files."""
    wrong = [f"{module.shown}: {count} lines" for module in modules() if (count := len(module.text.splitlines())) > FILE_LINES]
    assert not wrong, "\n".join(wrong)


def test_no_function_takes_more_than_four_positional_arguments() -> None:
    """From the fifth on arguments are passed by name; self and cls do not count."""
    wrong = [
        f"{module.shown}:{function.lineno}: {function.name} takes {len(names)} positional arguments"
        for module in modules()
        for function in module.functions
        if len(names := _positional(function)) > POSITIONAL
    ]
    assert not wrong, "\n".join(wrong)


def _positional(function: Function) -> list[ast.arg]:
    arguments = function.args.posonlyargs + function.args.args
    return arguments[1:] if arguments and arguments[0].arg in ("self", "cls") else arguments
