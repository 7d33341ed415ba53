"""Turn a decision into what would leave: the worker signs and encrypts, the daemon's keys stay here."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.model.decision import Decision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Opened
from smime_milter.model.keys import OwnKey
from smime_milter.model.message import Message
from smime_milter.model.recipe import Built, EncryptionRecipe, Recipe, SignatureForm, SigningRecipe
from smime_milter.model.settings import Settings
from smime_milter.pipeline.gather import signing_key
from smime_milter.pipeline.tools import Tools
from smime_milter.policy.algorithms import Algorithms, algorithms_for
from smime_milter.policy.partners import partner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """New content, if there is any: made by us (outbound) or found inside an encrypted mail (inbound)."""

    built: Built | None = None
    opened: Opened | None = None


def transform(settings: Settings, decision: Decision, message: Message, *, facts: Facts, tools: Tools) -> Draft:
    """Raises Unavailable if the worker does not deliver: then nothing leaves."""
    if not decision.apply:
        return Draft()
    match decision.treatment:
        case Treatment.SIGNED | Treatment.ENCRYPTED:
            signer = signing_key(settings, facts.inspection, tools.clock.now(), tools=tools) if decision.sign else None
            algorithms = algorithms_for(settings, facts, tuple(r.recipient for r in decision.recipients))
            recipe = _recipe(settings, decision, signer, algorithms=algorithms, at=int(tools.clock.now().timestamp()))
            return Draft(built=tools.inspector.build(message, recipe, signer))
        case Treatment.DECRYPTED:
            return Draft(opened=facts.inspection.opened if facts.inspection else None)
        case _:
            return Draft()


def _recipe(settings: Settings, decision: Decision, signer: OwnKey | None, *, algorithms: Algorithms, at: int) -> Recipe:
    signing = SigningRecipe(form=_form(settings, decision), chain=signer.chain, signing_time=at,
                            signature=algorithms.signature) if signer else None
    encryption = EncryptionRecipe(certificates=_certificates(decision), content_encryption=algorithms.content,
                                  key_transport=algorithms.key_transport)
    return Recipe(
        signing=signing, encryption=encryption if decision.treatment is Treatment.ENCRYPTED else None,
        protected_fields=decision.protected_fields, protect_header=True, legacy_display=settings.outbound.legacy_display)


def _form(settings: Settings, decision: Decision) -> SignatureForm:
    wishes = {partner_of(settings, r.recipient).signature_form for r in decision.recipients}
    return SignatureForm.OPAQUE if wishes == {SignatureForm.OPAQUE.value} else SignatureForm.CLEAR


def _certificates(decision: Decision) -> tuple[bytes, ...]:
    unique = {c.sha256: c.der for r in decision.recipients for c in r.certificates}
    return tuple(unique.values())
