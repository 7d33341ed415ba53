"""Promises of certs.path."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from smime_milter.certs.path import MAX_INTERMEDIATES, PathResult, TrustAnchors, validate_path
from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.signature import SignatureReason, Trust
from tests.support.pki import Authority, Issued, ca_certificate, new_key

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
AUTHORITY = Authority()
OTHER = Authority("Other")
ANCHORS = TrustAnchors([TrustAnchor(OTHER.root_der), TrustAnchor(AUTHORITY.root_der)])
ALICE = AUTHORITY.issue()


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


class Branch:
    """An issuing CA of any shape below the root, and what it issues."""

    def __init__(self, **how: Any) -> None:
        key = new_key(how.pop("key", "rsa2048"))
        self.ca = ca_certificate(
            "Branch CA", key, issuer=AUTHORITY.root, issuer_key=AUTHORITY.root_key, **how
        )
        self._authority = Authority()
        self._authority.issuing, self._authority.issuing_key = self.ca, key

    def issue(self, **how: Any) -> Issued:
        return self._authority.issue(**how)

    def result(self, **how: Any) -> PathResult:
        return validate_path(self.issue(**how).der, [der(self.ca)], ANCHORS, NOW)


def test_a_good_path_is_trusted_and_returned() -> None:
    """The path is end entity, intermediate, anchor, as DER."""
    result = validate_path(ALICE.der, [AUTHORITY.issuing_der], ANCHORS, NOW)
    assert result == PathResult(
        trust=Trust.TRUSTED, reason=SignatureReason.GOOD,
        path=(ALICE.der, AUTHORITY.issuing_der, AUTHORITY.root_der),
    )


def test_an_end_entity_directly_below_the_anchor_is_trusted() -> None:
    """No intermediate is needed where there is none."""
    direct = AUTHORITY.issue(directly_below_root=True)
    assert validate_path(direct.der, [], ANCHORS, NOW).trust is Trust.TRUSTED


def test_foreign_certificates_in_the_message_do_not_hurt() -> None:
    """End entities, duplicates, roots and rubbish among the intermediates are passed over."""
    crowd = [b"", b"rubbish", OTHER.root_der, ALICE.der, OTHER.issuing_der, AUTHORITY.root_der,
             AUTHORITY.issuing_der, AUTHORITY.issuing_der]
    assert validate_path(ALICE.der, crowd, ANCHORS, NOW).trust is Trust.TRUSTED


class Asked:
    """A source of intermediates that remembers what it was asked."""

    def __init__(self, *known: bytes) -> None:
        self.known = known
        self.names: list[bytes] = []

    def __call__(self, name: bytes) -> Sequence[bytes]:
        self.names.append(name)
        return self.known


def test_the_store_is_asked_for_a_missing_intermediate() -> None:
    """A mail without its intermediate is verified with the one a former mail brought."""
    store = Asked(AUTHORITY.issuing_der)
    assert validate_path(ALICE.der, [], ANCHORS, NOW, more=store).trust is Trust.TRUSTED
    assert store.names[0] == AUTHORITY.issuing.subject.public_bytes()


def test_the_store_is_not_asked_when_the_path_is_complete() -> None:
    """The message's own intermediates suffice: no question."""
    store = Asked()
    validate_path(ALICE.der, [AUTHORITY.issuing_der], ANCHORS, NOW, more=store)
    assert store.names == []


def test_the_store_is_asked_once_per_name_and_not_without_end() -> None:
    """A store that answers in circles gets each question once."""
    store = Asked(OTHER.issuing_der, OTHER.root_der)
    foreign = Authority("Third").issue()
    assert validate_path(foreign.der, [], ANCHORS, NOW, more=store).reason is SignatureReason.ISSUER_UNKNOWN
    assert len(store.names) == len(set(store.names)) <= 8


def test_an_unknown_issuer_is_untrusted() -> None:
    """No anchor, no trust; also when the message brings its own root or is self-signed."""
    third = Authority("Third")
    leaf = third.issue()
    above = [third.issuing_der, third.root_der]
    for many in range(3):
        result = validate_path(leaf.der, above[:many], ANCHORS, NOW)
        assert result == PathResult(trust=Trust.UNTRUSTED, reason=SignatureReason.ISSUER_UNKNOWN)
    lone = ca_certificate("Lone", new_key(), is_ca=False)
    assert validate_path(der(lone), [], ANCHORS, NOW).reason is SignatureReason.ISSUER_UNKNOWN


def test_a_root_of_the_same_name_with_another_key_is_not_the_anchor() -> None:
    """A forged hierarchy with our CA's names fails."""
    forged = Authority(key="p256")
    result = validate_path(forged.issue().der, [forged.issuing_der, forged.root_der], ANCHORS, NOW)
    assert result.trust is Trust.UNTRUSTED


@pytest.mark.parametrize(("how", "trust", "reason"), [
    ({"not_after": NOW - timedelta(days=1)}, Trust.EXPIRED, SignatureReason.CERTIFICATE_EXPIRED),
    ({"not_before": NOW + timedelta(days=1)}, Trust.UNTRUSTED, SignatureReason.CERTIFICATE_NOT_YET_VALID),
    ({"key": "rsa1024"}, Trust.UNTRUSTED, SignatureReason.WEAK_KEY),
    ({"key": "rsa2048e3"}, Trust.UNTRUSTED, SignatureReason.WEAK_KEY),
    ({"hash_algorithm": hashes.SHA1()}, Trust.UNTRUSTED, SignatureReason.WEAK_DIGEST),  # noqa: S303
    ({"hash_algorithm": hashes.MD5()}, Trust.UNTRUSTED, SignatureReason.WEAK_DIGEST),   # noqa: S303
    ({"purposes": ("server",)}, Trust.UNTRUSTED, SignatureReason.CERTIFICATE_UNFIT),
    ({"purposes": ()}, Trust.TRUSTED, SignatureReason.GOOD),
    ({"key": "p256", "usages": ("digital_signature",)}, Trust.TRUSTED, SignatureReason.GOOD),
])
def test_the_end_entity_is_judged(how: dict[str, Any], trust: Trust, reason: SignatureReason) -> None:
    """Each fault of the end entity has a status of its own."""
    result = validate_path(AUTHORITY.issue(**how).der, [AUTHORITY.issuing_der], ANCHORS, NOW)
    assert (result.trust, result.reason) == (trust, reason)


@pytest.mark.parametrize(("how", "reason"), [
    ({}, SignatureReason.GOOD),
    ({"purposes": ("email", "client")}, SignatureReason.GOOD),
    ({"purposes": ("any",)}, SignatureReason.GOOD),
    ({"purposes": ("server",)}, SignatureReason.CERTIFICATE_UNFIT),
    ({"until": NOW - timedelta(days=1)}, SignatureReason.PATH_INVALID),
    ({"key": "rsa1024"}, SignatureReason.WEAK_KEY),
    ({"hash_algorithm": hashes.SHA1()}, SignatureReason.WEAK_DIGEST),  # noqa: S303
    ({"is_ca": False}, SignatureReason.ISSUER_UNKNOWN),                # an end entity that issues
    ({"permitted": ["other.example"]}, SignatureReason.PATH_INVALID),
    ({"permitted": ["makler.example"]}, SignatureReason.GOOD),
])
def test_the_intermediate_is_judged(how: dict[str, Any], reason: SignatureReason) -> None:
    """Purpose, dates, key, signature, CA flag and name constraints bind along the path."""
    result = Branch(**how).result()
    assert result.reason is reason
    assert (result.trust is Trust.TRUSTED) == (reason is SignatureReason.GOOD)


def test_a_name_constraint_binds_internationalised_mailboxes() -> None:
    """A mailbox outside the permitted domain is refused in its UTF-8 form too."""
    assert Branch(permitted=["other.example"]).result(address="müller@makler.example").trust is Trust.UNTRUSTED


def test_the_path_length_constraint_binds() -> None:
    """A CA that may issue only end entities cannot have a CA below it."""
    upper_key, lower_key = new_key(), new_key()
    upper = ca_certificate("Upper", upper_key, issuer=AUTHORITY.root, issuer_key=AUTHORITY.root_key, path_length=0)
    lower = ca_certificate("Lower", lower_key, issuer=upper, issuer_key=upper_key)
    below = Authority()
    below.issuing, below.issuing_key = lower, lower_key
    result = validate_path(below.issue().der, [der(upper), der(lower)], ANCHORS, NOW)
    assert (result.trust, result.reason) == (Trust.UNTRUSTED, SignatureReason.PATH_INVALID)


def chain_of(length: int) -> tuple[Issued, list[bytes]]:
    """An end entity with this many intermediates between it and the root."""
    issuer, issuer_key = AUTHORITY.root, AUTHORITY.root_key
    made = []
    for number in range(length):
        key = new_key()
        issuer, issuer_key = ca_certificate(f"Level {number}", key, issuer=issuer, issuer_key=issuer_key), key
        made.append(der(issuer))
    below = Authority()
    below.issuing, below.issuing_key = issuer, issuer_key
    return below.issue(), made


@pytest.mark.parametrize(("length", "trust"), [(6, Trust.TRUSTED), (7, Trust.TRUSTED), (8, Trust.UNTRUSTED)])
def test_at_most_eight_certificates_stand_above_the_end_entity(length: int, trust: Trust) -> None:
    """Seven intermediates and the anchor are followed, no longer path."""
    leaf, made = chain_of(length)
    assert validate_path(leaf.der, made, ANCHORS, NOW).trust is trust


def test_no_more_than_twenty_intermediates_are_looked_at() -> None:
    """The one that matters is used as the twentieth CA certificate, not as the twenty-first."""
    noise = [der(ca_certificate(f"Noise {n}", AUTHORITY.root_key)) for n in range(MAX_INTERMEDIATES)]
    with_it = [*noise[: MAX_INTERMEDIATES - 1], AUTHORITY.issuing_der]
    assert validate_path(ALICE.der, with_it, ANCHORS, NOW).trust is Trust.TRUSTED
    assert validate_path(ALICE.der, [*noise, AUTHORITY.issuing_der], ANCHORS, NOW).trust is Trust.UNTRUSTED


def test_a_hundred_cross_signed_certificates_cost_less_than_a_second() -> None:
    """Ten CAs that certify each other in every combination are answered, not followed for ever."""
    keys = [new_key() for _ in range(10)]
    selves = [ca_certificate(f"Loop {n}", key) for n, key in enumerate(keys)]
    loop = [
        der(ca_certificate(f"Loop {below}", keys[below], issuer=selves[above], issuer_key=keys[above]))
        for below in range(10) for above in range(10)
    ]
    inside = Authority()
    inside.issuing, inside.issuing_key = selves[0], keys[0]
    leaf = inside.issue()
    started = time.perf_counter()
    result = validate_path(leaf.der, loop, ANCHORS, NOW, more=lambda _: loop)
    assert time.perf_counter() - started < 1
    assert result.trust is Trust.UNTRUSTED


def test_a_damaged_signature_makes_the_path_invalid() -> None:
    """A certificate whose issuer did not sign these bytes is not trusted."""
    octets = ALICE.der[:-1] + bytes([ALICE.der[-1] ^ 1])
    result = validate_path(octets, [AUTHORITY.issuing_der], ANCHORS, NOW)
    assert (result.trust, result.reason) == (Trust.UNTRUSTED, SignatureReason.PATH_INVALID)


@pytest.mark.parametrize("leaf", [b"", b"\x30\x03\x02\x01\x00", b"\xff" * 1000, ALICE.der[:500]])
def test_an_unreadable_end_entity_is_malformed(leaf: bytes) -> None:
    """Foreign bytes are answered, never raised."""
    result = validate_path(leaf, [AUTHORITY.issuing_der], ANCHORS, NOW)
    assert result == PathResult(trust=Trust.UNTRUSTED, reason=SignatureReason.MALFORMED)


@pytest.mark.parametrize(("days", "trust"), [(-1, Trust.UNTRUSTED), (0, Trust.TRUSTED), (1, Trust.TRUSTED)])
def test_an_anchor_ends_where_its_programme_says(days: int, trust: Trust) -> None:
    """An end entity issued after the distrust date is not trusted, an older one still is."""
    limit = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(days=days)
    anchors = TrustAnchors([TrustAnchor(AUTHORITY.root_der, limit)])
    result = validate_path(ALICE.der, [AUTHORITY.issuing_der], anchors, NOW)
    assert result.trust is trust
    assert (result.reason is SignatureReason.ISSUER_UNKNOWN) == (trust is Trust.UNTRUSTED)


def test_an_intermediate_can_be_the_anchor() -> None:
    """A configured anchor ends the path though it is not self-signed, its signature is not judged."""
    anchors = TrustAnchors([TrustAnchor(AUTHORITY.issuing_der)])
    result = validate_path(ALICE.der, [], anchors, NOW)
    assert result.trust is Trust.TRUSTED and result.path == (ALICE.der, AUTHORITY.issuing_der)


def test_an_intermediate_of_the_message_never_ends_the_path() -> None:
    """Partial chains end at anchors, not at what the sender attached."""
    third = Authority("Third")
    anchors = TrustAnchors([TrustAnchor(OTHER.root_der)])
    assert validate_path(third.issue().der, [third.issuing_der], anchors, NOW).trust is Trust.UNTRUSTED


def test_the_anchor_s_own_weak_signature_does_not_matter() -> None:
    """Old roots are self-signed with SHA-1; nobody relies on that signature."""
    root = ca_certificate(
        "Old Root", AUTHORITY.root_key, hash_algorithm=hashes.SHA1()  # noqa: S303
    )
    below = Authority()
    below.issuing, below.issuing_key = root, AUTHORITY.root_key
    anchors = TrustAnchors([TrustAnchor(der(root))])
    assert validate_path(below.issue().der, [], anchors, NOW).trust is Trust.TRUSTED


def test_an_anchor_with_a_short_key_is_not_trusted() -> None:
    """RSA below 2048 bits is refused at the top of the path too."""
    key = new_key("rsa1024")
    root = ca_certificate("Short Root", key)
    below = Authority()
    below.issuing, below.issuing_key = root, key
    result = validate_path(below.issue().der, [], TrustAnchors([TrustAnchor(der(root))]), NOW)
    assert (result.trust, result.reason) == (Trust.UNTRUSTED, SignatureReason.WEAK_KEY)


def test_an_anchor_with_exponent_3_is_trusted() -> None:
    """Mozilla keeps such roots: at the top only the length of the key counts."""
    key = new_key("rsa2048e3")
    root = ca_certificate("Old Root", key)
    below = Authority()
    below.issuing, below.issuing_key = root, key
    assert validate_path(below.issue().der, [], TrustAnchors([TrustAnchor(der(root))]), NOW).trust is Trust.TRUSTED


def test_an_unreadable_anchor_is_left_out() -> None:
    """A damaged anchor trusts nobody and breaks nothing."""
    anchors = TrustAnchors([TrustAnchor(b"rubbish"), TrustAnchor(AUTHORITY.root_der)])
    assert validate_path(ALICE.der, [AUTHORITY.issuing_der], anchors, NOW).trust is Trust.TRUSTED
