"""Promises of adapters.anchors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from smime_milter.adapters import anchors
from smime_milter.adapters.anchors import mozilla_email, pem_file
from smime_milter.certs.path import TrustAnchors
from smime_milter.certs.reading import read
from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.errors import Unavailable
from tests.support.pki import Authority

AUTHORITY = Authority()


@pytest.fixture(scope="module")
def mozilla() -> tuple[TrustAnchor, ...]:
    return mozilla_email()


def subjects(found: Iterator[TrustAnchor] | tuple[TrustAnchor, ...]) -> set[str]:
    certificates = (read(anchor.der) for anchor in found)
    return {certificate.subject for certificate in certificates if certificate is not None}


def every_root(attribute: int) -> set[str]:
    """What the library holds with delegated trust in this attribute, found by another way: one by one."""
    with anchors._session(anchors._find_library()) as token:
        delegator = bytes(anchors._Ulong(anchors._CKT_NSS_TRUSTED_DELEGATOR))
        trusted = [token.names(t) for t in token.objects(anchors._CKO_NSS_TRUST) if token.value(t, attribute) == delegator]
        return subjects(
            token.anchor(c) for c in token.objects(anchors._CKO_CERTIFICATE) if token.names(c) in trusted
        )


def test_the_list_holds_the_root_globalsign_issues_mail_certificates_below(mozilla: tuple[TrustAnchor, ...]) -> None:
    """The e-mail root that no list for web servers has is trusted."""
    assert any("GlobalSign Secure Mail Root R45" in subject for subject in subjects(mozilla))


def test_the_list_holds_no_root_for_web_servers_only(mozilla: tuple[TrustAnchor, ...]) -> None:
    """The same library has roots trusted for TLS but not for e-mail; none of them is an anchor."""
    server_auth, email = 0xCE536358, 0xCE53635B
    for_servers_only = every_root(server_auth) - every_root(email)
    assert len(for_servers_only) > 5
    assert not for_servers_only & subjects(mozilla)


def test_the_list_is_of_a_plausible_size_and_readable(mozilla: tuple[TrustAnchor, ...]) -> None:
    """Between 60 and 200 different roots, every one readable."""
    assert 60 <= len(mozilla) <= 200
    assert len({anchor.der for anchor in mozilla}) == len(mozilla)
    assert all(read(anchor.der) is not None for anchor in mozilla)


def test_some_roots_carry_the_end_of_trust(mozilla: tuple[TrustAnchor, ...]) -> None:
    """Where Mozilla ended trust for new certificates, the anchor says when; most have no end."""
    limits = [anchor.distrust_after for anchor in mozilla if anchor.distrust_after]
    assert 0 < len(limits) < len(mozilla) / 2
    assert all(datetime(2015, 1, 1, tzinfo=timezone.utc) < limit < datetime(2035, 1, 1, tzinfo=timezone.utc)
               for limit in limits)


def test_reading_twice_gives_the_same(mozilla: tuple[TrustAnchor, ...]) -> None:
    """The module is finished after use, so that a reload can read it again."""
    assert mozilla_email() == mozilla


def test_the_anchors_load_quickly(mozilla: tuple[TrustAnchor, ...]) -> None:
    """All roots become usable in a moment; the limit is generous for a busy machine."""
    started = time.perf_counter()
    assert len(TrustAnchors(mozilla)) == len(mozilla)
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("library", ["/nonexistent/libnssckbi.so", "libm.so.6", "/etc/hostname"])
def test_a_library_that_is_none_is_unavailable(library: str) -> None:
    """A missing library, one without PKCS #11 and a file that is no library: `Unavailable`, nothing else."""
    with pytest.raises(Unavailable, match="trust anchors"):
        mozilla_email(library)


@pytest.mark.parametrize(("octets", "expected"), [
    (b"", None), (b"\0", None), (b"220831000000Z", datetime(2022, 8, 31, tzinfo=timezone.utc)),
])
def test_distrust_dates(octets: bytes, expected: datetime | None) -> None:
    """A UTCTime, or a false byte for no end."""
    assert anchors._utc_time(octets) == expected


def test_an_unknown_form_of_date_is_not_taken_for_no_end() -> None:
    """A date we cannot read never becomes trust without end."""
    with pytest.raises(Unavailable):
        anchors._utc_time(b"20220831000000Z")


def test_a_pem_file_may_hold_several_certificates_and_text(tmp_path: Path) -> None:
    """All certificates of the file become anchors, remarks between them are passed over."""
    file = tmp_path / "roots.pem"
    other = Authority("Other")
    file.write_bytes(b"# ours\n" + AUTHORITY.root_pem + b"\nremark\n" + other.root_pem)
    assert pem_file(file) == (TrustAnchor(AUTHORITY.root_der), TrustAnchor(other.root_der))


@pytest.mark.parametrize("content", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                     AUTHORITY.root_pem[:-30], AUTHORITY.root_der])
def test_a_pem_file_without_readable_certificates_is_unavailable(tmp_path: Path, content: bytes) -> None:
    """An anchor file that gives no anchors is an error that names the file."""
    file = tmp_path / "roots.pem"
    file.write_bytes(content)
    with pytest.raises(Unavailable, match="roots.pem"):
        pem_file(file)
    with pytest.raises(Unavailable, match="missing.pem"):
        pem_file(tmp_path / "missing.pem")
