"""What partners announce, read within bounds."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, known, oid
from smime_milter.cms.capabilities import MOST_CAPABILITIES, capabilities, read_capabilities
from smime_milter.cms.parameters import oaep_identifier, pss_identifier
from smime_milter.cms.signed_data import verify
from tests.support.openssl import OpenSSL
from tests.support.pki import Issued

GCM = der.sequence(known(Kind.CONTENT_ENCRYPTION, "aes-256-gcm").oid)
OAEP_SHA1 = der.sequence(known(Kind.KEY_TRANSPORT, "oaep").oid, der.sequence())


@pytest.mark.parametrize(("encoded", "names"), [
    (der.sequence(), ()),
    (der.sequence(GCM, GCM), ("aes-256-gcm",)),
    (der.sequence(der.sequence(oid("1.2.3.4"), der.small_integer(5)), GCM), ("aes-256-gcm",)),
    (der.sequence(der.sequence(known(Kind.CONTENT_ENCRYPTION, "3des-cbc").oid)), ()),
    (der.sequence(der.sequence(known(Kind.CONTENT_ENCRYPTION, "rc2-cbc").oid, der.small_integer(40))), ()),
    (der.sequence(oaep_identifier(), pss_identifier()), ("oaep", "pss")),
    (der.sequence(OAEP_SHA1, GCM), ("aes-256-gcm",)),
    (der.sequence(der.sequence(known(Kind.KEY_TRANSPORT, "oaep").oid), GCM), ()),
    (der.sequence(GCM, der.small_integer(1)), ()),
    (b"", ()), (b"\x30", ()), (der.NULL, ()),
    (der.sequence(*[der.sequence(oid("1.2.3.4"))] * MOST_CAPABILITIES, GCM), ()),
    (der.sequence(GCM, der.octet_string(bytes(9000))), ()),
])
def test_announced_names(encoded: bytes, names: tuple[str, ...]) -> None:
    """Known ones once, in order; OAEP only as we send it; nothing weak, nothing of a malformed list, 64 at most."""
    assert read_capabilities(encoded) == names


def test_ours_are_read_back() -> None:
    """What we announce is what we would believe."""
    assert read_capabilities(capabilities("rsa"))[-2:] == ("oaep", "pss")
    assert "aes-256-gcm" in read_capabilities(capabilities("")) and "oaep" not in read_capabilities(capabilities(""))


def test_openssls_are_read(alice: Issued, openssl: OpenSSL) -> None:
    """The list that openssl sends, of a signature that holds; of one that does not, nothing."""
    octets, content = openssl.sign(b"Guten Tag", alice), b"Guten Tag"
    check = verify(octets, lambda name: hashlib.new(name, content).digest())
    assert check.capabilities == ("aes-256-cbc", "aes-192-cbc", "aes-128-cbc")
    assert verify(octets, lambda name: hashlib.new(name, b"other").digest()).capabilities == ()
    assert verify(octets[:-1] + bytes((octets[-1] ^ 1,)), lambda name: hashlib.new(name, content).digest()).capabilities == ()


@given(st.binary(max_size=200))
def test_any_octets_have_an_answer(octets: bytes) -> None:
    """Nothing raises."""
    assert isinstance(read_capabilities(octets), tuple)
    assert isinstance(read_capabilities(der.sequence(octets)), tuple)
