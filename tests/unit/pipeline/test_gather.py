"""Asking the ports: outbound a question without an answer stops the mail, inbound never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smime_milter.certs.reading import read
from smime_milter.mime.message_file import split_message
from smime_milter.model.address import parse_address
from smime_milter.model.certificate import Unfit
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import NoCertificate
from smime_milter.model.inspection import Author, Direction, Inspection
from smime_milter.model.message import Recipient
from smime_milter.model.revocation import RevocationState
from smime_milter.model.settings import Certificates, Inbound, Revocation, RevocationMode
from smime_milter.pipeline.gather import certificate_for, gather, signing_key
from tests.support.facts import NOW, SETTINGS, envelope, inspection
from tests.support.fake_tools import FakeInspector, World
from tests.support.fakes_keys import keys_holding
from tests.support.pki import Authority, Issued

ANNA, BERT, CLERK, COLLEAGUE = "anna@makler.example", "bert@kanzlei.example", "clerk@wwk.de", "berg@wwk.de"
MESSAGE = split_message(b"From: clerk@wwk.de\r\n\r\nText\r\n")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def world(found: Any = None) -> World:
    return World(inspector=FakeInspector(found or inspection()))


def known(there: World, issued: Issued, address: str, **more: Any) -> None:
    certificate = read(issued.der)
    assert certificate is not None
    there.certificates.hold(certificate, address, **more)


def test_outbound_facts(authority: Authority) -> None:
    """A scan, a certificate or its absence for every recipient outside, and whether we can sign."""
    there = world()
    known(there, authority.issue(ANNA), ANNA)
    facts = gather(SETTINGS, envelope(ANNA, BERT, COLLEAGUE), MESSAGE, there.tools())
    assert facts.direction is Direction.OUTBOUND and facts.inspection == inspection() and facts.size == MESSAGE.size
    assert isinstance(facts.certificates[ANNA], tuple) and facts.certificates[BERT] == NoCertificate()
    assert COLLEAGUE not in facts.certificates, "nobody asks for a colleague's certificate"
    (wanted,) = there.inspector.asked
    assert (wanted.scan, wanted.verify, wanted.decrypt) == (True, False, False)
    assert wanted.exempt == (CLERK, ANNA, BERT, COLLEAGUE) and wanted.at == int(NOW.timestamp())


def test_the_same_recipient_twice_is_one_question(authority: Authority) -> None:
    """Spellings of one mailbox are one recipient to the sources."""
    there = world()
    asked: list[tuple[str, str]] = []
    original = there.certificates.certificates_for

    def certificates_for(address: str, domain: str) -> Any:
        asked.append((address, domain))
        return original(address, domain)
    setattr(there.certificates, "certificates_for", certificates_for)
    gather(SETTINGS, envelope(ANNA, "Anna@Makler.Example", "odd"), MESSAGE, there.tools())
    assert asked == [(ANNA, "makler.example")]


@pytest.mark.parametrize("broken", ["worker", "store"])
def test_outbound_waits_for_answers(broken: str) -> None:
    """A lookup error is never the answer "none", and no worker is never "clean" (I4)."""
    there = world(Unavailable("worker") if broken == "worker" else None)
    there.certificates.is_down = broken == "store"
    with pytest.raises(Unavailable):
        gather(SETTINGS, envelope(ANNA), MESSAGE, there.tools())


def test_inbound_facts() -> None:
    """Verified and opened, never scanned; nobody's certificate is looked up."""
    there = world(Inspection())
    there.certificates.is_down = True
    facts = gather(SETTINGS, envelope(CLERK, sender=ANNA, client="192.0.2.1"), MESSAGE, there.tools())
    assert facts.direction is Direction.INBOUND and facts.inspection == Inspection() and facts.certificates == {}
    (wanted,) = there.inspector.asked
    assert (wanted.scan, wanted.verify, wanted.decrypt) == (False, True, True)


def test_inbound_does_not_open_what_it_may_not() -> None:
    """`inbound.decrypt: false` goes down to the worker."""
    there = world()
    gather(replace(SETTINGS, inbound=Inbound(decrypt=False)), envelope(CLERK, client="192.0.2.1"), MESSAGE, there.tools())
    assert not there.inspector.asked[0].decrypt


def test_inbound_goes_on_without_a_worker() -> None:
    """The facts say that nobody looked, and the journal too; the mail goes on."""
    there = world(Unavailable("worker", "deadline"))
    facts = gather(SETTINGS, envelope(CLERK, client="192.0.2.1"), MESSAGE, there.tools())
    assert facts.inspection is None
    assert [(entry.event.value, entry.fields["WHAT"]) for entry in there.journal.entries] == [("not-inspected", "worker")]


@pytest.mark.parametrize(("recipient", "client", "direction"), [
    (CLERK, "127.0.0.1", Direction.INTERNAL), (ANNA, "192.0.2.1", Direction.RELAYED)])
def test_what_is_none_of_our_business(recipient: str, client: str, direction: Direction) -> None:
    """Internal and relayed mail is not looked at by anybody."""
    there = world(AssertionError("asked"))
    there.certificates.is_down = True
    facts = gather(SETTINGS, envelope(recipient, client=client), MESSAGE, there.tools())
    assert (facts.direction, facts.inspection) == (direction, None)


# Certificates and keys


def test_why_a_certificate_was_passed_over(authority: Authority) -> None:
    """The facts name what spoke against each candidate."""
    there = world()
    late = authority.issue(ANNA)
    known(there, late, ANNA, usable_from=NOW + timedelta(days=1))
    found = certificate_for(SETTINGS, Recipient(ANNA, parse_address(ANNA)), NOW, tools=there.tools())
    assert found == NoCertificate({late.sha256: Unfit.NOT_YET_USABLE})
    assert certificate_for(SETTINGS, Recipient("odd", None), NOW, tools=there.tools()) == NoCertificate()


@pytest.mark.parametrize(("authors", "name"), [
    ((CLERK,), CLERK), ((COLLEAGUE,), "wwk.de"), (("x@wwk.at",), None), ((ANNA,), None), ((CLERK, COLLEAGUE), None),
    ((), None), (("",), None)])
def test_whose_key_signs(authors: tuple[str, ...], name: str | None, authority: Authority) -> None:
    """The one author's own key, else his domain's; never for a stranger, even if a key of that name were there."""
    keys = keys_holding(**{CLERK: authority.issue(CLERK), "wwk.de": authority.issue("smime@wwk.de"), ANNA: authority.issue(ANNA)})
    there = World(keys=keys)
    found = Inspection(authors=tuple(Author(a, a.rpartition("@")[2]) for a in authors))
    key = signing_key(SETTINGS, found, NOW, tools=there.tools())
    assert (key.name if key else None) == name
    there.inspector.found = found
    facts = gather(SETTINGS, envelope(ANNA, sender=CLERK), MESSAGE, there.tools())
    assert facts.has_signing_key is (name is not None)


@pytest.mark.parametrize(("mode", "state", "is_used"), [
    (RevocationMode.HARD, RevocationState.UNKNOWN, False), (RevocationMode.HARD, RevocationState.STALE, True),
    (RevocationMode.HARD, RevocationState.GOOD, True), (RevocationMode.SOFT, RevocationState.UNKNOWN, True)])
def test_hard_encrypts_to_nobody_whose_status_is_not_known(
    mode: RevocationMode, state: RevocationState, is_used: bool, authority: Authority
) -> None:
    """The same question is asked for sending as for reading; only mode hard minds that nobody answers."""
    there = world()
    known(there, authority.issue(ANNA), ANNA)
    settings = replace(SETTINGS, certificates=Certificates(revocation=Revocation(mode=mode)))
    tools = replace(there.tools(), states=lambda questions: [state for _ in questions])
    found = gather(settings, envelope(ANNA), MESSAGE, tools).certificates[ANNA]
    assert isinstance(found, tuple) is is_used


def test_nobody_signs_unseen_mail() -> None:
    """Without an inspection there is no author."""
    assert signing_key(SETTINGS, None, NOW, tools=World().tools()) is None
