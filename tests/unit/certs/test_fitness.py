"""Promises of certs.fitness, certs.choosing and certs.learning."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from smime_milter.certs.choosing import choose
from smime_milter.certs.fitness import why_unfit_to_encrypt, why_unfit_to_sign
from smime_milter.certs.learning import why_not_learned
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate, Unfit
from smime_milter.model.facts import NoCertificate
from tests.support.pki import Authority, raw_san

AUTHORITY = Authority()
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
ALICE = "alice@makler.example"
SHA1 = hashes.SHA1()  # noqa: S303 - forged on purpose


def issued(**how: Any) -> Certificate:
    certificate = read(AUTHORITY.issue(**how).der)
    assert certificate is not None
    return certificate


ENCRYPTING: list[tuple[dict[str, Any], Unfit | None]] = [
    ({}, None),
    ({"address": [ALICE, "bob@makler.example"]}, None),
    ({"usages": ()}, None),
    ({"purposes": ()}, None),                           # RFC 8550 §4.4.4: only a present extension restricts
    ({"purposes": ("any",)}, None),
    ({"purposes": ("client", "email")}, None),
    ({"usages": ("key_encipherment",)}, None),
    ({"key": "rsa3072"}, None),
    ({"purposes": ("server",)}, Unfit.NO_EMAIL_PURPOSE),
    ({"usages": ("digital_signature",)}, Unfit.WRONG_USAGE),
    ({"usages": ("data_encipherment",)}, Unfit.WRONG_USAGE),
    ({"key": "rsa1024"}, Unfit.WEAK_KEY),
    ({"key": "rsa2048e3"}, Unfit.WEAK_KEY),
    ({"key": "p256", "usages": ()}, None),
    ({"key": "p384", "usages": ("key_agreement",)}, None),
    ({"key": "p521", "usages": ("digital_signature", "key_agreement")}, None),
    ({"key": "p256", "usages": ("key_encipherment",)}, Unfit.WRONG_USAGE),
    ({"key": "p256", "usages": ("digital_signature",)}, Unfit.WRONG_USAGE),
    ({"key": "x25519", "usages": ("key_agreement",)}, None),
    ({"usages": ("key_agreement",)}, Unfit.WRONG_USAGE),
    ({"key": "ed25519", "usages": ()}, Unfit.UNSUPPORTED_KEY),
    ({"is_ca": True}, Unfit.IS_CA),
    ({"hash_algorithm": SHA1}, Unfit.WEAK_SIGNATURE),
    ({"hash_algorithm": hashes.MD5()}, Unfit.WEAK_SIGNATURE),
    ({"not_after": NOW - timedelta(seconds=1)}, Unfit.EXPIRED),
    ({"not_after": NOW}, None),
    ({"not_before": NOW + timedelta(seconds=1)}, Unfit.NOT_YET_VALID),
    ({"not_before": NOW}, None),
    ({"address": ""}, Unfit.NO_ADDRESS),
    ({"address": "", "common_name": ALICE}, Unfit.NO_ADDRESS),
    ({"address": "*@makler.example"}, Unfit.OTHER_ADDRESS),
    ({"address": "alice@other.example"}, Unfit.OTHER_ADDRESS),
    ({"raw_san": raw_san(b"alice@makler.example\0.attacker.example")}, Unfit.BAD_ADDRESS),
    ({"raw_san": raw_san(ALICE.encode(), b"eve@x.example\0")}, Unfit.BAD_ADDRESS),
]


@pytest.mark.parametrize(("how", "expected"), ENCRYPTING)
def test_what_may_be_encrypted_to(how: dict[str, Any], expected: Unfit | None) -> None:
    """Each property alone decides, with its own reason."""
    assert why_unfit_to_encrypt(issued(**how), ALICE, NOW) is expected


@pytest.mark.parametrize(("how", "expected"), [
    ({"address": ""}, None),
    ({"address": "post@other.example"}, None),
    ({"usages": ("digital_signature",)}, Unfit.WRONG_USAGE),
    ({"key": "rsa1024"}, Unfit.WEAK_KEY),
])
def test_a_domain_certificate_is_judged_without_address(how: dict[str, Any], expected: Unfit | None) -> None:
    """Without an address only the address is left out."""
    assert why_unfit_to_encrypt(issued(**how), None, NOW) is expected


@pytest.mark.parametrize(("how", "expected"), [
    ({}, None),
    ({"usages": ()}, None),
    ({"usages": ("digital_signature",)}, None),
    ({"usages": ("non_repudiation",)}, None),
    ({"usages": ("key_encipherment",)}, Unfit.WRONG_USAGE),
    ({"purposes": ()}, None),
    ({"purposes": ("server",)}, Unfit.NO_EMAIL_PURPOSE),
    ({"key": "p384"}, None),
    ({"key": "ed25519"}, None),
    ({"key": "rsa1024"}, Unfit.WEAK_KEY),
    ({"key": "rsa2048e3"}, Unfit.WEAK_KEY),
    ({"hash_algorithm": SHA1}, Unfit.WEAK_SIGNATURE),
    ({"is_ca": True}, Unfit.IS_CA),
    ({"address": ""}, None),
    ({"raw_san": raw_san(b"a@b.example\0")}, Unfit.BAD_ADDRESS),
    ({"not_after": NOW - timedelta(days=1)}, Unfit.EXPIRED),
])
def test_what_may_sign(how: dict[str, Any], expected: Unfit | None) -> None:
    """RFC 8550 §4.4.2 and §4.4.4; whose address it is is another question."""
    assert why_unfit_to_sign(issued(**how), NOW) is expected


def stored(
    certificate: Certificate, address: str | None = ALICE, *, domain: str | None = None,
    state: CertificateState = CertificateState.ACTIVE, usable_from: datetime = NOW,
) -> StoredCertificate:
    return StoredCertificate(
        certificate=certificate, address=address, domain=domain, state=state,
        usable_from=usable_from, source="learned", learned_at=NOW,
    )


def test_every_device_of_a_person_can_read() -> None:
    """Of several fit certificates of one mailbox the three issued last are taken, newest first, whatever the order."""
    made = [issued(not_before=NOW - timedelta(days=days)) for days in (9, 7, 5, 3)]
    for order in (made, made[::-1]):
        assert choose([stored(one) for one in order], ALICE, NOW) == tuple(made[:0:-1])


def test_the_same_certificate_from_two_sources_counts_once() -> None:
    """A directory and the store may know the same one."""
    one = issued()
    assert choose([stored(one), stored(one)], ALICE, NOW) == (one,)


def test_of_a_domain_s_certificates_the_newest_alone_is_taken() -> None:
    """A gateway has one key in use."""
    old, new = (issued(address="post@makler.example", not_before=NOW - timedelta(days=days)) for days in (9, 2))
    assert choose([stored(one, None, domain="makler.example") for one in (old, new)], ALICE, NOW) == (new,)


def test_the_mailbox_s_own_certificate_goes_before_its_domain_s() -> None:
    """Even an older personal certificate is preferred; without it the domain's serves."""
    personal, gateway = issued(), issued(address="post@makler.example", not_before=NOW - timedelta(days=2))
    both = [stored(gateway, None, domain="makler.example"), stored(personal)]
    assert choose(both, ALICE, NOW) == (personal,)
    assert choose(both[:1], ALICE, NOW) == (gateway,)


def test_an_expired_one_beside_a_valid_one_does_not_block() -> None:
    """Zammad's classic: the old certificate is still there, and mail is encrypted all the same."""
    fit, expired = issued(), issued(not_after=NOW - timedelta(days=1))
    assert choose([stored(expired), stored(fit)], ALICE, NOW) == (fit,)


def test_an_unfit_newer_one_does_not_hide_an_older_fit_one() -> None:
    """Candidates are filtered before the newest is taken."""
    fit, weak = issued(), issued(key="rsa1024", not_before=NOW - timedelta(days=2))
    assert choose([stored(weak), stored(fit)], ALICE, NOW) == (fit,)


REFUSED: list[tuple[StoredCertificate, Unfit]] = [
    (stored(issued(), "bob@makler.example"), Unfit.OTHER_ADDRESS),
    (stored(issued(), None, domain="other.example"), Unfit.OTHER_ADDRESS),
    (stored(issued(), None, domain=None), Unfit.OTHER_ADDRESS),
    (stored(issued(address="bob@makler.example")), Unfit.OTHER_ADDRESS),
    (stored(issued(), state=CertificateState.PENDING), Unfit.NOT_ACTIVE),
    (stored(issued(), state=CertificateState.REVOKED), Unfit.NOT_ACTIVE),
    (stored(issued(), state=CertificateState.SUPERSEDED), Unfit.NOT_ACTIVE),
    (stored(issued(), usable_from=NOW + timedelta(seconds=1)), Unfit.NOT_YET_USABLE),
    (stored(issued(not_after=NOW - timedelta(days=1))), Unfit.EXPIRED),
    (stored(issued(key="rsa1024")), Unfit.WEAK_KEY),
]


@pytest.mark.parametrize(("candidate", "expected"), REFUSED)
def test_every_refused_candidate_is_named_with_its_reason(candidate: StoredCertificate, expected: Unfit) -> None:
    """No candidate passes over in silence: the answer says why, by fingerprint."""
    assert choose([candidate], ALICE, NOW) == NoCertificate({candidate.certificate.sha256: expected})


def test_what_nobody_is_sure_of_is_not_used() -> None:
    """Mode hard: without the issuer's word another certificate serves, or none."""
    sure, unsure = issued(), issued(not_before=NOW - timedelta(days=2))
    both = [stored(sure), stored(unsure)]
    assert choose(both, ALICE, NOW, unsure={unsure.sha256}) == (sure,)
    assert choose(both[1:], ALICE, NOW, unsure={unsure.sha256}) == NoCertificate({unsure.sha256: Unfit.STATUS_UNKNOWN})


def test_nothing_known_is_no_certificate() -> None:
    """Without candidates there is nothing to refuse."""
    assert choose([], ALICE, NOW) == NoCertificate({})


@pytest.mark.parametrize(("how", "author", "expected"), [
    ({}, ALICE, None),
    ({"address": ["bob@makler.example", ALICE]}, ALICE, None),
    ({}, "bob@makler.example", "H2"),
    ({"address": ""}, ALICE, "H2"),
    ({"raw_san": raw_san(ALICE.encode(), b"x\0@y.example")}, ALICE, "H2"),
    ({"address": "chef@wwk.de"}, "chef@wwk.de", "H3"),
    ({"address": "chef@post.wwk.at"}, "chef@post.wwk.at", "H3"),
    ({"address": "chef@notwwk.at"}, "chef@notwwk.at", None),
    ({"key": "rsa1024"}, ALICE, "H4"),
    ({"key": "rsa2048e3"}, ALICE, "H4"),
    ({"usages": ("digital_signature",)}, ALICE, "H4"),
    ({"not_after": NOW - timedelta(days=1)}, ALICE, "H4"),
    ({"hash_algorithm": SHA1}, ALICE, "H4"),
])
def test_what_is_learned(how: dict[str, Any], author: str, expected: str | None) -> None:
    """The rule that speaks against learning is named; only H1 is left to the caller."""
    verdict = why_not_learned(issued(**how), author=author, own_domains=("wwk.de", ".wwk.at"), at=NOW)
    assert verdict == expected
