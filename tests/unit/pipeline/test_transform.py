"""What the worker is ordered to make of a decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.mime.message_file import split_message
from smime_milter.model.decision import Decision, Reason, RecipientDecision, Treatment
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Author, Direction, Inspection, Opened, Opening
from smime_milter.model.recipe import SignatureForm
from smime_milter.model.settings import Partner, Settings
from smime_milter.model.spool import Spool
from smime_milter.pipeline.transform import Draft, transform
from tests.support.facts import NOW, SETTINGS, certificate, envelope, facts, inspection
from tests.support.fake_tools import World
from tests.support.fakes_keys import keys_holding
from tests.support.pki import Authority, Issued

ANNA, BERT, CLERK = "anna@makler.example", "bert@kanzlei.example", "clerk@wwk.de"
MESSAGE = split_message(b"From: clerk@wwk.de\r\n\r\nText\r\n")


@pytest.fixture(scope="module")
def clerk() -> Issued:
    return Authority().issue(CLERK)


def decision(treatment: Treatment, *recipients: str, sign: bool = True, apply: bool = True,
             protected: tuple[str, ...] = ()) -> Decision:
    given = facts(*(recipients or (ANNA,)), found=inspection())
    return Decision(sign=sign, apply=apply, protected_fields=protected, recipients=tuple(
        RecipientDecision(recipient=r, treatment=treatment, reason=Reason.CERTIFICATE_FOUND,
                          certificates=(certificate(r.key),) if treatment is Treatment.ENCRYPTED else ())
        for r in given.envelope.recipients))


def transformed(made: Decision, clerk: Issued, settings: Settings = SETTINGS) -> tuple[Draft, World]:
    there = World(keys=keys_holding(**{CLERK: clerk}))
    found = facts(ANNA, found=inspection(authors=(Author(CLERK, "wwk.de"),)))
    return transform(settings, made, MESSAGE, facts=found, tools=there.tools()), there


def test_encrypted_and_signed(clerk: Issued) -> None:
    """The author's chain, every certificate once, the fields that go inside, and the time of now."""
    draft, there = transformed(decision(Treatment.ENCRYPTED, ANNA, BERT, ANNA, protected=("subject",)), clerk)
    ((recipe, signer),) = there.inspector.ordered
    assert draft.built is not None and draft.opened is None
    assert signer is not None and signer.name == CLERK and recipe.signing is not None and recipe.encryption is not None
    assert recipe.signing.chain == clerk.chain and recipe.signing.signing_time == int(NOW.timestamp())
    assert recipe.encryption.certificates == (ANNA.encode(), BERT.encode()) and recipe.protected_fields == ("subject",)


def test_signed_alone(clerk: Issued) -> None:
    """Nothing is encrypted that was not decided so."""
    _, there = transformed(decision(Treatment.SIGNED), clerk)
    recipe, signer = there.inspector.ordered[0]
    assert recipe.encryption is None and recipe.signing is not None and recipe.signing.form is SignatureForm.CLEAR and signer


def test_no_signature_where_none_was_decided(clerk: Issued) -> None:
    """The key stays untouched, however fit it is."""
    _, there = transformed(decision(Treatment.ENCRYPTED, sign=False), clerk)
    recipe, signer = there.inspector.ordered[0]
    assert recipe.signing is None and signer is None


@pytest.mark.parametrize(("wishes", "form"), [
    (("opaque", "opaque"), SignatureForm.OPAQUE), (("opaque", None), SignatureForm.CLEAR),
    (("clear", "opaque"), SignatureForm.CLEAR), ((None, None), SignatureForm.CLEAR)])
def test_opaque_by_the_partners_wish(wishes: tuple[str | None, str | None], form: SignatureForm, clerk: Issued) -> None:
    """Everybody must wish it: who reads without S/MIME reads clear signatures only."""
    settings = replace(SETTINGS, partners={
        ANNA: Partner(signature_form=wishes[0]), "kanzlei.example": Partner(signature_form=wishes[1])})
    _, there = transformed(decision(Treatment.SIGNED, ANNA, BERT), clerk, settings)
    signing = there.inspector.ordered[0][0].signing
    assert signing is not None and signing.form is form


@pytest.mark.parametrize("treatment", [
    Treatment.UNCHANGED, Treatment.ALREADY_ENCRYPTED, Treatment.HELD, Treatment.REFUSED, Treatment.TEMPFAIL])
def test_nothing_is_made_of_mail_that_stays(treatment: Treatment, clerk: Issued) -> None:
    """The worker is not troubled."""
    draft, there = transformed(decision(treatment), clerk)
    assert draft == Draft() and there.inspector.ordered == []


@pytest.mark.parametrize("treatment", list(Treatment))
def test_observe_makes_nothing(treatment: Treatment, clerk: Issued) -> None:
    """A decision that is only written down costs no key and no worker."""
    draft, there = transformed(decision(treatment, apply=False), clerk)
    assert draft == Draft() and there.inspector.ordered == []


def test_a_worker_that_does_not_deliver(clerk: Issued) -> None:
    """Then nothing leaves."""
    there = World(keys=keys_holding(**{CLERK: clerk}))
    there.inspector.build_fails = True
    with pytest.raises(Unavailable):
        transform(SETTINGS, decision(Treatment.SIGNED), MESSAGE, facts=facts(ANNA, found=inspection()), tools=there.tools())


def test_what_was_opened_is_the_draft(clerk: Issued) -> None:
    """Inbound the worker has done its part already."""
    opened = Opened(fields=(), body=Spool.of(b"x"))
    found = Facts(envelope=envelope(CLERK), direction=Direction.INBOUND,
                  inspection=Inspection(opening=Opening.OPENED, opened=opened))
    draft = transform(SETTINGS, decision(Treatment.DECRYPTED), MESSAGE, facts=found, tools=World().tools())
    assert draft == Draft(opened=opened)
