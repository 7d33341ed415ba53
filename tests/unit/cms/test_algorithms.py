"""The table of algorithms."""

from __future__ import annotations

from smime_milter.cms.algorithms import ALGORITHMS, Kind, identified, known, named


def test_names_and_identifiers_lead_both_ways() -> None:
    """No name and no identifier stands for two rows of a kind."""
    for row in ALGORITHMS:
        assert named(row.kind, row.name) is row
        assert identified(row.kind, row.oid) is row
    assert named(Kind.DIGEST, "md4") is None
    assert identified(Kind.DIGEST, b"\x06\x01\x00") is None


def test_nothing_weak_is_sent() -> None:
    """What is weak is at most read: never 3DES, SHA-1 or MD5 in what we make."""
    assert not [row.name for row in ALGORITHMS if row.is_weak and row.sends]
    assert {row.name for row in ALGORITHMS if row.is_weak} == {
        "md5", "sha1", "sha224", "3des-cbc", "3des-wrap", "rc2-cbc", "des-cbc", "rc4"}


def test_what_we_send_we_also_read() -> None:
    """The gateway opens and verifies whatever it makes itself."""
    assert not [row.name for row in ALGORITHMS if row.sends and not row.reads]


def test_hashes_of_signatures_are_rows_themselves() -> None:
    """A signature algorithm names a hash of the table."""
    assert all(known(Kind.DIGEST, row.digest).name == row.digest for row in ALGORITHMS if row.digest)
