"""Dataclasses to JSON and back: what was agreed on, or NotPlain."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smime_milter.model.inspection import Author, Inspection
from smime_milter.model.plain import NotPlain, from_plain, to_plain
from smime_milter.model.requests import FRAMES, Failed
from smime_milter.model.spool import Spool

START = datetime(1950, 1, 1, tzinfo=timezone.utc)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type hint as the frames use them."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return st.none() | values(arguments[0])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if kind is datetime:
        return st.integers(0, 10**10).map(lambda seconds: START + timedelta(seconds=seconds))
    if kind is Spool:
        return st.binary(max_size=20).map(Spool.of)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{f.name: values(hints[f.name]) for f in dataclasses.fields(kind)})
    simple: dict[Any, st.SearchStrategy[Any]] = {
        bytes: st.binary(max_size=20), str: st.text(st.characters(), max_size=20), int: st.integers(), bool: st.booleans(),
        float: st.floats(allow_nan=False)}
    return simple[kind]


def same(left: Any, right: Any) -> bool:
    """Equal, with spools compared by what is in them."""
    if isinstance(left, Spool):
        return isinstance(right, Spool) and left.octets()[:] == right.octets()[:]
    if dataclasses.is_dataclass(left):
        names = [f.name for f in dataclasses.fields(left)]
        return type(left) is type(right) and all(same(getattr(left, name), getattr(right, name)) for name in names)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


@pytest.mark.parametrize("kind", FRAMES)
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_frame_survives_the_way(kind: type, data: st.DataObject) -> None:
    """Whatever a frame holds comes out as it went in: every field of every dataclass that travels."""
    value = data.draw(values(kind))
    spools: list[Spool] = []
    plain = json.loads(json.dumps(to_plain(value, spools)))
    assert same(from_plain(kind, plain, spools), value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(["none", "QUJD", 1e300, -1]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=10)


def is_valid(value: Any, kind: Any) -> bool:
    """Whether a value is what its type hints promise, all the way down."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return value is None or is_valid(value, arguments[0])
    if origin in (tuple, frozenset):
        return isinstance(value, origin) and all(is_valid(item, arguments[0]) for item in value)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return type(value) is kind and all(is_valid(getattr(value, f.name), hints[f.name]) for f in dataclasses.fields(kind))
    return isinstance(value, (kind, int) if kind is float else kind) and (kind is not int or not isinstance(value, bool))


@pytest.mark.parametrize("kind", FRAMES)
@given(plain=JSON)
@settings(max_examples=15, deadline=None)
def test_arbitrary_json_is_valid_or_refused(kind: type, plain: Any) -> None:
    """A liar gets NotPlain, or an object whose every field is of its type: nothing else, no other exception."""
    try:
        made = from_plain(kind, plain, ())
    except NotPlain:
        return
    assert is_valid(made, kind)


@pytest.mark.parametrize("kind", FRAMES)
@given(data=st.data(), junk=JSON)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_wrong_value_deep_inside(kind: type, data: st.DataObject, junk: Any) -> None:
    """A frame with one value exchanged is refused or still valid."""
    spools: list[Spool] = []
    plain = to_plain(data.draw(values(kind)), spools)
    holder = plain
    while isinstance(holder, list) and holder:
        at = data.draw(st.integers(0, len(holder) - 1))
        if not isinstance(holder[at], list) or not holder[at] or data.draw(st.booleans()):
            holder[at] = junk
            break
        holder = holder[at]
    try:
        made = from_plain(kind, plain, spools)
    except NotPlain:
        return
    assert is_valid(made, kind)


@pytest.mark.parametrize(("kind", "plain"), [
    (int, True), (int, 1.0), (int, "1"), (bool, 1), (str, 1), (str, None), (bytes, "\xe4"), (bytes, "a"), (bytes, ["QUJD"]),
    (datetime, "2026"), (datetime, float("nan")), (datetime, 1e18), (datetime, 1e300), (datetime, None),
    (Spool, -1), (Spool, 1), (Spool, True), (Spool, "0"), (Spool, None), (tuple[int, ...], {}), (tuple[int, ...], "12"),
    (Author, []), (Author, ["a"]), (Author, ["a", "b", "c"]), (Author, {"address": "a", "domain": "b"}), (Author, None),
])
def test_other_shapes_are_refused(kind: Any, plain: Any) -> None:
    """No value is bent into another type, and no spool is named from behind."""
    with pytest.raises(NotPlain):
        from_plain(kind, plain, (Spool(),))


def test_a_refusal_quotes_nothing() -> None:
    """The error names a kind of fault, never the value that was sent."""
    with pytest.raises(NotPlain) as raised:
        from_plain(Inspection, ["Kanarienvogel"] * 20, ())
    assert "Kanarienvogel" not in str(raised.value)


def test_half_characters_survive() -> None:
    """Header text with surrogates is carried, not refused."""
    assert from_plain(Failed, json.loads(json.dumps(to_plain(Failed("\udce4"), []))), ()) == Failed("\udce4")


def test_a_type_without_a_plain_form_is_our_mistake() -> None:
    """What the frames may not hold is told when it is written, not when a liar sends it."""
    with pytest.raises(NotPlain):
        from_plain(dict[str, int], {}, ())
