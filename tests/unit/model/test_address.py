"""Promises of model.address."""

from __future__ import annotations

import time

import pytest

from smime_milter.model.address import belongs_to, parse_address, to_a_label


@pytest.mark.parametrize(("text", "key"), [
    ("Alice@Makler.Example", "alice@makler.example"),
    ("<alice@makler.example>", "alice@makler.example"),
    ("alice@makler.example.", "alice@makler.example"),
    ('"a b"@makler.example', '"a b"@makler.example'),
    ("müller@köln.example", "müller@xn--kln-sna.example"),
    ("alice@[192.0.2.1]", "alice@[192.0.2.1]"),
    ("alice@makler..example", None), ("alice@.example", None), ("alice@", None), ("@makler.example", None),
    ("alice", None), ("", None), (".alice@makler.example", None), ("a..b@makler.example", None),
    ("alice@makler.example\0", None), ("al ice@makler.example", None), ("alice@makler.example\r\nX: y", None),
    ("alice@mak_ler!.example", None), ("eve@x.example,alice@makler.example", None),
])
def test_only_the_strict_grammar_is_an_address(text: str, key: str | None) -> None:
    """What could be read as another mailbox, or end a field or a C string, is no address."""
    address = parse_address(text)
    assert (address.key if address else None) == key


HOSTILE = {
    "dots": ("x@", "a.", "!"), "letters": ("x@", "a", "!"), "local dots": ("", "a.", "@b.example"),
    "quoted": ('"', "\\a", "\n@b.example"), "brackets": ("", "<", ""), "signs": ("", "@", ""), "empty labels": ("x@", "a..", ""),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_answered_in_linear_time(kind: str) -> None:
    """Two hundred thousand characters cost no more than a moment, whatever they are."""
    start, repeated, end = HOSTILE[kind]
    started = time.perf_counter()
    refused = parse_address(start + 100_000 * repeated + end) is None
    assert refused and time.perf_counter() - started < 1


def test_domains_are_compared_as_a_labels() -> None:
    """Case, trailing dot and the two forms of an umlaut do not matter."""
    assert to_a_label("KÖLN.Example.") == to_a_label("xn--kln-sna.example") == "xn--kln-sna.example"


@pytest.mark.parametrize(("domain", "expected"), [
    ("wwk.de", True), ("WWK.DE", True), ("post.wwk.de", False), ("post.wwk.at", True), ("wwk.at", True),
    ("notwwk.at", False), ("wwk.de.attacker.example", False),
])
def test_subdomains_belong_only_where_a_dot_says_so(domain: str, expected: bool) -> None:
    """An entry with a leading dot includes what is below it, nothing else does."""
    assert belongs_to(domain, ("wwk.de", ".wwk.at")) is expected
