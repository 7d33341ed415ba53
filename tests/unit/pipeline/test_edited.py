"""Our own copy after an edit plan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smime_milter.mime.message_file import split_message
from smime_milter.model.message import HeaderField, message_of
from smime_milter.model.outcome import EditPlan
from smime_milter.model.spool import Spool
from smime_milter.pipeline.edited import edited

MAIL = b"A: 1\r\nB:  2\r\n\tfolded\r\nA: 3\r\n\r\nText\r\n\r\nmore\r\n"


def test_an_empty_plan_is_the_very_same_message() -> None:
    """Not even a copy."""
    message = split_message(MAIL)
    assert edited(message, EditPlan()) is message.raw and message.raw.octets()[:] == MAIL


def test_removing_and_adding() -> None:
    """Insertions stand at the top in their order, additions behind what is left; the body stays."""
    plan = EditPlan(remove=(0, 2), prepend=(HeaderField(b"P", b" 1\n x"), HeaderField(b"Q", b" 2")),
                    append=(HeaderField(b"Z", b" 9"),))
    assert edited(split_message(MAIL), plan).octets()[:] == (
        b"P: 1\r\n x\r\nQ: 2\r\nB:  2\r\n\tfolded\r\nZ: 9\r\n\r\nText\r\n\r\nmore\r\n")


def test_a_new_body() -> None:
    """The old one is gone whole, also for an empty one."""
    for body in (b"", b"new\r\n", b"x" * 600_000):
        assert edited(split_message(MAIL), EditPlan(body=Spool.of(body))).octets()[:].partition(b"\r\n\r\n")[2] == body


VALUES = st.binary(max_size=6).filter(lambda value: b"\n" not in value)
FIELDS = st.lists(st.builds(HeaderField, st.sampled_from([b"A", b"B"]), VALUES), max_size=6)


@given(fields=FIELDS, body=st.binary(max_size=30), data=st.data())
def test_removing_nothing_but_one_field(fields: list[HeaderField], body: bytes, data: st.DataObject) -> None:
    """Every other byte is the original's."""
    message = message_of(tuple(fields), body)
    if not fields:
        return
    gone = data.draw(st.integers(0, len(fields) - 1))
    rest = tuple(f for n, f in enumerate(fields) if n != gone)
    assert edited(message, EditPlan(remove=(gone,))).octets()[:] == message_of(rest, body).raw.octets()[:]
