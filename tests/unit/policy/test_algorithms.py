"""Which algorithms a message goes out with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.certificate import KeyKind
from smime_milter.model.facts import Facts
from smime_milter.model.settings import Partner, Settings
from smime_milter.policy.algorithms import Algorithms, algorithms_for
from tests.support.facts import SETTINGS, certificate, facts, inspection

ANNA, BERT, COLLEAGUE = "anna@makler.example", "bert@kanzlei.example", "berg@wwk.de"
ALL = ("aes-256-gcm", "aes-256-cbc", "oaep", "pss")
BEST = Algorithms(content="aes-256-gcm", key_transport="oaep", signature="pss")
USUAL = Algorithms()


def known(announced: dict[str, tuple[str, ...]], kind: KeyKind = KeyKind.RSA) -> Facts:
    """Everybody outside has a certificate; some announced something with it."""
    given = facts(ANNA, BERT, COLLEAGUE, found=inspection())
    certificates = {who: (replace(certificate(who), key_kind=kind),) for who in (ANNA, BERT)}
    return replace(given, certificates=certificates, announced={f"sha-{who}": names for who, names in announced.items()})


def chosen(given: Facts, *recipients: str, settings: Settings = SETTINGS) -> Algorithms:
    return algorithms_for(settings, given, tuple(r for r in given.envelope.recipients if r.given in recipients))


def partners(**entries: Partner) -> Settings:
    return replace(SETTINGS, partners={"makler.example": entries["anna"]} if "anna" in entries else entries)


@pytest.mark.parametrize(("announced", "recipients", "expected"), [
    ({}, (ANNA,), USUAL),
    ({ANNA: ALL}, (ANNA,), BEST),
    ({ANNA: ALL, BERT: ALL}, (ANNA, BERT), BEST),
    ({ANNA: ALL}, (ANNA, BERT), USUAL),
    ({ANNA: ALL, BERT: ("aes-256-gcm",)}, (ANNA, BERT), Algorithms(content="aes-256-gcm")),
    ({ANNA: ("oaep",)}, (ANNA,), Algorithms(key_transport="oaep")),
    ({ANNA: ("aes-128-gcm",)}, (ANNA,), USUAL),
    ({ANNA: ALL}, (ANNA, COLLEAGUE), USUAL),
])
def test_only_what_everyone_announced(announced: dict[str, tuple[str, ...]], recipients: tuple[str, ...],
                                      expected: Algorithms) -> None:
    """GCM, OAEP and PSS go out only if each recipient of the message takes them."""
    assert chosen(known(announced), *recipients) == expected


@pytest.mark.parametrize(("entry", "announced", "expected"), [
    (Partner(content="aes-128-cbc"), ALL, replace(BEST, content="aes-128-cbc")),
    (Partner(content="aes-256-gcm", key_transport="oaep", signature="pss"), (), BEST),
    (Partner(content="aes-256-cbc", key_transport="rsa", signature="rsa"), ALL, USUAL),
    (Partner(), ALL, BEST),
])
def test_the_partners_entry_comes_first(entry: Partner, announced: tuple[str, ...], expected: Algorithms) -> None:
    """What is set holds in both directions, whatever was announced."""
    assert chosen(known({ANNA: announced}), ANNA, settings=partners(anna=entry)) == expected


def test_a_setting_of_one_is_no_setting_of_all() -> None:
    """Where recipients differ, the message goes out as everybody can open it."""
    assert chosen(known({}), ANNA, BERT, settings=partners(anna=Partner(content="aes-256-gcm", signature="pss"))) == USUAL


def test_every_device_counts() -> None:
    """A second certificate of the same person that announced nothing keeps the usual algorithms."""
    given = known({ANNA: ALL})
    other = replace(certificate(ANNA), sha256="another", key_kind=KeyKind.RSA)
    assert chosen(replace(given, certificates={ANNA: (*_of(given, ANNA), other)}), ANNA) == USUAL


def _of(given: Facts, who: str) -> tuple[object, ...]:
    found = given.certificates[who]
    assert isinstance(found, tuple)
    return found


def test_oaep_is_a_matter_of_rsa() -> None:
    """A partner with an EC key does not keep the others from OAEP."""
    given = known({ANNA: ("oaep",)})
    curved = (replace(certificate(BERT), key_kind=KeyKind.EC),)
    mixed = replace(given, certificates={**given.certificates, BERT: curved})
    assert chosen(mixed, ANNA, BERT).key_transport == "oaep"
