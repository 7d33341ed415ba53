"""Regular expressions an administrator may write: compiled, and bounded so that no mail can make them slow."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from smime_milter.config.problem import Wrong, quoted

# The compiler's own view of a pattern; private, but the only one there is, and the same in 3.11 to 3.13.
_parser: Any = import_module("re._parser")
op: Any = import_module("re._constants")

LENGTH = 200
WIDTH = 100
LEAST_WIDTH = 4
WAYS = 4096  # so many different attempts at one place of the text, at most
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT, op.CATEGORY)


def bounded(pattern: str) -> str:
    """A pattern that compiles, matches 4 to 100 characters and cannot backtrack far."""
    if len(pattern) > LENGTH:
        raise Wrong(f"a pattern may have {LENGTH} characters; this one has {len(pattern)}")
    tree = _parsed(pattern)
    if _ways(tree) > WAYS:
        raise Wrong(f"{quoted(pattern)} can match one place in too many ways: use fixed numbers of repetitions, as in [0-9]{{8}}")
    least, most = tree.getwidth()
    if least < LEAST_WIDTH or most > WIDTH:
        raise Wrong(f"{quoted(pattern)} matches {least} to {most} characters: {LEAST_WIDTH} to {WIDTH} are possible")
    return pattern


def _parsed(pattern: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            warnings.simplefilter("error", DeprecationWarning)
            re.compile(pattern)
            return _parser.parse(pattern)
    except re.error as error:
        raise Wrong(f"{quoted(pattern)} is no regular expression: {error.msg} at character {(error.pos or 0) + 1}") from None
    except (Warning, OverflowError, RecursionError) as error:
        raise Wrong(f"{quoted(pattern)} is no regular expression: {str(error).splitlines()[0]}") from None


def _ways(tree: Iterable[Any]) -> int:
    ways = 1
    for code, argument in tree:
        ways *= _ways_of(code, argument)
        if ways > WAYS:
            break
    return ways


def _ways_of(code: Any, argument: Any) -> int:
    if code in _REPEATS:
        return _ways_of_repeat(*argument)
    if code is op.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if code is op.SUBPATTERN:
        return _ways(argument[-1])
    if code is op.ATOMIC_GROUP:
        return _ways(argument)
    if code in (op.ASSERT, op.ASSERT_NOT):
        return _ways(argument[1])
    if code not in _SINGLE:
        raise Wrong("a pattern may not refer back to an earlier group")
    return 1


def _ways_of_repeat(least: Any, most: Any, body: Any) -> int:
    if most is op.MAXREPEAT:
        raise Wrong("*, + and {n,} repeat without end: write the largest number, as in {1,12}")
    inner = _ways(body)
    if inner > 1 and most > 1:
        raise Wrong("a repetition stands inside another one: give the inner one a fixed number, as in (?:[0-9]{3} ){2}")
    return inner * (int(most) - int(least) + 1)
