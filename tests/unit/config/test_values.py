"""Values of the mail world."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.config import values
from smime_milter.config.problem import Wrong

CONVERTERS: tuple[Callable[[str], object], ...] = (
    values.text, values.host_name, values.domain, values.address, values.address_or_nothing, values.partner, values.network,
    values.authserv_id, values.listener, values.milter_socket, values.split_socket, values.submit, values.workers, values.store,
    values.anchors, values.lookup, values.path, values.credential, values.day)


@pytest.mark.parametrize("written, meant", [
    ("WWK.de", "wwk.de"), (".wwk.de", ".wwk.de"), ("müller.example", "xn--mller-kva.example"), ("wwk.de.", "wwk.de"),
    ("localhost", "localhost")])
def test_a_domain_is_kept_in_comparable_form(written: str, meant: str) -> None:
    """Lower case, A-labels, no final dot; a leading dot stays."""
    assert values.domain(written) == meant


@pytest.mark.parametrize("written", [
    "", ".", "..wwk.de", "wwk..de", "-wwk.de", "wwk de", "wwk.de/x", "a" * 64 + ".de", "a." * 200 + "de", "wwk.de\n"])
def test_what_is_no_domain_is_refused(written: str) -> None:
    """Empty, doubled or hyphened labels, blanks, and names longer than DNS allows."""
    with pytest.raises(Wrong):
        values.domain(written)


@pytest.mark.parametrize("written, meant", [
    ("auto", "auto"), ("unix:/run/m.sock", "unix:/run/m.sock"), ("inet:8899@127.0.0.1", "inet:8899@127.0.0.1"),
    ("inet:8899@localhost", "inet:8899@localhost"), ("inet:08899@[::1]", "inet:8899@[::1]")])
def test_a_socket_is_kept_as_libmilter_writes_it(written: str, meant: str) -> None:
    """auto, unix:PATH and inet:PORT@HOST."""
    assert values.milter_socket(written) == meant


@pytest.mark.parametrize("written", ["smtp:127.0.0.1:10026", "smtp:mail.wwk.de:25", "smtp:[::1]:10026"])
def test_an_smtp_service_is_host_and_port(written: str) -> None:
    """Names and both kinds of addresses are possible."""
    assert values.submit(written) == written


@pytest.mark.parametrize("written", [
    "postgresql://smime:geheim@/smime", "postgresql://smime@db/", "postgres://a@b/c", "mysql://a@b/c", "sqlite:///x.db",
    "sqlite://",
    "postgresql://a@b:x/c", "postgresql://a@[::1/c"])
def test_a_store_is_never_quoted(written: str) -> None:
    """The message for a wrong store holds nothing of it, as it may hold a password."""
    try:
        values.store(written)
    except Wrong as wrong:
        assert "geheim" not in str(wrong) and "a@b" not in str(wrong)
    else:
        assert written == "postgresql://smime:geheim@/smime"


@settings(deadline=None)
@given(st.sampled_from(CONVERTERS), st.text(max_size=300))
def test_any_text_is_read_or_wrong_with_one_line(convert: Callable[[str], object], text: str) -> None:
    """No value makes a converter fail otherwise, and what it says is one printable line of bounded length."""
    try:
        convert(text)
    except Wrong as wrong:
        assert str(wrong).isprintable() and len(str(wrong)) < 700
