"""YAML text to a tree of places: the small, unambiguous part of YAML that a configuration needs.

Read from the parser's events, which stay flat however deep the text nests, and before anything is
interpreted: anchors, aliases, tags, merge keys, duplicate keys and second documents are problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from smime_milter.config.problem import Report, quoted

DEPTH = 20
_events: Any = yaml.parse  # typed by some releases' stubs, by others not


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `is_plain` says that no quotation marks stood around it."""

    line: int
    column: int
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    line: int
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    line: int
    column: int
    entries: tuple[tuple[Scalar, Node], ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that is already among the problems: nobody need complain about it again."""

    line: int
    column: int


Node = Scalar | Items | Table | Broken

# What libyaml says, and what a person would.
_SYNTAX = {
    "found character that cannot start any token": "a value cannot begin with this character: use spaces, not tabs, to indent,"
    " and put values that begin with @, ` or % in quotes",
    "mapping values are not allowed in this context": "a colon cannot stand here: put the value in quotes, begin a new line,"
    " or add the colon that is missing in the line above",
    "did not find expected node content": "a value is missing here, or a list or table begun with [ or { is not closed",
    "could not find expected ':'": "a colon is missing after this key, or before this line",
    "did not find expected key": "the indentation does not fit the lines above, or text follows a closing quote",
    "did not find expected ',' or ']'": "the list that begins with this [ is not closed with ]",
    "did not find expected ',' or '}'": "the table that begins with this { is not closed with }",
    "found unexpected end of stream": "the text that begins with this quotation mark is not closed",
    "did not find expected '-' indicator": "this line is neither indented nor begins with - as the lines above",
}


def parse(text: str, report: Report) -> Node | None:
    """The tree of the one document; None for an empty file, or if the syntax is beyond reading."""
    builder = _Builder(report)
    try:
        for event in _events(text, Loader=yaml.CSafeLoader):
            if not builder.accept(event):
                return None
    except yaml.MarkedYAMLError as error:
        text = _SYNTAX.get(str(error.problem), str(error.problem))
        # What is not closed is shown where it begins.
        mark = error.context_mark if "begins with this" in text and error.context_mark else error.problem_mark
        report.add(_At.of(mark), path="", text=text)
        return None
    except (yaml.YAMLError, UnicodeError):
        report.add(_unreadable(text), path="", text="a character that YAML does not allow: remove it, or write it as \"\\xNN\"")
        return None
    return builder.root


@dataclass(frozen=True, slots=True)
class _At:
    line: int
    column: int

    @classmethod
    def of(cls, mark: Any) -> _At:
        return cls(mark.line + 1, mark.column + 1)


def _unreadable(text: str) -> _At:
    """The first character outside YAML 1.2 §5.1, which libyaml gives no line for."""
    at = next((i for i, c in enumerate(text) if not (c.isprintable() or c in "\t\n\r\x85\xa0\u2028\u2029\ufeff")), 0)
    return _At(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


class _Open:
    """A list or table whose end has not come yet."""

    __slots__ = ("at", "is_table", "children")

    def __init__(self, at: _At, *, is_table: bool) -> None:
        self.at = at
        self.is_table = is_table
        self.children: list[Node] = []


class _Builder:
    """Takes events and grows the tree; never recursive."""

    def __init__(self, report: Report) -> None:
        self.root: Node | None = None
        self._report = report
        self._open: list[_Open] = []
        self._documents = 0

    def accept(self, event: Any) -> bool:
        """Take one event; False means that reading on makes no sense."""
        match event:
            case yaml.DocumentStartEvent():
                return self._begin(event)
            case yaml.ScalarEvent() | yaml.AliasEvent():
                self._add(self._leaf(event))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                return self._enter(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._add(self._close(self._open.pop()))
        return True

    def _begin(self, event: Any) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._report.add(_At.of(event.start_mark), path="",
                             text="a second document begins here: the file must hold one; remove the ---")
        return self._documents == 1

    def _enter(self, event: Any) -> bool:
        at = _At.of(event.start_mark)
        self._refuse_properties(event, at)
        if len(self._open) >= DEPTH:
            self._report.add(at, path="", text=f"lists and tables are nested deeper than {DEPTH} levels")
            return False
        self._open.append(_Open(at, is_table=isinstance(event, yaml.MappingStartEvent)))
        return True

    def _leaf(self, event: Any) -> Node:
        at = _At.of(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self._report.add(at, path="", text=f"*{event.anchor} is an alias: write the value out")
            return Broken(at.line, at.column)
        if self._refuse_properties(event, at):
            return Broken(at.line, at.column)
        return Scalar(at.line, at.column, event.value, not event.style)

    def _refuse_properties(self, event: Any, at: _At) -> bool:
        if event.anchor is not None:
            self._report.add(at, path="", text=f"&{event.anchor} is an anchor: write the value out wherever it is wanted")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report.add(at, path="", text=f"{quoted(tag)} is a tag: remove it; quotation marks make a value text")
        return event.anchor is not None or event.tag is not None

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node

    def _close(self, container: _Open) -> Node:
        line, column, children = container.at.line, container.at.column, container.children
        if not container.is_table:
            return Items(line, column, tuple(children))
        return Table(line, column, self._entries(list(zip(children[::2], children[1::2]))))

    def _entries(self, pairs: list[tuple[Node, Node]]) -> tuple[tuple[Scalar, Node], ...]:
        seen: dict[str, tuple[Scalar, Node]] = {}
        for key, value in pairs:
            if self._is_fit(key, seen) and isinstance(key, Scalar):
                seen[key.text] = (key, value)
        return tuple(seen.values())

    def _is_fit(self, key: Node, seen: dict[str, tuple[Scalar, Node]]) -> bool:
        match key:
            case Scalar(text="<<", is_plain=True):
                self._report.add(key, path="", text="<< is a merge key: write the keys out")
            case Scalar(text=text) if text in seen:
                first = seen[text][0].line
                self._report.add(key, path="", text=f"{quoted(text)} stands here a second time; the first is in line {first}")
            case Items() | Table():
                self._report.add(key, path="", text="a list or table cannot be a key: text that begins with [ or { needs quotes")
            case Scalar():
                return True
        return False
