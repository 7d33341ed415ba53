"""Dataclasses to plain JSON values and back, driven by their type hints.

The reading side trusts nothing: a value of another shape, an unknown enum word or a missing
field raises `NotPlain`. Bytes travel as base64 text, spools as numbers of passed descriptors.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from enum import Enum
from functools import lru_cache
from typing import Any

from smime_milter.model.spool import Spool

Plain = Any
Reader = Callable[[Plain, Sequence[Spool]], Any]


class NotPlain(ValueError):
    """The other side sent something of a shape that was not agreed on."""


def to_plain(value: Any, spools: list[Spool]) -> Plain:
    """The value as JSON can carry it; spools met on the way are appended to `spools`."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Spool):
        spools.append(value)
        return len(spools) - 1
    if isinstance(value, Mapping):
        return {key: to_plain(item, spools) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [to_plain(item, spools) for item in value]
    return [to_plain(getattr(value, name), spools) for name in _names(value.__class__)]


def from_plain(kind: Any, value: Plain, spools: Sequence[Spool]) -> Any:
    """Rebuild a `kind` or raise NotPlain."""
    try:
        return _reader(kind)(value, spools)
    except NotPlain:
        raise
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, OSError) as error:
        raise NotPlain(type(error).__name__) from None


@lru_cache(maxsize=None)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


@lru_cache(maxsize=None)
def _reader(kind: Any) -> Reader:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(arguments[0])  # every optional here is written "kind | None"
        return lambda value, spools: None if value is None else inner(value, spools)
    if origin in (tuple, frozenset):
        return _sequence(origin, _reader(arguments[0]))
    if isinstance(kind, type):
        return _reader_of_class(kind)
    raise TypeError(f"no plain form for {kind}")


def _sequence(made: Callable[[Any], Any], item: Reader) -> Reader:
    def read(value: Plain, spools: Sequence[Spool]) -> Any:
        _expect(isinstance(value, list))
        return made(item(v, spools) for v in value)
    return read


def _reader_of_class(kind: type) -> Reader:
    if issubclass(kind, Enum):
        return lambda value, spools: kind(value)
    if kind is bytes:
        return lambda value, spools: b64decode(value, validate=True)
    if kind is datetime:
        return lambda value, spools: datetime.fromtimestamp(value, timezone.utc)
    if kind is Spool:
        return _spool
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    return _scalar(kind)


def _spool(value: Plain, spools: Sequence[Spool]) -> Spool:
    _expect(value.__class__ is int and value >= 0)
    return spools[value]


def _scalar(kind: type) -> Reader:
    accepted = (float, int) if kind is float else (kind,)

    def read(value: Plain, spools: Sequence[Spool]) -> Any:
        _expect(value.__class__ in accepted)
        return value
    return read


def _dataclass(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = [(name, _reader(hints[name])) for name in _names(kind)]

    def read(value: Plain, spools: Sequence[Spool]) -> Any:
        _expect(isinstance(value, list) and len(value) == len(readers))
        return kind(**{name: reader(v, spools) for (name, reader), v in zip(readers, value)})
    return read


def _expect(holds: bool) -> None:
    if not holds:
        raise NotPlain("unexpected shape")
