"""The port IssuerSource, and how issuers get there."""

from __future__ import annotations

from typing import Protocol

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from smime_milter.adapters.stores import Store
from smime_milter.certs.reading import read
from smime_milter.ports import IssuerSource
from tests.support.fakes import FakeIssuers
from tests.support.pki import Authority, ca_certificate, new_key


class Issuers(IssuerSource, Protocol):
    def add(self, der: bytes) -> bool: ...


@pytest.fixture(params=["fake", "sqlite"])
def issuers(request: pytest.FixtureRequest, sqlite: Store) -> Issuers:
    if request.param == "fake":
        return FakeIssuers()
    return sqlite.issuers


def subject(der: bytes) -> bytes:
    certificate = read(der)
    assert certificate
    return certificate.subject_der


def test_an_intermediate_is_found_by_its_exact_subject(
    issuers: Issuers, authority: Authority, other_authority: Authority
) -> None:
    """What was added comes back for its own name and for no other; twice is once."""
    assert issuers.add(authority.issuing_der)
    assert not issuers.add(authority.issuing_der)
    assert list(issuers.issuers_named(subject(authority.issuing_der))) == [authority.issuing_der]
    assert not issuers.issuers_named(subject(other_authority.issuing_der))
    assert not issuers.issuers_named(b"")


def test_what_is_no_ca_is_not_kept(issuers: Issuers, authority: Authority) -> None:
    """A person's certificate and rubbish are no issuers."""
    leaf = authority.issue("alice@makler.example").der
    assert not issuers.add(leaf)
    assert not issuers.add(b"\x30\x03rubbish")
    assert not issuers.issuers_named(subject(leaf))


def test_one_name_holds_eight(issuers: Issuers) -> None:
    """The ninth certificate of the same name is not kept: path building stays bounded."""
    key = new_key("p256")
    made = [ca_certificate("Copied CA", key).public_bytes(Encoding.DER) for _ in range(9)]
    assert [issuers.add(der) for der in made] == [True] * 8 + [False]
    assert len(issuers.issuers_named(subject(made[0]))) == 8
