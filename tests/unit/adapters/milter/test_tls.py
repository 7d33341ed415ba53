"""What a TLS session is worth, and what is written down of it."""

from __future__ import annotations

import pytest

from smime_milter.adapters.milter.tls import grade, tls_entry
from smime_milter.model.message import Client, TlsSession


def session(protocol: str, cipher: str, subject: str = "") -> TlsSession:
    return TlsSession(protocol=protocol, cipher=cipher, bits="256", subject=subject)


@pytest.mark.parametrize(("protocol", "cipher", "subject", "expected"), [
    ("TLSv1.3", "TLS_AES_256_GCM_SHA384", "/CN=mx", "A"), ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", "", "C"),
    ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "/CN=mx", "B"), ("TLSv1.2", "DHE-RSA-AES128-GCM-SHA256", "/CN=mx", "B"),
    ("TLSv1.2", "AES256-GCM-SHA384", "/CN=mx", "C"), ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "", "C"),
    ("TLSv1.1", "ECDHE-RSA-AES256-SHA", "/CN=mx", "D"), ("TLSv1", "AES256-SHA", "", "D"), ("SSLv3", "RC4-SHA", "", "D"),
    ("TLSv1.2", "DES-CBC3-SHA", "/CN=mx", "D"), ("TLSv1.2", "ECDHE-RSA-DES-CBC3-SHA", "/CN=mx", "D"),
    ("TLSv1.2", "ADH-AES256-GCM-SHA384", "/CN=mx", "D"), ("TLSv1.2", "aecdh-null-sha", "/CN=mx", "D"), ("", "", "", "D"),
])
def test_grades(protocol: str, cipher: str, subject: str, expected: str) -> None:
    """Version, forward secrecy and a verified peer decide; anything old, weak or unknown is D."""
    assert grade(session(protocol, cipher, subject)) == expected


def test_none_is_f() -> None:
    """A connection without TLS has the lowest grade, and its record no TLS fields."""
    entry = tls_entry(Client(address="192.0.2.1"))
    assert entry.fields == {"TLS_GRADE": "F", "CLIENT": "192.0.2.1"} and "without TLS" in entry.text


def test_a_record_holds_what_the_mta_said() -> None:
    """Protocol, cipher, bits and the verified peer; nothing that is empty."""
    tls = TlsSession(protocol="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits="256", subject="/CN=mx", issuer="/CN=CA")
    fields = tls_entry(Client(address="192.0.2.1", listener="smtpd", tls=tls)).fields
    assert fields == {
        "TLS_GRADE": "A", "CLIENT": "192.0.2.1", "LISTENER": "smtpd", "TLS_PROTOCOL": "TLSv1.3",
        "TLS_CIPHER": "TLS_AES_256_GCM_SHA384", "TLS_BITS": "256", "TLS_PEER": "/CN=mx", "TLS_ISSUER": "/CN=CA",
        "TLS_VERIFY": "verified"}
