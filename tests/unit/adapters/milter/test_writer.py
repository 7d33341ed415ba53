"""The one writer: order, occurrence numbers, and what never reaches the MTA."""

from __future__ import annotations

from collections.abc import Sequence

import milter
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.adapters.milter.writer import apply
from smime_milter.model.errors import Refused
from smime_milter.model.message import HeaderField, Message, message_of
from smime_milter.model.outcome import EditPlan
from smime_milter.model.spool import CHUNK, Spool
from smime_milter.pipeline.edited import edited
from tests.support.fake_context import FakeContext


def message(*names: str) -> Message:
    return message_of(tuple(HeaderField(n.encode(), f" {k}".encode()) for k, n in enumerate(names)), b"text\r\n")


def applied(plan: EditPlan, *names: str) -> list[tuple[object, ...]]:
    context = FakeContext()
    apply(plan, message(*names), context)
    return context.seen


def field(name: str, value: bytes) -> HeaderField:
    return HeaderField(name.encode(), value)


def test_body_then_removals_then_additions() -> None:
    """One fixed order, whatever the plan holds: what Postfix and Sendmail both understand."""
    plan = EditPlan(remove=(0, 2), prepend=(field("P", b" 1"), field("Q", b" 2")), append=(field("A", b" 3"), field("B", b" 4")),
                    body=Spool.of(b"new"))
    assert applied(plan, "X", "Y", "Z") == [
        ("replacebody", b"new"), ("chgheader", "Z", 1, None), ("chgheader", "X", 1, None),
        ("addheader", "Q", " 2", 0), ("addheader", "P", " 1", 0), ("addheader", "A", " 3", -1), ("addheader", "B", " 4", -1)]


def test_fields_of_one_name_are_counted_without_case() -> None:
    """The n-th field of a name is the MTA's n-th, however it is written; the last goes first."""
    plan = EditPlan(remove=(0, 2, 3))
    assert applied(plan, "Subject", "From", "SUBJECT", "subject") == [
        ("chgheader", "subject", 3, None), ("chgheader", "SUBJECT", 2, None), ("chgheader", "Subject", 1, None)]


def test_a_large_body_goes_in_pieces_one_after_the_other() -> None:
    """No header edit between two chunks: Postfix does not support the mix."""
    plan = EditPlan(remove=(0,), body=Spool.of(b"x" * (2 * CHUNK + 1)))
    assert [step[0] for step in applied(plan, "A")] == ["replacebody"] * 3 + ["chgheader"]


@pytest.mark.parametrize(("value", "written"), [
    (b" a\0b", " ab"), (b" a\r\n b", " a\n b"), (b" a\rb", " ab"), (b" \xe4", " \ufffd"), (b" \xc3\xa4", " \u00e4")])
def test_what_is_no_text_for_libmilter(value: bytes, written: str) -> None:
    """A NUL would cut a C string, a CR would stay on the wire: neither gets there."""
    assert applied(EditPlan(append=(field("A", value),)), "X") == [("addheader", "A", written, -1)]


def test_names_outside_ascii_are_removed_like_others() -> None:
    """A field of ours in name only, with an 8-bit letter in it, is no reason to defer the mail for ever."""
    assert applied(EditPlan(remove=(0,)), "X-SMIME-Milter-\u00e4") == [("chgheader", "X-SMIME-Milter-\u00e4", 1, None)]


@pytest.mark.parametrize("error", [milter.error("cannot"), ValueError("x"), IndexError(), OSError()])
@pytest.mark.parametrize("call", ["replacebody", "chgheader", "addheader"])
def test_any_edit_that_fails_is_refused(call: str, error: Exception) -> None:
    """What went wrong half-way is one error, without the MTA's words in it."""
    plan = EditPlan(remove=(0,), append=(field("A", b" 1"),), body=Spool.of(b"b"))
    with pytest.raises(Refused) as raised:
        apply(plan, message("X"), FakeContext(fails={call: error}))
    assert "cannot" not in str(raised.value)


class Mta:
    """Keeps fields as Postfix does: after each deletion the fields of a name are counted anew."""

    def __init__(self, fields: Sequence[tuple[str, str]], renumbers: bool) -> None:
        self.fields: list[tuple[str, str] | None] = list(fields)
        self.renumbers = renumbers
        self.body = b""

    def replacebody(self, body: bytes) -> object:
        self.body += body
        return None

    def chgheader(self, field: str, idx: int, value: str | None) -> object:
        named = [n for n, f in enumerate(self.fields) if f and f[0].lower() == field.lower() or f is None and not self.renumbers
                 and self.names[n].lower() == field.lower()]
        self.fields[named[idx - 1]] = None
        return None

    def addheader(self, field: str, value: str, idx: int = -1) -> object:
        if idx == 0:
            self.fields.insert(0, (field, value))
        else:
            self.fields.append((field, value))
        return None

    def chgfrom(self, sender: str, params: str | None = None) -> object:
        raise AssertionError("these plans leave the envelope alone")

    @property
    def names(self) -> list[str]:
        return self._names

    def remember(self, names: list[str]) -> None:
        self._names = names


@given(names=st.lists(st.sampled_from(["A", "a", "B", "Subject", "SUBJECT"]), min_size=1, max_size=12), data=st.data(),
       renumbers=st.booleans())
def test_both_mtas_end_with_what_edited_says(names: list[str], data: st.DataObject, renumbers: bool) -> None:
    """Whether the MTA renumbers after a deletion (Postfix) or not (Sendmail): the same fields are left."""
    remove = tuple(sorted(data.draw(st.sets(st.integers(0, len(names) - 1)))))
    plan = EditPlan(remove=remove, prepend=(field("P", b" p"), field("Q", b" q")), append=(field("Z", b" z"),))
    original = message(*names)
    mta = Mta([(n, f" {k}") for k, n in enumerate(names)], renumbers)
    mta.remember(names)
    apply(plan, original, mta)
    head = "".join(f"{f[0]}:{f[1]}\r\n" for f in mta.fields if f).encode()
    assert head + b"\r\ntext\r\n" == edited(original, plan).octets()[:]


@pytest.mark.parametrize("sender", ["clerk@wwk.de", ""])
def test_the_sender_is_said_again_at_the_end(sender: str) -> None:
    """With new parameters, the null sender too; a plan without one never touches the envelope."""
    plan = EditPlan(remove=(0,), body=Spool.of(b"new"), sender=(sender, "RET=HDRS"))
    assert applied(plan, "X") == [("replacebody", b"new"), ("chgheader", "X", 1, None), ("chgfrom", f"<{sender}>", "RET=HDRS")]
    assert not any(call[0] == "chgfrom" for call in applied(EditPlan(remove=(0,)), "X"))
