"""Lists and answers as bytes: what is kept of them, and that nothing a stranger sends gets out of hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.certs.crl import SERIAL_SIZE, compact, read_crl, serial_octets
from smime_milter.certs.ocsp import ocsp_request, read_ocsp
from smime_milter.certs.reading import read
from smime_milter.model.revocation import RevocationState, wishes_for, worst
from tests.support.fakes import NOON
from tests.support.pki import Issued
from tests.support.revocation import Publisher, access, points

BASE = "http://ca.example"


@pytest.fixture(scope="module")
def publisher() -> Publisher:
    return Publisher(BASE, NOON)


@pytest.fixture(scope="module")
def anna(publisher: Publisher) -> Issued:
    return publisher.issue("anna@makler.example")


def test_a_list_becomes_its_numbers(publisher: Publisher, anna: Issued) -> None:
    """20 octets each, by last octet and value, each once; with the dates and the key that signed."""
    content = publisher.crl(anna, filler=600)
    answer = read_crl(content, [publisher.root_der, publisher.issuing_der], NOON)
    assert answer.code == "read" and answer.serials is not None and answer.this_update == NOON - timedelta(hours=1)
    octets = bytes(answer.serials.octets()[:])
    entries = [octets[at : at + SERIAL_SIZE] for at in range(0, len(octets), SERIAL_SIZE)]
    assert len(entries) == 601 and entries == sorted(entries, key=lambda e: (e[-1], e))
    assert serial_octets(anna.certificate.serial_number) in entries


@pytest.mark.parametrize("numbers", [[], [0], [5, 5], [2**160 - 1, 2**200 + 7]])
def test_odd_numbers(numbers: list[int]) -> None:
    """None, nought, twice the same, longer than the standard allows: always whole entries."""
    assert len(compact(numbers)) == SERIAL_SIZE * len(set(numbers))


def test_a_certificate_says_where(publisher: Publisher, anna: Issued) -> None:
    """Lists go before responders: asking a responder tells a third party who writes to whom."""
    certificate = read(anna.der)
    assert certificate is not None
    assert (certificate.crl_urls, certificate.ocsp_urls) == ((f"{BASE}/issuing.crl",), (f"{BASE}/ocsp",))
    assert [w.kind.value for w in wishes_for(certificate)] == ["crl"]
    alone = read(publisher.issue("a@b.example", with_crl=False).der)
    assert alone is not None and [w.kind.value for w in wishes_for(alone)] == ["ocsp"]


def test_only_some_places_are_read() -> None:
    """ldap and file are no places, and nobody is sent to more than four of a kind."""
    from tests.support.pki import Authority
    many = [f"{BASE}/{n}.crl" for n in range(9)]
    where = [points("ldap://ca.example/x", "file:///etc/passwd", *many), access(ocsp=["ldap://x/"], issuers=[f"{BASE}/i"])]
    certificate = read(Authority("Places").issue("a@b.example", more=where).der)
    assert certificate is not None
    assert certificate.crl_urls == tuple(many[:4]) and certificate.ocsp_urls == () and certificate.issuer_urls == (f"{BASE}/i",)


def test_the_worst_of_a_path_counts() -> None:
    """Revoked before unknown before stale before good."""
    order = [RevocationState.REVOKED, RevocationState.UNKNOWN, RevocationState.STALE, RevocationState.GOOD]
    for at, state in enumerate(order):
        assert worst(tuple(order[at:])) is state
    assert worst(()) is RevocationState.GOOD


@pytest.fixture(scope="module")
def good(publisher: Publisher, anna: Issued) -> tuple[bytes, bytes]:
    return publisher.crl(anna), publisher.ocsp(anna)


@settings(max_examples=300)
@given(st.data())
def test_damaged_answers_prove_nothing(
    publisher: Publisher, anna: Issued, good: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """Any byte of a list or an answer changed or cut off: an answer with a code, never an exception, never another verdict."""
    is_list = data.draw(st.booleans())
    content = bytearray(good[0] if is_list else good[1])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    cut = bytes(content[: data.draw(st.integers(at + 1, len(content)))])
    issuers = [publisher.issuing_der]
    answer = read_crl(cut, issuers, NOON) if is_list else read_ocsp(cut, anna.der, issuers, NOON)
    assert answer.code != "read" or (answer.serials is not None and len(answer.serials) == (SERIAL_SIZE if is_list else 0))


@given(st.binary(max_size=400))
def test_rubbish_is_an_answer_too(content: bytes) -> None:
    """Whatever comes over the wire has a code."""
    assert read_crl(content, [], NOON).code != "read" and read_ocsp(content, content, [], NOON).code != "read"


def test_a_question_names_the_certificate(publisher: Publisher, anna: Issued) -> None:
    """openssl and every responder read it; a nonce would keep them from answering out of a cache."""
    from cryptography.x509 import ocsp
    asked = ocsp.load_der_ocsp_request(ocsp_request(anna.der, publisher.issuing_der))
    assert asked.serial_number == anna.certificate.serial_number and len(list(asked.extensions)) == 0
