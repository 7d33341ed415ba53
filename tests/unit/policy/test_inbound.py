"""The truth table of mail that comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smime_milter.model.decision import Decision, Mark, Reason, Treatment
from smime_milter.model.inspection import Author, Direction, Inspection, Opening
from smime_milter.model.method import Method
from smime_milter.model.settings import ForeignSender, MethodPolicy, RefusedMethods, Settings
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult
from smime_milter.policy.decide import decide
from tests.support.facts import SETTINGS, certificate, facts

ANNA = Author("anna@makler.example", "makler.example")
GOOD = Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD)
BAD = Signature(result=SignatureResult.FAIL, reason=SignatureReason.DIGEST_MISMATCH)


def inbound(**changes: Any) -> Settings:
    return replace(SETTINGS, inbound=replace(SETTINGS.inbound, **changes))


def decision(settings: Settings = SETTINGS, found: Inspection | None = None, **changes: Any) -> Decision:
    looked = replace(found or Inspection(authors=(ANNA,)), **changes)
    return decide(settings, facts("clerk@wwk.de", found=looked, sender="anna@makler.example", direction=Direction.INBOUND))


def test_nobody_looked() -> None:
    """Our own fault never keeps inbound mail from its reader."""
    given = facts("clerk@wwk.de", found=None, direction=Direction.INBOUND)
    assert [(r.treatment, r.reason) for r in decide(SETTINGS, given).recipients] == [(Treatment.UNCHANGED, Reason.NOT_INSPECTED)]


@pytest.mark.parametrize("method", list(Method))
def test_refused_methods(method: Method) -> None:
    """R12: each method is refused with its own reason, or marked, or accepted, by its own setting."""
    reason = Reason(f"method-{method.value}")
    assert (decision(method=method).treatment, decision(method=method).reason) == (Treatment.REFUSED, reason)
    marked = decision(inbound(refuse=replace(RefusedMethods(), **{method.value: MethodPolicy.MARK})), method=method)
    assert (marked.treatment, marked.marks) == (Treatment.UNCHANGED, (Mark(reason.value),))
    accepted = decision(inbound(refuse=replace(RefusedMethods(), **{method.value: MethodPolicy.ACCEPT})), method=method)
    assert (accepted.treatment, accepted.marks) == (Treatment.UNCHANGED, ())


def test_claimed_own_sender() -> None:
    """R1: mail from outside that shows one of our domains as author is marked, refused or passed."""
    own = (Author("chef@wwk.de", "wwk.de"),)
    assert decision(authors=own).marks == (Mark.CLAIMED_OWN_SENDER,)
    refused = decision(inbound(claimed_own_sender=ForeignSender.REFUSE), authors=own)
    assert (refused.treatment, refused.reason) == (Treatment.REFUSED, Reason.CLAIMED_OWN_SENDER)
    assert decision(inbound(claimed_own_sender=ForeignSender.PASS), authors=own).marks == ()


@pytest.mark.parametrize(("opening", "treatment", "marks"), [
    (Opening.NOT_ENCRYPTED, Treatment.UNCHANGED, ()), (Opening.NOT_TRIED, Treatment.UNCHANGED, ()),
    (Opening.OPENED, Treatment.DECRYPTED, ()), (Opening.NO_KEY, Treatment.UNCHANGED, (Mark.NOT_DECRYPTED,)),
    (Opening.FAILED, Treatment.UNCHANGED, (Mark.NOT_DECRYPTED,)), (Opening.MALFORMED, Treatment.UNCHANGED, (Mark.NOT_DECRYPTED,)),
    (Opening.UNSUPPORTED, Treatment.UNCHANGED, (Mark.NOT_DECRYPTED,)),
])
def test_opening(opening: Opening, treatment: Treatment, marks: tuple[Mark, ...]) -> None:
    """What could be opened is delivered open; what could not is delivered as it came, marked."""
    assert (decision(opening=opening).treatment, decision(opening=opening).marks) == (treatment, marks)


@pytest.mark.parametrize(("signature", "candidates", "automatic", "learns"), [
    (GOOD, True, False, True), (GOOD, True, True, False), (GOOD, False, False, False), (BAD, True, False, False),
    (None, True, False, False),
])
def test_learning(signature: Signature | None, candidates: bool, automatic: bool, learns: bool) -> None:
    """R6, rule H1: only a verified mail that a person sent teaches a certificate."""
    found = decision(signature=signature, is_automatic=automatic, candidates=(certificate(ANNA.address),) if candidates else ())
    assert found.learn is learns


@pytest.mark.parametrize("setting", list(ForeignSender))
def test_a_misleading_name_is_marked_and_never_refused(setting: ForeignSender) -> None:
    """List servers write names of others; the reader is told, unless the setting says that nobody cares."""
    settings = replace(SETTINGS, inbound=replace(SETTINGS.inbound, claimed_own_sender=setting))
    decision = decide(settings, facts("clerk@wwk.de", direction=Direction.INBOUND, found=Inspection(
        authors=(Author("x@evil.example", "evil.example"),), has_misleading_name=True)))
    assert decision.treatment is Treatment.UNCHANGED
    assert decision.marks == (() if setting is ForeignSender.PASS else (Mark.MISLEADING_NAME,))
