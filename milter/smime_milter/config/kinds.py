"""The kinds of value a key can have: each reads a node and reports what is wrong with it.

A kind that reported something returns None; nobody looks at the value then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from smime_milter.config.document import Broken, Items, Node, Scalar, Table
from smime_milter.config.problem import Report, Wrong, listed, nearest, quoted
from smime_milter.config.scalars import ScalarType, type_of

Converter = Callable[[str], Any]


class Kind(Protocol):
    """`word` names the kind in messages and in the manual page."""

    @property
    def word(self) -> str: ...

    def read(self, node: Node, *, path: str, report: Report) -> Any:
        """The value for Settings; what is wrong goes to the report."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """One value in words; `convert` raises Wrong. `takes_numbers` lets 64 through to it unquoted."""

    word: str
    convert: Converter = str
    takes_numbers: bool = False

    def read(self, node: Node, *, path: str, report: Report) -> Any:
        try:
            return self.convert(self._text(node))
        except Wrong as wrong:
            if not isinstance(node, Broken):
                report.add(node, path=path, text=str(wrong))
            return None

    def _text(self, node: Node) -> str:
        scalar = single(node, self.word)
        kind = type_of(scalar)
        if kind is ScalarType.NOTHING:
            raise Wrong(f"has no value: write {self.word}, or remove the key")
        if kind is ScalarType.TEXT or self.takes_numbers:
            return scalar.text
        if kind is ScalarType.OCTAL_LOOKING:
            raise Wrong(f"{scalar.text[:60]} is octal to some readers and decimal to others: write {quoted(scalar.text)}")
        raise Wrong(f"{quoted(scalar.text)[1:-1]} is {kind.value}, not text: write {quoted(scalar.text)}")


def single(node: Node, word: str) -> Scalar:
    """The node as one value, or Wrong."""
    if isinstance(node, Scalar):
        return node
    raise Wrong(f"expected {word}, found {_name(node)}")


def _name(node: Node) -> str:
    match node:
        case Items():
            return "a list"
        case Table():
            return "a table (keys with a colon)"
        case Scalar():
            return quoted(node.text) if node.text else "nothing"
        case Broken():
            return "something unreadable"


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false, and none of the words YAML 1.1 took for them."""

    word: str = "true or false"

    def read(self, node: Node, *, path: str, report: Report) -> bool | None:
        try:
            scalar = single(node, self.word)
        except Wrong as wrong:
            if not isinstance(node, Broken):
                report.add(node, path=path, text=str(wrong))
            return None
        if type_of(scalar) is ScalarType.BOOLEAN:
            return scalar.text.lower() == "true"
        report.add(node, path=path, text=_not_boolean(scalar))
        return None


_TRUTH = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false", "true": "true", "false": "false"}


def _not_boolean(scalar: Scalar) -> str:
    meant = _TRUTH.get(scalar.text.lower())
    if meant:
        return f"{quoted(scalar.text)} is text: write {meant}" + ("" if scalar.is_plain else " without quotation marks")
    return f"expected true or false, found {_name(scalar)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, or a word for each member of an enum."""

    of: type[Enum] | tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.of if isinstance(self.of, tuple) else tuple(member.value for member in self.of)

    @property
    def word(self) -> str:
        return listed(self.names)

    def read(self, node: Node, *, path: str, report: Report) -> Any:
        return Written(self.word, self._convert, takes_numbers=True).read(node, path=path, report=report)

    def _convert(self, text: str) -> Any:
        if text not in self.names:
            raise Wrong(f"{quoted(text)} is not possible here: write {self.word}.{nearest(text, self.names)}")
        return text if isinstance(self.of, tuple) else self.of(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """Several values of one kind; with `or_single` one value may stand without brackets."""

    kind: Kind
    least: int = 0
    most: int = 10000
    or_single: bool = False

    @property
    def word(self) -> str:
        return f"a list, each {self.kind.word}" + (", or a single one" if self.or_single else "")

    def read(self, node: Node, *, path: str, report: Report) -> tuple[Any, ...] | None:
        if self.or_single and isinstance(node, Scalar):
            return (self.kind.read(node, path=path, report=report),)
        if not isinstance(node, Items):
            if not isinstance(node, Broken):
                report.add(node, path=path, text=f"expected a list in brackets [ ], found {_name(node)}")
            return None
        if not self.least <= len(node.items) <= self.most:
            bound = f"at least {self.least}" if len(node.items) < self.least else f"at most {self.most}"
            report.add(node, path=path, text=f"holds {len(node.items)} entries: {bound}")
        return tuple(self.kind.read(item, path=f"{path}[{i}]", report=report) for i, item in enumerate(node.items))


def entries_of(node: Node, *, path: str, report: Report) -> Sequence[tuple[Scalar, Node]] | None:
    """A table's entries; a table whose entries are all commented out has none."""
    match node:
        case Table():
            return node.entries
        case Scalar() if type_of(node) is ScalarType.NOTHING:
            return ()
        case Broken():
            return None
    report.add(node, path=path, text=f"expected a table (keys with a colon, indented), found {_name(node)}")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOf:
    """Any number of entries: `names` checks and normalises each key, `kind` reads each value."""

    names: Converter
    kind: Kind
    word: str

    def read(self, node: Node, *, path: str, report: Report) -> dict[str, Any] | None:
        entries = entries_of(node, path=path, report=report)
        values: dict[str, Any] = {}
        for key, value in entries or ():
            try:
                name = self.names(key.text)
                if name in values:
                    raise Wrong(f"means the same as another entry: {quoted(name)}")
            except Wrong as wrong:
                report.add(key, path=path, text=str(wrong))
                continue
            values[name] = self.kind.read(value, path=f"{path}.{key.text[:100]}", report=report)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: its default as it would be written (None: it must be given) and its meaning.

    `example` is a value worth showing. A key with `why` (one sentence: why you would change it) is
    part of the shipped file, there with `example` or its default.
    """

    name: str
    kind: Kind
    default: str | None
    meaning: str
    example: str = ""
    why: str = ""

    @property
    def field(self) -> str:
        return "except_" if self.name == "except" else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with known keys, read into the dataclass `target`, which also holds the defaults."""

    target: Callable[..., Any]
    keys: tuple[Key, ...]
    word: str = "a table"

    def read(self, node: Node, *, path: str, report: Report) -> Any:
        entries = entries_of(node, path=path, report=report)
        if entries is None:
            return None
        given = self._known(entries, path=path, report=report)
        values = {key.field: key.kind.read(given[key.name], path=_joined(path, key.name), report=report)
                  for key in self.keys if key.name in given}
        missing = [key for key in self.keys if key.default is None and key.name not in given]
        for key in missing:
            _report_missing(key, node, path=_joined(path, key.name), report=report)
        return None if missing else self.target(**values)

    def _known(self, entries: Sequence[tuple[Scalar, Node]], *, path: str, report: Report) -> dict[str, Node]:
        names = tuple(key.name for key in self.keys)
        for name, _ in entries:
            if name.text not in names and not report.is_full:
                home = report.homes.get(name.text)
                hint = nearest(name.text, names) or (f" It belongs to {home}." if home else _possible(names))
                report.add(name, path=path, text=f"unknown key {quoted(name.text)}.{hint}")
        return {name.text: value for name, value in entries if name.text in names}


def _possible(names: tuple[str, ...]) -> str:
    return f" Possible are {', '.join(names)}."


def _report_missing(key: Key, node: Node, *, path: str, report: Report) -> None:
    if isinstance(key.kind, Section):
        key.kind.read(Table(node.line, node.column, ()), path=path, report=report)
    else:
        report.add(node, path=path, text=f"must be given, for example {key.name}: {key.example}")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
